//! Captures on a match, on this kernel. Needs root; says so loudly where it has none.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use peregrine_testkit::Folder;
use serde_json::Value;

use crate::support::agent::Watched;

const BIN: &str = env!("CARGO_BIN_EXE_peregrine");
const SOON: Duration = Duration::from_mins(1);

/// A folder with rules and captures.
struct Stage {
    folder: Folder,
    rules: String,
}

impl Stage {
    /// A rule that captures who opens `secret` for ten minutes, and one that does not for `other`.
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let rule = |name: &str, more: &str| {
            let file = folder.join(name);
            std::fs::write(&file, name).unwrap();
            format!(
                "- rule: {name}\n  desc: d\n  priority: notice\n{more}  condition: evt.type in (open, openat) and fd.name = {file} and proc.name = cat\n  \
                 output: \"opened %fd.name %proc.exepath %proc.cmdline %proc.pname %proc.pexepath %proc.pcmdline %proc.acmdline[2] %user.name %proc.cwd %evt.rawtime %proc.pid %container.id\"\n"
            )
        };
        let capture = "  capture: true\n  capture_duration: 600000\n";
        let text = rule("secret", capture) + &rule("other", "");
        let rules = folder.file("rules.yaml", &text);
        std::fs::create_dir(folder.join("captures")).unwrap();
        Self { folder, rules }
    }

    /// Flags of an agent that captures.
    fn flags(&self, more: &[&str]) -> Vec<String> {
        let prefix = format!("capture.path_prefix={}", self.folder.join("captures/on"));
        let flags = ["--json", "-r", &self.rules, "-o", "capture.enabled=true", "-o", &prefix];
        flags.iter().chain(more).map(|flag| (*flag).to_owned()).collect()
    }

    fn captures(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.join("captures")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// A shell that runs lines, and lives until it is dropped.
struct Shell(Child);

impl Shell {
    fn start() -> Self {
        let mut shell = Command::new("sh");
        Self(shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    fn run(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn peregrine(args: &[&str]) -> String {
    let Output { status, stdout, stderr } =
        Command::new(BIN).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn alert(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn live_a_match_is_captured_with_what_led_to_it() {
    if !peregrine_testkit::root("live_a_match_is_captured_with_what_led_to_it") {
        return;
    }
    let stage = Stage::new("captured");
    let file = |name: &str| stage.folder.join(name);
    // It is there before anybody watches: the file has it in its first state.
    let mut shell = Shell::start();
    let mut watched = Watched::start(&stage.flags(&[]));
    for name in ["before", "after"] {
        std::fs::write(file(name), name).unwrap();
    }
    // No rule names this one: the kernel's filter would leave it out.
    shell.run(&format!("cat {}; cat {}; cat {}", file("before"), file("other"), file("secret")));
    let other = alert(&watched.line_with("\"rule\":\"other\"", SOON).unwrap());
    let secret = alert(&watched.line_with("\"rule\":\"secret\"", SOON).unwrap());
    shell.run(&format!("cat {}; cat {}", file("after"), file("secret")));
    let again = alert(&watched.line_with("\"rule\":\"secret\"", SOON).unwrap());
    let reported = watched.stop();

    let captures = stage.captures();
    let [capture] = &*captures else { panic!("{captures:?} {reported}") };
    assert!(reported.contains(&format!("capture written: {}", capture.display())), "{reported}");
    let mode = std::fs::metadata(capture).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let capture = capture.display().to_string();
    let time = secret["output_fields"]["evt.rawtime"].as_u64().unwrap();
    assert!(capture.contains(&format!("/on_{time:020}_")), "{capture}");
    let opened = peregrine(&["print", &capture, "-p", "%evt.type %proc.name %fd.name"]);
    for name in ["before", "secret", "after"] {
        let line = format!("openat cat {}", file(name));
        assert!(opened.lines().any(|one| one == line), "{line}: {opened}");
    }
    let replayed = peregrine(&["replay", &capture, "--json", "-r", &stage.rules]);
    let replayed: Vec<Value> = replayed.lines().map(alert).collect();
    let fields = |alerts: &[Value]| -> Vec<Value> {
        alerts.iter().map(|alert| alert["output_fields"].clone()).collect()
    };
    assert_eq!(fields(&replayed), fields(&[other, secret, again]));
}

#[test]
fn live_a_full_disk_ends_a_capture_and_nothing_else() {
    let test = "live_a_full_disk_ends_a_capture_and_nothing_else";
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let stage = Stage::new("full-capture");
    let captures = stage.folder.join("captures");
    let script = format!(
        "unshare --mount sh -c 'mount -t tmpfs -o size=600k t {captures} && exec \"$@\"' sh \"$@\"; exit $?"
    );
    let flags = stage.flags(&["-o", "capture.before_duration=0"]);
    let mut watched = Watched::start_by(&script, &flags);
    let mut shell = Shell::start();
    let secret = stage.folder.join("secret");
    shell.run(&format!("cat {secret}; while :; do cat /etc/passwd; done"));
    let line = watched.line_with("capture failed", SOON).expect("an alert says that it is full");
    let failed = alert(&line);
    assert_eq!(failed["rule"], "Peregrine internal: capture failed");
    let fields = &failed["output_fields"];
    assert_eq!(fields["reason"], "No space left on device (os error 28)", "{line}");
    drop(shell);
    let mut shell = Shell::start();
    shell.run(&format!("cat {}", stage.folder.join("other")));
    assert!(watched.line_with("\"rule\":\"other\"", SOON).is_some());
    watched.stop();
}
