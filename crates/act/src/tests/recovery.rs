//! What was planned when the agent died.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use peregrine_respond::{Bytes, Signal, Task, What};
use peregrine_testkit::Folder;

use super::{done, file, host, process, response};
use crate::{Ledger, Step};

#[test]
fn planned_actions_are_finished_or_given_up() {
    let folder = Folder::new("act-recovery");
    let mut agent = host(&folder);
    let mut child = Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
    let kept = folder.path().join("kept");
    let moved = folder.path().join("moved");
    fs::write(&kept, "kept").unwrap();
    fs::write(&moved, "moved").unwrap();
    let kill =
        Task::Kill { what: What::Process, process: process(child.id()), signal: Signal::Kill };
    let run = Task::Run {
        argv: vec![Bytes::from("/bin/true")],
        user: "root".to_owned(),
        timeout: Duration::from_secs(1),
    };
    let plan = |agent: &mut crate::Host, task: Task, finish| {
        agent.note(Step::Planned, task, response(finish), String::new()).unwrap().id
    };
    let quarantine = |path: &std::path::Path| Task::Quarantine { file: file(path) };
    let killed = plan(&mut agent, kill.clone(), true);
    let given_up = plan(&mut agent, quarantine(&kept), false);
    let moved_id = plan(&mut agent, quarantine(&moved), true);
    let never = plan(&mut agent, run, false);
    drop(agent);
    let mut agent = host(&folder);
    let lines = agent.recover().unwrap();
    let of = |id: u64| lines.iter().find(|line| line.id == id).unwrap();
    assert_eq!(lines.len(), 4);
    assert_eq!(of(killed).step, Step::Done, "{}", of(killed).detail);
    assert!(of(killed).detail.contains("the process is still there; now: 1 process got"));
    assert!(child.wait().is_ok_and(|status| !status.success()));
    assert_eq!((of(given_up).step, kept.exists()), (Step::GivenUp, true));
    assert!(of(given_up).detail.contains("the file is where it was"), "{}", of(given_up).detail);
    assert_eq!((of(moved_id).step, moved.exists()), (Step::Done, false));
    assert!(of(never).detail.contains("nobody knows whether it ran"), "{}", of(never).detail);
    // What is known is not found out again.
    assert!(host(&folder).recover().unwrap().is_empty());
    host(&folder).undo(moved_id, super::person()).unwrap();
    assert_eq!(fs::read(&moved).unwrap(), b"moved");
    // It had been killed before it was written down.
    let mut agent = host(&folder);
    let killed = plan(&mut agent, kill, true);
    let line = agent.recover().unwrap().into_iter().find(|line| line.id == killed).unwrap();
    assert_eq!(line.step, Step::Done);
    assert!(line.detail.contains("the process is gone"), "{}", line.detail);
}

#[test]
fn several_programs_write_one_account() {
    let folder = Folder::new("act-ledger");
    let (mut one, mut other) = (host(&folder), host(&folder));
    let task = || Task::Capture { hold: Duration::from_secs(1) };
    let note = |host: &mut crate::Host| {
        host.note(Step::DryRun, task(), response(true), String::new()).unwrap().id
    };
    let ids = [note(&mut one), note(&mut other), note(&mut other), note(&mut one)];
    assert_eq!(ids, [1, 2, 3, 4]);
    let news = |host: &mut crate::Host| -> Vec<u64> {
        host.ledger().news().unwrap().iter().map(|line| line.id).collect()
    };
    // Each follows all of it, its own lines too.
    assert_eq!(news(&mut one), [1, 2, 3, 4]);
    note(&mut other);
    assert_eq!((news(&mut one), news(&mut one)), (vec![5], vec![]));
    let position = one.ledger().position();
    let mut late = host(&folder);
    late.ledger().read_from(position).unwrap();
    note(&mut other);
    assert_eq!(news(&mut late), [6]);
    // A line that was being written when the power went hides none that follows.
    let path = folder.path().join("store/ledger.jsonl");
    let mut text = fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"id\": 7, \"time_");
    fs::write(&path, text).unwrap();
    let mut mended = host(&folder);
    assert_eq!(note(&mut mended), 7);
    assert_eq!(Ledger::records(&folder.path().join("store")).unwrap().len(), 7);
    done(
        &mut mended,
        Task::Run {
            argv: vec![Bytes::from("/bin/true")],
            user: rustix::process::geteuid().as_raw().to_string(),
            timeout: Duration::from_secs(30),
        },
    );
}
