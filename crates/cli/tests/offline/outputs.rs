//! `peregrine outputs test`, and commands that find no agent.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn peregrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A configuration with outputs that deliver, and one whose receiver is away.
fn configuration(folder: &Path) -> String {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join("peregrine.yaml");
    let configuration = format!(
        "program_output: {{enabled: true, program: 'sed s/^/program:/'}}
file_output: {{enabled: true, filename: {}}}
outputs:
  - {{name: away, type: webhook, url: 'http://127.0.0.1:1/secret-secret-secret', when: 'rule = none'}}
",
        folder.join("alerts").display()
    );
    std::fs::write(&file, configuration).unwrap();
    file.display().to_string()
}

#[test]
fn test_alerts_are_sent_and_what_came_back_is_said() {
    let folder = std::env::temp_dir().join(format!("peregrine-trials-{}", std::process::id()));
    let config = configuration(&folder);

    let done = peregrine(&["outputs", "test", "-c", &config]);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.status.code(), Some(1), "{out}{err}");
    assert_eq!(out.matches("Notice Peregrine test alert. ").count(), 2, "{out}");
    let table: Vec<&str> = out.lines().filter(|line| !line.contains("Notice")).collect();
    let [stdout, file, program, away] = table[..] else { panic!("{out}") };
    for (line, name) in [(stdout, "stdout"), (file, "file "), (program, "program")] {
        assert!(line.starts_with(name) && line.contains("  delivered  "), "{line}");
    }
    assert!(away.contains("failed") && away.contains("it refuses the connection"), "{away}");
    assert!(err.contains("were not applied") && err.lines().count() == 1, "{err}");
    let written = std::fs::read_to_string(folder.join("alerts")).unwrap();
    assert_eq!(written.lines().count(), 1, "{written}");

    let done = peregrine(&["outputs", "test", "--json", "-c", &config]);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let results: Vec<&str> = rows.iter().map(|row| row["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["delivered", "delivered", "delivered", "failed"], "{out}");
    assert!(rows.iter().all(|row| row["milliseconds"].is_u64()), "{out}");
    assert!(rows[3]["reason"].as_str().unwrap().starts_with("127.0.0.1:1: "), "{out}");
    assert!(err.contains("program:") && !(out + &err).contains("secret"), "{err}");

    let done = peregrine(&["outputs", "test", "file", "-c", &config]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let check = |name: &str, expected: &str| {
        let done = peregrine(&["outputs", "test", name, "-c", &config]);
        assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(1), ""));
        assert_eq!(text(&done.stderr), format!("peregrine: {expected}\n"));
    };
    check("awya", "no output is called awya: did you mean away?");
    let all =
        format!("stdout, file {}, program, away, syslog, http", folder.join("alerts").display());
    check("zzzzzz", &format!("no output is called zzzzzz: there are {all}"));
    check(
        "http",
        "the output http is off: http_output.enabled turns it on; -o http_output.enabled=true does for this command alone",
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn where_no_agent_runs_one_line_says_so() {
    let folder = std::env::temp_dir().join(format!("peregrine-nobody-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let left = folder.join("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    let file = folder.join("file");
    std::fs::write(&file, "").unwrap();
    for path in [&folder.join("none.sock"), &left, &file] {
        let setting = format!("control.path={}", path.display());
        for words in [vec!["status"], vec!["outputs", "status"]] {
            let done = peregrine(&[&words[..], &["-c", "/dev/null", "-o", &setting]].concat());
            let err = text(&done.stderr);
            let begin = format!("peregrine: no agent listens at {}: ", path.display());
            assert_eq!((done.status.code(), done.stdout.len()), (Some(1), 0), "{err}");
            assert!(err.starts_with(&begin) && err.lines().count() == 1, "{err}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
