//! Alerts by condition and time: the index says which can match, their records are read, the condition
//! decides.

use peregrine_alert::{Alert, AlertCondition, AlertField, decided, priority_value};
use peregrine_filter::{Source, Value, reference};

use crate::error::JournalError;
use crate::follow::Entry;
use crate::index::{Group, Index, Row};
use crate::record::{Kind, Piece, Record, Records};
use crate::segment::{SEGMENT_HEADER, segments};
use crate::storage::Storage;

/// Where more of a segment's alerts than one of so many can match, the segment is read as a whole.
const SPARSE: usize = 16;
/// What is read of a record before its length is known.
const FRONT: usize = 4096;

/// What is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'q> {
    /// Alerts it is true for; none: all.
    pub condition: Option<&'q AlertCondition>,
    /// Alerts of events at this time or later, nanoseconds since the epoch.
    pub start_ns: Option<u64>,
    /// Alerts of events before this time.
    pub end_ns: Option<u64>,
    /// The newest first.
    pub newest_first: bool,
}

/// What a search came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Alerts there are.
    pub alerts: u64,
    /// Alerts that were read to decide.
    pub read: u64,
    /// Alerts that were found.
    pub found: u64,
}

/// What the index knows of alerts.
impl Source<AlertField> for Group {
    fn value(&self, field: &AlertField) -> Option<Value<'_>> {
        match field {
            AlertField::Rule => Some(Value::str(self.rule.as_bytes())),
            AlertField::Source => Some(Value::str(self.source.as_bytes())),
            AlertField::Priority => self.priority().map(priority_value),
            _ => None,
        }
    }
}

/// Whether a condition is true for all alerts of a group, or for none; nothing where that depends.
fn known(condition: &AlertCondition, group: &Group) -> Option<bool> {
    let is_known = |field: &AlertField| {
        matches!(field, AlertField::Rule | AlertField::Source | AlertField::Priority)
    };
    decided(&condition.root, &is_known, group)
}

/// Finds alerts, segment by segment: first one, then more and more at once, up to the number of CPUs. `take`
/// has them in order and says whether it wants more.
///
/// # Errors
/// When the journal cannot be read.
pub fn search<S: Storage + Sync>(
    storage: &S,
    query: &Query<'_>,
    take: &mut dyn FnMut(Entry) -> bool,
) -> Result<Found, JournalError> {
    let mut segments = segments(storage)?;
    if query.newest_first {
        segments.reverse();
    }
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = Found::default();
    let (mut left, mut width) = (&*segments, 1);
    while let Some((some, behind)) = left.split_at_checked(width.min(left.len()))
        && !some.is_empty()
    {
        // Who wants few has them by now.
        (left, width) = (behind, (2 * width).min(at_once));
        let look = |(first, name): &(u64, String)| in_segment(storage, name, *first, query);
        let parts = std::thread::scope(|scope| {
            let Some((own, others)) = some.split_first() else { return Vec::new() };
            let running: Vec<_> = others.iter().map(|one| scope.spawn(move || look(one))).collect();
            let mut parts = vec![look(own)];
            for thread in running {
                match thread.join() {
                    Ok(part) => parts.push(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        });
        for part in parts {
            let (entries, counts) = part?;
            found.alerts += counts.alerts;
            found.read += counts.read;
            for entry in entries {
                found.found += 1;
                if !take(entry) {
                    return Ok(found);
                }
            }
        }
    }
    Ok(found)
}

/// What of a segment is found.
fn in_segment<S: Storage>(
    storage: &S,
    name: &str,
    first: u64,
    query: &Query<'_>,
) -> Result<(Vec<Entry>, Found), JournalError> {
    let index = match Index::load(storage, name, first) {
        // Retention took it meanwhile.
        Err(JournalError::Storage { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            return Ok((Vec::new(), Found::default()));
        }
        index => index?,
    };
    let possible: Vec<bool> = index
        .groups
        .iter()
        .map(|group| query.condition.is_none_or(|checked| known(checked, group) != Some(false)))
        .collect();
    let (start, end) = (query.start_ns.unwrap_or(0), query.end_ns.unwrap_or(u64::MAX));
    let candidates: Vec<Row> = index
        .rows
        .iter()
        .filter(|row| {
            possible.get(row.group as usize) == Some(&true)
                && row.time_ns >= start
                && (row.time_ns < end || query.end_ns.is_none())
        })
        .copied()
        .collect();
    let counts = Found { alerts: index.rows.len() as u64, read: candidates.len() as u64, found: 0 };
    let mut entries = Vec::new();
    let mut decide = |record: &Record<'_>| {
        let entry = Entry::of(record);
        let fits = |alert: &Alert| {
            query.condition.is_none_or(|checked| reference::holds(&checked.root, alert))
        };
        // What another version wrote is shown rather than passed over.
        if entry.alert.as_ref().map_or(true, fits) {
            entries.push(entry);
        }
    };
    let whole = candidates.len() > index.rows.len() / SPARSE;
    if whole {
        let bytes = storage.read_all(name).map_err(JournalError::storage("read", name))?;
        for row in &candidates {
            if let Ok(record) = Record::parse(&bytes, row.offset as usize) {
                decide(&record);
            }
        }
    } else {
        for row in &candidates {
            let bytes = one_record(storage, name, *row);
            let bytes = bytes.map_err(JournalError::storage("read", name))?;
            if let Ok(record) = Record::parse(&bytes, 0) {
                decide(&record);
            }
        }
    }
    if query.newest_first {
        entries.reverse();
    }
    Ok((entries, counts))
}

/// The bytes of one record.
fn one_record<S: Storage>(storage: &S, name: &str, row: Row) -> std::io::Result<Vec<u8>> {
    let front = storage.read(name, row.offset.into(), FRONT)?;
    match Record::size(&front) {
        Some(size) if size > front.len() => storage.read(name, row.offset.into(), size),
        _ => Ok(front),
    }
}

/// The alert of one record; none where there is none of this number.
///
/// # Errors
/// When the journal cannot be read.
pub fn find<S: Storage>(storage: &S, number: u64) -> Result<Option<Entry>, JournalError> {
    let segments = segments(storage)?;
    let Some((_, name)) = segments.iter().rev().find(|(first, _)| *first <= number) else {
        return Ok(None);
    };
    let bytes = storage.read_all(name).map_err(JournalError::storage("read", name))?;
    Ok(Records::new(&bytes, SEGMENT_HEADER).find_map(|piece| match piece {
        Piece::Record(record) if record.number == number && record.kind == Kind::Alert => {
            Some(Entry::of(&record))
        }
        _ => None,
    }))
}
