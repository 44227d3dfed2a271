//! Captures with real Falco's answers: the alerts on them, one by one.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

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

/// Every event of the capture under rules that print every field: nothing is missing, and what
/// differs does not grow.
#[test]
fn broad_rules_raise_what_falco_raised() {
    let Some(data) = peregrine_testkit::conformance("broad_rules_raise_what_falco_raised") else {
        return;
    };
    let rules = data.join("falco/broad.yaml").display().to_string();
    let args = ["-r", &rules, "-o", "load_plugins=[]"].map(str::to_owned);
    let ours = replay(&data.join("modern/attack-a.scap.gz"), &args);
    let theirs = falco(&data.join("modern/attack-a.broad.jsonl.gz"));
    let missing = theirs.keys().filter(|key| !ours.contains_key(*key)).count();
    let different = theirs.iter().filter(|(key, alert)| ours.get(*key) != Some(*alert)).count();
    assert_eq!(missing, 0);
    // 98.9 % equal when this was written; raise it with every difference that goes.
    assert!(different * 100 < theirs.len() * 2, "{different} of {} differ", theirs.len());
}
