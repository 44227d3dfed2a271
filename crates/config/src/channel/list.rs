//! `outputs`: the list of outputs.

use serde_json::{Map, Value as Json, json};

use super::{Channel, ChannelType, Delivery, HttpKeys, TYPES};
use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::setting::{Kind, Meaning, Row, Section, Setting, Status, Value};
use crate::tree::Node;

const WORDS: &str = "a list of outputs, each with a `type` and the keys of that type";

/// One output of `outputs`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfiguredOutput {
    /// What people, metrics and the journal's cursor know it by. No two have the same.
    pub name: String,
    /// What every output has.
    pub common: Delivery,
    /// What every output has that speaks HTTP.
    pub http: Option<HttpKeys>,
    /// What its type has.
    pub channel: Channel,
}

impl Value for Vec<ConfiguredOutput> {
    fn kind() -> Kind {
        let items: Vec<Json> = TYPES.iter().map(schema_of).collect();
        let schema = json!({"type": "array", "items": {"oneOf": items}});
        Kind { words: WORDS.to_owned(), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut outputs = Self::new();
        for (at, item) in reader.maps(node, key, WORDS)?.iter().enumerate() {
            let key = format!("{key}[{at}]");
            let Some(output) = output(item, &key, &outputs, reader) else { continue };
            outputs.push(output);
        }
        Some(outputs)
    }

    fn json(&self) -> Json {
        self.iter().map(shown).collect()
    }
}

fn output(
    item: &Node,
    key: &str,
    others: &[ConfiguredOutput],
    reader: &mut Reader,
) -> Option<ConfiguredOutput> {
    let Some(kind) = item.get("type") else {
        if item.map().and_then(|map| map.iter().find(|(name, _)| name == "rate")).is_some() {
            // Falco's rate limiter of before: `outputs: {rate: 1, max_burst: 1000}`.
            let why = "Falco has no rate limiter any more";
            reader.warn(item, "outputs", ProblemKind::RemovedKey(why));
            return None;
        }
        return reader.wrong(item, key, WORDS);
    };
    let name = reader.text(kind, &format!("{key}.type"))?;
    let Some(kind) = TYPES.iter().find(|known| known.name == name) else {
        let names: Vec<&str> = Channel::type_names().collect();
        return reader.wrong(kind, &format!("{key}.type"), format!("one of {}", names.join(", ")));
    };
    let mut output = ConfiguredOutput {
        name: kind.name.to_owned(),
        common: Delivery::default(),
        http: kind.over_http.then(HttpKeys::default),
        channel: (kind.new)(),
    };
    for (name, value) in reader.pairs(item, key) {
        let full = format!("{key}.{name}");
        match name {
            "type" => {}
            "name" => output.name = reader.text(value, &full)?,
            _ if output.common.set_key(name, value, &full, reader)
                || output
                    .http
                    .as_mut()
                    .is_some_and(|keys| keys.set_key(name, value, &full, reader))
                || output.channel.set_key(name, value, &full, reader) => {}
            _ => reader.unknown(value, &full),
        }
    }
    let mut missing = kind.required.iter().filter(|name| item.get(name).is_none());
    if let Some(name) = missing.next() {
        let words = format!("an output of type {} with the key `{name}`", kind.name);
        return reader.wrong(item, key, words);
    }
    if output.name.is_empty() || others.iter().any(|other| other.name == output.name) {
        let words = "a `name` of its own: another output has this one";
        return reader.wrong(item.get("name").unwrap_or(item), &format!("{key}.name"), words);
    }
    Some(output)
}

fn shown(output: &ConfiguredOutput) -> Json {
    let mut pairs = vec![
        ("name".to_owned(), output.name.clone().into()),
        ("type".to_owned(), output.channel.type_name().into()),
    ];
    output.common.show("", &mut pairs);
    if let Some(keys) = &output.http {
        keys.show("", &mut pairs);
    }
    output.channel.show(&mut pairs);
    Json::Object(pairs.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// The rows of an output's keys: those every output has, those of HTTP, those of its type.
fn rows_of(kind: &ChannelType) -> Vec<Row> {
    let mut rows = Vec::new();
    let meaning = Meaning { about: "", status: Status::Section, example: None };
    Delivery::default().rows("", meaning, &mut rows);
    if kind.over_http {
        HttpKeys::default().rows("", meaning, &mut rows);
    }
    rows.extend((kind.new)().rows());
    rows
}

/// The rows of the keys of a type of output, without those every output has and those of HTTP, which
/// `every output` and `over HTTP` stand for; none where there is no such type.
pub fn channel_rows(name: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let meaning = Meaning { about: "", status: Status::Section, example: None };
    match name {
        "every output" => Delivery::default().rows("", meaning, &mut rows),
        "over HTTP" => HttpKeys::default().rows("", meaning, &mut rows),
        _ => {
            let kind = TYPES.iter().find(|kind| kind.name == name);
            rows.extend(kind.map(|kind| (kind.new)().rows()).unwrap_or_default());
        }
    }
    rows
}

fn schema_of(kind: &ChannelType) -> Json {
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({"const": kind.name, "description": kind.about}));
    let about = "What people, metrics and the journal's cursor know it by.";
    properties.insert("name".to_owned(), json!({"type": "string", "description": about}));
    for row in rows_of(kind) {
        let mut schema = row.kind.schema;
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), row.about.into());
            if row.status == Status::Section {
                object.insert("additionalProperties".to_owned(), false.into());
                object.insert("properties".to_owned(), Map::new().into());
            }
        }
        // A section stands before its keys.
        match row.key.split_once('.') {
            Some((section, name)) => {
                if let Some(section) = properties.get_mut(section) {
                    section["properties"][name] = schema;
                }
            }
            None => {
                properties.insert(row.key, schema);
            }
        }
    }
    let required: Vec<&str> =
        std::iter::once("type").chain(kind.required.iter().copied()).collect();
    json!({
        "type": "object", "additionalProperties": false,
        "required": required, "properties": properties,
    })
}
