//! What became of reloads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::metrics::Histogram;

/// What became of reloads so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadStatus {
    /// How many took hold.
    pub applied: u64,
    /// How many were rejected: everything stayed as it was.
    pub rejected: u64,
    /// Since when what runs runs, nanoseconds since the epoch: the start, or the last one that took hold.
    pub since_ns: u64,
    /// When the last one was rejected, nanoseconds since the epoch; 0: none was.
    pub last_rejected_ns: u64,
    /// Why the last one was rejected; none where the last one took hold.
    pub error: Option<String>,
    /// How long the last one that took hold took, from the request on.
    pub took: Duration,
    /// The longest time that no event was evaluated for its sake.
    pub pause: Duration,
    /// This of all before the last one, which may still grow.
    pub pauses: Histogram,
}

impl ReloadStatus {
    /// Right after the start.
    pub(crate) fn new() -> Self {
        Self {
            applied: 0,
            rejected: 0,
            since_ns: wall_ns(),
            last_rejected_ns: 0,
            error: None,
            took: Duration::ZERO,
            pause: Duration::ZERO,
            pauses: Histogram::default(),
        }
    }

    pub(crate) fn applied(&mut self, took: Duration) {
        if self.applied > 0 {
            self.pauses.add(self.pause);
        }
        self.applied += 1;
        self.since_ns = wall_ns();
        self.error = None;
        self.took = took;
    }

    /// How long the one that took hold last kept events waiting.
    pub(crate) fn paused(&mut self, pause: Duration) {
        self.pause = pause;
    }

    /// The pauses of all that took hold.
    pub(crate) fn all_pauses(&self) -> Histogram {
        let mut all = self.pauses.clone();
        if self.applied > 0 {
            all.add(self.pause);
        }
        all
    }

    pub(crate) fn rejected(&mut self, why: &str) {
        self.rejected += 1;
        self.last_rejected_ns = wall_ns();
        self.error = Some(why.to_owned());
    }
}

fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
