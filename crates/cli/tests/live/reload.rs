//! Rules and configuration that change while this host is watched.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::agent::{Watched, scratch};
use crate::support::signal;

const SOON: Duration = Duration::from_mins(1);

/// A folder with a configuration and rules; it is gone with the test.
struct Stage(PathBuf);

impl Stage {
    fn new(name: &str) -> Self {
        Self(scratch(name))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Rules that each say so when a file with the rule's name is opened.
    fn rules(&self, names: &[&str]) {
        let mut text = String::new();
        for name in names {
            let file = self.path(name);
            let _ = write!(
                text,
                "- rule: {name}\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {file}\n  output: opened %fd.name\n  priority: notice\n"
            );
        }
        self.write("rules.yaml", &text);
    }

    /// Writes as editors do: a file beside it, then in its place.
    fn write(&self, name: &str, text: &str) {
        let beside = self.path("beside");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.path(name)).unwrap();
    }

    fn configure(&self, more: &str) {
        let (rules, alerts) = (self.path("rules.yaml"), self.path("alerts"));
        let text = format!(
            "rules_files: [{rules}]\nstdout_output: {{enabled: false}}\njson_output: true\nfile_output: {{enabled: true, filename: {alerts}}}\n{more}"
        );
        self.write("peregrine.yaml", &text);
    }

    fn watch(&self) -> Watched {
        Watched::start(&["-c", &self.path("peregrine.yaml")])
    }

    fn alerts(&self) -> String {
        std::fs::read_to_string(self.path("alerts")).unwrap_or_default()
    }

    /// Opens a file until the rule of its name says so.
    fn until_alert(&self, rule: &str) {
        let end = Instant::now() + SOON;
        let before = self.count(rule);
        while self.count(rule) == before {
            assert!(Instant::now() < end, "no alert of {rule} in {}", self.alerts());
            std::fs::write(self.path(rule), "").unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn count(&self, rule: &str) -> usize {
        self.alerts().matches(&format!("\"rule\":\"{rule}\"")).count()
    }

    /// Waits for an alert.
    fn until(&self, text: &str) -> String {
        let end = Instant::now() + SOON;
        loop {
            let alerts = self.alerts();
            if let Some(line) = alerts.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(Instant::now() < end, "no {text} in {alerts}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn live_sighup_reloads_and_a_mistake_keeps_what_runs() {
    if !peregrine_testkit::root("live_sighup_reloads_and_a_mistake_keeps_what_runs") {
        return;
    }
    let stage = Stage::new("reload");
    stage.rules(&["first", "both"]);
    stage.configure("");
    let watched = stage.watch();
    stage.until_alert("first");
    stage.rules(&["second", "both"]);
    stage.configure("journal: {max_age: 1h}\n");
    signal(watched.pid(), "HUP");
    stage.until_alert("second");
    stage.until_alert("both");
    let first = stage.count("first");
    std::fs::write(stage.path("first"), "").unwrap();
    // Mistakes, in the rules and in the configuration: an alert says so, and the second rules stay.
    stage.write(
        "rules.yaml",
        "- rule: third\n  desc: d\n  condition: evt.tpe = open\n  output: o\n  priority: notice\n",
    );
    signal(watched.pid(), "HUP");
    let alert = stage.until("hot restart failure");
    let alert: serde_json::Value = serde_json::from_str(&alert).unwrap();
    assert_eq!(
        (&alert["rule"], &alert["priority"], &alert["source"]),
        (&"Falco internal: hot restart failure".into(), &"Critical".into(), &"internal".into())
    );
    let output = alert["output"].as_str().unwrap();
    assert!(output.contains("rules.yaml:3:14: error[") && output.contains("evt.tpe"), "{output}");
    stage.until_alert("second");
    stage.rules(&["third"]);
    stage.configure("priority: loud\n");
    signal(watched.pid(), "HUP");
    stage.until("loud");
    stage.until_alert("second");
    stage.configure("");
    signal(watched.pid(), "HUP");
    stage.until_alert("third");
    assert_eq!(stage.count("first"), first, "a rule that is gone matches nothing");
    let reported = watched.stop();
    for expected in [
        "reloaded (SIGHUP): 2 rules, in ",
        "a restart is needed for the new values of journal.max_age",
        "rules.yaml:3:14: error[",
        "not reloaded (SIGHUP), the former rules and settings stay: ",
        "reloaded (SIGHUP): 1 rule, in ",
    ] {
        assert!(reported.contains(expected), "no {expected:?} in {reported}");
    }
}
