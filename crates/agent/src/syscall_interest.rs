//! The system calls of interest: those that rules reference, those that the state of the host is built
//! from, and those that `base_syscalls` adds or excludes.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_config::BaseSyscalls;
use peregrine_engine::{Engine, Matching, Needs};
use peregrine_event::syscalls::Syscall;
use peregrine_event::{SyscallSet, syscalls};
use peregrine_pushdown::explain;
use peregrine_rules::{Rule, RuleSet};

/// Calls that the state of threads is built from, whatever rules reference.
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
    "setpgid",
];

/// Calls that create descriptors. Rules about calls that only name a descriptor need them.
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

/// Calls from which the state learns which end of a connection is the client; the kernel does not store it.
const GIVE_ROLES: &[&str] = &["connect", "accept", "accept4", "bind", "listen"];

/// Calls that name files by path and leave no descriptor: user space resolves their paths afterwards.
const NAME_PATHS: &[&str] = &[
    "unlink",
    "unlinkat",
    "rmdir",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "chmod",
    "fchmodat",
    "chown",
    "lchown",
    "fchownat",
    "mount",
    "umount",
    "umount2",
];

/// Calls that create symbolic links, which may lie on such paths and may be removed before those are resolved.
const MAKE_LINKS: &[&str] = &["symlink", "symlinkat"];

/// Further calls on sockets, beside those that move data.
const USE_SOCKETS: &[&str] =
    &["shutdown", "getsockopt", "setsockopt", "getsockname", "getpeername", "close", "splice"];

/// The calls of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyscallInterest {
    /// The kernel emits events of these calls.
    pub calls: SyscallSet,
    /// The kernel emits every event of these calls: its filter does not apply to them.
    pub unfiltered: SyscallSet,
    /// Calls that rules reference and `base_syscalls` excludes.
    pub excluded: Vec<&'static str>,
}

fn named(names: &[&str]) -> SyscallSet {
    names.iter().filter_map(|name| syscalls::by_name(name)).map(|call| call.id).collect()
}

/// The calls that the state is built from, where rules reference the calls `rules`.
fn state_for(rules: &SyscallSet) -> SyscallSet {
    let mut state = named(STATE);
    // The probe reports what close closed by the path it walked; the name it was opened by is known
    // only from the call that created it.
    if !rules.intersection(&named(&["close"])).is_empty() {
        state = state.union(&named(MAKE_DESCRIPTORS));
    }
    if !rules.intersection(&named(NAME_PATHS)).is_empty() {
        state = state.union(&named(MAKE_LINKS));
    }
    if !rules.intersection(&syscalls::io().union(&named(USE_SOCKETS))).is_empty() {
        state = state.union(&named(GIVE_ROLES));
    }
    state
}

/// The conditions that the kernel's filter evaluates for one rule among `rules`, as text, each with the
/// event types it applies to.
pub fn pushed_down(rules: &RuleSet, rule: &Rule) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut rules = rules.clone();
    // A disabled rule is explained as if it were enabled.
    for one in rules.rules.iter_mut().filter(|one| one.name == rule.name) {
        one.enabled = true;
    }
    let needs = Engine::new(&rules, Matching::First).needs();
    explain(&rules, rule, &SyscallInterest::new(&needs, &BaseSyscalls::default()).unfiltered)
}

/// The calls that have an event type of their own.
pub(crate) fn decoded() -> SyscallSet {
    let decoded = |call: &&Syscall| !call.tracepoint && !call.generic && call.event().is_some();
    syscalls::all().iter().filter(decoded).map(|call| call.id).collect()
}

impl SyscallInterest {
    /// Adds calls, except those that `base_syscalls` excludes.
    pub(crate) fn add(&mut self, calls: &SyscallSet, base: &BaseSyscalls) {
        self.calls = self.calls.union(&calls.intersection(&base.never.complement()));
    }

    /// The calls of interest for what the rules need, with the additions and exclusions of
    /// `base_syscalls`.
    pub fn new(needs: &Needs, base: &BaseSyscalls) -> Self {
        let mut rules = needs.syscalls;
        if base.all {
            rules = rules.union(&needs.unnamed.intersection(&syscalls::io()));
        }
        let state = match base.instead {
            None => state_for(&rules),
            Some(instead) if base.repair => instead.union(&state_for(&rules)),
            Some(instead) => instead,
        };
        let state = if base.names { state.union(&named(&["prctl"])) } else { state };
        let excluded = rules.intersection(&base.never);
        Self {
            calls: rules.union(&state).intersection(&base.never.complement()),
            unfiltered: state,
            excluded: excluded.iter().filter_map(syscalls::by_id).map(|call| call.name).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls of interest where rules need `needed`.
    fn interest(needed: &[&str], custom: &[&str], repair: bool) -> SyscallInterest {
        let mut base = BaseSyscalls { repair, ..BaseSyscalls::default() };
        let custom: Vec<String> = custom.iter().map(|name| (*name).to_owned()).collect();
        peregrine_config::CustomSet(custom).put_in(&mut base);
        SyscallInterest::new(&Needs { syscalls: named(needed), ..Needs::default() }, &base)
    }

    #[test]
    fn rules_and_the_state_select_calls() {
        let state = named(STATE);
        assert_eq!(interest(&[], &[], false).calls, state);
        assert_eq!(interest(&["openat"], &[], false).calls, state.union(&named(&["openat"])));
        let read = interest(&["read"], &[], false).calls;
        assert_eq!(read, state.union(&named(&["read"])).union(&named(GIVE_ROLES)));
        let close = interest(&["close"], &[], false).calls;
        let makes = named(MAKE_DESCRIPTORS).union(&named(GIVE_ROLES));
        assert_eq!(close, state.union(&named(&["close"])).union(&makes));
        let removals = interest(&["unlink"], &[], false).calls;
        let links = named(MAKE_LINKS);
        assert_eq!(removals, state.union(&named(&["unlink"])).union(&links));
        // `repair` without a custom set changes nothing.
        assert_eq!(interest(&["openat"], &[], true), interest(&["openat"], &[], false));
    }

    #[test]
    fn base_syscalls_add_and_exclude() {
        let state = named(STATE);
        let only = interest(&["openat"], &["read", "kill"], false);
        assert_eq!(only.calls, named(&["openat", "read", "kill"]));
        let repaired = interest(&["openat"], &["kill"], true);
        assert_eq!(repaired.calls, state.union(&named(&["openat", "kill"])));
        let without = interest(&["openat", "setuid", "setuid32"], &["!setuid", "!clone"], false);
        let left = named(&["clone", "setuid", "setuid32"]).complement();
        assert_eq!(without.calls, state.union(&named(&["openat"])).intersection(&left));
        assert_eq!(without.excluded, ["setuid", "setuid32"]);
        let both = interest(&[], &["read", "!fork"], true);
        let left = named(&["fork"]).complement();
        assert_eq!(both.calls, state.union(&named(&["read"])).intersection(&left));
    }

    #[test]
    fn calls_that_move_data_are_added_by_all_only() {
        let unnamed = named(&["read", "write", "signal_deliver"]);
        let needs = Needs { syscalls: named(&["openat"]), unnamed, ..Needs::default() };
        let all = |all| {
            SyscallInterest::new(&needs, &BaseSyscalls { all, ..BaseSyscalls::default() }).calls
        };
        assert!(all(false).intersection(&unnamed).is_empty());
        assert_eq!(all(true).intersection(&unnamed), named(&["read", "write"]));
    }
}
