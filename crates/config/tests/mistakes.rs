//! Many mistakes at once, every key at every value, and values of any kind at any key.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use peregrine_config::{
    ConfigError, Loaded, Origin, Problem, Row, Status, default_file, falco, load, rows,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// A file with a text, which goes when it is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}.yaml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A mistake a line of the table; the line it is on, and what is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("json_output: maybe", "json_output must be true or false"),
    ("priority: loud", "priority loud: not a priority"),
    ("rule_matching: any", "rule_matching must be first or all"),
    ("log_level: shouting", "log_level shouting: not a priority"),
    ("jsn_output: true", "unknown key jsn_output: ignored, did you mean json_output?"),
    ("stdout_output: true", "stdout_output must be a map of keys and values"),
    ("rules_files: {a: b}", "rules_files must be a list"),
    ("config_files: [{strategy: append}]", "config_files must be a list of paths or"),
    ("static_fields: {'a b': c}", "a key of static_fields must be made of letters"),
    ("load_plugins: {a: b}", "load_plugins must be a list"),
    ("plugins: [{name: x}]", "plugins is ignored: it must be a list of plugins"),
    ("rules: [{remove: {rule: x}}]", "rules must be a list of {enable"),
    ("append_output: [{extra_output: [x]}]", "extra_output must be a single value"),
    ("grpc: {enabled: false}", "grpc is a key of an older Falco: ignored"),
    ("buffered_outputs: [true]", "buffered_outputs must be a single value"),
    ("time_format_iso_8601: 2", "time_format_iso_8601 must be true or false"),
    ("time_format_iso_8601: true", "time_format_iso_8601 is written twice: the first one holds"),
    ("engine: {kind: ebpf", "engine.kind must be"),
    (" , nosuch: 1", "unknown key engine.nosuch: ignored"),
    (
        " , modern_ebpf: {buf_size_preset: 99",
        "engine.modern_ebpf.buf_size_preset must be a number from 1",
    ),
    ("   , arguments_max: many", "engine.modern_ebpf.arguments_max must be a whole number"),
    ("   , pushdown: [x]}}", "engine.modern_ebpf.pushdown must be a single value"),
    (
        "file_output: {filname: x",
        "unknown key file_output.filname: ignored, did you mean file_output.filename?",
    ),
    (" , filename: {a: b}}", "file_output.filename must be a single value"),
    ("outputs_queue: {capacity: -1}", "outputs_queue.capacity must be a whole number from 0"),
    ("base_syscalls: {custom_set: [opne]}", "there is no system call opne, did you mean open?"),
    ("falco_libs: {thread_table_size: 1.5}", "falco_libs.thread_table_size must be a whole number"),
    (
        "syscall_event_drops: {threshold: 2",
        "syscall_event_drops.threshold must be a number from 0 to 1",
    ),
    (" , actions: [shout]}", "syscall_event_drops.actions must be a list of"),
    ("capture: {mode: some", "capture.mode must be rules or all_rules"),
    (" , max_file_size_mb: 2000000}", "capture.max_file_size_mb must be a whole number"),
    ("metrics: {interval: soon}", "metrics.interval must be a time"),
    ("webserver: {listen_port: 70000", "webserver.listen_port must be a whole number"),
    (" , listen_address: nowhere}", "webserver.listen_address must be an IP address"),
    (
        "container_engines: {max_wait: forever",
        "container_engines.max_wait must be a whole number from 0 to 60000",
    ),
    (" , docker: {sockets: {a: b}}", "container_engines.docker.sockets must be a list"),
    (" , podman: {storge: []}}", "unknown key container_engines.podman.storge: ignored"),
    ("journal: {enabled: perhaps", "journal.enabled must be auto, true or false"),
    (" , key: /etc/secret", "journal.key must be the path of a file whose name ends in .key"),
    (
        " , max_size: lots",
        "journal.max_size must be a number of bytes, as in 1073741824, 512MiB or 10GB",
    ),
    (
        " , fsync: sometimes}",
        "journal.fsync must be always, never, or a time with its unit, as in 200ms",
    ),
];

#[test]
fn every_mistake_of_a_file_is_told_with_its_place() {
    let lines: Vec<&str> = MISTAKES.iter().map(|(line, _)| *line).collect();
    let text = lines.join("\n");
    let file = File::new("mistakes", &text);
    let ConfigError(problems) = load(Some(&file.0), &[]).unwrap_err();
    for (line, (text, expected)) in (1..).zip(MISTAKES) {
        let here = format!("{}:{line}:", file.0.display());
        let reported = problems
            .iter()
            .map(ToString::to_string)
            .find(|reported| reported.starts_with(&here) && reported.contains(expected));
        assert!(reported.is_some(), "line {line}, {text}: {expected}\n{problems:#?}");
    }
    assert!(MISTAKES.len() >= 30);
    assert_eq!(problems.len(), MISTAKES.len(), "{problems:#?}");
}

/// A value of a key that is not its default.
fn other(row: &Row) -> Json {
    match (row.key.as_str(), &row.default) {
        ("engine.kind", _) => json!("kmod"),
        ("webserver.listen_address", _) => json!("127.0.0.1"),
        ("guard.confirm_within", _) => json!("7m"),
        ("metrics.interval", _) => json!("5m"),
        ("journal.key", _) => json!("/x.key"),
        ("journal.max_size" | "respond.max_size", _) => json!("5MiB"),
        ("journal.max_age" | "respond.max_age", _) => json!("5d"),
        ("journal.fsync", _) => json!("always"),
        ("base_syscalls.custom_set", _) => json!(["open", "!close"]),
        ("syscall_event_drops.actions", _) => json!(["exit"]),
        ("append_output", _) => json!([{"match": {"rule": "a"}, "extra_output": "x"}]),
        ("static_fields", _) => json!({"site": "berlin"}),
        ("plugins", _) => json!([{"name": "json", "library_path": "/x/libjson.so"}]),
        ("load_plugins", _) => json!(["container", "json"]),
        ("outputs", _) => json!([{"type": "webhook", "url": "http://receiver"}]),
        ("rules", _) => json!([{"disable": {"rule": "*"}}]),
        ("rules_files", _) => json!(["/"]),
        (_, Json::Bool(value)) => json!(!value),
        (_, Json::Number(number)) if number.is_i64() => json!(number.as_i64().unwrap() + 1),
        (_, Json::Number(_)) => json!(0.5),
        (_, Json::Array(_)) => json!(["/x"]),
        (_, Json::String(text)) => {
            let words = row.kind.schema["enum"].as_array();
            let word = words.and_then(|words| words.iter().find(|word| *word != text));
            word.cloned().unwrap_or_else(|| json!("/x"))
        }
        (key, default) => panic!("{key}: {default}"),
    }
}

/// A file with these values.
fn file_of(values: &[(String, Json)]) -> Json {
    let mut top = json!({});
    for (key, value) in values {
        let mut node = &mut top;
        for name in key.split('.') {
            node = &mut node[name];
        }
        *node = value.clone();
    }
    top
}

#[test]
fn settings_of_the_container_plugin_are_checked_where_they_stand() {
    let check = |init_config: &str, place: &str, expected: &str| {
        let text = format!(
            "plugins:\n- name: container\n  library_path: libcontainer.so\n  init_config: {init_config}\n"
        );
        let file = File::new("container-plugin", &text);
        let loaded = load(Some(&file.0), &[]);
        let reported = loaded.map_err(|error| error.0.iter().map(ToString::to_string).collect());
        let expected = format!("{}:{place}: {expected}", file.0.display());
        let Err::<_, Vec<String>>(reported) = reported else { panic!("{init_config} is taken") };
        assert!(reported.len() == 1 && reported[0].starts_with(&expected), "{reported:?}");
    };
    let key = "plugins.init_config";
    check("\n    label_max_len: x", "5:5", &format!("{key}.label_max_len must be a whole number"));
    let sockets = format!("{key}.engines.cri.sockets must be a list of texts");
    check("{engines: {cri: {sockets: /x}}}", "4:33", &sockets);
    check("hello", "4:3", &format!("{key} must be a map of keys and values"));
    check("{nosuch: 1}", "4:17", &format!("{key}.nosuch must be one of label_max_len"));
}

#[test]
fn every_key_changed_is_taken() {
    let values: Vec<(String, Json)> = rows()
        .iter()
        .filter(|row| row.status != Status::Section)
        .map(|row| (row.key.clone(), other(row)))
        .collect();
    let file = File::new("changed", &file_of(&values).to_string());
    let loaded = load(Some(&file.0), &[]).unwrap();
    let taken: BTreeSet<String> = loaded
        .show()
        .into_iter()
        .filter(|(key, value, origin)| {
            let (_, wanted) = values.iter().find(|(known, _)| known == key).unwrap_or(&EMPTY);
            // What follows from an entry may be shown with more keys.
            let same = value == wanted || wanted.is_array();
            same && matches!(origin, Origin::File { .. })
        })
        .map(|(key, ..)| key)
        .collect();
    let missing: Vec<_> = values.iter().filter(|(key, _)| !taken.contains(key)).collect();
    assert!(missing.is_empty(), "{missing:?}\n{:?}", loaded.warnings);
    // A key that has no effect yet is named once.
    for row in rows() {
        let unsupported = matches!(row.status, Status::Unsupported(_));
        let named = loaded.warnings.iter().filter(|warning| warning.key == row.key).count();
        assert!(!unsupported || named == 1, "{}: {named}", row.key);
    }
}

static EMPTY: (String, Json) = (String::new(), Json::Null);

#[test]
fn every_key_at_its_default_is_taken() {
    let file = File::new("defaults", &default_file());
    let loaded = load(Some(&file.0), &[]).unwrap();
    assert_eq!(loaded.config, peregrine_config::Config::default());
    let of_falco = falco::load(&file.0, &[]).unwrap();
    assert_eq!(of_falco.config.priority, loaded.config.priority);
    assert_eq!(of_falco.config.stdout_output, loaded.config.stdout_output);
}

/// YAML of any kind: scalars that look like something, lists, maps.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("~".to_owned()),
        Just("''".to_owned()),
        Just("yes".to_owned()),
        Just("-1".to_owned()),
        Just("0x7fffffffffffffff".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just(".nan".to_owned()),
        Just("1e400".to_owned()),
        Just("${HOME}${".to_owned()),
        Just("!!int 'x'".to_owned()),
        Just("2001-01-01".to_owned()),
        "[a-z0-9%./:$\u{e9}-]{1,12}".prop_map(|text| format!("\"{text}\"")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
    ];
    scalar.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof![
            Just("enabled".to_owned()),
            Just("name".to_owned()),
            Just("match".to_owned()),
            Just("extra_fields".to_owned()),
            "[a-z_]{1,8}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|list| format!("[{}]", list.join(", "))),
            prop::collection::vec((name, inner), 0..4).prop_map(|pairs| {
                let pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
        ]
    })
}

/// Whether a problem says where it is.
fn is_placed(problem: &Problem, file: &Path) -> bool {
    let text = problem.to_string();
    match &problem.origin {
        Origin::File { place, .. } => {
            place.line > 0 && text.starts_with(&format!("{}:{}:", file.display(), place.line))
        }
        // A file that cannot be read is named itself.
        _ => text.starts_with("cannot read"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any value at any key: it is taken, or there is a message with the place.
    #[test]
    fn a_value_is_taken_or_refused(at in any::<prop::sample::Index>(), value in value()) {
        let rows = rows();
        let row = &rows[at.index(rows.len())];
        // Its values would be files of whoever runs the test.
        prop_assume!(row.key != "config_files");
        let mut text = String::new();
        for (depth, name) in row.key.split('.').enumerate() {
            text += &"  ".repeat(depth);
            text += name;
            text += ":\n";
        }
        text.truncate(text.trim_end().len());
        let file = File::new("any", &format!("{text} {value}\n"));
        let is_told = |problems: &[Problem]| {
            problems.iter().all(|problem| is_placed(problem, &file.0))
        };
        match load(Some(&file.0), &[]) {
            Err(ConfigError(problems)) => {
                prop_assert!(problems.iter().any(|problem| problem.is_error));
                prop_assert!(is_told(&problems), "{problems:?}");
            }
            Ok(Loaded { warnings, origins, .. }) => {
                prop_assert!(is_told(&warnings), "{warnings:?}");
                let below = format!("{}.", row.key);
                let is_taken = origins.keys().any(|key| *key == row.key || key.starts_with(&below));
                let says_nothing = matches!(value.as_str(), "~" | "{}");
                prop_assert!(is_taken || says_nothing || !warnings.is_empty(), "{}: {value}", row.key);
            }
        }
        // Falco's way: a start or one error, in one line.
        if let Err(refused) = falco::load(&file.0, &[]) {
            prop_assert!(!refused.error.to_string().is_empty());
        }
    }

    /// Any option: never a panic, always a message that names it.
    #[test]
    fn an_option_is_taken_or_refused(key in "[a-z_.\\[\\]0-9\\\\]{0,16}", value in value()) {
        let option = format!("{key}={value}");
        match load(None, std::slice::from_ref(&option)) {
            Err(ConfigError(problems)) => prop_assert!(
                problems.iter().all(|problem| problem.to_string().starts_with(&format!("-o {option}"))),
                "{problems:?}"
            ),
            Ok(loaded) => {
                prop_assert!(loaded.warnings.iter().all(|warning| !warning.key.is_empty()));
            }
        }
        let file = File::new("option", "json_output: true\nrules_files: [a]\n");
        let _ = falco::load(&file.0, &[option]).map_err(|refused| refused.error.to_string());
    }
}
