//! How a journal is kept.

use std::time::Duration;

/// When what is written is made to survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// Before it is acknowledged.
    Always,
    /// This long after it was written at the latest.
    Interval(Duration),
    /// Whenever the kernel gets to it.
    Never,
}

/// How a journal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bytes of all segments together; the oldest go beyond that.
    pub max_size: u64,
    /// Segments whose records are all older than this go.
    pub max_age: Duration,
    /// When it is made to survive a power cut.
    pub fsync: Fsync,
    /// Bytes that wait in memory to be written at most; one alert always fits.
    pub waiting: usize,
    /// A checkpoint is signed after this many records.
    pub checkpoint_records: u64,
    /// A checkpoint is signed after this long, where there are new records.
    pub checkpoint_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_size: 1 << 30,
            max_age: Duration::from_hours(30 * 24),
            fsync: Fsync::Interval(Duration::from_millis(200)),
            waiting: 8 << 20,
            checkpoint_records: 1000,
            checkpoint_interval: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// After how many bytes a new segment begins: what retention takes goes by whole segments.
    pub(crate) fn segment_bytes(&self) -> u64 {
        (self.max_size / 16).clamp(4 << 10, 16 << 20)
    }

    /// After which time a new segment begins, so that age can take the old.
    pub(crate) fn segment_age_ns(&self) -> u64 {
        nanoseconds(self.max_age / 16).max(1_000_000_000)
    }
}

/// The time: of the day, and since some moment, which nobody sets back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Nanoseconds since the epoch.
    pub wall_ns: u64,
    /// Since the program began.
    pub elapsed: Duration,
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
