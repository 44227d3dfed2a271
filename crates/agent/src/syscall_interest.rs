//! Which system calls the kernel is to tell: what rules look at, what the picture of the host is
//! kept from, and what people added or took away (`base_syscalls`).

use std::collections::{BTreeMap, BTreeSet};

use peregrine_config::BaseSyscalls;
use peregrine_engine::{Engine, Matching, Needs};
use peregrine_event::{SyscallSet, syscalls};
use peregrine_pushdown::explain;
use peregrine_rules::{Rule, RuleSet};

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
    "setpgid",
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

/// Calls that say which end of a connection asked; the kernel does not keep it.
const GIVE_ROLES: &[&str] = &["connect", "accept", "accept4", "bind", "listen"];

/// Calls that name files by their paths and leave nothing open: where those lead is walked afterwards.
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

/// Calls that make links through which such paths may lead, and which may be gone by then.
const MAKE_LINKS: &[&str] = &["symlink", "symlinkat"];

/// Further calls on sockets, beside those that move data.
const USE_SOCKETS: &[&str] =
    &["shutdown", "getsockopt", "setsockopt", "getsockname", "getpeername", "close", "splice"];

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The kernel is to tell these.
    pub calls: SyscallSet,
    /// Of these every event, whatever rules match.
    pub whole: SyscallSet,
    /// Rules look at these calls, and `base_syscalls` takes them away.
    pub missed: Vec<&'static str>,
}

fn named(names: &[&str]) -> SyscallSet {
    names.iter().filter_map(|name| syscalls::by_name(name)).map(|call| call.id).collect()
}

/// What the picture of the host is kept from where rules look at these calls.
fn state_for(rules: &SyscallSet) -> SyscallSet {
    let mut state = named(STATE);
    // The probe tells what close closed, by the path it walked; the name it was opened by is known
    // from its making.
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

/// What the kernel decides about events for one rule among all of `rules`, in words, and for which
/// event types.
pub fn pushed_down(rules: &RuleSet, rule: &Rule) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut rules = rules.clone();
    // A rule that is off is explained as if it were on.
    for one in rules.rules.iter_mut().filter(|one| one.name == rule.name) {
        one.enabled = true;
    }
    let needs = Engine::new(&rules, Matching::First).needs();
    explain(&rules, rule, &choose(&needs, &BaseSyscalls::default()).whole)
}

/// Chooses the calls the kernel is to tell.
pub fn choose(needs: &Needs, base: &BaseSyscalls) -> Chosen {
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
    let missed = rules.intersection(&base.never);
    Chosen {
        calls: rules.union(&state).intersection(&base.never.complement()),
        whole: state,
        missed: missed.iter().filter_map(syscalls::by_id).map(|call| call.name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is chosen for rules that look at `needed`.
    fn chosen(needed: &[&str], custom: &[&str], repair: bool) -> Chosen {
        let mut base = BaseSyscalls { repair, ..BaseSyscalls::default() };
        let custom: Vec<String> = custom.iter().map(|name| (*name).to_owned()).collect();
        peregrine_config::CustomSet(custom).put_in(&mut base);
        choose(&Needs { syscalls: named(needed), ..Needs::default() }, &base)
    }

    #[test]
    fn rules_and_the_picture_of_the_host_choose() {
        let state = named(STATE);
        assert_eq!(chosen(&[], &[], false).calls, state);
        assert_eq!(chosen(&["openat"], &[], false).calls, state.union(&named(&["openat"])));
        let read = chosen(&["read"], &[], false).calls;
        assert_eq!(read, state.union(&named(&["read"])).union(&named(GIVE_ROLES)));
        let close = chosen(&["close"], &[], false).calls;
        let makes = named(MAKE_DESCRIPTORS).union(&named(GIVE_ROLES));
        assert_eq!(close, state.union(&named(&["close"])).union(&makes));
        let removals = chosen(&["unlink"], &[], false).calls;
        let links = named(MAKE_LINKS);
        assert_eq!(removals, state.union(&named(&["unlink"])).union(&links));
        // The same without an effect: it is what is chosen anyway.
        assert_eq!(chosen(&["openat"], &[], true), chosen(&["openat"], &[], false));
    }

    #[test]
    fn people_add_and_take_away() {
        let state = named(STATE);
        let only = chosen(&["openat"], &["read", "kill"], false);
        assert_eq!(only.calls, named(&["openat", "read", "kill"]));
        let repaired = chosen(&["openat"], &["kill"], true);
        assert_eq!(repaired.calls, state.union(&named(&["openat", "kill"])));
        let without = chosen(&["openat", "setuid", "setuid32"], &["!setuid", "!clone"], false);
        let left = named(&["clone", "setuid", "setuid32"]).complement();
        assert_eq!(without.calls, state.union(&named(&["openat"])).intersection(&left));
        assert_eq!(without.missed, ["setuid", "setuid32"]);
        let both = chosen(&[], &["read", "!fork"], true);
        let left = named(&["fork"]).complement();
        assert_eq!(both.calls, state.union(&named(&["read"])).intersection(&left));
    }

    #[test]
    fn reads_of_rules_for_everything_come_on_demand() {
        let unnamed = named(&["read", "write", "signal_deliver"]);
        let needs = Needs { syscalls: named(&["openat"]), unnamed, ..Needs::default() };
        let all = |all| choose(&needs, &BaseSyscalls { all, ..BaseSyscalls::default() }).calls;
        assert!(all(false).intersection(&unnamed).is_empty());
        assert_eq!(all(true).intersection(&unnamed), named(&["read", "write"]));
    }
}
