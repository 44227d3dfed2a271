//! The blocks of a file, each read in place in one large buffer.

use std::io::{self, Read};
use std::ops::Range;

use crate::bytes::Bytes;
use crate::error::{Damage, ScapError};

/// The largest block: an event has 64 KiB, a large one and a process list less than this.
pub(crate) const LARGEST: usize = 256 << 20;

/// Bytes read at once.
const CHUNK: usize = 256 << 10;
/// Type and length in front of a block's body.
const HEAD: usize = 8;
/// The length, repeated behind it.
const TRAILER: usize = 4;

/// The blocks of an input in order.
pub(crate) struct Blocks<'r> {
    input: Box<dyn Read + 'r>,
    buffer: Vec<u8>,
    /// The part of the buffer that is read and not consumed.
    begin: usize,
    end: usize,
    /// The size of the current block.
    size: usize,
    /// Its offset in the input.
    offset: u64,
}

impl<'r> Blocks<'r> {
    pub(crate) fn new(input: Box<dyn Read + 'r>) -> Self {
        Self { input, buffer: vec![0; CHUNK], begin: 0, end: 0, size: 0, offset: 0 }
    }

    /// The offset of the current block.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The body of the current block.
    pub(crate) fn body(&self) -> &[u8] {
        let end = (self.begin + self.size).saturating_sub(TRAILER);
        self.buffer.get(self.begin + HEAD..end).unwrap_or_default()
    }

    /// Moves a part of the body directly behind an earlier part of it, overwriting what is between
    /// them; returns the range of both.
    pub(crate) fn join(&mut self, first: Range<usize>, second: Range<usize>) -> Range<usize> {
        let len = self.body().len();
        if first.start > first.end
            || first.end > second.start
            || second.start > second.end
            || second.end > len
        {
            return first;
        }
        let begin = self.begin + HEAD;
        self.buffer.copy_within(begin + second.start..begin + second.end, begin + first.end);
        first.start..first.end + second.len()
    }

    /// Advances to the next block and returns its type; `None` at the end of the input.
    pub(crate) fn advance(&mut self) -> Result<Option<u32>, ScapError> {
        self.begin += self.size;
        self.offset += u64::try_from(self.size).unwrap_or(0);
        self.size = 0;
        let got = self.fill(HEAD)?;
        if got == 0 {
            return Ok(None);
        }
        let mut head = Bytes(self.buffer.get(self.begin..self.begin + got).unwrap_or_default());
        let (Some(kind), Some(total)) = (head.u32(), head.u32()) else {
            return Err(self.damaged(Damage::Header));
        };
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if total.checked_sub(HEAD + TRAILER).is_none_or(|len| len > LARGEST) {
            return Err(self.damaged(Damage::Length { bytes: total }));
        }
        if self.fill(total)? < total {
            return Err(self.damaged(Damage::Block));
        }
        let end = self.begin + total;
        let mut trailer = Bytes(self.buffer.get(end - TRAILER..end).unwrap_or_default());
        if trailer.u32().and_then(|again| usize::try_from(again).ok()) != Some(total) {
            return Err(self.damaged(Damage::Lengths));
        }
        self.size = total;
        Ok(Some(kind))
    }

    pub(crate) fn damaged(&self, damage: Damage) -> ScapError {
        ScapError::Damaged { offset: self.offset, damage }
    }

    /// Reads until the buffer holds `wanted` bytes or the input ends; returns how many of them it
    /// holds. The buffer grows with the data, not with what a damaged length claims.
    #[inline]
    fn fill(&mut self, wanted: usize) -> Result<usize, ScapError> {
        if self.end - self.begin < wanted { self.read(wanted) } else { Ok(wanted) }
    }

    #[cold]
    fn read(&mut self, wanted: usize) -> Result<usize, ScapError> {
        while self.end - self.begin < wanted {
            if self.begin > 0 {
                self.buffer.copy_within(self.begin..self.end, 0);
                (self.begin, self.end) = (0, self.end - self.begin);
            }
            if self.end == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            match self.input.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => self.end += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ScapError::Io { offset: self.offset, source }),
            }
        }
        Ok(wanted.min(self.end - self.begin))
    }
}
