//! Arguments and environments: a list of strings in one allocation.

use std::sync::Arc;

use peregrine_event::Strings;

/// Strings in the kernel's form: each is followed by a NUL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StrList(Arc<[u8]>);

impl StrList {
    /// The strings of a parameter. The last one may be truncated, without its NUL.
    pub fn new(bytes: &[u8]) -> Self {
        match bytes.last() {
            Some(0) | None => Self(Arc::from(bytes)),
            Some(_) => Self([bytes, b"\0"].concat().into()),
        }
    }

    /// The arguments of a program; a single empty one counts as none, as in Falco.
    pub(crate) fn arguments(bytes: &[u8]) -> Self {
        if bytes == b"\0" { Self::default() } else { Self::new(bytes) }
    }

    /// Whether these are the arguments in a parameter.
    pub(crate) fn are_arguments(&self, bytes: &[u8]) -> bool {
        let own = self.0.strip_suffix(b"\0").unwrap_or(&self.0);
        // An empty list and a single empty string are equal here.
        own == bytes.strip_suffix(b"\0").unwrap_or(bytes)
    }

    /// The strings in order.
    pub fn iter(&self) -> Strings<'_> {
        Strings::new(&self.0)
    }

    /// The string at an index.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.iter().nth(index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of the allocation.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    /// The bytes of all strings without their NULs.
    pub fn bytes(&self) -> usize {
        self.0.len() - self.len()
    }
}

impl<'w> IntoIterator for &'w StrList {
    type Item = &'w [u8];
    type IntoIter = Strings<'w>;

    fn into_iter(self) -> Strings<'w> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_those_of_the_parameter() {
        for bytes in
            [&b""[..], b"\0", b"a\0", b"a", b"a\0\0", b"a\0b c\0", b"a\0b", b"\0\0", b"\0a"]
        {
            let words = StrList::new(bytes);
            let reported: Vec<&[u8]> = Strings::new(bytes).collect();
            assert_eq!(words.iter().collect::<Vec<_>>(), reported, "{bytes:?}");
            assert_eq!((words.len(), words.is_empty()), (reported.len(), reported.is_empty()));
            assert_eq!(words.get(1), reported.get(1).copied());
            assert_eq!(words.bytes(), reported.iter().map(|word| word.len()).sum::<usize>());
            let arguments = StrList::arguments(bytes);
            assert_eq!(arguments.is_empty(), reported.concat().is_empty() && reported.len() < 2);
            assert!(arguments.are_arguments(bytes), "{bytes:?}");
            assert!(!arguments.are_arguments(b"other\0"), "{bytes:?}");
        }
    }
}
