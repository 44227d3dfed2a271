//! The maintainer scripts: the functions of `packaging/scripts/maintain.sh`, and which of them is called when. The
//! two kinds of packages say by different arguments what happens.

use crate::description::Scripts;

/// A script of a package by its name.
pub(crate) type Script = (&'static str, String);

/// The scripts of a .deb.
pub(crate) fn of_deb(functions: &str, scripts: &Scripts) -> Vec<Script> {
    let Scripts { installed, upgraded, removing, removed, purged } = scripts;
    let of = |body: String| format!("#!/bin/sh\nset -e\n{functions}\n{body}");
    vec![
        // The second argument is the version that was configured last, of a package that was removed too.
        (
            "postinst",
            of(format!(
                "[ \"$1\" = configure ] || exit 0\nif [ -z \"$2\" ]; then {installed}; else {upgraded}; fi\n"
            )),
        ),
        ("prerm", of(format!("[ \"$1\" != remove ] || {removing}\n"))),
        ("postrm", of(format!("case $1 in\n  remove) {removed} ;;\n  purge) {purged} ;;\nesac\n"))),
    ]
}

/// The scripts of an .rpm: the first argument is how many versions there will be. It has no purge: configuration
/// that was changed and alerts stay.
pub(crate) fn of_rpm(functions: &str, scripts: &Scripts) -> Vec<Script> {
    let Scripts { installed, upgraded, removing, removed, purged: _ } = scripts;
    let of = |body: String| format!("{functions}\n{body}");
    vec![
        ("post", of(format!("if [ \"$1\" = 1 ]; then {installed}; else {upgraded}; fi\n"))),
        (
            "preun",
            of(format!(
                "[ \"$1\" != 0 ] || {{ {removing}; ! has_systemd || systemctl --quiet disable \"$unit\" || true; }}\n"
            )),
        ),
        ("postun", of(format!("[ \"$1\" != 0 ] || {removed}\n"))),
    ]
}
