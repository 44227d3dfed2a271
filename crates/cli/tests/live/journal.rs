//! A watched host's alerts in the journal: before they are written elsewhere, after a kill, on a full disk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::agent::{Watched, scratch};

const SOON: Duration = Duration::from_secs(20);

/// A rule for opens of one folder of the test's own, and that folder.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let folder = scratch(name);
        let rule = format!(
            "- rule: marked open\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/marked\n  output: opened %fd.name\n  priority: notice\n",
            folder.display()
        );
        std::fs::write(folder.join("rules.yaml"), rule).unwrap();
        Self { folder }
    }

    fn act(&self, name: &str) {
        std::fs::write(self.folder.join(format!("marked{name}")), "").unwrap();
    }

    fn settings(&self) -> [String; 4] {
        let folder = self.folder.display();
        [
            "-o".to_owned(),
            format!("journal.path={folder}/journal"),
            "-o".to_owned(),
            format!("journal.key={folder}/kept/journal.key"),
        ]
    }

    fn start(&self, more: &[&str]) -> Watched {
        let rules = self.folder.join("rules.yaml").display().to_string();
        let mut flags = vec!["-r".to_owned(), rules];
        flags.extend(self.settings());
        flags.extend(more.iter().map(|&flag| flag.to_owned()));
        Watched::start(&flags)
    }

    /// `peregrine journal`, and how it ends.
    fn journal(&self, words: &[&str]) -> (String, Option<i32>) {
        let (command, rest) = words.split_first().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["journal", command])
            .args(self.settings())
            .args(rest)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&text).into_owned(), output.status.code())
    }

    /// The files whose opening is in the journal.
    fn names(&self) -> Vec<String> {
        let (text, _) = self.journal(&["search", "--json", "rule = \"marked open\""]);
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let name = |alert: Value| {
            let name = alert["output_fields"]["fd.name"].as_str().unwrap_or_default().to_owned();
            name.rsplit_once("marked").map(|(_, name)| name.to_owned()).unwrap_or_default()
        };
        lines.map(name).collect()
    }

    fn until_there(&self, name: &str) {
        let end = Instant::now() + SOON;
        while !self.names().iter().any(|there| there == name) {
            assert!(Instant::now() < end, "no {name} in {:?}", self.names());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn kill(pid: u32) {
    let done = Command::new("kill").args(["-s", "KILL", &pid.to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn live_alerts_stay_in_the_journal_when_the_agent_is_killed() {
    if !peregrine_testkit::root("live_alerts_stay_in_the_journal_when_the_agent_is_killed") {
        return;
    }
    let stage = Stage::new("journal-killed");
    for round in 0..3 {
        let watched = stage.start(&["-o", "journal.enabled=true"]);
        let name = format!("-{round}");
        stage.act(&name);
        stage.until_there(&name);
        kill(watched.pid());
        drop(watched);
        let (text, code) = stage.journal(&["verify"]);
        assert_eq!(code, Some(0), "{text}");
    }
    assert_eq!(stage.names(), ["-0", "-1", "-2"]);
    let private = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().unwrap().permissions().mode() & 0o077
    };
    assert_eq!(private(&stage.folder.join("journal")), 0);
    assert_eq!(private(&stage.folder.join("kept/journal.key")), 0);
    // Segments that are gone are said, in an alert too, and watching goes on.
    for entry in std::fs::read_dir(stage.folder.join("journal")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let mut watched = stage.start(&["-o", "journal.enabled=true"]);
    let said = watched.line_with("Peregrine internal: journal damaged", SOON);
    assert!(said.is_some_and(|line| line.contains("which the last checkpoint proves")));
    stage.act("-after");
    stage.until_there("-after");
    let (text, code) = stage.journal(&["verify"]);
    assert!(code == Some(1) && text.contains("removed: records 1 to"), "{text}");
    watched.stop();
}

#[test]
fn live_a_journal_that_cannot_be_written_stops_nothing() {
    if !peregrine_testkit::root("live_a_journal_that_cannot_be_written_stops_nothing") {
        return;
    }
    let stage = Stage::new("journal-unwritable");
    // A file where the folder should be: nobody, not even root, can write there.
    std::fs::write(stage.folder.join("journal"), "").unwrap();
    let mut watched = stage.start(&["-o", "journal.enabled=true"]);
    for round in 0..3 {
        stage.act(&format!("-{round}"));
        let line = watched.line_with(&format!("marked-{round}"), SOON);
        assert!(line.is_some(), "no alert {round}");
    }
    // Once the folder can be made, alerts are written down again.
    std::fs::remove_file(stage.folder.join("journal")).unwrap();
    let end = Instant::now() + SOON;
    for round in 3.. {
        stage.act(&format!("-{round}"));
        if !stage.names().is_empty() {
            break;
        }
        assert!(Instant::now() < end, "nothing is written to the journal");
    }
    let said = watched.stop();
    let fails = said.matches("journal: cannot create the folder").count();
    assert_eq!(fails, 1, "{said}");
    assert!(said.contains("alerts that were not written to the journal in time"), "{said}");
}

#[test]
fn live_a_journal_on_a_read_only_file_system_is_reported_once_and_stops_nothing() {
    let test = "live_a_journal_on_a_read_only_file_system_is_reported_once_and_stops_nothing";
    if !peregrine_testkit::root(test) {
        return;
    }
    let stage = Stage::new("journal-read-only");
    let journal = stage.folder.join("journal");
    std::fs::create_dir(&journal).unwrap();
    let mounted = format!(
        "unshare --mount sh -c 'mount -t tmpfs -o ro t {} && exec \"$@\"' sh \"$@\"; exit $?",
        journal.display()
    );
    let rules = stage.folder.join("rules.yaml").display().to_string();
    let settings = stage.settings();
    let mut flags = vec!["-r", &rules, "-o", "journal.enabled=true"];
    flags.extend(settings.iter().map(String::as_str));
    let mut watched = Watched::start_by(&mounted, &flags);
    for round in 0..3 {
        stage.act(&format!("-{round}"));
        let line = watched.line_with(&format!("marked-{round}"), SOON);
        assert!(line.is_some(), "no alert {round}");
    }
    let said = watched.stop();
    assert_eq!(said.matches("Read-only file system").count(), 1, "{said}");
    assert!(said.contains("journal: "), "{said}");
    assert!(said.contains("alerts that were not written to the journal"), "{said}");
}

#[test]
fn live_no_journal_is_written_where_nobody_asked_for_one() {
    if !peregrine_testkit::root("live_no_journal_is_written_where_nobody_asked_for_one") {
        return;
    }
    let stage = Stage::new("journal-off");
    let mut watched = stage.start(&[]);
    stage.act("-one");
    assert!(watched.line_with("marked-one", SOON).is_some());
    watched.stop();
    assert!(!stage.folder.join("journal").exists() && !stage.folder.join("kept").exists());
}
