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
    /// Live views at once; further ones are refused with 429.
    pub(crate) viewers: usize,
    /// The newest alerts live views go on with, and bytes of them, at most.
    pub(crate) live_alerts: usize,
    pub(crate) live_bytes: usize,
    /// Bytes that are made for one live view at once, about.
    pub(crate) live_piece: usize,
    /// How often a live view says where it is while nothing comes.
    pub(crate) live_beat: Duration,
    /// How long a live view waits for a client that reads nothing.
    pub(crate) live_stall: Duration,
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
        viewers: 64,
        live_alerts: 10_000,
        live_bytes: 32 << 20,
        live_piece: 256 << 10,
        live_beat: Duration::from_secs(15),
        live_stall: Duration::from_mins(1),
        series: 10_000,
    };
}
