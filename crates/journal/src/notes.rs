//! What the writer itself writes down: that it began, that retention took something.

use serde::{Deserialize, Serialize};

/// A writer began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    /// Bytes of an unfinished record it cut off.
    pub(crate) torn_bytes: u64,
    /// Records that the last checkpoint proves and that were gone: the first and the last.
    pub(crate) missing: Option<(u64, u64)>,
}

/// Retention took the oldest segments. Written before they go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retired {
    /// The oldest record that is kept.
    pub(crate) kept_from: u64,
    /// Alerts that went.
    pub(crate) alerts: u64,
    /// Of those, alerts that a consumer had not had, by its name.
    pub(crate) unread: Vec<(String, u64)>,
}

pub(crate) fn bytes(note: &impl Serialize) -> Vec<u8> {
    // They always have a text: numbers and strings.
    serde_json::to_vec(note).unwrap_or_default()
}

pub(crate) fn parse<'b, T: Deserialize<'b>>(payload: &'b [u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}
