//! What these tests make for themselves: a folder, files in it, a capture.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use peregrine_event::EventType;
use peregrine_scap::{Machine, Writer};
pub(crate) use peregrine_testkit::Folder;
use peregrine_testkit::streams::Given::{List, Number, Text};
use peregrine_testkit::streams::event;

/// The moment the capture begins: 2026-11-23T14:03:00Z.
pub(crate) const BEGIN: u64 = 1_795_442_580_000_000_000;
/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// A rule that each open breaks.
pub(crate) const OPENS: &str = "- rule: opened\n  desc: d\n  condition: evt.type = openat\n  output: opened %fd.name\n  priority: INFO\n";

/// Makes captures in a folder.
pub(crate) trait Captures {
    /// A capture of these events; returns its path.
    fn capture(&self, name: &str, events: &[Vec<u8>]) -> String;
}

impl Captures for Folder {
    fn capture(&self, name: &str, events: &[Vec<u8>]) -> String {
        let machine = Machine { cpus: 2, hostname: "made".to_owned(), boot_ns: BEGIN - SECOND };
        let mut writer = Writer::new(Vec::new(), &machine, &[], &[]).unwrap();
        for event in events {
            writer.event(0, false, event).unwrap();
        }
        let path = self.path().join(name);
        std::fs::write(&path, writer.finish().unwrap()).unwrap();
        path.display().to_string()
    }
}

/// A process appears, or runs another program, `seconds` after the begin.
pub(crate) fn program(seconds: u64, pid: i64, parent: i64, command: &[&str]) -> [Vec<u8>; 2] {
    let name = command[0].rsplit('/').next().unwrap();
    let about = [
        ("exe", Text(command[0])),
        ("args", List(&command[1..])),
        ("tid", Number(pid)),
        ("pid", Number(pid)),
        ("ptid", Number(parent)),
        ("cwd", Text("/root")),
        ("comm", Text(name)),
        ("vtid", Number(pid)),
        ("vpid", Number(pid)),
        ("trusted_exepath", Text(command[0])),
    ];
    let ts = BEGIN + seconds * SECOND;
    [EventType::SYSCALL_CLONE_20_X, EventType::SYSCALL_EXECVE_19_X]
        .map(|code| event(code, ts, pid, &about))
}

/// A process opens a file, `seconds` after the begin.
pub(crate) fn open(seconds: u64, pid: i64, path: &str) -> Vec<u8> {
    let about = [
        ("fd", Number(3)),
        ("dirfd", Number(-100)),
        ("name", Text(path)),
        ("flags", Number(1)),
        ("ino", Number(7)),
    ];
    event(EventType::SYSCALL_OPENAT_2_X, BEGIN + seconds * SECOND, pid, &about)
}

/// A process ends.
pub(crate) fn end(seconds: u64, pid: i64) -> Vec<u8> {
    event(EventType::PROCEXIT_1_E, BEGIN + seconds * SECOND, pid, &[])
}

/// Runs the binary in UTC: its exit code, stdout and stderr.
pub(crate) fn peregrine<S: AsRef<OsStr>>(args: &[S]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(args)
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
