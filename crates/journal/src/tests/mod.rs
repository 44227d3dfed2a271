//! The journal over a disk in memory: killed at any moment, damaged in every way.

mod appender;
mod bytes;
mod crash;
mod damage;
mod dead_letters;
mod disk;
mod durable;
mod follow;
mod retention;
mod search;
mod subscription;

use std::time::Duration;

use peregrine_alert::{Alert, AlertId, Priority};

use crate::follow::{Entry, Follower};
use crate::journal::Journal;
use crate::options::{Now, Options};
use crate::storage::Anchor;
use crate::verify::{Against, Verified, verify};

use self::disk::Disk;

/// The time after so many milliseconds.
fn at(milliseconds: u64) -> Now {
    let elapsed = Duration::from_millis(milliseconds);
    Now { wall_ns: 1_700_000_000_000_000_000 + milliseconds * 1_000_000, elapsed }
}

pub(crate) fn alert(sequence: u64, time_ns: u64) -> Alert {
    let rules = ["Read sensitive file", "Shell in a container"];
    Alert {
        id: AlertId { host: "h".to_owned(), sequence },
        time_ns,
        utc_offset: 0,
        rule: rules[usize::try_from(sequence % 2).unwrap()].to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: Vec::new(),
        message: format!("alert {sequence} 日本 \"x\"\n"),
        fields: [("proc.pid".to_owned(), sequence.into())].into_iter().collect(),
    }
}

fn anchor(disk: &Disk) -> Anchor<Disk> {
    Anchor { storage: disk.other(), stem: "journal".to_owned() }
}

fn open(disk: &Disk, options: Options, now: Now) -> Journal<Disk> {
    Journal::open(disk.clone(), anchor(disk), options, now).unwrap()
}

fn verified(disk: &Disk) -> Verified {
    verify(disk, &Against::anchor(&anchor(disk)).unwrap()).unwrap()
}

fn read_all(disk: &Disk) -> Vec<Entry> {
    let mut follower = Follower::new(0);
    let mut all = Vec::new();
    loop {
        let entries = follower.next(disk).unwrap();
        if entries.is_empty() {
            return all;
        }
        all.extend(entries);
    }
}
