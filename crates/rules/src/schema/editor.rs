//! The same shape as a JSON schema, for editors.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Anything, Enum, ITEM, Integer, List, Map, PRIORITY, Scalar, Shape, Truth};

/// What editors say of a key.
const ABOUT: &[(&str, &str)] = &[
    (
        "append",
        "Deprecated: adds to the rule, macro or list of this name that stands before; use override.",
    ),
    ("capture", "Whether an alert of this rule begins a capture."),
    ("capture_duration", "How long such a capture takes, in milliseconds."),
    (
        "condition",
        "Which events it is about: comparisons of fields, joined by and, or, not; macros and lists by name.",
    ),
    ("desc", "What the rule is for."),
    ("enabled", "Whether the rule is asked about events."),
    (
        "exceptions",
        "What is excused: each has a name, fields, how they are compared (comps) and values.",
    ),
    ("items", "The values of the list; names of other lists stand for theirs."),
    ("list", "The name of a list."),
    ("macro", "The name of a macro: a condition that others use by this name."),
    ("output", "The text of an alert, with %fields in it."),
    (
        "override",
        "Which keys of the item of this name that stands before are appended to or replaced.",
    ),
    ("priority", "How severe an alert is."),
    ("required_engine_version", "The version of the rule engine that is needed at least."),
    ("required_plugin_versions", "The plugins that are needed, each with its version at least."),
    ("rule", "The name of a rule: what alerts are called by."),
    (
        "skip-if-unknown-filter",
        "Whether the rule is left out, without an error, where a field of it is unknown.",
    ),
    ("source", "Where its events come from: syscall, or the source of a plugin."),
    ("tags", "Words by which rules are chosen, such as container, network, mitre_execution."),
    ("warn_evttypes", "Whether it is said that the rule looks at every type of event."),
];

/// What an editor says of a key of an item.
pub fn about_key(key: &str) -> Option<&'static str> {
    ABOUT.iter().find(|(known, _)| *known == key).map(|(_, about)| *about)
}

/// What an item is known by, and what it has beside that unless it changes another.
const KINDS: [&str; 5] =
    ["rule", "macro", "list", "required_engine_version", "required_plugin_versions"];

/// The JSON schema of rule files.
pub fn editor_schema() -> Json {
    let mut item = object(ITEM, &[]);
    if let Some(properties) = item.get_mut("properties").and_then(Json::as_object_mut) {
        for (key, about) in ABOUT {
            if let Some(Json::Object(property)) = properties.get_mut(*key) {
                property.insert("description".to_owned(), (*about).into());
            }
        }
        if let Some(Json::Object(priority)) = properties.get_mut("priority") {
            priority.insert("enum".to_owned(), priorities().into());
        }
    }
    let kinds: Vec<Json> = KINDS.iter().map(|kind| json!({ "required": [kind] })).collect();
    if let Some(item) = item.as_object_mut() {
        item.insert("oneOf".to_owned(), kinds.into());
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of Peregrine and Falco",
        "type": ["array", "null"],
        "items": item,
    })
}

/// Priorities in the ways people write them: their case does not matter.
fn priorities() -> Vec<String> {
    let Enum(words) = PRIORITY else { return Vec::new() };
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_lowercase())
    };
    let written = |word: &&str| [(*word).to_owned(), word.to_lowercase(), capital(word)];
    words.iter().flat_map(written).collect()
}

fn object(keys: &[(&str, Shape)], needed: &[&str]) -> Json {
    let properties: JsonMap<String, Json> =
        keys.iter().map(|(key, shape)| ((*key).to_owned(), of(*shape))).collect();
    let mut object =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (false, Some(object)) = (needed.is_empty(), object.as_object_mut()) {
        object.insert("required".to_owned(), needed.into());
    }
    object
}

fn of(shape: Shape) -> Json {
    match shape {
        Anything => json!({}),
        Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Truth => json!({ "type": "boolean" }),
        Integer => json!({ "type": "integer" }),
        Enum(words) => json!({ "enum": words }),
        List(of_these) => json!({ "type": "array", "items": of(*of_these) }),
        Map(keys, needed) => object(keys, needed),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use peregrine_yaml::{Body, parse};

    use super::*;

    #[test]
    fn every_key_of_an_item_has_a_text() {
        let schema = editor_schema();
        let properties = schema["items"]["properties"].as_object().unwrap();
        assert_eq!(properties.len(), ABOUT.len());
        for (key, property) in properties {
            assert!(property["description"].is_string(), "{key}");
        }
        assert_eq!(properties["enabled"]["type"], "boolean");
        assert_eq!(properties["override"]["properties"]["items"]["enum"][0], "append");
        for priority in ["WARNING", "warning", "Warning", "Info"] {
            assert!(properties["priority"]["enum"].as_array().unwrap().contains(&priority.into()));
        }
    }

    /// The rules we ship are as the schema says: their keys are in it, each item is of one kind.
    #[test]
    fn what_we_ship_fits() {
        let schema = editor_schema();
        let known: BTreeSet<&str> =
            schema["items"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut items = 0;
        for file in peregrine_testkit::our_rules() {
            let text = std::fs::read_to_string(file).unwrap();
            let documents = parse(&text).unwrap();
            let lists = documents.iter().map(|document| match &document.body {
                Body::List(list) => list.as_slice(),
                _ => panic!("{document:?}"),
            });
            for node in lists.flatten() {
                items += 1;
                let keys: Vec<&str> =
                    node.map().unwrap().iter().filter_map(|(key, _)| key.scalar()).collect();
                assert!(keys.iter().all(|key| known.contains(key)), "{keys:?}");
                assert_eq!(keys.iter().filter(|key| KINDS.contains(key)).count(), 1, "{keys:?}");
            }
        }
        assert!(items > 100, "{items}");
    }
}
