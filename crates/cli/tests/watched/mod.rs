//! Peregrine running beside the test, and acts for it to see.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A folder of the test's own; the caller removes it.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Something that breaks a rule.
pub(crate) struct Act {
    /// The rule it breaks.
    pub(crate) rule: &'static str,
    /// Whether one act is several events of the rule.
    pub(crate) repeats: bool,
    words: Vec<String>,
    listens: bool,
}

impl Act {
    fn new(rule: &'static str, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self { rule, repeats: false, words, listens: false }
    }

    /// A shell command.
    pub(crate) fn shell(rule: &'static str, command: &str) -> Self {
        Self::new(rule, &["sh", "-c", command])
    }

    /// A shell command with mounts of its own.
    pub(crate) fn apart(rule: &'static str, command: &str) -> Self {
        Self::new(rule, &["unshare", "--mount", "sh", "-c", command])
    }

    /// A perl program: every Debian has perl, and perl makes raw system calls.
    pub(crate) fn perl(rule: &'static str, program: &str) -> Self {
        Self::new(rule, &["perl", "-MIO::Handle", "-e", program])
    }

    /// A shell that takes its input from a connection to a listener on loopback.
    pub(crate) fn joined(rule: &'static str) -> Self {
        let command = "exec 3<>/dev/tcp/127.0.0.1/PORT; exec 0<&3; exit 0";
        Self { listens: true, repeats: true, ..Self::new(rule, &["bash", "-c", command]) }
    }

    /// Does it and waits for its end.
    pub(crate) fn commit(&self) {
        let listener = self.listens.then(|| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        let port = listener.as_ref().map(|listener| listener.local_addr().unwrap().port());
        let words: Vec<String> = self
            .words
            .iter()
            .map(|word| {
                port.map_or_else(|| word.clone(), |port| word.replace("PORT", &port.to_string()))
            })
            .collect();
        let output =
            Command::new(&words[0]).args(&words[1..]).stdin(Stdio::null()).output().unwrap();
        assert!(
            output.status.success(),
            "{words:?}: {} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// `peregrine run` as a child of the test.
pub(crate) struct Watched {
    child: Child,
    lines: Receiver<String>,
    account: Receiver<String>,
}

impl Watched {
    /// Starts it and waits until it watches.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .arg("run")
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
            let mut told = String::new();
            while !told.contains("watching") {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                told.push_str(&line);
            }
            let _ = ready_out.send(told.clone());
            let _ = reader.read_to_string(&mut told);
            let _ = account_out.send(told);
        });
        let told = ready.recv_timeout(Duration::from_secs(20)).expect("peregrine starts in time");
        assert!(told.contains("watching"), "{told}");
        Self { child, lines, account }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line on stdout.
    pub(crate) fn line(&mut self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// Every alert on stdout until none came for `quiet`.
    pub(crate) fn alerts_after(&mut self, quiet: Duration) -> Vec<serde_json::Value> {
        let mut alerts = Vec::new();
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            match self.lines.recv_timeout(quiet) {
                Ok(line) => {
                    let alert = serde_json::from_str(&line);
                    alerts.push(alert.unwrap_or_else(|error| panic!("{error} in {line}")));
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("peregrine ended"),
            }
        }
        alerts
    }

    /// Ctrl-C, and what it said on stderr from start to end.
    pub(crate) fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let account =
            self.account.recv_timeout(Duration::from_secs(10)).expect("an account at the end");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {account}");
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
