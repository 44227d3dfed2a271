//! How the monitoring is doing, for the control socket and the web server.
//!
//! The thread of the pipeline publishes a [`Snapshot`] when somebody asked for one, between two polls; whoever
//! asks waits for it on a thread of their own, a second at most. Where the pipeline hangs they get the last one,
//! with its age. What outputs count is shared memory and always read as it is now.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use peregrine_config::EngineKind;
use peregrine_control::{
    AgentStatus, Failure, Flow, JournalStatus, LastError, LostEvents, OutputCondition,
    OutputStatus, Reloads, Request, RulesStatus, Sensor,
};
use peregrine_outputs::{OutputState, OutputStats, StatsReader};
use serde_json::Value as Json;

use super::activity::ActivityBoard;
use crate::guard::Guard;
use crate::metrics::{Metric, Metrics};
use crate::reload::{Gate, ReloadStatus};
use crate::report::lost;

/// A snapshot that is younger is not taken anew: however many ask, the pipeline is not held up.
const RECENT: Duration = Duration::from_millis(100);
/// How long the pipeline has to publish a snapshot.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often counts are noted for rates, and how many of them.
const SAMPLE: Duration = Duration::from_secs(1);
const SAMPLES: usize = 61;

/// What is known of the monitoring at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) metrics: Metrics,
    pub(crate) outputs: StatsReader,
    /// Rules that are loaded.
    pub(crate) rules: u64,
    pub(crate) reloads: ReloadStatus,
    /// System calls that are watched, and programs in the kernel.
    pub(crate) syscalls: u64,
    pub(crate) programs: u64,
    /// Where events come from.
    pub(crate) engine: EngineKind,
}

/// A snapshot, when it was taken, and rates of events and alerts a second.
#[derive(Debug, Clone)]
struct Published {
    snapshot: Arc<Snapshot>,
    at: Instant,
    rates: [f64; 2],
}

/// Where snapshots are published.
#[derive(Debug)]
pub(crate) struct Board {
    wanted: AtomicBool,
    latest: Mutex<Published>,
    published: Condvar,
    begin: Instant,
    /// Milliseconds from `begin` to the end of the last poll.
    polled: AtomicU64,
    started: SystemTime,
    journal: Option<PathBuf>,
    reloads: Gate,
    activity: ActivityBoard,
    guard: Option<Arc<Guard>>,
}

impl Board {
    /// How long ago the pipeline polled last.
    pub(super) fn silent(&self) -> Duration {
        let polled = Duration::from_millis(self.polled.load(Ordering::Relaxed));
        self.begin.elapsed().saturating_sub(polled)
    }

    /// Why the last reload was rejected; none where the last one took hold.
    pub(super) fn reload_error(&self) -> Option<String> {
        self.current().snapshot.reloads.error.clone()
    }

    fn latest(&self) -> MutexGuard<'_, Published> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A snapshot of now, or the last one where the pipeline does not publish one in time.
    fn current(&self) -> Published {
        let latest = self.latest();
        if latest.at.elapsed() < RECENT {
            return latest.clone();
        }
        let before = latest.at;
        self.wanted.store(true, Ordering::Relaxed);
        let waited =
            self.published.wait_timeout_while(latest, PATIENCE, |latest| latest.at == before);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The metrics of the pipeline, and of the outputs as they are now.
    pub(super) fn metrics(&self) -> Metrics {
        let current = self.current();
        let mut metrics = current.snapshot.metrics.clone();
        metrics.set_duration(self.begin.elapsed());
        metrics.read_outputs(&current.snapshot.outputs.stats());
        metrics
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: &Request) -> Result<Json, Failure> {
        let answer = match request {
            Request::Status {} => serde_json::to_value(self.status(&self.current())),
            Request::Outputs {} => serde_json::to_value(outputs(&self.current().snapshot)),
            Request::Activity {} => serde_json::to_value(&*self.activity.current()?),
            Request::Reload { dry_run } => serde_json::to_value(self.reloads.ask(*dry_run)?),
            Request::GuardStatus {} => serde_json::to_value(self.guard()?.shared().status()),
            Request::GuardConfirm { policy } => {
                serde_json::to_value(self.guard()?.confirm(policy.as_deref()).map_err(failed)?)
            }
            Request::GuardTry { policy } => {
                serde_json::to_value(self.guard()?.try_again(policy).map_err(failed)?)
            }
            Request::GuardSwitch { on } => {
                serde_json::to_value(self.guard()?.switch(*on).map_err(failed)?)
            }
        };
        answer.map_err(|error| Failure::failed(error.to_string()))
    }

    fn guard(&self) -> Result<&Guard, Failure> {
        let none = "this agent has no policies (guard.policies); those that come later hold after a restart";
        self.guard.as_deref().ok_or_else(|| Failure::failed(none))
    }

    fn status(&self, current: &Published) -> AgentStatus {
        let Published { snapshot, at, rates: [events, alerts] } = current;
        let metrics = &snapshot.metrics;
        let total = |metric| metrics.total(metric);
        let flow = |metric, per_second| Flow { total: total(metric), per_second };
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        AgentStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started: time(self.started),
            uptime_seconds: seconds(self.begin.elapsed()),
            age_seconds: seconds(at.elapsed()),
            sensor: Sensor {
                engine: snapshot.engine.name().to_owned(),
                kernel: release.trim().to_owned(),
                syscalls: snapshot.syscalls,
                programs: snapshot.programs,
                threads: total(Metric::Threads),
            },
            rules: RulesStatus {
                loaded: snapshot.rules,
                enabled: total(Metric::RulesEnabled),
                since: time(at_ns(snapshot.reloads.since_ns)),
            },
            reloads: reloads(&snapshot.reloads),
            events: flow(Metric::Events, *events),
            filtered: total(Metric::EventsFiltered),
            alerts: flow(Metric::RuleMatches, *alerts),
            lost: LostEvents {
                total: total(Metric::EventsLost),
                classes: lost(metrics).filter(|(_, count)| *count > 0).collect(),
            },
            outputs: outputs(snapshot),
            journal: self.journal.as_ref().map(|path| JournalStatus {
                path: path.to_string_lossy().into_owned(),
                written: total(Metric::JournalWritten),
                lost: total(Metric::JournalLost),
                queued: total(Metric::JournalQueued),
            }),
            guard: self.guard.as_ref().map(|guard| guard.shared().summary()),
            rss_bytes: rss(&fs::read_to_string("/proc/self/status").unwrap_or_default()),
            delay_seconds: metrics.delay().map(|delay| delay.as_secs_f64()),
        }
    }
}

fn outputs(snapshot: &Snapshot) -> Vec<OutputStatus> {
    snapshot.outputs.stats().into_iter().map(output).collect()
}

fn output(stats: OutputStats) -> OutputStatus {
    // A figure that is not shown does not compile.
    let OutputStats {
        name,
        state,
        written,
        dropped,
        failed,
        left_out,
        held,
        refused,
        kept,
        retries,
        truncated,
        queued,
        in_journal,
        lag,
        retry_in,
        last_error,
    } = stats;
    OutputStatus {
        name,
        state: match state {
            OutputState::Idle => OutputCondition::Idle,
            OutputState::Delivering => OutputCondition::Delivering,
            OutputState::Refusing => OutputCondition::Refusing,
            OutputState::CircuitOpen => OutputCondition::CircuitOpen,
            OutputState::Retrying => OutputCondition::Retrying,
        },
        retry_in_seconds: retry_in.map(seconds),
        queued,
        lag_seconds: seconds(lag),
        in_journal,
        delivered: written,
        retries,
        refused,
        given_up: failed,
        dead_letters: kept,
        dropped,
        left_out,
        held_back: held,
        truncated,
        last_error: last_error
            .map(|error| LastError { message: error.message, time: time(error.time) }),
    }
}

fn reloads(status: &ReloadStatus) -> Reloads {
    let ReloadStatus {
        applied, rejected, since_ns: _, last_rejected_ns, error, took, pause, ..
    } = status;
    let time = time(at_ns(*last_rejected_ns));
    Reloads {
        applied: *applied,
        rejected: *rejected,
        took_seconds: (*applied > 0).then(|| seconds(*took)),
        // Well below a millisecond.
        pause_seconds: (*applied > 0).then_some(pause.as_secs_f64()),
        error: error.as_ref().map(|message| LastError { message: message.clone(), time }),
    }
}

/// The time that is so many nanoseconds after the epoch.
fn at_ns(nanoseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

fn time(at: SystemTime) -> String {
    Timestamp::try_from(at).map(|at| format!("{at:.3}")).unwrap_or_default()
}

/// Bytes of memory that a process has, of its `/proc/PID/status`.
fn rss(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

fn failed(why: String) -> Failure {
    Failure::failed(why)
}

/// The end of the pipeline's thread.
#[derive(Debug)]
pub(crate) struct Publisher {
    board: Arc<Board>,
    rates: Rates,
}

impl Publisher {
    /// Of a monitoring that began then. `counts` are events and matches of rules so far; `journal` is the folder of
    /// the journal, where there is one; `reloads` is where reloads are asked for.
    pub(crate) fn new(
        begin: Instant,
        snapshot: Snapshot,
        counts: [u64; 2],
        journal: Option<PathBuf>,
        reloads: Gate,
        guard: Option<Arc<Guard>>,
    ) -> Self {
        let now = Instant::now();
        let snapshot = Arc::new(snapshot);
        let board = Board {
            wanted: AtomicBool::new(false),
            latest: Mutex::new(Published { snapshot, at: now, rates: [0.0; 2] }),
            published: Condvar::new(),
            begin,
            polled: AtomicU64::new(millis(begin.elapsed())),
            started: SystemTime::now() - begin.elapsed(),
            journal,
            reloads,
            activity: ActivityBoard::default(),
            guard,
        };
        let mut rates = Rates::default();
        rates.note(now, counts);
        Self { board: Arc::new(board), rates }
    }

    pub(crate) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Where what happens now is published.
    pub(crate) fn activity(&self) -> &ActivityBoard {
        &self.board.activity
    }

    /// Notes counts, and publishes a snapshot where somebody waits for one.
    pub(crate) fn look(
        &mut self,
        counts: impl Fn() -> [u64; 2],
        snapshot: impl FnOnce() -> Snapshot,
    ) {
        let now = Instant::now();
        let polled = now.saturating_duration_since(self.board.begin);
        self.board.polled.store(millis(polled), Ordering::Relaxed);
        if self.rates.is_due(now) {
            self.rates.note(now, counts());
        }
        if self.board.wanted.swap(false, Ordering::Relaxed) {
            let snapshot = Arc::new(snapshot());
            let rates = self.rates.until(now, counts());
            *self.board.latest() = Published { snapshot, at: now, rates };
            self.board.published.notify_all();
        }
    }
}

/// Counts of the last minute.
#[derive(Debug, Default)]
struct Rates(VecDeque<(Instant, [u64; 2])>);

impl Rates {
    fn is_due(&self, now: Instant) -> bool {
        self.0.back().is_none_or(|(at, _)| now.saturating_duration_since(*at) >= SAMPLE)
    }

    fn note(&mut self, now: Instant, counts: [u64; 2]) {
        if self.0.len() == SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back((now, counts));
    }

    /// What came in each second, as a mean.
    fn until(&self, now: Instant, counts: [u64; 2]) -> [f64; 2] {
        let Some((begin, before)) = self.0.front() else { return [0.0; 2] };
        let time = now.saturating_duration_since(*begin).as_secs_f64().max(0.001);
        let mut rates = [0.0; 2];
        for ((rate, now), before) in rates.iter_mut().zip(counts).zip(before) {
            #[expect(clippy::cast_precision_loss, reason = "shown to people")]
            let more = now.saturating_sub(*before) as f64;
            *rate = (more / time * 10.0).round() / 10.0;
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_minute() {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut rates = Rates::default();
        assert!(rates.is_due(begin));
        let shown = |rates: &Rates, now, counts| format!("{:?}", rates.until(now, counts));
        assert_eq!(shown(&rates, begin, [5, 5]), "[0.0, 0.0]");
        rates.note(begin, [100, 0]);
        assert!(!rates.is_due(begin + Duration::from_millis(999)) && rates.is_due(at(1)));
        assert_eq!(shown(&rates, at(4), [300, 1]), "[50.0, 0.3]");
        // A thousand a second in the first minute, nothing in the second one.
        for second in 1..=120 {
            rates.note(at(second), [100 + 1000 * second.min(60), 0]);
        }
        assert_eq!(shown(&rates, at(120), [60_100, 0]), "[0.0, 0.0]");
    }

    #[test]
    fn memory_is_read() {
        assert_eq!(rss("Name:\tx\nVmRSS:\t  2048 kB\nRssAnon: 1 kB\n"), Some(2 << 20));
        assert_eq!(rss("Name:\tkthreadd\n"), None);
    }

    fn board(age: Duration) -> Board {
        let snapshot = Arc::new(Snapshot {
            metrics: Metrics::default(),
            outputs: StatsReader::default(),
            rules: 7,
            reloads: ReloadStatus {
                since_ns: 1_500_000_000,
                last_rejected_ns: 2_000_000_000,
                rejected: 1,
                error: Some("a.yaml:1:1: no".to_owned()),
                ..ReloadStatus::new()
            },
            syscalls: 1,
            programs: 2,
            engine: EngineKind::ModernEbpf,
        });
        let now = Instant::now();
        Board {
            wanted: AtomicBool::new(false),
            latest: Mutex::new(Published {
                snapshot,
                at: now.checked_sub(age).unwrap(),
                rates: [0.5, 0.0],
            }),
            published: Condvar::new(),
            begin: now,
            polled: AtomicU64::new(0),
            started: SystemTime::UNIX_EPOCH,
            journal: None,
            reloads: Gate::default(),
            activity: ActivityBoard::default(),
            guard: None,
        }
    }

    #[test]
    fn a_pipeline_that_hangs_is_answered_for_with_the_last_snapshot() {
        let old = board(Duration::from_secs(2));
        let answer = old.answer(&Request::Status {}).unwrap();
        let status: AgentStatus = serde_json::from_value(answer).unwrap();
        assert!(status.age_seconds >= 2.0 && old.wanted.load(Ordering::Relaxed), "{status:?}");
        assert_eq!(
            (status.rules.loaded, status.rules.since.as_str()),
            (7, "1970-01-01T00:00:01.500Z")
        );
        assert!(status.rss_bytes > Some(1 << 20) && !status.sensor.kernel.is_empty(), "{status:?}");
        let rejected = Reloads {
            applied: 0,
            rejected: 1,
            took_seconds: None,
            pause_seconds: None,
            error: Some(LastError {
                message: "a.yaml:1:1: no".to_owned(),
                time: "1970-01-01T00:00:02.000Z".to_owned(),
            }),
        };
        assert_eq!(status.reloads, rejected);
        assert_eq!(old.answer(&Request::Outputs {}).unwrap(), serde_json::json!([]));
    }

    #[test]
    fn whoever_asks_waits_for_the_next_snapshot() {
        let board = Arc::new(board(Duration::from_secs(2)));
        let asking = Arc::clone(&board);
        let asked = std::thread::spawn(move || asking.current());
        while !board.wanted.swap(false, Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let at = Instant::now();
        let snapshot = Arc::clone(&board.latest().snapshot);
        *board.latest() = Published { snapshot, at, rates: [0.0; 2] };
        board.published.notify_all();
        assert_eq!(asked.join().unwrap().at, at);
    }
}
