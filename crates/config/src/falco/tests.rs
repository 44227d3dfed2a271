//! Configurations and what Falco makes of them.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::choices::EngineKind;

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("falco-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What Falco says of a text: an error, or nothing.
fn error(text: &str) -> String {
    let tree = match peregrine_yaml::parse_first_unmerged(text) {
        Ok(first) => Node::of_file(&Arc::from("f"), &first.unwrap(), None),
        Err(error) => return SyntaxProblem::of(&error, text).to_string(),
    };
    let taken = take(tree, "f", Loaded::default());
    taken.err().map_or_else(String::new, |refused| refused.error.to_string())
}

#[test]
fn what_falco_does_not_start_with() {
    let check = |text: &str, expected: &str| assert_eq!(error(text), expected, "{text}");
    let file = |why: &str| format!("Error reading config file (f): {why}");
    let key = |key: &str, line: usize, column: usize| {
        let name = key.rsplit('.').next().unwrap();
        format!(
            "Config error at key \"{key}\": yaml-cpp: error at line {line}, column {column}: operator[] call on a scalar (key: \"{name}\")"
        )
    };
    check("log_level: INFO\n", "Unknown log level INFO");
    // What stands behind the first document is not read.
    check("log_level: info\n---\nlog_level: INFO\n", "");
    check("---\nlog_level: INFO\n---\nlog_level: info\n", "Unknown log level INFO");
    check("log_level: info\n...\n[\n", "");
    check("log_level: informational\n", "Unknown log level informational");
    check("log_level:\n", "Unknown log level null");
    check("libs_logger: {severity: loud}\n", "Unknown sinsp log severity loud");
    check("libs_logger: {severity: loud, enabled: false}\n", "");
    check("engine: {kind: Replay}\n", &file("engine.kind 'Replay' is not a valid kind."));
    let no_capture = file("engine.kind is 'replay' but no engine.replay.capture_file specified.");
    check("engine: {kind: replay}\n", &no_capture);
    check("engine: {kind: replay, replay: {capture_file: [a]}}\n", &no_capture);
    check(
        "rules_files: [a]\nrules_file: b\n",
        &file("both 'rules_files' and 'rules_file' keys set"),
    );
    check("rules_files: [[a]]\n", "yaml-cpp: error at line 1, column 15: bad conversion");
    let missing = |output: &str, key: &str| {
        file(&format!("{output} output enabled but no {key} in configuration block"))
    };
    check("file_output: {enabled: yes}\n", &missing("file", "filename"));
    check("program_output: {enabled: yes, program: ''}\n", &missing("program", "program"));
    check("http_output: {enabled: yes, url: {}}\n", &missing("http", "url"));
    check(
        "rule_matching: any\n",
        "Unknown rule matching strategy \"any\"--must be one of first, all",
    );
    check(
        "priority: loud\n",
        "Unknown priority \"loud\"--must be one of emergency, alert, critical, error, warning, notice, informational, debug",
    );
    check(
        "webserver: {listen_address: localhost}\n",
        &file("webserver listen address \"localhost\" is not a valid IP address"),
    );
    for address in ["' 127.0.0.1 '", "'::'", "'fe80::1%eth0'", "1.2.3.4"] {
        check(&format!("webserver: {{listen_address: {address}}}\n"), "");
    }
    let actions = file(
        "available actions for syscall event drops are \"ignore\", \"log\", \"alert\", and \"exit\"",
    );
    check("syscall_event_drops: {actions: LOG}\n", &actions);
    check("syscall_event_drops: {actions: [log, ignore]}\n", "");
    check(
        "syscall_event_drops: {actions: [ignore, log]}\n",
        &file("syscall event drop action \"log\" does not make sense with the \"ignore\" action"),
    );
    check(
        "syscall_event_drops: {threshold: 1.5}\n",
        &file("syscall event drops threshold must be a double in the range [0, 1]"),
    );
    check(
        "syscall_event_timeouts: {max_consecutives: 0}\n",
        "Error reading config file(f): the maximum consecutive timeouts without an event must be an unsigned integer > 0",
    );
    check("capture: {mode: some}\n", &file("capture.mode 'some' is not a valid mode."));
    check("engine: text\n", &key("engine.kind", 1, 9));
    check("syscall_event_drops: text\n", &key("syscall_event_drops.actions", 1, 22));
    check("falco_libs: text\n", &key("falco_libs.thread_table_size", 1, 13));
    check("libs_logger: text\n", &key("libs_logger.severity", 1, 14));
    check("engine: {kind: nodriver, modern_ebpf: text}\n", "");
    let conversion =
        |column: usize| format!("yaml-cpp: error at line 1, column {column}: bad conversion");
    check("rules: text\n", &conversion(8));
    check("rules: [{}]\n", &conversion(9));
    check("rules: [{remove: {rule: x}}]\n", &conversion(9));
    check("rules: [{disable: {}}]\n", &conversion(9));
    check("rules: {a: 1}\n", "");
    check("append_output: text\n", &conversion(16));
    check("append_output: [{extra_fields: x}]\n", &conversion(17));
    check("append_output: [{extra_fields: [{a: 1, b: 2}]}]\n", &conversion(17));
    check("append_output: [{extra_fields: [{a: 1}, a]}]\n", &conversion(17));
    check("append_output: [{suggested_output: perhaps}]\n", &conversion(36));
    check(
        "append_output: [{match: x}]\n",
        "yaml-cpp: error at line 1, column 25: operator[] call on a scalar (key: \"source\")",
    );
    check("static_fields: {x: [a]}\n", &conversion(20));
    check("static_fields: text\n", "");
    check("static_fields: {'$x': a}\n", "");
    check(
        "plugins: [{library_path: x}]\n",
        &format!("Error reading config file(f): could not load plugins config: {}", conversion(11)),
    );
    check(
        "load_plugins: text\n",
        "Cannot load plugin 'text': plugin config not found for given name",
    );
    check("load_plugins: {a: 1}\nplugins: [{name: a, library_path: b}]\n", "");
    // A key of ours has to have its type.
    check(
        "engine: {kind: modern_ebpf, modern_ebpf: {pushdown: perhaps}}\n",
        "f:1:43: engine.modern_ebpf.pushdown must be true or false",
    );
}

#[test]
fn what_is_not_of_its_type_is_as_good_as_missing() {
    let read = |text: &str| {
        let documents = peregrine_yaml::parse_unmerged(text).unwrap();
        let tree = Node::of_file(&Arc::from("f"), &documents[0], None);
        let Loaded { config, settings, notices, .. } = take(tree, "f", Loaded::default()).unwrap();
        (config, settings, notices)
    };
    let usual = Config::of_falco();
    let check = |text: &str, of: &dyn Fn(&Config) -> String, expected: &str| {
        assert_eq!(of(&read(text).0), expected, "{text}");
    };
    let json = |config: &Config| config.json_output.to_string();
    for (text, expected) in [
        ("perhaps", "false"),
        ("on", "true"),
        ("True", "true"),
        ("'true'", "true"),
        ("!foo true", "true"),
        ("tRUE", "false"),
        ("", "false"),
        ("[true]", "false"),
        ("1", "false"),
    ] {
        check(&format!("json_output: {text}\n"), &json, expected);
    }
    let timeout = |config: &Config| config.output_timeout.0.to_string();
    for (text, expected) in [
        ("0x7d1", "2001"),
        ("010", "8"),
        ("'5'", "5"),
        ("2_001", "2000"),
        ("1.5", "2000"),
        ("-5", "2000"),
        ("4294967296", "2000"),
        ("", "2000"),
    ] {
        check(&format!("output_timeout: {text}\n"), &timeout, expected);
    }
    let timeouts = |config: &Config| config.http_output.max_consecutive_timeouts.0.to_string();
    check("http_output: {enabled: true, url: x, max_consecutive_timeouts: 300}\n", &timeouts, "5");
    let file = |config: &Config| config.file_output.filename.display().to_string();
    check("file_output: {enabled: true, filename: }\n", &file, "null");
    let kept = |config: &Config| config.file_output.keep_alive.to_string();
    check("file_output: {enabled: true, filename: a, keep_alive: yes}\n", &kept, "false");
    check("file_output: {enabled: true, filename: a, keep_alive: true}\n", &kept, "true");
    let (config, settings, _) =
        read("base_syscalls: {custom_set: [nosuch, '!alsonot', open, '']}\n");
    assert_eq!(config.base_syscalls.custom_set.0, ["open"]);
    assert!(settings.unknown_syscalls.positive.contains("nosuch"));
    assert!(settings.unknown_syscalls.negative.contains("alsonot"));
    let (_, settings, _) =
        read("engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 99}}\n");
    assert_eq!(settings.buf_size_preset, Some(99));
    let (config, ..) = read("engine:\n");
    assert_eq!(config.engine.kind, EngineKind::Kmod);
    let (config, ..) = read("rules: [{enable: {rule: a, tag: b}, disable: {rule: c}}]\n");
    assert_eq!(config.rules.len(), 2);
    let (_, _, notices) =
        read("append_output: [{match: {rule: r, tags: [b, a]}, extra_output: x}]\n");
    let expected = "An append_ouptut entry specifies both a rule (r) and a list of tags (a, b,). This means that output will be appended only to the r rule and only if it has all the tags: a, b,.";
    assert_eq!(notices[0].to_string(), expected);
    let (_, settings, _) = read(
        "plugins: [{name: json, library_path: libjson.so, init_config: {a: 1}}, {name: x, library_path: /y/libcontainer.so, open_params: ' z '}]\n",
    );
    assert_eq!(
        settings.plugins[0].library_path,
        PathBuf::from("/usr/share/falco/plugins/libjson.so")
    );
    assert_eq!(settings.plugins[0].init_config, serde_json::json!({"a": 1}));
    assert_eq!(settings.plugins[1].open_params, "z");
    assert_eq!(settings.loaded_names().0, ["json", "container"]);
    let (_, settings, _) = read("metrics: {interval: 1h 30m}\n");
    assert_eq!(settings.metrics_interval, Some(std::time::Duration::from_mins(90)));
    assert_eq!(read("{}\n").0, usual);
}

#[test]
fn files_are_included_in_order() {
    let folder = Folder::new(
        "included",
        &[
            ("conf.d/20.yaml", "json_output: false\npriority: error\n"),
            ("conf.d/10.yaml", "json_output: true\nrules_files: [b]\nfoo: 1\n"),
            ("conf.d/sub/no.yaml", "json_output: [no]\n"),
            ("one.yaml", "config_files: [two.yaml]\n"),
            ("list.yaml", "- a\n"),
            ("scalar.yaml", "hello\n"),
            ("rules.yaml", "json_output: [a]\n"),
            ("bad.yaml", "a: [\n"),
        ],
    );
    let at = |name: &str| folder.0.join(name).display().to_string();
    let of = |include: &str| {
        let main = folder.0.join("main.yaml");
        let text = format!("rules_files: [a]\njson_output: true\nconfig_files: {include}\n");
        fs::write(&main, text).unwrap();
        load(&main, &[])
    };
    let check = |include: &str, json: bool, priority: &str, files: &[&str]| {
        let Loaded { config, .. } = of(include).unwrap();
        assert_eq!(config.json_output, json, "{include}");
        assert_eq!(config.priority.name(), priority, "{include}");
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        assert_eq!(config.rules_files, files, "{include}");
    };
    let conf = at("conf.d");
    check(&format!("[{conf}]"), false, "Error", &["a", "b"]);
    check(&conf, false, "Error", &["a", "b"]);
    check(&format!("[{{path: {conf}, strategy: override}}]"), false, "Error", &["b"]);
    check(&format!("[{{path: {conf}, strategy: add-only}}]"), true, "Error", &["a"]);
    check(&format!("[{{path: {conf}, strategy: merge}}]"), false, "Error", &["a", "b"]);
    check("[/nonexistent, 5]", true, "Debug", &["a"]);
    check(&format!("[{}]", at("scalar.yaml")), true, "Debug", &["a"]);
    let loaded = of(&format!("[{conf}]")).unwrap();
    let status: Vec<&str> = loaded.files.values().map(String::as_str).collect();
    let foo = "failed for <root>: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: 'foo'.";
    assert_eq!(status, [foo, "ok", "ok"]);
    let fails = |include: &str, expected: &str| {
        assert_eq!(of(include).unwrap_err().error.to_string(), expected, "{include}");
    };
    let one = at("one.yaml");
    fails(
        &format!("[{one}]"),
        &format!("Config error: 'config_files' directive in included config file {one}."),
    );
    let main = at("main.yaml");
    fails(
        &format!("[{main}]"),
        &format!(
            "Config error: 'config_files' directive tried to recursively include main config file: {main}."
        ),
    );
    fails("[{strategy: append}]", "yaml-cpp: error at line 3, column 16: bad conversion");
    fails(
        &format!("[{}]", at("bad.yaml")),
        "yaml-cpp: error at line 2, column 1: end of sequence flow not found",
    );
    fails(
        &format!("[{}]", at("list.yaml")),
        "invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa",
    );
}

#[test]
fn files_that_cannot_be_read_are_told_in_two_lines() {
    let folder = Folder::new("unread", &[("bad.yaml", "a: [\n"), ("text.yaml", "hello\n")]);
    let check = |file: &str, preface: Option<&str>, expected: &str| {
        let error = load(&folder.0.join(file), &[]).unwrap_err().error;
        let folder = format!("{}/", folder.0.display());
        assert_eq!(error.preface().map(|line| line.replace(&folder, "")).as_deref(), preface);
        assert_eq!(error.to_string(), expected, "{file}");
    };
    check(
        "none.yaml",
        Some("Cannot read config file (none.yaml): bad file: none.yaml"),
        "std::exception",
    );
    check(
        "bad.yaml",
        Some(
            "Cannot read config file (bad.yaml): yaml-cpp: error at line 2, column 1: end of sequence flow not found",
        ),
        "std::exception",
    );
    check(
        "",
        Some(
            "Cannot read config file (): basic_filebuf::underflow error reading the file: Is a directory",
        ),
        "std::exception",
    );
    check(
        "text.yaml",
        None,
        "Config error at key \"config_files\": yaml-cpp: error at line 1, column 1: operator[] call on a scalar (key: \"config_files\")",
    );
}

#[test]
fn what_was_remarked_before_is_kept() {
    let folder = Folder::new(
        "remarked",
        &[("f.yaml", "log_level: error\nrules_files: [a]\nrules_file: [b]\n")],
    );
    let refused = load(&folder.0.join("f.yaml"), &[]).unwrap_err();
    assert_eq!(refused.notices, [Notice::DeprecatedRulesFile]);
    assert_eq!(refused.config.log_level.name(), "Error");
}
