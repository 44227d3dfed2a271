//! An alert with the values of its event that responses need, typed as the event has them.

use std::collections::BTreeMap;

use peregrine_alert::{Alert, AlertField, AlertId, Priority, priority_value};
use peregrine_filter::{Source, Together, Value};

use crate::values::append;

/// An alert before it is rendered: what identifies it, its rule, and the values responses need.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// The alert.
    pub alert: AlertId,
    /// When the event happened, nanoseconds since the epoch.
    pub time_ns: u64,
    /// The rule.
    pub rule: String,
    /// Its priority.
    pub priority: Priority,
    /// The source of the event.
    pub source: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// The output with its values; empty where no response reads it.
    pub message: String,
    /// Values by the name of their field.
    pub values: BTreeMap<String, Value<'static>>,
}

/// What responses read of an alert beside its rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// The fields, by name, each once.
    pub fields: BTreeMap<String, AlertField>,
    /// Whether an action reads the output.
    pub message: bool,
    /// Whether a condition does, so that it must be rendered before.
    pub message_first: bool,
    /// Whether an action takes evidence, which has the events before the alert.
    pub evidence: bool,
}

impl Need {
    pub(crate) fn add(&mut self, field: &AlertField) {
        match field {
            AlertField::Value { name, .. } => {
                self.fields.insert(name.clone(), field.clone());
            }
            AlertField::Output => self.message = true,
            _ => {}
        }
    }
}

impl Occurrence {
    /// An alert of elsewhere, or of earlier: its values are those it carries.
    pub fn of_alert(alert: &Alert, need: &Need) -> Self {
        let value = |(name, field): (&String, &AlertField)| {
            Some((name.clone(), alert.value(field)?.into_owned()))
        };
        Self {
            alert: alert.id.clone(),
            time_ns: alert.time_ns,
            rule: alert.rule.clone(),
            priority: alert.priority,
            source: alert.source.clone(),
            tags: alert.tags.clone(),
            message: alert.message.clone(),
            values: need.fields.iter().filter_map(value).collect(),
        }
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: &AlertField) -> Option<Value<'_>> {
        self.value(field)
    }

    /// The value of a field of events by its name.
    pub(crate) fn named(&self, name: &str) -> Option<&Value<'static>> {
        self.values.get(name)
    }

    #[cfg(test)]
    pub(crate) fn sample(values: &[(&str, Value<'static>)]) -> Self {
        Self {
            alert: AlertId { host: "web-1".to_owned(), sequence: 9 },
            time_ns: 1_764_460_800_000_000_000,
            rule: "Miner started".to_owned(),
            priority: Priority::Critical,
            source: "syscall".to_owned(),
            tags: vec!["miner".to_owned(), "T1496".to_owned()],
            message: String::new(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        }
    }
}

impl Source<AlertField> for Occurrence {
    fn value(&self, field: &AlertField) -> Option<Value<'_>> {
        Some(match field {
            AlertField::Rule => Value::str(self.rule.as_bytes()),
            AlertField::Priority => priority_value(self.priority),
            AlertField::Source => Value::str(self.source.as_bytes()),
            AlertField::Tags => {
                Value::Any(self.tags.iter().map(|tag| Value::str(tag.as_bytes())).collect())
            }
            AlertField::Hostname => Value::str(self.alert.host.as_bytes()),
            AlertField::Time => Value::Uint(self.time_ns),
            AlertField::Output => Value::str(self.message.as_bytes()),
            AlertField::Value { name, .. } => self.values.get(name)?.clone(),
        })
    }

    fn each(&self, field: &AlertField, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        (*field == AlertField::Tags).then(|| {
            self.tags.iter().for_each(|tag| take(&Value::str(tag.as_bytes())));
            Together::Any
        })
    }
}

impl Occurrence {
    /// What a webhook posts: the alert as an object, its values among it.
    pub(crate) fn body(&self) -> String {
        let Self { alert, time_ns, rule, priority, source, tags, message, values } = self;
        let fields: BTreeMap<&str, String> =
            values.iter().map(|(name, value)| (name.as_str(), shown(value))).collect();
        serde_json::json!({
            "alert": format!("{}:{}", alert.host, alert.sequence), "time_ns": time_ns,
            "hostname": alert.host, "rule": rule, "priority": priority.to_string(),
            "source": source, "tags": tags, "output": message, "output_fields": fields,
        })
        .to_string()
    }
}

fn shown(value: &Value<'_>) -> String {
    let mut bytes = Vec::new();
    append(value, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
