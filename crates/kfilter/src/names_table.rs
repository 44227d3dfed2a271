//! Sets of file names, in the layout by which the kernel looks them up.

use crate::NameTest;
use crate::layout::{
    BUCKETS, SALT_DIRECTORY, SALT_EXACT, SALT_FILENAME, STARTS, SUFFIXES, Slot, Suffix, TEXT,
    Table, WAYS,
};

/// The maximum number of sets of names, a bit each; the last bit is [`Test::Dots`](crate::Test::Dots).
pub(crate) const NAMES: usize = 63;
const LONGEST: usize = TEXT - 1;

/// Mixes one more word of a name into its hash; as `pd_mix`.
fn mix(hash: u64, word: u64, seed: u64) -> u64 {
    let mixed = (hash ^ word).wrapping_mul(seed | 1);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(SALT_EXACT);
    mixed ^ mixed >> 29
}

/// The whole words of a text, then its rest, which may be empty.
fn hash(text: &[u8], seed: u64) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from_le_bytes(*word), seed));
    let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte));
    mix(hash, last, seed)
}

/// The place of a text by its first four bytes; as `pd_place`.
fn place(text: &[u8]) -> usize {
    let four = text.iter().take(4).rev().fold(0, |four, byte| four << 8 | u64::from(*byte));
    (four.wrapping_mul(SALT_DIRECTORY) >> 58) as usize
}

pub(crate) struct Names {
    seed: u64,
    sets: Vec<Vec<NameTest>>,
    /// By place of the first bytes: lengths of prefixes, a bit each; bit 0 for whole names and folders.
    starts: Vec<[u64; 4]>,
    /// Places of file names.
    files: u64,
    /// Sets with [`NameTest::Hidden`].
    hidden: u64,
    suffixes: Vec<Suffix>,
    slots: Vec<[Slot; WAYS]>,
    /// Sets that do not fit into the tables: unknown.
    given_up: u64,
    /// Sets of which only the end is compared: never known to be true.
    partly: u64,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            sets: Vec::new(),
            starts: vec![[0; 4]; STARTS],
            files: 0,
            hidden: 0,
            suffixes: Vec::new(),
            slots: vec![[Slot { key: 0, mask: 0 }; WAYS]; BUCKETS],
            given_up: 0,
            partly: 0,
        }
    }

    /// The bit of a set. None: it is unknown.
    pub(crate) fn bit(&mut self, set: &[NameTest]) -> Option<u64> {
        let known = self.sets.iter().position(|one| one == set);
        let index = known.or_else(|| {
            (self.sets.len() < NAMES).then(|| {
                self.sets.push(set.to_vec());
                let index = self.sets.len() - 1;
                if !set.iter().all(|test| self.insert(test, 1 << index)) {
                    self.given_up |= 1 << index;
                }
                index
            })
        })?;
        (self.given_up & 1 << index == 0).then_some(index as u64)
    }

    /// Returns whether it fits.
    fn insert(&mut self, test: &NameTest, mask: u64) -> bool {
        let seed = self.seed;
        let (NameTest::Exact(text)
        | NameTest::Prefix(text)
        | NameTest::Directory(text)
        | NameTest::Filename(text)
        | NameTest::Suffix(text)
        | NameTest::Hidden(text)) = test;
        // The kernel takes a zero for the end of the name.
        if text.is_empty() || text.len() > LONGEST - 1 || text.contains(&0) {
            return false;
        }
        match test {
            NameTest::Exact(text) => {
                self.begins(text, 0);
                self.slot(hash(text, seed) ^ SALT_EXACT, mask)
            }
            NameTest::Directory(text) => {
                self.begins(text, 0);
                self.slot(hash(text, seed) ^ SALT_DIRECTORY, mask)
            }
            NameTest::Filename(text) => {
                self.files |= 1 << place(text);
                self.slot(hash(text, seed) ^ SALT_FILENAME, mask)
            }
            NameTest::Prefix(text) => {
                self.begins(text, text.len());
                self.slot(hash(text, seed), mask)
            }
            NameTest::Hidden(text) => {
                self.hidden |= mask;
                self.partly |= mask;
                text.windows(2).any(|two| two == b"/.")
            }
            NameTest::Suffix(text) => {
                let last = text.get(text.len().saturating_sub(8)..).unwrap_or_default();
                // The last byte is the highest, as in a word that ends where the name does.
                let shift = 64 - 8 * last.len();
                let value = last.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
                let (value, cover) = (value << shift, u64::MAX << shift);
                if self.suffixes.len() == SUFFIXES {
                    return false;
                }
                if text.len() > 8 {
                    self.partly |= mask;
                }
                self.suffixes.push(Suffix { value, cover, mask });
                true
            }
        }
    }

    /// A bit for the names that begin with a text.
    fn begins(&mut self, text: &[u8], bit: usize) {
        let of = place(text);
        for (place, lengths) in self.starts.iter_mut().enumerate() {
            // A shorter text may be the beginning of any.
            if (place == of || text.len() < 4)
                && let Some(word) = lengths.get_mut(bit / 64)
            {
                *word |= 1 << (bit % 64);
            }
        }
    }

    fn slot(&mut self, key: u64, mask: u64) -> bool {
        let Some(bucket) = self.slots.get_mut((key >> 56) as usize) else { return false };
        match bucket.iter_mut().find(|slot| slot.key == key || slot.mask == 0) {
            Some(slot) => {
                *slot = Slot { key, mask: slot.mask | mask };
                true
            }
            None => false,
        }
    }

    /// Writes the tables by which the kernel finds names.
    pub(crate) fn write(&self, table: &mut Table) {
        table.seed = self.seed;
        table.partly = self.partly;
        table.files = self.files;
        table.hidden = self.hidden;
        for (place, lengths) in table.starts.iter_mut().zip(&self.starts) {
            place.lengths = *lengths;
        }
        for suffix in &self.suffixes {
            table.last |= 1 << (suffix.value >> 56 & 63);
        }
        table.endings = self.suffixes.len() as u64;
        // The bytes behind the endings are no ending of any name.
        let none = Suffix { value: u64::MAX, cover: 0, mask: 0 };
        let suffixes = self.suffixes.iter().copied().chain(std::iter::repeat(none));
        for (place, suffix) in table.suffixes.iter_mut().zip(suffixes) {
            *place = suffix;
        }
        for (place, slot) in table.slots.iter_mut().zip(self.slots.as_flattened()) {
            *place = *slot;
        }
    }
}
