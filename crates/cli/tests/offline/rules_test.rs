//! `peregrine rules test`: what a failed test shows. The files of `rules_test/` are what is tested and what
//! it says; `PEREGRINE_WRITE_GOLDEN=1` writes the answers anew.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::made::{Captures as _, Folder, program};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/offline/rules_test")
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["rules", "test"])
        .args(args)
        .current_dir(folder())
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn equals_golden(name: &str, found: &[u8]) {
    let path = folder().join(name);
    let found = String::from_utf8(found.to_vec()).unwrap();
    if std::env::var_os("PEREGRINE_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn a_failed_test_shows_its_condition() {
    let output = run(&["failing.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    equals_golden("failing.txt", &output.stdout);
    // Colours change nothing else.
    let coloured = run(&["failing.yaml", "--color", "always"]);
    let text = String::from_utf8(coloured.stdout).unwrap();
    assert!(text.contains("\x1b[31mfalse\x1b[0m"), "{text}");
    let mut bare = String::new();
    for piece in text.split('\x1b') {
        let piece = piece.strip_prefix('[').and_then(|code| code.split_once('m'));
        bare.push_str(piece.map_or_else(|| text.split('\x1b').next().unwrap(), |(_, rest)| rest));
    }
    assert_eq!(bare, String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_failed_test_is_data() {
    let output = run(&["failing.yaml", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let condition = &first["conditions"][0];
    assert_eq!(
        (&condition["rule"], &condition["event"], &condition["true"]),
        (&"Secret file read".into(), &1.into(), &false.into())
    );
    let parts = condition["parts"].as_array().unwrap();
    let deciding: Vec<&str> = parts
        .iter()
        .filter(|part| part["decides"] == true && !part["values"].as_object().unwrap().is_empty())
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    assert_eq!(deciding, ["proc.aname = sshd"]);
    let skipped = parts.iter().find(|part| part["asked"] == false).unwrap();
    assert_eq!(skipped["skipped_by"], "and");
    assert_eq!(skipped["values"]["proc.name"], "cat");
    assert!(parts.iter().any(|part| part["macro"] == "by_login"));
}

/// The rules of the captures' tests.
const RULES: &str = "- rule: Shell\n  desc: d\n  condition: evt.type = execve and proc.name = sh\n  output: shell %proc.cmdline\n  priority: INFO\n\
- rule: Tool\n  desc: d\n  condition: \"evt.type = execve and proc.name in (nc, 'a: b')\"\n  output: \"%evt.time tool %proc.name\"\n  priority: INFO\n";

/// A folder with rules and a capture: twice `sh -c x`, once `sh -c y`, `nc`, and a program with a name that
/// YAML would take for something else.
fn captured(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("rules.yaml", RULES);
    let programs: Vec<Vec<u8>> = [
        (1, 10, ["/bin/sh", "-c", "x"].as_slice()),
        (2, 11, &["/bin/sh", "-c", "y"]),
        (3, 12, &["/bin/nc"]),
        (4, 13, &["/bin/sh", "-c", "x"]),
        (5, 14, &["/bin/a: b"]),
    ]
    .into_iter()
    .flat_map(|(second, pid, command)| program(second, pid, 1, command))
    .collect();
    folder.capture("trace.scap", &programs);
    folder
}

fn test_in(folder: &Path, args: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["rules", "test"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

/// What a new test file says.
const NEW: &str = "\
- test: the alerts of trace.scap
  rules: [rules.yaml]
  capture: trace.scap
  expect:
    - rule: Shell
      count: 2
      fields:
        proc.cmdline: sh -c x
    - rule: Shell
      fields:
        proc.cmdline: sh -c y
    - rule: Tool
      fields:
        proc.name: nc
    - rule: Tool
      fields:
        proc.name: \"a: b\"
";

#[test]
fn alerts_of_a_capture_are_written_and_compared() {
    let folder = captured("update-new");
    let update = ["new.yaml", "--capture", "trace.scap", "--update", "-r", "rules.yaml"];
    let (said, code) = test_in(folder.path(), &update);
    assert_eq!((said.as_str(), code), ("new.yaml: written: 1 test, 5 alerts\n", Some(0)));
    let read = || std::fs::read_to_string(folder.path().join("new.yaml")).unwrap();
    assert_eq!(read(), NEW);
    assert_eq!(
        test_in(folder.path(), &["new.yaml"]),
        ("1 test(s), 0 failed\n".to_owned(), Some(0))
    );
    let (said, _) = test_in(folder.path(), &["new.yaml", "--update"]);
    assert_eq!(said, "new.yaml: unchanged: 1 test, 5 alerts\n");
    // The rules change: what differs is shown, then written.
    folder.file(
        "rules.yaml",
        &RULES.replace("(nc,", "(ncat,").replace("proc.name = sh", "proc.args endswith x"),
    );
    let (said, code) = test_in(folder.path(), &["new.yaml", "--capture", "trace.scap"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "new.yaml:9:7: failed: the alerts of trace.scap\n  \
         the alerts of trace.scap differ (--update writes them):\n  \
         line 9: expected 1, found 0: Shell proc.cmdline=sh -c y\n  \
         line 12: expected 1, found 0: Tool proc.name=nc\n\
         1 test(s), 1 failed\n"
    );
    test_in(folder.path(), &["new.yaml", "--update"]);
    assert_eq!(test_in(folder.path(), &["new.yaml"]).1, Some(0));
    assert_eq!(read().matches("- rule").count(), 2);
}

#[test]
fn an_update_keeps_all_else() {
    let folder = captured("update-kept");
    let check = |before: &str, after: &str| {
        let head = "# Of mine.\n- test: other   # first\n  condition: evt.type = close\n  true: [close]\n\n";
        let own = "- test: mine\n  rules: [rules.yaml]\n  capture: trace.scap # made today\n";
        let tail = "\n# The end.\n- {condition: evt.type = close, true: [close]}\n";
        folder.file("t.yaml", &format!("{head}{own}{before}{tail}"));
        let (said, code) =
            test_in(folder.path(), &["t.yaml", "--update", "--capture", "trace.scap"]);
        assert_eq!(code, Some(0), "{said}\n{before}");
        let found = std::fs::read_to_string(folder.path().join("t.yaml")).unwrap();
        assert_eq!(found, format!("{head}{own}{after}{tail}"), "{before}");
        let (said, code) = test_in(folder.path(), &["t.yaml"]);
        assert_eq!((said.as_str(), code), ("3 test(s), 0 failed\n", Some(0)), "{before}");
    };
    let all = NEW.split_once("  expect:\n").unwrap().1;
    check("", &format!("  expect:\n{all}"));
    check("  expect: []\n", &format!("  expect:\n{all}"));
    check(
        "  expect: [] # none\n  rule: Shell\n",
        "  expect: # none\n    - rule: Shell\n      count: 2\n      fields:\n        proc.cmdline: sh -c x\n    - rule: Shell\n      fields:\n        proc.cmdline: sh -c y\n  rule: Shell\n",
    );
    // Entries that say less count what no other has; comments stay, also of what is gone.
    check(
        "  expect:\n  # Any shell.\n  - Shell # here\n  # One.\n  - {rule: Tool}\n  # None.\n  - rule: Gone\n    # inside\n    count: 4\n\n  # Behind.\n",
        "  expect:\n  # Any shell.\n  - rule: Shell\n    count: 3 # here\n  # One.\n  - {rule: Tool, count: 2}\n  # None.\n\n  # Behind.\n",
    );
    check(
        "  expect:\n    - rule: Shell\n      count: 9 # times\n      fields: {proc.cmdline: sh -c x}\n    - rule: Shell # all others\n  matching: all\n",
        "  expect:\n    - rule: Shell\n      count: 2 # times\n      fields: {proc.cmdline: sh -c x}\n    - rule: Shell # all others\n    - rule: Tool\n      fields:\n        proc.name: nc\n    - rule: Tool\n      fields:\n        proc.name: \"a: b\"\n  matching: all\n",
    );
    check(
        "  expect:\n    - rule: Shell\n    - rule: Tool\n      count: 2\n",
        "  expect:\n    - rule: Shell\n      count: 3\n    - rule: Tool\n      count: 2\n",
    );
    check(
        "  rule: Shell\n  expect:\n    - Shell\n    - Tool\n",
        "  rule: Shell\n  expect:\n    - rule: Shell\n      count: 3\n",
    );
}

#[test]
fn what_cannot_be_updated_is_one_error() {
    let folder = captured("update-errors");
    let check = |text: &str, args: &[&str], expected: &str| {
        folder.file("t.yaml", text);
        let (said, code) = test_in(folder.path(), &[&["t.yaml"], args].concat());
        assert_eq!(code, Some(1), "{said}");
        assert_eq!(said.trim_end(), format!("peregrine: {expected}"), "{text}");
        assert_eq!(std::fs::read_to_string(folder.path().join("t.yaml")).unwrap(), text);
    };
    let close = "- condition: evt.type = close\n  true: [close]\n";
    check(close, &["--update"], "t.yaml: no test has a capture; --capture FILE adds one");
    check(
        close,
        &["--capture", "trace.scap"],
        "t.yaml: no test has the capture trace.scap; --update adds one",
    );
    check(
        close,
        &["--capture", "no.scap", "--update"],
        "cannot open the capture no.scap: No such file or directory (os error 2)",
    );
    check(
        close,
        &["--capture", "rules.yaml", "--update"],
        "t.yaml: the alerts of rules.yaml: ./rules.yaml: not a capture: it does not start with a section header",
    );
    check("- [\n", &["--capture", "trace.scap", "--update"], "t.yaml:1:3: unclosed bracket '['");
    check(
        "- {rules: [rules.yaml], capture: trace.scap}\n",
        &["--update"],
        "t.yaml:1:3: test 1: its alerts cannot be written into this form of a test: write the test and `expect` as blocks, a key or `- ` a line",
    );
    check(
        "- rules: [rules.yaml]\n  capture: trace.scap\n  expect: [Shell]\n",
        &["--update"],
        "t.yaml:1:3: test 1: its alerts cannot be written into this form of a test: write the test and `expect` as blocks, a key or `- ` a line",
    );
    check(
        "- capture: trace.scap\n  events: [close]\n  expect: []\n",
        &["--update"],
        "t.yaml:2:3: test 1: a test of a capture has no events: who does what is in the capture",
    );
    check(
        "- capture: gone.scap\n  expect: []\n",
        &["--update"],
        "t.yaml:1:12: test 1: cannot open the capture ./gone.scap: No such file or directory (os error 2)",
    );
    check(
        "- capture: trace.scap\n  expect: [{count: x}]\n",
        &["--update"],
        "t.yaml:2:20: test 1: count is a number, not x",
    );
}
