//! Defaults that protect: which rules hold, nothing that watches for nothing, what cannot be written.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::made::{Captures as _, Folder, OPENS, open, peregrine, program};

fn capture(folder: &Folder) -> String {
    let mut events = program(0, 10, 1, &["/bin/cat", "/etc/shadow"]).to_vec();
    events.extend((0..3).map(|second| open(second, 10, "/etc/shadow")));
    folder.capture("x.scap", &events)
}

#[test]
fn what_is_not_loaded_is_said_and_shipped_adds_it() {
    let folder = Folder::new("shipped");
    let (rules, capture) = (folder.file("own.yaml", OPENS), capture(&folder));
    let replay = |args: &[&str]| {
        let args = [&["replay", &capture, "-o", "rule_matching=all"], args].concat();
        let (code, stdout, stderr) = peregrine(&args);
        assert_eq!(code, Some(0), "{stderr}");
        let rules = ["opened", "Password file read"];
        let hits = |rule: &str| stderr.lines().any(|line| line.trim_start().starts_with(rule));
        assert!(!stdout.is_empty());
        (
            rules.map(hits),
            stderr.contains("1 rule; the ")
                && stderr.contains(" shipped ones are not loaded: `-r shipped` adds them"),
        )
    };
    assert_eq!(replay(&["-r", &rules]), ([true, false], true));
    assert_eq!(replay(&["-r", "shipped", "-r", &rules]), ([true, true], false));
    assert_eq!(replay(&["-r", "shipped"]), ([false, true], false));
    assert_eq!(replay(&[]), ([false, true], false));
    let config = folder.file("config.yaml", &format!("rules_files: [shipped, {rules}]\n"));
    assert_eq!(replay(&["-c", &config]), ([true, true], false));
    // Shipped rules can be overridden, and their macros used.
    let own = "- rule: Password file read\n  enabled: false\n  override: {enabled: replace}\n";
    let own = folder.file("off.yaml", &format!("{own}{OPENS}"));
    assert_eq!(replay(&["-r", "shipped", "-r", &own]), ([true, false], false));
}

#[test]
fn watching_for_nothing_is_an_error_unless_asked_for() {
    let folder = Folder::new("nothing");
    let capture = capture(&folder);
    let rules = folder.file("own.yaml", OPENS);
    let none = folder.file("none.yaml", "- list: l\n  items: []\n");
    let off = folder.file("off.yaml", &OPENS.replace("  desc", "  enabled: false\n  desc"));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = folder.path().join("empty").display().to_string();
    let check = |args: &[&str], expected: &str| {
        let (code, _, stderr) = peregrine(args);
        if expected.is_empty() {
            assert_eq!(code, Some(0), "{args:?}: {stderr}");
        } else {
            assert_eq!(code, Some(1), "{args:?}: {stderr}");
            assert!(stderr.contains(expected), "{args:?}: {stderr}");
        }
    };
    // Not the configuration of the host.
    let bare = folder.file("bare.yaml", "json_output: false\n");
    let no_rule = "no rule is enabled, so nothing would be reported";
    let no_file = format!("the folder {empty} has no rule files (*.yaml, *.yml)");
    check(&["replay", &capture, "-r", &none], no_rule);
    check(&["run", "-c", &bare, "-r", &off], no_rule);
    check(&["replay", &capture, "-r", &none, "--allow-empty"], "");
    check(&["run", "-c", &bare, "-r", &empty], &no_file);
    check(&["rules", "list", &empty], &no_file);
    let silent = ["run", "-c", &bare, "-r", &rules, "-o", "stdout_output.enabled=false"];
    check(&silent, "no output is on");
    let quiet = ["replay", &capture, "-r", &rules, "-o", "stdout_output.enabled=false"];
    check(&quiet, "no output is on");
    check(&[&quiet[..], &["--allow-empty"]].concat(), "");
    let tests = folder.file("tests.yaml", "");
    check(&["rules", "test", &tests], "there is no test in it");
    // A folder that a configuration names may be empty: Falco's does.
    let config = folder.file("config.yaml", &format!("rules_files: [{rules}, {empty}]\n"));
    check(&["replay", &capture, "-c", &config], "");
}

#[test]
fn alerts_that_cannot_be_written_are_no_success() {
    let folder = Folder::new("unwritten");
    let (rules, capture) = (folder.file("own.yaml", OPENS), capture(&folder));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["replay", &capture, "-r", &rules])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("3 alerts could not be written"), "{stderr}");
    assert!(stderr.contains("No space left"), "{stderr}");
    // Whoever stops reading has what he wanted.
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["replay", &capture, "-r", &rules])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn what_is_written_is_nobody_elses_to_read() {
    let folder = Folder::new("private");
    let (rules, capture) = (folder.file("own.yaml", OPENS), capture(&folder));
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let alerts = folder.path().join("alerts").display().to_string();
    let file = format!("file_output.filename={alerts}");
    let args = ["replay", &capture, "-r", &rules, "-o", "file_output.enabled=true", "-o", &file];
    assert_eq!(peregrine(&args).0, Some(0));
    assert_eq!(std::fs::read_to_string(&alerts).unwrap().lines().count(), 3);
    assert_eq!(mode(&alerts), 0o600);
    for name in ["part.scap", "part.scap.gz"] {
        // Also in the place of one that others could read.
        let part = folder.file(name, "");
        let (code, _, stderr) = peregrine(&["print", &capture, "-w", &part]);
        assert_eq!((code, mode(&part)), (Some(0), 0o600), "{stderr}");
    }
}

#[test]
fn shipped_rules_can_be_read() {
    let (code, all, _) = peregrine(&["rules", "show", "--all"]);
    assert_eq!(code, Some(0));
    assert!(all.contains("\n- rule: Password file read\n"), "{all}");
    let (code, one, _) = peregrine(&["rules", "show", "Password file read"]);
    assert_eq!(code, Some(0));
    assert!(one.starts_with("# built in: rules/credential_access.yaml\n"), "{one}");
    assert!(
        one.contains("- rule: Password file read\n")
            && all.contains(one.split_once('\n').unwrap().1.trim_end())
    );
    let (code, names, _) = peregrine(&["rules", "show"]);
    assert_eq!(code, Some(0));
    assert!(
        names.lines().any(|line| line.starts_with("rule") && line.contains("Password file read"))
    );
    let (code, _, stderr) = peregrine(&["rules", "show", "nosuch"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("nothing shipped is called 'nosuch'"), "{stderr}");
    // What is shown loads again.
    let folder = Folder::new("shown");
    let file = folder.file("all.yaml", &all);
    let (code, stdout, _) = peregrine(&["rules", "check", &file]);
    assert_eq!(code, Some(0), "{stdout}");
}
