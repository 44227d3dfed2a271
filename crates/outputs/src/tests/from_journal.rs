//! Outputs that have their alerts from a journal: killed at any moment, slow, refused, closed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Form, Sequence};
use peregrine_config::{Delivery, Format};
use peregrine_journal::{
    Anchor, Appender, DeadLetters, FileStorage, Journal, Now, Options as JournalOptions, Unread,
    dead_letters,
};

use super::alert;
use crate::channels::{Opened, Settings};
use crate::error::SinkError;
use crate::notice::Notify;
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::retry::Retry;
use crate::select::Selection;
use crate::{FromJournal, OpenOutputs, Options, OutputStats, Outputs};

const SOON: Duration = Duration::from_mins(1);

/// What a receiver has, whoever sends it.
#[derive(Default)]
struct Receiver {
    numbers: Mutex<Vec<u64>>,
    refused: Mutex<Vec<u64>>,
}

/// An output to a receiver, which takes, refuses or fails by chance.
struct Chance {
    receiver: Arc<Receiver>,
    random: u64,
    /// Of a hundred alerts so many fail, so many are refused.
    fails: u64,
    refuses: u64,
    batch: usize,
    /// How long a batch takes.
    takes: Duration,
}

impl Chance {
    fn new(receiver: &Arc<Receiver>, seed: u64, batch: usize) -> Self {
        let (receiver, random) = (Arc::clone(receiver), seed);
        Self { receiver, random, fails: 0, refuses: 0, batch, takes: Duration::ZERO }
    }

    fn percent(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % 100
    }
}

impl Output for Chance {
    fn batch(&self) -> Batch {
        Batch { alerts: self.batch, ..Batch::ONE }
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        std::thread::sleep(self.takes);
        // A batch fails from some alert on: what lies before it is delivered.
        let mut fates = Vec::new();
        let mut failed = false;
        for record in batch {
            let percent = self.percent();
            failed = failed || percent < self.fails;
            let number = record.alert.id.sequence;
            fates.push(if failed {
                Fate::Again
            } else if percent >= 100 - self.refuses {
                self.receiver.refused.lock().unwrap().push(number);
                Fate::Refused(SinkError::Answer("no".to_owned()))
            } else {
                self.receiver.numbers.lock().unwrap().push(number);
                Fate::Delivered
            });
        }
        let error = failed.then(|| SinkError::Answer("down".to_owned()));
        Report { fates, error, retry_after: None }
    }
}

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("peregrine-outputs-{name}-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What a kill leaves: a copy as it is now.
    fn killed(&self) -> Self {
        let copy = Self::new("killed");
        for part in ["journal", "key"] {
            std::fs::create_dir_all(copy.0.join(part)).unwrap();
            // First, and by its name: a listing may miss what is replaced meanwhile.
            let cursors = Some("cursors".into()).filter(|_| part == "journal");
            let listed = std::fs::read_dir(self.0.join(part)).unwrap();
            let others = listed.map(|entry| entry.unwrap().file_name());
            for name in cursors.into_iter().chain(others.filter(|name| name != "cursors")) {
                let done =
                    std::fs::copy(self.0.join(part).join(&name), copy.0.join(part).join(&name));
                let temporary = name.to_string_lossy().ends_with(".new");
                assert!(done.is_ok() || temporary, "{name:?}: {done:?}");
            }
        }
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Agent {
    appender: Appender,
    outputs: Outputs,
}

fn read(folder: &Path) -> FileStorage {
    FileStorage::new(&folder.join("journal"))
}

impl Agent {
    fn start(folder: &Folder, outputs: Vec<(&str, Chance)>) -> Self {
        let folder = folder.0.clone();
        let path = folder.clone();
        let open = move |now: Now| {
            let anchor =
                Anchor { storage: FileStorage::new(&path.join("key")), stem: "journal".to_owned() };
            let storage = FileStorage::exclusive(&path.join("journal"))?;
            Journal::open(storage, anchor, JournalOptions::default(), now)
        };
        let begin = Instant::now();
        let clock = move || Now {
            wall_ns: u64::try_from(
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos(),
            )
            .unwrap(),
            elapsed: begin.elapsed(),
        };
        let soon = Duration::from_millis(1);
        let opened = |(name, output): (&str, Chance)| Opened {
            name: name.to_owned(),
            output: Box::new(output),
            retry: Retry { first: soon, most: soon, give_up: None },
            batch: None,
            selection: Selection::new(&Delivery::default(), Format::Text, Form::default()).unwrap(),
            settings: Settings::of_test(),
        };
        let outputs = OpenOutputs(outputs.into_iter().map(opened).collect());
        let names = outputs.names();
        let (capacity, bytes) = (8192, 32 << 20);
        let appender = Appender::start(open, clock, capacity, bytes, &names).unwrap();
        let subscribe = |name: &String| appender.subscribe(name, Box::new(read(&folder))).unwrap();
        let from_journal = FromJournal {
            subscriptions: names.iter().map(subscribe).collect(),
            dead_letters: DeadLetters::new(Box::new(read(&folder)), 1 << 20),
        };
        let options = Options { capacity, bytes, slow_after: None };
        let notify: Notify = Arc::new(|_| {});
        let sequence = Arc::new(Sequence::new(1 << 40));
        let outputs = outputs.start(&options, &sequence, &notify, Some(from_journal)).unwrap();
        Self { appender, outputs }
    }

    fn send(&self, n: u64) {
        let alert = alert(n);
        self.appender.send(&alert, alert.weight());
    }

    fn wait(&self, condition: impl Fn(&Self) -> bool) {
        let end = Instant::now() + SOON;
        while !condition(self) {
            assert!(Instant::now() < end, "{:?}", self.outputs.stats());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn close(self, patience: Duration) -> (Vec<OutputStats>, Vec<Unread>) {
        let journal = self.appender.hang_up();
        let stats = self.outputs.close(patience);
        (stats, journal.finish(SOON).2)
    }
}

#[test]
fn whenever_it_is_killed_every_alert_reaches_its_receiver_in_order() {
    for seed in 1..12_u64 {
        let receiver = Arc::new(Receiver::default());
        let mut folder = Folder::new("chance");
        let mut sent = 0;
        for round in 0..4 {
            let batch = [1, 3, 50][usize::try_from((seed + round) % 3).unwrap()];
            let mut output = Chance::new(&receiver, seed * 100 + round, batch);
            (output.fails, output.refuses) = (20, 5);
            let agent = Agent::start(&folder, vec![("chance", output)]);
            for _ in 0..100 {
                agent.send(sent);
                sent += 1;
            }
            // What is acknowledged must arrive; where the receiver is by then is left to chance.
            agent.wait(|agent| agent.appender.stats().queued == 0);
            std::thread::sleep(Duration::from_millis(seed * 3 % 20));
            let killed = folder.killed();
            // The receiver has no more of it: what it got since is repeated.
            agent.close(Duration::ZERO);
            folder = killed;
        }
        let output = Chance::new(&receiver, seed, 10);
        let agent = Agent::start(&folder, vec![("chance", output)]);
        agent.wait(|agent| agent.outputs.stats()[0].queued == 0);
        let (stats, unread) = agent.close(SOON);
        assert_eq!((stats[0].queued, unread[0].alerts), (0, 0), "{stats:?}");
        let numbers = receiver.numbers.lock().unwrap();
        let refused = receiver.refused.lock().unwrap();
        for n in 0..sent {
            assert!(numbers.contains(&n) || refused.contains(&n), "{seed}: {n} is missing");
        }
        // A new one never comes before an older one that was not had.
        let mut had = 0;
        let mut settled: Vec<u64> = refused.clone();
        for number in numbers.iter() {
            while settled.contains(&had) {
                had += 1;
            }
            assert!(*number <= had, "{seed}: {number} came before {had}");
            settled.push(*number);
        }
        let (letters, _) = dead_letters(&read(&folder.0)).unwrap();
        let kept: Vec<u64> = letters.iter().map(|letter| letter.alert.id.sequence).collect();
        // Killed between the answer and the letter, it is sent again.
        let is_kept = |n| kept.contains(n) || numbers.contains(n);
        assert!(refused.iter().all(is_kept), "{seed}: {refused:?} {kept:?}");
    }
}

#[test]
fn a_slow_output_holds_up_nobody_and_its_alerts_stay_in_the_journal() {
    // PEREGRINE_SLOW_OUTPUT=30 for half a minute.
    let seconds = std::env::var("PEREGRINE_SLOW_OUTPUT").ok().and_then(|text| text.parse().ok());
    let count = seconds.unwrap_or(1_u64) * 10_000;
    let (fast, slow) = (Arc::new(Receiver::default()), Arc::new(Receiver::default()));
    let folder = Folder::new("slow");
    // A hundred a second.
    let mut crawling = Chance::new(&slow, 1, 1);
    crawling.takes = Duration::from_millis(10);
    let outputs = vec![("fast", Chance::new(&fast, 1, 1000)), ("slow", crawling)];
    let agent = Agent::start(&folder, outputs);
    let begin = Instant::now();
    let mut took = Vec::new();
    for n in 0..count {
        let due = begin + Duration::from_micros(n * 100);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let alert = alert(n);
        let weight = alert.weight();
        let start = Instant::now();
        agent.appender.send(&alert, weight);
        took.push(start.elapsed());
    }
    agent.wait(|_| fast.numbers.lock().unwrap().len() as u64 == count);
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 1000];
    let figures = format!(
        "{count} alerts in {:?}: handing one over takes {:?} (p50), {:?} (p99), {:?} at most",
        begin.elapsed(),
        at(500),
        at(990),
        at(1000)
    );
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{figures}\n").as_bytes());
    assert_eq!(*fast.numbers.lock().unwrap(), (0..count).collect::<Vec<_>>());
    let (stats, unread) = agent.close(Duration::ZERO);
    let had = slow.numbers.lock().unwrap().len() as u64;
    assert_eq!((stats[0].dropped, stats[1].dropped), (0, 0));
    // One may have been on its way when nobody waited any longer.
    assert!(unread[1].alerts.abs_diff(count - had) <= 1, "{unread:?} {had}");
    assert_eq!(unread[0].alerts, 0);
}
