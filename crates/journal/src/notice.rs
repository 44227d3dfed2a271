//! What a journal has to say about itself.

use std::fmt;
use std::time::Duration;

/// Alerts that went before a consumer had them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The consumer.
    pub consumer: String,
    /// How many alerts.
    pub alerts: u64,
}

/// The journal was damaged, fails, or works again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalNotice {
    /// A record was being written when the writer before ended: it is cut off.
    TornTail {
        /// The segment.
        segment: String,
        /// How many bytes are cut off.
        bytes: u64,
    },
    /// What was written is not there as it was: what was found.
    Damaged(String),
    /// Records that a power cut may take: the disk failed to write them down for good.
    NotDurable {
        /// Their segment.
        segment: String,
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// The last checkpoint proves records that are gone.
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// Retention took alerts that a consumer had not had.
    RetiredUnread {
        /// Alerts that went.
        alerts: u64,
        /// How many of them which consumer had not had.
        unread: Vec<Unread>,
    },
    /// It cannot be written; alerts wait in memory as far as there is room.
    Fails {
        /// Why.
        why: String,
    },
    /// Its disk does not answer; alerts go to the outputs, and wait for it in memory as far as there is room.
    Hangs {
        /// How long nobody waits for it any more.
        after: Duration,
    },
    /// What waited is written.
    WorksAgain,
    /// Alerts are not in the journal since that was said last: there was no room for them to wait.
    AlertsLost {
        /// How many.
        lost: u64,
    },
}

impl fmt::Display for JournalNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornTail { segment, bytes } => write!(
                f,
                "journal: {bytes} bytes of a record that was not written to its end are cut off {segment}"
            ),
            Self::Damaged(what) => {
                write!(f, "journal: {what} (`peregrine journal verify` says more)")
            }
            Self::NotDurable { segment, first, last } => write!(
                f,
                "journal: a power cut may take the records {first} to {last}: the disk failed to write {segment} for good"
            ),
            Self::Missing { first, last } => write!(
                f,
                "journal: the records {first} to {last} are gone, which the last checkpoint proves"
            ),
            Self::RetiredUnread { alerts, unread } => {
                write!(f, "journal: retention took {alerts} alerts")?;
                for Unread { consumer, alerts } in unread {
                    write!(f, ", of which {consumer} had not had {alerts}")?;
                }
                f.write_str(" (journal.max_size and journal.max_age say how much is kept)")
            }
            Self::Fails { why } => write!(
                f,
                "journal: {why}; alerts go to the outputs, wait for the journal in memory and are lost there and counted when that is full"
            ),
            Self::Hangs { after } => write!(
                f,
                "journal: its disk has not answered for {} s; alerts go to the outputs, wait for the journal in memory and are lost there and counted when that is full",
                after.as_secs()
            ),
            Self::WorksAgain => f.write_str("journal: it can be written again"),
            Self::AlertsLost { lost } => write!(
                f,
                "journal: {lost} alerts are not in it: it could not be written fast enough or not at all"
            ),
        }
    }
}
