//! Reading the journal in order, from a number on, also while it is written.

use std::io;

use peregrine_alert::{Alert, DecodeError};

use crate::error::JournalError;
use crate::record::{Kind, Piece, Record, Records};
use crate::segment::{SEGMENT_HEADER, segments};
use crate::storage::Storage;

/// An alert as it stands in the journal.
#[derive(Debug)]
pub struct Entry {
    /// Its record's number: what a consumer's cursor is set to once it has it.
    pub number: u64,
    /// The alert; an error where another version wrote it.
    pub alert: Result<Alert, DecodeError>,
}

impl Entry {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        Self { number: record.number, alert: Alert::decode(record.payload) }
    }
}

/// Bytes as they stand in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BytesEntry {
    /// Their record's number.
    pub number: u64,
    /// When they were received, nanoseconds since the epoch.
    pub time_ns: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Reads what stands behind a number, piece by piece. What retention took meanwhile it goes past.
#[derive(Debug, Clone)]
pub struct Follower {
    /// The last record it has had.
    after: u64,
    /// The segment it reads, and where in it.
    at: Option<(String, u64)>,
}

/// How much is read at once; a record that is longer is read as a whole.
const PIECE: usize = 1 << 20;

impl Follower {
    /// Begins behind this record; 0 begins with the oldest.
    pub fn new(after: u64) -> Self {
        Self { after, at: None }
    }

    /// The last record it has had, alert or not.
    pub fn after(&self) -> u64 {
        self.after
    }

    /// The next alerts, about a megabyte of them; none where there are no more yet.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn next<S: Storage + ?Sized>(&mut self, storage: &S) -> Result<Vec<Entry>, JournalError> {
        self.next_of(storage, |record| (record.kind == Kind::Alert).then(|| Entry::of(record)))
    }

    /// The next of what [`crate::Journal::append_bytes`] took, about a megabyte; nothing where there is no more yet.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn next_bytes<S: Storage + ?Sized>(
        &mut self,
        storage: &S,
    ) -> Result<Vec<BytesEntry>, JournalError> {
        self.next_of(storage, |record| {
            (record.kind == Kind::Bytes).then(|| BytesEntry {
                number: record.number,
                time_ns: record.time_ns,
                bytes: record.payload.to_vec(),
            })
        })
    }

    /// The next of what `entry` makes something of.
    fn next_of<S: Storage + ?Sized, T>(
        &mut self,
        storage: &S,
        entry: impl Fn(&Record<'_>) -> Option<T>,
    ) -> Result<Vec<T>, JournalError> {
        loop {
            let Some((name, at)) = self.place(storage)? else { return Ok(Vec::new()) };
            // Listed before the segment is read: one that has a successor by then gets nothing more.
            let next = segments(storage)?.into_iter().find(|(_, other)| *other > name);
            let (entries, end) = match self.read(storage, &name, at, &entry) {
                // Retention took it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.at = None;
                    continue;
                }
                read => read.map_err(JournalError::storage("read", &name))?,
            };
            if !entries.is_empty() || end > at {
                self.at = Some((name, end));
                if entries.is_empty() {
                    continue;
                }
                return Ok(entries);
            }
            match next {
                Some((_, next)) => self.at = Some((next, SEGMENT_HEADER as u64)),
                None => return Ok(Vec::new()),
            }
        }
    }

    /// The segment to go on with, and where.
    fn place<S: Storage + ?Sized>(
        &self,
        storage: &S,
    ) -> Result<Option<(String, u64)>, JournalError> {
        if self.at.is_some() {
            return Ok(self.at.clone());
        }
        let segments = segments(storage)?;
        let last_before = segments.iter().rev().find(|(first, _)| *first <= self.after);
        let segment = last_before.or_else(|| segments.first());
        Ok(segment.map(|(_, name)| (name.clone(), SEGMENT_HEADER as u64)))
    }

    /// Reads from a place on: what `entry` makes of the records, and where the last whole one ends.
    fn read<S: Storage + ?Sized, T>(
        &mut self,
        storage: &S,
        name: &str,
        at: u64,
        entry: &impl Fn(&Record<'_>) -> Option<T>,
    ) -> io::Result<(Vec<T>, u64)> {
        let mut size = PIECE;
        loop {
            let bytes = storage.read(name, at, size)?;
            let whole = bytes.len() < size;
            let (mut entries, mut end) = (Vec::new(), 0);
            for piece in Records::new(&bytes, 0) {
                match piece {
                    Piece::Record(record) => {
                        end = record.end();
                        if record.number > self.after {
                            entries.extend(entry(&record));
                        }
                        self.after = self.after.max(record.number);
                    }
                    // What lies behind a damaged record is read; what is torn may be written just now.
                    Piece::Gap { .. } => {}
                }
            }
            if end > 0 || whole {
                return Ok((entries, at + end as u64));
            }
            size = size.saturating_mul(4);
        }
    }
}
