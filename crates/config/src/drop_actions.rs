//! `syscall_event_drops.actions`: as strict as Falco, so that a file which starts here starts Falco.

use serde_json::{Value as Json, json};

use crate::reader::{Reader, wrong_value};
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

const NAMES: [&str; 4] = ["ignore", "log", "alert", "exit"];

/// What is done where events were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropActions(pub Vec<String>);

impl Default for DropActions {
    fn default() -> Self {
        Self(vec!["log".to_owned(), "alert".to_owned()])
    }
}

impl Value for DropActions {
    fn kind() -> Kind {
        Kind {
            words: "a list of ignore, log, alert and exit".to_owned(),
            schema: json!({"type": "array", "items": {"type": "string", "enum": NAMES}}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let nodes = match &node.body {
            Body::Null => &[],
            Body::List(list) => list.as_slice(),
            Body::Scalar(_) => std::slice::from_ref(node),
            Body::Map(_) => return reader.wrong(node, key, "a list of actions"),
        };
        let mut names = Vec::new();
        for node in nodes {
            let Some(name) = node.scalar().filter(|name| NAMES.contains(name)) else {
                // Falco does not start with it.
                reader.refuse(node, key, wrong_value(node, Self::kind().words));
                return None;
            };
            names.push(name.to_owned());
        }
        let has = |name: &str| names.iter().any(|known| known == name);
        if has("ignore") && (has("log") || has("alert")) {
            let both = wrong_value(node, "either ignore or what to do, not both");
            reader.refuse(node, key, both);
            return None;
        }
        Some(Self(names))
    }

    fn json(&self) -> Json {
        json!(self.0)
    }
}
