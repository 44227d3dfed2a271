//! Data of Peregrine behind an event or at the end of an entry of a list. Other readers skip it: they
//! use the length in the event, or skip the unknown end of an entry.
//!
//! `"PGRN", len u32, bytes[len]`. Behind an event the bytes are its trailer as the probe wrote them
//! (`crates/event/src/trailer.rs`), in an entry what `state` stores of the thread or descriptor beyond
//! the format.

use std::ops::Range;

use crate::bytes::Bytes;

const MARK: &[u8; 4] = b"PGRN";
/// The least length of a tail.
pub(crate) const LEAST: usize = 8;

/// The header of a tail of this length.
pub(crate) fn head(len: usize) -> [u8; 8] {
    let mut head = [0; 8];
    let (mark, size) = head.split_at_mut(4);
    mark.copy_from_slice(MARK);
    size.copy_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    head
}

/// The range of the tail at the front of `rest`; `None` without one.
pub(crate) fn place(rest: &[u8]) -> Option<Range<usize>> {
    let mut after = Bytes(rest.strip_prefix(MARK)?);
    let len = usize::try_from(after.u32()?).ok()?;
    let begin = rest.len() - after.0.len();
    after.take(len)?;
    Some(begin..begin + len)
}

/// The tail at the front of `rest`; empty without one.
pub(crate) fn read(rest: &[u8]) -> &[u8] {
    place(rest).and_then(|at| rest.get(at)).unwrap_or_default()
}
