//! What became of the alerts of one output, and how it is doing.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::Alert;
use peregrine_journal::Watch;

/// Whether an output delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputState {
    /// Nothing was sent yet.
    #[default]
    Idle,
    /// The receiver took what it was sent last.
    Delivering,
    /// The receiver refused what it was sent last.
    Refusing,
    /// The last attempt failed; it waits before the next.
    CircuitOpen,
    /// The last attempt failed; it tries a batch now.
    Retrying,
}

impl OutputState {
    const ALL: [Self; 5] =
        [Self::Idle, Self::Delivering, Self::Refusing, Self::CircuitOpen, Self::Retrying];

    /// Whether the last attempt failed.
    pub fn is_failing(self) -> bool {
        matches!(self, Self::CircuitOpen | Self::Retrying)
    }
}

/// Why an attempt failed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// The reason, in one line.
    pub message: String,
    /// When.
    pub time: SystemTime,
}

/// What became of the alerts of one output, and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputStats {
    /// The output.
    pub name: String,
    /// Whether it delivers.
    pub state: OutputState,
    /// Delivered.
    pub written: u64,
    /// Not taken: the queue was full; with a journal: gone from it before they were delivered.
    pub dropped: u64,
    /// Taken and given up: they could not be delivered for too long.
    pub failed: u64,
    /// Not meant for this output, or held back there.
    pub left_out: u64,
    /// Of these, what `throttle`, `dedup` or `mute` held back: an alert says how many they were.
    pub held: u64,
    /// Refused by the receiver for good.
    pub refused: u64,
    /// Of those that were refused or given up, the ones that are kept as dead letters.
    pub kept: u64,
    /// Delivered without something that the receiver has no room for.
    pub truncated: u64,
    /// How often alerts were sent again.
    pub retries: u64,
    /// Neither of these yet; at the end, when nobody waited any longer. With a journal records, which wait there.
    pub queued: u64,
    /// Whether what is queued waits in the journal: it is sent after the next start.
    pub in_journal: bool,
    /// How long ago the oldest alert happened that waits to be delivered.
    pub lag: Duration,
    /// While the circuit is open: how long it is until the next attempt.
    pub retry_in: Option<Duration>,
    /// Why the last attempt that failed did.
    pub last_error: Option<LastError>,
}

/// What the worker of an output counts.
#[derive(Debug, Default)]
pub(crate) struct Status {
    pub(crate) sent: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) left_out: AtomicU64,
    pub(crate) held: AtomicU64,
    /// Of what was refused or given up, what is kept as dead letters.
    pub(crate) kept: AtomicU64,
    /// How often it began to refuse.
    pub(crate) refusals: AtomicU64,
    pub(crate) truncated: AtomicU64,
    pub(crate) retries: AtomicU64,
    /// Bytes of the alerts that wait in memory.
    pub(crate) waiting: AtomicUsize,
    state: AtomicU8,
    /// When the oldest alert happened that waits in the worker; 0: none does.
    oldest_ns: AtomicU64,
    /// When the attempt began that is under way.
    attempt: Mutex<Option<Instant>>,
    trouble: Mutex<Trouble>,
}

/// What is known of the last attempts that failed.
#[derive(Debug, Default)]
struct Trouble {
    last_error: Option<LastError>,
    /// When the next attempt is due.
    retry_at: Option<Instant>,
}

impl Status {
    /// How many alerts this output lost so far.
    pub(crate) fn lost(&self, watch: Option<&Watch>) -> u64 {
        // Read first: what is counted as kept by then is counted as refused or given up by the end.
        let kept = self.kept.load(Ordering::Acquire);
        let lost = [&self.dropped, &self.failed, &self.refused];
        let lost: u64 = lost.iter().map(|counter| counter.load(Ordering::Acquire)).sum();
        lost.saturating_sub(kept) + watch.map_or(0, Watch::missed)
    }

    pub(crate) fn set_state(&self, state: OutputState) {
        let at = OutputState::ALL.iter().position(|one| *one == state).unwrap_or_default();
        self.state.store(u8::try_from(at).unwrap_or_default(), Ordering::Relaxed);
    }

    fn state(&self) -> OutputState {
        let state = OutputState::ALL.get(usize::from(self.state.load(Ordering::Relaxed)));
        state.copied().unwrap_or_default()
    }

    /// Whether the last attempt did not fail.
    pub(crate) fn is_working(&self) -> bool {
        !matches!(self.state(), OutputState::CircuitOpen | OutputState::Retrying)
    }

    pub(crate) fn begin_attempt(&self) {
        *self.attempt.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(crate) fn end_attempt(&self) {
        *self.attempt.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How long the attempt has taken that is under way.
    pub(crate) fn attempt(&self) -> Option<Duration> {
        let began = *self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        began.map(|began| began.elapsed())
    }

    /// The oldest alert that waits.
    pub(crate) fn set_oldest(&self, oldest: Option<&Alert>) {
        self.oldest_ns.store(oldest.map_or(0, |alert| alert.time_ns), Ordering::Relaxed);
    }

    pub(crate) fn set_error(&self, error: String) {
        let error = LastError { message: error, time: SystemTime::now() };
        self.trouble().last_error = Some(error);
    }

    /// When the next attempt is due, while the circuit is open.
    pub(crate) fn set_retry(&self, at: Option<Instant>) {
        self.trouble().retry_at = at;
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stats(&self, name: &str, watch: Option<&Watch>) -> OutputStats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (written, failed, refused) =
            (count(&self.written), count(&self.failed), count(&self.refused));
        let state = self.state();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let oldest = count(&self.oldest_ns);
        let lag = if oldest == 0 { now } else { Duration::from_nanos(oldest) };
        let (last_error, retry_at) = {
            let trouble = self.trouble();
            (trouble.last_error.clone(), trouble.retry_at)
        };
        let retry_at = retry_at.filter(|_| state == OutputState::CircuitOpen);
        OutputStats {
            name: name.to_owned(),
            state,
            written,
            dropped: count(&self.dropped) + watch.map_or(0, Watch::missed),
            failed,
            refused,
            left_out: count(&self.left_out),
            held: count(&self.held),
            kept: count(&self.kept),
            truncated: count(&self.truncated),
            retries: count(&self.retries),
            queued: watch.map_or_else(
                || {
                    count(&self.sent)
                        .saturating_sub(written + failed + refused + count(&self.left_out))
                },
                Watch::behind,
            ),
            in_journal: watch.is_some(),
            lag: now.saturating_sub(lag),
            retry_in: retry_at.map(|at| at.saturating_duration_since(Instant::now())),
            last_error,
        }
    }
}

/// Reads how the outputs are doing, on any thread and after they ended.
#[derive(Clone, Default)]
pub struct StatsReader(Vec<Source>);

/// Where the figures of one output are.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) status: Arc<Status>,
    /// About the journal, where the output has its alerts from there.
    pub(crate) watch: Option<Watch>,
}

impl StatsReader {
    pub(crate) fn new(sources: Vec<Source>) -> Self {
        Self(sources)
    }

    /// What became of the alerts given to each output so far. It waits for nobody.
    pub fn stats(&self) -> Vec<OutputStats> {
        let stats = |source: &Source| source.status.stats(&source.name, source.watch.as_ref());
        self.0.iter().map(stats).collect()
    }
}

impl std::fmt::Debug for StatsReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|source| &source.name)).finish()
    }
}
