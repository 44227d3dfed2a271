//! The page of keys for people and the JSON schema for editors, made from the table.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::changes::needs_restart;
use crate::keys::rows;
use crate::migration::table;
use crate::setting::{Row, Status};

const INTRODUCTION: &str = "\
# Configuration

Peregrine reads Falco's `falco.yaml`. `peregrine run` takes the file of `-c`, else
`/etc/peregrine/peregrine.yaml` where it is there; `-o key=value` sets one key over it, and may be
given again: `-o file_output.enabled=true`, `-o 'rules_files[]=more.yaml'` (adds to a list),
`-o 'rules_files[0]=first.yaml'`, `-o 'append_output=[{extra_output: x}]'`. `${NAME}` in a value of
a file stands for the environment variable, `$${NAME}` for the text itself.

A value of the wrong type is an error that names its place; a key nobody knows is a warning that names
the nearest one. `peregrine config check FILE` says all of it, `peregrine config show` what holds and
where each value was set, `peregrine config schema` prints [a JSON schema](configuration.schema.json) for
editors.

SIGHUP, `peregrine reload` (which `systemctl reload peregrine` runs) and a change of a file (`watch_config_files`) have the configuration
and all rules read anew while everything goes on; `peregrine reload --dry-run` says what would change. What is wrong with
them changes nothing: it is said with its place, and raises the alert `Falco internal: hot restart failure`.
Keys that need a restart are named and keep their value until then.

`FALCO_HOSTNAME` is the name of the host in alerts. In a container `HOST_ROOT` is the folder below which the host's
files are: users and groups are those of its `etc/passwd` and `etc/group`, processes those of its `proc`, where it has one.

This page is made from the table in `crates/config/src/model`.
";

const MOVING: &str = "\
## Coming from Falco

`peregrine migrate` says it of an installation, with its values, rules and plugins, and `--write DIR` writes a
configuration that does the same. *better*: what the key is there for is done without it.
";

/// `docs/configuration.md`.
pub fn page() -> String {
    let rows = rows();
    let mut page = INTRODUCTION.to_owned();
    for row in &rows {
        let level = if row.key.contains('.') { "###" } else { "##" };
        let _ = write!(page, "\n{level} `{}`\n\n{}\n", row.key, row.about);
        if row.status != Status::Section {
            let _ = write!(page, "\n{}\n", facts(row));
        }
    }
    let _ = write!(page, "\n{MOVING}\n{}", table());
    page
}

/// Type, default, example and status of a key, as a list.
fn facts(row: &Row) -> String {
    let default = row.default.as_str().map_or_else(|| row.default.to_string(), str::to_owned);
    let default = if default.is_empty() { "empty".to_owned() } else { format!("`{default}`") };
    let mut facts = format!("- Value: {}\n- Default: {default}", row.kind.words);
    if let Some(example) = row.example {
        let _ = write!(facts, "\n- Example: `{example}`");
    }
    if let Some(status) = row.status_words() {
        let _ = write!(facts, "\n- Status: {status}");
    }
    if needs_restart(&row.key) {
        facts.push_str("\n- A new value needs a restart");
    }
    facts
}

/// The JSON schema of a configuration file.
pub fn schema() -> Json {
    let mut top = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Peregrine configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": {},
    });
    for row in rows() {
        let mut property = row.kind.schema.clone();
        if let Some(object) = property.as_object_mut() {
            object.insert("description".to_owned(), row.about.clone().into());
            if row.status == Status::Section {
                object.insert("additionalProperties".to_owned(), false.into());
                object.insert("properties".to_owned(), Map::new().into());
            } else {
                object.insert("default".to_owned(), row.default.clone());
            }
        }
        let mut node = &mut top;
        let mut names = row.key.split('.').peekable();
        while let Some(name) = names.next() {
            let properties = &mut node["properties"];
            if names.peek().is_none() {
                properties[name] = property;
                break;
            }
            node = &mut properties[name];
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a committed file with what the table makes; `cargo xtask pages` writes it.
    fn check(name: &str, made: &str) {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        if std::env::var_os("PEREGRINE_WRITE_DOCS").is_some() {
            std::fs::write(&file, made).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == made, "docs/{name} is stale: cargo xtask pages writes it");
    }

    #[test]
    fn the_page_and_the_schema_are_fresh() {
        check("configuration.md", &page());
        check("configuration.schema.json", &format!("{:#}\n", schema()));
    }
}
