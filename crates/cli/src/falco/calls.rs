//! Which system calls Falco selects, as its log says it: those of rules, those its state is built from, those
//! that `base_syscalls` adds and removes.
//!
//! Where this host is watched Peregrine selects ([`Generation::calls`](peregrine_agent::generation::Generation)),
//! and the log has that selection; a capture has what it has, and there the log has what Falco says.

use std::collections::BTreeSet;

use peregrine_config::{BaseSyscalls, Config};
use peregrine_event::{Category, EventType, Priority, SyscallSet, syscalls};

use super::lists::IGNORED;
use super::log::Log;

/// Calls that processes are followed by, whatever rules look at.
const PROCESSES: [&str; 18] = [
    "capset",
    "chdir",
    "chroot",
    "clone",
    "clone3",
    "execve",
    "execveat",
    "fchdir",
    "fork",
    "prctl",
    "setgid",
    "setpgid",
    "setresgid",
    "setresuid",
    "setsid",
    "setuid",
    "vfork",
    END,
];
/// The end of a process, which is always selected.
const END: &str = "procexit";

/// What a selection is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection<'s> {
    /// The calls enabled rules look at.
    pub(super) rules: SyscallSet,
    /// What Peregrine watches, where it does.
    pub(super) watched: Option<SyscallSet>,
    pub(super) config: &'s Config,
    /// Names of `base_syscalls.custom_set` that no event has, to be watched and not to be.
    pub(super) unknown: [&'s BTreeSet<String>; 2],
}

impl Selection<'_> {
    /// Writes to the log which calls are selected and why; then the calls of rules that are not selected.
    pub(super) fn say(&self, log: &Log) -> SyscallSet {
        let base = self.config.base_syscalls();
        let added = base.instead.unwrap_or_default();
        let say = |sign: &str, calls: &SyscallSet, what: &str| {
            if !calls.is_empty() {
                log.debug(&counted(sign, calls, what));
            }
        };
        let warn = |sign: &str, names: &BTreeSet<String>| {
            if !names.is_empty() {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let names = names.join(", ");
                let text = format!(
                    "Invalid ({sign}) syscall names: warning (base_syscalls override): {names}"
                );
                log.say(Priority::Warning, &text);
            }
        };
        say("", &self.rules, "syscalls in rules");
        say("+", &added, "syscalls added (base_syscalls override)");
        warn("positive", self.unknown[0]);
        say("-", &base.never, "syscalls removed (base_syscalls override)");
        warn("negative", self.unknown[1]);
        let (before, selected) = match self.watched {
            Some(watched) => (watched, watched),
            None => self.select(&base),
        };
        if added.is_empty() {
            let others = minus(&before, &self.rules);
            say("+", &others, "syscalls (Falco's state engine set of syscalls)");
        }
        if self.watched.is_none() {
            let ignored = before.intersection(&ignored());
            if !base.all {
                say("-", &ignored, "ignored syscalls (-> activate via `-A` flag)");
            }
            let repaired = minus(&selected, &before);
            if base.repair && self.has_custom_set() && !repaired.is_empty() {
                log.info(&counted("+", &repaired, "repaired syscalls"));
            }
        }
        let selected = selected.union(&syscalls::by_event_name(END));
        say("", &selected, "syscalls selected in total (final set)");
        minus(&self.rules, &selected)
    }

    fn has_custom_set(&self) -> bool {
        let names = &self.config.base_syscalls.custom_set.0;
        !names.is_empty() || self.unknown.iter().any(|names| !names.is_empty())
    }

    /// What Falco selects: before calls that move data are left out and the rest is repaired, and then.
    fn select(&self, base: &BaseSyscalls) -> (SyscallSet, SyscallSet) {
        let before = match base.instead {
            Some(added) => self.rules.union(&added),
            None if base.repair => repaired(&self.rules),
            None => self.rules.union(&syscalls::state()),
        };
        let before = minus(&before, &base.never);
        let mut selected = before;
        if !base.all {
            selected = minus(&selected, &ignored());
        }
        if base.repair && self.has_custom_set() {
            selected = repaired(&selected);
        }
        (before, selected)
    }
}

/// What stderr has of calls that rules look at and nobody selected.
pub(super) fn unselected(calls: &SyscallSet) -> String {
    format!(
        "Loaded rules match syscalls that are not activated (e.g. were removed via config settings such as no -A flag or negative base_syscalls elements) or unsupported with current configuration: warning (unsupported-evttype): {}\nIf syscalls in rules include high volume syscalls (-> activate via `-A` flag), else syscalls may have been removed via base_syscalls option or might be associated with syscalls undefined on your architecture (https://marcin.juszkiewicz.com.pl/download/tables/syscalls.html)\n",
        listed(&names(calls))
    )
}

/// Calls with those that their events cannot do without.
fn repaired(calls: &SyscallSet) -> SyscallSet {
    let has = |categories: &[Category]| {
        let mut rows =
            syscalls::all().iter().filter(|call| calls.contains(call.id) && !call.generic);
        rows.any(|call| {
            let info = call.event().and_then(EventType::info);
            info.is_some_and(|info| categories.iter().any(|category| info.is(*category)))
        })
    };
    let mut all = calls.union(&of_names(&PROCESSES));
    if has(&[Category::Net]) {
        all = all.union(&of_names(&["socket", "getsockopt", "close"]));
    }
    if !calls.intersection(&of_names(&["accept", "accept4", "listen"])).is_empty() {
        all = all.union(&of_names(&["bind"]));
    }
    if has(&[Category::File, Category::IoRead, Category::IoWrite, Category::IoOther]) {
        all = all.union(&of_names(&["close"]));
    }
    all
}

/// Calls whose events are so many that Falco leaves them out.
fn ignored() -> SyscallSet {
    of_names(&IGNORED)
}

/// The calls whose events have these names.
fn of_names(names: &[&str]) -> SyscallSet {
    let sets = names.iter().map(|name| syscalls::by_event_name(name));
    sets.fold(SyscallSet::new(), |all, one| all.union(&one))
}

/// The names of their events.
fn names(calls: &SyscallSet) -> BTreeSet<&'static str> {
    syscalls::all()
        .iter()
        .filter(|call| calls.contains(call.id))
        .map(syscalls::Syscall::event_name)
        .collect()
}

fn minus(calls: &SyscallSet, others: &SyscallSet) -> SyscallSet {
    calls.intersection(&others.complement())
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

/// `+(2) WHAT: a, b`.
fn counted(sign: &str, calls: &SyscallSet, what: &str) -> String {
    let names = names(calls);
    format!("{sign}({}) {what}: {}", names.len(), listed(&names))
}
