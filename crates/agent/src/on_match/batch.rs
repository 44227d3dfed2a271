//! What the pipeline passes to the thread that writes captures: records in order, and which of them rules
//! matched.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use peregrine_state::{Interface, StaleThreads};

use crate::record::Beginning;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An event.
    Event,
    /// An event that changes the state of the host only.
    StateOnly,
    /// A thread or a descriptor that was read from the host.
    Looked,
}

/// What changes the state of the host besides records.
#[derive(Debug)]
pub(super) enum Change {
    /// Another host begins.
    Restart,
    /// Whether names that threads give themselves are followed.
    FollowNames(bool),
    /// The clock was set by so many nanoseconds.
    ClockMoved(i64),
    /// Threads ended whose exit was lost.
    Stale(StaleThreads),
    /// Nothing runs any more in these containers.
    Forgotten(Vec<String>),
    /// Memory is short: the state is to take so many bytes at most.
    Shed(usize),
    /// The addresses of the host.
    Interfaces(Vec<Interface>),
}

/// A record, or a change.
#[derive(Debug)]
pub(super) enum Item {
    /// The bytes up to this offset of the batch are a record.
    Record {
        end: u32,
        num: u64,
        cpu: u16,
        kind: Kind,
    },
    Change(Box<Change>),
}

/// A rule that asks for a capture matched.
#[derive(Debug)]
pub(super) struct Match {
    /// The event, and when it was.
    pub(super) num: u64,
    pub(super) ts: u64,
    /// How long the capture goes on, nanoseconds.
    pub(super) duration: u64,
    /// How the file begins where it is not this host that is watched.
    pub(super) beginning: Option<Box<Beginning>>,
}

/// Records in order.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) items: Vec<Item>,
    pub(super) matches: Vec<Match>,
    /// Who waits for the file of a match, by the number of its event.
    pub(super) wanted: Vec<(u64, Sender<PathBuf>)>,
    /// Descriptions of containers, each with the number of the first event that may show it.
    pub(super) descriptions: Vec<(u64, Vec<u8>)>,
    /// Events from this number on may still turn out to have matched.
    pub(super) held_from: u64,
    /// When the last event was.
    pub(super) newest: u64,
    /// Memory is short: nothing is to be kept.
    pub(super) shed: bool,
    /// Events before the first were lost: the items are the state of the host.
    pub(super) anew: bool,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            items: Vec::new(),
            matches: Vec::new(),
            wanted: Vec::new(),
            descriptions: Vec::new(),
            held_from: u64::MAX,
            newest: 0,
            shed: false,
            anew: false,
        }
    }
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.matches.is_empty() && self.descriptions.is_empty()
    }

    /// Adds a record made of these parts.
    pub(super) fn record(&mut self, parts: [&[u8]; 2], num: u64, cpu: u16, kind: Kind) {
        if kind == Kind::Event {
            let ts = parts[0].first_chunk::<8>().map_or(0, |ts| u64::from_le_bytes(*ts));
            self.newest = self.newest.max(ts);
        }
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        // A batch is passed on long before it has so many bytes; one record has fewer.
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.items.push(Item::Record { end, num, cpu, kind });
    }

    pub(super) fn change(&mut self, change: Change) {
        self.items.push(Item::Change(Box::new(change)));
    }

    /// How many events it has.
    pub(super) fn events(&self) -> u64 {
        let of = |item: &&Item| matches!(item, Item::Record { kind: Kind::Event, .. });
        u64::try_from(self.items.iter().filter(of).count()).unwrap_or(u64::MAX)
    }
}
