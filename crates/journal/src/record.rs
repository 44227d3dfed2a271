//! A record's bytes.
//!
//! ```text
//! "PGJR"  length u32  number u64  time u64  kind u8, 3 zeros  checksum u32 | payload | hash [32]
//! ```
//! Numbers are little-endian; the length is that of the payload, the time in nanoseconds since the epoch,
//! the checksum CRC-32 of all before it and of the payload. The hash is BLAKE3 of the hash of the record
//! before, the header and the payload: three things that lie one behind the other.

use memchr::memmem;

/// The hash of a record: it depends on every record before.
pub type Chain = [u8; 32];

pub(crate) const MARKER: &[u8; 4] = b"PGJR";
/// Bytes before the payload.
pub(crate) const HEADER: usize = 32;
/// Bytes behind it.
pub(crate) const HASH: usize = 32;
/// More is no record.
pub(crate) const MAX_PAYLOAD: usize = 32 << 20;

const CHECKSUM: usize = 28;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An alert.
    Alert = 1,
    /// A signature over all before.
    Checkpoint = 2,
    /// Where the alerts of the segment are.
    Index = 3,
    /// The end of a segment.
    Seal = 4,
    /// Retention took the oldest segments.
    Retired = 5,
    /// A writer began.
    Opened = 6,
    /// Bytes that whoever keeps the journal understands: what a hub received.
    Bytes = 7,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Alert,
        Self::Checkpoint,
        Self::Index,
        Self::Seal,
        Self::Retired,
        Self::Opened,
        Self::Bytes,
    ];

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A record in the bytes of its segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'b> {
    /// Where in the segment it begins.
    pub(crate) offset: usize,
    pub(crate) number: u64,
    pub(crate) time_ns: u64,
    pub(crate) kind: Kind,
    pub(crate) payload: &'b [u8],
    /// Header and payload.
    body: &'b [u8],
    pub(crate) hash: &'b Chain,
}

/// Why there is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// The bytes end within it.
    Incomplete,
    /// The bytes are not those of a record, or changed.
    Damaged,
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

impl<'b> Record<'b> {
    /// Reads the record that begins at `offset`, with its checksum; its hash is not compared.
    pub(crate) fn parse(bytes: &'b [u8], offset: usize) -> Result<Self, NoRecord> {
        let rest = bytes.get(offset..).unwrap_or_default();
        let Some(header) = rest.first_chunk::<HEADER>() else {
            let begin = MARKER.get(..rest.len().min(MARKER.len()));
            let begins = begin.is_some_and(|begin| rest.starts_with(begin));
            return Err(if begins { NoRecord::Incomplete } else { NoRecord::Damaged });
        };
        let number = |at| u64_at(header, at).unwrap_or_default();
        let length = u32_at(header, 4).unwrap_or_default() as usize;
        let kind = Kind::of(header[24]);
        let (Some(kind), true, true, [0, 0, 0]) =
            (kind, header.starts_with(MARKER), length <= MAX_PAYLOAD, &header[25..28])
        else {
            return Err(NoRecord::Damaged);
        };
        let body_end = HEADER + length;
        let (Some(body), Some(hash)) =
            (rest.get(..body_end), rest.get(body_end..).and_then(<[u8]>::first_chunk::<HASH>))
        else {
            return Err(NoRecord::Incomplete);
        };
        let payload = body.get(HEADER..).unwrap_or_default();
        if u32_at(header, CHECKSUM) != Some(checksum(header, payload)) {
            return Err(NoRecord::Damaged);
        }
        Ok(Self { offset, number: number(8), time_ns: number(16), kind, payload, body, hash })
    }

    /// How many bytes the record takes whose front these are.
    pub(crate) fn size(front: &[u8]) -> Option<usize> {
        let length = u32_at(front, 4)? as usize;
        (length <= MAX_PAYLOAD).then_some(HEADER + length + HASH)
    }

    /// Where the next one begins.
    pub(crate) fn end(&self) -> usize {
        self.offset + self.body.len() + HASH
    }

    /// The hash it must have behind a record with this one. `segment` are the bytes it lies in: where
    /// `before` lies right before it, nothing is copied.
    pub(crate) fn chained(&self, segment: &[u8], before: &Chain) -> Chain {
        let behind = self.offset.checked_sub(HASH).and_then(|start| {
            segment.get(start..self.offset + self.body.len()).filter(|all| all.starts_with(before))
        });
        match behind {
            Some(all) => *blake3::hash(all).as_bytes(),
            None => *blake3::Hasher::new().update(before).update(self.body).finalize().as_bytes(),
        }
    }
}

fn checksum(header: &[u8; HEADER], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header.get(..CHECKSUM).unwrap_or_default());
    hasher.update(payload);
    hasher.finalize()
}

/// Writes a record behind `out`, which ends with the hash of the record before.
pub(crate) fn write(out: &mut Vec<u8>, number: u64, time_ns: u64, kind: Kind, payload: &[u8]) {
    let start = out.len();
    let mut header = [0; HEADER];
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    header[..4].copy_from_slice(MARKER);
    header[4..8].copy_from_slice(&length.to_le_bytes());
    header[8..16].copy_from_slice(&number.to_le_bytes());
    header[16..24].copy_from_slice(&time_ns.to_le_bytes());
    header[24] = kind as u8;
    let sum = checksum(&header, payload);
    header[CHECKSUM..].copy_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
    let hash = blake3::hash(out.get(start.saturating_sub(HASH)..).unwrap_or_default());
    out.extend_from_slice(hash.as_bytes());
}

/// A part of a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'b> {
    Record(Record<'b>),
    /// Bytes that are no record. `torn`: they reach to the end, and begin as a record does.
    Gap {
        start: usize,
        end: usize,
        torn: bool,
    },
}

/// Goes through records; where one is damaged it goes on with the next that is whole.
#[derive(Debug)]
pub(crate) struct Records<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Records<'b> {
    pub(crate) fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where the next whole record behind `at` begins.
    fn next_whole(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at + 1..)?;
        // Bytes made for it could have each looked at ever so often.
        let mut patience = self.bytes.len().saturating_mul(16);
        for start in memmem::find_iter(rest, MARKER).map(|found| at + 1 + found) {
            if Record::parse(self.bytes, start).is_ok() {
                return Some(start);
            }
            let length = u32_at(self.bytes, start + 4).unwrap_or_default() as usize;
            patience = patience.checked_sub(length.min(MAX_PAYLOAD))?;
        }
        None
    }
}

impl<'b> Iterator for Records<'b> {
    type Item = Piece<'b>;

    fn next(&mut self) -> Option<Piece<'b>> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        match Record::parse(self.bytes, start) {
            Ok(record) => {
                self.at = record.end();
                Some(Piece::Record(record))
            }
            Err(why) => {
                let next = self.next_whole(start);
                self.at = next.unwrap_or(self.bytes.len());
                let torn = next.is_none() && why == NoRecord::Incomplete;
                Some(Piece::Gap { start, end: self.at, torn })
            }
        }
    }
}
