//! `peregrine correlate` over files and journals made here.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use peregrine_alert::{Alert, AlertId, Form, Priority};
use peregrine_journal::{Anchor, FileStorage, Journal, Now, Options};
use peregrine_testkit::Folder;
use serde_json::{Map, Value};

/// 2026-11-23T17:00:00Z.
const BEGIN: u64 = 1_795_453_200_000_000_000;
const SECOND: u64 = 1_000_000_000;

const SPREADS: &str = "title: On three hosts
level: critical
correlation:
  type: value_count
  rules: [Program run from shared memory]
  group-by: [proc.exepath]
  timespan: 10m
  condition: {field: hostname, gte: 3}
";

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .arg("correlate")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn alert(host: &str, sequence: u64, second: u64) -> Alert {
    let fields = [("proc.exepath".to_owned(), Value::from("/dev/shm/x"))];
    Alert {
        id: AlertId { host: host.to_owned(), sequence },
        time_ns: BEGIN + second * SECOND,
        utc_offset: 0,
        rule: "Program run from shared memory".to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec!["mitre_execution".to_owned()],
        message: "a program".to_owned(),
        fields: fields.into_iter().collect::<Map<_, _>>(),
    }
}

/// A journal of one host.
fn journal(folder: &Path, name: &str, alerts: &[Alert]) {
    let storage = FileStorage::exclusive(&folder.join(name)).unwrap();
    let anchor = Anchor { storage: FileStorage::new(folder), stem: format!("{name}-key") };
    let now = |n: u64| Now { wall_ns: BEGIN + n * SECOND, elapsed: Duration::from_secs(n) };
    let mut journal = Journal::open(storage, anchor, Options::default(), now(0)).unwrap();
    for (n, alert) in (1..).zip(alerts) {
        journal.append(alert, now(n)).unwrap();
        journal.commit(now(n)).unwrap();
    }
    journal.close(now(100)).unwrap();
}

#[test]
fn findings_over_journals_and_files() {
    let folder = Folder::new("correlate-run");
    let path = folder.path();
    std::fs::write(path.join("c.yaml"), SPREADS).unwrap();
    journal(path, "web-1", &[alert("web-1", 1, 0), alert("web-1", 2, 5)]);
    journal(path, "web-2", &[alert("web-2", 1, 60)]);
    // The file has an alert of a third host, and one of a journal again.
    let lines = [alert("db", 7, 90), alert("web-2", 1, 60)]
        .map(|alert| alert.json(&Form { json: true, ..Form::default() }));
    std::fs::write(path.join("alerts.jsonl"), lines.join("\n")).unwrap();

    let words = ["run", "c.yaml", "--journal", "web-1", "--journal", "web-2", "--json"];
    let done = run(path, &words);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(1), String::new()));

    let done = run(path, &[&words[..], &["--alerts", "alerts.jsonl"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let row: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(row["correlation"], "On three hosts");
    assert_eq!(row["priority"], "Critical");
    assert_eq!(row["time"], "2026-11-23T17:01:30.000Z");
    assert_eq!(row["alerts"], 4);
    assert_eq!(row["hosts"], serde_json::json!(["db", "web-1", "web-2"]));
    assert_eq!(row["group"]["proc.exepath"], "/dev/shm/x");

    let done = run(
        path,
        &["run", "c.yaml", "--journal", "web-1", "--journal", "web-2", "--alerts", "alerts.jsonl"],
    );
    let table = text(&done.stdout);
    assert!(table.contains("On three hosts") && table.contains("db,web-1,web-2"), "{table}");
}

#[test]
fn incidents_over_hosts() {
    let folder = Folder::new("correlate-incidents");
    let path = folder.path();
    std::fs::write(path.join("c.yaml"), SPREADS).unwrap();
    let with = |host: &str, second: u64, fields: &[(&str, &str)]| {
        let mut alert = alert(host, 1, second);
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        alert.fields.extend(fields);
        alert.json(&Form { json: true, ..Form::default() })
    };
    let ends = ("fd.name", "10.0.0.1:40000->10.0.0.2:22");
    let lines = [
        with("a", 10, &[("proc.pid", "7"), ("evt.type", "connect"), ends]),
        with("b", 11, &[("proc.pid", "9"), ("evt.type", "accept4"), ends]),
        with("c", 12, &[]),
    ];
    std::fs::write(path.join("alerts.jsonl"), lines.join("\n")).unwrap();
    let words = ["run", "c.yaml", "--incidents", "--alerts", "alerts.jsonl"];

    let done = run(path, &[&words[..], &["--json"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let rows: Vec<Value> =
        text(&done.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The finding over three hosts, and of two of them the incident.
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1]["incident"], 1);
    assert_eq!(rows[1]["hosts"], serde_json::json!(["a", "b"]));
    assert_eq!(rows[1]["links"][0]["why"], "same addresses and ports");
    let said = text(&done.stderr);
    assert!(said.contains("1 alert without `proc.pid`, in no incident"), "{said}");

    let done = run(path, &words);
    let table = text(&done.stdout);
    assert!(table.contains("\n\nincident 1: a -> b, score "), "{table}");

    // The same by standard input, without the flag: no incident.
    let file = std::fs::File::open(path.join("alerts.jsonl")).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["correlate", "run", "c.yaml", "--alerts", "-", "--json"])
        .current_dir(path)
        .stdin(file)
        .output()
        .unwrap();
    assert_eq!(text(&done.stdout).lines().count(), 1, "{}", text(&done.stderr));
}

#[test]
fn mistakes_have_file_line_and_column() {
    let folder = Folder::new("correlate-mistakes");
    let path = folder.path();
    let check = |correlations: &str, words: &[&str], code: i32, part: &str| {
        std::fs::write(path.join("c.yaml"), correlations).unwrap();
        let done = run(path, words);
        let said = text(&done.stdout) + &text(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
    };
    let wrong = SPREADS.replace("gte: 3", "gt: three");
    check(&wrong, &["check", "c.yaml"], 1, "c.yaml:8:36: error: gt is a number");
    check(&wrong, &["check", "c.yaml", "--json"], 1, r#""column":36"#);
    check(&wrong, &["explain", "c.yaml"], 1, "c.yaml:8:36");
    check(&wrong, &["run", "c.yaml", "--alerts", "/dev/null"], 2, "c.yaml:8:36");
    let near = SPREADS.replace("shared memory", "shared memori");
    check(&near, &["check", "c.yaml"], 0, "did you mean `Program run from shared memory`?");
    check(SPREADS, &["check", "c.yaml"], 0, "1 file, 1 correlation, 0 mistakes");
    check(SPREADS, &["explain", "c.yaml"], 0, "at least 3 different values of hostname within 10m");
    std::fs::write(path.join("a.jsonl"), "{\"rule\":\"R\"}\n").unwrap();
    check(
        SPREADS,
        &["run", "c.yaml", "--alerts", "a.jsonl"],
        2,
        "a.jsonl:1: an alert needs `priority`",
    );
    check(SPREADS, &["run", "c.yaml", "--alerts", "/dev/null"], 1, "0 alerts read");
    check(SPREADS, &["run", "c.yaml", "--journal", "nowhere"], 2, "there is no journal in nowhere");
}

#[test]
fn tests_say_what_was_found_instead() {
    let folder = Folder::new("correlate-test");
    let path = folder.path();
    std::fs::write(path.join("c.yaml"), SPREADS).unwrap();
    let check = |expect: &str, code: i32, part: &str| {
        let test = format!(
            "- test: one\n  correlations: [c.yaml]\n  alerts:\n    - {{rule: Program run from shared memory, host: a, fields: {{proc.exepath: /x}}}}\n    - {{rule: Program run from shared memory, host: b, fields: {{proc.exepath: /x}}}}\n    - {{rule: Program run from shared memory, host: c, fields: {{proc.exepath: /x}}}}\n  expect: {expect}\n"
        );
        std::fs::write(path.join("t.yaml"), test).unwrap();
        let done = run(path, &["test", "t.yaml"]);
        let said = text(&done.stdout);
        assert_eq!(done.status.code(), Some(code), "{said}");
        assert!(said.contains(part), "{said}");
    };
    check("[On three hosts]", 0, "1 test(s), 0 failed");
    check("[{correlation: On three hosts, hosts: [a, b, c], alerts: 3, at: 2s}]", 0, "0 failed");
    check("[]", 1, "t.yaml:7:11: failed: one\n  more findings than expected");
    check("[{correlation: On three hosts, alerts: 4}]", 1, "alerts is 3, not 4");
    check("[On tree hosts]", 1, "did you mean On three hosts?");
}
