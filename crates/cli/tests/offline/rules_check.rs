//! `peregrine rules check`: files that are missing, and files one by one.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs the check in a folder of its own with a good and a bad file.
fn check(name: &str, args: &[&str]) -> Output {
    let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let good =
        "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
    std::fs::write(folder.join("good.yaml"), good).unwrap();
    std::fs::write(folder.join("bad.yaml"), "- [\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["rules", "check"])
        .args(args)
        .current_dir(&folder)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    output
}

#[test]
fn a_missing_file_is_told_in_json() {
    for falco in [&[][..], &["--falco"]] {
        let output = check("missing", &[&["none.yaml", "good.yaml", "--json"], falco].concat());
        let reported: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let results = &reported["falco_load_results"];
        assert_eq!(results[0]["name"], "none.yaml");
        assert_eq!(results[0]["errors"][0]["code"], "LOAD_ERR_FILE_READ");
        assert_eq!(results[0]["successful"], false);
        // The next one is read all the same.
        assert_eq!(
            (&results[1]["name"], &results[1]["successful"]),
            (&"good.yaml".into(), &true.into())
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn falcos_way_tells_file_by_file() {
    let output = check("each", &["--falco", "bad.yaml", "good.yaml"]);
    let reported = String::from_utf8_lossy(&output.stdout);
    assert!(reported.starts_with("bad.yaml: Invalid\n1 Errors:\n"), "{reported}");
    assert!(reported.ends_with("end of sequence flow not found\n\ngood.yaml: Ok\n"), "{reported}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("Error: {reported}"));
    let output = check("gone", &["--falco", "none.yaml", "good.yaml"]);
    assert_eq!(output.stderr, b"Error: Could not open file none.yaml for reading\n");
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b""[..], Some(1)));
}

/// Runs a command with a text on stdin.
fn with_stdin(args: &[&str], text: &str) -> (String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn stdin_is_a_file() {
    let rule =
        "- rule: r\n  desc: d\n  condition: evt.type = opne\n  output: o\n  priority: INFO\n";
    let (said, code) = with_stdin(&["rules", "check", "-"], rule);
    assert!(said.starts_with("stdin:3:25: error[LOAD_ERR_COMPILE_CONDITION]"), "{said}");
    assert!(said.contains("3 +   condition: evt.type = open\n"), "{said}");
    assert!(said.ends_with("1 file, 0 rules, 1 error, 0 warnings\n"), "{said}");
    assert_eq!(code, Some(1));
    let (said, _) = with_stdin(&["rules", "check", "-", "--json"], rule);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let reported = &said["falco_load_results"][0]["errors"][0]["peregrine"];
    assert_eq!((&reported["line"], &reported["column"]), (&3.into(), &25.into()), "{said}");
    assert_eq!(reported["edits"][0]["text"], "open");
}

#[test]
fn codes_and_rules_that_are_left_out_are_explained() {
    let explain = |args: &[&str]| {
        let (said, code) = with_stdin(&[&["rules", "explain"], args].concat(), "");
        (said, code)
    };
    for name in ["LOAD_NEVER_TRUE", "load_never_true"] {
        let (said, code) = explain(&[name]);
        assert!(said.starts_with("# LOAD_NEVER_TRUE\n"), "{said}");
        assert_eq!(code, Some(0));
    }
    let (said, code) = explain(&["LOAD_NEVR_TRUE", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["error"], "there is no code LOAD_NEVR_TRUE; did you mean LOAD_NEVER_TRUE?");
    assert_eq!(code, Some(1));
    let scratch = peregrine_testkit::Folder::new("skipped");
    let file = scratch.path().join("skipped.yaml");
    let rule = "- rule: r\n  desc: d\n  condition: evt.type = nosuchcall\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n";
    std::fs::write(&file, rule).unwrap();
    let (said, code) = explain(&["r", "-r", file.to_str().unwrap()]);
    assert!(said.contains("it is left out") && said.contains("unknown event type"), "{said}");
    assert_eq!(code, Some(0));
    // A rule may be called like a code that there is not.
    std::fs::write(&file, rule.replace("rule: r", "rule: load_r")).unwrap();
    let (said, code) = explain(&["load_r", "-r", file.to_str().unwrap()]);
    assert!(said.contains("it is left out"), "{said}");
    assert_eq!(code, Some(0));
    // Programs get JSON also where there is nothing to read.
    let (said, code) = explain(&["r", "-r", "/no/such.yaml", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(said["error"].as_str().unwrap().contains("/no/such.yaml"), "{said}");
    assert_eq!(code, Some(1));
}
