//! The journal on a thread of its own, behind a bounded queue: whoever has alerts never waits for a disk. What
//! is written, consumers may have; where nothing can be written they have it all the same.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use peregrine_alert::Alert;

use crate::disk_work::{DiskWork, HANGS};
use crate::error::JournalError;
use crate::journal::Journal;
use crate::notice::{JournalNotice, Unread};
use crate::options::Now;
use crate::recent::Sent;
use crate::storage::Storage;
use crate::subscription::{Board, ConsumerList, Consumers, Subscription};

/// How long it waits for an alert before it looks what else is due.
const TICK: Duration = Duration::from_millis(100);
/// How long it waits before a journal that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// So many bytes are written at once at most; what comes later waits for the next write.
const GROUP: usize = 256 << 10;
/// So many alerts are written at once at most: consumers wait for them.
const MANY: usize = 4096;
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
    /// Alerts in the queue or being written, which consumers have not had.
    withheld: Mutex<Withheld>,
    /// Consumers have had what they will get before the end.
    closed: AtomicBool,
    notices: Mutex<Vec<JournalNotice>>,
    /// Alerts of the journal that consumers have not had, by their names; at the end.
    unread: Mutex<Vec<Unread>>,
}

/// Alerts that were taken and not given to consumers yet.
#[derive(Debug, Default)]
struct Withheld {
    alerts: VecDeque<(Arc<Alert>, usize)>,
    /// How many of them, the oldest, were given to consumers since the disk hangs.
    passed: usize,
    /// While the disk is at work: how long.
    work: Option<DiskWork>,
    /// That the disk hangs was said.
    said: bool,
}

impl Shared {
    fn withheld(&self) -> MutexGuard<'_, Withheld> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk is at work from now on.
    fn begin_work(&self) {
        self.withheld().work = Some(DiskWork::begin(Instant::now()));
    }

    /// The disk has answered.
    fn end_work(&self) {
        let mut withheld = self.withheld();
        withheld.work = None;
        let said = std::mem::take(&mut withheld.said);
        drop(withheld);
        if said {
            self.say([JournalNotice::WorksAgain]);
        }
    }

    /// Gives consumers what waits for a disk that hangs.
    fn pass_on(&self, board: &Board) {
        let mut withheld = self.withheld();
        if !withheld.work.as_mut().is_some_and(|work| work.hangs(Instant::now())) {
            return;
        }
        let said = std::mem::replace(&mut withheld.said, true);
        let all = withheld.alerts.len();
        let passed = std::mem::replace(&mut withheld.passed, all);
        let mut recent = board.lock();
        for (alert, weight) in withheld.alerts.iter().skip(passed) {
            recent.push(Sent { number: None, alert: Arc::clone(alert), weight: *weight });
        }
        drop((recent, withheld));
        board.wake();
        if !said {
            self.say([JournalNotice::Hangs { after: HANGS }]);
        }
    }

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
    board: Arc<Board>,
    consumers: Arc<ConsumerList>,
    /// Bytes of memory that alerts in the queue may take.
    bytes: usize,
    thread: JoinHandle<()>,
}

impl Appender {
    /// Opens a journal on a thread of its own; where that fails it says so once and tries again. At most
    /// `capacity` alerts (0: any number) and `bytes` bytes wait, and as many are kept in memory for the
    /// consumers, which are all there are at first: cursors of others are forgotten.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start<S: Storage + Send + 'static>(
        open: impl FnMut(Now) -> Result<Journal<S>, JournalError> + Send + 'static,
        clock: impl Fn() -> Now + Send + 'static,
        capacity: usize,
        bytes: usize,
        consumers: &[String],
    ) -> io::Result<Self> {
        let (queue, alerts) = if capacity == 0 { unbounded() } else { bounded(capacity) };
        let shared = Arc::new(Shared::default());
        // What waits for a disk that hangs is the queue and what was being written.
        let recent = if capacity == 0 { 0 } else { capacity.saturating_add(MANY) };
        let board = Arc::new(Board::new(recent, bytes));
        let consumers = Arc::new(ConsumerList::new(consumers));
        let worker = Worker {
            open,
            clock,
            alerts,
            shared: Arc::clone(&shared),
            board: Arc::clone(&board),
            consumers: Arc::clone(&consumers),
            held: VecDeque::new(),
            room: (if capacity == 0 { usize::MAX } else { capacity }, bytes),
        };
        let thread =
            std::thread::Builder::new().name("journal".to_owned()).spawn(move || worker.run())?;
        Ok(Self { queue, shared, board, consumers, bytes, thread })
    }

    /// The subscription of one of the consumers, which reads from `storage` what is not in memory any more;
    /// none where there is no such consumer. It begins where the consumer's cursor is, a new one behind the
    /// last alert.
    pub fn subscribe(
        &self,
        consumer: &str,
        storage: Box<dyn Storage + Send>,
    ) -> Option<Subscription> {
        let consumer = self.consumers.named(consumer)?;
        Some(Subscription::new(consumer, Arc::clone(&self.board), storage))
    }

    /// Lets consumers come and go.
    pub fn consumers(&self) -> Consumers {
        Consumers::new(&self.consumers, &self.board)
    }

    /// Keeps no more than so many bytes of alerts in memory for consumers.
    #[cfg(test)]
    pub(crate) fn limit_recent(&self, bytes: usize) {
        self.board.lock().limit(bytes);
    }

    /// Takes an alert; `weight` is about how many bytes of memory it takes. Where the queue is full it is
    /// lost for the journal and counted; consumers get it.
    pub fn send(&self, alert: &Arc<Alert>, weight: usize) {
        // One fits always, however large.
        let before = self.shared.bytes.fetch_add(weight, Ordering::Relaxed);
        let fits = before == 0 || before.saturating_add(weight) <= self.bytes;
        // Counted first: the thread may have written it before this one goes on.
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        let mut withheld = self.shared.withheld();
        if fits && self.queue.try_send((Arc::clone(alert), weight)).is_ok() {
            withheld.alerts.push_back((Arc::clone(alert), weight));
            let is_at_work = withheld.work.is_some();
            drop(withheld);
            if is_at_work {
                self.shared.pass_on(&self.board);
            }
            return;
        }
        drop(withheld);
        self.shared.pass_on(&self.board);
        self.shared.sent.fetch_sub(1, Ordering::Relaxed);
        self.shared.bytes.fetch_sub(weight, Ordering::Relaxed);
        self.shared.lost.fetch_add(1, Ordering::Relaxed);
        self.board.lock().push(Sent { number: None, alert: Arc::clone(alert), weight });
        self.board.wake();
    }

    /// What became of alerts so far.
    pub fn stats(&self) -> JournalStats {
        self.shared.stats()
    }

    /// What there is to say since this was asked last.
    /// Asked now and then it also sees to it that no alert waits long for a disk that hangs.
    pub fn take_notices(&self) -> Vec<JournalNotice> {
        self.shared.pass_on(&self.board);
        self.shared.take_notices()
    }

    /// Ends the queue: the thread writes what waits and lets consumers know that it was all. It signs it and ends
    /// once the cursors they come to are asked for ([`Closing::finish`]).
    pub fn hang_up(self) -> Closing {
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
    /// Keeps how far consumers have come, and waits until all is written, `patience` at most. Returns what
    /// became of alerts, what there is to say, and which alerts of the journal consumers have not had.
    pub fn finish(self, patience: Duration) -> (JournalStats, Vec<JournalNotice>, Vec<Unread>) {
        self.shared.closed.store(true, Ordering::Release);
        self.thread.thread().unpark();
        let end = Instant::now() + patience;
        while !self.thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        let unread = &self.shared.unread;
        let unread = std::mem::take(&mut *unread.lock().unwrap_or_else(PoisonError::into_inner));
        (self.shared.stats(), self.shared.take_notices(), unread)
    }
}

struct Worker<O, C> {
    open: O,
    clock: C,
    alerts: Receiver<(Arc<Alert>, usize)>,
    shared: Arc<Shared>,
    board: Arc<Board>,
    consumers: Arc<ConsumerList>,
    /// Alerts that consumers had while the journal could not be opened: they are written once it is.
    held: VecDeque<(Arc<Alert>, usize)>,
    /// How many more alerts and bytes may be held.
    room: (usize, usize),
}

impl<S, O, C> Worker<O, C>
where
    S: Storage,
    O: FnMut(Now) -> Result<Journal<S>, JournalError>,
    C: Fn() -> Now,
{
    fn run(mut self) {
        let Some(mut journal) = self.opened() else {
            self.end();
            return;
        };
        self.shared.begin_work();
        self.begin(&mut journal);
        // Alerts in the journal's hands that are not written yet.
        let mut taken = 0;
        for item in std::mem::take(&mut self.held) {
            self.shared.bytes.fetch_sub(item.1, Ordering::Relaxed);
            self.append(&mut journal, &item, &mut taken);
        }
        // What consumers may have once its writing was tried.
        let mut group = Vec::new();
        loop {
            let next = self.alerts.recv_timeout(TICK);
            self.shared.begin_work();
            // Before the first alert that was sent since: a new one gets it.
            if self.consumers.take_changed() {
                self.admit(&mut journal);
            }
            let more = match next {
                Ok(first) => {
                    group.push(self.take(&mut journal, first, &mut taken));
                    while journal.waiting() < GROUP
                        && group.len() < MANY
                        && let Ok(next) = self.alerts.try_recv()
                    {
                        group.push(self.take(&mut journal, next, &mut taken));
                    }
                    true
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            self.move_cursors(&mut journal);
            self.commit(&mut journal, &mut taken);
            self.publish(&mut group);
            self.shared.end_work();
            if !more {
                break;
            }
        }
        self.end();
        self.move_cursors(&mut journal);
        let unread: Vec<Unread> = self
            .consumers
            .all()
            .iter()
            .map(|one| Unread { consumer: one.name.clone(), alerts: journal.unread(&one.name) })
            .collect();
        *self.shared.unread.lock().unwrap_or_else(PoisonError::into_inner) = unread;
        match journal.close((self.clock)()) {
            Ok(notices) => self.shared.say(notices),
            Err(error) => self.shared.say([JournalNotice::Fails { why: error.to_string() }]),
        }
    }

    /// Tells consumers that nothing comes any more, and waits until they have had what they will get.
    fn end(&self) {
        self.board.lock().ended = true;
        self.board.wake();
        while !self.shared.closed.load(Ordering::Acquire) {
            std::thread::park_timeout(TICK);
        }
    }

    /// Opens the journal, again and again until it succeeds or nobody waits for it any more.
    fn opened(&mut self) -> Option<Journal<S>> {
        let mut said = false;
        loop {
            self.shared.begin_work();
            let opened = (self.open)((self.clock)());
            self.shared.end_work();
            match opened {
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
                match self.alerts.recv_deadline(again) {
                    Ok(item) => self.hold(item),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return None,
                }
            }
        }
    }

    /// Gives consumers an alert that cannot be written yet; the journal gets it once it is open, where there
    /// is room for it to wait.
    fn hold(&mut self, item: (Arc<Alert>, usize)) {
        let (alert, weight) = item;
        self.publish(&mut vec![Sent { number: None, alert: Arc::clone(&alert), weight }]);
        let (alerts, bytes) = self.room;
        if alerts == 0 || (weight > bytes && !self.held.is_empty()) {
            self.shared.bytes.fetch_sub(weight, Ordering::Relaxed);
            self.shared.sent.fetch_sub(1, Ordering::Relaxed);
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.room = (alerts - 1, bytes.saturating_sub(weight));
        self.held.push_back((alert, weight));
    }

    /// Takes the cursors of the consumers from the journal.
    fn begin(&self, journal: &mut Journal<S>) {
        self.consumers.take_changed();
        self.admit(journal);
        self.board.lock().opened(journal.last());
        self.board.wake();
    }

    /// Registers those that are new, and forgets those that are gone.
    fn admit(&self, journal: &mut Journal<S>) {
        let all = self.consumers.all();
        journal.keep_consumers(all.iter().map(|one| one.name.as_str()));
        let new: Vec<_> = all.iter().filter(|one| !one.begun.load(Ordering::Acquire)).collect();
        let cursors: Vec<u64> = new.iter().map(|one| journal.register(&one.name)).collect();
        // A new one is known before there is an alert it could miss. Why it fails is one of the notices.
        let _ = journal.commit((self.clock)());
        for (consumer, cursor) in new.into_iter().zip(cursors) {
            consumer.cursor.fetch_max(cursor, Ordering::Relaxed);
            consumer.begun.store(true, Ordering::Release);
        }
    }

    fn move_cursors(&self, journal: &mut Journal<S>) {
        for consumer in self.consumers.all() {
            journal.move_cursor(&consumer.name, consumer.cursor.load(Ordering::Relaxed));
        }
    }

    fn publish(&self, group: &mut Vec<Sent>) {
        if !group.is_empty() {
            let mut withheld = self.shared.withheld();
            withheld.passed = withheld.passed.saturating_sub(group.len());
            let had = group.len().min(withheld.alerts.len());
            withheld.alerts.drain(..had);
            drop(withheld);
            let mut recent = self.board.lock();
            group.drain(..).for_each(|sent| recent.push(sent));
            drop(recent);
            self.board.wake();
        }
    }

    fn take(&self, journal: &mut Journal<S>, item: (Arc<Alert>, usize), taken: &mut u64) -> Sent {
        self.shared.bytes.fetch_sub(item.1, Ordering::Relaxed);
        let number = self.append(journal, &item, taken);
        let (alert, weight) = item;
        Sent { number, alert, weight }
    }

    fn append(
        &self,
        journal: &mut Journal<S>,
        (alert, _): &(Arc<Alert>, usize),
        taken: &mut u64,
    ) -> Option<u64> {
        let number = journal.append(alert, (self.clock)()).ok();
        if number.is_some() {
            *taken += 1;
        } else {
            self.shared.sent.fetch_sub(1, Ordering::Relaxed);
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
        number
    }

    fn commit(&self, journal: &mut Journal<S>, taken: &mut u64) {
        // Why it fails is one of the notices; what waits is tried again.
        let _ = journal.commit((self.clock)());
        let notices = journal.take_notices();
        for notice in &notices {
            let JournalNotice::RetiredUnread { unread, .. } = notice else { continue };
            for Unread { consumer, alerts } in unread {
                if let Some(one) = self.consumers.named(consumer) {
                    one.missed.fetch_add(*alerts, Ordering::Relaxed);
                }
            }
        }
        // Whoever sees the count finds what is said of it.
        self.shared.say(notices);
        if journal.waiting() == 0 {
            self.shared.written.fetch_add(std::mem::take(taken), Ordering::Release);
        }
    }
}
