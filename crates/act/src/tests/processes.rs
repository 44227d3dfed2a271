//! Processes: the right ones, all of them, nobody else.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_respond::{Process, Signal, Task, What};
use peregrine_testkit::Folder;

use super::{act, done, host, is_root, process, undone, until};
use crate::Step;
use crate::error::ActError;
use crate::identity::{Held, now_ns};
use crate::process_table::{Entry, all};
use crate::taskstats::TaskStats;

/// A child that ends with the test.
struct Sleeper(Child);

impl Sleeper {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    fn sleep() -> Self {
        Self::start(Command::new("sleep").arg("600"))
    }

    fn script(text: &str) -> Self {
        // A group of its own: what it leaves behind is found and ended.
        Self::start(Command::new("bash").args(["-c", text]).process_group(0))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn entry(&self) -> Entry {
        Entry::of(self.pid().cast_signed()).unwrap()
    }

    fn is_over(&self) -> bool {
        Entry::of(self.pid().cast_signed()).is_none_or(|entry| entry.is_over())
    }

    /// Everybody of its group that lives.
    fn group(&self) -> usize {
        let group = self.pid().cast_signed();
        all().iter().filter(|entry| entry.group == group && !entry.is_over()).count()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let group = self.pid().cast_signed();
        for entry in all().iter().filter(|entry| entry.group == group) {
            if let Ok(held) = Held::same(entry.pid, entry.ticks) {
                let _ = held.signal(rustix::process::Signal::KILL);
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn kill(what: What, pid: u32) -> Task {
    Task::Kill { what, process: process(pid), signal: Signal::Kill }
}

#[test]
fn one_process_is_killed_and_no_other() {
    let folder = Folder::new("act-kill");
    let mut host = host(&folder);
    let (one, other) = (Sleeper::sleep(), Sleeper::sleep());
    let line = done(&mut host, kill(What::Process, one.pid()));
    assert!(one.is_over() && !other.is_over(), "{}", line.detail);
    // It is over: nobody is hit a second time.
    let again = act(&mut host, kill(What::Process, one.pid()));
    assert_eq!(
        (again.step, again.detail),
        (Step::Failed, format!("process {} is gone", one.pid()))
    );
    let undo = host.undo(line.id, super::person()).unwrap_err();
    assert!(matches!(undo, ActError::NothingToUndo(_)), "{undo}");
}

#[test]
fn who_got_the_number_later_is_not_hit() {
    let sleeper = Sleeper::sleep();
    let stats = TaskStats::connect();
    let now = now_ns();
    let seen = |seen_ns| Process { seen_ns, ..process(sleeper.pid()) };
    assert!(Held::of(&seen(now), stats.as_ref()).is_ok());
    for before in [1_000_000_000, 20_000_000, 5_000_000] {
        std::thread::sleep(Duration::from_millis(5));
        // An event of before it started is another process's.
        let earlier = now.saturating_sub(before + 600_000_000);
        let held = Held::of(&seen(earlier), stats.as_ref());
        assert!(matches!(held, Err(ActError::AnotherProcess(_))), "{before}");
    }
}

/// Two processes with one number, the second one started at once; `PEREGRINE_REUSES` times, 40 unless that says so.
#[test]
fn a_number_used_again_at_once_is_told_apart() {
    let stats = TaskStats::connect();
    if !is_root() || stats.as_ref().and_then(|stats| stats.elapsed_us(1)).is_none() {
        eprintln!("skipped: needs root and TASKSTATS");
        return;
    }
    let (mut rounds, mut reused, mut same_tick) = (0, 0, 0);
    let begin = Instant::now();
    let most = std::env::var("PEREGRINE_REUSES").map_or(40, |number| number.parse().unwrap());
    while reused < most && begin.elapsed() < Duration::from_mins(5) {
        rounds += 1;
        let first = Sleeper::sleep();
        let seen = process(first.pid());
        let ticks = first.entry().ticks;
        let held = Held::of(&seen, stats.as_ref());
        assert!(held.is_ok(), "the process of the event itself: {held:?}");
        let number = first.pid();
        drop(held);
        drop(first);
        if std::fs::write("/proc/sys/kernel/ns_last_pid", (number - 1).to_string()).is_err() {
            eprintln!("skipped: numbers cannot be chosen here");
            return;
        }
        let second = Sleeper::sleep();
        if second.pid() != number {
            continue;
        }
        reused += 1;
        same_tick += usize::from(second.entry().ticks == ticks);
        let held = Held::of(&seen, stats.as_ref());
        assert!(matches!(held, Err(ActError::AnotherProcess(_))), "round {rounds}: {held:?}");
    }
    eprintln!("{reused} of {rounds} numbers used again, {same_tick} within one tick");
    assert!(reused > 0, "no number was ever used again");
}

#[test]
fn the_first_process_threads_of_the_kernel_and_this_are_never_touched() {
    let folder = Folder::new("act-protected");
    let mut host = host(&folder);
    let kernel = all().into_iter().find(Entry::is_kernel_thread);
    let own = std::process::id();
    let numbers = [1, own].into_iter().chain(kernel.map(|entry| entry.pid.cast_unsigned()));
    for pid in numbers {
        for task in [
            kill(What::Process, pid),
            kill(What::Tree, pid),
            Task::Stop { what: What::Process, process: process(pid) },
            Task::Freeze { process: process(pid) },
        ] {
            let line = act(&mut host, task);
            assert_eq!(line.step, Step::Failed, "{}: {}", line.task, line.detail);
            assert!(line.detail.contains("never touched"), "{}: {}", line.task, line.detail);
        }
    }
    if is_root() {
        let line = act(&mut host, kill(What::User, own));
        assert!(line.detail.contains("root has most of the host"), "{}", line.detail);
    }
}

#[test]
fn a_tree_is_stopped_goes_on_and_is_killed() {
    let folder = Folder::new("act-tree");
    let mut host = host(&folder);
    let other = Sleeper::sleep();
    let root = Sleeper::script("sleep 600 & (sleep 600 & sleep 600) & wait");
    until("the tree is there", || root.group() == 5);
    let line = done(&mut host, Task::Stop { what: What::Tree, process: process(root.pid()) });
    let members = || {
        let group = root.pid().cast_signed();
        all().into_iter().filter(move |entry| entry.group == group && !entry.is_over())
    };
    until("all are stopped", || members().all(|entry| entry.is_stopped()));
    assert_eq!((line.detail.as_str(), other.entry().is_stopped()), ("5 processes stopped", false));
    // Another host, as after a restart of the agent.
    drop(host);
    let mut host = super::host(&folder);
    let back = undone(&mut host, line.id);
    assert_eq!(back.detail, "5 of 5 processes go on");
    until("all go on", || members().all(|entry| !entry.is_stopped()));
    done(&mut host, kill(What::Tree, root.pid()));
    assert_eq!((root.group(), other.is_over()), (0, false));
}

#[test]
fn a_session_is_killed_whole() {
    let folder = Folder::new("act-session");
    let mut host = host(&folder);
    let root = Sleeper::start(Command::new("setsid").args(["bash", "-c", "sleep 600 & sleep 600"]));
    let session = || {
        let leader = all().into_iter().find(|entry| {
            entry.session == entry.pid
                && (entry.parent == root.pid().cast_signed()
                    || entry.pid == root.pid().cast_signed())
        });
        let leader = leader?;
        let members = all().into_iter().filter(|one| one.session == leader.pid && !one.is_over());
        Some((leader.pid, members.count()))
    };
    until("the session is there", || session().is_some_and(|(_, members)| members == 3));
    let leader = session().unwrap().0;
    done(&mut host, kill(What::Session, leader.cast_unsigned()));
    let left = all().into_iter().filter(|one| one.session == leader && !one.is_over()).count();
    assert_eq!(left, 0);
}

/// Each process starts two others, again and again.
#[test]
fn a_fork_bomb_is_ended() {
    let folder = Folder::new("act-bomb");
    let mut host = host(&folder);
    let other = Sleeper::sleep();
    // Grows to 2,047 processes that start others as soon as theirs have ended.
    let bomb = Sleeper::script(
        "f() { [ $1 -gt 0 ] || exec sleep 600; while :; do f $(($1 - 1)) & f $(($1 - 1)) & wait; done; }; f 10",
    );
    until("the bomb has 2,000 processes", || bomb.group() >= 2000);
    let begin = Instant::now();
    let line = done(&mut host, kill(What::Tree, bomb.pid()));
    let took = begin.elapsed();
    eprintln!("fork bomb: {} in {took:?}", line.detail);
    assert_eq!((bomb.group(), other.is_over()), (0, false));
}

/// The parent of each ends at once, so that the tree falls apart while it is walked.
#[test]
fn processes_whose_parents_ended_are_found() {
    let folder = Folder::new("act-orphans");
    let mut host = host(&folder);
    let other = Sleeper::sleep();
    let root = Sleeper::script(
        "f() { sleep 0.01; f & disown; }; for i in 1 2 3 4 5 6 7 8; do f & done; sleep 600",
    );
    until("they are there", || root.group() >= 9);
    done(&mut host, kill(What::Tree, root.pid()));
    assert_eq!((root.group(), other.is_over()), (0, false));
}

#[test]
fn a_process_that_runs_another_program_meanwhile_is_the_same() {
    let folder = Folder::new("act-exec");
    let mut host = host(&folder);
    let root = Sleeper::script("exec bash -c 'exec sleep 600'");
    let seen = process(root.pid());
    until("it runs the last program", || {
        std::fs::read_to_string(format!("/proc/{}/comm", root.pid())).unwrap() == "sleep\n"
    });
    done(&mut host, Task::Kill { what: What::Process, process: seen, signal: Signal::Term });
    until("it is over", || root.is_over());
}

#[test]
fn a_control_group_is_frozen_and_thawed() {
    let folder = Folder::new("act-freeze");
    let mut host = host(&folder);
    let Some(group) = Group::make() else {
        eprintln!("skipped: no control group can be made here");
        return;
    };
    let sleeper = Sleeper::sleep();
    std::fs::write(group.0.join("cgroup.procs"), sleeper.pid().to_string()).unwrap();
    let state = || {
        let old = std::fs::read_to_string(group.0.join("freezer.state"));
        old.map_or_else(
            |_| {
                let events = std::fs::read_to_string(group.0.join("cgroup.events")).unwrap();
                events.contains("frozen 1")
            },
            |text| text.trim() == "FROZEN",
        )
    };
    assert!(!state());
    let line = done(&mut host, Task::Freeze { process: process(sleeper.pid()) });
    assert!(state(), "{}", line.detail);
    undone(&mut host, line.id);
    assert!(!state() && !sleeper.is_over());
}

/// A control group of the test's own.
struct Group(std::path::PathBuf);

impl Group {
    fn make() -> Option<Self> {
        let name = format!("peregrine-act-{}", std::process::id());
        ["/sys/fs/cgroup/freezer", "/sys/fs/cgroup"].into_iter().find_map(|mount| {
            let folder = std::path::Path::new(mount).join(&name);
            std::fs::create_dir(&folder).ok()?;
            let can = ["freezer.state", "cgroup.freeze"];
            if can.iter().any(|file| folder.join(file).exists()) {
                return Some(Self(folder));
            }
            let _ = std::fs::remove_dir(&folder);
            None
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let root = self.0.parent().unwrap().join("cgroup.procs");
        let own = std::fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
        own.lines().for_each(|pid| drop(std::fs::write(&root, pid)));
        let begin = Instant::now();
        while std::fs::remove_dir(&self.0).is_err() && begin.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
