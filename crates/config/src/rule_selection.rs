//! `rules`: which of the loaded rules are on.

use peregrine_rules::{Selected, Selection};
use serde_json::{Value as Json, json};

use crate::reader::{Reader, wrong_value};
use crate::setting::{Kind, Value};
use crate::tree::Node;

const FORM: &str = "a list of {enable: {rule: NAME}}, {disable: {tag: TAG}} and the like";

/// `[{enable: {tag: x}}, {disable: {rule: "*"}}]`.
impl Value for Vec<Selection> {
    fn kind() -> Kind {
        let one = json!({
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": {"rule": {"type": "string"}, "tag": {"type": "string"}},
        });
        let entry = json!({
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": {"enable": one, "disable": one},
        });
        Kind { words: FORM.to_owned(), schema: json!({"type": "array", "items": entry}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut selections = Self::new();
        for entry in reader.maps(node, key, FORM)? {
            let Some(actions) = entry.map() else { return reader.wrong(entry, key, FORM) };
            for (action, what) in actions {
                let enable = match action.as_str() {
                    "enable" => true,
                    "disable" => false,
                    _ => return reader.wrong(what, key, FORM),
                };
                let Some(rules) = what.map() else { return reader.wrong(what, key, FORM) };
                for (kind, value) in rules {
                    let name = reader.text(value, key)?;
                    let of = match kind.as_str() {
                        "rule" => Selected::Rule(name),
                        "tag" => Selected::Tag(name),
                        _ => {
                            reader.refuse(value, key, wrong_value(value, FORM));
                            return None;
                        }
                    };
                    selections.push(Selection { enable, of });
                }
            }
        }
        Some(selections)
    }

    fn json(&self) -> Json {
        self.iter()
            .map(|selection| {
                let action = if selection.enable { "enable" } else { "disable" };
                let of = match &selection.of {
                    Selected::Rule(name) => json!({"rule": name}),
                    Selected::Tag(tag) => json!({"tag": tag}),
                };
                json!({ action: of })
            })
            .collect()
    }
}
