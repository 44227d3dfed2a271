//! Looking for bytes inside a value.
//!
//! Most values are short, a path or a name: there it is fastest to look for the byte of the part that
//! is rarest in them, and to compare where it stands.

use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

/// Bytes of paths and command lines, the most frequent first; the others are rarer than these.
const FREQUENT: &[u8] = b"/etaoisnrlucdpmhb0123-.gfyvwk456789xjqz ";
/// In longer values a search that is prepared pays.
const SHORT: usize = 256;

/// Bytes to be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    finder: Finder<'static>,
    /// The byte to look for, and where in the part it stands.
    rare: u8,
    at: usize,
}

impl Part {
    pub(crate) fn new(part: &[u8]) -> Self {
        let (at, rare) = rarest(part);
        Self { finder: Finder::new(part).into_owned(), rare, at }
    }

    /// What is looked for.
    pub(crate) fn needle(&self) -> &[u8] {
        self.finder.needle()
    }

    /// Whether a value holds it.
    pub(crate) fn is_in(&self, value: &[u8]) -> bool {
        let part = self.finder.needle();
        if part.is_empty() {
            return true;
        }
        if value.len() > SHORT {
            return self.finder.find(value).is_some();
        }
        let Some(last) = value.len().checked_sub(part.len()) else { return false };
        // Where the rare byte may stand.
        let places = value.get(self.at..=self.at + last).unwrap_or_default();
        let mut from = 0;
        while let Some(place) = places.get(from..).and_then(|rest| memchr(self.rare, rest)) {
            let start = from + place;
            if value.get(start..start + part.len()) == Some(part) {
                return true;
            }
            from = start + 1;
        }
        false
    }
}

/// Where the rarest byte of a part stands, and which it is.
fn rarest(part: &[u8]) -> (usize, u8) {
    let rank = |byte: &u8| FREQUENT.iter().position(|one| one == byte).unwrap_or(usize::MAX);
    part.iter().copied().enumerate().max_by_key(|(_, byte)| rank(byte)).unwrap_or((0, 0))
}

/// Bytes to be looked for whatever the case of ASCII letters.
#[derive(Debug, Clone)]
pub(crate) struct FoldedPart {
    /// In lower case.
    part: Vec<u8>,
    rare: u8,
    at: usize,
}

impl FoldedPart {
    pub(crate) fn new(part: &[u8]) -> Self {
        let part = part.to_ascii_lowercase();
        let (at, rare) = rarest(&part);
        Self { part, rare, at }
    }

    /// Whether a value holds it.
    pub(crate) fn is_in(&self, value: &[u8]) -> bool {
        if self.part.is_empty() {
            return true;
        }
        let Some(last) = value.len().checked_sub(self.part.len()) else { return false };
        let places = value.get(self.at..=self.at + last).unwrap_or_default();
        let upper = self.rare.to_ascii_uppercase();
        let mut from = 0;
        while let Some(place) = places.get(from..).and_then(|rest| memchr2(self.rare, upper, rest))
        {
            let start = from + place;
            let there = value.get(start..start + self.part.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(&self.part)) {
                return true;
            }
            from = start + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_windows_find() {
        let letters = [b'a', b'.', b'/'];
        let words: Vec<Vec<u8>> = (0..4_u32)
            .flat_map(|len| {
                (0..3_usize.pow(len)).map(move |mut number| {
                    (0..len)
                        .map(|_| {
                            let letter = letters[number % 3];
                            number /= 3;
                            letter
                        })
                        .collect()
                })
            })
            .collect();
        for part in &words {
            let prepared = Part::new(part);
            for value in
                words.iter().flat_map(|one| words.iter().map(move |two| [&one[..], two].concat()))
            {
                let naive =
                    part.is_empty() || value.windows(part.len()).any(|window| window == part);
                assert_eq!(prepared.is_in(&value), naive, "{part:?} in {value:?}");
                let long = [&vec![b'-'; SHORT][..], &value].concat();
                assert_eq!(prepared.is_in(&long), naive, "{part:?} in {long:?}");
                let folded = FoldedPart::new(&part.to_ascii_uppercase());
                assert_eq!(folded.is_in(&value), naive, "{part:?} in {value:?}");
                assert_eq!(folded.is_in(&long.to_ascii_uppercase()), naive, "{part:?} in {long:?}");
            }
        }
    }
}
