//! Findings: what correlations report.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::window::Member;

/// The identity of a finding: of the correlation, the group and the first alert, so that the same
/// alerts in the same order give the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingId(pub [u8; 16]);

impl FindingId {
    pub(crate) fn new(fingerprint: &[u8; 16], key: &[u8], agent: &str, sequence: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(fingerprint);
        for part in [key, agent.as_bytes()] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part);
        }
        hasher.update(&sequence.to_le_bytes());
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        // A UUID of version 8: of a scheme of one's own.
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// What a correlation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its identity.
    pub id: FindingId,
    /// The correlation, by its number.
    pub correlation: usize,
    /// The values of `group-by`, in its order.
    pub group: Vec<String>,
    /// When the condition was met first, nanoseconds since the epoch.
    pub fired: i64,
    /// When it was met last.
    pub last_fired: i64,
    /// When the first alert of it happened.
    pub first: i64,
    /// When the last one did.
    pub last: i64,
    /// How many alerts it has.
    pub alerts: u64,
    /// How often the condition was met.
    pub fires: u64,
    /// The number of the window that met it last, in order of arrival.
    pub number: f64,
    /// The first of its alerts, in order of arrival, [`KEPT_MEMBERS`] at most.
    pub members: Vec<Member>,
    /// It was found by an alert that came behind others of later times.
    pub late: bool,
    /// Memory was short: some of its alerts may not have been counted.
    pub approximate: bool,
}

/// How many alerts a finding names.
pub const KEPT_MEMBERS: usize = 64;

/// What follows from an alert or the time.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A finding begins.
    Opened(Finding),
    /// Alerts became part of a finding.
    Grew {
        /// Which.
        id: FindingId,
        /// The correlation.
        correlation: usize,
        /// How many alerts it has now.
        alerts: u64,
        /// Those that were added.
        added: Vec<Member>,
    },
    /// A late alert joined two findings to one.
    Merged {
        /// What both are now: of the two the one that was opened first.
        into: Finding,
        /// The other one.
        gone: FindingId,
    },
    /// Nothing can be added to a finding any more.
    Closed(Finding),
}

/// A finding that may grow, in the state of its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) id: FindingId,
    pub(crate) fired: i64,
    pub(crate) last_fired: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) alerts: u64,
    pub(crate) fires: u64,
    pub(crate) number: f64,
    pub(crate) members: Vec<Member>,
    pub(crate) late: bool,
    pub(crate) approximate: bool,
    pub(crate) suppressed: bool,
    /// Which of the engine's findings it was.
    pub(crate) serial: u64,
}

impl Open {
    pub(crate) fn finding(&self, correlation: usize, group: Vec<String>) -> Finding {
        Finding {
            id: self.id,
            correlation,
            group,
            fired: self.fired,
            last_fired: self.last_fired,
            first: self.first,
            last: self.last,
            alerts: self.alerts,
            fires: self.fires,
            number: self.number,
            members: self.members.clone(),
            late: self.late,
            approximate: self.approximate,
        }
    }

    pub(crate) fn absorb(&mut self, other: &Self) {
        self.fired = self.fired.min(other.fired);
        self.last_fired = self.last_fired.max(other.last_fired);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.alerts += other.alerts;
        self.fires += other.fires;
        self.late |= other.late;
        self.approximate |= other.approximate;
        self.suppressed &= other.suppressed;
        let free = KEPT_MEMBERS.saturating_sub(self.members.len());
        self.members.extend(other.members.iter().take(free));
    }
}
