//! `peregrine respond` without a host: checks, and what responses would have done in a capture.

use serde_json::Value;

use crate::made::{Captures as _, Folder, open, peregrine, program};

fn respond(args: &[&str]) -> (Option<i32>, String, String) {
    peregrine(&[&["respond"], args].concat())
}

const RULES: &str = "- rule: opened\n  desc: d\n  condition: evt.type = openat\n  output: opened %fd.name\n  priority: WARNING\n  tags: [files]\n";

#[test]
fn checks_name_each_mistake() {
    let folder = Folder::new("respond-check");
    let good = "- response: a\n  match: {rules: [opened]}\n  actions: [kill]\n";
    let file = folder.file("good.yaml", good);
    assert_eq!(respond(&["check", &file, "shipped"]).0, Some(0));
    let bad = folder.file("bad.yaml", &good.replace("kill", "kil").replace(": a", ": b"));
    let (code, out, _) = respond(&["check", &file, &bad]);
    assert_eq!(code, Some(1));
    let expected = format!(
        "{bad}:3:13: error[LOAD_ERR_YAML_VALIDATE]: there is no action 'kil'\n  |\n3 |   actions: [kil]\n  |             ^^^\n  in response 'b'\n  help: write `kill`\n2 files, 0 responses, 1 error\n"
    );
    assert_eq!(out, expected);
    let (code, out, _) = respond(&["check", &bad, "--json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &answer["errors"][0]["line"]), (Some(1), &Value::from(3)));
}

#[test]
fn a_trial_says_what_would_have_been_done() {
    let folder = Folder::new("respond-try");
    let mut events = program(0, 40, 1, &["/usr/bin/$(id)\nx"]).to_vec();
    events.push(open(1, 40, "/etc/a"));
    events.push(open(2, 40, "/etc/b"));
    events.push(open(3, 40, "/etc/c"));
    let capture = folder.capture("a.scap", &events);
    let rules = folder.file("rules.yaml", RULES);
    let responses = folder.file(
        "respond.yaml",
        "- response: all\n  match: {tags: [files], condition: fd.name != /etc/b}\n  actions:\n    - kill: {what: tree}\n    - quarantine: {file: '%fd.name'}\n    - block_address\n    - run: {argv: [/bin/page, '%output', '%proc.name']}\n- response: few\n  match: {condition: output contains /etc/}\n  actions: [stop]\n  limits: {at_most: 2/1h}\n",
    );
    let (code, out, err) = respond(&[
        "try",
        &responses,
        "--capture",
        &capture,
        "-r",
        &rules,
        "-o",
        "append_output=[]",
    ]);
    assert_eq!(code, Some(0), "{out}{err}");
    let lines: Vec<&str> = out.lines().map(|line| line.split_once("Z: ").unwrap().1).collect();
    let name = "$(id)\\nx";
    let expected = [
        format!("all: would kill process tree of 40 ({name}) with SIGKILL (rule opened, alert 1)"),
        "all: would quarantine /etc/a (rule opened, alert 1)".to_owned(),
        "all: would not block_address: the event has no fd.rip (rule opened, alert 1)".to_owned(),
        format!("all: would run \"/bin/page\" \"opened /etc/a\" \"{name}\" as nobody for 10s at most (rule opened, alert 1)"),
        format!("few: would stop process 40 ({name}) (rule opened, alert 1)"),
        format!("few: would stop process 40 ({name}) (rule opened, alert 2)"),
        format!("all: would kill process tree of 40 ({name}) with SIGKILL (rule opened, alert 3)"),
        "all: would quarantine /etc/c (rule opened, alert 3)".to_owned(),
        "all: would not block_address: the event has no fd.rip (rule opened, alert 3)".to_owned(),
        format!("all: would run \"/bin/page\" \"opened /etc/c\" \"{name}\" as nobody for 10s at most (rule opened, alert 3)"),
        "few: would do nothing: it acts too often (at_most): stopped until 2026-11-23T15:03:03.000000000Z (rule opened, alert 3)".to_owned(),
    ];
    assert_eq!(lines, expected);
    let (code, out, _) =
        respond(&["try", &responses, "--capture", &capture, "-r", &rules, "--json"]);
    let first: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!((code, &first["action"], &first["alert"]), (Some(0), &"kill".into(), &1.into()));
    // Nothing matches.
    let none =
        folder.file("none.yaml", "- response: n\n  match: {rules: [x]}\n  actions: [kill]\n");
    let (code, out, err) = respond(&["try", &none, "--capture", &capture, "-r", &rules]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("no response would have done anything"), "{err}");
}
