//! `static_fields`: fields of the operator's own.

use serde_json::{Value as Json, json};

use crate::reader::{Reader, joined};
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

/// Fields `static.KEY` with their texts, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaticFields(pub Vec<(String, String)>);

/// Whether a field can have the name.
pub(crate) fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    !name.is_empty() && name.chars().all(is_part)
}

impl Value for StaticFields {
    fn kind() -> Kind {
        Kind {
            words: "a map of keys and texts".to_owned(),
            schema: json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        if matches!(node.body, Body::Scalar(_) | Body::List(_)) {
            return reader.wrong(node, key, "a map of keys and texts");
        }
        let mut fields = Vec::new();
        for (name, value) in reader.pairs(node, key) {
            if !is_name(name) {
                let key = format!("a key of {key}");
                let expected =
                    format!("made of letters, digits, _ and . to be a field, not '{name}'");
                return reader.wrong(value, &key, expected);
            }
            let text = reader.text(value, &joined(key, name))?;
            fields.push((name.to_owned(), text));
        }
        Some(Self(fields))
    }

    fn json(&self) -> Json {
        self.0.iter().map(|(key, text)| (key.clone(), Json::from(text.as_str()))).collect()
    }
}
