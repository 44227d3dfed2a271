//! A table of descriptors with the iteration order of Falco's.
//!
//! `fd.types` lists kinds in the order in which they first occur in the table of the process, so the
//! order is part of the value. Its rules: numbers go into buckets by remainder. A number whose bucket
//! is empty is put before all others, else before the others of its bucket. When there are as many
//! numbers as buckets, the number of buckets more than doubles and all numbers are inserted again, in
//! the order of the iteration. Removing a number changes nothing for the others.

use crate::fd::FdInfo;

/// Numbers of buckets, one growth after the other.
const SIZES: [u32; 14] =
    [13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043, 85_229, 172_933];
/// No slot.
const NONE: u32 = u32::MAX;
/// The position before the first slot of the iteration.
const BEFORE: u32 = u32::MAX - 1;

#[derive(Debug, Clone)]
struct Slot<T> {
    fd: i64,
    /// The next slot of the iteration, or of the free list.
    next: u32,
    value: Option<T>,
}

/// Descriptors by their numbers.
#[derive(Debug, Clone)]
pub struct FdTable<T = FdInfo> {
    slots: Vec<Slot<T>>,
    /// Of each bucket the slot before its first one.
    buckets: Vec<u32>,
    first: u32,
    free: u32,
    len: usize,
}

impl<T> Default for FdTable<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), buckets: Vec::new(), first: NONE, free: NONE, len: 0 }
    }
}

impl<T> FdTable<T> {
    /// Number of descriptors.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes of unused slots and of the buckets.
    pub(crate) fn spare(&self) -> usize {
        let places = self.slots.capacity().saturating_sub(self.len);
        places * size_of::<Slot<T>>() + self.buckets.capacity() * size_of::<u32>()
    }

    /// The descriptor with a number.
    #[inline]
    pub fn get(&self, fd: i64) -> Option<&T> {
        self.find(fd)?.2.value.as_ref()
    }

    /// The same, mutable.
    #[inline]
    pub fn get_mut(&mut self, fd: i64) -> Option<&mut T> {
        let at = self.find(fd)?.1;
        self.slots.get_mut(at as usize)?.value.as_mut()
    }

    /// Whether the number has an entry.
    pub fn contains(&self, fd: i64) -> bool {
        self.find(fd).is_some()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        let mut at = self.first;
        std::iter::from_fn(move || {
            let slot = self.slots.get(at as usize)?;
            at = slot.next;
            Some((slot.fd, slot.value.as_ref()?))
        })
    }

    /// Inserts a descriptor; returns the previous one with this number.
    pub fn insert(&mut self, fd: i64, value: T) -> Option<T> {
        if let Some(old) = self.get_mut(fd) {
            return Some(std::mem::replace(old, value));
        }
        if self.len >= self.buckets.len() {
            self.grow();
        }
        let at = self.slot(fd, value);
        self.link(at, fd);
        self.len += 1;
        None
    }

    /// Removes a descriptor.
    pub fn remove(&mut self, fd: i64) -> Option<T> {
        let (before, at, _) = self.find(fd)?;
        let bucket = self.bucket(fd);
        let next = self.next(at);
        let begins = self.buckets.get(bucket) == Some(&before);
        match self.slots.get(next as usize).map(|slot| self.bucket(slot.fd)) {
            Some(other) if other == bucket => {}
            Some(other) => {
                self.set_bucket(other, before);
                if begins {
                    self.set_bucket(bucket, NONE);
                }
            }
            None if begins => self.set_bucket(bucket, NONE),
            None => {}
        }
        self.set_next(before, next);
        let free = self.free;
        let slot = self.slots.get_mut(at as usize)?;
        (slot.next, self.free) = (free, at);
        self.len -= 1;
        slot.value.take()
    }

    /// Removes the descriptors for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(i64, &T) -> bool) {
        let gone: Vec<i64> =
            self.iter().filter(|(fd, value)| !keep(*fd, value)).map(|(fd, _)| fd).collect();
        for fd in gone {
            self.remove(fd);
        }
    }

    /// The table a child gets: its order is that of insertion in this table's order.
    pub fn handed_on(&self) -> FdTable<&T> {
        let mut copy = FdTable::default();
        for (fd, value) in self.iter() {
            copy.insert(fd, value);
        }
        copy
    }

    #[inline]
    fn next(&self, at: u32) -> u32 {
        if at == BEFORE {
            return self.first;
        }
        self.slots.get(at as usize).map_or(NONE, |slot| slot.next)
    }

    fn set_next(&mut self, at: u32, next: u32) {
        if at == BEFORE {
            self.first = next;
        } else if let Some(slot) = self.slots.get_mut(at as usize) {
            slot.next = next;
        }
    }

    fn set_bucket(&mut self, bucket: usize, before: u32) {
        if let Some(place) = self.buckets.get_mut(bucket) {
            *place = before;
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "less than there are buckets")]
    fn bucket(&self, fd: i64) -> usize {
        let (fd, all) = (fd.cast_unsigned(), self.buckets.len() as u64);
        // Most numbers are smaller than the table.
        (if fd < all { fd } else { fd.checked_rem(all).unwrap_or(0) }) as usize
    }

    /// Of a number: the slot before its own, its own slot's index, and that slot.
    #[inline]
    fn find(&self, fd: i64) -> Option<(u32, u32, &Slot<T>)> {
        let bucket = self.bucket(fd);
        let mut before = *self.buckets.get(bucket)?;
        if before == NONE {
            return None;
        }
        let mut at = self.next(before);
        loop {
            let slot = self.slots.get(at as usize)?;
            if slot.fd == fd {
                return Some((before, at, slot));
            }
            if self.bucket(slot.fd) != bucket {
                return None;
            }
            (before, at) = (at, slot.next);
        }
    }

    /// Stores a value in a slot that is not linked yet.
    fn slot(&mut self, fd: i64, value: T) -> u32 {
        let slot = Slot { fd, next: NONE, value: Some(value) };
        let at = self.free;
        if let Some(place) = self.slots.get_mut(at as usize) {
            self.free = place.next;
            *place = slot;
            return at;
        }
        self.slots.push(slot);
        u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
    }

    /// Links a slot into the order.
    fn link(&mut self, at: u32, fd: i64) {
        let bucket = self.bucket(fd);
        match self.buckets.get(bucket) {
            Some(&before) if before != NONE => {
                let next = self.next(before);
                self.set_next(at, next);
                self.set_next(before, at);
            }
            _ => {
                let next = self.first;
                self.set_next(at, next);
                self.first = at;
                if let Some(slot) = self.slots.get(next as usize) {
                    self.set_bucket(self.bucket(slot.fd), at);
                }
                self.set_bucket(bucket, BEFORE);
            }
        }
    }

    fn grow(&mut self) {
        let now = self.buckets.len();
        let size = SIZES.iter().map(|size| *size as usize).find(|size| *size > now);
        self.buckets = vec![NONE; size.unwrap_or(2 * now + 1)];
        let mut at = std::mem::replace(&mut self.first, NONE);
        while let Some((fd, next)) = self.slots.get(at as usize).map(|slot| (slot.fd, slot.next)) {
            self.link(at, fd);
            at = next;
        }
    }
}

impl<T: PartialEq> PartialEq for FdTable<T> {
    /// Whether the same numbers have the same values, in any order.
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().all(|(fd, value)| other.get(fd) == Some(value))
    }
}

impl<'t, T> FdTable<&'t T> {
    /// The same for a grandchild.
    #[must_use]
    pub fn once_more(&self) -> FdTable<&'t T> {
        let mut copy = FdTable::default();
        for (fd, value) in self.iter() {
            copy.insert(fd, *value);
        }
        copy
    }
}

impl<T: Clone> FdTable<&T> {
    /// With values of its own.
    pub fn owned(self) -> FdTable<T> {
        let own =
            |slot: Slot<&T>| Slot { fd: slot.fd, next: slot.next, value: slot.value.cloned() };
        FdTable {
            slots: self.slots.into_iter().map(own).collect(),
            buckets: self.buckets,
            first: self.first,
            free: self.free,
            len: self.len,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::FdTable;

    fn order(table: &FdTable<u32>) -> Vec<i64> {
        table.iter().map(|(fd, _)| fd).collect()
    }

    fn table(fds: impl IntoIterator<Item = i64>) -> FdTable<u32> {
        let mut table = FdTable::default();
        for fd in fds {
            table.insert(fd, 0);
        }
        table
    }

    /// The orders below are those of GNU's `std::unordered_map<int64_t, int>`.
    #[test]
    fn the_order_is_that_of_falcos_table() {
        assert_eq!(order(&table(0..5)), [4, 3, 2, 1, 0]);
        assert_eq!(order(&table([0, 1, 13, 26, 2])), [2, 1, 26, 13, 0], "one bucket");
        let many = order(&table(0..14));
        assert_eq!(many, [13, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "put in again");
        let mut some = table([0, 1, 2, 255, 3, 16]);
        assert_eq!(order(&some), [16, 3, 255, 2, 1, 0]);
        some.remove(3);
        some.remove(0);
        some.insert(0, 0);
        assert_eq!(order(&some), [0, 16, 255, 2, 1]);
        assert_eq!(order(&some.handed_on().owned()), [1, 2, 255, 16, 0]);
        let mut wide = table((0..60).map(|at| at * 7 % 61));
        wide.remove(9);
        wide.insert(300, 0);
        assert_eq!(order(&wide)[..9], [47, 53, 300, 46, 39, 32, 25, 18, 11]);
        assert_eq!(order(&wide.handed_on().owned())[..9], [40, 16, 42, 13, 35, 6, 2, 60, 1]);
    }

    proptest! {
        #[test]
        fn it_has_the_entries_of_a_map(
            acts in prop::collection::vec((any::<bool>(), 0_i64..90, any::<u32>()), 0..300),
        ) {
            let (mut ours, mut plain) = (FdTable::default(), BTreeMap::new());
            for (puts, fd, value) in acts {
                if puts {
                    prop_assert_eq!(ours.insert(fd, value), plain.insert(fd, value));
                } else {
                    prop_assert_eq!(ours.remove(fd), plain.remove(&fd));
                }
                prop_assert_eq!(ours.len(), plain.len());
            }
            let walked: BTreeMap<i64, u32> = ours.iter().map(|(fd, value)| (fd, *value)).collect();
            prop_assert_eq!(&walked, &plain);
            prop_assert_eq!(ours.iter().count(), plain.len());
            prop_assert!((0..90).all(|fd| ours.get(fd) == plain.get(&fd)));
            let copy = ours.handed_on().owned();
            prop_assert!((0..90).all(|fd| copy.get(fd) == plain.get(&fd)));
            ours.retain(|fd, _| fd % 3 == 0);
            prop_assert!((0..90).all(|fd| ours.contains(fd) == (fd % 3 == 0 && plain.contains_key(&fd))));
        }
    }
}
