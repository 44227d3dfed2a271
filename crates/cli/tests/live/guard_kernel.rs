//! Policies that the kernel decides about: connections at P3, programs at K1, or at P1 and P2 where this host has them.
//! Needs root and the right to load programs.

use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use peregrine_guard::{Act, Level};
use serde_json::Value;

use crate::guard::{alert, until};
use crate::support::agent::{Watched, scratch};
use crate::support::signal;

/// Two ports where somebody listens, a folder of programs, a BPF file system of the test's own, and an agent's files.
struct Yard {
    folder: PathBuf,
    listener: TcpListener,
    other: TcpListener,
    udp: UdpSocket,
}

fn listen() -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

/// The best level of this host for an act.
fn level_of(act: Act) -> Option<Level> {
    peregrine_enforce::kernel::capabilities().of_act(act).iter().next()
}

impl Yard {
    /// None where the kernel decides nothing about connections here.
    fn new(name: &str) -> Option<Self> {
        if !peregrine_testkit::root(name) {
            return None;
        }
        if level_of(Act::Connect).is_none() {
            peregrine_testkit::skipped(name, "this kernel decides nothing about connections");
            return None;
        }
        let folder = scratch(name).canonicalize().unwrap();
        for below in ["bpf", "programs"] {
            std::fs::create_dir_all(folder.join(below)).unwrap();
        }
        std::fs::copy("/bin/touch", folder.join("programs/touch")).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "bpf", "bpf"])
            .arg(folder.join("bpf"))
            .status()
            .unwrap();
        assert!(mounted.success(), "a BPF file system can be mounted");
        let listener = listen();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port(&listener))).unwrap();
        udp.set_nonblocking(true).unwrap();
        let yard = Self { folder, listener, other: listen(), udp };
        let (first, second) = (port(&yard.listener), port(&yard.other));
        let here = yard.folder.display();
        let rule = |name: &str, condition: &str| {
            format!(
                "- {{rule: {name}, desc: d, priority: WARNING, condition: \"{condition}\",\n   \
                 output: 'acted (process=%proc.name port=%fd.sport exe=%proc.exepath)'}}\n"
            )
        };
        let connects = |port: u16| {
            format!("evt.type in (connect, sendto) and fd.sip = 127.0.0.1 and fd.sport = {port}")
        };
        let rules = [
            rule("First port", &connects(first)),
            rule("Second port", &connects(second)),
            rule("Bound", "evt.type = bind and fd.sip = 127.0.0.7"),
            rule(
                "Program run",
                &format!(
                    "evt.type in (execve, execveat) and proc.exepath startswith {here}/programs/"
                ),
            ),
        ];
        std::fs::write(yard.folder.join("rules.yaml"), rules.concat()).unwrap();
        Some(yard)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Writes policies: a rule, and what else each says.
    fn policies(&self, policies: &[(&str, &str)]) {
        let text: Vec<_> = policies
            .iter()
            .map(|(rule, rest)| format!("- {{policy: no {rule}, rules: [{rule}], {rest}}}\n"))
            .collect();
        let next = self.folder.join("next");
        std::fs::write(&next, text.concat()).unwrap();
        std::fs::rename(next, self.folder.join("guard.yaml")).unwrap();
    }

    fn options(&self) -> Vec<String> {
        vec![
            format!("guard.policies=[{}]", self.path("guard.yaml")),
            format!("guard.state={}", self.path("state")),
            format!("guard.pins={}", self.path("bpf/pins")),
            format!("guard.break_glass.file={}", self.path("glass")),
            format!("guard.break_glass.key={}", self.path("glass.key.pub")),
            format!("control.path={}", self.path("control.sock")),
            "control.enabled=true".to_owned(),
        ]
    }

    fn start(&self, within: &str) -> Watched {
        let rules = self.path("rules.yaml");
        let mut flags = vec!["-r".to_owned(), rules, "--json".to_owned()];
        let within = format!("guard.confirm_within={within}");
        for option in self.options().into_iter().chain([within]) {
            flags.extend(["-o".to_owned(), option]);
        }
        Watched::start(&flags)
    }

    /// A command, its exit code, and what it says on either stream.
    fn ask(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peregrine"));
        command.args(words).args(["-c", "/dev/null"]);
        for option in self.options() {
            command.args(["-o", &option]);
        }
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
    }

    fn status(&self) -> Value {
        let (_, text) = self.ask(&["guard", "status", "--json"]);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    /// Whether a connection to the first port comes about: on both ends, or on none.
    fn is_connected(&self) -> bool {
        match (try_connect(port(&self.listener)), self.listener.accept()) {
            (Ok(_), Ok(_)) => true,
            (Err(error), Err(_)) => {
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
                false
            }
            (tried, arrived) => panic!("{tried:?} {arrived:?}"),
        }
    }

    /// The same of a datagram.
    fn is_sent(&self) -> bool {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let sent = socket.send_to(b"x", (Ipv4Addr::LOCALHOST, port(&self.listener)));
        let arrived = self.udp.recv(&mut [0; 8]);
        assert_eq!(sent.is_ok(), arrived.is_ok(), "{sent:?} {arrived:?}");
        sent.is_ok()
    }

    /// Starts the program, which makes a file; whether the file is there.
    fn runs(&self) -> (bool, Output) {
        let made = self.folder.join("made");
        let mut program = Command::new("sh");
        program.args(["-c", "exec \"$@\"", "sh"]).arg(self.folder.join("programs/touch"));
        let output = program.arg(&made).output().unwrap();
        let is_there = made.exists();
        let _ = std::fs::remove_file(made);
        (is_there, output)
    }

    fn pins(&self) -> usize {
        let pins = std::fs::read_dir(self.folder.join("bpf/pins"));
        pins.map_or(0, Iterator::count)
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        // What a failed test pinned must not outlive it.
        let _ = self.ask(&["guard", "off"]);
        let _ = Command::new("umount").arg("-l").arg(self.folder.join("bpf")).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn try_connect(port: u16) -> Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
}

/// Tries each millisecond to connect to a port, until `end` is called: how often that succeeded and did not.
struct Attempts {
    ends: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<(u64, u64)>,
}

impl Attempts {
    fn at(port: u16) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            let (mut connected, mut denied) = (0, 0);
            while !ending.load(Ordering::Relaxed) {
                match try_connect(port) {
                    Ok(_) => connected += 1,
                    Err(_) => denied += 1,
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            (connected, denied)
        });
        Self { ends, thread }
    }

    fn end(self) -> (u64, u64) {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

const DENY: &str = "action: deny, mode: enforce";
const CLOSED: &str = "action: deny, mode: enforce, fail: closed";

#[test]
fn live_a_denied_connection_does_not_come_about_and_is_one_alert() {
    let Some(yard) = Yard::new("guard-connect") else { return };
    yard.policies(&[("First port", DENY)]);
    let mut agent = yard.start("0s");
    let level = level_of(Act::Connect).unwrap().name();
    assert!(!yard.is_connected() && !yard.is_sent(), "nothing arrives");
    assert!(try_connect(port(&yard.other)).is_ok(), "the other port is free");
    let connected = alert(&mut agent, "First port");
    let fields = &connected["output_fields"];
    for (field, expected) in [
        ("guard.action", "deny"),
        ("guard.level", level),
        ("guard.policy", "no First port"),
        ("guard.mode", "enforce"),
    ] {
        assert_eq!(fields[field], expected, "{connected}");
    }
    assert_eq!(fields["fd.sport"], port(&yard.listener), "{connected}");
    let others = agent.alerts_after(Duration::from_secs(2));
    let denied = |alert: &&Value| alert["output_fields"]["guard.action"] == "deny";
    let first: Vec<_> = others.iter().filter(|alert| alert["rule"] == "First port").collect();
    assert_eq!(first.iter().filter(|alert| denied(alert)).count(), 1, "the datagram: {first:?}");
    assert_eq!(first.len(), 1, "an act is one alert: {first:?}");
    let status = yard.status();
    let policy = &status["policies"][0];
    let act = policy["acts"].as_array().unwrap().iter().find(|act| act["act"] == "connect");
    let act = act.unwrap();
    assert_eq!((&act["level"], &act["proven"]), (&level.into(), &true.into()), "{status}");
    assert_eq!(policy["denied"], 2, "{status}");
    let canaries = status["canaries"].as_array().unwrap();
    assert!(!canaries.is_empty(), "{status}");
    assert!(canaries.iter().all(|canary| canary["proven"] == true), "{status}");
    let (_, text) = yard.ask(&["guard", "status"]);
    assert!(text.contains(&format!("connect:{level}")) && !text.contains('?'), "{text}");
    let doctor = Command::new(env!("CARGO_BIN_EXE_peregrine")).arg("doctor").output().unwrap();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.contains(level), "{doctor}");
    let modules = std::fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    if !modules.trim().split(',').any(|name| name == "bpf") {
        for wrong in ["P1", "P2"].iter().filter(|wrong| **wrong != level) {
            assert!(!text.contains(&format!(":{wrong}")), "{text}");
        }
        assert!(!doctor.contains("P1 ("), "{doctor}");
    }
    agent.stop();
    assert!(yard.is_connected() && yard.is_sent(), "what fails open ends with the agent");
}

#[test]
fn live_a_program_is_killed_before_it_runs() {
    let Some(yard) = Yard::new("guard-kill") else { return };
    // What stays when the agent is gone is not left to fanotify, which ends with it.
    yard.policies(&[("Program run", "action: kill, mode: enforce, fail: closed")]);
    let level = level_of(Act::Exec).unwrap();
    let mut agent = yard.start("0s");
    let (ran, output) = yard.runs();
    assert!(!ran, "the program made no file");
    if level == Level::KillBefore {
        assert_eq!(output.status.signal(), Some(9), "{output:?}");
    }
    let run = alert(&mut agent, "Program run");
    assert_eq!(run["output_fields"]["guard.level"], level.name(), "{run}");
    assert_eq!(run["output_fields"]["guard.action"], "kill", "{run}");
    assert_eq!(run["output_fields"]["proc.exepath"], yard.path("programs/touch"), "{run}");
    let others = agent.alerts_after(Duration::from_secs(2));
    let runs = others.iter().filter(|alert| alert["rule"] == "Program run");
    assert_eq!(runs.count(), 0, "an act is one alert: {others:?}");
    let status = yard.status();
    let acts = status["policies"][0]["acts"].as_array().unwrap();
    assert!(acts.iter().all(|act| act["proven"] == true), "{status}");
    signal(agent.pid(), "KILL");
    drop(agent);
    assert!(!yard.runs().0, "it stays when the agent is gone");
    let (code, text) = yard.ask(&["guard", "off"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(yard.runs().0);
}

#[test]
fn live_what_fails_closed_outlives_the_agent_until_it_is_switched_off() {
    let Some(yard) = Yard::new("guard-closed") else { return };
    yard.policies(&[("First port", CLOSED), ("Second port", DENY)]);
    let agent = yard.start("0s");
    let closed = Attempts::at(port(&yard.listener));
    until("it is pinned", || yard.pins() == 1);
    assert!(try_connect(port(&yard.other)).is_err());
    signal(agent.pid(), "KILL");
    drop(agent);
    assert!(try_connect(port(&yard.other)).is_ok(), "what fails open is gone");
    assert!(try_connect(port(&yard.listener)).is_err(), "what fails closed is not");
    // The next agent takes over, and lets go of what the former one pinned.
    let agent = yard.start("0s");
    assert!(try_connect(port(&yard.other)).is_err());
    assert_eq!(yard.pins(), 1);
    agent.stop();
    assert_eq!(yard.pins(), 1);
    let (connected, denied) = closed.end();
    assert!(connected == 0 && denied > 100, "{connected} {denied}");
    assert!(!yard.is_connected());
    let (code, text) = yard.ask(&["guard", "off"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("removed"), "{text}");
    assert!(yard.is_connected(), "{text}");
    assert!(!yard.folder.join("bpf/pins").exists(), "no pin is left");
    // So it is for the next one, until somebody says otherwise.
    let agent = yard.start("0s");
    assert!(yard.is_connected());
    assert_eq!(yard.ask(&["guard", "on"]).0, Some(0));
    assert!(!yard.is_connected());
    assert_eq!(yard.pins(), 1);
    // A token has all of it removed too, as long as it counts.
    let key = yard.path("glass.key");
    let sign = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peregrine"));
        let done = command.args(["guard", "token"]).args(words).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        done.stdout
    };
    sign(&["--new-key", &key]);
    std::fs::write(yard.path("glass"), sign(&["--key", &key])).unwrap();
    until("the token counts", || yard.is_connected());
    // Programs decide a moment before they are pinned, and end a moment before the pins do.
    until("no pin is left", || yard.pins() == 0);
    std::fs::remove_file(yard.path("glass")).unwrap();
    until("it counts no more", || !yard.is_connected());
    until("it is pinned again", || yard.pins() == 1);
    let (code, text) = yard.ask(&["guard", "off"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(yard.is_connected());
    assert_eq!(yard.pins(), 0);
    agent.stop();
}

#[test]
fn live_a_tree_of_processes_is_ended_with_the_one_that_connects() {
    let Some(yard) = Yard::new("guard-tree") else { return };
    yard.policies(&[("First port", "action: kill_tree, mode: enforce")]);
    let mut agent = yard.start("0s");
    let script = format!(
        r#"use Socket; my $child = fork; unless ($child) {{ sleep 100; exit }}
           open my $file, ">", "{}"; print $file $child; close $file;
           socket(my $socket, PF_INET, SOCK_STREAM, 0);
           connect($socket, sockaddr_in({}, inet_aton("127.0.0.1"))); sleep 100;"#,
        yard.path("child"),
        port(&yard.listener)
    );
    let status = Command::new("perl").args(["-e", &script]).status().unwrap();
    assert_eq!(status.signal(), Some(9), "{status:?}");
    let child = std::fs::read_to_string(yard.path("child")).unwrap();
    until("its child ends too", || {
        let state = std::fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
        state.is_empty() || state.contains("State:\tZ")
    });
    assert!(yard.listener.accept().is_err(), "nothing arrived");
    let ended = alert(&mut agent, "First port");
    assert_eq!(ended["output_fields"]["guard.action"], "kill_tree", "{ended}");
    agent.stop();
}

#[test]
fn live_what_nobody_confirmed_ends_with_the_agent() {
    let Some(yard) = Yard::new("guard-trial") else { return };
    yard.policies(&[("First port", CLOSED)]);
    let agent = yard.start("1h");
    assert!(!yard.is_connected());
    assert_eq!(yard.pins(), 0, "it is on trial");
    signal(agent.pid(), "KILL");
    drop(agent);
    until("it ends with the agent", || yard.is_connected());
    let agent = yard.start("1h");
    let (code, text) = yard.ask(&["guard", "confirm"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(yard.pins(), 1);
    signal(agent.pid(), "KILL");
    drop(agent);
    assert!(!yard.is_connected());
    // An agent without policies leaves them, and says so.
    let flags = ["-o", &format!("guard.pins={}", yard.path("bpf/pins"))].map(str::to_owned);
    let agent = Watched::start(&flags);
    let said = agent.stop();
    assert!(said.contains("policies of an earlier agent still deny"), "{said}");
    assert!(!yard.is_connected());
    assert_eq!(yard.ask(&["guard", "off"]).0, Some(0));
    assert!(yard.is_connected());
}

#[test]
fn live_a_reload_has_no_instant_without_policies() {
    let Some(yard) = Yard::new("guard-reload") else { return };
    yard.policies(&[("First port", DENY)]);
    let mut agent = yard.start("0s");
    let attempts = Attempts::at(port(&yard.listener));
    assert!(try_connect(port(&yard.other)).is_ok());
    let bind = || UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 7), 0));
    for round in 0..3 {
        assert!(bind().is_ok(), "{round}");
        // Another act has another program loaded, by an agent that has given up most of its rights.
        yard.policies(&[("First port", DENY), ("Second port", DENY), ("Bound", DENY)]);
        until("more is denied", || try_connect(port(&yard.other)).is_err());
        until("binding too", || bind().is_err());
        yard.policies(&[("First port", DENY), ("Second port", "mode: shadow")]);
        until("less is denied", || try_connect(port(&yard.other)).is_ok());
        until("binding too", || bind().is_ok());
    }
    let (connected, denied) = attempts.end();
    assert!(connected == 0 && denied > 100, "{connected} {denied}");
    // What only reports denies nothing, and is one alert.
    let _ = agent.alerts_after(Duration::from_secs(2));
    assert!(try_connect(port(&yard.other)).is_ok());
    let alerts = agent.alerts_after(Duration::from_secs(2));
    let second: Vec<_> = alerts.iter().filter(|alert| alert["rule"] == "Second port").collect();
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!(second[0]["output_fields"]["guard.action"], "would deny", "{second:?}");
    // A file with a mistake changes nothing.
    std::fs::write(yard.folder.join("guard.yaml"), "- policy: x\n  nonsense: 1\n").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(!yard.is_connected());
    agent.stop();
}

#[test]
fn live_what_cannot_stay_is_refused_with_the_reason() {
    let Some(yard) = Yard::new("guard-refused") else { return };
    let levels = peregrine_enforce::capabilities().of_act(Act::Open);
    if levels.contains(Level::Lsm) || levels.contains(Level::FmodRet) {
        peregrine_testkit::skipped("guard-refused", "this kernel decides about files itself");
        return;
    }
    let rule = "- {rule: Opened, desc: d, priority: INFO, condition: evt.type = openat and fd.name = /nowhere/x, output: o}\n";
    std::fs::write(yard.folder.join("rules.yaml"), rule).unwrap();
    yard.policies(&[("Opened", CLOSED)]);
    let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["guard", "check", &yard.path("guard.yaml"), "-r", &yard.path("rules.yaml")])
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(text.contains("this host cannot deny open"), "{text}");
    assert!(!levels.contains(Level::Fanotify) || text.contains("ends with the agent"), "{text}");
}
