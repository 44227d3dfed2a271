//! The alert, which borrows nothing from its event.

use std::sync::atomic::{AtomicU64, Ordering};

use peregrine_event::Priority;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The identity of an alert: no other alert of the same host has its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertId {
    /// The name of the host.
    pub host: String,
    /// Later alerts of the host have higher numbers.
    pub sequence: u64,
}

/// Numbers the alerts of a host, from any thread.
#[derive(Debug)]
pub struct Sequence(AtomicU64);

impl Sequence {
    /// `first` is the number of the first alert: higher than every earlier number of the host.
    pub fn new(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    /// The number of the next alert.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// The numbers of the next alerts: the first of so many in a row.
    pub fn reserve(&self, alerts: usize) -> u64 {
        self.0.fetch_add(alerts as u64, Ordering::Relaxed)
    }

    /// The number that the next alert will have, or a later one: no alert so far has it.
    pub fn upcoming(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One alert, which borrows nothing from its event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its identity, with the host.
    pub id: AlertId,
    /// When the event happened, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Seconds east of Greenwich at that time.
    pub utc_offset: i32,
    /// The rule.
    pub rule: String,
    /// Its priority.
    #[serde(with = "crate::codec::priority")]
    pub priority: Priority,
    /// The source of the event.
    pub source: String,
    /// The rule's tags, in order.
    pub tags: Vec<String>,
    /// The output with its values.
    pub message: String,
    /// The values by name, in order.
    pub fields: Map<String, Json>,
}

/// The source of alerts about Peregrine itself.
pub const INTERNAL: &str = "internal";

impl Alert {
    /// An alert about Peregrine itself, as Falco's: without an event, without tags. `message` is all of its text.
    pub fn internal(
        id: AlertId,
        time_ns: u64,
        utc_offset: i32,
        priority: Priority,
        rule: &str,
        message: &str,
        fields: Map<String, Json>,
    ) -> Self {
        Self {
            id,
            time_ns,
            utc_offset,
            rule: rule.to_owned(),
            priority,
            source: INTERNAL.to_owned(),
            tags: Vec::new(),
            message: message.to_owned(),
            fields,
        }
    }

    /// Its approximate size in memory, in bytes.
    pub fn weight(&self) -> usize {
        let tags: usize = self.tags.iter().map(|tag| 32 + tag.len()).sum();
        let fields: usize =
            self.fields.iter().map(|(key, value)| 96 + key.len() + weight_of(value)).sum();
        512 + self.message.len() + tags + fields
    }
}

/// The approximate size of a value in bytes, beside its own structure.
fn weight_of(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(list) => list.iter().map(|value| 32 + weight_of(value)).sum(),
        Json::Object(map) => map.iter().map(|(key, value)| 96 + key.len() + weight_of(value)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}
