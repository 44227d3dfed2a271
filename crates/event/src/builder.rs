//! An event block made from values: by the snapshot, by tests, by captures of ours.

use crate::info::{EventFlags, EventInfo, EventType};
use crate::view::HEADER_LEN;

/// Makes one event block; values are given in the table's order.
#[derive(Debug, Clone)]
pub struct EventBuilder {
    info: &'static EventInfo,
    ts: u64,
    tid: i64,
    lengths: Vec<u32>,
    values: Vec<u8>,
}

impl EventBuilder {
    /// Starts an event. `ts` is nanoseconds since the epoch. A code the table does not have
    /// becomes code 0: the caller's mistake, not a stranger's.
    pub fn new(event_type: EventType, ts: u64, tid: i64) -> Self {
        debug_assert!(event_type.info().is_some(), "code {} is not in the table", event_type.0);
        let info = event_type.info().unwrap_or(&crate::event_table::EVENTS[0]);
        Self { info, ts, tid, lengths: Vec::new(), values: Vec::new() }
    }

    /// The next parameter as bytes.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        let longest = if self.wide() { u32::MAX as usize } else { usize::from(u16::MAX) };
        let value = &value[..value.len().min(longest)];
        if let Some(param) = self.info.params.get(self.lengths.len()) {
            debug_assert!(
                value.is_empty() || param.ty.size().is_none_or(|size| size == value.len()),
                "{}.{} is {:?}, not {} bytes",
                self.info.code,
                param.name,
                param.ty,
                value.len()
            );
        }
        self.lengths.push(u32::try_from(value.len()).unwrap_or(u32::MAX));
        self.values.extend_from_slice(value);
        self
    }

    /// The next parameter has no value.
    #[must_use]
    pub fn empty(self) -> Self {
        self.bytes(&[])
    }

    /// The next parameter: eight bytes, signed.
    #[must_use]
    pub fn i64(self, value: i64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The next parameter: eight bytes.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The next parameter: four bytes, signed.
    #[must_use]
    pub fn i32(self, value: i32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The next parameter: four bytes.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The next parameter: two bytes.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The next parameter: one byte.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    /// The next parameter: a text, its NUL is added.
    #[must_use]
    pub fn str(self, value: &[u8]) -> Self {
        let mut text = value.to_vec();
        text.push(0);
        self.bytes(&text)
    }

    /// The next parameter: texts, each with its NUL.
    #[must_use]
    pub fn strs<'s>(self, values: impl IntoIterator<Item = &'s [u8]>) -> Self {
        let mut text = Vec::new();
        for value in values {
            text.extend_from_slice(value);
            text.push(0);
        }
        self.bytes(&text)
    }

    fn wide(&self) -> bool {
        self.info.flags.has(EventFlags::LARGE_PAYLOAD)
    }

    /// The block.
    pub fn finish(self) -> Vec<u8> {
        let width = if self.wide() { 4 } else { 2 };
        let len = HEADER_LEN + self.lengths.len() * width + self.values.len();
        let mut block = Vec::with_capacity(len);
        block.extend_from_slice(&self.ts.to_le_bytes());
        block.extend_from_slice(&self.tid.to_le_bytes());
        block.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
        block.extend_from_slice(&self.info.id.to_le_bytes());
        block.extend_from_slice(
            &u32::try_from(self.lengths.len()).unwrap_or(u32::MAX).to_le_bytes(),
        );
        for length in &self.lengths {
            block.extend_from_slice(&length.to_le_bytes()[..width]);
        }
        block.extend_from_slice(&self.values);
        block
    }
}
