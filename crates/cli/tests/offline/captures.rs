//! Captures with real Falco's answers: the alerts on them, one by one.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Alerts by time and rule; without the name of the host, which the answers do not hold.
type Alerts = BTreeMap<(String, String), Vec<Value>>;

fn alerts(text: &str) -> Alerts {
    let of = |alert: &Value, key: &str| alert[key].as_str().unwrap_or_default().to_owned();
    let mut found = Alerts::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let mut alert: Value = serde_json::from_str(line).unwrap();
        alert.as_object_mut().unwrap().remove("hostname");
        found.entry((of(&alert, "time"), of(&alert, "rule"))).or_default().push(alert);
    }
    found
}

fn falco(path: &Path) -> Alerts {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    alerts(&text)
}

fn replay(capture: &Path, args: &[String]) -> Alerts {
    let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .arg("replay")
        .arg(capture)
        .args(args)
        .arg("--json")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    alerts(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn official_rules_raise_what_falco_raised() {
    let Some(data) = peregrine_testkit::conformance("official_rules_raise_what_falco_raised")
    else {
        return;
    };
    let mut args: Vec<String> = Vec::new();
    for name in ["falco_rules", "falco-incubating_rules", "falco-sandbox_rules"] {
        args.extend([
            "-r".to_owned(),
            data.join(format!("rules/{name}.yaml")).display().to_string(),
        ]);
    }
    args.extend(["-o".to_owned(), "rule_matching=all".to_owned()]);
    let ours = replay(&data.join("modern/attack-a.scap.gz"), &args);
    assert_eq!(ours, falco(&data.join("modern/attack-a.stock.jsonl.gz")));
}

/// Every event of the capture under rules that print every field.
#[test]
fn broad_rules_raise_what_falco_raised() {
    let Some(data) = peregrine_testkit::conformance("broad_rules_raise_what_falco_raised") else {
        return;
    };
    let rules = data.join("falco/broad.yaml").display().to_string();
    let args = ["-r", &rules, "-o", "load_plugins=[]"].map(str::to_owned);
    let ours = replay(&data.join("modern/attack-a.scap.gz"), &args);
    let theirs = falco(&data.join("modern/attack-a.broad.jsonl.gz"));
    let different = theirs.iter().filter(|(key, alert)| ours.get(*key) != Some(*alert)).count();
    assert_eq!((different, ours.len()), (0, theirs.len()));
}

#[test]
fn two_replays_are_equal() {
    let Some(data) = peregrine_testkit::conformance("two_replays_are_equal") else { return };
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .arg("replay")
            .arg(data.join("modern/attack-a.scap.gz"))
            .arg("-r")
            .arg(data.join("rules/falco_rules.yaml"))
            .arg("--json")
            .output()
            .unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let first = run();
    assert!(!first.is_empty());
    assert!(first == run(), "two replays differ");
}

/// A part of a capture, and what came before it: the state is whole, the lines are of the part.
#[test]
fn a_part_has_its_past() {
    let Some(data) = peregrine_testkit::conformance("a_part_has_its_past") else { return };
    let print = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .arg("print")
            .arg(data.join("captures/falcosecurity_falco__cat_write.scap"))
            .args(["-p", "*%evt.num %proc.name %fd.name"])
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = print(&[]);
    let late = print(&["--start", "2016-08-04T16:17:57.882009533Z"]);
    assert!(late.lines().count() > 3 && late.lines().count() < whole.lines().count(), "{late}");
    assert!(whole.ends_with(&late), "a part shows what the whole shows");
    let early = print(&["--end", "2016-08-04T16:17:57.882009533Z"]);
    assert_eq!(format!("{early}{late}"), whole);
    let opened = print(&["evt.type=open", "and", "fd.name=/dev/null"]);
    assert_eq!(opened.lines().count(), 1, "{opened}");
    assert!(opened.trim_end().ends_with("cat /dev/null"), "{opened}");
}

/// A part written as a capture reads as it did in the whole.
#[test]
fn a_part_is_a_capture() {
    let Some(data) = peregrine_testkit::conformance("a_part_is_a_capture") else { return };
    let run = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_peregrine")).arg("print").args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = data.join("modern/attack-a.scap.gz").display().to_string();
    let scratch = peregrine_testkit::Folder::new("part");
    let part = scratch.path().join("part.scap.gz");
    let part = part.display().to_string();
    let window = ["--start", "+20s", "--end", "+25s"];
    let filter = "evt.type in (openat, execve, connect)";
    let format = ["-p", "*%evt.rawtime %proc.cmdline %proc.aname[2] %fd.name %user.name %evt.args"];
    let expected = run(&[&[whole.as_str()], &window[..], &format[..], &[filter]].concat());
    assert!(expected.lines().count() > 50, "{expected}");
    run(&[&[whole.as_str()], &window[..], &["-w", &part, filter]].concat());
    let got = run(&[&[part.as_str()], &format[..]].concat());
    assert_eq!(got, expected);
}

/// What a part is made of: the CPU counts, damage costs nothing that stands before it, and a capture
/// without events is one.
#[test]
fn parts_of_all_kinds() {
    let Some(data) = peregrine_testkit::conformance("parts_of_all_kinds") else { return };
    let scratch = peregrine_testkit::Folder::new("parts");
    let folder = scratch.path().to_path_buf();
    let print = |capture: &Path, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peregrine"));
        let output = command.arg("print").arg(capture).args(more).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let format = ["-p", "*%evt.rawtime %evt.cpu %evt.reltime %proc.name %evt.args"];
    let part = folder.join("part.scap");
    let part_name = part.display().to_string();

    let whole = data.join("modern/attack-a.scap.gz");
    let filter = "evt.cpu=1 and evt.type=openat and proc.name=bash";
    let (_, expected) = print(&whole, &["-p", "*%evt.rawtime %fd.name", filter]);
    assert!(expected.lines().count() > 5, "{expected}");
    assert!(print(&whole, &["-w", &part_name, filter]).0);
    assert_eq!(print(&part, &["-p", "*%evt.rawtime %fd.name"]), (true, expected));

    let whole = data.join("captures/falcosecurity_falco__cat_write.scap");
    let bytes = std::fs::read(whole).unwrap();
    let damaged = folder.join("damaged.scap");
    std::fs::write(&damaged, &bytes[..bytes.len() - 10]).unwrap();
    let (sound, expected) = print(&damaged, &format);
    assert!(!sound && expected.lines().count() > 5, "{expected}");
    assert!(!print(&damaged, &["-w", &part_name]).0);
    assert_eq!(print(&part, &format), (true, expected));

    // Nothing happened in the part: still a capture.
    let silent = data.join("captures/falcosecurity_falco__empty.99d6d5c4.scap");
    assert!(print(&silent, &["-w", &part_name, "--end", "1"]).0);
    assert_eq!(print(&part, &format), (true, String::new()));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What rules cost: hits are those of a replay in which every rule reports, and the times add up.
#[test]
fn costs_are_measured() {
    let Some(data) = peregrine_testkit::conformance("costs_are_measured") else { return };
    let rules = data.join("rules/falco_rules.yaml").display().to_string();
    let capture = data.join("modern/attack-a.scap.gz");
    let explain = |args: &[&str]| -> Vec<Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["rules", "explain", "--json", "-r", &rules, "--capture"])
            .arg(&capture)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let mut rows = explain(&[]);
    let together = rows.pop().unwrap();
    assert!(rows.len() > 20 && together["rules"] == rows.len(), "{together}");

    let args = ["-r", &rules, "-o", "rule_matching=all"].map(str::to_owned);
    let mut hits: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, rule), alerts) in replay(&capture, &args) {
        *hits.entry(rule).or_default() += alerts.len() as u64;
    }
    assert!(hits.len() > 5, "{hits:?}");
    let mut reported = BTreeMap::new();
    for row in &rows {
        let cost = &row["cost"];
        let count = |of: &Value| u32::try_from(of["events"].as_u64().unwrap()).unwrap();
        let (events, each) = (count(cost), cost["ns_per_event"].as_f64().unwrap());
        assert!(events <= count(&together["together"]), "{row}");
        // A test of nothing but the kind of event may take less time than the clock can tell.
        assert!(each >= 0.0 && (each > 0.0 || events < 100), "{row}");
        assert!(
            (cost["ms"].as_f64().unwrap() - each * f64::from(events) / 1e6).abs() < 0.1,
            "{row}"
        );
        let count = cost["hits"].as_u64().unwrap();
        if count > 0 {
            reported.insert(row["name"].as_str().unwrap().to_owned(), count);
        }
    }
    assert_eq!(reported, hits);
    let all = together["together"]["ms"].as_f64().unwrap();
    assert!(all > 0.0, "together {all}");

    // One rule alone, beside what else is said of it.
    let one = explain(&["Terminal shell in container"]).pop().unwrap();
    let listed = rows.iter().find(|row| row["name"] == one["name"]).unwrap();
    for key in ["events", "hits"] {
        assert_eq!(one["cost"][key], listed["cost"][key], "{key}");
    }
    assert!(one["kernel"].is_array());
}
