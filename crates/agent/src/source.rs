//! Where events come from.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_engine::pushdown::explain;
use peregrine_engine::{Engine, Matching};
use peregrine_event::pushdown::Pushdown;
use peregrine_event::{SyscallSet, syscalls};
use peregrine_probe::{Attach, Losses, Options, Probe, ProbeError};
use peregrine_rules::{Rule, RuleSet};

/// A stream of records in order of time. Live, captures and plugins are this one thing; from here
/// on there is one code for all of them.
pub trait Source {
    /// Hands out the records there are now, and says how many. 0: nothing now, perhaps later.
    fn next(&mut self, take: &mut dyn FnMut(&[u8])) -> usize;

    /// Ends the stream and hands out what is left of it.
    fn finish(&mut self, take: &mut dyn FnMut(&[u8])) -> usize;

    /// What could not be delivered so far.
    fn losses(&self) -> Losses;
}

/// Calls the picture of threads needs, whatever rules look at.
const STATE: &[&str] = &[
    "clone",
    "clone3",
    "fork",
    "vfork",
    "execve",
    "execveat",
    "chdir",
    "fchdir",
    "setuid",
    "setreuid",
    "setresuid",
    "setgid",
    "setregid",
    "setresgid",
    "setsid",
];

/// Calls that make descriptors: needed by rules about calls that only name one.
const MAKE_DESCRIPTORS: &[&str] = &[
    "open",
    "openat",
    "openat2",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "memfd_create",
    "connect",
    "accept",
    "accept4",
];

/// What the kernel is to tell for rules that look at `needed`.
pub(crate) fn wanted(needed: &SyscallSet) -> SyscallSet {
    needed.union(&always(needed))
}

/// Of those the ones whose every event is needed.
pub(crate) fn always(needed: &SyscallSet) -> SyscallSet {
    let named = |names: &[&str]| -> SyscallSet {
        names.iter().filter_map(|name| syscalls::by_name(name)).map(|call| call.id).collect()
    };
    let mut always = named(STATE);
    // At the return of close the descriptor is gone: what it was is known from its making.
    if syscalls::by_name("close").is_some_and(|close| needed.contains(close.id)) {
        always = always.union(&named(MAKE_DESCRIPTORS));
    }
    always
}

/// What the kernel decides about events for one rule among all of `rules`, in words, and for which
/// event types.
pub fn pushed_down(rules: &RuleSet, rule: &Rule) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut rules = rules.clone();
    // A rule that is off is explained as if it were on.
    for one in rules.rules.iter_mut().filter(|one| one.name == rule.name) {
        one.enabled = true;
    }
    let needed = Engine::new(&rules, Matching::First).needs().syscalls;
    explain(&rules, rule, &always(&needed))
}

/// This host's kernel.
#[derive(Debug)]
pub struct LiveSource {
    probe: Probe,
}

impl LiveSource {
    /// Loads the programs and starts them: from here on nothing that is wanted is missed, but for
    /// what the kernel is to drop.
    ///
    /// # Errors
    /// When the kernel side cannot be set up.
    pub fn start(
        ring_bytes: u32,
        needed: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<Self, ProbeError> {
        let mut probe = Probe::load(&Options { ring_bytes })?;
        probe.set_filtered(&wanted(needed), pushdown)?;
        probe.attach(Attach::Watch)?;
        Ok(Self { probe })
    }
}

impl LiveSource {
    /// What the kernel dropped on purpose, by the name of the call.
    pub fn filtered(&self) -> Vec<(&'static str, u64)> {
        self.probe.filtered().unwrap_or_default()
    }
}

impl Source for LiveSource {
    fn next(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.probe.drain(take)
    }

    fn finish(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.probe.detach();
        self.probe.drain_all(take)
    }

    fn losses(&self) -> Losses {
        self.probe.losses().unwrap_or_default()
    }
}
