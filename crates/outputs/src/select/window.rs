//! So many alerts in a time, counted apart for each combination of values.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use peregrine_alert::{Alert, AlertField};

use super::held::Held;

/// Windows that are kept at once; beyond that those that end first end early.
const MOST: usize = 10_000;

/// One window: it begins with its first alert.
#[derive(Debug)]
struct Window {
    end_ns: u64,
    passed: usize,
    held: Option<Held>,
}

/// The windows of a throttle or of what removes repetitions.
#[derive(Debug)]
pub(super) struct Windows {
    name: &'static str,
    /// Alerts that go through in each.
    most: usize,
    span_ns: u64,
    fields: Vec<AlertField>,
    open: HashMap<Vec<u8>, Window>,
    /// No window ends before.
    next_end: u64,
}

impl Windows {
    pub(super) fn new(
        name: &'static str,
        most: usize,
        span: Duration,
        fields: Vec<AlertField>,
    ) -> Self {
        let span_ns = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Self { name, most, span_ns, fields, open: HashMap::new(), next_end: u64::MAX }
    }

    /// Whether the alert is held back. Windows that ended before it have been taken by [`Self::end`].
    pub(super) fn hold(&mut self, alert: &Arc<Alert>) -> bool {
        let key = key(&self.fields, alert);
        let end_ns = alert.time_ns.saturating_add(self.span_ns);
        let window = self.open.entry(key).or_insert(Window { end_ns, passed: 0, held: None });
        self.next_end = self.next_end.min(window.end_ns);
        if window.passed < self.most {
            window.passed += 1;
            return false;
        }
        match &mut window.held {
            Some(held) => held.add(alert),
            None => window.held = Some(Held::new(self.name, alert)),
        }
        true
    }

    /// Takes what windows held back that ended by this time, or for which there is no room.
    pub(super) fn end(&mut self, now_ns: u64, ended: &mut Vec<Held>) {
        let mut until = now_ns;
        if self.open.len() >= MOST {
            let mut ends: Vec<u64> = self.open.values().map(|window| window.end_ns).collect();
            ends.sort_unstable();
            // A tenth of them, so that the next alerts find room.
            until = until.max(ends.get(MOST / 10).copied().unwrap_or(u64::MAX));
        }
        if until < self.next_end {
            return;
        }
        self.next_end = u64::MAX;
        self.open.retain(|_, window| {
            if window.end_ns <= until {
                ended.extend(window.held.take());
                return false;
            }
            self.next_end = self.next_end.min(window.end_ns);
            true
        });
    }
}

/// The values of fields, told apart whatever they hold.
fn key(fields: &[AlertField], alert: &Alert) -> Vec<u8> {
    let mut key = Vec::new();
    let mut put = |bytes: &[u8]| {
        key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        key.extend_from_slice(bytes);
    };
    for field in fields {
        match field {
            AlertField::Rule => put(alert.rule.as_bytes()),
            AlertField::Priority => put(alert.priority.name().as_bytes()),
            AlertField::Source => put(alert.source.as_bytes()),
            AlertField::Hostname => put(alert.id.host.as_bytes()),
            AlertField::Output => put(alert.message.as_bytes()),
            AlertField::Time => put(&alert.time_ns.to_le_bytes()),
            AlertField::Tags => put(alert.tags.join("\0").as_bytes()),
            AlertField::Value { name, .. } => match alert.fields.get(name) {
                // What is missing is told apart from an empty text by its quotes.
                Some(value) => put(value.to_string().as_bytes()),
                None => put(b""),
            },
        }
    }
    key
}
