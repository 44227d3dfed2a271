//! Answers: what was found, and how much of the truth it is.

use std::time::{Duration, Instant};

use serde::Serialize;

/// How exact an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Exactness {
    /// Every alert was counted.
    Exact,
    /// Counted over a part of the alerts and multiplied, or over the newest of them.
    Sampled,
    /// The time was over before all alerts were looked at.
    Partial,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget(Option<Instant>);

impl Budget {
    /// So long from now on.
    pub fn of(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// As long as it takes.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Whether the time is over.
    pub(crate) fn is_spent(self) -> bool {
        self.0.is_some_and(|until| Instant::now() >= until)
    }
}

/// Alerts of a time: the first and the first behind it, microseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Of this time or later; none: from the oldest.
    pub from_us: Option<i64>,
    /// Before this time; none: to the newest.
    pub to_us: Option<i64>,
}

impl Window {
    /// Whether a time is in it, microseconds since the epoch.
    pub fn contains(self, time_us: i64) -> bool {
        self.from_us.is_none_or(|from| time_us >= from) && self.to_us.is_none_or(|to| time_us < to)
    }
}

/// An alert that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its number: microseconds since the epoch shifted by ten bits, and what makes it the only one.
    pub id: i64,
    /// The JSON as it was received.
    pub body: Vec<u8>,
}

/// Alerts that were found, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The alerts.
    pub hits: Vec<Hit>,
    /// Where the next page begins: alerts below this number; none where there are no more.
    pub next: Option<i64>,
    /// The time was over before the page was full.
    pub partial: bool,
    /// Alerts that were read to decide.
    pub read: u64,
}

/// Alerts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// When the first bar begins, microseconds since the epoch.
    pub start_us: i64,
    /// How long a bar is, microseconds.
    pub step_us: i64,
    /// How many alerts each has.
    pub counts: Vec<u64>,
    /// Of all of them.
    pub total: u64,
    /// What the counts are.
    pub exactness: Exactness,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// How many alerts have it.
    pub count: u64,
}

/// Which values alerts have, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// For each kind that was asked for: its values.
    pub kinds: Vec<(crate::FacetKind, Vec<FacetValue>)>,
    /// Alerts that were counted.
    pub counted: u64,
    /// What the counts are.
    pub exactness: Exactness,
}
