//! Every limit of the hub.

use std::time::Duration;

/// Limits of what senders and people may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one alert.
    pub(crate) body: usize,
    /// How long the head and the body of a request may take, and a connection may say nothing.
    pub(crate) request: Duration,
    /// Connections of one port at once; further ones wait.
    pub(crate) connections: usize,
    /// Requests that wait for the log at once; further ones are refused with 429.
    pub(crate) waiting: usize,
    /// Bytes that one group of the log has at most.
    pub(crate) group: usize,
    /// Percent of the disk in use from which on alerts are refused.
    pub(crate) disk_refuse: u64,
    /// Percent of the disk in use from which on retention keeps less.
    pub(crate) disk_retire: u64,
    /// Searches at once; further ones wait.
    pub(crate) searches: usize,
    /// How long a search takes unless its header `peregrine-budget` says otherwise, and at most.
    pub(crate) budget: Duration,
    pub(crate) budget_most: Duration,
    /// Alerts of one page at most.
    pub(crate) page: usize,
    /// Series of `falcosecurity_falcosidekick_falco_events_total` at most; the rest is one.
    pub(crate) series: usize,
}

impl Limits {
    pub(crate) const ALL: Self = Self {
        body: 1 << 20,
        request: Duration::from_secs(10),
        connections: 1024,
        waiting: 8192,
        group: 16 << 20,
        disk_refuse: 95,
        disk_retire: 90,
        searches: 4,
        budget: Duration::from_millis(150),
        budget_most: Duration::from_secs(10),
        page: 1000,
        series: 10_000,
    };
}
