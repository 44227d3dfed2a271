//! The whole product on this kernel: real acts in, alerts out. Needs root; says so loudly where it
//! has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod acts;
mod as_falco;
mod quiet;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use peregrine_rules::{Options, SourceText, load};
use watched::{Watched, is_below, mark_of, marked, scratch};

/// Names of the rules we ship.
fn rules() -> BTreeSet<String> {
    let sources = peregrine_agent::DEFAULT_RULES.map(|(name, text)| SourceText { name, text });
    let loaded = load(&sources, &Options::default());
    assert!(!loaded.failed());
    loaded.rules.rules.into_iter().map(|rule| rule.name).collect()
}

#[test]
fn every_rule_has_an_act() {
    let acts: BTreeSet<String> = acts::all().map(|row| row.rule.to_owned()).collect();
    assert_eq!(acts, rules());
}

/// Each rule we ship, an act that breaks it, and nothing else.
#[test]
fn live_each_threat_raises_exactly_its_alert() {
    if !peregrine_testkit::root("live_each_threat_raises_exactly_its_alert") {
        return;
    }
    let folder = scratch("threats");
    let mut watched = Watched::start(&marked());
    let mut expected = BTreeMap::new();
    for (number, row) in acts::all().enumerate() {
        let mark = format!("{}-{number}", std::process::id());
        let folder = folder.join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        row.commit(&mark, &folder);
        expected.insert(mark, (number, row.expected()));
    }
    let alerts = watched.alerts_after(Duration::from_secs(1));
    let mut wrong = Vec::new();
    for (mark, (number, expected)) in &expected {
        let own: Vec<_> = alerts.iter().filter(|alert| mark_of(alert) == Some(mark)).collect();
        let mut rules: Vec<&str> = own.iter().filter_map(|alert| alert["rule"].as_str()).collect();
        rules.sort_unstable();
        if rules != *expected {
            let told: Vec<&str> = own.iter().filter_map(|alert| alert["output"].as_str()).collect();
            wrong.push(format!("row {number}: {expected:?} expected, came {rules:?}: {told:#?}"));
        }
    }
    let account = watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
    assert!(!account.contains("panicked"), "{account}");
    assert!(wrong.is_empty(), "{} rows: {}", wrong.len(), wrong.join("\n"));
}

fn read_password_file() {
    assert!(
        Command::new("sh").args(["-c", "cat /etc/shadow >/dev/null"]).status().unwrap().success()
    );
}

#[test]
fn live_the_alert_stands_there_within_a_second() {
    if !peregrine_testkit::root("live_the_alert_stands_there_within_a_second") {
        return;
    }
    let mut watched = Watched::start::<&str>(&[]);
    let begin = Instant::now();
    read_password_file();
    let line = watched.line(Duration::from_secs(5)).expect("an alert");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    for part in [
        ": Warning Password file read (file=/etc/shadow program=cat command=cat /etc/shadow user=root",
        "parent=sh executable=/",
        "container_id=",
    ] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    let account = watched.stop();
    assert!(
        account.contains("Password file read"),
        "the account at the end names the rule: {account}"
    );
}

#[test]
fn live_alerts_are_appended_to_a_file() {
    if !peregrine_testkit::root("live_alerts_are_appended_to_a_file") {
        return;
    }
    let folder = scratch("file");
    let file = folder.join("alerts.jsonl");
    let output = format!("file_output.filename={}", file.display());
    let mut watched = Watched::start(&[
        "-o",
        "json_output=true",
        "-o",
        "file_output.enabled=true",
        "-o",
        &output,
    ]);
    read_password_file();
    assert_eq!(watched.alerts_after(Duration::from_millis(700)).len(), 1);
    watched.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 1);
    let alert: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(alert["output_fields"]["fd.name"], "/etc/shadow");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Two idle minutes, and the everyday work of a machine. What other people do on it meanwhile is not
/// ours to judge, unless nobody else is there: `CI` says so, and then every alert counts.
#[test]
fn live_quiet_host_raises_nothing() {
    const TEST: &str = "live_quiet_host_raises_nothing";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    let folder = scratch("quiet");
    let acts = quiet::acts(TEST, &folder);
    // A rule beside ours shows that the acts were really seen.
    let witness = folder.join("witness.yaml");
    std::fs::write(&witness, quiet::WITNESS).unwrap();
    let ours = peregrine_testkit::workspace().join("rules");
    let mut flags = marked();
    for file in [ours, witness] {
        flags.extend(["-r".to_owned(), file.display().to_string()]);
    }
    let mut watched = Watched::start(&flags);
    let begin = Instant::now();
    let running: Vec<_> = acts.into_iter().map(quiet::Everyday::start).collect();
    let done: Vec<_> = running.iter().map(|act| (act.name, act.pid)).collect();
    let mut unseen: BTreeSet<_> = running.iter().map(|act| (act.name, act.runs)).collect();
    running.into_iter().for_each(quiet::Running::finish);
    std::thread::sleep(Duration::from_mins(2).saturating_sub(begin.elapsed()));
    let alerts = watched.alerts_after(Duration::from_millis(100));
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
    let mut told = Vec::new();
    let mut strange = Vec::new();
    for alert in &alerts {
        let own =
            done.iter().find(|(name, pid)| mark_of(alert) == Some(name) || is_below(alert, *pid));
        let output = alert["output"].as_str().unwrap();
        if alert["rule"] == "Witness" {
            let program = alert["output_fields"]["proc.name"].as_str().unwrap();
            unseen
                .retain(|(act, runs)| own.is_none_or(|(name, _)| name != act) || *runs != program);
            continue;
        }
        match own {
            Some((name, _)) => told.push(format!("{name}: {output}")),
            None => strange.push(format!("somebody: {output}")),
        }
    }
    if std::env::var_os("CI").is_some() {
        told.append(&mut strange);
    }
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
    assert!(told.is_empty(), "{} alerts:\n{}", told.len(), told.join("\n"));
    for line in strange {
        println!("of somebody else, and not judged: {line}");
    }
}
