//! What one consumer reads: alerts in order, from memory while it keeps up, else from the journal.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peregrine_alert::{Alert, DecodeError};

use crate::error::JournalError;
use crate::follow::{Entry, Follower};
use crate::recent::{Look, Position, Recent};
use crate::storage::Storage;

/// How long it waits before a journal that cannot be read is read again.
const AGAIN: Duration = Duration::from_secs(1);

/// One who reads the journal, as its writer sees it.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    /// The last record it has had for good.
    pub(crate) cursor: AtomicU64,
    /// The journal is open, and the cursor is that of the journal.
    pub(crate) begun: AtomicBool,
    /// Alerts it will never get: retention took them, or they are in no journal and left memory before it came
    /// to them.
    pub(crate) missed: AtomicU64,
    pub(crate) woken: AtomicBool,
}

impl Consumer {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cursor: AtomicU64::new(0),
            begun: AtomicBool::new(false),
            missed: AtomicU64::new(0),
            woken: AtomicBool::new(false),
        }
    }
}

/// The consumers there are. They may come and go.
#[derive(Debug, Default)]
pub(crate) struct ConsumerList {
    all: Mutex<Vec<Arc<Consumer>>>,
    /// Some came or went that the writer does not know of.
    changed: AtomicBool,
}

impl ConsumerList {
    pub(crate) fn new(names: &[String]) -> Self {
        let all = names.iter().map(|name| Arc::new(Consumer::new(name))).collect();
        Self { all: Mutex::new(all), changed: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Consumer>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those there are now.
    pub(crate) fn all(&self) -> Vec<Arc<Consumer>> {
        self.lock().clone()
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<Consumer>> {
        self.lock().iter().find(|one| one.name == name).map(Arc::clone)
    }

    /// Whether some came or went since this was asked last.
    pub(crate) fn take_changed(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}

/// Lets consumers come and go while the journal is written, on any thread.
#[derive(Debug, Clone)]
pub struct Consumers {
    list: Arc<ConsumerList>,
    board: Arc<Board>,
}

impl Consumers {
    pub(crate) fn new(list: &Arc<ConsumerList>, board: &Arc<Board>) -> Self {
        Self { list: Arc::clone(list), board: Arc::clone(board) }
    }

    /// The subscription of a new consumer: of every alert that is sent from now on, and maybe of some that were
    /// just sent. It reads from `storage` what is not in memory any more.
    pub fn join(&self, name: &str, storage: Box<dyn Storage + Send>) -> Subscription {
        let consumer = Arc::new(Consumer::new(name));
        let mut all = self.list.lock();
        all.retain(|one| one.name != name);
        all.push(Arc::clone(&consumer));
        drop(all);
        let position = self.board.lock().end();
        self.list.changed.store(true, Ordering::Release);
        let new = Subscription::new(consumer, Arc::clone(&self.board), storage);
        Subscription { position, ..new }
    }

    /// There is no such consumer any more: its cursor is forgotten.
    pub fn leave(&self, name: &str) {
        self.list.lock().retain(|one| one.name != name);
        self.list.changed.store(true, Ordering::Release);
    }
}

/// What consumers share with the writer.
#[derive(Debug)]
pub(crate) struct Board {
    recent: Mutex<Recent>,
    changed: Condvar,
}

impl Board {
    pub(crate) fn new(capacity: usize, bytes: usize) -> Self {
        Self { recent: Mutex::new(Recent::new(capacity, bytes)), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// An alert, with its record's number; none where the journal could not take it.
    Alert(Arc<Alert>, Option<u64>),
    /// The record of this number has an alert that cannot be read: another version wrote it.
    Unreadable(u64, DecodeError),
    /// The journal cannot be read.
    Fails(JournalError),
    /// Nothing came in time, or the consumer was woken.
    Nothing,
    /// Nothing comes any more.
    End,
}

/// One consumer's way through the journal.
pub struct Subscription {
    consumer: Arc<Consumer>,
    board: Arc<Board>,
    storage: Box<dyn Storage + Send>,
    position: Position,
    /// Where it reads the journal, while it is behind.
    follower: Option<Follower>,
    /// What it has read and not given out.
    read: VecDeque<Entry>,
    begun: bool,
    /// When the journal may be read again.
    again: Option<Instant>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}

/// Tells about a subscription, and wakes its reader.
#[derive(Debug, Clone)]
pub struct Watch {
    consumer: Arc<Consumer>,
    board: Arc<Board>,
}

impl Watch {
    /// How many records lie between the cursor and the last alert.
    pub fn behind(&self) -> u64 {
        let last = self.board.lock().last;
        if !self.consumer.begun.load(Ordering::Acquire) {
            return 0;
        }
        last.saturating_sub(self.consumer.cursor.load(Ordering::Relaxed))
    }

    /// The last record of an alert there is.
    pub fn last(&self) -> u64 {
        self.board.lock().last
    }

    /// The last record it has had for good.
    pub fn cursor(&self) -> u64 {
        self.consumer.cursor.load(Ordering::Relaxed)
    }

    /// Alerts it never got: retention took them before it had them, or there was no room in memory while the
    /// journal could not be written.
    pub fn missed(&self) -> u64 {
        self.consumer.missed.load(Ordering::Relaxed)
    }

    /// Has [`Subscription::next`] return, now or when it is called next.
    pub fn wake(&self) {
        self.consumer.woken.store(true, Ordering::Release);
        // Whoever is about to wait sees the flag, or is waiting by now.
        drop(self.board.lock());
        self.board.wake();
    }
}

impl Subscription {
    pub(crate) fn new(
        consumer: Arc<Consumer>,
        board: Arc<Board>,
        storage: Box<dyn Storage + Send>,
    ) -> Self {
        Self {
            consumer,
            board,
            storage,
            position: Position::default(),
            follower: None,
            read: VecDeque::new(),
            begun: false,
            again: None,
        }
    }

    /// Its other end.
    pub fn watch(&self) -> Watch {
        Watch { consumer: Arc::clone(&self.consumer), board: Arc::clone(&self.board) }
    }

    /// The next alert; waits until `deadline` for one.
    pub fn next(&mut self, deadline: Instant) -> Next {
        loop {
            if let Some(Entry { number, alert }) = self.read.pop_front() {
                return match alert {
                    Ok(alert) => Next::Alert(Arc::new(alert), Some(number)),
                    Err(why) => Next::Unreadable(number, why),
                };
            }
            if let Some(next) = self.in_memory(deadline) {
                return next;
            }
            if let Err(why) = self.read_journal() {
                self.again = Some(Instant::now() + AGAIN);
                return Next::Fails(why);
            }
        }
    }

    /// All records up to this one have been given out.
    pub fn given(&self) -> u64 {
        self.read.front().map_or(self.position.after, |entry| entry.number - 1)
    }

    /// The consumer has had all records up to this one for good: it will not get them again, also after a
    /// restart.
    pub fn confirm(&self, number: u64) {
        self.consumer.cursor.fetch_max(number, Ordering::Relaxed);
    }

    /// What is in memory; nothing where it is behind what is.
    fn in_memory(&mut self, deadline: Instant) -> Option<Next> {
        let board = Arc::clone(&self.board);
        let mut recent = board.lock();
        loop {
            if self.consumer.woken.swap(false, Ordering::Acquire) {
                return Some(Next::Nothing);
            }
            if !self.begun && self.consumer.begun.load(Ordering::Acquire) {
                self.begun = true;
                // One that joined later may have had records since.
                let cursor = self.consumer.cursor.load(Ordering::Relaxed);
                self.position.after = self.position.after.max(cursor);
            }
            let behind = self.begun && self.again.is_none_or(|again| again <= Instant::now());
            let look = match recent.look(&mut self.position) {
                // Not open yet, or it cannot be read just now.
                Look::Behind if !behind => Look::Nothing,
                look => look,
            };
            let missed = std::mem::take(&mut self.position.missed);
            self.consumer.missed.fetch_add(missed, Ordering::Relaxed);
            match look {
                Look::Sent(sent) => {
                    self.follower = None;
                    return Some(Next::Alert(sent.alert, sent.number));
                }
                Look::Behind => return None,
                Look::Nothing if recent.ended => return Some(Next::End),
                Look::Nothing => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(Next::Nothing);
            }
            let left = self.again.map_or(left, |_| left.min(AGAIN));
            let waited = board.changed.wait_timeout(recent, left);
            recent = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Reads on in the journal.
    fn read_journal(&mut self) -> Result<(), JournalError> {
        self.again = None;
        let follower = self.follower.get_or_insert_with(|| Follower::new(self.position.after));
        let entries = follower.next(&*self.storage)?;
        self.position.after = self.position.after.max(follower.after());
        if entries.is_empty() {
            let missed = self.board.lock().pass(&mut self.position);
            self.consumer.missed.fetch_add(missed, Ordering::Relaxed);
        }
        self.read.extend(entries);
        Ok(())
    }
}
