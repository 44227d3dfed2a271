//! Whether a file has the shape of Falco's JSON schema of rule files, in the words of Falco.

mod editor;

use peregrine_yaml::{Body, Node, parse};

pub use editor::{about_key, editor_schema};

/// What a value may be.
#[derive(Clone, Copy)]
enum Shape {
    /// Whatever it is.
    Anything,
    /// A text, a number, a truth value.
    Scalar,
    Truth,
    Integer,
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// A list of these.
    List(&'static Shape),
    /// A map with no other keys than these, and with those that are needed.
    Map(&'static [(&'static str, Shape)], &'static [&'static str]),
}

use Shape::{Anything, Enum, Integer, List, Map, Scalar, Truth};

const HOW: Shape = Enum(&["append", "replace"]);
const PLUGIN: &[(&str, Shape)] = &[("name", Scalar), ("version", Scalar)];
const REQUIRED: &[(&str, Shape)] = &[
    ("alternatives", List(&Map(PLUGIN, &["name", "version"]))),
    ("name", Scalar),
    ("version", Scalar),
];
const EXCEPTION: &[(&str, Shape)] =
    &[("comps", Anything), ("fields", Anything), ("name", Scalar), ("values", Anything)];
const OVERRIDE: &[(&str, Shape)] = &[
    ("capture", HOW),
    ("capture_duration", HOW),
    ("condition", HOW),
    ("desc", HOW),
    ("enabled", HOW),
    ("exceptions", HOW),
    ("items", HOW),
    ("output", HOW),
    ("priority", HOW),
    ("skip-if-unknown-filter", HOW),
    ("tags", HOW),
    ("warn_evttypes", HOW),
];
const PRIORITY: Shape = Enum(&[
    "EMERGENCY",
    "ALERT",
    "CRITICAL",
    "ERROR",
    "WARNING",
    "NOTICE",
    "INFO",
    "INFORMATIONAL",
    "DEBUG",
]);
/// The keys of an item, in the order in which they are looked at.
const ITEM: &[(&str, Shape)] = &[
    ("append", Truth),
    ("capture", Truth),
    ("capture_duration", Integer),
    ("condition", Scalar),
    ("desc", Scalar),
    ("enabled", Truth),
    ("exceptions", List(&Map(EXCEPTION, &["name"]))),
    ("items", List(&Scalar)),
    ("list", Scalar),
    ("macro", Scalar),
    ("output", Scalar),
    ("override", Map(OVERRIDE, &[])),
    ("priority", PRIORITY),
    ("required_engine_version", Scalar),
    ("required_plugin_versions", List(&Map(REQUIRED, &["name", "version"]))),
    ("rule", Scalar),
    ("skip-if-unknown-filter", Truth),
    ("source", Scalar),
    ("tags", List(&Scalar)),
    ("warn_evttypes", Truth),
];

/// What the schema does not allow; none for a file without content or that is no YAML.
pub fn schema_warnings(text: &str) -> Option<Vec<String>> {
    let documents = parse(text).ok()?;
    let first = documents.first().filter(|first| !matches!(first.body, Body::Null))?;
    let mut reported = Vec::new();
    validate(first, List(&Map(ITEM, &[])), "<root>", &mut reported);
    Some(reported)
}

fn validate(node: &Node, shape: Shape, path: &str, reported: &mut Vec<String>) {
    let mut report = |why: String| reported.push(format!("failed for {path}: {why}"));
    let fits = match (shape, &node.body) {
        (Anything, _) | (Scalar | Enum(_), Body::Scalar(_)) | (List(_), Body::List(_)) => true,
        (Truth, Body::Scalar(text)) => matches!(text.as_str(), "true" | "false"),
        (Integer, Body::Scalar(text)) => text.parse::<i64>().is_ok(),
        (Map(..), Body::Map(_)) => true,
        _ => false,
    };
    if !fits {
        return report("Value type not permitted by 'type' constraint.".to_owned());
    }
    match (shape, &node.body) {
        (Enum(words), Body::Scalar(text)) if !words.contains(&text.as_str()) => {
            report("Failed to match against any enum values.".to_owned());
        }
        (List(of), Body::List(list)) => {
            for (index, node) in list.iter().enumerate() {
                let before = reported.len();
                validate(node, *of, &format!("{path}[{index}]"), reported);
                if reported.len() > before {
                    let why = format!("Failed to validate item #{index} in array.");
                    reported.push(format!("failed for {path}: {why}"));
                }
            }
        }
        (Map(keys, needed), Body::Map(_)) => validate_map(node, keys, needed, path, reported),
        _ => {}
    }
}

fn validate_map(
    node: &Node,
    keys: &[(&str, Shape)],
    needed: &[&str],
    path: &str,
    reported: &mut Vec<String>,
) {
    for (name, shape) in keys {
        let Some(value) = node.get(name) else { continue };
        let before = reported.len();
        validate(value, *shape, &format!("{path}[{name}]"), reported);
        if reported.len() > before {
            let why = format!(
                "Failed to validate against schema associated with property name '{name}'."
            );
            reported.push(format!("failed for {path}: {why}"));
        }
    }
    let unknown = |name: &&str| !keys.iter().any(|(known, _)| known == name);
    let names = node.map().unwrap_or_default().iter().filter_map(|(key, _)| key.scalar());
    // The name of a key written twice is not reported.
    let twice = node.repeated().map(|_| "");
    for name in names.filter(unknown).chain(twice) {
        reported.push(format!(
            "failed for {path}: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '{name}'."
        ));
    }
    for name in needed.iter().filter(|name| node.get(name).is_none()) {
        reported.push(format!("failed for {path}: Missing required property '{name}'."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_from_the_inside_out() {
        let check = |text: &str, expected: &[&str]| {
            let expected: Vec<String> =
                expected.iter().map(|why| format!("failed for <root>{why}")).collect();
            assert_eq!(schema_warnings(text), Some(expected), "{text}");
        };
        let item = ": Failed to validate item #0 in array.";
        let of_type = "Value type not permitted by 'type' constraint.";
        check("- rule: a\n  enabled: true\n  capture_duration: 5\n  tags: [a, 1]\n", &[]);
        check("- required_engine_version: 10\n", &[]);
        check(
            "- rule: a\n  capture: \"yes\"\n",
            &[
                &format!("[0][capture]: {of_type}"),
                "[0]: Failed to validate against schema associated with property name 'capture'.",
                item,
            ],
        );
        check("hello", &[": Value type not permitted by 'type' constraint."]);
        check("- x\n", &[&format!("[0]: {of_type}"), item]);
        check(
            "- rule: a\n  priority: LOUD\n",
            &[
                "[0][priority]: Failed to match against any enum values.",
                "[0]: Failed to validate against schema associated with property name 'priority'.",
                item,
            ],
        );
        check(
            "- rule: a\n  tags: [[b]]\n",
            &[
                &format!("[0][tags][0]: {of_type}"),
                "[0][tags]: Failed to validate item #0 in array.",
                "[0]: Failed to validate against schema associated with property name 'tags'.",
                item,
            ],
        );
        check(
            "- rule: a\n  desc: b\n  desc: c\n",
            &[
                "[0]: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: ''.",
                item,
            ],
        );
        assert_eq!(schema_warnings("# nothing\n"), None);
        assert_eq!(schema_warnings("- [\n"), None);
    }
}
