//! `peregrine migrate` and the configuration file it writes, and the built-in one.

use std::path::Path;
use std::process::{Command, Output};

use peregrine_testkit::Folder;

fn peregrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const RULE: &str =
    "- rule: opened\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";

#[test]
fn an_installation_is_moved() {
    let folder = Folder::new("migrate");
    let rules = folder.file("rules.yaml", RULE);
    folder.file(
        "falco.yaml",
        &format!("engine: {{kind: kmod}}\nrules_files: [{rules}, /no/such]\njson_output: on\nnosuch: 1\noutput_timeout: 1.5\nlog_stderr: true\nstdout_output: {{enabled: true}}\nplugins:\n- {{name: container, library_path: libcontainer.so}}\n- {{name: json, library_path: libjson.so}}\n"),
    );
    let unit = folder.file(
        "falco.service",
        "[Service]\nExecStart=/usr/bin/falco -o priority=error -P /run/falco.pid\n",
    );
    let from = folder.path().display().to_string();
    let ours = folder.path().join("ours").display().to_string();
    let args = ["migrate", "--from", &from, "--unit", &unit, "--write", &ours];
    let done = peregrine(&args);
    let said = text(&done.stdout);
    assert!(done.status.success(), "{said}{}", text(&done.stderr));
    for line in [
        "  stays    -o priority=error  (peregrine run -o)",
        "  changes  -P /run/falco.pid  (for `peregrine falco` only)",
        "  stays    json_output: true  (",
        "  stays    priority: \"error\"  (-o priority=error)",
        ": unknown key nosuch: ignored  (Falco does not use it)",
        "  stays    opened",
        "  better   container: /usr/share/falco/plugins/libcontainer.so  (built in; the library is not needed)",
        "  missing  json: /usr/share/falco/plugins/libjson.so  (plugins are not supported yet)",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let written = Path::new(&ours).join("peregrine.yaml");
    let check = peregrine(&["config", "check", &written.display().to_string()]);
    assert!(check.status.success(), "{}", text(&check.stdout));
    assert_eq!(
        std::fs::read_to_string(Path::new(&ours).join("rules.d/01-rules.yaml")).unwrap(),
        RULE
    );
    // What is there is not overwritten.
    let again = peregrine(&args);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("cannot write"), "{}", text(&again.stderr));
}

/// A host as people leave it: the unit of the package with a drop-in, the package's configuration with changes,
/// an included file, the package's rules, local ones, a folder of more, plugins.
#[test]
fn a_grown_installation_is_told_to_its_end() {
    let folder = Folder::new("migrate-grown");
    let here = folder.path().display().to_string();
    for inside in ["etc/config.d", "etc/rules.d", "falco-modern-bpf.service.d"] {
        std::fs::create_dir_all(folder.join(inside)).unwrap();
    }
    let write = |name: &str, text: &str| folder.file(name, &text.replace("HERE", &here));
    write(
        "etc/falco.yaml",
        "config_files: [HERE/etc/config.d]\nwatch_config_files: true\nrules_files:\n- HERE/etc/falco_rules.yaml\n- HERE/etc/falco_rules.local.yaml\n- HERE/etc/rules.d\nengine: {kind: kmod, kmod: {buf_size_preset: 4}}\nload_plugins: [container, json]\nplugins:\n- {name: container, library_path: libcontainer.so, init_config: {label_max_len: 100}}\n- {name: json, library_path: libjson.so}\npriority: notice\nhttp_output: {enabled: true, url: \"http://sidekick:2801/\"}\ngrpc: {enabled: false}\nlog_syslog: true\n",
    );
    write("etc/config.d/10-site.yaml", "static_fields: {site: berlin}\njson_output: true\n");
    write("etc/falco_rules.yaml", &RULE.replace("INFO", "NOTICE"));
    write(
        "etc/falco_rules.local.yaml",
        "- rule: opened\n  condition: and proc.name != backup\n  override: {condition: append}\n- rule: quiet\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: DEBUG\n",
    );
    write(
        "etc/rules.d/audit.yaml",
        "- required_plugin_versions:\n  - {name: json, version: 0.7.0}\n- rule: audited\n  desc: d\n  condition: json.value[/a] = x\n  output: x\n  priority: INFO\n  source: k8s_audit\n",
    );
    let unit = write(
        "falco-modern-bpf.service",
        "[Service]\nType=simple\nUser=root\nExecStart=/usr/bin/falco -o engine.kind=modern_ebpf\nExecReload=kill -1 $MAINPID\n",
    );
    write(
        "falco-modern-bpf.service.d/10-site.conf",
        "[Service]\nEnvironment=FALCO_HOSTNAME=node-1\nMemoryMax=512M\nExecStart=\nExecStart=/usr/bin/falco -o engine.kind=modern_ebpf -o json_output=false -U\n",
    );
    let from = format!("{here}/etc");
    let done = peregrine(&["migrate", "--from", &from, "--unit", &unit]);
    let said = text(&done.stdout);
    assert!(done.status.success(), "{said}{}", text(&done.stderr));
    let lines = [
        "Unit file HERE/falco-modern-bpf.service",
        "  stays    HERE/falco-modern-bpf.service.d/10-site.conf  (read behind it)",
        "  stays    -o json_output=false  (peregrine run -o)",
        "  changes  -U  (for `peregrine falco` only)",
        "  changes  Environment=FALCO_HOSTNAME=node-1  (into a drop-in of peregrine.service)",
        "  changes  MemoryMax=512M  (into a drop-in of peregrine.service)",
        "Configuration HERE/etc/falco.yaml",
        "  stays    engine.kind: \"modern_ebpf\"  (-o engine.kind=modern_ebpf)",
        "  stays    json_output: false  (-o json_output=false)",
        "  stays    static_fields: {\"site\":\"berlin\"}  (HERE/etc/config.d/10-site.yaml:1:1)",
        "Rules",
        "  stays    opened",
        "  stays    quiet  (off)",
        "  missing  Plugin requirement not satisfied, must load one of: json (>= 0.7.0)  (plugins are not supported yet)",
        "Plugins",
        "  better   container: /usr/share/falco/plugins/libcontainer.so  (built in; the library is not needed)",
        "  missing  json: /usr/share/falco/plugins/libjson.so  (plugins are not supported yet)",
    ];
    let mut rest = said.as_str();
    for line in lines {
        let line = format!("{}\n", line.replace("HERE", &here));
        let found = rest.split_once(&line).unwrap_or_else(|| panic!("{line} is not in\n{rest}"));
        rest = found.1;
    }
    let sum = said.lines().last().unwrap();
    let count =
        |fate: &str| said.lines().filter(|line| line.starts_with(&format!("  {fate} "))).count();
    let expected: Vec<String> = ["stays", "changes", "better", "missing"]
        .map(|fate| format!("{fate} {}", count(fate)))
        .to_vec();
    assert_eq!(sum, format!("In all: {}", expected.join(", ")));
}

#[test]
fn the_built_in_configuration_is_a_file() {
    let folder = Folder::new("default");
    let shown = peregrine(&["config", "show", "--default"]);
    let file = folder.file("all.yaml", &text(&shown.stdout));
    let check = peregrine(&["config", "check", &file]);
    assert_eq!(text(&check.stdout), format!("{file}: 0 error(s), 0 warning(s)\n"));
}
