//! `append_output`: what is appended to the outputs of rules.

use peregrine_rules::ExtraOutput;
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::{Reader, joined};
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

/// What is appended to the outputs of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendOutput {
    /// `container_id=...` and the like are appended to every output.
    pub suggested: bool,
    /// Appended before that.
    pub extra: Vec<ExtraOutput>,
}

impl Default for AppendOutput {
    /// As Falco's packages have it.
    fn default() -> Self {
        Self { suggested: true, extra: Vec::new() }
    }
}

const FIELDS: &str = "a list of fields and {key: format} maps";

impl Value for AppendOutput {
    fn kind() -> Kind {
        let texts = json!({"type": "array", "items": {"type": "string"}});
        let matching = json!({
            "type": "object", "additionalProperties": false,
            "properties": {"rule": {"type": "string"}, "source": {"type": "string"}, "tags": texts},
        });
        let field = json!({"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]});
        let entry = json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "match": matching,
                "suggested_output": {"type": "boolean"},
                "extra_output": {"type": "string"},
                "extra_fields": {"type": "array", "items": field},
            },
        });
        let words = "a list of maps".to_owned();
        Kind { words, schema: json!({"type": "array", "items": entry}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut all = Self { suggested: false, extra: Vec::new() };
        for entry in reader.maps(node, key, "a list of maps")? {
            let mut extra = ExtraOutput::default();
            for (name, value) in reader.pairs(entry, key) {
                match name {
                    "suggested_output" => all.suggested = reader.flag(value, "suggested_output")?,
                    "extra_output" => extra.format = reader.text(value, "extra_output")?,
                    "extra_fields" => extra.fields = extra_fields(value, reader)?,
                    "match" => only_for(&mut extra, value, key, reader)?,
                    other => {
                        let what = format!("{key}: {other} is not supported yet: ignored");
                        reader.warn(value, key, ProblemKind::NotSupportedValue(what));
                    }
                }
            }
            if !extra.format.is_empty() || !extra.fields.is_empty() {
                all.extra.push(extra);
            }
        }
        Some(all)
    }

    fn json(&self) -> Json {
        let mut entries = Vec::new();
        for extra in &self.extra {
            let mut entry = serde_json::Map::new();
            let mut only = serde_json::Map::new();
            let texts = [("rule", &extra.rule), ("source", &extra.source)];
            for (name, text) in texts {
                if let Some(text) = text {
                    only.insert(name.to_owned(), json!(text));
                }
            }
            if !extra.tags.is_empty() {
                only.insert("tags".to_owned(), json!(extra.tags));
            }
            if !only.is_empty() {
                entry.insert("match".to_owned(), only.into());
            }
            if !extra.format.is_empty() {
                entry.insert("extra_output".to_owned(), json!(extra.format));
            }
            if !extra.fields.is_empty() {
                let fields: Vec<Json> = extra
                    .fields
                    .iter()
                    .map(|(key, format)| {
                        let field = format.strip_prefix('%') == Some(key);
                        if field { json!(key) } else { json!({ key: format }) }
                    })
                    .collect();
                entry.insert("extra_fields".to_owned(), fields.into());
            }
            entries.push(Json::from(entry));
        }
        if self.suggested {
            entries.push(json!({"suggested_output": true}));
        }
        entries.into()
    }
}

/// `[evt.num, {key: "format"}]`.
fn extra_fields(node: &Node, reader: &mut Reader) -> Option<Vec<(String, String)>> {
    const KEY: &str = "extra_fields";
    let Body::List(list) = &node.body else { return reader.wrong(node, KEY, FIELDS) };
    let mut fields: Vec<(String, String)> = Vec::new();
    for item in list {
        match &item.body {
            Body::Scalar(field) => fields.push((field.clone(), format!("%{field}"))),
            Body::Map(pairs) => {
                for (key, value) in pairs {
                    if fields.iter().any(|(known, _)| known == key) {
                        return reader.wrong(value, KEY, format!("without two {key}"));
                    }
                    fields.push((key.clone(), reader.text(value, KEY)?));
                }
            }
            _ => return reader.wrong(item, KEY, FIELDS),
        }
    }
    Some(fields)
}

fn only_for(extra: &mut ExtraOutput, node: &Node, key: &str, reader: &mut Reader) -> Option<()> {
    for (name, value) in reader.pairs(node, "match") {
        match name {
            "rule" => extra.rule = Some(reader.text(value, name)?),
            "source" => extra.source = Some(reader.text(value, name)?),
            "tags" => extra.tags = reader.texts(value, name)?,
            other => {
                let near = None;
                reader.warn(
                    value,
                    &joined(key, &format!("match.{other}")),
                    ProblemKind::UnknownKey { near },
                );
            }
        }
    }
    Some(())
}
