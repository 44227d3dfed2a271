//! The indexer: what is in the log gets into the store. How far it has come is in the transaction of what it wrote.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use peregrine_store::{Keep, Received, Retired, State, StoreError, Stored, Writer};

use crate::clock;
use crate::error::HubError;
use crate::limits::Limits;
use crate::live::{Entry, Feed};
use crate::log::Shared;
use crate::reader::{Batch, Reader};

/// The name its cursor has in the state.
const READER: &str = "indexer";
/// Bytes of the log that are written into the store at once.
const BATCH: usize = 4 << 20;
/// How often what is written is made to survive a power cut, so that the log may let go of it.
const SYNC: Duration = Duration::from_secs(5);
/// How often it is looked for what is kept too long.
const RETIRE: Duration = Duration::from_secs(10);
/// How long it waits before it tries again what failed.
const AGAIN: Duration = Duration::from_secs(1);

/// What is known of the indexer.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// When the oldest alert was received that is not in the store, nanoseconds since the epoch; 0: all are.
    pub(crate) waiting_since_ns: AtomicU64,
    /// Alerts that were sent again and are not in the store twice.
    pub(crate) repeats: AtomicU64,
    /// Records that could not be understood.
    pub(crate) unknown: AtomicU64,
    /// Why it does not get on.
    failing: Mutex<Option<String>>,
    /// What retention took.
    retired: Mutex<Vec<Retired>>,
    /// Names of senders' outputs.
    outputs: Mutex<Vec<String>>,
}

impl Progress {
    pub(crate) fn failing(&self) -> Option<String> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_failing(&self, why: Option<String>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    pub(crate) fn retired(&self) -> Vec<Retired> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn outputs(&self) -> Vec<String> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take_from(&self, state: &State) -> Result<(), StoreError> {
        *self.retired.lock().unwrap_or_else(PoisonError::into_inner) = state.retired()?;
        *self.outputs.lock().unwrap_or_else(PoisonError::into_inner) = state.sender_outputs()?;
        Ok(())
    }
}

/// Writes the store until the hub ends.
pub(crate) struct Indexer {
    writer: Writer,
    state: State,
    reader: Reader,
    log: Arc<Shared>,
    feed: Arc<Feed>,
    progress: Arc<Progress>,
    keep: Keep,
    synced: Instant,
    looked: Option<Instant>,
}

impl Indexer {
    pub(crate) fn new(
        folder: &Path,
        writer: Writer,
        log: Arc<Shared>,
        feed: Arc<Feed>,
        keep: Keep,
    ) -> Result<Self, HubError> {
        let state = State::open(folder)?;
        let progress = Arc::new(Progress::default());
        progress.take_from(&state)?;
        let reader = Reader::new(folder, writer.cursor());
        Ok(Self {
            writer,
            state,
            reader,
            log,
            feed,
            progress,
            keep,
            synced: Instant::now(),
            looked: None,
        })
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    pub(crate) fn run(mut self) {
        while !self.log.is_ending() {
            let durable = self.log.durable();
            let done = self.reader.next(durable, BATCH).map_err(HubError::from).and_then(|batch| {
                let found = batch.last.is_some();
                self.write(&batch)?;
                self.tend()?;
                Ok(found)
            });
            match done {
                Ok(true) => self.progress.set_failing(None),
                Ok(false) => {
                    self.progress.set_failing(None);
                    self.progress.waiting_since_ns.store(0, Ordering::Relaxed);
                    self.log.wait_for_more(durable, AGAIN);
                }
                Err(error) => self.fail(&error),
            }
        }
        // What a power cut takes of it is in the log.
        drop(self.writer.sync());
    }

    fn fail(&self, error: &HubError) {
        self.progress.set_failing(Some(error.to_string()));
        self.log.wait_for_more(u64::MAX, AGAIN);
    }

    /// Writes a batch, again and again where it fails: nothing is passed over.
    fn write(&mut self, batch: &Batch) -> Result<(), HubError> {
        let Some(last) = batch.last else { return Ok(()) };
        self.progress.repeats.fetch_add(batch.repeats, Ordering::Relaxed);
        self.progress.unknown.fetch_add(batch.unknown, Ordering::Relaxed);
        let oldest = batch.items.first().map_or(0, |read| read.time_ns);
        self.progress.waiting_since_ns.store(oldest, Ordering::Relaxed);
        let received: Vec<Received<'_>> = batch
            .items
            .iter()
            .map(|read| Received {
                record: read.record,
                body: &read.item.body,
                received_ns: read.time_ns,
            })
            .collect();
        let names = batch.items.iter().flat_map(|read| &read.item.outputs);
        let known = self.progress.outputs();
        let new: Vec<String> = names.filter(|name| !known.contains(name)).cloned().collect();
        loop {
            let mut prepared = Vec::with_capacity(received.len());
            for one in self.writer.prepare(&received) {
                match one {
                    Ok(one) => prepared.push(one),
                    // It was checked when it was received: another version did.
                    Err(_) => drop(self.progress.unknown.fetch_add(1, Ordering::Relaxed)),
                }
            }
            let written =
                self.write_outputs(&new, last).and_then(|()| self.writer.write(prepared, last));
            match written {
                Ok(stored) => {
                    self.publish(batch, &stored, last);
                    return Ok(());
                }
                Err(error) => self.fail(&error.into()),
            }
            if self.log.is_ending() {
                return Ok(());
            }
            // Retention may make room.
            if let Err(error) = self.retire() {
                self.fail(&error);
            }
        }
    }

    /// Shows what is in the store now to live views.
    fn publish(&self, batch: &Batch, stored: &[Stored], last: u64) {
        let entry = |stored: &Stored| {
            let at = batch.items.binary_search_by_key(&stored.record, |read| read.record).ok()?;
            let body = batch.items.get(at)?.item.body.clone();
            Some(Entry::new(stored.record, stored.id, body))
        };
        // The store has them by their times.
        let mut entries: Vec<Entry> = stored.iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.record);
        self.feed.publish(entries, last);
    }

    fn write_outputs(&mut self, new: &[String], last: u64) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        self.state.add_sender_outputs(READER, last, new)?;
        self.progress.take_from(&self.state)
    }

    /// Does what is due now and then.
    fn tend(&mut self) -> Result<(), HubError> {
        if self.synced.elapsed() >= SYNC {
            self.synced = Instant::now();
            if let Some(stored) = self.writer.sync()? {
                self.log.set_stored(stored);
            }
        }
        if self.looked.is_none_or(|looked| looked.elapsed() >= RETIRE) {
            self.looked = Some(Instant::now());
            self.retire()?;
        }
        Ok(())
    }

    fn retire(&mut self) -> Result<(), HubError> {
        let mut keep = self.keep;
        if self.log.used_percent() >= Limits::ALL.disk_retire {
            // One file less than there is.
            let bytes: u64 = self.writer.store().files().iter().map(|file| file.bytes).sum();
            keep.bytes = keep.bytes.min(bytes.saturating_sub(1));
        }
        let gone = self.writer.retire(keep, clock::wall_ns(), &mut self.state)?;
        if !gone.is_empty() {
            self.progress.take_from(&self.state)?;
        }
        Ok(())
    }
}
