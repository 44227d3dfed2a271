//! Alerts for tests, the same as those of `tests/channels`.

use peregrine_alert::Alert;

use crate::output::Record;

#[path = "../../tests/channels/alerts.rs"]
mod alerts;

pub(crate) use alerts::{bare, nasty, plain};

/// An alert in the format chats have by default.
pub(crate) fn record(alert: &Alert) -> Record<'_> {
    Record { alert, text: &alert.message }
}
