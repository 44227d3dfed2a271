//! Alerts that were held back together.

use std::sync::Arc;

use peregrine_alert::Alert;

/// Alerts that were held back together.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Why: `throttle`, `dedup`, `mute`.
    pub(super) by: &'static str,
    pub(super) count: u64,
    pub(super) first_ns: u64,
    pub(super) last_ns: u64,
    /// The last of them.
    pub(super) last: Arc<Alert>,
}

impl Held {
    pub(super) fn new(by: &'static str, alert: &Arc<Alert>) -> Self {
        let time = alert.time_ns;
        Self { by, count: 1, first_ns: time, last_ns: time, last: Arc::clone(alert) }
    }

    pub(super) fn add(&mut self, alert: &Arc<Alert>) {
        self.count += 1;
        self.first_ns = self.first_ns.min(alert.time_ns);
        self.last_ns = self.last_ns.max(alert.time_ns);
        self.last = Arc::clone(alert);
    }
}
