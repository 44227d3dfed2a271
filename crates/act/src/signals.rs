//! Kill, stop, continue: one process, or all of a tree, session, container or user, however fast they fork.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use peregrine_respond::{Process, Signal as Ending, What};
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::error::ActError;
use crate::identity::Held;
use crate::members::Members;
use crate::process_table::{Entry, all};
use crate::protect::Protection;
use crate::taskstats::TaskStats;

/// How long the members of a group are looked for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the end of a process is waited for.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// A process that was stopped: with its start its number is nobody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Its number.
    pub pid: i32,
    /// When it started, ticks since boot.
    pub ticks: u64,
}

/// What was done to processes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Signalled {
    /// How many got the signal.
    pub processes: usize,
    /// Members that are never touched, with why.
    pub spared: Vec<(i32, &'static str)>,
    /// Those that were stopped and were not before.
    pub stopped: Vec<Stopped>,
}

/// The number of a signal.
pub(crate) fn number(signal: Ending) -> Signal {
    match signal {
        Ending::Kill => Signal::KILL,
        Ending::Term => Signal::TERM,
        Ending::Int => Signal::INT,
        Ending::Hup => Signal::HUP,
        Ending::Quit => Signal::QUIT,
        Ending::Abrt => Signal::ABORT,
        Ending::Usr1 => Signal::USR1,
        Ending::Usr2 => Signal::USR2,
    }
}

/// Sends a signal that ends processes.
pub(crate) fn kill(
    what: What,
    process: &Process,
    signal: Ending,
    stats: Option<&TaskStats>,
    protection: &Protection,
) -> Result<Signalled, ActError> {
    if what == What::Process {
        let root = Held::of(process, stats)?;
        protection.check(&root.entry)?;
        root.signal(number(signal))?;
        if signal == Ending::Kill && !root.wait(LAST_BREATH) {
            return Err(ActError::Left(1, 1));
        }
        return Ok(Signalled { processes: 1, ..Signalled::default() });
    }
    let mut group = Group::new(what, process, stats, protection)?;
    group.descend()?;
    group.send(signal)?;
    let begin = Instant::now();
    let mut rounds = 1;
    loop {
        if signal == Ending::Kill {
            group.wait(LAST_BREATH);
        }
        // Orphans, and whoever was forked before its parent was stopped.
        let known = group.members.len();
        group.stop()?;
        if group.members.len() == known || begin.elapsed() > PATIENCE {
            break;
        }
        rounds += 1;
        group.send(signal)?;
    }
    let left = if signal == Ending::Kill { group.left() } else { 0 };
    if left > 0 {
        return Err(ActError::Left(left, rounds));
    }
    Ok(Signalled { processes: group.members.len(), spared: group.spared, stopped: Vec::new() })
}

/// Stops processes.
pub(crate) fn stop(
    what: What,
    process: &Process,
    stats: Option<&TaskStats>,
    protection: &Protection,
) -> Result<Signalled, ActError> {
    let mut group = Group::new(what, process, stats, protection)?;
    group.descend()?;
    group.stop()?;
    Ok(Signalled { processes: group.members.len(), spared: group.spared, stopped: group.stopped })
}

/// Lets processes go on.
pub(crate) fn go_on(
    what: What,
    process: &Process,
    stats: Option<&TaskStats>,
) -> Result<Signalled, ActError> {
    let (mut members, _root) = members(what, process, stats)?;
    let found = members.among(&all());
    let stopped: Vec<Stopped> =
        found.iter().map(|entry| Stopped { pid: entry.pid, ticks: entry.ticks }).collect();
    Ok(Signalled { processes: wake(&stopped)?, ..Signalled::default() })
}

/// Lets processes go on that were stopped; how many are still there.
pub(crate) fn wake(stopped: &[Stopped]) -> Result<usize, ActError> {
    let mut woken = 0;
    for Stopped { pid, ticks } in stopped {
        match Held::same(*pid, *ticks) {
            Ok(held) => {
                held.signal(Signal::CONT)?;
                woken += 1;
            }
            Err(ActError::Gone(_) | ActError::AnotherProcess(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(woken)
}

/// Which processes are meant, and the one of the event. A container is known without that one.
fn members(
    what: What,
    process: &Process,
    stats: Option<&TaskStats>,
) -> Result<(Members, Option<Held>), ActError> {
    let container = process.container.as_deref();
    match (Held::of(process, stats), container) {
        (Ok(root), _) => Ok((Members::new(what, root.entry, container)?, Some(root))),
        (Err(ActError::Gone(_) | ActError::AnotherProcess(_)), Some(id))
            if what == What::Container =>
        {
            Ok((Members::of_container(id)?, None))
        }
        (Err(error), _) => Err(error),
    }
}

/// Processes that are stopped together.
struct Group<'p> {
    of: Members,
    protection: &'p Protection,
    /// Its processes that were stopped by now, with their starts.
    members: BTreeMap<i32, u64>,
    stopped: Vec<Stopped>,
    spared: Vec<(i32, &'static str)>,
    /// The number of the root stays its own.
    _root: Option<Held>,
}

impl<'p> Group<'p> {
    fn new(
        what: What,
        process: &Process,
        stats: Option<&TaskStats>,
        protection: &'p Protection,
    ) -> Result<Self, ActError> {
        let (of, root) = members(what, process, stats)?;
        if matches!(what, What::Process | What::Tree)
            && let Some(root) = &root
        {
            protection.check(&root.entry)?;
        }
        Ok(Self {
            of,
            protection,
            members: BTreeMap::new(),
            stopped: Vec::new(),
            spared: Vec::new(),
            _root: root,
        })
    }

    /// Stops a tree from its root down.
    fn descend(&mut self) -> Result<(), ActError> {
        let Self { of, protection, members, stopped, spared, .. } = self;
        let Members::Tree(tree) = of else { return Ok(()) };
        tree.descend(&mut |entry| stop_one(entry, protection, members, stopped, spared))
    }

    /// Sends the last signal to all that were stopped.
    fn send(&self, signal: Ending) -> Result<(), ActError> {
        for (pid, ticks) in &self.members {
            match Held::same(*pid, *ticks) {
                Ok(held) => {
                    held.signal(number(signal))?;
                    if signal != Ending::Kill {
                        held.signal(Signal::CONT)?;
                    }
                }
                Err(ActError::Gone(_) | ActError::AnotherProcess(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Stops all of them, again and again until nobody new is found: who is stopped forks no more.
    fn stop(&mut self) -> Result<(), ActError> {
        let begin = Instant::now();
        loop {
            let new: Vec<Entry> = self.unknown();
            if new.is_empty() || begin.elapsed() > PATIENCE {
                return Ok(());
            }
            let Self { protection, members, stopped, spared, .. } = self;
            for entry in new {
                stop_one(entry, protection, members, stopped, spared)?;
            }
        }
    }

    /// Those that were not stopped yet.
    fn unknown(&mut self) -> Vec<Entry> {
        let mut found = self.of.among(&all());
        found.retain(|entry| {
            self.members.get(&entry.pid) != Some(&entry.ticks)
                && !self.spared.iter().any(|(pid, _)| *pid == entry.pid)
        });
        found
    }

    /// How many of those that got the signal are still there.
    fn left(&self) -> usize {
        let is_there = |(pid, ticks): &(&i32, &u64)| {
            Entry::of(**pid).is_some_and(|entry| entry.ticks == **ticks && !entry.is_over())
        };
        self.members.iter().filter(is_there).count()
    }

    /// Waits until those that were stopped ended.
    fn wait(&self, most: Duration) {
        let end = Instant::now() + most;
        for (pid, ticks) in &self.members {
            if let Ok(held) = Held::same(*pid, *ticks) {
                held.wait(end.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// Stops one process, unless it is never touched; whether it is a member from now on.
fn stop_one(
    entry: Entry,
    protection: &Protection,
    members: &mut BTreeMap<i32, u64>,
    stopped: &mut Vec<Stopped>,
    spared: &mut Vec<(i32, &'static str)>,
) -> Result<bool, ActError> {
    if let Some(why) = protection.of(&entry) {
        if !spared.iter().any(|(pid, _)| *pid == entry.pid) {
            spared.push((entry.pid, why));
        }
        return Ok(false);
    }
    match Held::same(entry.pid, entry.ticks) {
        Ok(held) => {
            if !held.entry.is_stopped() {
                held.signal(Signal::STOP)?;
                stopped.push(Stopped { pid: entry.pid, ticks: entry.ticks });
            }
            members.insert(entry.pid, entry.ticks);
            Ok(true)
        }
        Err(ActError::Gone(_) | ActError::AnotherProcess(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
