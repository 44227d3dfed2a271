//! Calls that name a file and leave nothing open: whichever way the path leads, the rule on where it
//! leads hits. Needs root; says so loudly where it has none.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::act::{Act, alerts, watch};
use crate::support::agent::{Watched, scratch};

/// A call that changes something in the vault by another name than its own.
struct Way {
    what: &'static str,
    /// The rule that hits, and what its output says; HERE is the test's folder.
    reported: (&'static str, &'static str),
    act: fn(&str) -> Act,
}

/// The folder `vault` holds `f`, `g`, ..., `way` leads to it, `far` to `way`.
const WAYS: &[Way] = &[
    Way {
        what: "rm through a link",
        reported: ("Removed", "HERE/way/f"),
        act: |here| Act::of(&["rm", &format!("{here}/way/f")]),
    },
    Way {
        what: "rm through a chain of links",
        reported: ("Removed", "HERE/far/g"),
        act: |here| Act::of(&["rm", &format!("{here}/far/g")]),
    },
    Way {
        what: "rm of a relative path",
        reported: ("Removed", "HERE/way/h"),
        act: |here| Act::shell(&format!("cd {here}; rm way/h")),
    },
    Way {
        what: "unlink(2) with .. behind a link",
        reported: ("Removed", "HERE/i"),
        act: |here| Act::perl(&format!(r#"unlink "{here}/deep/../i" or die $!;"#)),
    },
    Way {
        what: "rmdir through a link",
        reported: ("Removed", "HERE/way/empty"),
        act: |here| Act::of(&["rmdir", &format!("{here}/way/empty/")]),
    },
    Way {
        what: "unlink through the root in /proc",
        reported: ("Removed", "/proc/self/rootHERE/vault/j"),
        act: |here| Act::perl(&format!(r#"unlink "/proc/self/root{here}/vault/j" or die $!;"#)),
    },
    Way {
        what: "unlink through a link to the current folder in /proc",
        reported: ("Removed", "HERE/cwd/k"),
        act: |here| {
            Act::perl(&format!(
                r#"symlink "/proc/self/cwd", "{here}/cwd"; chdir "{here}/vault";
                   unlink "{here}/cwd/k" or die $!;"#
            ))
        },
    },
    Way {
        what: "unlink through a descriptor in /proc",
        reported: ("Removed", "/proc/self/fd/3/l"),
        act: |here| {
            Act::perl(&format!(
                r#"my $vault = at(-100, "{here}/way", O_RDONLY);
                   unlink "/proc/self/fd/3/l" or die $!;"#
            ))
        },
    },
    Way {
        what: "unlinkat below a descriptor and a link",
        reported: ("Removed", "HERE/way/m"),
        act: |here| {
            Act::perl(&format!(
                r#"my $here = at(-100, "{here}", O_RDONLY); my $name = "way/m";
                   syscall(263, $here, $name, 0) and die $!;"#
            ))
        },
    },
    Way {
        what: "rm through a bind mount",
        reported: ("Removed", "HERE/bound/n"),
        act: |here| {
            Act::apart(&format!(
                "mkdir {here}/bound; mount --bind {here}/vault {here}/bound; rm {here}/bound/n; sleep 0.3"
            ))
        },
    },
    Way {
        what: "unlink below a root of one's own",
        reported: ("Removed", "/way/o"),
        act: |here| Act::perl(&format!(r#"chroot "{here}" or die $!; unlink "/way/o" or die $!;"#)),
    },
    Way {
        what: "mv out of it",
        reported: ("Moved out", "HERE/way/p"),
        act: |here| Act::of(&["mv", &format!("{here}/way/p"), &format!("{here}/p")]),
    },
    Way {
        what: "rename into it",
        reported: ("Moved in", "HERE/far/q"),
        act: |here| Act::perl(&format!(r#"rename "{here}/outside", "{here}/far/q" or die $!;"#)),
    },
    Way {
        what: "a hard link to it",
        reported: ("Linked", "HERE/way/r"),
        act: |here| Act::of(&["ln", &format!("{here}/way/r"), &format!("{here}/hard")]),
    },
    Way {
        what: "a hard link to it by a descriptor",
        reported: ("Linked", "HERE/way/r"),
        act: |here| {
            // 265 linkat, with AT_EMPTY_PATH
            Act::perl(&format!(
                r#"my $file = at(-100, "{here}/way/r", O_RDONLY); my ($none, $new) = ("", "{here}/taken");
                   syscall(265, $file, $none, -100, $new, 0x1000) and die $!;"#
            ))
        },
    },
    Way {
        what: "a hard link in it",
        reported: ("Link made", "HERE/way/link"),
        act: |here| Act::of(&["ln", &format!("{here}/other"), &format!("{here}/way/link")]),
    },
    Way {
        what: "a symbolic link to it",
        reported: ("Link to it", "way/r"),
        act: |here| Act::shell(&format!("cd /; ln -s way/r {here}/soft")),
    },
    Way {
        what: "a symbolic link in it",
        reported: ("Soft link made", "HERE/way/soft"),
        act: |here| Act::of(&["ln", "-s", "/nowhere", &format!("{here}/way/soft")]),
    },
    Way {
        what: "mkdir",
        reported: ("Made", "HERE/way/new"),
        act: |here| Act::of(&["mkdir", &format!("{here}/way/new")]),
    },
    Way {
        what: "mknod",
        reported: ("Made", "HERE/far/pipe"),
        act: |here| Act::of(&["mkfifo", &format!("{here}/far/pipe")]),
    },
    Way {
        what: "chmod of a link's end",
        reported: ("Mode", "HERE/end"),
        act: |here| Act::perl(&format!(r#"chmod 0600, "{here}/end" or die $!;"#)),
    },
    Way {
        what: "chown of a link's end",
        reported: ("Owner", "HERE/end"),
        act: |here| Act::perl(&format!(r#"chown 0, 0, "{here}/end" or die $!;"#)),
    },
    Way {
        what: "chmod of a hard link to a file a rule names",
        reported: ("Key's mode", "HERE/another"),
        act: |here| {
            Act::perl(&format!(
                r#"link "{here}/key", "{here}/another"; chmod 0644, "{here}/another" or die $!;"#
            ))
        },
    },
];

fn rules(here: &str) -> String {
    let me = std::process::id();
    let rule = |name: &str, condition: &str, reported: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: reported=%{reported}\n"
        )
    };
    let vault = format!("startswith {here}/vault/");
    let removed = "evt.type in (unlink, unlinkat, rmdir)";
    let renamed = "evt.type in (rename, renameat, renameat2)";
    let linked = "evt.type in (link, linkat)";
    let soft = "evt.type in (symlink, symlinkat)";
    let made = "evt.type in (mkdir, mkdirat, mknod, mknodat)";
    let mode = "evt.type in (chmod, fchmodat)";
    let owner = "evt.type in (chown, lchown, fchownat)";
    [
        rule(
            "Marker",
            &format!("evt.type in (open, openat) and fd.name = {here}/marker"),
            "fd.name",
        ),
        rule("Removed", &format!("{removed} and fs.path.name {vault}"), "fs.path.name"),
        rule("Moved out", &format!("{renamed} and evt.arg.oldpath {vault}"), "evt.arg.oldpath"),
        rule("Moved in", &format!("{renamed} and fs.path.target {vault}"), "fs.path.target"),
        rule("Linked", &format!("{linked} and fs.path.target {vault}"), "fs.path.target"),
        rule("Link made", &format!("{linked} and evt.arg.newpath {vault}"), "evt.arg.newpath"),
        rule("Link to it", &format!("{soft} and evt.arg.target {vault}"), "evt.arg.target"),
        rule("Soft link made", &format!("{soft} and fs.path.source {vault}"), "fs.path.source"),
        rule("Made", &format!("{made} and evt.arg.path {vault}"), "evt.arg.path"),
        rule("Mode", &format!("{mode} and evt.arg.filename {vault}"), "evt.arg.filename"),
        rule("Owner", &format!("{owner} and fs.path.name {vault}"), "fs.path.name"),
        rule("Key's mode", &format!("{mode} and fs.path.name = {here}/key"), "fs.path.name"),
        // What is excluded under the name asked for stays so.
        rule(
            "Not by this way",
            &format!(
                "{removed} and fs.path.name endswith /f and not fs.path.name startswith {here}/way/"
            ),
            "fs.path.name",
        ),
    ]
    .concat()
}

fn start(folder: &Path) -> Watched {
    let here = folder.display().to_string();
    Act::shell(&format!(
        "cd {here}; mkdir -p vault/sub vault/empty; ln -s vault way; ln -s {here}/way far; \
             ln -s {here}/vault/sub deep; ln -s way/r end; \
             touch marker outside other key; cd vault; touch f g h i j k l m n o p r"
    ))
    .commit();
    watch(folder, &rules(&here))
}

#[test]
fn live_paths_are_known_by_where_they_lead() {
    if !peregrine_testkit::root("live_paths_are_known_by_where_they_lead") {
        return;
    }
    let folder = scratch("walked");
    let here = folder.display().to_string();
    let mut watched = start(&folder);
    let mut missed = Vec::new();
    for way in WAYS {
        let act = (way.act)(&here);
        let below_a_root = way.what == "unlink below a root of one's own";
        let possible = !below_a_root || peregrine_testkit::whole_root(way.what);
        if !possible || !act.is_possible(way.what) {
            continue;
        }
        act.commit();
        let alerts = alerts(&mut watched, &folder);
        let (rule, reported) = way.reported;
        let reported = reported.replace("HERE", &here);
        let hits: Vec<_> = alerts
            .iter()
            .map(|alert| (alert["rule"].as_str().unwrap(), alert["output"].as_str().unwrap()))
            .collect();
        if hits.len() != 1
            || hits[0].0 != rule
            || !hits[0].1.ends_with(&format!("reported={reported}"))
        {
            missed.push((way.what, format!("{hits:?}")));
        }
    }
    assert!(missed.is_empty(), "{} of {}: {missed:#?}", missed.len(), WAYS.len());
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_a_recording_knows_where_paths_led() {
    if !peregrine_testkit::root("live_a_recording_knows_where_paths_led") {
        return;
    }
    let folder = scratch("walked-recorded");
    let here = folder.display().to_string();
    Act::shell(&format!("cd {here}; mkdir vault; ln -s vault way; touch vault/f")).commit();
    let (file, rule) = (format!("{here}/f.scap"), format!("{here}/rules.yaml"));
    let text = "- rule: Removed\n  desc: d\n  priority: INFO\n  output: reported=%fs.path.name\n  \
        condition: evt.type in (unlink, unlinkat) and fs.path.name = HERE/vault/f\n";
    std::fs::write(&rule, text.replace("HERE", &here)).unwrap();
    let program = env!("CARGO_BIN_EXE_peregrine");
    let mut recorder = Command::new(program)
        .args(["record", "-w", &file])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(recorder.stderr.take().unwrap());
    let mut reported = String::new();
    stderr.read_line(&mut reported).unwrap();
    assert!(reported.contains("recording to "), "{reported}");
    Act::of(&["rm", &format!("{here}/way/f")]).commit();
    Act::of(&["kill", "-INT", &recorder.id().to_string()]).commit();
    stderr.read_to_string(&mut reported).unwrap();
    assert!(recorder.wait().unwrap().success(), "{reported}");
    // The links are gone when it is replayed.
    std::fs::remove_file(folder.join("way")).unwrap();
    let replayed = Command::new(program).args(["replay", &file, "-r", &rule]).output().unwrap();
    let reported = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert_eq!(reported.matches(&format!("reported={here}/way/f")).count(), 1, "{replayed:?}");
    std::fs::remove_dir_all(folder).unwrap();
}
