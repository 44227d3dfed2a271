//! An alert as Falco writes it: JSON, checked as falcosidekick does.

use jiff::Timestamp;
use peregrine_alert::{Alert, AlertId, Priority};
use serde_json::{Map, Value as Json};

/// How deep the JSON of an alert may nest.
pub const MAX_DEPTH: usize = 32;

/// The source of an alert that names none.
const DEFAULT_SOURCE: &str = "syscalls";
/// The rule of the alert that `POST /test` makes.
const TEST_RULE: &str = "Test rule";

/// Why bytes are no alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are no JSON.
    #[error("this is no JSON: {0}")]
    NotJson(String),
    /// It nests too deep.
    #[error("it nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// It is no object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// A key is missing, or its value is empty.
    #[error("`{0}` is missing or empty")]
    Missing(&'static str),
    /// A value has another type.
    #[error("`{key}` is no {expected}")]
    Type {
        /// The key.
        key: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// The priority is none.
    #[error(
        "`priority` is `{0}`: one of emergency, alert, critical, error, warning, notice, informational, info, debug is expected"
    )]
    Priority(String),
    /// The time is none.
    #[error(
        "`time` is `{0}`: a time as 2026-01-31T23:59:59.123456789Z, of 1970 or later, is expected"
    )]
    Time(String),
}

impl Refused {
    /// The word for it in counts.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "json",
            Self::TooDeep => "depth",
            Self::NotAnObject | Self::Type { .. } => "type",
            Self::Missing(_) => "missing",
            Self::Priority(_) => "priority",
            Self::Time(_) => "time",
        }
    }
}

/// An alert that was received.
#[derive(Debug, Clone)]
pub struct Document {
    /// What conditions are evaluated over. Its time is that of the event.
    pub alert: Alert,
    /// Its `uuid`, where it has one.
    pub uuid: Option<String>,
}

impl Document {
    /// Reads an alert from its JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(body: &[u8]) -> Result<Self, Refused> {
        // Numbers of lines and columns are those of the body.
        let json: Json = serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Syntax if error.to_string().starts_with("recursion") => {
                Refused::TooDeep
            }
            _ => Refused::NotJson(error.to_string()),
        })?;
        let Json::Object(mut object) = json else { return Err(Refused::NotAnObject) };
        if object.values().any(|value| depth(value, MAX_DEPTH - 1).is_none()) {
            return Err(Refused::TooDeep);
        }
        let priority = text(&mut object, "priority")?;
        let priority: Priority = match priority.parse() {
            Ok(priority) => priority,
            Err(_) if priority.is_empty() => return Err(Refused::Missing("priority")),
            Err(_) => return Err(Refused::Priority(shown(&priority))),
        };
        let rule = text(&mut object, "rule")?;
        if rule.is_empty() {
            return Err(Refused::Missing("rule"));
        }
        let time = text(&mut object, "time")?;
        if time.is_empty() {
            return Err(Refused::Missing("time"));
        }
        let time_ns = time_of(&time).ok_or_else(|| Refused::Time(shown(&time)))?;
        let fields = match object.remove("output_fields") {
            Some(Json::Object(fields)) if !fields.is_empty() => fields,
            None | Some(Json::Null | Json::Object(_)) => {
                return Err(Refused::Missing("output_fields"));
            }
            Some(_) => return Err(Refused::Type { key: "output_fields", expected: "object" }),
        };
        let mut source = text(&mut object, "source")?;
        if source.is_empty() {
            DEFAULT_SOURCE.clone_into(&mut source);
        }
        if rule == TEST_RULE {
            peregrine_alert::INTERNAL.clone_into(&mut source);
        }
        let mut tags = tags(&mut object)?;
        tags.sort();
        let uuid = Some(text(&mut object, "uuid")?).filter(|uuid| !uuid.is_empty());
        let id = AlertId { host: text(&mut object, "hostname")?, sequence: 0 };
        let message = text(&mut object, "output")?;
        let alert =
            Alert { id, time_ns, utc_offset: 0, rule, priority, source, tags, message, fields };
        Ok(Self { alert, uuid })
    }
}

/// How much deeper a value may nest yet; none where it nests deeper than `left`.
fn depth(value: &Json, left: usize) -> Option<usize> {
    let inner = |left: usize| left.checked_sub(1);
    match value {
        Json::Array(list) => {
            let left = inner(left)?;
            list.iter().all(|one| depth(one, left).is_some()).then_some(left)
        }
        Json::Object(map) => {
            let left = inner(left)?;
            map.values().all(|one| depth(one, left).is_some()).then_some(left)
        }
        _ => Some(left),
    }
}

/// A text; empty where there is none.
fn text(object: &mut Map<String, Json>, key: &'static str) -> Result<String, Refused> {
    match object.remove(key) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text),
        Some(_) => Err(Refused::Type { key, expected: "string" }),
    }
}

fn tags(object: &mut Map<String, Json>) -> Result<Vec<String>, Refused> {
    let wrong = Refused::Type { key: "tags", expected: "list of strings" };
    match object.remove("tags") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(list)) => list
            .into_iter()
            .map(|tag| if let Json::String(tag) = tag { Ok(tag) } else { Err(wrong.clone()) })
            .collect(),
        Some(_) => Err(wrong),
    }
}

/// Nanoseconds since the epoch; times too late for that are the latest.
fn time_of(text: &str) -> Option<u64> {
    let nanoseconds = text.parse::<Timestamp>().ok()?.as_nanosecond();
    (nanoseconds >= 0).then(|| u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// The begin of a text somebody sent, for a message.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(40)
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falcosidekick_refuses_is_refused_with_the_reason() {
        let check = |body: &str, expected: &str| {
            let said = match Document::parse(body.as_bytes()) {
                Ok(document) => {
                    let alert = document.alert;
                    format!(
                        "{} {} {} {:?}",
                        alert.source, alert.priority, alert.time_ns, alert.tags
                    )
                }
                Err(refused) => refused.to_string(),
            };
            assert!(said.contains(expected), "{body}: {said}");
        };
        let with = |changed: &str| {
            format!(
                r#"{{"rule":"r","priority":"info","time":"1970-01-01T00:00:01Z","output_fields":{{"a":1}}{changed}}}"#
            )
        };
        check(&with(""), "syscalls Informational 1000000000 []");
        check(
            &with(r#","tags":["b","a"],"source":"k8s","later":[1]"#),
            r#"k8s Informational 1000000000 ["a", "b"]"#,
        );
        check(&with(r#","time":"0001-01-01T00:00:00Z""#), "`time` is `0001-");
        check(&with(r#","time":"9999-01-01T00:00:00Z""#), "Informational 18446744073709551615");
        check(&with(r#","time":5"#), "`time` is no string");
        check(&with(r#","time":null"#), "`time` is missing or empty");
        check(&with(r#","priority":"bad\u001b""#), "`priority` is `bad?`");
        check(&with(r#","output_fields":{}"#), "`output_fields` is missing or empty");
        check(&with(r#","output_fields":[1]"#), "`output_fields` is no object");
        check(&with(r#","rule":"""#), "`rule` is missing or empty");
        check(&with(r#","rule":"Test rule""#), "internal Informational");
        check(&with(r#","tags":[1]"#), "`tags` is no list of strings");
        check(&with(&format!(r#","x":{}1{}"#, "[".repeat(31), "]".repeat(31))), "syscalls");
        check(&with(&format!(r#","x":{}1{}"#, "[".repeat(32), "]".repeat(32))), "deeper than 32");
        check(&with(&format!(r#","x":{}"#, "[".repeat(100_000))), "deeper than 32");
        check("[1]", "no JSON object");
        check("", "no JSON: EOF");
        check("{\"rule\": \"r\",\n x}", "line 2 column 2");
        assert!(matches!(Document::parse(b"{\"rule\":\"\xff\"}"), Err(Refused::NotJson(_))));
    }
}
