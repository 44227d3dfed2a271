//! Recent records in memory.

use std::collections::VecDeque;
use std::mem::size_of;

use super::batch::{Batch, Change, Item, Kind};

/// Records of the last moments, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring {
    batches: VecDeque<Records>,
    bytes: usize,
}

#[derive(Debug)]
struct Records {
    bytes: Vec<u8>,
    items: VecDeque<Item>,
    /// Where the next record begins.
    start: usize,
    /// Bytes of memory.
    weight: usize,
}

/// What stands at the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// A record.
    Record { num: u64, ts: u64 },
    /// What has neither a number nor a time of its own: it goes with what stands before it.
    Other,
}

/// What was taken from the front.
#[derive(Debug)]
pub(super) enum Taken<'t> {
    Record { num: u64, cpu: u16, kind: Kind, bytes: &'t [u8] },
    Change(Change),
}

impl Ring {
    /// Adds the records of a batch behind the others.
    pub(super) fn push(&mut self, batch: &mut Batch) {
        let (mut bytes, mut items) =
            (std::mem::take(&mut batch.bytes), std::mem::take(&mut batch.items));
        if items.is_empty() {
            return;
        }
        bytes.shrink_to_fit();
        items.shrink_to_fit();
        let weight = bytes.len() + items.len() * size_of::<Item>() + size_of::<Records>();
        self.bytes += weight;
        self.batches.push_back(Records { bytes, items: items.into(), start: 0, weight });
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What comes next, if anything does.
    pub(super) fn front(&self) -> Option<Front> {
        let records = self.batches.front()?;
        Some(match records.items.front()? {
            Item::Record { num, kind: Kind::Event | Kind::StateOnly, .. } => {
                let ts = records.bytes.get(records.start..records.start + 8);
                let ts = ts.and_then(|ts| ts.try_into().ok()).map_or(0, u64::from_le_bytes);
                Front::Record { num: *num, ts }
            }
            Item::Record { .. } | Item::Change(_) => Front::Other,
        })
    }

    /// Takes what comes next.
    pub(super) fn pop(&mut self, take: impl FnOnce(Taken<'_>)) {
        let Some(records) = self.batches.front_mut() else { return };
        match records.items.pop_front() {
            Some(Item::Record { end, num, cpu, kind }) => {
                let start = records.start;
                records.start = usize::try_from(end).unwrap_or(usize::MAX);
                let bytes = records.bytes.get(start..records.start).unwrap_or_default();
                take(Taken::Record { num, cpu, kind, bytes });
            }
            Some(Item::Change(change)) => take(Taken::Change(*change)),
            None => {}
        }
        if records.items.is_empty() {
            self.bytes -= records.weight;
            self.batches.pop_front();
        }
    }

    /// Drops all records.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
