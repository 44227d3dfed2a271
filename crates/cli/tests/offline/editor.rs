//! `peregrine rules lsp` with a real client: Neovim, which a script drives.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

/// A folder of its own.
fn folder() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("peregrine-neovim-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path.canonicalize().unwrap()
}

#[test]
fn neovim_is_served() {
    let have = Command::new("nvim").arg("--version").stdout(Stdio::null()).status();
    if !have.is_ok_and(|status| status.success()) {
        peregrine_testkit::skipped("neovim_is_served", "nvim is not installed (neovim)");
        return;
    }
    let folder = folder();
    let words = "- macro: is_shell\n  condition: proc.pname in (shells)\n\n- list: my_names\n  items: [a, b]\n";
    std::fs::write(folder.join("0_words.yaml"), words).unwrap();
    let mine = "- rule: mine\n  desc: d\n  output: o\n  condition: evt.type = opne and is_shell and proc.name in (my_names)\n  priority: INFO\n";
    std::fs::write(folder.join("mine.yaml"), mine).unwrap();
    let result = folder.join("result");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/offline/editor.lua");
    let done = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c"])
        .arg(format!("luafile {script}"))
        .env("PEREGRINE", env!("CARGO_BIN_EXE_peregrine"))
        .env("RULES", &folder)
        .env("RESULT", &result)
        .env("HOME", &folder)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = std::fs::read_to_string(&result).unwrap_or_default();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{stderr}");
    let expected = [
        "LOAD_ERR_COMPILE_CONDITION 3:24-3:28",
        "fixed",
        "  condition: is_shell and evt.type = open and proc.name in (my_names)",
        "hover",
        "jumped to 0_words.yaml 1:9",
        "renamed",
        "  condition: runs_shell and evt.type = open and proc.name in (my_names)",
        "ended with 0",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{stderr}");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("0_words.yaml"), words.replace("is_shell", "runs_shell"));
    assert!(read("mine.yaml").contains(expected[6]));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Messages in, messages out, and the exit status.
fn talk(input: &str) -> (String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["rules", "lsp"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    (output, child.wait().unwrap().code())
}

fn framed(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn its_exit_status_says_whether_it_was_shut_down() {
    let request = |id: u32, method: &str| {
        framed(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"capabilities":{{}}}}}}"#
        ))
    };
    let exit = framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
    let start = request(1, "initialize");
    let (output, code) = talk(&(start.clone() + &request(2, "shutdown") + &exit));
    assert_eq!(code, Some(0), "{output}");
    let mut lines = BufReader::new(output.as_bytes()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("Content-Length: "));
    assert!(output.contains(r#""name":"peregrine""#), "{output}");
    assert_eq!(talk(&(start.clone() + &exit)).1, Some(1));
    assert_eq!(talk(&start).1, Some(1));
    // What is no message is reported, and the next one is answered.
    let (output, code) = talk(&(start + &framed("{nonsense") + &request(2, "shutdown") + &exit));
    assert!(output.contains("window/logMessage") && output.contains(r#""id":2"#), "{output}");
    assert_eq!(code, Some(0));
}
