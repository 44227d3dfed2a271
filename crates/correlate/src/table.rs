//! The groups of one correlation: found by their key, by when something is due, and by when they were touched last.

use std::collections::BTreeMap;

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher as _;

use crate::group::Group;

/// No group.
const NONE: u32 = u32::MAX;
/// Due times are rounded up to this, nanoseconds: about a quarter of a second.
pub(crate) const QUANTUM: i64 = 1 << 28;

/// A group in its place.
#[derive(Debug)]
struct Slot {
    group: Group,
    /// Those touched just before and just after it.
    older: u32,
    newer: u32,
    /// The earliest time it is queued for; [`i64::MAX`]: none.
    queued: i64,
    is_used: bool,
}

/// What a group costs beside what it allocates: its slot, its place in the index and in the queue.
const SLOT: usize = size_of::<Slot>() + 16;

/// All groups of a correlation.
#[derive(Debug)]
pub(crate) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    queue: BTreeMap<i64, Vec<u32>>,
    oldest: u32,
    newest: u32,
    /// What all groups take.
    pub(crate) bytes: usize,
    /// Groups that were dropped because memory was short.
    pub(crate) dropped: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            queue: BTreeMap::new(),
            oldest: NONE,
            newest: NONE,
            bytes: 0,
            dropped: 0,
        }
    }
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(number as usize)
    }

    fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.get_mut(number as usize)
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let is = |number: &u32| self.slot(*number).is_some_and(|slot| *slot.group.key == *key);
        self.index.find(hash, is).copied()
    }

    /// Takes the group of a key out, or a new one, to be put back.
    pub(crate) fn take(&mut self, key: &[u8]) -> (u32, Group) {
        let number = self.find(key).unwrap_or_else(|| self.add(Group::new(key)));
        (number, self.take_out(number))
    }

    fn take_out(&mut self, number: u32) -> Group {
        let Some(slot) = self.slots.get_mut(number as usize) else { return Group::default() };
        self.bytes -= slot.group.heap();
        std::mem::take(&mut slot.group)
    }

    fn add(&mut self, group: Group) -> u32 {
        let hash = self.hasher.hash_one(&*group.key);
        self.bytes += group.heap() + SLOT;
        let slot = Slot { group, older: NONE, newer: NONE, queued: i64::MAX, is_used: true };
        let number = if let Some(number) = self.free.pop() {
            if let Some(place) = self.slot_mut(number) {
                *place = slot;
            }
            number
        } else {
            self.slots.push(slot);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, number, |number| {
            let key = slots.get(*number as usize).map_or(&[][..], |slot| &slot.group.key);
            hasher.hash_one(key)
        });
        self.link(number);
        number
    }

    /// Puts a group back, due at a time; `touched`: it is now the last one touched.
    pub(crate) fn put(&mut self, number: u32, group: Group, due: Option<i64>, touched: bool) {
        self.bytes += group.heap();
        let Some(slot) = self.slot_mut(number) else { return };
        slot.group = group;
        let due = due.map_or(i64::MAX, round_up);
        if due < slot.queued {
            slot.queued = due;
            self.queue.entry(due).or_default().push(number);
        }
        if touched && self.newest != number {
            self.unlink(number);
            self.link(number);
        }
    }

    /// Removes a group that was taken out.
    pub(crate) fn remove(&mut self, number: u32, group: Group) {
        self.bytes += group.heap();
        if let Some(slot) = self.slot_mut(number) {
            slot.group = group;
        }
        self.forget(number);
    }

    /// Removes the group in a place.
    fn forget(&mut self, number: u32) {
        self.unlink(number);
        let Some(slot) = self.slots.get_mut(number as usize) else { return };
        let group = std::mem::take(&mut slot.group);
        slot.is_used = false;
        slot.queued = i64::MAX;
        self.bytes -= group.heap() + SLOT;
        let hash = self.hasher.hash_one(&*group.key);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
        self.free.push(number);
        if self.index.is_empty() {
            // What was large once is given back.
            let dropped = self.dropped;
            *self = Self { dropped, ..Self::default() };
        }
    }

    /// Drops the group that was touched least recently.
    pub(crate) fn drop_oldest(&mut self) -> bool {
        if self.oldest == NONE {
            return false;
        }
        self.dropped += 1;
        self.forget(self.oldest);
        true
    }

    /// The next group that is due at a time, taken out.
    pub(crate) fn next_due(&mut self, now: i64) -> Option<(u32, Group)> {
        loop {
            let mut first = self.queue.first_entry().filter(|entry| *entry.key() <= now)?;
            let time = *first.key();
            let Some(number) = first.get_mut().pop() else {
                first.remove();
                continue;
            };
            let Some(slot) = self.slots.get_mut(number as usize) else { continue };
            if slot.is_used && slot.queued == time {
                slot.queued = i64::MAX;
                return Some((number, self.take_out(number)));
            }
        }
    }

    /// Every group, from the one touched least recently on.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        let mut next = self.oldest;
        std::iter::from_fn(move || {
            let slot = self.slot(next)?;
            next = slot.newer;
            Some(&slot.group)
        })
    }

    /// Adds a group that was saved.
    pub(crate) fn restore(&mut self, group: Group, due: Option<i64>) {
        let number = self.add(group);
        let group = self.take_out(number);
        self.put(number, group, due, false);
    }

    fn link(&mut self, number: u32) {
        let newest = self.newest;
        if let Some(slot) = self.slot_mut(number) {
            (slot.older, slot.newer) = (newest, NONE);
        }
        match self.slot_mut(newest) {
            Some(slot) => slot.newer = number,
            None => self.oldest = number,
        }
        self.newest = number;
    }

    fn unlink(&mut self, number: u32) {
        let Some((older, newer)) = self.slot(number).map(|slot| (slot.older, slot.newer)) else {
            return;
        };
        match self.slot_mut(older) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
        match self.slot_mut(newer) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
    }
}

/// The time at which what is due at a time is looked at.
fn round_up(time: i64) -> i64 {
    round_down(time.saturating_add(QUANTUM - 1))
}

/// The last time at which something is looked at.
pub(crate) fn round_down(time: i64) -> i64 {
    time - time.rem_euclid(QUANTUM)
}
