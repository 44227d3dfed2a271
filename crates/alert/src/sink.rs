//! The receiver of alerts.

use std::sync::Arc;

use crate::alert::Alert;

/// Receives alerts in the order of their events: outputs, a journal, a test.
pub trait AlertSink {
    /// Takes one alert. Never waits: further events wait for it.
    fn deliver(&mut self, alert: Arc<Alert>);
}

/// Stores all alerts.
impl AlertSink for Vec<Arc<Alert>> {
    fn deliver(&mut self, alert: Arc<Alert>) {
        self.push(alert);
    }
}
