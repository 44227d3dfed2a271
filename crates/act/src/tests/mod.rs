//! Actions on real processes and files, compared before, after and after their undo.

mod account;
mod accounts;
mod files;
mod kubernetes;
mod network;
mod processes;
mod programs;
mod recovery;
mod users;

use std::path::Path;
use std::time::{Duration, Instant};

use peregrine_respond::{Bytes, FileTarget, Process, Task};
use peregrine_testkit::Folder;
use serde_json::Value as Json;

use crate::identity::now_ns;
use crate::{AskedBy, Host, Line, Step};

/// A host with a store in a folder of the test's own.
fn host(folder: &Folder) -> Host {
    Host::open(&folder.path().join("store"), None).unwrap()
}

fn person() -> AskedBy {
    AskedBy::Person { user: "test".to_owned() }
}

fn response(finish: bool) -> AskedBy {
    AskedBy::Response {
        response: "r".to_owned(),
        rule: "rule".to_owned(),
        host: "h".to_owned(),
        alert: 1,
        finish,
    }
}

/// Whoever has a number now.
fn process(pid: u32) -> Process {
    Process {
        pid: pid.cast_signed(),
        seen_ns: now_ns(),
        started_ns: 0,
        exe_ino: 0,
        name: Bytes::from("test"),
        container: None,
    }
}

fn file(path: &Path) -> FileTarget {
    use std::os::unix::ffi::OsStrExt as _;
    FileTarget { path: Bytes(path.as_os_str().as_bytes().to_vec()), ino: None, root_of: None }
}

/// Does something; the last line about it.
fn act(host: &mut Host, task: Task) -> Line {
    host.act(task, person(), &Json::Null).unwrap()
}

/// Does something that must work.
fn done(host: &mut Host, task: Task) -> Line {
    let line = act(host, task);
    assert_eq!(line.step, Step::Done, "{}: {}", line.task, line.detail);
    line
}

fn undone(host: &mut Host, id: u64) -> Line {
    let line = host.undo(id, person()).unwrap();
    assert_eq!(line.step, Step::Undone, "{}: {}", line.task, line.detail);
    line
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
