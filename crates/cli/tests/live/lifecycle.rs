//! What happens to a watcher while it runs: signals, full disks, pipes nobody reads, losses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::agent::{Watched, scratch};
use crate::support::signal;
use libbpf_rs::{MapCore as _, MapHandle};

const SOON: Duration = Duration::from_secs(20);

/// A rule for opens of one folder of the test's own, and that folder.
struct Stage {
    folder: PathBuf,
    rules: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let folder = scratch(name);
        let rules = folder.join("rules.yaml");
        let rule = format!(
            "- rule: marked open\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/marked\n  output: opened %fd.name %fd.nameraw %evt.args %proc.cmdline %proc.env[FORGED] %proc.env %proc.name\n  priority: notice\n",
            folder.display()
        );
        std::fs::write(&rules, rule).unwrap();
        Self { folder, rules }
    }

    fn act(&self, name: &str) {
        std::fs::write(self.folder.join(format!("marked{name}")), "").unwrap();
    }

    /// Flags of a watcher that writes into a file of this folder.
    fn flags(&self, more: &[&str]) -> Vec<String> {
        let file = format!("file_output.filename={}", self.folder.join("alerts").display());
        let rules = self.rules.display().to_string();
        let own = ["-r", &rules, "-o", "file_output.enabled=true", "-o", &file];
        own.into_iter().chain(more.iter().copied()).map(str::to_owned).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Does something until a file holds a text: what was lost meanwhile is not done again by itself.
fn until_has(file: &Path, text: &str, mut act: impl FnMut()) -> String {
    let end = Instant::now() + SOON;
    loop {
        act();
        let has = std::fs::read_to_string(file).unwrap_or_default();
        if has.contains(text) {
            return has;
        }
        assert!(Instant::now() < end, "no {text} in {has:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn live_signals_that_ask_for_nothing_end_nothing() {
    if !peregrine_testkit::root("live_signals_that_ask_for_nothing_end_nothing") {
        return;
    }
    let stage = Stage::new("signals");
    let watched = Watched::start(&stage.flags(&["-o", "file_output.keep_alive=true"]));
    let (file, moved) = (stage.folder.join("alerts"), stage.folder.join("alerts.1"));
    for name in ["HUP", "USR1", "USR2", "PIPE", "XFSZ", "XCPU", "ALRM", "VTALRM", "PROF", "IO"] {
        signal(watched.pid(), name);
        until_has(&file, &format!("after-{name} "), || stage.act(&format!("-after-{name} ")));
    }
    std::fs::rename(&file, &moved).unwrap();
    signal(watched.pid(), "USR1");
    until_has(&file, "moved", || stage.act("-moved"));
    let reported = watched.stop();
    assert!(reported.contains("SIGHUP"), "{reported}");
}

#[test]
fn live_signals_at_the_start_end_nothing() {
    if !peregrine_testkit::root("live_signals_at_the_start_end_nothing") {
        return;
    }
    let stage = Stage::new("early");
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["run", "-o", "control.enabled=false", "--duration", "1s"])
        .args(stage.flags(&[]))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let caught = |bit: u32| {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        line.and_then(|line| u64::from_str_radix(line.trim(), 16).ok())
            .is_some_and(|set| set >> (bit - 1) & 1 == 1)
    };
    let end = Instant::now() + SOON;
    // SIGXFSZ is the last of them that matters here.
    while !(caught(1) && caught(10) && caught(25)) {
        assert!(Instant::now() < end, "signals are never caught");
        std::thread::sleep(Duration::from_millis(1));
    }
    let pid = child.id();
    while child.try_wait().unwrap().is_none() {
        for name in ["HUP", "USR1", "XFSZ"] {
            // It may have ended meanwhile.
            let _ = Command::new("kill").args(["-s", name, &pid.to_string()]).output();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let done = child.wait_with_output().unwrap();
    let reported = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && reported.contains("monitoring: "), "{reported}");
}

#[test]
fn live_a_fifo_without_a_reader_is_an_error() {
    if !peregrine_testkit::root("live_a_fifo_without_a_reader_is_an_error") {
        return;
    }
    let stage = Stage::new("fifo");
    let fifo = stage.folder.join("alerts");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["run", "-o", "control.enabled=false"])
        .args(stage.flags(&[]))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + SOON;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let done = child.wait_with_output().unwrap();
    let reported = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{reported}");
    let last = reported.lines().last().unwrap_or_default();
    assert!(last.contains("nobody reads this FIFO") && reported.lines().count() == 2, "{reported}");
}

#[test]
fn live_a_line_torn_by_a_limit_is_ended_before_the_next() {
    if !peregrine_testkit::root("live_a_line_torn_by_a_limit_is_ended_before_the_next") {
        return;
    }
    for keep in ["file_output.keep_alive=true", "file_output.keep_alive=false"] {
        let stage = Stage::new("torn");
        let watched = Watched::start(&stage.flags(&["-o", keep]));
        let limit = |bytes: &str| {
            let pid = watched.pid().to_string();
            let done = Command::new("prlimit")
                .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
                .status();
            assert!(done.unwrap().success());
        };
        let file = stage.folder.join("alerts");
        limit("40");
        let size = || std::fs::metadata(&file).map_or(0, |meta| meta.len());
        let end = Instant::now() + SOON;
        while size() < 40 {
            assert!(Instant::now() < end);
            stage.act("-torn");
            std::thread::sleep(Duration::from_millis(20));
        }
        limit("unlimited");
        let has = until_has(&file, "whole", || stage.act("-whole"));
        for line in has.lines().skip(1) {
            let one = line.matches("Notice").count();
            assert!(one == 1, "{keep}: {line:?} in {has:?}");
        }
        // What did not fit was written again, whole.
        let alerts = has.lines().skip(1).filter(|line| line.contains("marked-torn")).count();
        assert!(alerts > 0, "{has:?}");
        let reported = watched.stop();
        assert!(reported.contains("works again"), "{reported}");
        assert!(!reported.contains("lost: not delivered"), "{reported}");
    }
}

#[test]
fn live_a_loss_is_an_alert() {
    if !peregrine_testkit::root("live_a_loss_is_an_alert") {
        return;
    }
    let stage = Stage::new("loss");
    let more = ["--json", "-o", "engine.modern_ebpf.buf_size_preset=1"];
    let watched = Watched::start(&stage.flags(&more));
    signal(watched.pid(), "STOP");
    // More than a ring holds, on whatever CPU.
    for n in 0..30_000 {
        stage.act(&format!("-{}", n % 10));
    }
    signal(watched.pid(), "CONT");
    let file = stage.folder.join("alerts");
    let has = until_has(&file, "syscall event drop", || {});
    let line = has.lines().find(|line| line.contains("syscall event drop")).unwrap();
    let alert: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(alert["rule"], "Falco internal: syscall event drop");
    assert_eq!((&alert["source"], &alert["priority"]), (&"internal".into(), &"Critical".into()));
    let lost = |key: &str| alert["output_fields"][key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(lost("n_drops") > 0 && lost("n_drops_buffer_open_exit") <= lost("n_drops"), "{line}");
    assert!(alert["tags"].is_null(), "{line}");
    let reported = watched.stop();
    assert!(reported.contains("were lost in the last second"), "{reported}");
}

#[test]
fn live_text_of_an_alert_is_one_line() {
    if !peregrine_testkit::root("live_text_of_an_alert_is_one_line") {
        return;
    }
    let stage = Stage::new("line");
    let watched = Watched::start(&stage.flags(&[]));
    let file = stage.folder.join("alerts");
    let forged = "-a\n00:00:00.000000000: Critical forged\x1b[2J\r\u{2028}\u{9b}\u{202e}";
    let act = || {
        // The name of the file, arguments, the environment, the name of the program.
        let path = stage.folder.join(format!("marked{forged}"));
        let done = Command::new("sh")
            .args(["-c", "printf 'x\\n\\ty' >/proc/$$/comm; : >\"$1\"; :", forged])
            .arg(path)
            .env("FORGED", forged)
            .status();
        assert!(done.unwrap().success());
    };
    let has = until_has(&file, "forged", act);
    for line in has.lines() {
        assert!(line.contains("Notice opened") && line.contains("forged"), "{has:?}");
        let acts = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}');
        assert!(!line.contains(acts), "{line:?}");
    }
    watched.stop();
}

#[test]
fn live_nobody_reads_stdout_any_more() {
    if !peregrine_testkit::root("live_nobody_reads_stdout_any_more") {
        return;
    }
    let stage = Stage::new("closed");
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["run", "-o", "control.enabled=false"])
        .args(stage.flags(&[]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let file = stage.folder.join("alerts");
    until_has(&file, "marked-one", || stage.act("-one"));
    until_has(&file, "marked-two", || stage.act("-two"));
    // The other output says that this one lost alerts.
    until_has(&file, "output=\"stdout\"", || stage.act("-more"));
    signal(child.id(), "INT");
    let done = child.wait_with_output().expect("it ends");
    let reported = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{reported}");
    assert!(
        reported.contains("output stdout refuses") && reported.contains("could not be written"),
        "{reported}"
    );
}

#[test]
fn live_it_ends_where_nobody_reads_its_only_output() {
    if !peregrine_testkit::root("live_it_ends_where_nobody_reads_its_only_output") {
        return;
    }
    let stage = Stage::new("head");
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["run", "-o", "control.enabled=false"])
        .args(["-r", &stage.rules.display().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let end = Instant::now() + SOON;
    while child.try_wait().unwrap().is_none() {
        stage.act("-one");
        if Instant::now() > end {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let done = child.wait_with_output().unwrap();
    let reported = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{reported}");
    assert!(reported.contains("could not be written"), "{reported}");
}

/// Takes all entries out of the maps of this name that a process holds; how many the kernel let go.
fn empty(pid: u32, name: &str) -> usize {
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let id = text.lines().find_map(|line| line.strip_prefix("map_id:"));
        ids.extend(id.and_then(|id| id.trim().parse::<u32>().ok()));
    }
    let maps = ids.into_iter().filter_map(|id| MapHandle::from_map_id(id).ok());
    let mut gone = 0;
    for map in maps.filter(|map| map.name() == name) {
        for key in 0..map.max_entries() {
            gone += usize::from(map.delete(&key.to_ne_bytes()).is_ok());
        }
    }
    gone
}

#[test]
fn live_damage_is_an_alert_and_blinds_nobody() {
    if !peregrine_testkit::root("live_damage_is_an_alert_and_blinds_nobody") {
        return;
    }
    let stage = Stage::new("damage");
    let watched = Watched::start(&stage.flags(&["--json"]));
    let file = stage.folder.join("alerts");
    for (name, what) in
        [("calls", "removed from the map of calls"), ("generation", "calls of interest")]
    {
        assert!(empty(watched.pid(), name) > 0, "{name}");
        let begin = Instant::now();
        let has = until_has(&file, what, || {});
        assert!(begin.elapsed() < Duration::from_secs(10), "{name}");
        let line = has.lines().find(|line| line.contains(what)).unwrap();
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(alert["rule"], "Peregrine internal: sensor damaged", "{line}");
        assert_eq!(alert["output_fields"]["repaired"], true, "{line}");
        let mark = format!("-after-{name} ");
        until_has(&file, &mark, || stage.act(&mark));
    }
    let reported = watched.stop();
    assert!(reported.contains("removed from the map of calls"), "{reported}");
}
