//! Sets of event codes and of system calls: a fixed number of bits, no allocation.

use crate::info::EventType;

macro_rules! bit_set {
    ($(#[$doc:meta])* $name:ident, $bits:expr, $item:ty, $index:expr, $make:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u64; Self::WORDS]);

        impl $name {
            const WORDS: usize = usize::div_ceil($bits, 64);

            /// Nothing in it.
            pub const fn new() -> Self {
                Self([0; Self::WORDS])
            }

            /// Everything in it.
            pub fn all() -> Self {
                let mut set = Self::new();
                for index in 0..$bits {
                    set.0[index / 64] |= 1 << (index % 64);
                }
                set
            }

            /// Adds an item; one past the end is left out.
            pub fn insert(&mut self, item: $item) {
                let index: usize = $index(item);
                if index < $bits {
                    self.0[index / 64] |= 1 << (index % 64);
                }
            }

            /// Takes an item out.
            pub fn remove(&mut self, item: $item) {
                let index: usize = $index(item);
                if index < $bits {
                    self.0[index / 64] &= !(1 << (index % 64));
                }
            }

            /// Whether the item is in it.
            pub fn contains(&self, item: $item) -> bool {
                let index: usize = $index(item);
                index < $bits && self.0[index / 64] & (1 << (index % 64)) != 0
            }

            /// How many items are in it.
            pub fn len(&self) -> usize {
                self.0.iter().map(|word| word.count_ones() as usize).sum()
            }

            /// Whether nothing is in it.
            pub fn is_empty(&self) -> bool {
                self.0.iter().all(|word| *word == 0)
            }

            /// What is in either.
            #[must_use]
            pub fn union(mut self, other: &Self) -> Self {
                for (word, more) in self.0.iter_mut().zip(other.0) {
                    *word |= more;
                }
                self
            }

            /// What is in both.
            #[must_use]
            pub fn intersection(mut self, other: &Self) -> Self {
                for (word, more) in self.0.iter_mut().zip(other.0) {
                    *word &= more;
                }
                self
            }

            /// What is not in it.
            #[must_use]
            pub fn complement(&self) -> Self {
                let mut all = Self::all();
                for (word, mine) in all.0.iter_mut().zip(self.0) {
                    *word &= !mine;
                }
                all
            }

            /// The items, in order.
            pub fn iter(&self) -> impl Iterator<Item = $item> + '_ {
                (0..$bits)
                    .filter(|index| self.0[index / 64] & (1 << (index % 64)) != 0)
                    .filter_map(|index| u16::try_from(index).ok().map($make))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                let mut set = Self::new();
                for item in items {
                    set.insert(item);
                }
                set
            }
        }
    };
}

bit_set!(
    /// A set of event codes.
    CodeSet,
    EventType::COUNT,
    EventType,
    |item: EventType| usize::from(item.0),
    EventType
);

bit_set!(
    /// A set of system calls, by their ids of the capture format.
    SyscallSet,
    454_usize,
    u16,
    |item: u16| usize::from(item),
    |id: u16| id
);
