//! Commands ask the running agent: how it is doing, and its outputs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::agent::{Watched, scratch};

const SOON: Duration = Duration::from_secs(30);

/// A rule for opens of one folder of the test's own, a control socket there, and that folder.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let folder = scratch(name);
        let rule = format!(
            "- rule: marked open\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/marked\n  output: opened %fd.name\n  priority: notice\n",
            folder.display()
        );
        std::fs::write(folder.join("rules.yaml"), rule).unwrap();
        Self { folder }
    }

    fn act(&self) {
        std::fs::write(self.folder.join("marked"), "").unwrap();
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("run/control.sock")
    }

    fn start(&self, more: &[&str]) -> Watched {
        let rules = self.folder.join("rules.yaml").display().to_string();
        let path = format!("control.path={}", self.socket().display());
        let own = ["-r", &rules, "-o", "control.enabled=true", "-o", &path];
        let flags: Vec<&str> = own.into_iter().chain(more.iter().copied()).collect();
        Watched::start(&flags)
    }

    /// A command that asks the agent, its exit code, and what it says on either stream.
    fn ask(&self, words: &[&str]) -> (Option<i32>, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(words)
            .args(["-c", "/dev/null", "-o"])
            .arg(format!("control.path={}", self.socket().display()))
            .output()
            .unwrap();
        let text = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        (done.status.code(), text)
    }

    fn status(&self) -> Value {
        let (code, text) = self.ask(&["status", "--json"]);
        assert_eq!(code, Some(0), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Waits until the status of the output `ops` fulfils a condition.
    fn until(&self, what: &str, mut holds: impl FnMut(&Value) -> bool) -> Value {
        let end = Instant::now() + SOON;
        loop {
            let (code, text) = self.ask(&["outputs", "status", "--json"]);
            assert_eq!(code, Some(0), "{text}");
            let outputs = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let ops = outputs.into_iter().find(|output| output["name"] == "ops").expect("ops");
            if holds(&ops) {
                return ops;
            }
            assert!(Instant::now() < end, "not {what}: {ops}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn live_the_running_agent_is_asked_and_no_other() {
    if !peregrine_testkit::root("live_the_running_agent_is_asked_and_no_other") {
        return;
    }
    let stage = Stage::new("control");
    let (code, text) = stage.ask(&["status"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("no agent listens at") && text.lines().count() == 1, "{text}");

    let killed = stage.start(&[]);
    assert_eq!(stage.status()["pid"], killed.pid());
    let done = Command::new("kill").args(["-s", "KILL", &killed.pid().to_string()]).status();
    assert!(done.unwrap().success());
    drop(killed);
    // It could not remove its socket.
    assert!(stage.socket().exists());
    assert_eq!(stage.ask(&["outputs", "status"]).0, Some(1));

    let first = stage.start(&[]);
    let second = stage.start(&[]);
    let end = Instant::now() + SOON;
    let status = loop {
        stage.act();
        let status = stage.status();
        if status["alerts"]["total"].as_u64() > Some(0) {
            break status;
        }
        assert!(Instant::now() < end, "{status}");
    };
    assert_eq!(status["pid"], first.pid());
    assert_eq!((&status["rules"]["loaded"], &status["rules"]["enabled"]), (&1.into(), &1.into()));
    assert_eq!(status["outputs"][0]["name"], "stdout");
    for count in
        ["/events/total", "/sensor/syscalls", "/sensor/programs", "/sensor/threads", "/rss_bytes"]
    {
        assert!(status.pointer(count).and_then(Value::as_u64) > Some(0), "{count} in {status}");
    }
    assert!(status["journal"].is_null() && status["age_seconds"].as_f64() < Some(5.0), "{status}");
    let (code, text) = stage.ask(&["status"]);
    assert_eq!(code, Some(0));
    for word in ["peregrine ", "1 loaded, 1 enabled", "lost ", "journal ", "memory ", "stdout: "] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    let reported = second.stop();
    assert_eq!(
        reported.matches("no control socket: another agent listens at").count(),
        1,
        "{reported}"
    );
    // The second one took nothing of the first.
    assert_eq!(stage.status()["pid"], first.pid());
    let reported = first.stop();
    assert!(!reported.contains("no control socket"), "{reported}");
    assert!(!stage.socket().exists());
}

/// Takes every request.
fn receiver(at: (Ipv4Addr, u16)) {
    let listener = TcpListener::bind(at).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut from = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            for line in from.by_ref().lines().map_while(Result::ok) {
                if let Some(size) = line.strip_prefix("Content-Length: ") {
                    length = size.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            let _ = from.read_exact(&mut vec![0; length]);
            let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer);
        }
    });
}

#[test]
fn live_the_lag_of_an_output_is_shown_while_its_receiver_is_away() {
    if !peregrine_testkit::root("live_the_lag_of_an_output_is_shown_while_its_receiver_is_away") {
        return;
    }
    let stage = Stage::new("lag");
    // An address of the test's own: nobody else listens there.
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let at = (Ipv4Addr::new(127, 77, high, low.max(1)), 18_080);
    let outputs = format!(
        "outputs=[{{name: ops, type: webhook, url: 'http://{}:{}/', retry_first: 50ms, retry_most: 100ms}}]",
        at.0, at.1
    );
    let agent = stage.start(&["-o", &outputs, "-o", "stdout_output.enabled=false"]);
    let idle = stage.until("idle", |ops| ops["state"] == "idle");
    assert_eq!((&idle["queued"], &idle["lag_seconds"]), (&0.into(), &0.0.into()));
    stage.act();
    let failing =
        |ops: &Value| ["circuit_open", "retrying"].contains(&ops["state"].as_str().unwrap());
    let lag = |ops: &Value| ops["lag_seconds"].as_f64().unwrap();
    let away = stage
        .until("failing", |ops| failing(ops) && lag(ops) > 0.0 && ops["queued"].as_u64() > Some(0));
    let why = away["last_error"]["message"].as_str().unwrap();
    assert!(why.contains("it refuses the connection"), "{away}");
    assert!(away["last_error"]["time"].as_str().unwrap().ends_with('Z'), "{away}");
    assert_eq!(away["delivered"], 0);
    let (waiting, tried) = (lag(&away), away["retries"].as_u64());
    stage.until("further behind", |ops| {
        failing(ops) && lag(ops) > waiting && ops["retries"].as_u64() > tried
    });
    let (_, text) = stage.ask(&["outputs", "status"]);
    // A line for the head, the output and its error; what is long widens no column.
    let [head, row, error] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(head.starts_with("OUTPUT  STATE  ") && row.starts_with("ops     "), "{text}");
    assert!(error.starts_with("ops: last error ") && error.contains("refuses"), "{text}");
    receiver(at);
    let back = stage.until("back", |ops| ops["state"] == "delivering" && ops["queued"] == 0);
    assert_eq!(back["lag_seconds"], 0.0, "{back}");
    assert!(back["delivered"].as_u64() > Some(0) && !back["last_error"].is_null(), "{back}");
    agent.stop();
}
