//! The log: what is received is written in groups, made durable, then acknowledged.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use peregrine_journal::{Anchor, FileStorage, Fsync, Journal, Options};
use tokio::sync::oneshot;

use crate::clock::{self, Clock};
use crate::disk;
use crate::error::HubError;
use crate::item::Item;
use crate::limits::Limits;

/// What the names of the key and the last checkpoint begin with.
const STEM: &str = "log";
/// How often the log looks at the disk, and at what can go.
const LOOK: Duration = Duration::from_secs(1);
/// A record stays this long after it is in the store: whoever sends it again is recognised by it.
const KEEP_NS: u64 = 120_000_000_000;

/// Why an alert was not taken. It is not in the log then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTaken {
    /// More requests wait than may.
    #[error("too many requests wait for the disk")]
    Busy,
    /// The disk is nearly full.
    #[error("the disk is {0} % full: nothing is taken until there is room")]
    DiskFull(u64),
    /// It could not be written.
    #[error("{0}")]
    Failed(String),
    /// The hub ends.
    #[error("the hub is ending")]
    Ending,
}

impl NotTaken {
    /// The word for it in counts.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::DiskFull(_) => "disk",
            Self::Failed(_) => "log",
            Self::Ending => "ending",
        }
    }
}

struct Request {
    bytes: Vec<u8>,
    done: oneshot::Sender<Result<(), NotTaken>>,
}

/// What the log's thread and others share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The last record that survives a power cut.
    durable: AtomicU64,
    /// The last record that is in the store, so that it survives one.
    stored: AtomicU64,
    /// Percent of the disk in use.
    used: AtomicU64,
    ending: AtomicBool,
    lock: Mutex<()>,
    more: Condvar,
}

impl Shared {
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub(crate) fn used_percent(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    pub(crate) fn set_stored(&self, record: u64) {
        self.stored.store(record, Ordering::Relaxed);
    }

    /// Waits until more than `record` is durable, the hub ends, or some time is over.
    pub(crate) fn wait_for_more(&self, record: u64, time: Duration) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |(): &mut ()| self.durable() <= record && !self.is_ending();
        drop(self.more.wait_timeout_while(guard, time, waits));
    }

    fn notify(&self) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        drop(guard);
        self.more.notify_all();
    }

    /// Has whoever waits look again, and end.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.notify();
    }
}

/// Takes what is received, from any task.
#[derive(Debug, Clone)]
pub(crate) struct LogSender {
    sender: Sender<Request>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl LogSender {
    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> Result<(), NotTaken> {
        match self.shared.used_percent() {
            used if used >= Limits::ALL.disk_refuse => Err(NotTaken::DiskFull(used)),
            _ => Ok(()),
        }
    }

    /// Writes an item; it survives a power cut once this returns.
    ///
    /// # Errors
    /// When it is not in the log.
    pub(crate) async fn append(&self, item: &Item) -> Result<(), NotTaken> {
        self.has_room()?;
        let (done, written) = oneshot::channel();
        let request = Request { bytes: item.bytes(), done };
        self.sender.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => NotTaken::Busy,
            TrySendError::Disconnected(_) => NotTaken::Ending,
        })?;
        written.await.unwrap_or(Err(NotTaken::Ending))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// The log's thread.
#[derive(Debug)]
pub(crate) struct Log {
    thread: JoinHandle<()>,
}

impl Log {
    /// Opens the log of a folder and writes it on a thread of its own, until every sender is gone. `indexed` is the
    /// last record that is in the store.
    ///
    /// # Errors
    /// When it cannot be used, or is not the one the store was written from.
    pub(crate) fn start(folder: &Path, indexed: u64) -> Result<(Self, LogSender), HubError> {
        let clock = Clock::start();
        let storage = FileStorage::exclusive(&folder.join("log"))?;
        let anchor = Anchor { storage: FileStorage::new(folder), stem: STEM.to_owned() };
        let options = Options {
            // Only what is in the store goes, and only by `trim`.
            max_size: u64::MAX,
            max_age: Duration::MAX,
            fsync: Fsync::Always,
            waiting: 4 * Limits::ALL.group,
            checkpoint_records: 100_000,
            checkpoint_interval: Duration::from_secs(30),
        };
        let mut journal = Journal::open(storage, anchor, options, clock.now())?;
        if indexed > journal.last() {
            let last = journal.last();
            return Err(HubError::LogIsOlder {
                folder: folder.display().to_string(),
                indexed,
                last,
            });
        }
        let acknowledged = journal.commit(clock.now())?;
        let shared = Arc::new(Shared::default());
        shared.durable.store(acknowledged.durable, Ordering::Release);
        let used = disk::used_percent(folder).unwrap_or_default();
        shared.used.store(used, Ordering::Relaxed);
        let (sender, requests) = crossbeam_channel::bounded(Limits::ALL.waiting);
        let writing = Writing {
            journal,
            requests,
            shared: Arc::clone(&shared),
            clock,
            folder: folder.to_path_buf(),
            looked: clock.now().elapsed,
        };
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writing.run())
            .map_err(HubError::Thread)?;
        Ok((Self { thread }, LogSender { sender, shared }))
    }

    /// Waits until all that was sent is written. Every sender has to be gone.
    pub(crate) fn join(self) {
        // What it was about it said to whoever asked.
        drop(self.thread.join());
    }
}

struct Writing {
    journal: Journal<FileStorage>,
    requests: Receiver<Request>,
    shared: Arc<Shared>,
    clock: Clock,
    folder: std::path::PathBuf,
    looked: Duration,
}

impl Writing {
    fn run(mut self) {
        loop {
            match self.requests.recv_timeout(LOOK) {
                Ok(first) => self.write(first),
                Err(RecvTimeoutError::Timeout) => {
                    // Checkpoints are due also where nothing comes.
                    if self.journal.commit(self.clock.now()).is_err() {
                        self.journal.discard_waiting();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look();
        }
        // What was acknowledged is durable already.
        drop(self.journal.close(self.clock.now()));
    }

    /// Writes a request and all that wait behind it, as one group.
    fn write(&mut self, first: Request) {
        let now = self.clock.now();
        let mut group = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(request) = next {
            bytes += request.bytes.len();
            match self.journal.append_bytes(&request.bytes, now) {
                Ok(_) => group.push(request.done),
                Err(error) => answer(request.done, Err(NotTaken::Failed(error.to_string()))),
            }
            next = if bytes < Limits::ALL.group { self.requests.try_recv().ok() } else { None };
        }
        let done = match self.journal.commit(now) {
            Ok(acknowledged) => {
                self.shared.durable.store(acknowledged.durable, Ordering::Release);
                self.shared.notify();
                Ok(())
            }
            Err(error) => {
                self.journal.discard_waiting();
                Err(NotTaken::Failed(error.to_string()))
            }
        };
        for one in group {
            answer(one, done.clone());
        }
    }

    /// Looks at the disk, and lets go of what is in the store.
    fn look(&mut self) {
        let now = self.clock.now();
        if now.elapsed.saturating_sub(self.looked) < LOOK {
            return;
        }
        self.looked = now.elapsed;
        if let Ok(used) = disk::used_percent(&self.folder) {
            self.shared.used.store(used, Ordering::Relaxed);
        }
        let before_ns = clock::wall_ns().saturating_sub(KEEP_NS);
        let stored = self.shared.stored.load(Ordering::Relaxed);
        // What cannot go now goes later; the disk says where there is no room.
        drop(self.journal.trim(stored, before_ns, now));
    }
}

/// Nobody may wait for it any more.
fn answer(done: oneshot::Sender<Result<(), NotTaken>>, answer: Result<(), NotTaken>) {
    drop(done.send(answer));
}
