//! What came in, as falcosidekick counts it, and what was refused and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use peregrine_alert::Alert;
use serde_json::Value as Json;

use crate::limits::Limits;

/// Labels of `falcosecurity_falcosidekick_falco_events_total`.
const LABELS: [&str; 7] =
    ["hostname", "rule", "priority", "priority_raw", "source", "k8s_ns_name", "k8s_pod_name"];
type Labels = [String; LABELS.len()];

#[derive(Debug, Default)]
struct Numbers {
    accepted: u64,
    refused: BTreeMap<&'static str, u64>,
    events: BTreeMap<Labels, u64>,
    /// Alerts of labels for which there was no room.
    others: u64,
}

/// Counts since the hub began.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<Numbers>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn accept(&self, alert: &Alert) {
        let field = |name: &str| match alert.fields.get(name) {
            Some(Json::String(text)) => text.clone(),
            _ => String::new(),
        };
        // Sidekick numbers priorities the other way round: emergency is 8.
        let raw = 8 - alert.priority as u8;
        let labels = [
            alert.id.host.clone(),
            alert.rule.clone(),
            alert.priority.name().to_owned(),
            raw.to_string(),
            alert.source.clone(),
            field("k8s.ns.name"),
            field("k8s.pod.name"),
        ];
        let mut numbers = self.lock();
        numbers.accepted += 1;
        if numbers.events.len() < Limits::ALL.series || numbers.events.contains_key(&labels) {
            *numbers.events.entry(labels).or_default() += 1;
        } else {
            numbers.others += 1;
        }
    }

    pub(crate) fn refuse(&self, reason: &'static str) {
        *self.lock().refused.entry(reason).or_default() += 1;
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.lock().accepted
    }

    pub(crate) fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.lock().refused.clone()
    }

    /// All of it as Prometheus reads it.
    pub(crate) fn prometheus(&self) -> String {
        let numbers = self.lock();
        let refused: u64 = numbers.refused.values().sum();
        let mut text = String::new();
        let mut family = |name: &str, help: &str, rows: &[(String, u64)]| {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} counter\n");
            for (labels, count) in rows {
                let _ = writeln!(text, "{name}{{{labels}}} {count}");
            }
        };
        let input = |status: &str| format!("source=\"requests\",status=\"{status}\"");
        family(
            "falcosecurity_falcosidekick_inputs_total",
            "Requests with an alert.",
            &[
                (input("accepted"), numbers.accepted),
                (input("rejected"), refused),
                (input("total"), numbers.accepted + refused),
            ],
        );
        let mut rows: Vec<(String, u64)> = numbers
            .events
            .iter()
            .map(|(labels, count)| {
                let pairs = LABELS.iter().zip(labels);
                let pairs = pairs.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
                (pairs.collect::<Vec<_>>().join(","), *count)
            })
            .collect();
        if numbers.others > 0 {
            rows.push(("rule=\"(others: too many series)\"".to_owned(), numbers.others));
        }
        family("falcosecurity_falcosidekick_falco_events_total", "Alerts.", &rows);
        let rows: Vec<(String, u64)> = numbers
            .refused
            .iter()
            .map(|(reason, count)| (format!("reason=\"{reason}\""), *count))
            .collect();
        family("peregrine_hub_refused_total", "Requests that were refused.", &rows);
        text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
