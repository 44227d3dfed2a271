//! Names kept once, compared as numbers.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

/// A name the interner keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym(u32);

/// Keeps every distinct byte string once. Seeded hashing: names come from attackers.
#[derive(Debug, Default)]
pub struct Interner {
    places: HashTable<u32>,
    names: Vec<Arc<[u8]>>,
    hasher: RandomState,
}

impl Interner {
    /// Nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of `name`, new or known. `None` when four thousand million are kept already.
    pub fn intern(&mut self, name: &[u8]) -> Option<Sym> {
        let hash = self.hasher.hash_one(name);
        let names = &self.names;
        let known = self
            .places
            .find(hash, |place| names.get(*place as usize).is_some_and(|n| **n == *name));
        if let Some(place) = known {
            return Some(Sym(*place));
        }
        let place = u32::try_from(self.names.len()).ok()?;
        self.names.push(Arc::from(name));
        let (names, hasher) = (&self.names, &self.hasher);
        self.places.insert_unique(hash, place, |place| {
            names.get(*place as usize).map_or(0, |name| hasher.hash_one(&**name))
        });
        Some(Sym(place))
    }

    /// The name behind a number of this interner; empty for a number of another.
    pub fn name(&self, sym: Sym) -> &[u8] {
        self.names.get(sym.0 as usize).map_or(&[], |name| name)
    }

    /// How many names are kept.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
