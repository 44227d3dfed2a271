//! `peregrine rules check`: files that are missing, and files one by one.

use std::process::{Command, Output};

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
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let results = &told["falco_load_results"];
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
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.starts_with("bad.yaml: Invalid\n1 Errors:\n"), "{told}");
    assert!(told.ends_with("end of sequence flow not found\n\ngood.yaml: Ok\n"), "{told}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("Error: {told}"));
    let output = check("gone", &["--falco", "none.yaml", "good.yaml"]);
    assert_eq!(output.stderr, b"Error: Could not open file none.yaml for reading\n");
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b""[..], Some(1)));
}
