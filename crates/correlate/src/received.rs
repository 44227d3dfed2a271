//! Alerts as other programs write them: Falco's JSON.

use jiff::Timestamp;
use peregrine_alert::{Alert, AlertId};
use peregrine_event::Priority;
use serde_json::{Map, Value as Json};

/// Why a text is no alert.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceivedError {
    /// It is no JSON.
    #[error("this is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It lacks what every alert has, or that has another form.
    #[error("an alert needs `{key}`, {expected}")]
    Key {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

/// An alert of one line of JSON as Falco and `peregrine journal export` write it. With `record`, the number of a
/// journal's record, that is its number; else it has none.
///
/// # Errors
/// When it is no alert.
pub fn received(line: &[u8]) -> Result<(Alert, Option<u64>), ReceivedError> {
    let mut object: Map<String, Json> = serde_json::from_slice(line)?;
    let mut text = |key: &'static str| match object.remove(key) {
        Some(Json::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let missing = |key, expected| ReceivedError::Key { key, expected };
    let rule = text("rule").ok_or_else(|| missing("rule", "a text"))?;
    let priority = text("priority").and_then(|name| name.parse::<Priority>().ok());
    let priority = priority.ok_or_else(|| missing("priority", "such as Warning"))?;
    let time = text("time").and_then(|time| time.parse::<Timestamp>().ok());
    let time = time.ok_or_else(|| missing("time", "such as 2026-11-30T16:44:00.5Z"))?;
    let time_ns = u64::try_from(time.as_nanosecond());
    let time_ns = time_ns.map_err(|_| missing("time", "from 1970 on"))?;
    let host = text("hostname").unwrap_or_default();
    let source = text("source").unwrap_or_else(|| "syscall".to_owned());
    let message = text("message").or_else(|| text("output")).unwrap_or_default();
    let record = object.remove("record").and_then(|number| number.as_u64());
    let tags = match object.remove("tags") {
        Some(Json::Array(list)) => {
            list.into_iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let fields = match object.remove("output_fields") {
        Some(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    let id = AlertId { host, sequence: record.unwrap_or(0) };
    let alert = Alert { id, time_ns, utc_offset: 0, rule, priority, source, tags, message, fields };
    Ok((alert, record))
}

#[cfg(test)]
mod tests {
    use peregrine_alert::Form;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let line = r#"{"hostname":"web-1","output":"x","output_fields":{"evt.time":5,"proc.name":"cat"},"priority":"Error","record":7,"rule":"R","source":"syscall","tags":["a","b"],"time":"2026-11-30T16:44:00.000000005Z"}"#;
        let (alert, record) = received(line.as_bytes()).unwrap();
        assert_eq!(record, Some(7));
        assert_eq!((alert.rule.as_str(), alert.id.host.as_str()), ("R", "web-1"));
        assert_eq!(alert.tags, ["a", "b"]);
        assert_eq!(alert.time_ns % 1_000_000_000, 5);
        let again = received(alert.json(&Form::default()).as_bytes()).unwrap().0;
        assert_eq!((again.time_ns, again.rule), (alert.time_ns, alert.rule));
    }

    #[test]
    fn what_is_no_alert_is_said() {
        let check = |line: &str, part: &str| {
            let error = received(line.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        };
        check("x", "no JSON");
        check("[]", "no JSON");
        check("{}", "`rule`");
        check(r#"{"rule":"R"}"#, "`priority`");
        check(r#"{"rule":"R","priority":"terrible"}"#, "`priority`");
        check(r#"{"rule":"R","priority":"Error","time":"soon"}"#, "`time`");
        check(r#"{"rule":"R","priority":"Error","time":"1960-01-01T00:00:00Z"}"#, "1970");
    }
}
