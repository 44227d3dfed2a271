//! A segment's bytes: a header, then records.
//!
//! ```text
//! "PGJSEG"  0  version u8  checksum u32  zero u32  first u64  created u64  hash before [32]
//! ```
//! `first` is the number of the first record, `created` nanoseconds since the epoch. The hash is that of
//! the last record of the segment before, zeros in the very first: it lies where the first record's chain
//! begins. A segment that is full ends with an index, a seal and nothing more.

use crate::error::JournalError;
use crate::record::{Chain, HASH, HEADER, Kind, Record, u32_at, u64_at};
use crate::storage::Storage;

/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER: usize = 64;
const MAGIC: &[u8; 7] = b"PGJSEG\0";
const VERSION: u8 = 1;
const SUFFIX: &str = ".segment";

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) first: u64,
    pub(crate) created_ns: u64,
    pub(crate) before: Chain,
}

/// Why there is no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoHeader {
    Version(u8),
    Damaged,
}

impl SegmentHeader {
    pub(crate) fn bytes(&self) -> [u8; SEGMENT_HEADER] {
        let mut bytes = [0; SEGMENT_HEADER];
        bytes[..7].copy_from_slice(MAGIC);
        bytes[7] = VERSION;
        bytes[16..24].copy_from_slice(&self.first.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.created_ns.to_le_bytes());
        bytes[32..].copy_from_slice(&self.before);
        let sum = checksum(&bytes);
        bytes[8..12].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NoHeader> {
        let header = bytes.first_chunk::<SEGMENT_HEADER>().ok_or(NoHeader::Damaged)?;
        if !header.starts_with(MAGIC) || u32_at(header, 8) != Some(checksum(header)) {
            return Err(NoHeader::Damaged);
        }
        if header[7] != VERSION {
            return Err(NoHeader::Version(header[7]));
        }
        let mut before = [0; HASH];
        before.copy_from_slice(&header[32..]);
        let number = |at| u64_at(header, at).unwrap_or_default();
        Ok(Self { first: number(16), created_ns: number(24), before })
    }

    /// The same; another version is an error that names the file.
    pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Option<Self>, JournalError> {
        match Self::parse(bytes) {
            Ok(header) => Ok(Some(header)),
            Err(NoHeader::Damaged) => Ok(None),
            Err(NoHeader::Version(version)) => {
                Err(JournalError::Version { name: name.to_owned(), version, known: VERSION })
            }
        }
    }
}

fn checksum(header: &[u8; SEGMENT_HEADER]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&header[..8]);
    hasher.update(&header[12..]);
    hasher.finalize()
}

/// The file of the segment that begins with this record.
pub(crate) fn segment_name(first: u64) -> String {
    format!("{first:020}{SUFFIX}")
}

/// The first record of a segment, by the name of its file.
pub(crate) fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let is_number = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first: u64 = is_number.then(|| digits.parse().ok())??;
    // Records are numbered from 1; a name may be anybody's.
    (1..u64::MAX).contains(&first).then_some(first)
}

/// The segments there are, oldest first.
pub(crate) fn segments<S: Storage + ?Sized>(
    storage: &S,
) -> Result<Vec<(u64, String)>, JournalError> {
    let names = storage.list().map_err(JournalError::storage("list", "the journal"))?;
    let mut segments: Vec<(u64, String)> =
        names.into_iter().filter_map(|name| Some((first_of(&name)?, name))).collect();
    segments.sort_unstable();
    Ok(segments)
}

/// The last record of a full segment: what is in it, so that nobody must read it to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seal {
    /// Where the index begins.
    pub(crate) index_at: u64,
    pub(crate) alerts: u64,
    /// Of the alerts, and when the segment was sealed, whichever is later.
    pub(crate) newest_ns: u64,
}

const SEAL: usize = 24;
/// Bytes of the record of a seal.
pub(crate) const SEAL_RECORD: usize = HEADER + SEAL + HASH;

impl Seal {
    pub(crate) fn bytes(&self) -> [u8; SEAL] {
        let mut bytes = [0; SEAL];
        bytes[..8].copy_from_slice(&self.index_at.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.alerts.to_le_bytes());
        bytes[16..].copy_from_slice(&self.newest_ns.to_le_bytes());
        bytes
    }

    /// The seal that the last bytes of a segment are.
    pub(crate) fn of_tail(tail: &[u8]) -> Option<Self> {
        let at = tail.len().checked_sub(SEAL_RECORD)?;
        let record = Record::parse(tail, at).ok().filter(|record| record.kind == Kind::Seal)?;
        let number = |at| u64_at(record.payload, at);
        (record.payload.len() == SEAL).then_some(())?;
        Some(Self { index_at: number(0)?, alerts: number(8)?, newest_ns: number(16)? })
    }

    /// The seal of a segment of this size; none where it has none.
    pub(crate) fn load<S: Storage>(
        storage: &S,
        name: &str,
        size: u64,
    ) -> Result<Option<Self>, JournalError> {
        let Some(at) = size.checked_sub(SEAL_RECORD as u64) else { return Ok(None) };
        let tail =
            storage.read(name, at, SEAL_RECORD).map_err(JournalError::storage("read", name))?;
        Ok(Self::of_tail(&tail))
    }
}
