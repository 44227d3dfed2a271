//! An event block read where it lies.

use std::ffi::CStr;

use zerocopy::byteorder::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::info::{EventFlags, EventInfo, EventType};
use crate::syscalls;

/// Bytes of the header in front of the lengths.
pub const HEADER_LEN: usize = crate::kernel::memory::HEADER_LEN;

#[derive(FromBytes, Unaligned, KnownLayout, Immutable)]
#[repr(C)]
struct Header {
    ts: U64,
    tid: U64,
    len: U32,
    event_type: U16,
    nparams: U32,
}

/// Why bytes are no event block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// Fewer bytes than a header.
    #[error("event block of {0} bytes is shorter than its header of {HEADER_LEN}")]
    NoHeader(usize),
    /// The header's length is not within the bytes.
    #[error("event block says {said} bytes, {there} are there")]
    Length {
        /// The header's length.
        said: u32,
        /// What there is.
        there: usize,
    },
    /// A code the table does not have.
    #[error("event code {0} is not in the table")]
    Code(u16),
    /// The lengths and values do not fill the block.
    #[error("the {nparams} parameters of event code {code} do not fit its block of {len} bytes")]
    Params {
        /// The event code.
        code: u16,
        /// The number of parameters in the header.
        nparams: u32,
        /// The block's length.
        len: u32,
    },
}

/// One event block, bounds checked once, values borrowed.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    bytes: &'a [u8],
    lengths: &'a [u8],
    values: &'a [u8],
    info: &'static EventInfo,
    ts: u64,
    tid: i64,
    wide: bool,
}

impl std::fmt::Debug for EventView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventView")
            .field("code", &self.info.code)
            .field("ts", &self.ts)
            .field("tid", &self.tid)
            .field("params", &(0..self.nparams()).map(|i| self.param(i)).collect::<Vec<_>>())
            .finish()
    }
}

impl<'a> EventView<'a> {
    /// Reads the block at the front of `bytes`; also returns what lies behind it.
    ///
    /// # Errors
    /// When the block is cut off, of an unknown code, or its lengths contradict each other.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), ViewError> {
        let (header, _) =
            Header::ref_from_prefix(bytes).map_err(|_| ViewError::NoHeader(bytes.len()))?;
        let len = header.len.get();
        let code = header.event_type.get();
        let nparams = header.nparams.get();
        let size = usize::try_from(len).unwrap_or(usize::MAX);
        if size < HEADER_LEN || size > bytes.len() {
            return Err(ViewError::Length { said: len, there: bytes.len() });
        }
        let info = EventType(code).info().ok_or(ViewError::Code(code))?;
        let bad = ViewError::Params { code, nparams, len };
        let wide = info.flags.has(EventFlags::LARGE_PAYLOAD);
        let width = if wide { 4 } else { 2 };
        let (block, rest) = bytes.split_at(size);
        let body = &block[HEADER_LEN..];
        let table = usize::try_from(nparams).ok().and_then(|n| n.checked_mul(width)).ok_or(bad)?;
        let (lengths, values) = body.split_at_checked(table).ok_or(bad)?;
        let view = Self {
            bytes: block,
            lengths,
            values,
            info,
            ts: header.ts.get(),
            tid: header.tid.get().cast_signed(),
            wide,
        };
        if view.length_of_values() > values.len() as u64 {
            return Err(bad);
        }
        Ok((view, rest))
    }

    /// Nanoseconds since the epoch.
    pub fn ts(&self) -> u64 {
        self.ts
    }

    /// The thread, in the host's numbers; negative where unknown.
    pub fn tid(&self) -> i64 {
        self.tid
    }

    /// The event code.
    pub fn event_type(&self) -> EventType {
        EventType(self.info.id)
    }

    /// The name of the type (`evt.type`); of a generic event, which stands for many calls, the call's.
    pub fn type_name(&self) -> &'static str {
        if matches!(self.event_type(), EventType::GENERIC_E | EventType::GENERIC_X) {
            let known = self.u16(0).filter(|id| *id != 0).and_then(syscalls::by_id);
            // What the writer did not know it named by its native number.
            let native = || syscalls::by_x86_64(self.u16(1)?);
            return known.or_else(native).map_or("unknown", |call| call.name);
        }
        self.info.name
    }

    /// The table's row.
    pub fn info(&self) -> &'static EventInfo {
        self.info
    }

    /// The whole block, as it is written to a capture.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many parameters this block has: old captures have fewer than the table.
    pub fn nparams(&self) -> usize {
        self.lengths.len() / if self.wide { 4 } else { 2 }
    }

    /// How long the values of all parameters are together. As many lengths as a block can have do not
    /// overflow the sum.
    #[inline]
    fn length_of_values(&self) -> u64 {
        if self.wide {
            let (lengths, _) = self.lengths.as_chunks();
            lengths.iter().map(|length| u64::from(u32::from_le_bytes(*length))).sum()
        } else {
            let (lengths, _) = self.lengths.as_chunks();
            lengths.iter().map(|length| u64::from(u16::from_le_bytes(*length))).sum()
        }
    }

    /// [`Self::param`], compiled into each of the readers below: they are what every event is read by.
    #[inline]
    fn value(&self, index: usize) -> Option<&'a [u8]> {
        if self.wide {
            return self.wide_value(index);
        }
        let (lengths, _) = self.lengths.as_chunks();
        let (before, rest) = lengths.split_at_checked(index)?;
        let length = usize::from(u16::from_le_bytes(*rest.first()?));
        // All values together are no longer than the block, whose length is a `u32`.
        let start: u32 = before.iter().map(|length| u32::from(u16::from_le_bytes(*length))).sum();
        self.values.get(start as usize..)?.get(..length)
    }

    fn wide_value(&self, index: usize) -> Option<&'a [u8]> {
        let (lengths, _) = self.lengths.as_chunks();
        let (before, rest) = lengths.split_at_checked(index)?;
        let length = u32::from_le_bytes(*rest.first()?) as usize;
        let start: usize = before.iter().map(|length| u32::from_le_bytes(*length) as usize).sum();
        self.values.get(start..)?.get(..length)
    }

    /// The bytes of a parameter; `None` when the block has fewer parameters.
    pub fn param(&self, index: usize) -> Option<&'a [u8]> {
        self.value(index)
    }

    /// The place of the parameter with this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.info.index_of(name)
    }

    /// The bytes of the parameter with this name.
    pub fn named(&self, name: &str) -> Option<&'a [u8]> {
        self.param(self.index_of(name)?)
    }

    /// What a call returned: the first parameter of the event of its return.
    pub fn result(&self) -> Option<i64> {
        self.i64(0)
    }

    /// Eight bytes as a signed number: errors, descriptors, process ids.
    pub fn i64(&self, index: usize) -> Option<i64> {
        self.value(index)?.try_into().ok().map(i64::from_le_bytes)
    }

    /// Eight bytes as an unsigned number.
    pub fn u64(&self, index: usize) -> Option<u64> {
        self.value(index)?.try_into().ok().map(u64::from_le_bytes)
    }

    /// Four bytes as a signed number.
    pub fn i32(&self, index: usize) -> Option<i32> {
        self.value(index)?.try_into().ok().map(i32::from_le_bytes)
    }

    /// Four bytes as an unsigned number.
    pub fn u32(&self, index: usize) -> Option<u32> {
        self.value(index)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// Two bytes as an unsigned number.
    pub fn u16(&self, index: usize) -> Option<u16> {
        self.value(index)?.try_into().ok().map(u16::from_le_bytes)
    }

    /// One byte.
    pub fn u8(&self, index: usize) -> Option<u8> {
        match self.value(index)? {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    /// A text up to its NUL; `None` when the parameter is absent or empty (no value was read).
    pub fn str(&self, index: usize) -> Option<&'a [u8]> {
        let bytes = self.value(index)?;
        if bytes.is_empty() {
            return None;
        }
        Some(CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes))
    }

    /// A list of NUL-terminated texts (arguments, environment, cgroups).
    pub fn strs(&self, index: usize) -> Strings<'a> {
        Strings(self.value(index).unwrap_or_default())
    }
}

/// The texts of a NUL-separated list, without their NULs.
#[derive(Debug, Clone)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// The texts of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes of those that are still to come.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|byte| *byte == 0);
        let (text, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &self.0[..0]),
        };
        self.0 = rest;
        Some(text)
    }
}
