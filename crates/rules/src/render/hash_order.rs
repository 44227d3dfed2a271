//! The order in which Falco lists names it keeps in a `std::unordered_set` of strings: scripts may compare
//! such lists as they are. It follows from the hash of GNU's C++ library, the numbers of buckets it grows
//! by, and where a new element goes: before the others of its bucket, or, where there is none, before all.

/// Numbers of buckets, each at least twice the one before.
const BUCKETS: [u64; 12] = [13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043];

/// Names in the order of a set they were put into one after the other; a name that stands there already
/// changes nothing.
pub fn in_hash_order<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut grown = BUCKETS.iter().copied();
    let mut set = Set { buckets: grown.next().unwrap_or(1), groups: Vec::new() };
    let mut count = 0;
    for name in names {
        if set.has(name) {
            continue;
        }
        if count == set.buckets {
            let old = set.in_order();
            set = Set { buckets: grown.next().unwrap_or(count * 2), groups: Vec::new() };
            for name in old {
                set.put(name);
            }
        }
        set.put(name);
        count += 1;
    }
    set.in_order()
}

/// Names by bucket, all of them in reverse order.
struct Set<'n> {
    buckets: u64,
    groups: Vec<(u64, Vec<&'n str>)>,
}

impl<'n> Set<'n> {
    fn group(&mut self, bucket: u64) -> Option<&mut Vec<&'n str>> {
        self.groups.iter_mut().find(|(of, _)| *of == bucket).map(|(_, names)| names)
    }

    fn has(&mut self, name: &str) -> bool {
        let bucket = hash(name.as_bytes()) % self.buckets;
        self.group(bucket).is_some_and(|names| names.contains(&name))
    }

    fn put(&mut self, name: &'n str) {
        let bucket = hash(name.as_bytes()) % self.buckets;
        match self.group(bucket) {
            Some(names) => names.push(name),
            None => self.groups.push((bucket, vec![name])),
        }
    }

    fn in_order(&self) -> Vec<&'n str> {
        self.groups.iter().rev().flat_map(|(_, names)| names.iter().rev().copied()).collect()
    }
}

/// Murmur's hash of 64 bits with the seed of the library.
fn hash(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
    let mixed = |value: u64| value ^ (value >> 47);
    let mut hash = 0xc70f_6907_u64 ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        hash = (hash ^ mixed(word).wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let rest = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        hash = (hash ^ rest).wrapping_mul(MULTIPLIER);
    }
    mixed(mixed(hash).wrapping_mul(MULTIPLIER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_a_set() {
        let check = |names: &[&str], expected: &[&str]| {
            assert_eq!(in_hash_order(names.iter().copied()), expected);
        };
        check(&["open", "openat", "asyncevent"], &["asyncevent", "openat", "open"]);
        check(&["a", "b", "a"], &["b", "a"]);
        check(
            &["open", "creat", "openat", "openat2", "asyncevent"],
            &["asyncevent", "openat", "openat2", "creat", "open"],
        );
        // More than the first number of buckets.
        check(
            &[
                "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12",
                "n13",
            ],
            &[
                "n0", "n1", "n12", "n3", "n4", "n8", "n5", "n2", "n6", "n11", "n7", "n9", "n13",
                "n10",
            ],
        );
    }

    #[test]
    fn hashes_are_those_of_the_library() {
        assert_eq!(hash(b""), 0x553e_9390_1e46_2a6e);
        assert_eq!(hash(b"asyncevent"), 0x21ea_bbaf_b945_33dc);
    }
}
