//! Every key that the table calls used is read somewhere, and no key of Falco's is missing.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::path::Path;

use peregrine_config::{Status, rows};
use serde_json::Value as Json;

/// The source of the crates that read the configuration.
fn source(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Whether `.name` stands in the text as a whole word.
fn reads(text: &str, name: &str) -> bool {
    let field = format!(".{name}");
    text.match_indices(&field).any(|(at, _)| {
        let behind = text[at + field.len()..].chars().next().unwrap_or(' ');
        !behind.is_alphanumeric() && behind != '_' && behind != '('
    })
}

#[test]
fn every_used_key_is_read() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = String::new();
    for name in ["config", "agent", "outputs", "cli"] {
        source(&crates.join(name).join("src"), &mut text);
    }
    let unread: Vec<String> = rows()
        .into_iter()
        // `load.rs` reads this one from the tree, before there are fields.
        .filter(|row| {
            row.status == Status::Used && row.key != "config_files" && row.key != "engine.kind"
        })
        .filter(|row| !row.key.split('.').all(|name| reads(&text, name)))
        .map(|row| row.key)
        .collect();
    assert!(unread.is_empty(), "called used, but nobody reads them: {unread:?}");
}

/// Keys of the schema Falco prints, dotted; maps without fixed keys and lists end a key.
fn falco_keys(schema: &Json, node: &Json, key: &str, keys: &mut Vec<String>) {
    let node = match node["$ref"].as_str() {
        Some(name) => &schema["definitions"][name.rsplit('/').next().unwrap()],
        None => node,
    };
    match node["properties"].as_object() {
        Some(properties) => {
            for (name, below) in properties {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                falco_keys(schema, below, &key, keys);
            }
        }
        None => keys.push(key.to_owned()),
    }
}

#[test]
fn every_key_of_falco_has_a_row() {
    let test = "every_key_of_falco_has_a_row";
    let Some(folder) = peregrine_testkit::conformance(test) else { return };
    let text = std::fs::read_to_string(folder.join("../spec/falco-config-schema.json")).unwrap();
    let schema: Json = serde_json::from_str(&text).unwrap();
    let mut keys = Vec::new();
    falco_keys(&schema, &schema, "", &mut keys);
    assert!(keys.len() > 100, "{keys:?}");
    let rows = rows();
    // `rule_files` stands in Falco's schema for what it calls `rules_files` everywhere else.
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| *key != "rule_files" && rows.iter().all(|row| row.key != **key))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
