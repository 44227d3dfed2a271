//! The alert that stands for those that were held back.

use peregrine_alert::{Alert, AlertId};
use serde_json::json;

use super::held::Held;

/// It has rule, priority, source, tags and values of the last of them, so that it goes where that would have
/// gone, and says how many they were.
pub(super) fn summary(held: &Held, sequence: u64) -> Alert {
    let Held { by, count, first_ns, last_ns, last } = held;
    let time = |ns: u64| peregrine_alert::iso8601(ns, "Z");
    let (first, until) = (time(*first_ns), time(*last_ns));
    let mut fields = last.fields.clone();
    for (name, value) in [
        ("suppressed.by", json!(by)),
        ("suppressed.count", json!(count)),
        ("suppressed.first", json!(first)),
        ("suppressed.last", json!(until)),
    ] {
        fields.insert(name.to_owned(), value);
    }
    let alerts = if *count == 1 { "1 alert was" } else { &format!("{count} alerts were") };
    let message =
        format!("{alerts} held back by {by} from {first} to {until}, the last: {}", last.message);
    let id = AlertId { host: last.id.host.clone(), sequence };
    Alert { id, time_ns: *last_ns, message, fields, ..(**last).clone() }
}
