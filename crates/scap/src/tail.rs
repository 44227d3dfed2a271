//! What stands behind an event or behind an entry of a list and is ours: other readers go by the
//! length an event tells of itself, or pass over what an entry holds more than they know.
//!
//! `"PGRN", len u32, bytes[len]`. Behind an event the bytes are its facts as the probe wrote them
//! (`crates/event/src/facts.rs`), behind an entry what `state` keeps of the thread or descriptor.

use std::ops::Range;

use crate::bytes::Bytes;

const MARK: &[u8; 4] = b"PGRN";
/// A tail has no fewer bytes.
pub(crate) const LEAST: usize = 8;

/// The bytes in front of a tail of so many bytes.
pub(crate) fn head(len: usize) -> [u8; 8] {
    let mut head = [0; 8];
    let (mark, size) = head.split_at_mut(4);
    mark.copy_from_slice(MARK);
    size.copy_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    head
}

/// Where the tail at the front of what is left lies in it; none where there is none of ours.
pub(crate) fn place(rest: &[u8]) -> Option<Range<usize>> {
    let mut after = Bytes(rest.strip_prefix(MARK)?);
    let len = usize::try_from(after.u32()?).ok()?;
    let begin = rest.len() - after.0.len();
    after.take(len)?;
    Some(begin..begin + len)
}

/// The tail at the front of what is left; empty where there is none of ours.
pub(crate) fn read(rest: &[u8]) -> &[u8] {
    place(rest).and_then(|at| rest.get(at)).unwrap_or_default()
}
