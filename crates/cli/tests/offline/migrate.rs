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

#[test]
fn the_built_in_configuration_is_a_file() {
    let folder = Folder::new("default");
    let shown = peregrine(&["config", "show", "--default"]);
    let file = folder.file("all.yaml", &text(&shown.stdout));
    let check = peregrine(&["config", "check", &file]);
    assert_eq!(text(&check.stdout), format!("{file}: 0 error(s), 0 warning(s)\n"));
}
