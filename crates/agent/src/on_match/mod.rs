//! Captures on a match: a file with what happened before and after a rule matched.
//!
//! The pipeline passes every record on ([`Feed`], in batches: `batch.rs`) to a thread of its own
//! (`writer.rs`), which keeps the last moments in memory (`ring.rs`) and has a state of the host as it was
//! before them. A match begins a file (`file.rs`) with that state and those moments, or lets the one that is
//! written go on longer: there is one at a time. The pipeline never waits for the thread while a host is
//! watched: what it does not take in time is lost and counted, and it is given the state of the host anew.

mod accounts;
mod batch;
mod feed;
mod file;
mod ring;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Mutex, PoisonError};

use peregrine_config::{CaptureMode, Config};
use peregrine_state::Limits;

use crate::notice::CaptureNotice;

pub(crate) use feed::{Feed, LastCaptures};

/// How captures are written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// How names of files begin.
    path_prefix: PathBuf,
    /// Whether a match of any rule begins one.
    all_rules: bool,
    /// How long one goes on where the rule does not say, nanoseconds.
    duration: u64,
    /// Bytes of a file at most.
    max_size: Option<u64>,
    /// How much of the time before a match it has, nanoseconds.
    before: u64,
    /// Bytes that are kept in memory at most.
    ring_bytes: usize,
    /// Bounds of the state of the host.
    limits: Limits,
    /// Whether this host is watched: nothing may wait for files, and time passes without events.
    live: bool,
}

/// Nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;

impl Settings {
    /// Those of a configuration; none where it asks for no captures.
    pub(crate) fn new(config: &Config, live: bool) -> Option<Self> {
        let keys = &config.capture;
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        let time = |milliseconds: i64| number(milliseconds).saturating_mul(MILLISECOND);
        let max_size = number(keys.max_file_size_mb.0) << 20;
        keys.enabled.then(|| Self {
            path_prefix: keys.path_prefix.clone(),
            all_rules: keys.mode == CaptureMode::AllRules,
            duration: time(keys.default_duration.0),
            max_size: (max_size > 0).then_some(max_size),
            before: time(keys.before_duration.0),
            ring_bytes: keys.before_max_size_mb.size() << 20,
            limits: config.limits(),
            live,
        })
    }
}

type Notices = Mutex<Vec<CaptureNotice>>;

/// What the pipeline and the thread share.
#[derive(Debug, Default)]
struct Shared {
    /// Batches that the thread has not taken yet.
    queued: AtomicUsize,
    files: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    failures: AtomicU64,
    ring_bytes: AtomicU64,
    notices: Notices,
}

impl Shared {
    /// What the thread has to say since this was called last.
    fn take_notices(&self) -> Vec<CaptureNotice> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
