//! Whether a file has the shape of Falco's JSON schema of rule files, in the words Falco tells it.

use crate::yaml::{Body, Node, parse};

/// Keys of top-level items the schema knows.
const KEYS: [&str; 19] = [
    "append",
    "capture",
    "capture_duration",
    "condition",
    "desc",
    "enabled",
    "exceptions",
    "items",
    "list",
    "macro",
    "output",
    "override",
    "priority",
    "required_engine_version",
    "required_plugin_versions",
    "rule",
    "skip-if-unknown-filter",
    "source",
    "tags",
];
const MORE_KEYS: [&str; 1] = ["warn_evttypes"];

/// What the schema does not allow; none for a file without content or that is no YAML.
pub fn schema_warnings(text: &str) -> Option<Vec<String>> {
    let documents = parse(text).ok()?;
    let first = documents.first()?;
    let mut told = Vec::new();
    match &first.body {
        Body::Null => return None,
        Body::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let before = told.len();
                for (key, _) in item.map().unwrap_or_default() {
                    let name = key.scalar().unwrap_or_default();
                    if !KEYS.contains(&name) && !MORE_KEYS.contains(&name) {
                        told.push(format!(
                            "failed for <root>[{index}]: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '{name}'."
                        ));
                    }
                }
                if told.len() > before || !is_object(item) {
                    told.push(format!(
                        "failed for <root>: Failed to validate item #{index} in array."
                    ));
                }
            }
        }
        _ => told
            .push("failed for <root>: Value type not permitted by 'type' constraint.".to_owned()),
    }
    Some(told)
}

fn is_object(node: &Node) -> bool {
    node.map().is_some()
}
