//! What can be wrong with a journal.

use std::fmt;

/// One thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The bytes of these records changed: the first and the last of them.
    Changed {
        /// The segment.
        segment: String,
        /// The first record.
        first: u64,
        /// The last record.
        last: u64,
    },
    /// A record does not follow from the one before: it was changed, or the one before was replaced.
    Unchained {
        /// The segment.
        segment: String,
        /// The record.
        number: u64,
    },
    /// These records are not there.
    Removed {
        /// The first record.
        first: u64,
        /// The last record.
        last: u64,
    },
    /// A record stands there that the journal never had in this place.
    Inserted {
        /// The segment.
        segment: String,
        /// The number it gives itself.
        number: u64,
        /// Where in the segment it begins.
        offset: usize,
    },
    /// Bytes stand between records.
    Foreign {
        /// The segment.
        segment: String,
        /// Where they begin.
        offset: usize,
        /// How many.
        bytes: usize,
    },
    /// Two records stand in each other's place.
    Swapped {
        /// The segment.
        segment: String,
        /// One.
        one: u64,
        /// The other.
        other: u64,
    },
    /// Records from the first to the last of these are not in their order.
    Disordered {
        /// The segment.
        segment: String,
        /// The first record.
        first: u64,
        /// The last record.
        last: u64,
    },
    /// A segment has no header, or that of another.
    Header {
        /// The segment.
        segment: String,
    },
    /// A segment does not follow from the one before.
    SegmentUnchained {
        /// The segment.
        segment: String,
    },
    /// A checkpoint is not signed by the key.
    Forged {
        /// The record of the checkpoint, or none: it is the one beside the key.
        number: Option<u64>,
    },
    /// A checkpoint is of another moment than where it stands.
    Exchanged {
        /// The record of the checkpoint.
        number: u64,
    },
    /// A checkpoint says that records up to this one were others: they were written anew.
    Rewritten {
        /// The first record that may have been: the one behind the checkpoint before.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// The journal ends before what was signed.
    CutTail {
        /// The last record there is; 0 where there is none.
        last: u64,
        /// The last record that was signed.
        signed: u64,
    },
}

/// `record 5`, `records 5 to 7`.
fn records(first: u64, last: u64) -> String {
    if first == last { format!("record {first}") } else { format!("records {first} to {last}") }
}

impl Finding {
    /// The kind, in one word, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Unchained { .. } => "unchained",
            Self::Removed { .. } => "removed",
            Self::Inserted { .. } => "inserted",
            Self::Foreign { .. } => "foreign",
            Self::Swapped { .. } => "swapped",
            Self::Disordered { .. } => "disordered",
            Self::Header { .. } => "header",
            Self::SegmentUnchained { .. } => "segment_unchained",
            Self::Forged { .. } => "forged",
            Self::Exchanged { .. } => "exchanged",
            Self::Rewritten { .. } => "rewritten",
            Self::CutTail { .. } => "cut_tail",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { segment, first, last } => {
                write!(f, "changed: {} in {segment} is damaged", records(*first, *last))
            }
            Self::Unchained { segment, number } => write!(
                f,
                "changed: record {number} in {segment} does not follow from record {}: it was changed, or the one before was replaced",
                number.saturating_sub(1)
            ),
            Self::Removed { first, last } => {
                write!(f, "removed: {} is gone", records(*first, *last))
            }
            Self::Inserted { segment, number, offset } => write!(
                f,
                "inserted: the record at byte {offset} of {segment}, which calls itself {number}, was never written there"
            ),
            Self::Foreign { segment, offset, bytes } => {
                write!(f, "inserted: {bytes} bytes at byte {offset} of {segment} are no record")
            }
            Self::Swapped { segment, one, other } => write!(
                f,
                "swapped: records {one} and {other} stand in each other's place in {segment}"
            ),
            Self::Disordered { segment, first, last } => {
                write!(f, "swapped: {} in {segment} are not in their order", records(*first, *last))
            }
            Self::Header { segment } => {
                write!(f, "changed: the header of {segment} is damaged, or of another segment")
            }
            Self::SegmentUnchained { segment } => write!(
                f,
                "changed: {segment} does not follow from the segment before: one of the two was replaced"
            ),
            Self::Forged { number: Some(number) } => {
                write!(f, "exchanged: the checkpoint in record {number} is not signed by this key")
            }
            Self::Forged { number: None } => {
                f.write_str("exchanged: the checkpoint beside the key is not signed by it")
            }
            Self::Exchanged { number } => write!(
                f,
                "exchanged: the checkpoint in record {number} was signed for another place"
            ),
            Self::Rewritten { first, last } => write!(
                f,
                "rewritten: one of the {} is not what was signed",
                if first == last {
                    format!("records up to {last}")
                } else {
                    records(*first, *last)
                }
            ),
            Self::CutTail { last: 0, signed } => {
                write!(f, "cut: all records up to {signed}, which was signed, are gone")
            }
            Self::CutTail { last, signed } => write!(
                f,
                "cut: the journal ends with record {last}, but record {signed} was signed"
            ),
        }
    }
}
