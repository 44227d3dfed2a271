//! A file has many names: whichever way it is opened, the rule on it hits. Needs root; says so
//! loudly where it has none.

use std::path::Path;
use std::time::Duration;

use crate::support::act::{Act, OPEN, alerts, field, watch};
use crate::support::agent::{Watched, scratch};

struct Way {
    what: &'static str,
    /// The name the program asks for, HERE is the test's folder.
    asked: &'static str,
    act: fn(&str) -> Act,
}

/// Every way to /etc/shadow, or to a secret of the test's own, but for its name itself.
const WAYS: &[Way] = &[
    Way {
        what: "symbolic link",
        asked: "HERE/link",
        act: |here| Act::shell(&format!("ln -s /etc/shadow {here}/link; cat {here}/link")),
    },
    Way {
        what: "chain of symbolic links",
        asked: "HERE/chain",
        act: |here| {
            Act::shell(&format!(
                "ln -s /etc {here}/a; ln -s {here}/a/shadow {here}/chain; cat {here}/chain"
            ))
        },
    },
    Way {
        what: "bind mount of a file",
        asked: "HERE/bound",
        act: |here| {
            Act::apart(&format!(
                "touch {here}/bound; mount --bind /etc/shadow {here}/bound; cat {here}/bound"
            ))
        },
    },
    Way {
        what: "bind mount of a folder",
        asked: "HERE/folder/shadow",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/folder; mount --bind /etc {here}/folder; cat {here}/folder/shadow"
            ))
        },
    },
    Way {
        what: "bind mount of everything",
        asked: "HERE/all/etc/shadow",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/all; mount --bind / {here}/all; cat {here}/all/etc/shadow"
            ))
        },
    },
    Way {
        what: "the host's files in a root of another file system, as in a container",
        asked: "/host/etc/shadow",
        act: |here| {
            let open = OPEN;
            Act::apart(&format!(
                r#"mkdir {here}/root; mount -t tmpfs t {here}/root; mkdir {here}/root/host;
                   mount --bind / {here}/root/host; exec perl -e '{open}
                   chroot "{here}/root"; chdir "/"; at(-100, "/host/etc/shadow", O_RDONLY);'"#
            ))
        },
    },
    Way {
        what: "hard link",
        asked: "HERE/hard",
        act: |here| Act::shell(&format!("ln {here}/secret {here}/hard; cat {here}/hard")),
    },
    Way {
        what: "the root in /proc",
        asked: "/proc/self/root/etc/shadow",
        act: |_| Act::shell("cat /proc/self/root/etc/shadow"),
    },
    Way {
        what: "a descriptor of a folder in /proc",
        asked: "/proc/self/fd/3/shadow",
        act: |_| Act::shell("exec 3</etc; cat /proc/self/fd/3/shadow"),
    },
    Way {
        what: "a name with ..",
        asked: "/etc/shadow",
        act: |_| Act::shell("cat /etc/../usr/../etc/shadow"),
    },
    Way {
        what: "a name with .. behind a link",
        asked: "HERE/shadow",
        act: |here| {
            Act::shell(&format!("ln -s /etc/ssl {here}/behind; cat {here}/behind/../shadow"))
        },
    },
    Way {
        what: "chroot",
        asked: "/shadow",
        act: |_| Act::perl(r#"chroot "/etc" or die $!; at(-100, "/shadow", O_RDONLY);"#),
    },
    Way {
        what: "overlay",
        asked: "HERE/over/secret",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/over {here}/up; mount -t tmpfs t {here}/up; \
                     mkdir {here}/up/upper {here}/up/work; mount -t overlay o \
                     -o lowerdir={here},upperdir={here}/up/upper,workdir={here}/up/work {here}/over; \
                     cat {here}/over/secret"
            ))
        },
    },
    Way {
        what: "openat below a folder",
        asked: "/etc/shadow",
        act: |_| {
            Act::perl(r#"my $etc = at(-100, "/etc", O_RDONLY); at($etc, "shadow", O_RDONLY);"#)
        },
    },
    Way {
        what: "openat below a folder that is a link",
        asked: "HERE/etc/shadow",
        act: |here| {
            Act::perl(&format!(
                r#"symlink "/etc", "{here}/etc"; my $etc = at(-100, "{here}/etc", O_RDONLY);
                   at($etc, "shadow", O_RDONLY);"#
            ))
        },
    },
    Way {
        what: "a path descriptor, opened again",
        asked: "/proc/self/fd/9",
        act: |here| {
            Act::perl(&format!(
                r#"symlink "/etc/shadow", "{here}/p"; my $path = at(-100, "{here}/p", 010000000);
                   syscall(33, $path, 9); at(-100, "/proc/self/fd/9", O_RDONLY);"#
            ))
        },
    },
    Way {
        what: "openat2",
        asked: "HERE/two",
        act: |here| {
            Act::perl(&format!(
                r#"symlink "/etc/shadow", "{here}/two"; at2(-100, "{here}/two", O_RDONLY);"#
            ))
        },
    },
    Way {
        what: "pivot_root",
        asked: "/secret",
        // 155 pivot_root: a bind mount of the folder becomes the root of a namespace.
        act: |here| {
            let open = OPEN;
            Act::apart(&format!(
                r#"mkdir {here}/new; mount --bind {here} {here}/new; exec perl -e '{open}
                   chdir "{here}/new"; my ($new, $old) = (".", ".");
                   syscall(155, $new, $old) and die $!; syscall(166, $old, 2); chdir "/";
                   at(-100, "/secret", O_RDONLY);'"#
            ))
        },
    },
];

fn rules(here: &str) -> String {
    // Others may read the same files meanwhile: only what this test starts counts.
    let me = std::process::id();
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: file=%fd.name real=%fd.name.resolved from=%fs.path.source to=%fs.path.target\n"
        )
    };
    let open = "evt.type in (open, openat, openat2)";
    [
        rule("Marker", &format!("{open} and fd.name = {here}/marker")),
        rule("Secret opened", &format!("{open} and fd.name in (/etc/shadow, {here}/secret)")),
        rule("Opened in the vault", &format!("{open} and fd.name startswith {here}/vault/")),
        rule("Opened in the safe", &format!("{open} and fd.directory in ({here}/safe)")),
        // Under another name only what is excluded changes.
        rule(
            "Excluded",
            &format!("{open} and fd.filename = tool and not fd.name startswith {here}/bin/"),
        ),
        rule(
            "Excluded by inequality",
            &format!("{open} and fd.filename = tool and fd.name != {here}/bin/tool"),
        ),
        rule(
            "Excluded folder",
            &format!("{open} and fd.filename = x.pid and not fd.directory in ({here}/var/run)"),
        ),
        rule(
            "Removed in the vault",
            &format!("evt.type in (unlink, unlinkat) and fs.path.name startswith {here}/vault/"),
        ),
        rule(
            "Renamed in the vault",
            &format!("evt.type in (rename, renameat2) and fs.path.target startswith {here}/vault/"),
        ),
    ]
    .concat()
}

fn start(folder: &Path) -> Watched {
    let here = folder.display().to_string();
    std::fs::write(folder.join("secret"), "s").unwrap();
    watch(folder, &rules(&here))
}

#[test]
fn live_a_file_is_known_under_every_name() {
    if !peregrine_testkit::root("live_a_file_is_known_under_every_name") {
        return;
    }
    let folder = scratch("names");
    let here = folder.display().to_string();
    let mut watched = start(&folder);
    let mut missed = Vec::new();
    for way in WAYS {
        let act = (way.act)(&here);
        if !act.is_possible(way.what) {
            continue;
        }
        act.commit();
        let alerts = alerts(&mut watched, &folder);
        let asked = way.asked.replace("HERE", &here);
        let of_it = alerts
            .iter()
            .filter(|alert| alert["rule"] == "Secret opened" && field(alert, "fd.name") == asked);
        // One alert for one open, under the name asked for.
        if of_it.count() != 1 || alerts.iter().any(|alert| alert["rule"] != "Secret opened") {
            missed.push((way.what, alerts));
        }
    }
    assert!(missed.is_empty(), "{} of {}: {missed:#?}", missed.len(), WAYS.len());
    // A new file at the path is the secret from that moment on; the rename tells when, by its path.
    let rounds = if peregrine_testkit::whole_root("a new file at the path") { 20 } else { 0 };
    for round in 0..rounds {
        Act::perl(&format!(
            r#"open(my $n, ">", "{here}/next"); rename "{here}/next", "{here}/secret" or die;
               link "{here}/secret", "{here}/new{round}" or die; at(-100, "{here}/new{round}", O_RDONLY);"#
        ))
        .commit();
        let alerts = alerts(&mut watched, &folder);
        let names: Vec<&str> = alerts.iter().map(|alert| field(alert, "fd.name")).collect();
        assert_eq!(names, [format!("{here}/new{round}")]);
    }
    if rounds > 0 {
        // What was the secret once is no longer; file systems tell the time in steps.
        std::thread::sleep(Duration::from_millis(40));
        Act::shell(&format!("cat {here}/hard {here}/new1")).commit();
        assert_eq!(alerts(&mut watched, &folder), Vec::<serde_json::Value>::new());
    }
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_exclusions_hold_under_the_name_asked_for() {
    if !peregrine_testkit::root("live_exclusions_hold_under_the_name_asked_for") {
        return;
    }
    let folder = scratch("excluded");
    let here = folder.display().to_string();
    Act::shell(&format!(
        "cd {here}; mkdir -p usr/bin var run; ln -s usr/bin bin; ln -s ../run var/run; \
             echo > usr/bin/tool; echo > run/x.pid"
    ))
    .commit();
    let mut watched = start(&folder);
    Act::shell(&format!("cat {here}/bin/tool {here}/var/run/x.pid")).commit();
    assert_eq!(alerts(&mut watched, &folder), Vec::<serde_json::Value>::new());
    // The same files by the names that are not excluded: the rules can hit.
    Act::shell(&format!("cat {here}/usr/bin/tool {here}/run/x.pid")).commit();
    let alerts = alerts(&mut watched, &folder);
    let hits: Vec<_> = alerts.iter().filter_map(|alert| alert["rule"].as_str()).collect();
    assert_eq!(hits, ["Excluded", "Excluded folder"], "{alerts:#?}");
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_calls_with_two_paths_are_looked_at_path_by_path() {
    if !peregrine_testkit::root("live_calls_with_two_paths_are_looked_at_path_by_path") {
        return;
    }
    let folder = scratch("two-paths");
    let here = folder.display().to_string();
    Act::shell(&format!("cd {here}; mkdir vault; ln -s vault way; cd vault; touch f g h")).commit();
    let mut watched = start(&folder);
    // 263 unlinkat, 264 renameat, 316 renameat2, 82 rename
    Act::perl(&format!(
        r#"my $way = at(-100, "{here}/way", O_RDONLY); my ($f, $g, $i, $h, $j) = qw(f g i h j);
           syscall(263, $way, $f, 0); syscall(316, $way, $g, $way, $i, 0);
           chdir "{here}/way"; syscall(82, $h, $j);"#
    ))
    .commit();
    let alerts = alerts(&mut watched, &folder);
    let hits: Vec<_> = alerts
        .iter()
        .map(|alert| (alert["rule"].as_str().unwrap(), field(alert, "fs.path.target")))
        .collect();
    let (i, j) = (format!("{here}/way/i"), format!("{here}/way/j"));
    assert_eq!(
        hits,
        [
            ("Removed in the vault", ""),
            ("Renamed in the vault", &*i),
            ("Renamed in the vault", &*j)
        ],
        "{alerts:#?}"
    );
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

/// Every way into two folders that rules name by the beginning of a path, `HERE/vault` and `HERE/safe`.
const WAYS_IN: &[Way] = &[
    Way {
        what: "bind mount of the folder",
        asked: "HERE/a/f",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/a; mount --bind {here}/vault {here}/a; cat {here}/a/f"
            ))
        },
    },
    Way {
        what: "bind mount of a folder in it",
        asked: "HERE/b/g",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/b; mount --bind {here}/vault/sub {here}/b; cat {here}/b/g"
            ))
        },
    },
    Way {
        what: "bind mount of a folder above it",
        asked: "HERE/c/vault/f",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/c; mount --bind {here} {here}/c; cat {here}/c/vault/f"
            ))
        },
    },
    Way {
        what: "bind mount of a file",
        asked: "HERE/d",
        act: |here| {
            Act::apart(&format!(
                "touch {here}/d; mount --bind {here}/vault/f {here}/d; cat {here}/d"
            ))
        },
    },
    Way {
        what: "a bind mount of a bind mount",
        asked: "HERE/e/sub/g",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/e {here}/e2; mount --bind {here}/vault {here}/e2; \
                     mount --bind {here}/e2 {here}/e; cat {here}/e/sub/g"
            ))
        },
    },
    Way {
        what: "the directory of a file, through a bind mount",
        asked: "HERE/h/s",
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/h; mount --bind {here}/safe {here}/h; cat {here}/h/s"
            ))
        },
    },
    Way {
        what: "the directory of a file, through a link",
        asked: "HERE/i/s",
        act: |here| Act::shell(&format!("ln -s safe {here}/i; cat {here}/i/s")),
    },
    Way {
        what: "chroot into it",
        asked: "/sub/g",
        act: |here| {
            Act::perl(&format!(r#"chroot "{here}/vault" or die $!; at(-100, "/sub/g", O_RDONLY);"#))
        },
    },
    Way {
        what: "chroot above it",
        asked: "/safe/s",
        act: |here| {
            Act::perl(&format!(r#"chroot "{here}" or die $!; at(-100, "/safe/s", O_RDONLY);"#))
        },
    },
];

#[test]
fn live_a_folder_is_known_under_every_name() {
    if !peregrine_testkit::root("live_a_folder_is_known_under_every_name") {
        return;
    }
    let folder = scratch("folders");
    let here = folder.display().to_string();
    Act::shell(&format!("cd {here}; mkdir -p vault/sub safe; touch vault/f vault/sub/g safe/s"))
        .commit();
    let mut watched = start(&folder);
    let mut missed = Vec::new();
    for way in WAYS_IN {
        let act = (way.act)(&here);
        let possible = !way.what.starts_with("chroot") || peregrine_testkit::whole_root(way.what);
        if !possible || !act.is_possible(way.what) {
            continue;
        }
        act.commit();
        let alerts = alerts(&mut watched, &folder);
        let asked = way.asked.replace("HERE", &here);
        let rule = if asked.ends_with("/s") { "Opened in the safe" } else { "Opened in the vault" };
        let hits: Vec<_> =
            alerts.iter().map(|alert| (&alert["rule"], field(alert, "fd.name"))).collect();
        if hits != [(&serde_json::Value::from(rule), &*asked)] {
            missed.push((way.what, format!("{hits:?}")));
        }
    }
    assert!(missed.is_empty(), "{} of {}: {missed:#?}", missed.len(), WAYS_IN.len());
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}
