//! The time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use peregrine_journal::Now;

/// Nanoseconds since the epoch.
pub(crate) fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Both times of a journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Now {
        Now { wall_ns: wall_ns(), elapsed: self.0.elapsed() }
    }
}

/// A time as people and programs read it.
pub(crate) fn text(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map(|time| time.to_string()).unwrap_or_default()
}
