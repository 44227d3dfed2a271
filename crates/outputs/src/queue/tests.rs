//! One output and its worker, which the test lets go on step by step.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, mpsc};
use std::time::SystemTime;

use peregrine_alert::Form;
use peregrine_config::{Delivery, Format};

use super::*;
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::retry::Retry;
use crate::select::Selection;
use crate::status::{OutputState, StatsReader};
use crate::tests::alert;
use crate::worker::LOST;

type Lines = Arc<Mutex<Vec<String>>>;

/// How a delivery ends.
enum Answer {
    Delivered,
    Failed,
    /// All fail as long as this is true, then it delivers.
    FailedWhile(Arc<AtomicBool>),
    /// Of each alert, in order; those that are missing are delivered.
    Fates(Vec<Fate>),
}

/// Delivers batches of so many as the test lets it, each with the answer of the test; with none left it
/// delivers.
struct Gated {
    gate: mpsc::Receiver<Answer>,
    /// It fails as long as this is true.
    failing: Arc<AtomicBool>,
    alerts: usize,
    lines: Lines,
}

impl Gated {
    fn answer(&mut self) -> Answer {
        if !self.failing.load(Ordering::Relaxed) {
            match self.gate.recv().unwrap_or(Answer::Delivered) {
                Answer::FailedWhile(failing) => self.failing = failing,
                answer => return answer,
            }
        }
        if self.failing.load(Ordering::Relaxed) { Answer::Failed } else { Answer::Delivered }
    }
}

impl Output for Gated {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, ..Batch::ONE }
    }
    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut fates: VecDeque<Fate> = match self.answer() {
            Answer::Delivered => VecDeque::new(),
            Answer::Fates(fates) => fates.into(),
            Answer::Failed | Answer::FailedWhile(_) => {
                let full = io::Error::other("disk full");
                return Report::failed(batch.len(), full.into());
            }
        };
        let mut report = Report::delivered(0);
        for record in batch {
            let fate = fates.pop_front().unwrap_or(Fate::Delivered);
            if matches!(fate, Fate::Delivered) {
                self.lines.lock().unwrap().push(record.text.to_owned());
            }
            report.fates.push(fate);
        }
        report
    }
}

fn refused() -> Fate {
    Fate::Refused(SinkError::Answer("no such channel".to_owned()))
}

/// An output that the test drives.
struct Driven {
    queue: Queue,
    gate: mpsc::Sender<Answer>,
    /// What was delivered.
    lines: Lines,
    /// The notices.
    reported: Lines,
}

/// An output that takes `alerts` at once.
fn start(alerts: usize, capacity: usize, bytes: usize, give_up: Option<Duration>) -> Driven {
    let (gate, gate_end) = mpsc::channel();
    let (lines, reported) = (Lines::default(), Lines::default());
    let output = Box::new(Gated {
        gate: gate_end,
        failing: Arc::default(),
        alerts,
        lines: Arc::clone(&lines),
    });
    let soon = Duration::from_millis(1);
    let retry = Retry { first: soon, most: soon, give_up };
    let selection = Selection::new(&Delivery::default(), Format::Text, Form::default()).unwrap();
    let (name, settings) = ("gated".to_owned(), Settings::of_test());
    let opened = Opened { name, output, retry, batch: None, selection, settings };
    let keep = Arc::clone(&reported);
    let shared = Shared {
        options: Options { capacity, bytes, slow_after: None },
        sequence: Arc::new(Sequence::new(0)),
        notify: Arc::new(move |notice: &OutputNotice| {
            keep.lock().unwrap().push(notice.to_string());
        }),
        dead_letters: None,
    };
    let queue = Queue::start(opened, &shared, None).unwrap();
    Driven { queue, gate, lines, reported }
}

impl Driven {
    fn send(&self, n: u64) {
        let alert = alert(n);
        self.queue.send(&alert, alert.weight());
    }

    fn wait(&self, condition: impl Fn(&OutputStats) -> bool) {
        let end = Instant::now() + Duration::from_mins(1);
        while !condition(&self.queue.stats()) {
            assert!(Instant::now() < end, "{:?}", self.queue.stats());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it do what is left. What became of the alerts, what was delivered, and what was said.
    fn finish(self) -> (OutputStats, Vec<String>, Vec<String>) {
        drop(self.gate);
        let stats = self.queue.hang_up(Instant::now() + Duration::from_mins(1)).finish();
        let take = |lines: Lines| std::mem::take(&mut *lines.lock().unwrap());
        (stats, take(self.lines), take(self.reported))
    }
}

/// How many alerts lines of the output say were lost.
fn owned_up(lines: &[String]) -> Vec<u64> {
    let reported = lines.iter().filter_map(|line| line.split_once(LOST));
    reported
        .map(|(_, rest)| {
            let number = rest.split_once("lost=").unwrap().1.split(' ').next().unwrap();
            number.trim_end_matches(')').parse().unwrap()
        })
        .collect()
}

/// The numbers of the alerts that were delivered.
fn numbers(lines: &[String]) -> Vec<u64> {
    let alerts = lines.iter().filter(|line| !line.contains(LOST));
    alerts.map(|line| line.rsplit_once("alert ").unwrap().1.parse().unwrap()).collect()
}

#[test]
fn a_full_queue_drops_counts_and_tells_once() {
    let driven = start(1, 2, usize::MAX, None);
    (0..10).for_each(|n| driven.send(n));
    let (stats, lines, reported) = driven.finish();
    // Two in the queue, and one the thread may have had in hand.
    assert!((2..=3).contains(&stats.written), "{stats:?}");
    assert_eq!(stats.written + stats.dropped, 10);
    assert_eq!(owned_up(&lines).iter().sum::<u64>(), stats.dropped);
    assert_eq!(numbers(&lines).len() as u64, stats.written);
    assert_eq!(reported.len(), 1);
}

#[test]
fn what_waits_is_bounded_in_bytes() {
    let most = 20 * alert(999).weight();
    let driven = start(1, 0, most, None);
    for n in 0..1000 {
        driven.send(n);
        assert!(driven.queue.status.waiting.load(Ordering::Relaxed) <= most);
    }
    let status = Arc::clone(&driven.queue.status);
    let (stats, lines, _) = driven.finish();
    assert!((19..=21).contains(&stats.written), "{stats:?}");
    assert_eq!(stats.written + stats.dropped, 1000);
    assert_eq!(owned_up(&lines).iter().sum::<u64>(), stats.dropped);
    assert_eq!(status.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn what_is_said_of_losses_fits_where_the_bytes_are_used_up() {
    let driven = start(1, 0, 2 * alert(999).weight(), None);
    (0..10).for_each(|n| driven.send(n));
    let internal = Alert { source: INTERNAL.to_owned(), ..(*alert(77)).clone() };
    driven.queue.send(&Arc::new(internal), 1000);
    let (_, lines, _) = driven.finish();
    assert!(lines.iter().any(|line| line.contains("alert 77")), "{lines:?}");
}

#[test]
fn a_failing_output_loses_nothing_and_is_reported_once_and_when_it_works_again() {
    let driven = start(1, 0, usize::MAX, None);
    (0..4).for_each(|n| driven.send(n));
    for answer in [Answer::Delivered, Answer::Failed, Answer::Failed, Answer::Delivered] {
        driven.gate.send(answer).unwrap();
    }
    let (stats, lines, reported) = driven.finish();
    assert_eq!((stats.written, stats.failed, stats.dropped, stats.retries), (4, 0, 0, 2));
    assert_eq!(numbers(&lines), [0, 1, 2, 3]);
    let error = stats.last_error.unwrap();
    assert_eq!((error.message.as_str(), stats.state), ("disk full", OutputState::Delivering));
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(
        reported[0].contains("disk full") && reported[1].contains("works again"),
        "{reported:?}"
    );
}

#[test]
fn losses_are_reported_also_where_their_report_fails_at_first() {
    let driven = start(1000, 2, usize::MAX, None);
    (0..10).for_each(|n| driven.send(n));
    let dropped = driven.queue.lost();
    for _ in 0..3 {
        driven.gate.send(Answer::Failed).unwrap();
    }
    let (stats, lines, _) = driven.finish();
    assert_eq!(stats.queued, 0, "{stats:?}");
    // In one report or, where the worker took an alert between two losses, in several: each loss once.
    assert_eq!(owned_up(&lines).iter().sum::<u64>(), dropped, "{lines:?}");
}

#[test]
fn what_failed_goes_before_what_is_newer() {
    let driven = start(4, 0, usize::MAX, None);
    (0..4).for_each(|n| driven.send(n));
    driven.gate.send(Answer::Failed).unwrap();
    driven.wait(|stats| stats.retries > 0);
    let some = Answer::Fates(vec![Fate::Again, Fate::Delivered, Fate::Again]);
    for answer in [some, Answer::Failed] {
        driven.gate.send(answer).unwrap();
    }
    driven.wait(|stats| stats.retries > 4);
    (4..9).for_each(|n| driven.send(n));
    let (stats, lines, _) = driven.finish();
    let mut all = numbers(&lines);
    // Those that were delivered out of their order are those the receiver took before others.
    all.retain(|n| [0, 2].contains(n) || *n >= 4);
    assert_eq!(all, [0, 2, 4, 5, 6, 7, 8], "{lines:?}");
    assert_eq!((stats.written, stats.queued), (9, 0));
}

#[test]
fn what_is_refused_is_counted_reported_once_and_not_sent_again() {
    let driven = start(1, 0, usize::MAX, None);
    (0..6).for_each(|n| driven.send(n));
    for _ in 0..3 {
        driven.gate.send(Answer::Fates(vec![refused()])).unwrap();
    }
    driven.wait(|stats| stats.refused == 3 && stats.state == OutputState::Refusing);
    driven.gate.send(Answer::Delivered).unwrap();
    driven.wait(|stats| stats.written == 1);
    // What is said of the lost ones, and another streak.
    for answer in [Answer::Delivered, Answer::Fates(vec![refused()])] {
        driven.gate.send(answer).unwrap();
    }
    let queue_refusals = Arc::clone(&driven.queue.status);
    let (stats, lines, reported) = driven.finish();
    assert_eq!((stats.written, stats.refused, stats.queued), (2, 4, 0), "{lines:?}");
    assert_eq!(owned_up(&lines).iter().sum::<u64>(), 4, "{lines:?}");
    assert_eq!(queue_refusals.refusals.load(Ordering::Relaxed), 2);
    assert!(reported.iter().all(|line| line.contains("no such channel")), "{reported:?}");
    assert_eq!(reported.len(), 2, "{reported:?}");
}

#[test]
fn the_state_of_an_output_follows_its_attempts() {
    let driven = start(1, 0, usize::MAX, None);
    let stats = driven.queue.stats();
    let quiet = (OutputState::Idle, None, None);
    assert_eq!((stats.state, stats.retry_in, stats.last_error), quiet);
    let failing = Arc::new(AtomicBool::new(true));
    driven.gate.send(Answer::FailedWhile(Arc::clone(&failing))).unwrap();
    driven.send(0);
    let before = SystemTime::now();
    let reader = StatsReader::new(vec![driven.queue.source()]);
    let open = |stats: &OutputStats| stats.retries > 1 && stats.retry_in.is_some();
    driven.wait(open);
    let [stats] = &reader.stats()[..] else { panic!("one output") };
    assert!(stats.state.is_failing(), "{stats:?}");
    let error = stats.last_error.as_ref().unwrap();
    assert!(error.message == "disk full" && error.time >= before, "{error:?}");
    driven.gate.send(Answer::Delivered).unwrap();
    failing.store(false, Ordering::Relaxed);
    driven.wait(|stats| stats.state == OutputState::Delivering && stats.retry_in.is_none());
    let (stats, ..) = driven.finish();
    assert_eq!((stats.written, stats.queued, stats.lag), (1, 0, Duration::ZERO));
    assert_eq!(reader.stats(), [stats]);
}

#[test]
fn what_is_not_delivered_for_too_long_is_given_up() {
    let driven = start(1, 0, usize::MAX, Some(Duration::from_millis(20)));
    driven.send(1);
    let fails = Arc::new(AtomicBool::new(true));
    driven.gate.send(Answer::FailedWhile(Arc::clone(&fails))).unwrap();
    driven.wait(|stats| stats.failed == 1);
    let failing = driven.queue.stats();
    fails.store(false, Ordering::Relaxed);
    assert!(failing.retries > 0, "{failing:?}");
    driven.send(2);
    let (stats, lines, _) = driven.finish();
    assert_eq!((stats.written, stats.failed), (1, 1));
    assert_eq!((numbers(&lines), owned_up(&lines)), (vec![2], vec![1]));
}

#[test]
fn a_hanging_output_is_left_behind() {
    let driven = start(1, 0, usize::MAX, None);
    (0..3).for_each(|n| driven.send(n));
    let running = driven.queue.stats();
    let stats = driven.queue.hang_up(Instant::now() + Duration::from_millis(50)).finish();
    assert_eq!((stats.written, stats.queued), (0, 3));
    assert_eq!(running.queued, 3);
    drop(driven.gate);
}

#[test]
fn at_the_end_a_failing_output_is_tried_for_a_while_only() {
    let driven = start(1, 0, usize::MAX, None);
    (0..3).for_each(|n| driven.send(n));
    for _ in 0..100_000 {
        driven.gate.send(Answer::Failed).unwrap();
    }
    let begin = Instant::now();
    let stats = driven.queue.hang_up(Instant::now() + Duration::from_mins(1)).finish();
    assert_eq!((stats.written, stats.queued), (0, 3));
    assert!(begin.elapsed() < Duration::from_secs(50));
}

#[test]
fn a_reopening_does_not_keep_lines_back() {
    let driven = start(1000, 0, usize::MAX, None);
    driven.send(1);
    driven.queue.reopen();
    driven.gate.send(Answer::Delivered).unwrap();
    driven.wait(|stats| stats.written == 1);
    driven.finish();
}
