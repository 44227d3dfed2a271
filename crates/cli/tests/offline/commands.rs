//! What all commands have in common: help, exit codes, which stream says what, colours, pages.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Command, Output, Stdio};

fn peregrine<S: AsRef<OsStr>>(args: &[S], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(args)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CLICOLOR")
        .env("COLUMNS", "80")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Every command and its commands, as help lists them.
pub(crate) fn all_commands(path: &[String], found: &mut Vec<Vec<String>>) {
    found.push(path.to_vec());
    let help: Vec<String> = path.iter().cloned().chain(["--help".to_owned()]).collect();
    let text = String::from_utf8(peregrine(&help, &[]).stdout).unwrap();
    let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in listed.take_while(|line| !line.is_empty()) {
        let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) else {
            continue;
        };
        let name = name.split(' ').next().unwrap_or_default();
        if name != "help" {
            all_commands(&[path, &[name.to_owned()]].concat(), found);
        }
    }
}

/// `help.txt` is what `PEREGRINE_WRITE_HELP=1 cargo nextest run -p peregrine-cli help_at_80` writes.
#[test]
fn help_at_80_columns_is_as_written_down() {
    let mut commands = Vec::new();
    all_commands(&[], &mut commands);
    assert!(commands.len() > 15, "{commands:?}");
    let mut text = String::new();
    // The help of `falco` is Falco's.
    for path in commands.iter().filter(|path| *path != &["falco"]) {
        let name = [&["peregrine".to_owned()], path.as_slice()].concat().join(" ");
        for (how, args) in [("--help", vec!["--help"]), ("-h", vec!["-h"])] {
            let args: Vec<String> =
                path.iter().cloned().chain(args.into_iter().map(str::to_owned)).collect();
            let done = peregrine(&args, &[]);
            assert_eq!((done.status.code(), done.stderr.len()), (Some(0), 0), "{args:?}");
            let help = String::from_utf8(done.stdout).unwrap();
            assert!(help.ends_with('\n') && !help.contains('\x1b'), "{args:?}");
            let wide = help
                .lines()
                .skip_while(|line| line.is_empty())
                .find(|line| line.chars().count() > 80 && !line.starts_with("  peregrine "));
            assert_eq!(wide, None, "{args:?}");
            if how == "--help" {
                let _ = write!(text, "$ {name} --help\n{help}\n");
            }
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/offline/help.txt");
    if std::env::var_os("PEREGRINE_WRITE_HELP").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    let differs = text.lines().zip(written.lines()).find(|(now, then)| now != then);
    assert!(
        text == written,
        "help.txt is stale: {differs:?}; PEREGRINE_WRITE_HELP=1 writes it anew"
    );
}

/// The exit code, and whether stdout and stderr say anything.
#[test]
fn exit_codes_and_streams() {
    const NOTHING: (bool, bool) = (false, false);
    const RESULT: (bool, bool) = (true, false);
    const ERROR: (bool, bool) = (false, true);
    let scratch = peregrine_testkit::Folder::new("codes");
    let folder = scratch.path().to_path_buf();
    let path = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rule =
        "- rule: r\n  desc: d\n  condition: evt.type = chmod\n  output: o\n  priority: INFO\n";
    let good = path("good.yaml", rule);
    let bad = path("bad.yaml", &rule.replace("chmod", "chmood"));
    let untidy = path("untidy.yaml", &rule.replace("chmod\n", "chmod  \n"));
    let config = path("config.yaml", "json_output: true\n");
    let bad_config = path("bad_config.yaml", "json_output: maybe\n");
    let noise = path("noise.scap", "this is no capture at all");
    let away = ["http_output.enabled=true", "http_output.url=http://127.0.0.1:1"];
    let check = |args: &[&str], code: i32, (out, err): (bool, bool)| {
        let done = peregrine(args, &[]);
        let reported = (done.status.code(), !done.stdout.is_empty(), !done.stderr.is_empty());
        let text = [done.stdout, done.stderr].concat();
        assert_eq!(
            reported,
            (Some(code), out, err),
            "{args:?}: {}",
            String::from_utf8_lossy(&text)
        );
    };
    check(&[], 2, ERROR);
    check(&["--help"], 0, RESULT);
    check(&["help", "rules"], 0, RESULT);
    check(&["--version"], 0, RESULT);
    check(&["-V", "--json"], 0, RESULT);
    check(&["--json"], 2, (true, true));
    check(&["version"], 0, RESULT);
    check(&["-q"], 2, ERROR);
    check(&["-q", "-v", "version"], 2, ERROR);
    check(&["--color", "loud", "version"], 2, ERROR);
    check(&["nosuch"], 2, ERROR);
    check(&["rules"], 2, ERROR);
    check(&["config"], 2, ERROR);
    check(&["run", "--duration", "long"], 2, ERROR);
    check(&["run", "-r", "/no/such.yaml"], 1, ERROR);
    check(&["run", "-r", &bad], 1, ERROR);
    check(&["run", "-c", &bad_config], 1, ERROR);
    check(&["run", "-o", "json_output=maybe"], 1, ERROR);
    check(&["hub", "--keep-days", "0"], 2, ERROR);
    check(&["hub", "--page", "0.0.0.0:0"], 1, ERROR);
    check(&["hub", "search", "--page", "127.0.0.1:1", "x"], 2, ERROR);
    check(&["hub", "search", "--start", "yesterday"], 2, ERROR);
    check(&["record"], 2, ERROR);
    check(&["record", "-w", "/no/such/folder/x.scap"], 1, ERROR);
    check(&["replay"], 2, ERROR);
    check(&["replay", "/no/such.scap", "-r", &good], 1, ERROR);
    check(&["replay", &noise, "-r", &good], 1, ERROR);
    check(&["print"], 2, ERROR);
    check(&["print", "/no/such.scap"], 1, ERROR);
    check(&["print", &noise], 1, ERROR);
    check(&["fields", "proc.name"], 0, RESULT);
    check(&["fields", "nosuch"], 1, ERROR);
    check(&["events", "openat"], 0, RESULT);
    check(&["events", "nosuch"], 1, ERROR);
    check(&["config", "check", &config], 0, RESULT);
    check(&["config", "check", &bad_config], 1, RESULT);
    check(&["config", "show", "--default"], 0, RESULT);
    check(&["config", "show", "-c", &bad_config], 1, ERROR);
    check(&["config", "schema"], 0, RESULT);
    let nowhere = "control.path=/no/such/control.sock";
    check(&["status", "-c", &config, "-o", nowhere], 1, ERROR);
    check(&["outputs", "status", "-c", &config, "-o", nowhere], 1, ERROR);
    check(&["outputs"], 2, ERROR);
    check(&["outputs", "test", "-c", &config], 0, RESULT);
    check(&["outputs", "test", "http", "-c", &config], 1, ERROR);
    check(&["outputs", "test", "http", "-c", &config, "-o", away[0], "-o", away[1]], 1, RESULT);
    check(&["correlate"], 2, ERROR);
    check(&["correlate", "check"], 0, RESULT);
    check(&["correlate", "check", &good], 1, RESULT);
    check(&["correlate", "explain"], 0, RESULT);
    check(&["correlate", "test", "/no/such.yaml"], 1, ERROR);
    check(&["correlate", "run", "--alerts", "/no/such.jsonl"], 2, ERROR);
    check(&["rules", "check", &good], 0, RESULT);
    check(&["rules", "check", &bad], 1, RESULT);
    check(&["rules", "check"], 2, ERROR);
    check(&["rules", "schema"], 0, RESULT);
    check(&["rules", "list", &good], 0, RESULT);
    check(&["rules", "list", &bad], 1, ERROR);
    check(&["rules", "explain", "r", "-r", &good], 0, RESULT);
    check(&["rules", "explain", "nosuch", "-r", &good], 1, ERROR);
    check(&["rules", "test", "/no/such.yaml"], 1, ERROR);
    check(&["rules", "lsp"], 1, ERROR);
    check(&["rules", "fmt", &untidy, "--check"], 1, RESULT);
    check(&["rules", "fmt", &untidy], 0, RESULT);
    check(&["rules", "fmt", &untidy, "--check"], 0, NOTHING);
    check(&["completions"], 2, ERROR);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        check(&["completions", shell], 0, RESULT);
    }
    check(&["completions", "nosuch"], 2, ERROR);
    check(&["man"], 0, RESULT);
    check(&["man", "rules", "check"], 0, RESULT);
    check(&["man", "nosuch"], 1, ERROR);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn colours_are_as_asked() {
    let check = |args: &[&str], environment: &[(&str, &str)], expected: bool| {
        let done = peregrine(&[&["fields", "proc.name"], args].concat(), environment);
        let coloured = done.stdout.contains(&b'\x1b');
        assert_eq!(coloured, expected, "{args:?} {environment:?}");
    };
    check(&[], &[], false);
    check(&["--color", "always"], &[], true);
    check(&["--color=always"], &[("NO_COLOR", "1")], true);
    check(&[], &[("CLICOLOR_FORCE", "1")], true);
    check(&[], &[("CLICOLOR_FORCE", "0")], false);
    check(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false);
    check(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true);
    check(&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false);
    let help = |environment: &[(&str, &str)]| {
        peregrine(&["run", "--help", "--color", "always"], environment).stdout.contains(&b'\x1b')
    };
    assert!(help(&[]));
}

/// On a terminal, which `script` lends.
#[test]
fn colours_on_a_terminal_are_as_asked() {
    let coloured = |environment: &[(&str, &str)]| {
        let command = format!("{} fields proc.name", env!("CARGO_BIN_EXE_peregrine"));
        let done = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env_remove("NO_COLOR")
            .env_remove("CI")
            .env("TERM", "xterm")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output();
        done.ok().filter(|done| done.status.success()).map(|done| done.stdout.contains(&b'\x1b'))
    };
    let Some(usual) = coloured(&[]) else {
        peregrine_testkit::skipped(
            "colours_on_a_terminal_are_as_asked",
            "no terminal can be had: `script` (bsdutils) is missing or fails",
        );
        return;
    };
    assert!(usual);
    assert_eq!(coloured(&[("NO_COLOR", "1")]), Some(false));
    assert_eq!(coloured(&[("TERM", "dumb")]), Some(false));
}

#[test]
fn whoever_stops_reading_ends_it_without_a_word() {
    for args in [vec!["fields"], vec!["events", "--all", "--json"], vec!["--help"], vec!["man"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before anything, or all but one byte, is read.
        let mut pipe = child.stdout.take().unwrap();
        let _ = pipe.read(&mut [0]);
        drop(pipe);
        let done = child.wait_with_output().unwrap();
        let reported = String::from_utf8(done.stderr).unwrap();
        assert_eq!((done.status.code(), reported.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn the_version_names_its_build() {
    let done = peregrine(&["--version", "--json"], &[]);
    let row: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(row["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&row["event_schema"], &row["falco"]), (&"4.5.1".into(), &"0.44.1".into()));
    assert!(row["libbpf"].as_str().unwrap().starts_with("1."), "{row}");
    assert!(row["build"]["compiler"].as_str().unwrap().starts_with("rustc "), "{row}");
    let text = String::from_utf8(peregrine(&["--version"], &[]).stdout).unwrap();
    let commit = row["commit"].as_str().unwrap();
    assert!(!commit.is_empty() && text.contains(commit), "{row} {text}");
}

#[test]
fn every_command_has_a_page() {
    let scratch = peregrine_testkit::Folder::new("pages");
    let folder = scratch.path().to_path_buf();
    let done = peregrine(&[OsStr::new("man"), OsStr::new("--dir"), folder.as_os_str()], &[]);
    assert!(done.status.success());
    let mut commands = Vec::new();
    all_commands(&[], &mut commands);
    for path in &commands {
        let name: Vec<&str> =
            std::iter::once("peregrine").chain(path.iter().map(String::as_str)).collect();
        let page = folder.join(format!("{}.1", name.join("-")));
        let page = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name:?}");
        let args: Vec<&str> =
            std::iter::once("man").chain(path.iter().map(String::as_str)).collect();
        assert_eq!(String::from_utf8(peregrine(&args, &[]).stdout).unwrap(), page, "{name:?}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), commands.len());
    std::fs::remove_dir_all(folder).unwrap();
}

/// The binary runs wherever libc is: what loads the kernel programs is a part of it.
#[test]
fn the_binary_needs_nothing_but_libc() {
    let done = Command::new("readelf").arg("-d").arg(env!("CARGO_BIN_EXE_peregrine")).output();
    let Ok(done) = done else {
        peregrine_testkit::skipped("the_binary_needs_nothing_but_libc", "readelf is missing");
        return;
    };
    let text = String::from_utf8(done.stdout).unwrap();
    let needed = text.lines().filter(|line| line.contains("(NEEDED)"));
    let needed: Vec<&str> = needed.filter_map(|line| line.split(['[', ']']).nth(1)).collect();
    assert!(needed.contains(&"libc.so.6"), "{text}");
    for library in needed {
        let libc = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux"];
        assert!(libc.iter().any(|name| library.starts_with(name)), "{library}");
    }
}
