//! `peregrine rules test`: what a failed test shows. The files of `rules_test/` are what is tested and what
//! it says; `PEREGRINE_WRITE_GOLDEN=1` writes the answers anew.

use std::path::PathBuf;
use std::process::{Command, Output};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/offline/rules_test")
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["rules", "test"])
        .args(args)
        .current_dir(folder())
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn equals_golden(name: &str, found: &[u8]) {
    let path = folder().join(name);
    let found = String::from_utf8(found.to_vec()).unwrap();
    if std::env::var_os("PEREGRINE_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn a_failed_test_shows_its_condition() {
    let output = run(&["failing.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    equals_golden("failing.txt", &output.stdout);
    // Colours change nothing else.
    let coloured = run(&["failing.yaml", "--color", "always"]);
    let text = String::from_utf8(coloured.stdout).unwrap();
    assert!(text.contains("\x1b[31mfalse\x1b[0m"), "{text}");
    let mut bare = String::new();
    for piece in text.split('\x1b') {
        let piece = piece.strip_prefix('[').and_then(|code| code.split_once('m'));
        bare.push_str(piece.map_or_else(|| text.split('\x1b').next().unwrap(), |(_, rest)| rest));
    }
    assert_eq!(bare, String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_failed_test_is_data() {
    let output = run(&["failing.yaml", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let condition = &first["conditions"][0];
    assert_eq!(
        (&condition["rule"], &condition["event"], &condition["true"]),
        (&"Secret file read".into(), &1.into(), &false.into())
    );
    let parts = condition["parts"].as_array().unwrap();
    let deciding: Vec<&str> = parts
        .iter()
        .filter(|part| part["decides"] == true && !part["values"].as_object().unwrap().is_empty())
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    assert_eq!(deciding, ["proc.aname = sshd"]);
    let skipped = parts.iter().find(|part| part["asked"] == false).unwrap();
    assert_eq!(skipped["skipped_by"], "and");
    assert_eq!(skipped["values"]["proc.name"], "cat");
    assert!(parts.iter().any(|part| part["macro"] == "by_login"));
}
