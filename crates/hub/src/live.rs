//! The live view: the newest alerts of the store in a ring, which any number of readers follow, each at its own pace.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use peregrine_alert::Alert;
use peregrine_store::Query;
use tokio::sync::watch;

/// An alert that got into the store.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The record of the log it was received as: the position of a reader.
    pub(crate) record: u64,
    /// The id it has in the store.
    pub(crate) id: i64,
    pub(crate) body: Vec<u8>,
    /// Parsed by the first reader with a condition, for all of them.
    alert: OnceLock<Option<Alert>>,
}

impl Entry {
    pub(crate) fn new(record: u64, id: i64, body: Vec<u8>) -> Self {
        Self { record, id, body, alert: OnceLock::new() }
    }

    /// Whether a condition holds for it.
    pub(crate) fn matches(&self, query: &Query) -> bool {
        let parse = || peregrine_store::stored_alert(self.id, &self.body);
        query.is_all() || self.alert.get_or_init(parse).as_ref().is_some_and(|one| query.holds(one))
    }
}

/// Alerts behind the ring that are still counted one by one.
const GONE: usize = 100_000;

#[derive(Debug)]
struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    /// Records of the newest alerts that are not in the ring any more: the log has other records between them.
    gone: VecDeque<u64>,
    /// The last record that is not in `gone` any more either.
    forgotten: u64,
    /// The last record that is in the store.
    last: u64,
}

/// How far the feed is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// The last record that is in the store.
    pub(crate) last: u64,
    /// Whether the hub ends.
    pub(crate) ending: bool,
}

/// What a reader gets next.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Alerts between the reader's position and the first one of the ring; of what was forgotten all records of the log
    /// count.
    pub(crate) skipped: u64,
    /// The position of the reader behind what was skipped.
    pub(crate) first: u64,
    pub(crate) entries: Vec<Arc<Entry>>,
    /// The position of the reader behind this piece.
    pub(crate) last: u64,
}

/// The newest alerts, up to a number and a size. Whoever publishes waits for nobody.
#[derive(Debug)]
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    position: watch::Sender<Position>,
    most: usize,
    most_bytes: usize,
}

impl Feed {
    /// A feed that begins behind a record of the log, with at most so many alerts and bytes of them.
    pub(crate) fn new(after: u64, most: usize, most_bytes: usize) -> Self {
        let ring = Ring {
            entries: VecDeque::new(),
            bytes: 0,
            gone: VecDeque::new(),
            forgotten: after,
            last: after,
        };
        let position = watch::Sender::new(Position { last: after, ending: false });
        Self { ring: Mutex::new(ring), position, most, most_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what got into the store, in the order of the log, up to the record `last`.
    pub(crate) fn publish(&self, entries: Vec<Entry>, last: u64) {
        let mut ring = self.lock();
        for entry in entries {
            ring.bytes += entry.body.len();
            ring.entries.push_back(Arc::new(entry));
        }
        while ring.entries.len() > self.most || ring.bytes > self.most_bytes {
            let Some(oldest) = ring.entries.pop_front() else { break };
            ring.bytes -= oldest.body.len();
            ring.gone.push_back(oldest.record);
            if ring.gone.len() > GONE
                && let Some(forgotten) = ring.gone.pop_front()
            {
                ring.forgotten = forgotten;
            }
        }
        ring.last = last;
        drop(ring);
        self.position.send_modify(|position| position.last = last);
    }

    /// Ends all readers.
    pub(crate) fn end(&self) {
        self.position.send_modify(|position| position.ending = true);
    }

    /// How far the feed is, and the news of it.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Position> {
        self.position.subscribe()
    }

    /// What comes behind a record: about `bytes` at most, one alert at least where there is one.
    pub(crate) fn after(&self, record: u64, bytes: usize) -> Piece {
        let ring = self.lock();
        let first = ring.entries.partition_point(|entry| entry.record <= record);
        let mut size = 0;
        let mut entries = Vec::new();
        for entry in ring.entries.range(first..) {
            if size >= bytes {
                break;
            }
            size += entry.body.len();
            entries.push(Arc::clone(entry));
        }
        let is_all = first + entries.len() == ring.entries.len();
        let last = entries.last().filter(|_| !is_all).map_or(ring.last, |entry| entry.record);
        let counted = ring.gone.len() - ring.gone.partition_point(|gone| *gone <= record);
        let skipped = ring.forgotten.saturating_sub(record) + counted as u64;
        let gone = ring.gone.back().copied().unwrap_or(ring.forgotten);
        Piece { skipped, first: gone.max(record), entries, last: last.max(record) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(piece: &Piece) -> Vec<u64> {
        piece.entries.iter().map(|entry| entry.record).collect()
    }

    #[test]
    fn a_reader_gets_what_is_there_and_the_count_of_what_is_not() {
        let feed = Feed::new(10, 3, 100);
        let entry = |record: u64| Entry::new(record, 0, vec![b'x'; 10]);
        let nothing = feed.after(10, 1000);
        assert_eq!((nothing.skipped, nothing.last, nothing.entries.len()), (0, 10, 0));
        // Record 12 was sent again, 14 too.
        feed.publish(vec![entry(11), entry(13)], 14);
        let both = feed.after(10, 1000);
        assert_eq!((both.skipped, both.last, records(&both)), (0, 14, vec![11, 13]));
        let one = feed.after(10, 5);
        assert_eq!((one.last, records(&one)), (11, vec![11]));
        assert_eq!(records(&feed.after(11, 5)), [13]);
        // By number.
        feed.publish(vec![entry(15), entry(16)], 16);
        let late = feed.after(10, 1000);
        assert_eq!((late.skipped, late.first, records(&late)), (1, 11, vec![13, 15, 16]));
        assert_eq!(feed.after(11, 1000).skipped, 0);
        // By size.
        feed.publish(vec![Entry::new(17, 0, vec![b'x'; 85])], 17);
        let large = feed.after(13, 1000);
        assert_eq!((large.skipped, records(&large)), (1, vec![16, 17]));
        feed.publish(vec![Entry::new(18, 0, vec![b'x'; 101])], 18);
        // What was there before this feed may have been as many as there are records.
        assert_eq!(feed.after(4, 1000).skipped, 6 + 6);
        let none = feed.after(17, 1000);
        assert_eq!((none.skipped, none.last, none.entries.len()), (1, 18, 0));
    }
}
