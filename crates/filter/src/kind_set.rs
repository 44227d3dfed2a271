//! Sets of kinds of events.

/// A set of kinds of events, of as many as a [`Scheme`](crate::Scheme) has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct KindSet {
    kinds: u16,
    words: Vec<u64>,
}

impl KindSet {
    /// The empty set of `kinds` kinds.
    pub fn new(kinds: u16) -> Self {
        Self { kinds, words: vec![0; usize::from(kinds).div_ceil(64)] }
    }

    /// The set of all of `kinds` kinds.
    pub fn all(kinds: u16) -> Self {
        let mut all = Self::new(kinds);
        all.words.fill(u64::MAX);
        if let Some(last) = all.words.last_mut().filter(|_| !kinds.is_multiple_of(64)) {
            *last = (1 << (kinds % 64)) - 1;
        }
        all
    }

    /// How many kinds there are, in the set or not.
    pub fn kinds(&self) -> u16 {
        self.kinds
    }

    /// Adds a kind; one past the last kind is left out.
    pub fn insert(&mut self, kind: u16) {
        if kind < self.kinds
            && let Some(word) = self.words.get_mut(usize::from(kind) / 64)
        {
            *word |= 1 << (kind % 64);
        }
    }

    /// Whether the kind is in the set.
    pub fn contains(&self, kind: u16) -> bool {
        self.words.get(usize::from(kind) / 64).is_some_and(|word| word & (1 << (kind % 64)) != 0)
    }

    /// The kinds in either set; both are of one scheme.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self
    }

    /// The kinds in both sets; both are of one scheme.
    #[must_use]
    pub fn intersection(mut self, other: &Self) -> Self {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word &= more;
        }
        self
    }

    /// The kinds in `self` and not in `other`; both are of one scheme.
    #[must_use]
    pub fn minus(mut self, other: &Self) -> Self {
        for (word, less) in self.words.iter_mut().zip(&other.words) {
            *word &= !less;
        }
        self
    }

    /// How many kinds are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no kind is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The kinds in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.kinds).filter(|kind| self.contains(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kinds: u16, some: &[u16]) -> KindSet {
        let mut set = KindSet::new(kinds);
        for kind in some {
            set.insert(*kind);
        }
        set
    }

    #[test]
    fn sets_of_any_size() {
        for kinds in [1, 3, 64, 65, 454, 1000] {
            let last = kinds - 1;
            let all = KindSet::all(kinds);
            let one = of(kinds, &[last, kinds, u16::MAX]);
            assert_eq!((all.len(), all.kinds()), (usize::from(kinds), kinds));
            assert_eq!(one.iter().collect::<Vec<_>>(), [last]);
            assert!(one.contains(last) && !one.contains(kinds) && !all.contains(kinds));
            assert_eq!(all.clone().minus(&one).len(), usize::from(last));
            assert_eq!(all.clone().minus(&one).union(&one), all);
            assert_eq!(all.clone().intersection(&one), one);
            assert!(one.clone().minus(&all).is_empty());
        }
    }
}
