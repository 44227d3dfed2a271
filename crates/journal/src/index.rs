//! Where the alerts of a segment are, and what is searched for most: rule, priority, source and time.
//!
//! The index is the last record but one of a full segment, chained as any other. Of a segment that is
//! not full it is made by reading it. Its payload: the length of the groups `u32`, the groups as JSON,
//! then a row for each alert: `time u64, offset u32, number u32 from the first, group u32`.

use std::borrow::Cow;
use std::collections::HashMap;

use peregrine_alert::Priority;
use serde::{Deserialize, Serialize};

use crate::error::JournalError;
use crate::record::{Kind, Piece, Record, Records, u32_at, u64_at};
use crate::segment::{SEGMENT_HEADER, Seal};
use crate::storage::Storage;

/// What alerts of one rule have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) rule: String,
    /// Its number, syslog's severity.
    priority: u8,
    pub(crate) source: String,
}

impl Group {
    pub(crate) fn priority(&self) -> Option<Priority> {
        Priority::ALL.get(usize::from(self.priority)).copied()
    }
}

/// One alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) time_ns: u64,
    /// Where in the segment its record begins.
    pub(crate) offset: u32,
    /// Its record's number, from the segment's first.
    pub(crate) number: u32,
    /// Which of the groups.
    pub(crate) group: u32,
}

const ROW: usize = 20;

/// What of an alert the index needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Facts<'a> {
    #[serde(borrow)]
    pub(crate) rule: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) priority: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) source: Cow<'a, str>,
}

impl<'a> Facts<'a> {
    /// Reads them from an encoded alert; none where it is none.
    pub(crate) fn of(alert: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(alert).ok()
    }
}

/// The alerts of a segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) groups: Vec<Group>,
    pub(crate) rows: Vec<Row>,
    /// Groups by their rule: of one rule there are few.
    by_rule: HashMap<String, Vec<u32>>,
}

impl Index {
    /// Adds an alert.
    pub(crate) fn add(&mut self, row: Row, rule: &str, priority: Priority, source: &str) {
        let group = self.group(rule, priority, source);
        self.rows.push(Row { group, ..row });
    }

    pub(crate) fn group(&mut self, rule: &str, priority: Priority, source: &str) -> u32 {
        let severity = priority as u8;
        let known = self.by_rule.get(rule).and_then(|groups| {
            groups.iter().copied().find(|group| {
                self.groups
                    .get(*group as usize)
                    .is_some_and(|one| one.priority == severity && one.source == source)
            })
        });
        known.unwrap_or_else(|| {
            let group = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            let (rule, source) = (rule.to_owned(), source.to_owned());
            self.by_rule.entry(rule.clone()).or_default().push(group);
            self.groups.push(Group { rule, priority: severity, source });
            group
        })
    }

    /// Adds a record, where it is an alert.
    pub(crate) fn add_record(&mut self, record: &Record<'_>, first: u64) {
        if record.kind != Kind::Alert {
            return;
        }
        let facts = Facts::of(record.payload);
        let (rule, priority, source) = match &facts {
            Some(facts) => {
                (&*facts.rule, facts.priority.parse().unwrap_or(Priority::Debug), &*facts.source)
            }
            None => ("", Priority::Debug, ""),
        };
        let (Ok(offset), Ok(number)) =
            (u32::try_from(record.offset), u32::try_from(record.number.saturating_sub(first)))
        else {
            return;
        };
        let row = Row { time_ns: record.time_ns, offset, number, group: 0 };
        self.add(row, rule, priority, source);
    }

    /// Reads a segment.
    pub(crate) fn of_segment(bytes: &[u8], first: u64) -> Self {
        let mut index = Self::default();
        for piece in Records::new(bytes, SEGMENT_HEADER) {
            if let Piece::Record(record) = piece {
                index.add_record(&record, first);
            }
        }
        index
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        // They always have a text: numbers and strings.
        let groups = serde_json::to_vec(&self.groups).unwrap_or_default();
        let mut bytes = Vec::with_capacity(4 + groups.len() + ROW * self.rows.len());
        bytes.extend_from_slice(&u32::try_from(groups.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&groups);
        for row in &self.rows {
            bytes.extend_from_slice(&row.time_ns.to_le_bytes());
            bytes.extend_from_slice(&row.offset.to_le_bytes());
            bytes.extend_from_slice(&row.number.to_le_bytes());
            bytes.extend_from_slice(&row.group.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let length = u32_at(payload, 0)? as usize;
        let rest = payload.get(4..)?;
        let groups: Vec<Group> = serde_json::from_slice(rest.get(..length)?).ok()?;
        let rows = rest.get(length..)?.chunks_exact(ROW);
        let row = |bytes: &[u8]| {
            Some(Row {
                time_ns: u64_at(bytes, 0)?,
                offset: u32_at(bytes, 8)?,
                number: u32_at(bytes, 12)?,
                group: u32_at(bytes, 16)?,
            })
        };
        rows.remainder().is_empty().then_some(())?;
        let rows = rows.map(row).collect::<Option<_>>()?;
        Some(Self { groups, rows, by_rule: HashMap::new() })
    }

    /// The index of a segment: its own where it is full and the index whole, else made by reading it.
    pub(crate) fn load<S: Storage>(
        storage: &S,
        name: &str,
        first: u64,
    ) -> Result<Self, JournalError> {
        let size = storage.size(name).map_err(JournalError::storage("read", name))?;
        if let Some(seal) = Seal::load(storage, name, size)? {
            let length = usize::try_from(size.saturating_sub(seal.index_at)).unwrap_or(usize::MAX);
            let tail = storage
                .read(name, seal.index_at, length)
                .map_err(JournalError::storage("read", name))?;
            let record = Record::parse(&tail, 0).ok().filter(|one| one.kind == Kind::Index);
            if let Some(index) = record.and_then(|record| Self::parse(record.payload)) {
                return Ok(index);
            }
        }
        let bytes = storage.read_all(name).map_err(JournalError::storage("read", name))?;
        Ok(Self::of_segment(&bytes, first))
    }
}
