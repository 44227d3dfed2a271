//! Peregrine running beside the test, and acts for it to see.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder of the test's own; the caller removes it.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The variable by whose value the processes of an act are known.
pub(crate) const MARK: &str = "PEREGRINE_MARK";

/// Flags that put the mark and the line of ancestors into every alert.
pub(crate) fn marked() -> Vec<String> {
    let line: Vec<String> = (0..24).map(|n| format!("%proc.apid[{n}]")).collect();
    let fields = format!(
        "append_output=[{{suggested_output: true}}, {{extra_fields: [{{mark: '%proc.env[{MARK}]'}}, {{line: '{}'}}]}}]",
        line.join(" ")
    );
    ["--json", "-o", "rule_matching=all", "-o", &fields].map(str::to_owned).to_vec()
}

/// The mark of the act an alert is about.
pub(crate) fn mark_of(alert: &Value) -> Option<&str> {
    alert["output_fields"]["mark"].as_str()
}

/// Whether an alert is about this process or one below it.
pub(crate) fn is_below(alert: &Value, pid: u32) -> bool {
    let pid = pid.to_string();
    let line = alert["output_fields"]["line"].as_str().unwrap_or_default();
    line.split(' ').any(|one| one == pid)
}

/// A control group named as a container's are, empty and gone when this is dropped.
pub(crate) struct ContainerGroup(PathBuf);

impl ContainerGroup {
    /// The file into which a process writes its number to be in the group.
    pub(crate) fn door(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for ContainerGroup {
    fn drop(&mut self) {
        // It may take the last process a moment to leave.
        for _ in 0..50 {
            if std::fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The id of the container that `container_group` feigns: each process of tests has its own.
pub(crate) fn container_id() -> String {
    format!("c0ffee{:058x}", std::process::id())
}

/// Makes such a group in the hierarchy of a controller that alerts name.
pub(crate) fn container_group() -> ContainerGroup {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let root = |wanted: &dyn Fn(&str, &str) -> bool| {
        let mut mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        mounts.find(|words| wanted(words[2], words[3])).map(|words| PathBuf::from(words[1]))
    };
    let first = |kind: &str, options: &str| {
        kind == "cgroup" && options.split(',').any(|option| option == "memory" || option == "cpu")
    };
    let root = root(&first).unwrap_or_else(|| {
        let root = root(&|kind, _| kind == "cgroup2").expect("control groups");
        // A group of its own for the controller needs the controller handed down.
        let _ = std::fs::write(root.join("cgroup.subtree_control"), "+memory");
        root
    });
    let folder = root.join(container_id());
    std::fs::create_dir_all(&folder).unwrap();
    ContainerGroup(folder)
}

/// What a shell says to leave the container that its older control groups name, if they do; then it
/// runs its arguments.
pub(crate) fn enter_host_groups() -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let doors: Vec<String> = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .filter(|words| words[2] == "cgroup")
        .map(|words| format!("{{ echo $$ > {}/cgroup.procs; }} 2>/dev/null;", words[1]))
        .collect();
    format!("{} exec \"$@\"", doors.join(" "))
}

/// `peregrine run` as a child of the test.
pub(crate) struct Watched {
    child: Child,
    /// Its process: the child, or the one the child waits for.
    pid: u32,
    lines: Receiver<String>,
    account: Receiver<String>,
}

impl Watched {
    /// Starts it and waits until it watches.
    pub(crate) fn start<S: AsRef<OsStr>>(flags: &[S]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_peregrine")), flags)
    }

    /// Starts it by a script, which has the command and its flags as `"$@"` and forks once for it.
    pub(crate) fn start_by<S: AsRef<OsStr>>(script: &str, flags: &[S]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_peregrine")]);
        let mut watched = Self::spawn(shell, flags);
        let children = format!("/proc/{0}/task/{0}/children", watched.pid);
        watched.pid = std::fs::read_to_string(children).unwrap().trim().parse().unwrap();
        watched
    }

    fn spawn<S: AsRef<OsStr>>(mut command: Command, flags: &[S]) -> Self {
        let mut child = command
            .args(["run", "-o", "control.enabled=false"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (line_out, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line_out.send(line).is_err() {
                    return;
                }
            }
        });
        let (ready_out, ready) = channel();
        let (account_out, account) = channel();
        let stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stderr);
            let mut reported = String::new();
            while !reported.contains("monitoring: ") {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                reported.push_str(&line);
            }
            let _ = ready_out.send(reported.clone());
            let _ = reader.read_to_string(&mut reported);
            let _ = account_out.send(reported);
        });
        let reported =
            ready.recv_timeout(Duration::from_mins(1)).expect("peregrine starts in time");
        assert!(reported.contains("monitoring: "), "{reported}");
        let pid = child.id();
        Self { child, pid, lines, account }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The next line on stdout.
    pub(crate) fn line(&mut self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// The next line on stdout with this text: others act on the machine too.
    pub(crate) fn line_with(&mut self, text: &str, patience: Duration) -> Option<String> {
        let end = Instant::now() + patience;
        loop {
            let line = self.line(end.saturating_duration_since(Instant::now()))?;
            if line.contains(text) {
                return Some(line);
            }
        }
    }

    /// Every line on stdout until none came for `quiet`.
    pub(crate) fn lines_after(&mut self, quiet: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            match self.lines.recv_timeout(quiet) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("peregrine ended"),
            }
        }
        lines
    }

    /// The same as alerts.
    pub(crate) fn alerts_after(&mut self, quiet: Duration) -> Vec<Value> {
        let parse = |line: String| {
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"))
        };
        self.lines_after(quiet).into_iter().map(parse).collect()
    }

    /// Ctrl-C, and what it said on stderr from start to end.
    pub(crate) fn stop(mut self) -> String {
        self.end()
    }

    /// The same, for a test that tells why it failed.
    pub(crate) fn end(&mut self) -> String {
        let pid = self.pid.to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let account =
            self.account.recv_timeout(Duration::from_mins(1)).expect("an account at the end");
        let status = self.child.wait().unwrap();
        // What an output failed to write is no success.
        let expected = i32::from(account.contains("could not be written"));
        assert_eq!(status.code(), Some(expected), "{account}");
        account
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Only when the test failed before `stop`: the child must not outlive it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
