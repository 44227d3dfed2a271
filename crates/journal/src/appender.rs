//! The journal on a thread of its own, behind a bounded queue: whoever has alerts never waits for a disk.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use peregrine_alert::Alert;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::notice::JournalNotice;
use crate::options::Now;
use crate::storage::Storage;

/// How long it waits for an alert before it looks what else is due.
const TICK: Duration = Duration::from_millis(100);
/// How long it waits before a journal that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// So many bytes are written at once at most; what comes later waits for the next write.
const GROUP: usize = 256 << 10;
/// Notices that nobody took are kept up to this many.
const NOTICES: usize = 1000;

/// What became of alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalStats {
    /// Alerts that are written.
    pub written: u64,
    /// Alerts that are not in the journal and never will be.
    pub lost: u64,
    /// Alerts that wait; at the end, those that were not written in time.
    pub queued: u64,
}

#[derive(Debug, Default)]
struct Shared {
    sent: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
    /// Bytes of memory of the alerts in the queue.
    bytes: AtomicUsize,
    closing: AtomicBool,
    notices: Mutex<Vec<JournalNotice>>,
}

impl Shared {
    fn stats(&self) -> JournalStats {
        let written = self.written.load(Ordering::Acquire);
        let sent = self.sent.load(Ordering::Relaxed);
        let lost = self.lost.load(Ordering::Relaxed);
        JournalStats { written, lost, queued: sent.saturating_sub(written) }
    }

    fn take_notices(&self) -> Vec<JournalNotice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn say(&self, notices: impl IntoIterator<Item = JournalNotice>) {
        let mut all = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let room = NOTICES.saturating_sub(all.len());
        all.extend(notices.into_iter().take(room));
    }
}

/// Takes alerts for a journal.
#[derive(Debug)]
pub struct Appender {
    queue: Sender<(Arc<Alert>, usize)>,
    shared: Arc<Shared>,
    /// Bytes of memory that alerts in the queue may take.
    bytes: usize,
    thread: JoinHandle<()>,
}

impl Appender {
    /// Opens a journal on a thread of its own; where that fails it says so once and tries again. At most
    /// `capacity` alerts (0: any number) and `bytes` bytes wait.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start<S: Storage + Send + 'static>(
        open: impl FnMut(Now) -> Result<Journal<S>, JournalError> + Send + 'static,
        clock: impl Fn() -> Now + Send + 'static,
        capacity: usize,
        bytes: usize,
    ) -> io::Result<Self> {
        let (queue, alerts) = if capacity == 0 { unbounded() } else { bounded(capacity) };
        let shared = Arc::new(Shared::default());
        let worker = Worker { open, clock, alerts, shared: Arc::clone(&shared) };
        let thread =
            std::thread::Builder::new().name("journal".to_owned()).spawn(move || worker.run())?;
        Ok(Self { queue, shared, bytes, thread })
    }

    /// Takes an alert; `weight` is about how many bytes of memory it takes. Where the queue is full it is
    /// lost and counted.
    pub fn send(&self, alert: &Arc<Alert>, weight: usize) {
        // One fits always, however large.
        let before = self.shared.bytes.fetch_add(weight, Ordering::Relaxed);
        let fits = before == 0 || before.saturating_add(weight) <= self.bytes;
        // Counted first: the thread may have written it before this one goes on.
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        if fits && self.queue.try_send((Arc::clone(alert), weight)).is_ok() {
            return;
        }
        self.shared.sent.fetch_sub(1, Ordering::Relaxed);
        self.shared.bytes.fetch_sub(weight, Ordering::Relaxed);
        self.shared.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// What became of alerts so far.
    pub fn stats(&self) -> JournalStats {
        self.shared.stats()
    }

    /// What there is to say since this was asked last.
    pub fn take_notices(&self) -> Vec<JournalNotice> {
        self.shared.take_notices()
    }

    /// Ends the queue: the thread writes what waits, signs it and ends.
    pub fn hang_up(self) -> Closing {
        self.shared.closing.store(true, Ordering::Relaxed);
        Closing { shared: self.shared, thread: self.thread }
    }
}

/// A journal that gets nothing more.
#[derive(Debug)]
pub struct Closing {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

impl Closing {
    /// Waits until all is written, `patience` at most. Returns what became of alerts and what there is to
    /// say.
    pub fn finish(self, patience: Duration) -> (JournalStats, Vec<JournalNotice>) {
        let end = Instant::now() + patience;
        while !self.thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        (self.shared.stats(), self.shared.take_notices())
    }
}

struct Worker<O, C> {
    open: O,
    clock: C,
    alerts: Receiver<(Arc<Alert>, usize)>,
    shared: Arc<Shared>,
}

impl<S, O, C> Worker<O, C>
where
    S: Storage,
    O: FnMut(Now) -> Result<Journal<S>, JournalError>,
    C: Fn() -> Now,
{
    fn run(mut self) {
        let Some(mut journal) = self.opened() else { return };
        // Alerts in the journal's hands that are not written yet.
        let mut taken = 0;
        loop {
            let more = match self.alerts.recv_timeout(TICK) {
                Ok(first) => {
                    self.take(&mut journal, first, &mut taken);
                    while journal.waiting() < GROUP
                        && let Ok(next) = self.alerts.try_recv()
                    {
                        self.take(&mut journal, next, &mut taken);
                    }
                    true
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            self.commit(&mut journal, &mut taken);
            if !more {
                break;
            }
        }
        match journal.close((self.clock)()) {
            Ok(notices) => self.shared.say(notices),
            Err(error) => self.shared.say([JournalNotice::Fails { why: error.to_string() }]),
        }
    }

    /// Opens the journal, again and again until it succeeds or nobody waits for it any more.
    fn opened(&mut self) -> Option<Journal<S>> {
        let mut said = false;
        loop {
            match (self.open)((self.clock)()) {
                Ok(journal) => {
                    if said {
                        self.shared.say([JournalNotice::WorksAgain]);
                    }
                    return Some(journal);
                }
                Err(error) if !said => {
                    said = true;
                    self.shared.say([JournalNotice::Fails { why: error.to_string() }]);
                }
                Err(_) => {}
            }
            let again = Instant::now() + AGAIN;
            while Instant::now() < again {
                if self.shared.closing.load(Ordering::Relaxed) {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn take(&self, journal: &mut Journal<S>, item: (Arc<Alert>, usize), taken: &mut u64) {
        let (alert, weight) = item;
        self.shared.bytes.fetch_sub(weight, Ordering::Relaxed);
        if journal.append(&alert, (self.clock)()).is_ok() {
            *taken += 1;
        } else {
            self.shared.sent.fetch_sub(1, Ordering::Relaxed);
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn commit(&self, journal: &mut Journal<S>, taken: &mut u64) {
        // Why it fails is one of the notices; what waits is tried again.
        let _ = journal.commit((self.clock)());
        // Whoever sees the count finds what is said of it.
        self.shared.say(journal.take_notices());
        if journal.waiting() == 0 {
            self.shared.written.fetch_add(std::mem::take(taken), Ordering::Release);
        }
    }
}
