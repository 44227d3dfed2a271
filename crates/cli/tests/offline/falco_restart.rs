//! Called `falco`: what the log and stdout have of a reload, which Falco would do by a restart.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use peregrine_testkit::Folder;

const SOON: Duration = Duration::from_mins(1);
const CONFIG: &str = "rules_files: [rules.yaml]\nengine:\n  kind: nodriver\nstdout_output:\n  enabled: true\nlog_stderr: true\nlog_syslog: false\n";

/// A run without a source of events, which ends with this value.
struct Run {
    folder: Folder,
    process: Child,
}

impl Run {
    fn start(name: &str, options: &[&str]) -> Self {
        let folder = Folder::new(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_peregrine"), folder.join("falco")).unwrap();
        folder.file("falco.yaml", CONFIG);
        folder.file("rules.yaml", &rule("first"));
        let socket = format!("control.path={}", folder.join("run/control.sock"));
        let stream = |name: &str| File::create(folder.join(name)).unwrap();
        let process = Command::new(folder.join("falco"))
            .args(["-c", "falco.yaml", "-o", &socket])
            .args(options)
            .current_dir(folder.path())
            .env("TZ", "UTC")
            .env_remove("FALCO_HOSTNAME")
            .stdout(stream("stdout"))
            .stderr(stream("stderr"))
            .spawn()
            .unwrap();
        let run = Self { folder, process };
        run.until("stderr", "Trying to open the right engine!", 1);
        run
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap()
    }

    /// Waits until a text has come so often.
    fn until(&self, file: &str, text: &str, count: usize) {
        let end = Instant::now() + SOON;
        while self.text(file).matches(text).count() < count {
            assert!(Instant::now() < end, "no {text:?} in {}", self.text(file));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, signal: &str) {
        assert!(self.send(signal));
    }

    /// Whether there was a process to send it to. The shell's own `kill`: not every machine has procps.
    fn send(&self, signal: &str) -> bool {
        let pid = self.process.id().to_string();
        let send = ["-c", "kill -s \"$0\" \"$1\" 2>/dev/null", signal, &pid];
        Command::new("sh").args(send).status().unwrap().success()
    }

    /// Ends it: what it wrote to stdout, and to the log without times.
    fn end(mut self) -> (String, Vec<String>) {
        self.signal("TERM");
        // A second one does nothing; it may have ended by then.
        self.send("INT");
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{}", self.text("stderr"));
        let log = self.text("stderr");
        let log = log.lines().map(|line| line.split_once(": ").map_or(line, |(_, text)| text));
        (self.text("stdout"), log.map(str::to_owned).collect())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn rule(name: &str) -> String {
    format!(
        "- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"
    )
}

/// Puts a file in the place of another.
fn replace(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join("beside"), text).unwrap();
    std::fs::rename(folder.join("beside"), folder.join(name)).unwrap();
}

#[test]
fn a_reload_is_logged_as_a_restart_and_one_that_fails_is_an_alert() {
    let run = Run::start("falco-restart", &["-o", "log_level=debug"]);
    run.signal("HUP");
    run.until("stderr", "Trying to open the right engine!", 2);
    // The lines of the start come again once the reload has taken hold.
    let (begin, end) = {
        let log = run.text("stderr");
        let (before, after) = log.split_once("SIGHUP received, restarting...\n").unwrap();
        (before.to_owned(), after.to_owned())
    };
    assert!(begin.contains("Watching file 'rules.yaml'\n"), "{begin}");
    assert!(begin.contains("Skipping outputs initialization in dry-run\n"), "{begin}");
    assert_eq!(begin.matches("Watching file 'falco.yaml'\n").count(), 1, "{begin}");
    for line in ["Watching file 'rules.yaml'", "    first", "Opening 'syscall' source"] {
        assert!(end.contains(line), "no {line} in {end}");
    }
    assert!(!end.contains("dry-run"), "{end}");
    // A file that changes is enough.
    replace(run.folder.path(), "rules.yaml", &rule("second"));
    run.until("stderr", "Trying to open the right engine!", 3);
    replace(run.folder.path(), "rules.yaml", "- rule: x\n");
    let failure = "Critical Falco internal: hot restart failure: rules.yaml: Invalid\n1 Errors:\n";
    run.until("stdout", failure, 1);
    run.until("stdout", "no mapping for key 'enabled'\n ()\n", 1);
    let (stdout, log) = run.end();
    assert_eq!(stdout.matches("Events detected: 0\n").count(), 3, "{stdout}");
    let restarts = log.iter().filter(|line| line.contains("SIGHUP received, restarting..."));
    assert_eq!(restarts.count(), 2, "{log:?}");
    assert!(!log.iter().any(|line| line.contains("not reloaded")), "{log:?}");
}

#[test]
fn nothing_is_reloaded_where_files_are_not_watched() {
    let run = Run::start("falco-unwatched", &["-o", "watch_config_files=false"]);
    replace(run.folder.path(), "rules.yaml", &rule("second"));
    run.signal("HUP");
    run.signal("USR1");
    run.until("stderr", "SIGUSR1 received, reopening outputs...", 1);
    let (_, log) = run.end();
    let loaded = log.iter().filter(|line| line.contains("Loading rules from:"));
    assert_eq!(loaded.count(), 1, "{log:?}");
}
