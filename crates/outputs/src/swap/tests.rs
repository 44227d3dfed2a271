use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink as _, Sequence};
use peregrine_config::{Channel, Config, ConfiguredOutput, Delivery, HttpUrl, Secret, Webhook};
use peregrine_journal::{
    Anchor, Appender, DeadLetters, FileStorage, Journal, Now, Options as JournalOptions,
};
use peregrine_testkit::Folder;

use super::*;
use crate::tests::alert;
use crate::{FromJournal, OpenOutputs, OutputStats};

const SOON: Duration = Duration::from_mins(1);

/// An output of the list: to a file, or to a server that nobody runs.
fn listed(name: &str, file: Option<&Path>) -> ConfiguredOutput {
    let channel = if let Some(file) = file {
        Channel::File(peregrine_config::File { path: file.to_owned(), ..Default::default() })
    } else {
        let url = HttpUrl(Secret::Text("http://127.0.0.1:1/".to_owned()));
        Channel::Webhook(Webhook { url, ..Webhook::default() })
    };
    ConfiguredOutput { name: name.to_owned(), common: Delivery::default(), http: None, channel }
}

fn config(outputs: Vec<ConfiguredOutput>) -> Config {
    let mut config = Config { outputs, ..Config::default() };
    config.stdout_output.enabled = false;
    config
}

/// Outputs, with a journal or without.
struct Stage {
    folder: Folder,
    journal: Option<Appender>,
    outputs: Outputs,
    sequence: Arc<Sequence>,
}

impl Stage {
    fn new(with_journal: bool, outputs: impl Fn(&Folder) -> Vec<ConfiguredOutput>) -> Self {
        let folder = Folder::new(if with_journal { "swap-journal" } else { "swap" });
        let config = config(outputs(&folder));
        let opened = OpenOutputs::open(&config).unwrap();
        let journal = with_journal.then(|| {
            let path = folder.path().join("journal");
            std::fs::create_dir(&path).unwrap();
            let key = folder.path().join("key");
            let open = move |now: Now| {
                let anchor = Anchor { storage: FileStorage::new(&key), stem: "key".to_owned() };
                Journal::open(
                    FileStorage::exclusive(&path)?,
                    anchor,
                    JournalOptions::default(),
                    now,
                )
            };
            let begin = Instant::now();
            let clock = move || {
                let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let wall_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
                Now { wall_ns, elapsed: begin.elapsed() }
            };
            Appender::start(open, clock, 1000, 1 << 20, &opened.names()).unwrap()
        });
        let storage = || Box::new(FileStorage::new(&folder.path().join("journal")));
        let from_journal = journal.as_ref().map(|journal| {
            let names = opened.names();
            let all = names.iter().map(|name| journal.subscribe(name, storage()).unwrap());
            FromJournal {
                subscriptions: all.collect(),
                dead_letters: DeadLetters::new(storage(), 1 << 20),
            }
        });
        let sequence = Arc::new(Sequence::new(1));
        let options = Options::new(&config);
        let notify: crate::Notify = Arc::new(|_| ());
        let outputs = opened.start(&options, &sequence, &notify, from_journal).unwrap();
        Self { folder, journal, outputs, sequence }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// An alert, with the next number.
    fn send(&mut self) {
        let alert: Arc<Alert> = alert(self.sequence.next());
        match &self.journal {
            Some(journal) => journal.send(&alert, alert.weight()),
            None => self.outputs.deliver(alert),
        }
    }

    fn swap(&mut self, outputs: Vec<ConfiguredOutput>) -> Vec<(String, u64)> {
        let next = self.outputs.running().prepare(&config(outputs)).unwrap();
        let join = |name: &String| {
            let storage = Box::new(FileStorage::new(&self.folder.path().join("journal")));
            self.journal.as_ref().map(|journal| journal.consumers().join(name, storage))
        };
        let subscriptions = next.added().iter().filter_map(join).collect();
        let removed = self.outputs.swap(next, subscriptions, Duration::from_secs(5)).unwrap();
        removed.finish()
    }

    /// Waits until a condition on what an output counts is true.
    fn until(&self, name: &str, condition: impl Fn(&OutputStats) -> bool) {
        let end = Instant::now() + SOON;
        loop {
            let stats = self.outputs.stats();
            if stats.iter().any(|one| one.name == name && condition(one)) {
                return;
            }
            assert!(Instant::now() < end, "{name}: {stats:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The numbers of the alerts in a file.
    fn has(&self, file: &str) -> Vec<u64> {
        let text = std::fs::read_to_string(self.path(file)).unwrap_or_default();
        let number = |line: &str| {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            let output = json["output"].as_str().unwrap_or_default();
            output.rsplit(' ').next().unwrap().parse().unwrap()
        };
        text.lines().map(number).collect()
    }

    fn end(self) -> Vec<OutputStats> {
        let journal = self.journal.map(Appender::hang_up);
        let stats = self.outputs.close(SOON);
        if let Some(journal) = journal {
            journal.finish(SOON);
        }
        stats
    }
}

fn check(with_journal: bool) {
    let mut stage = Stage::new(with_journal, |folder| {
        vec![
            listed("same", Some(&folder.path().join("same"))),
            listed("other", Some(&folder.path().join("before"))),
        ]
    });
    let same = listed("same", Some(&stage.path("same")));
    stage.send();
    stage.until("same", |stats| stats.written == 1);
    stage.until("other", |stats| stats.written == 1);
    // A file that cannot be opened changes nothing.
    let broken = vec![listed("same", Some(Path::new("/proc/none/x"))), listed("new", None)];
    assert!(stage.outputs.running().prepare(&config(broken)).is_err());
    let after = listed("other", Some(&stage.path("after")));
    let new = listed("new", Some(&stage.path("new")));
    assert_eq!(stage.swap(vec![new.clone(), same, after]), []);
    stage.send();
    for (name, written) in [("same", 2), ("other", 2), ("new", 1)] {
        stage.until(name, |stats| stats.written == written);
    }
    stage.send();
    // What is gone gets what was sent before, and no more.
    let removed = stage.swap(vec![new]);
    assert_eq!(removed, [("other".to_owned(), 0), ("same".to_owned(), 0)]);
    stage.send();
    stage.until("new", |stats| stats.written == 3);
    assert_eq!(stage.has("same"), [1, 2, 3]);
    assert_eq!(stage.has("before"), [1]);
    assert_eq!(stage.has("after"), [2, 3]);
    assert_eq!(stage.has("new"), [2, 3, 4]);
    let names: Vec<String> = stage.end().into_iter().map(|stats| stats.name).collect();
    assert_eq!(names, ["new"]);
}

#[test]
fn outputs_stay_change_come_and_go() {
    check(false);
}

#[test]
fn outputs_of_a_journal_stay_change_come_and_go() {
    check(true);
}

#[test]
fn what_waits_for_an_output_that_fails_is_sent_to_the_one_in_its_place() {
    for with_journal in [false, true] {
        let mut stage = Stage::new(with_journal, |_| vec![listed("x", None)]);
        stage.send();
        stage.send();
        stage.until("x", |stats| stats.last_error.is_some());
        let file = listed("x", Some(&stage.path("file")));
        assert_eq!(stage.swap(vec![file]), []);
        stage.until("x", |stats| stats.written == 2);
        assert_eq!(stage.has("file"), [1, 2]);
        stage.end();
    }
}

#[test]
fn what_a_removed_output_did_not_get_is_counted() {
    for with_journal in [false, true] {
        let mut stage = Stage::new(with_journal, |_| vec![listed("x", None)]);
        stage.send();
        stage.until("x", |stats| stats.last_error.is_some());
        let next = stage.outputs.running().prepare(&config(Vec::new())).unwrap();
        let removed = stage.outputs.swap(next, Vec::new(), Duration::ZERO).unwrap();
        assert_eq!(removed.finish(), [("x".to_owned(), 1)]);
        stage.end();
    }
}
