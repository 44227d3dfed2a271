//! The alerts of a test.

use std::collections::BTreeMap;

use peregrine_alert::{Alert, AlertId};
use peregrine_event::Priority;
use peregrine_yaml::{Body, Node};
use serde_json::{Map, Value as Json};

use super::START;
use crate::mistake::MistakeKind;
use crate::reader::Reader;

const SECOND: i64 = 1_000_000_000;
const KEYS: [&str; 13] = [
    "rule", "at", "arrives", "host", "agent", "sequence", "priority", "source", "tags", "output",
    "fields", "count", "every",
];
/// How many alerts one entry may stand for.
const MOST: u32 = 1_000_000;

/// An alert as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) agent: String,
    pub(crate) sequence: u64,
    pub(crate) arrives: i64,
    pub(crate) alert: Alert,
}

/// The alerts of a list: each a second behind the one before where it does not say when it happened.
pub(crate) fn alerts(reader: &mut Reader<'_>, node: &Node) -> Vec<Sent> {
    let Body::List(list) = &node.body else {
        reader.form(node, "alerts", "a list");
        return Vec::new();
    };
    let mut sent = Vec::new();
    let mut next = START;
    let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
    for one in list {
        entry(reader, one, &mut next, &mut sequences, &mut sent);
    }
    sent
}

/// A value as alerts carry it: a number and a truth value as such, all else as a text.
fn value(node: &Node) -> Json {
    match &node.body {
        Body::Null => Json::Null,
        Body::List(list) => list.iter().map(value).collect(),
        Body::Map(_) => Json::Null,
        Body::Scalar(text) => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            text => text
                .parse::<i64>()
                .map(Json::from)
                .or_else(|_| text.parse::<f64>().map(Json::from))
                .unwrap_or_else(|_| text.into()),
        },
    }
}

fn entry(
    reader: &mut Reader<'_>,
    node: &Node,
    next: &mut i64,
    sequences: &mut BTreeMap<String, u64>,
    sent: &mut Vec<Sent>,
) {
    let mut text = |key: &str| {
        let value = node.get(key)?;
        reader.text(value, key).map(str::to_owned)
    };
    let rule = node.scalar().map(str::to_owned).or_else(|| text("rule"));
    let host = text("host").unwrap_or_else(|| "host".to_owned());
    let agent = text("agent").unwrap_or_else(|| host.clone());
    let source = text("source").unwrap_or_else(|| "syscall".to_owned());
    let message = text("output").unwrap_or_default();
    let priority = text("priority");
    if node.scalar().is_none() {
        reader.pairs(node, "an alert", &KEYS);
    }
    let Some(rule) = rule else {
        if node.get("rule").is_none() {
            reader.wrong(node, MistakeKind::Missing { what: "an alert", key: "rule" });
        }
        return;
    };
    let priority = match (priority, node.get("priority")) {
        (Some(name), Some(node)) => name.parse().unwrap_or_else(|_| {
            reader.form(node, "priority", "a priority such as Warning");
            Priority::Warning
        }),
        _ => Priority::Warning,
    };
    let mut duration = |key: &str| node.get(key).and_then(|value| reader.duration(value, key));
    let (at, arrives, every) = (duration("at"), duration("arrives"), duration("every"));
    let number = |reader: &mut Reader<'_>, key: &str| {
        let value = node.get(key)?;
        let number = value.scalar().and_then(|text| text.parse::<u32>().ok());
        if number.is_none_or(|number| number > MOST) {
            reader.form(value, key, "a number from 0 to 1000000");
        }
        number.filter(|number| *number <= MOST)
    };
    let count = number(reader, "count").unwrap_or(1);
    let given = number(reader, "sequence").map(u64::from);
    let tags = node.get("tags").map(|tags| reader.texts(tags, "tags")).unwrap_or_default();
    let tags: Vec<String> = tags.into_iter().map(|(_, tag)| tag.to_owned()).collect();
    let mut fields = Map::new();
    if let Some(node) = node.get("fields") {
        reader.twice(node);
        match node.map() {
            Some(pairs) => fields.extend(
                pairs.iter().filter_map(|(key, one)| Some((key.scalar()?.to_owned(), value(one)))),
            ),
            None => reader.form(node, "fields", "a map of fields and values"),
        }
    }
    let every = every.unwrap_or(SECOND);
    let mut time = at.map_or(*next, |at| START + at);
    for _ in 0..count {
        let last = sequences.entry(agent.clone()).or_default();
        *last += u64::from(given.is_none());
        let sequence = given.unwrap_or(*last);
        *last = (*last).max(sequence);
        sent.push(Sent {
            agent: agent.clone(),
            sequence,
            arrives: arrives.map_or(time, |arrives| START + arrives),
            alert: Alert {
                id: AlertId { host: host.clone(), sequence },
                time_ns: u64::try_from(time).unwrap_or(0),
                utc_offset: 0,
                rule: rule.clone(),
                priority,
                source: source.clone(),
                tags: tags.clone(),
                message: message.clone(),
                fields: fields.clone(),
            },
        });
        time = time.saturating_add(every);
    }
    *next = time.saturating_sub(every).saturating_add(SECOND);
}
