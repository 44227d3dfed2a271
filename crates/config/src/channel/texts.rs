//! Names with a text each: labels, annotations, links.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::reader::{Reader, joined};
use crate::setting::{Kind, Value};
use crate::tree::Node;

/// Names with a text each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts(pub BTreeMap<String, String>);

impl Value for Texts {
    fn kind() -> Kind {
        Kind {
            words: "a map of names, each with a text".to_owned(),
            schema: json!({
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean"]},
            }),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut texts = BTreeMap::new();
        for (name, value) in reader.pairs(node, key) {
            texts.insert(name.to_owned(), reader.text(value, &joined(key, name))?);
        }
        Some(Self(texts))
    }

    fn json(&self) -> Json {
        json!(self.0)
    }
}
