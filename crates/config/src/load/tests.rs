//! Files and options as people write them, and what comes of them.

use peregrine_alert::Priority;
use peregrine_engine::Matching;
use peregrine_rules::{ExtraOutput, Selected};

use super::*;

/// What a file `f.yaml` and options say.
fn of(text: &str, options: &[&str]) -> Result<Loaded, ConfigError> {
    let main = parse("f.yaml", text).map_err(|problem| ConfigError(vec![problem]))?;
    build(Some(main), &owned(options), |_| true)
}

fn owned(options: &[&str]) -> Vec<String> {
    options.iter().map(|option| (*option).to_owned()).collect()
}

fn of_options(options: &[&str]) -> Result<Loaded, ConfigError> {
    build(None, &owned(options), |_| true)
}

fn error(done: Result<Loaded, ConfigError>) -> String {
    done.map(|_| ()).map_err(|error| error.to_string()).unwrap_err()
}

#[test]
fn settings_are_taken() {
    let text = "json_output: true\nfile_output:\n  enabled: yes\n  filename: /x/${NO_SUCH_NAME}y\npriority: Warning\nrules_files: [a, b]\nengine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 1}}\n";
    let Loaded { config, warnings, .. } = of(text, &[]).unwrap();
    assert!(config.json_output && config.file_output.enabled && config.stdout_output.enabled);
    assert_eq!(config.file_output.filename, Path::new("/x/y"));
    assert_eq!(config.rules_files, [Path::new("a"), Path::new("b")]);
    assert_eq!(config.engine.modern_ebpf.buf_size_preset.bytes, 1 << 20);
    assert_eq!(warnings, []);
    let options = ["load_plugins=[]", "rules_files[]=x", "rules_files[]=y", "rule_matching=all"];
    let config = of_options(&options).unwrap().config;
    assert_eq!(config.appended_output(), []);
    assert_eq!(config.rules_files.len(), 2);
    assert_eq!(config.rule_matching, Matching::All);
    let config = of_options(&["append_output=[{extra_output: 'a=%evt.num'}]"]).unwrap().config;
    assert_eq!(config.appended_output(), [ExtraOutput::everywhere("a=%evt.num")]);
    let config = of_options(&["append_output[]={extra_output: 'a=%evt.num'}"]).unwrap().config;
    assert_eq!(config.appended_output().len(), 2);
    let appended = load(None, &[]).unwrap().config.appended_output();
    assert!(appended[0].format.contains("container_id=%container.id"));
}

#[test]
fn a_file_without_append_output_appends_nothing() {
    let check = |text: &str, expected: bool| {
        let appended = of(text, &[]).unwrap().config.appended_output();
        assert_eq!(!appended.is_empty(), expected, "{text}: {appended:?}");
    };
    check("", false);
    check("json_output: true\nstatic_fields: {site: a}\n", false);
    check("append_output: []\n", false);
    check("append_output: [{suggested_output: true}]\n", true);
    check("append_output: [{extra_output: x}]\n", true);
}

#[test]
fn mistakes_name_their_place() {
    let check = |text: &str, expected: &str| assert_eq!(error(of(text, &[])), expected, "{text}");
    check("json_output: maybe\n", "f.yaml:1:1: json_output must be true or false");
    check(
        "a: 1\nfile_output:\n  filename: [x]\n",
        "f.yaml:3:3: file_output.filename must be a single value",
    );
    check(
        "base_syscalls: {custom_set: [read, '!opne']}\n",
        "f.yaml:1:36: base_syscalls.custom_set: there is no system call opne, did you mean open?",
    );
    check(
        "syscall_event_drops:\n  threshold: 2\n",
        "f.yaml:2:3: syscall_event_drops.threshold must be a number from 0 to 1",
    );
    check(
        "syscall_event_drops:\n  actions: [log, ignore]\n",
        "f.yaml:2:3: syscall_event_drops.actions must be either ignore or what to do, not both",
    );
    check("- a\n", "f.yaml:1:1: a configuration is a map of keys and values");
    check(
        "engine: {modern_ebpf: {buf_size_preset: 11}}\n",
        "f.yaml:1:24: engine.modern_ebpf.buf_size_preset must be a number from 1 (1 MB) to 10 (512 MB)",
    );
    check(
        "engine: {modern_ebpf: {arguments_max: 100}}\n",
        "f.yaml:1:24: engine.modern_ebpf.arguments_max must be a whole number from 4096 to 12285",
    );
    check("stdout_output: true\n", "f.yaml:1:1: stdout_output must be a map of keys and values");
    check(
        "priority: 1\njson_output: x\n",
        "f.yaml:1:1: priority 1: not a priority: one of emergency, alert, critical, error, warning, notice, informational, debug\nf.yaml:2:1: json_output must be true or false",
    );
    let check = |option: &str, expected: &str| {
        assert_eq!(error(of_options(&[option])), expected);
    };
    check("json_output", "-o json_output: not of the form key=value, as in -o json_output=true");
    check("json_output=x", "-o json_output=x: json_output must be true or false");
    check(
        "rules_files[4]=x",
        "-o rules_files[4]=x: rules_files[4]: there is no element 4, the list has 0",
    );
    check("a..b=x", "-o a..b=x: a..b: a key is missing before `.`");
    check(
        "priority=loud",
        "-o priority=loud: priority loud: not a priority: one of emergency, alert, critical, error, warning, notice, informational, debug",
    );
}

#[test]
fn rules_are_selected() {
    let config =
        of("rules: [{disable: {rule: '*'}}, {enable: {tag: host}}]\n", &[]).unwrap().config;
    assert_eq!(config.rules.len(), 2);
    assert!(config.rules[1].enable);
    assert_eq!(config.rules[0].of, Selected::Rule("*".to_owned()));
    let options = ["rules[].disable.rule=*", "rules[].enable.tag=x"];
    assert_eq!(of_options(&options).unwrap().config.rules.len(), 2);
    let error = error(of("rules: [{stop: {rule: x}}]\n", &[]));
    assert!(error.starts_with("f.yaml:1:10: rules must be a list of"), "{error}");
}

#[test]
fn fields_are_added() {
    let check = |text: &str, options: &[&str], expected: &[(&str, &str)]| {
        let fields = of(text, options).unwrap().config.static_fields.0;
        let fields: Vec<_> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(fields, expected, "{text} {options:?}");
    };
    check("static_fields:\n", &[], &[]);
    check("static_fields: {site: a, rank: 3}\n", &[], &[("site", "a"), ("rank", "3")]);
    check("static_fields: {site: a}\n", &["static_fields.site=b"], &[("site", "b")]);
    check("", &[r"static_fields.a\.b= 'c' "], &[("a.b", " 'c' ")]);
    let error = error(of("static_fields: {a b: c}\n", &[]));
    assert!(error.starts_with("f.yaml:1:17: a key of static_fields must be made of"), "{error}");
}

#[test]
fn what_has_no_effect_is_reported() {
    let check = |text: &str, expected: &[&str]| {
        let warnings = of(text, &[]).unwrap().warnings;
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings, expected, "{text}");
    };
    check("http_output: {enabled: false, url: x}\nwebserver: {enabled: false}\nplugins: []\n", &[]);
    check(
        "falco_libs:\n  snaplen: 100\n",
        &["f.yaml:2:3: falco_libs.snaplen is not supported yet: ignored"],
    );
    check(
        "jsn_output: true\n",
        &["f.yaml:1:1: unknown key jsn_output: ignored, did you mean json_output?"],
    );
    check(
        "syscall_buf_size_preset: 4\njson_output: true\njson_output: false\n",
        &[
            "f.yaml:3:1: json_output is written twice: the first one holds",
            "f.yaml:1:1: syscall_buf_size_preset is a key of an older Falco: ignored; it is engine.modern_ebpf.buf_size_preset now",
        ],
    );
    // What has no effect refuses nothing.
    check(
        "plugins_hostinfo: perhaps\nsyscall_event_drops: {rate: fast, threshold: x}\n",
        &[
            "f.yaml:1:1: plugins_hostinfo is ignored: it must be true or false",
            "f.yaml:2:23: syscall_event_drops.rate is ignored: it must be a number from 0",
            "f.yaml:2:35: syscall_event_drops.threshold is ignored: it must be a number",
        ],
    );
    check(
        "engine: {kind: kmod}\nload_plugins: [container, json]\n",
        &[
            "f.yaml:1:10: engine.kind kmod: there is no kernel module, this host is watched with eBPF",
            "f.yaml:2:27: plugin json is not loaded: plugins are not supported yet",
        ],
    );
}

#[test]
fn every_value_knows_where_it_was_set() {
    let loaded = of(
        "json_output: true\nfile_output:\n  enabled: true\nrules_file: a\n",
        &["file_output.filename=/x", "rules_files[]=b"],
    )
    .unwrap();
    let shown = loaded.show();
    let check = |key: &str, value: serde_json::Value, origin: &str| {
        let row = shown.iter().find(|(known, ..)| known == key).unwrap();
        assert_eq!((&row.1, row.2.to_string().as_str()), (&value, origin), "{key}");
    };
    check("json_output", true.into(), "f.yaml:1:1");
    check("file_output.enabled", true.into(), "f.yaml:3:3");
    check("file_output.filename", "/x".into(), "-o file_output.filename=/x");
    check("rules_files", serde_json::json!(["a", "b"]), "f.yaml:4:1");
    check("stdout_output.enabled", true.into(), "default");
    check("engine.modern_ebpf.buf_size_preset", 4.into(), "default");
}

#[test]
fn files_are_included() {
    let scratch = peregrine_testkit::Folder::new("include");
    let folder = scratch.path().to_path_buf();
    std::fs::create_dir_all(folder.join("d")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let place = |name: &str| folder.join(name).display().to_string();
    write("d/1.yaml", "priority: error\nrules_files: [b]\n");
    write("d/2.yaml", "priority: critical\nrules_files: [c]\njson_output: true\n");
    write("nested.yaml", "config_files: [x]\n");
    let check = |include: &str, expected: (&str, Priority, bool)| {
        write(
            "main.yaml",
            &format!("priority: notice\nrules_files: [a]\nconfig_files: [{include}, /no/such]\n"),
        );
        let main = read(&folder.join("main.yaml")).unwrap();
        let Loaded { config, warnings, .. } = build(Some(main), &[], |_| true).unwrap();
        let files: Vec<_> =
            config.rules_files.iter().map(|file| file.display().to_string()).collect();
        let got = (files.concat(), config.priority, config.json_output);
        assert_eq!(got, (expected.0.to_owned(), expected.1, expected.2), "{include}");
        assert_eq!(warnings, []);
    };
    check(&place("d"), ("abc", Priority::Critical, true));
    check(&place("d/1.yaml"), ("ab", Priority::Error, false));
    let with = |strategy: &str| format!("{{path: {}, strategy: {strategy}}}", place("d"));
    check(&with("append"), ("abc", Priority::Critical, true));
    check(&with("override"), ("c", Priority::Critical, true));
    check(&with("add-only"), ("a", Priority::Notice, true));
    let option = format!("config_files[]={}", place("d/2.yaml"));
    let over = ["priority=alert".to_owned(), option];
    write("main.yaml", "json_output: false\n");
    let main = read(&folder.join("main.yaml")).unwrap();
    let config = build(Some(main), &over, |_| true).unwrap().config;
    assert_eq!((config.priority, config.json_output), (Priority::Alert, true));
    let nested = format!("config_files: [{}]\n", place("nested.yaml"));
    let reported = error(of(&nested, &[]));
    let expected = format!(
        "{}:1:1: config_files cannot be set in a file that is included itself",
        place("nested.yaml")
    );
    assert_eq!(reported, expected);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Mistakes in every kind of value, all reported at once.
#[test]
fn every_mistake_is_reported() {
    let mistakes = [
        "priority: loud",
        "rule_matching: some",
        "json_output: maybe",
        "json_include_output_property: 2",
        "json_include_message_property: [true]",
        "json_include_output_fields_property: {a: b}",
        "json_include_tags_property: nope",
        "time_format_iso_8601: iso",
        "buffered_outputs: lines",
        "rules_files: {a: b}",
        "rules: text",
        "append_output: text",
        "static_fields: text",
        "load_plugins: {a: b}",
        "stdout_output: true",
        "file_output: {enabled: x}",
        "outputs_queue: {capacity: -1}",
        "base_syscalls: {custom_set: [opne], all: x, repair: y}",
        "falco_libs: {thread_table_size: many, proc_name_follows_prctl: z, state_bytes: -1}",
        "engine: {kind: bpf, modern_ebpf: {buf_size_preset: 0, arguments_max: 1, pushdown: x}}",
        "config_files: [{strategy: append}]",
        "http_output: {enabled: perhaps}",
        "syslog_output: {enabled: perhaps}",
        "program_output: {enabled: perhaps}",
        "syscall_event_drops: {actions: [shout], threshold: 3}",
    ];
    let text = mistakes.join("\n");
    let ConfigError(problems) = of(&text, &[]).unwrap_err();
    assert!(problems.len() >= 32, "{problems:#?}");
    for (at, mistake) in mistakes.iter().enumerate() {
        let key = mistake.split(':').next().unwrap();
        let reported: Vec<String> = problems
            .iter()
            .filter(|problem| problem.is_error && problem.key.split('.').next() == Some(key))
            .map(ToString::to_string)
            .collect();
        let line = format!("f.yaml:{}:", at + 1);
        assert!(
            !reported.is_empty() && reported.iter().all(|reported| reported.starts_with(&line)),
            "{mistake}: {reported:?}"
        );
    }
}

#[test]
fn rule_files_that_do_not_exist_are_left_out() {
    let of = |text: &str| {
        let main = parse("f.yaml", text).unwrap();
        build(Some(main), &[], |file| file == Path::new("there"))
    };
    let Loaded { config, warnings, .. } = of("rules_files:\n- gone\n- there\n").unwrap();
    assert_eq!(config.rules_files, [Path::new("there")]);
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["f.yaml:2:3: rules_files: there is no gone: it is left out"]);
    let none = "f.yaml:1:1: rules_files: none of the files exists; leave rules_files out for the rules that come with Peregrine";
    assert!(error(of("rules_files: [gone]\n")).ends_with(none));
    assert!(of("rules_files: []\n").unwrap().config.rules_files.is_empty());
}

#[test]
fn outputs_over_http_have_the_same_keys() {
    let http = "headers: {X-Key: hidden}, tls: {ca_cert: /ca}, user_agent: me, compress: gzip, keep_alive: false";
    for keys in ["type: webhook, url: 'https://h/hidden'", "type: slack, url: 'https://h/hidden'"] {
        let text = format!("outputs: [{{{keys}, {http}}}]");
        let Loaded { config, warnings, .. } = of(&text, &[]).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let read = config.outputs[0].http.as_ref().unwrap();
        assert_eq!(read.tls.ca_cert, Path::new("/ca"));
        assert_eq!((read.user_agent.as_str(), read.keep_alive), ("me", false));
        assert_eq!(read.headers.0["X-Key"].load().unwrap(), "hidden");
        assert!(!format!("{:?}", config.outputs).contains("hidden"));
    }
    let check = |keys: &str, expected: &str| {
        let text = format!("outputs: [{{type: webhook, url: 'https://h', {keys}}}]");
        let reported = match of(&text, &[]) {
            Ok(loaded) => loaded.warnings.iter().map(ToString::to_string).collect(),
            Err(ConfigError(problems)) => problems.iter().map(ToString::to_string).collect(),
        };
        let reported: Vec<String> = reported;
        assert!(reported.iter().any(|line| line.contains(expected)), "{keys}: {reported:?}");
    };
    check("compress: zip", "outputs[0].compress must be none or gzip or deflate");
    check("tls: {ca: x}", "outputs[0].tls.ca");
    check("tls: {insecure: perhaps}", "outputs[0].tls.insecure must be true or false");
    check("headers: {'a b': x}", "outputs[0].headers.a b must be the value of a header");
    check("method: GET", "outputs[0].method must be POST or PUT or PATCH");
}

#[test]
fn outputs_are_those_of_keys_and_of_the_list_that_are_on() {
    let check = |options: &[&str], expected: &[&str]| {
        assert_eq!(of_options(options).unwrap().outputs(), expected, "{options:?}");
    };
    let list = "outputs=[{type: webhook, name: ops, url: 'http://h'}, {type: webhook, url: 'http://h', enabled: false}]";
    check(&[], &["stdout"]);
    check(&["stdout_output.enabled=false"], &[]);
    check(&[list], &["stdout", "ops"]);
    check(&["stdout_output.enabled=false", "http_output.enabled=true", list], &["http", "ops"]);
}

#[test]
fn a_file_is_one_document() {
    let check = |text: &str, expected: &str| {
        let got = of(text, &[]).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(got.err().unwrap_or_default(), expected, "{text}");
    };
    check("---\njson_output: true\n...\n", "");
    check("---\n---\njson_output: true\n", "");
    check(
        "json_output: true\n---\npriority: error\n",
        "f.yaml:3:1: a second document of YAML begins here, of which nothing would be read: take `---` out",
    );
}

#[test]
fn a_capture_to_read_is_named() {
    let check = |text: &str, options: &[&str], expected: &str| {
        let got = of(text, options).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(got.err().unwrap_or_default(), expected, "{text} {options:?}");
    };
    let why = "engine.kind is replay: engine.replay.capture_file must name the capture";
    check("engine: {kind: replay}\n", &[], &format!("f.yaml:1:10: {why}"));
    check(
        "engine: {kind: replay, replay: {capture_file: ''}}\n",
        &[],
        &format!("f.yaml:1:10: {why}"),
    );
    check(
        "engine: {kind: nodriver}\n",
        &["engine.kind=replay"],
        &format!("-o engine.kind=replay: {why}"),
    );
    check("engine: {kind: replay, replay: {capture_file: a.scap}}\n", &[], "");
}
