//! Conditions over alerts, and the fields alerts are grouped by.

use peregrine_alert::{AlertField, ConditionError, alert_field, condition};
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::Node;

/// A condition over alerts; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When(pub String);

impl Value for When {
    fn kind() -> Kind {
        Kind { words: "a condition over alerts".to_owned(), schema: json!({"type": "string"}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        if !text.trim().is_empty()
            && let Err(error) = condition(&text)
        {
            reader.refuse(node, key, ProblemKind::NotACondition(error.to_string()));
            return None;
        }
        Some(Self(text))
    }

    fn json(&self) -> Json {
        self.0.as_str().into()
    }
}

/// Fields of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFields(Vec<(String, AlertField)>);

impl AlertFields {
    /// Of these names.
    ///
    /// # Errors
    /// At the first that is no field of alerts.
    pub fn new(names: &[&str]) -> Result<Self, ConditionError> {
        names
            .iter()
            .map(|name| alert_field(name).map(|field| ((*name).to_owned(), field)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Those the table names, which are known.
    pub(crate) fn known(names: &[&str]) -> Self {
        Self::new(names).unwrap_or(Self(Vec::new()))
    }

    /// The fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = &AlertField> {
        self.0.iter().map(|(_, field)| field)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Value for AlertFields {
    fn kind() -> Kind {
        Kind {
            words: "a list of fields of alerts".to_owned(),
            schema: json!({"type": "array", "items": {"type": "string"}}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let names = reader.texts(node, key)?;
        let mut fields = Vec::new();
        for name in names {
            match alert_field(&name) {
                Ok(field) => fields.push((name, field)),
                Err(error) => {
                    reader.refuse(node, key, ProblemKind::NotACondition(error.to_string()));
                    return None;
                }
            }
        }
        Some(Self(fields))
    }

    fn json(&self) -> Json {
        self.names().map(Json::from).collect()
    }
}
