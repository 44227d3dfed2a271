//! Where alerts go.

use std::sync::Arc;

use crate::alert::Alert;

/// Takes alerts, each in the order of their events: outputs, a journal, a test.
pub trait AlertSink {
    /// Takes one alert. Never waits: events wait behind it.
    fn deliver(&mut self, alert: Arc<Alert>);
}

/// Keeps all.
impl AlertSink for Vec<Arc<Alert>> {
    fn deliver(&mut self, alert: Arc<Alert>) {
        self.push(alert);
    }
}
