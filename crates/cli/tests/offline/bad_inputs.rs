//! What every command says of inputs that cannot be: words for people, JSON for programs, never what a programmer sees.

use std::path::Path;
use std::process::{Command, Stdio};

use peregrine_testkit::Folder;

use crate::commands::all_commands;

/// Pieces of text that only a programmer knows.
const RUST: [&str; 9] =
    ["Some(", "None)", "Ok(", "Err(", "Os {", "Error {", "src/", "panicked", "unwrap"];

/// Runs a command in a folder of its own; where it would go on, it is left after a while.
fn outcome(here: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_peregrine");
    let done = Command::new("timeout")
        .args(["--signal=INT", "20", program])
        .args(args)
        .current_dir(here)
        .env("XDG_CONFIG_HOME", here)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn bad_inputs_are_answered_without_rust() {
    let folder = Folder::new("bad-inputs");
    let here = folder.path();
    std::fs::write(here.join("noise"), b"\0\xff\xfe this is nothing at all {[").unwrap();
    std::fs::write(here.join("noise.yaml"), "a: [b, {c: d\n- rule: x\n").unwrap();
    std::fs::create_dir(here.join("folder")).unwrap();
    let mut commands = Vec::new();
    all_commands(&[], &mut commands);
    let inputs: [&[&str]; 8] = [
        &["--nosuch"],
        &["nosuch"],
        &["/no/such/file"],
        &["noise"],
        &["noise.yaml"],
        &["folder"],
        &["noise", "evt.type ="],
        &["-c", "noise", "-o", "x"],
    ];
    let mut wrong = Vec::new();
    for command in &commands {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        // These watch the host, write files, or are Falco's; what they say of flags is looked at.
        let flags_only = command
            .first()
            .is_some_and(|name| ["run", "record", "falco", "man", "completions"].contains(name));
        let inputs = inputs.iter().take(if flags_only { 1 } else { inputs.len() });
        for (input, json) in inputs.flat_map(|input| [(input, false), (input, true)]) {
            let json: &[&str] = if json { &["--json"] } else { &[] };
            let args = [&command[..], json, input].concat();
            let (code, stdout, stderr) = outcome(here, &args);
            let all = format!("{stdout}{stderr}");
            if let Some(found) = RUST.iter().find(|text| all.contains(**text)) {
                wrong.push(format!("{args:?} says {found}: {all}"));
            }
            let values = serde_json::Deserializer::from_str(&stdout);
            let whole = values.into_iter::<serde_json::Value>().all(|value| value.is_ok());
            let falco = command.first() == Some(&"falco");
            if !json.is_empty() && !falco && code != Some(0) && (stdout.is_empty() || !whole) {
                wrong.push(format!("{args:?} ({code:?}) prints no JSON: {stdout}\n  {stderr}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_are_json_too() {
    let check = |args: &[&str], code: i32, expected: &serde_json::Value| {
        let folder = Folder::new("errors-as-json");
        let (got, stdout, stderr) = outcome(folder.path(), args);
        let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!((got, &value), (Some(code), expected), "{args:?}");
        assert!(stderr.starts_with("peregrine: "), "{stderr}");
    };
    check(
        &["fields", "--json", "--nosuch"],
        2,
        &serde_json::json!({
            "error": "unexpected argument '--nosuch' found; see `peregrine fields --help`",
            "help": ["tip: to pass '--nosuch' as a value, use '-- --nosuch'"],
        }),
    );
    check(
        &["rules", "list", "--json", "/no/one.yaml", "/no/two.yaml"],
        1,
        &serde_json::json!({
            "error": "cannot read the rules file /no/one.yaml: No such file or directory (os error 2)\n\
                cannot read the rules file /no/two.yaml: No such file or directory (os error 2)",
        }),
    );
    check(
        &["print", "--json", "/no/such.scap"],
        1,
        &serde_json::json!({
            "error": "cannot open the capture /no/such.scap: No such file or directory (os error 2)",
        }),
    );
}
