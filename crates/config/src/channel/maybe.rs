//! Sections that may be left out as a whole.

use serde_json::{Map, Value as Json, json};

use crate::reader::{Reader, joined, wrong_value};
use crate::setting::{Kind, Meaning, Row, Section, Setting, Status};
use crate::tree::{Body, Node};

/// A section, or nothing where its key is not set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Maybe<T>(pub Option<T>);

impl<T: Section + Default> Setting for Maybe<T> {
    fn set(&mut self, node: &Node, key: &str, status: Status, reader: &mut Reader) {
        match &node.body {
            Body::Null => self.0 = None,
            Body::Map(_) => {
                let mut section = T::default();
                section.set(node, key, status, reader);
                self.0 = Some(section);
            }
            Body::Scalar(_) | Body::List(_) => {
                reader.refuse(node, key, wrong_value(node, "a map of keys and values"));
            }
        }
    }

    fn rows(&self, key: &str, meaning: Meaning, rows: &mut Vec<Row>) {
        let mut below = Vec::new();
        T::default().rows("", Meaning { about: "", ..meaning }, &mut below);
        let properties: Map<String, Json> = below
            .iter()
            .map(|row| {
                let mut schema = row.kind.schema.clone();
                if let Some(object) = schema.as_object_mut() {
                    object.insert("description".to_owned(), row.about.clone().into());
                }
                (row.key.clone(), schema)
            })
            .collect();
        rows.push(Row {
            key: key.to_owned(),
            about: meaning.paragraph(),
            kind: Kind {
                words: "a map of keys and values".to_owned(),
                schema: json!({
                    "type": "object", "additionalProperties": false, "properties": properties,
                }),
            },
            default: Json::Null,
            status: meaning.status,
            example: meaning.example,
        });
        for mut row in below {
            row.key = joined(key, &row.key);
            rows.push(row);
        }
    }

    fn show(&self, key: &str, shown: &mut Vec<(String, Json)>) {
        let mut below = Vec::new();
        if let Some(section) = &self.0 {
            section.show("", &mut below);
        }
        let value = self.0.as_ref().map(|_| Json::Object(below.into_iter().collect()));
        shown.push((key.to_owned(), value.unwrap_or(Json::Null)));
    }
}
