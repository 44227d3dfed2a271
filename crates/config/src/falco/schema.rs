//! The JSON schema Falco has of its configuration, made from the table of keys, and what of a file does not
//! fit it, in the words and the order of Falco's validator.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use crate::keys::{is_own, rows};
use crate::reader::joined;
use crate::setting::{Row, Status};
use crate::tree::{Body, Node, Strategy};

/// The sections Falco's schema names: the key, the name, how many keys there must be, which.
const SECTIONS: [(&str, &str, u64, &[&str]); 18] = [
    ("base_syscalls", "BaseSyscalls", 1, &[]),
    ("capture", "Capture", 0, &[]),
    ("engine", "Engine", 0, &["kind"]),
    ("engine.kmod", "Kmod", 1, &[]),
    ("engine.modern_ebpf", "ModernEbpf", 0, &[]),
    ("engine.replay", "Replay", 0, &["capture_file"]),
    ("falco_libs", "FalcoLibs", 1, &[]),
    ("file_output", "FileOutput", 1, &[]),
    ("http_output", "HTTPOutput", 1, &[]),
    ("libs_logger", "LibsLogger", 1, &[]),
    ("metrics", "Metrics", 1, &[]),
    ("outputs_queue", "OutputsQueue", 1, &[]),
    ("program_output", "ProgramOutput", 0, &["program"]),
    ("stdout_output", "Output", 1, &[]),
    ("syscall_event_drops", "SyscallEventDrops", 1, &[]),
    ("syscall_event_timeouts", "SyscallEventTimeouts", 1, &[]),
    ("syslog_output", "Output", 1, &[]),
    ("webserver", "Webserver", 1, &[]),
];

/// The schema of `falco --config-schema`.
pub fn schema() -> Json {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": text});
    let flag = json!({"type": "boolean"});
    let mut definitions = json!({
        "Able": section("Able", 1, &[], &json!({"rule": text, "tag": text})),
        "Rule": section("Rule", 1, &[], &json!({"enable": named("Able"), "disable": named("Able")})),
        "Plugin": section("Plugin", 0, &["library_path", "name"], &json!({
            "name": text, "library_path": text, "open_params": text,
            "init_config": {"anyOf": [{"type": "object"}, text, {"type": "null"}]},
        })),
        "AppendOutput": section("", 0, &[], &json!({
            "match": section("", 0, &[], &json!({"rule": text, "source": text, "tags": texts})),
            "extra_output": text,
            "extra_fields": {"type": "array", "items": {"anyOf": [
                {"type": "object", "additionalProperties": text}, text,
            ]}},
            "suggested_output": flag,
        })),
        "FalcoConfig": section("FalcoConfig", 0, &[], &json!({"rule_files": texts})),
    });
    for row in rows().iter().filter(|row| !is_own(&row.key)) {
        let (parent, name) = row.key.rsplit_once('.').unwrap_or(("", &row.key));
        let known = SECTIONS.iter().find(|(key, ..)| *key == row.key);
        let value = match known {
            Some((_, title, ..)) => named(title),
            None if row.status == Status::Section => section("", 0, &[], &json!({})),
            None => value(row),
        };
        if let Some((_, title, least, required)) = known
            && definitions.get(title).is_none()
        {
            definitions[title] = section(title, *least, required, &json!({}));
        }
        properties(&mut definitions, parent)[name] = value;
    }
    json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "$ref": "#/definitions/FalcoConfig",
        "definitions": definitions,
    })
}

/// The properties of a section by its dotted key.
fn properties<'d>(definitions: &'d mut Json, key: &str) -> &'d mut Json {
    let title = SECTIONS.iter().find(|(known, ..)| *known == key).map(|(_, title, ..)| *title);
    match (title, key.rsplit_once('.')) {
        (Some(title), _) => &mut definitions[title]["properties"],
        (None, Some((parent, name))) => &mut properties(definitions, parent)[name]["properties"],
        (None, None) if key.is_empty() => &mut definitions["FalcoConfig"]["properties"],
        (None, None) => &mut definitions["FalcoConfig"]["properties"][key]["properties"],
    }
}

fn named(title: &str) -> Json {
    json!({"$ref": format!("#/definitions/{title}")})
}

fn section(title: &str, least: u64, required: &[&str], properties: &Json) -> Json {
    let mut section = Map::new();
    section.insert("type".to_owned(), "object".into());
    section.insert("additionalProperties".to_owned(), false.into());
    section.insert("properties".to_owned(), properties.clone());
    if !title.is_empty() {
        section.insert("title".to_owned(), title.into());
    }
    if least > 0 {
        section.insert("minProperties".to_owned(), least.into());
    }
    if !required.is_empty() {
        section.insert("required".to_owned(), json!(required));
    }
    section.into()
}

/// What Falco's schema says of a value: mostly no more than its type.
fn value(row: &Row) -> Json {
    match row.key.as_str() {
        "append_output" => json!({"type": "array", "items": named("AppendOutput")}),
        "rules" => json!({"type": "array", "items": named("Rule")}),
        "plugins" => json!({"type": "array", "items": named("Plugin")}),
        "static_fields" => json!({"type": "object"}),
        "config_files" => {
            let strategies = Strategy::NAMED.map(|(name, _)| name);
            json!({"type": "array", "items": {"oneOf": [
                {"type": "string"},
                {"type": "object", "required": ["path"], "properties": {
                    "path": {"type": "string"},
                    "strategy": {"type": "string", "enum": strategies},
                }},
            ]}})
        }
        "http_output.url" => {
            json!({"type": "string", "format": "uri", "qt-uri-protocols": ["http"]})
        }
        "syscall_event_drops.max_burst" => json!({"type": "integer"}),
        key if key.starts_with("capture.") => row.kind.schema.clone(),
        _ => match row.kind.schema["type"].as_str() {
            Some("array") => json!({"type": "array", "items": {"type": "string"}}),
            of_type => json!({"type": of_type}),
        },
    }
}

/// The first thing in a file that does not fit the schema, as Falco says it; none where all fits.
pub(crate) fn violation(file: &Node) -> Option<String> {
    static SCHEMA: LazyLock<Json> = LazyLock::new(schema);
    let all = Validator { definitions: &SCHEMA["definitions"] };
    all.violation(&SCHEMA, file, "<root>", "").map(|why| format!("failed for {why}"))
}

struct Validator<'s> {
    definitions: &'s Json,
}

impl Validator<'_> {
    /// The first violation; `path` is Falco's way to say where, `key` the dotted one.
    fn violation(&self, schema: &Json, node: &Node, path: &str, key: &str) -> Option<String> {
        let of = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        let schema = of.map_or(schema, |name| &self.definitions[name]);
        let say = |why: &str| Some(format!("{path}: {why}"));
        if schema["type"].as_str().is_some_and(|of_type| !is_of_type(node, of_type)) {
            return say("Value type not permitted by 'type' constraint.");
        }
        let choices = ["anyOf", "oneOf"].iter().find_map(|name| schema[*name].as_array());
        if let Some(choices) = choices {
            let wrong: Vec<_> =
                choices.iter().map(|one| self.violation(one, node, path, key)).collect();
            if wrong.iter().all(Option::is_some) {
                return wrong.into_iter().next().flatten();
            }
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.iter().any(|word| word.as_str() == node.scalar())
        {
            return say("Failed to match against any enum values.");
        }
        if let Body::List(list) = &node.body
            && !schema["items"].is_null()
        {
            let item =
                |(at, item)| self.violation(&schema["items"], item, &format!("{path}[{at}]"), key);
            return list.iter().enumerate().find_map(item);
        }
        let number = node.scalar().and_then(|text| text.trim_start().parse::<f64>().ok());
        if let Some(number) = number {
            match (schema["maximum"].as_f64(), schema["minimum"].as_f64()) {
                (Some(bound), _) if number > bound => {
                    return say(&format!("Expected number less than or equal to {bound:.6}"));
                }
                (_, Some(bound)) if number < bound => {
                    return say(&format!("Expected number greater than or equal to {bound:.6}"));
                }
                _ => {}
            }
        }
        let pairs = node.map()?;
        if pairs.is_empty() && schema["minProperties"] == 1 {
            return say("Object should have no fewer than 1 properties.");
        }
        self.pairs(schema, node, pairs, path, key).or_else(|| {
            let required = schema["required"].as_array().into_iter().flatten();
            let mut missing =
                required.filter_map(Json::as_str).filter(|name| node.get(name).is_none());
            say(&format!("Missing required property '{}'.", missing.next()?))
        })
    }

    fn pairs(
        &self,
        schema: &Json,
        node: &Node,
        pairs: &[(String, Node)],
        path: &str,
        key: &str,
    ) -> Option<String> {
        let known = schema["properties"].as_object();
        // In the order of their names.
        let wrong = known.into_iter().flatten().find_map(|(name, of)| {
            self.violation(of, node.get(name)?, &format!("{path}[{name}]"), &joined(key, name))
        });
        if wrong.is_some() || schema["additionalProperties"] != false {
            return wrong.or_else(|| {
                let of = &schema["additionalProperties"];
                let mut pairs = pairs.iter().filter(|_| of.is_object());
                pairs.find_map(|(name, value)| {
                    self.violation(of, value, &format!("{path}[{name}]"), key)
                })
            });
        }
        let is_known = |name: &str| {
            known.is_some_and(|known| known.contains_key(name)) || is_own(&joined(key, name))
        };
        let unknown = pairs.iter().map(|(name, _)| name.as_str()).find(|name| !is_known(name));
        // The name of a key written twice is not reported.
        let twice = || {
            let earlier = |at: usize| pairs.get(..at).unwrap_or_default().iter();
            let mut names = pairs.iter().enumerate();
            let twice = names.any(|(at, (name, _))| earlier(at).any(|(known, _)| known == name));
            twice.then_some("")
        };
        let name = unknown.or_else(twice)?;
        Some(format!(
            "{path}: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '{name}'."
        ))
    }
}

/// Types as the validator sees them: every scalar is a text, and may be something else too.
fn is_of_type(node: &Node, of_type: &str) -> bool {
    let text = node.scalar();
    match of_type {
        "object" => node.map().is_some(),
        "array" => matches!(node.body, Body::List(_)),
        "null" => node.body == Body::Null || text == Some(""),
        "boolean" => matches!(text, Some("true" | "false")),
        "integer" => text.is_some_and(|text| text.trim_start().parse::<i64>().is_ok()),
        "number" => text.is_some_and(|text| text.trim_start().parse::<f64>().is_ok()),
        _ => text.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_schema_is_that_of_falco() {
        let Some(folder) = peregrine_testkit::conformance("the_schema_is_that_of_falco") else {
            return;
        };
        let file = folder.join("../spec/falco-config-schema.json");
        let text = std::fs::read_to_string(file).unwrap();
        let theirs: Json = serde_json::from_str(&text).unwrap();
        let ours = schema();
        for (name, section) in theirs["definitions"].as_object().unwrap() {
            assert_eq!(ours["definitions"][name], *section, "{name}");
        }
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_first_violation_is_told() {
        let check = |text: &str, expected: &str| {
            let documents = peregrine_yaml::parse_unmerged(text).unwrap();
            let node = Node::of_file(&Arc::from("f"), &documents[0], None);
            let expected = (!expected.is_empty()).then(|| format!("failed for <root>{expected}"));
            assert_eq!(violation(&node), expected, "{text}");
        };
        let unknown = "Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints:";
        let of_type = "Value type not permitted by 'type' constraint.";
        check("json_output: true\nwebserver: {listen_port: +5}\n", "");
        check("json_output: 'true'\nrules_files: [a, 5]\n", "");
        check("json_output: on\n", &format!("[json_output]: {of_type}"));
        check("json_output: True\n", &format!("[json_output]: {of_type}"));
        check("hello\n", &format!(": {of_type}"));
        check("metrics:\n", &format!("[metrics]: {of_type}"));
        check("metrics: {}\n", "[metrics]: Object should have no fewer than 1 properties.");
        check(
            "engine: {replay: {}}\n",
            "[engine][replay]: Missing required property 'capture_file'.",
        );
        check("engine: {}\n", "[engine]: Missing required property 'kind'.");
        check("foo: 1\njson_output: [x]\n", &format!("[json_output]: {of_type}"));
        check("z: 1\na: 1\n", &format!(": {unknown} 'z'."));
        check("json_output: true\njson_output: true\n", &format!(": {unknown} ''."));
        check(
            "capture: {mode: some}\n",
            "[capture][mode]: Failed to match against any enum values.",
        );
        check("capture: {mode: [a]}\n", &format!("[capture][mode]: {of_type}"));
        check(
            "capture: {max_file_size_mb: 1048577}\n",
            "[capture][max_file_size_mb]: Expected number less than or equal to 1048576.000000",
        );
        check(
            "capture: {default_duration: -1}\n",
            "[capture][default_duration]: Expected number greater than or equal to 0.000000",
        );
        check(
            "config_files: [{path: a, strategy: merge}]\n",
            &format!("[config_files][0]: {of_type}"),
        );
        check("config_files: [a, {path: a, strategy: append}]\n", "");
        check("plugins: [{name: a}]\n", "[plugins][0]: Missing required property 'library_path'.");
        check("plugins: [{name: a, library_path: b, init_config: {x: [1]}}]\n", "");
        check(
            "append_output: [{match: {x: 1}}]\n",
            &format!("[append_output][0][match]: {unknown} 'x'."),
        );
        check("append_output: [{extra_fields: [a, {b: c}]}]\n", "");
        check(
            "append_output: [{extra_fields: [{b: [c]}]}]\n",
            &format!("[append_output][0][extra_fields][0][b]: {of_type}"),
        );
        check("stdout_output: {<<: 1}\n", &format!("[stdout_output]: {unknown} '<<'."));
        // Keys of our own are no mistakes.
        check("engine: {kind: modern_ebpf, modern_ebpf: {pushdown: false}}\n", "");
        check(
            "engine: {kind: modern_ebpf, kmod: {pushdown: false}}\n",
            &format!("[engine][kmod]: {unknown} 'pushdown'."),
        );
    }
}
