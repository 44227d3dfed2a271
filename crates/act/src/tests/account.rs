//! The account is bounded, and nothing that is still needed goes.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use peregrine_respond::{Bytes, Task};
use peregrine_testkit::Folder;

use super::{done, file, host, person, process, undone};
use crate::{Bounds, Host, Ledger, Step};

const NOTHING_OLD: Duration = Duration::from_hours(1);

fn ids(folder: &Folder) -> BTreeSet<u64> {
    Ledger::records(&folder.path().join("store")).unwrap().into_keys().collect()
}

fn size(folder: &Folder) -> u64 {
    fs::metadata(folder.path().join("store/ledger.jsonl")).unwrap().len()
}

fn note(host: &mut Host, step: Step) -> u64 {
    let task = Task::EndSessions { user: Bytes::from("nobody") };
    host.note(step, task, person(), "x".repeat(100)).unwrap().id
}

/// Reads all, as an agent does that makes alerts of it.
fn read(host: &mut Host) -> u64 {
    host.ledger().news().unwrap();
    host.ledger().position()
}

#[test]
fn old_actions_go_and_what_is_needed_stays() {
    let folder = Folder::new("act-account");
    let mut agent = host(&folder);
    let mut beside = host(&folder);
    let path = folder.path().join("f");
    fs::write(&path, "precious").unwrap();
    let moved = done(&mut agent, Task::Quarantine { file: file(&path) }).id;
    let planned = note(&mut agent, Step::Planned);
    let mut sleeper = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let what = peregrine_respond::What::Process;
    let stopped = done(&mut agent, Task::Stop { what, process: process(sleeper.id()) }).id;
    for _ in 0..200 {
        note(&mut agent, Step::Skipped);
    }
    let bounds = Bounds { age: NOTHING_OLD, size: 10_000 };
    // Nobody made alerts of it yet.
    assert_eq!(agent.shrink(bounds, 0).unwrap(), 0);
    let reported = read(&mut agent);
    assert!(size(&folder) > 40_000);
    let gone = agent.shrink(bounds, reported).unwrap();
    assert!(gone > 150 && size(&folder) <= 10_000, "{gone}: {}", size(&folder));
    let left = ids(&folder);
    assert!([moved, planned, stopped, 203].iter().all(|id| left.contains(id)), "{left:?}");
    assert_eq!(left.len(), 203 - gone);
    // Whoever opened it before goes on: numbers, and what is new.
    assert_eq!(note(&mut beside, Step::Skipped), 204);
    assert_eq!(note(&mut agent, Step::Skipped), 205);
    let news = agent.ledger().news().unwrap();
    assert_eq!(news.iter().map(|line| line.id).collect::<Vec<_>>(), [204, 205]);
    assert!(ids(&folder).is_superset(&BTreeSet::from([204, 205])));
    // All is old now.
    let reported = agent.ledger().position();
    let bounds = Bounds { age: Duration::ZERO, size: u64::MAX };
    agent.shrink(bounds, reported).unwrap();
    assert_eq!(ids(&folder), BTreeSet::from([moved, planned, stopped, 205]));
    // A new process finds its place again, and what holds is taken back.
    drop(agent);
    let mut agent = host(&folder);
    agent.ledger().read_from(reported).unwrap();
    assert!(agent.ledger().news().unwrap().is_empty());
    undone(&mut agent, moved);
    undone(&mut agent, stopped);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    let reported = read(&mut agent);
    agent.shrink(bounds, reported).unwrap();
    assert_eq!(ids(&folder), BTreeSet::from([planned, 205]));
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

/// Others write all the time while it is made smaller: each line is read once, each number given once.
#[test]
fn nothing_is_lost_while_it_is_made_smaller() {
    const EACH: usize = 150;
    let folder = Folder::new("act-account-race");
    let mut agent = host(&folder);
    let mut seen = Vec::new();
    let mut shrunk = 0;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let mut own = host(&folder);
                scope.spawn(move || {
                    (0..EACH).map(|_| note(&mut own, Step::Skipped)).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut last = false;
        while !last {
            last = writers.iter().all(std::thread::ScopedJoinHandle::is_finished);
            seen.extend(agent.ledger().news().unwrap().into_iter().map(|line| line.id));
            let reported = agent.ledger().position();
            let bounds = Bounds { age: Duration::ZERO, size: u64::MAX };
            shrunk += usize::from(agent.shrink(bounds, reported).unwrap() > 0);
        }
        let given: BTreeSet<u64> =
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        assert_eq!(given.len(), 2 * EACH);
        assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), given);
    });
    assert_eq!(seen.len(), 2 * EACH, "a line was read twice");
    assert!(shrunk > 0);
    eprintln!("made smaller {shrunk} times");
}
