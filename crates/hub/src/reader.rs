//! Reading the log: what survives a power cut, in order, without what somebody sent again.

use std::collections::VecDeque;
use std::path::Path;

use peregrine_journal::{BytesEntry, FileStorage, Follower, JournalError};
use rustc_hash::FxHashSet;

use crate::item::Item;

/// The same alert within this time is the same: a sender that got no answer sends it again. Two alerts have different
/// times, in nanoseconds.
const AGAIN_NS: u64 = 60_000_000_000;

/// Alerts that are known by their hash for a time. What it says follows from the log alone.
#[derive(Debug, Default)]
struct Seen {
    hashes: FxHashSet<u128>,
    order: VecDeque<(u64, u128)>,
}

impl Seen {
    /// Whether an alert was seen shortly before `time_ns`; from now on it was.
    fn is_again(&mut self, body: &[u8], time_ns: u64) -> bool {
        while let Some((seen_ns, hash)) = self.order.front().copied()
            && seen_ns.saturating_add(AGAIN_NS) < time_ns
        {
            self.hashes.remove(&hash);
            self.order.pop_front();
        }
        let hash = blake3::hash(body);
        let hash = hash.as_bytes().first_chunk().copied().map_or(0, u128::from_le_bytes);
        if !self.hashes.insert(hash) {
            return true;
        }
        self.order.push_back((time_ns, hash));
        false
    }
}

/// An item with its place in the log.
#[derive(Debug)]
pub(crate) struct Read {
    /// The number of its record.
    pub(crate) record: u64,
    pub(crate) time_ns: u64,
    pub(crate) item: Item,
}

/// Items of the log.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) items: Vec<Read>,
    /// The last record that was read.
    pub(crate) last: Option<u64>,
    /// Records that were sent again.
    pub(crate) repeats: u64,
    /// Records that nobody understands: another version wrote them.
    pub(crate) unknown: u64,
}

/// Reads the log behind a record.
#[derive(Debug)]
pub(crate) struct Reader {
    storage: FileStorage,
    follower: Follower,
    waiting: VecDeque<BytesEntry>,
    seen: Seen,
    after: u64,
}

impl Reader {
    /// Begins behind a record. What lies before it is read to know what was sent already.
    pub(crate) fn new(folder: &Path, after: u64) -> Self {
        let storage = FileStorage::new(&folder.join("log"));
        let (follower, waiting) = (Follower::new(0), VecDeque::new());
        Self { storage, follower, waiting, seen: Seen::default(), after }
    }

    /// The next items that are durable, about `bytes` at most. Nothing: there are no more yet.
    pub(crate) fn next(&mut self, durable: u64, bytes: usize) -> Result<Batch, JournalError> {
        let mut batch = Batch::default();
        let mut size = 0;
        while size < bytes {
            if self.waiting.is_empty() {
                self.waiting = self.follower.next_bytes(&self.storage)?.into();
            }
            let Some(entry) = self.waiting.pop_front_if(|entry| entry.number <= durable) else {
                break;
            };
            let Some(item) = Item::parse(&entry.bytes) else {
                if entry.number > self.after {
                    batch.unknown += 1;
                    batch.last = Some(entry.number);
                }
                continue;
            };
            let again = self.seen.is_again(&item.body, entry.time_ns);
            if entry.number <= self.after {
                continue;
            }
            batch.last = Some(entry.number);
            size += entry.bytes.len();
            if again {
                batch.repeats += 1;
            } else {
                batch.items.push(Read { record: entry.number, time_ns: entry.time_ns, item });
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_alert_is_again_for_a_minute() {
        let second = 1_000_000_000;
        let mut seen = Seen::default();
        assert!(!seen.is_again(b"a", second));
        assert!(!seen.is_again(b"b", 2 * second));
        assert!(seen.is_again(b"a", 61 * second));
        assert!(!seen.is_again(b"a", 62 * second));
        assert!(seen.is_again(b"b", 62 * second));
        assert!(seen.is_again(b"a", 63 * second));
        assert_eq!(seen.hashes.len(), seen.order.len());
    }
}
