//! What rules look at decides which calls the kernel tells.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_engine::{Engine, Matching, Needs};
use peregrine_event::{SyscallSet, syscalls};
use peregrine_rules::{Options, SourceText, load};

fn needs(condition: &str) -> Needs {
    let text =
        format!("- {{rule: r, desc: d, priority: INFO, condition: \"{condition}\", output: o}}\n");
    let loaded = load(&[SourceText { name: "r.yaml", text: &text }], &Options::default());
    assert!(!loaded.failed(), "{:?}", loaded.diagnostics);
    Engine::new(&loaded.rules, Matching::First).needs()
}

fn named(names: &[&str]) -> SyscallSet {
    names.iter().map(|name| syscalls::by_name(name).unwrap().id).collect()
}

#[test]
fn what_moves_data_is_told_to_whom_names_it() {
    let data = named(&["read", "write", "sendfile", "recv", "signal_deliver"]);
    let one = needs("evt.type = read and fd.name = /x");
    assert_eq!((one.syscalls, one.unnamed), (named(&["read"]), SyscallSet::new()));
    let signals = needs("evt.type = signaldeliver");
    assert_eq!(signals.syscalls, named(&["signal_deliver"]));
    for all in ["proc.name = x", "evt.type != open and proc.name = x"] {
        let all = needs(all);
        assert!(all.syscalls.intersection(&data).is_empty(), "{:?}", all.syscalls);
        assert_eq!(all.unnamed.intersection(&data), data);
        assert!(all.syscalls.contains(syscalls::by_name("sendto").unwrap().id));
    }
}

#[test]
fn calls_only_32_bit_programs_have_are_calls() {
    assert_eq!(needs("evt.type = stat64").syscalls, named(&["stat64"]));
    assert_eq!(needs("evt.type = umount").syscalls, named(&["umount"]));
    assert_eq!(needs("evt.type = setuid").syscalls, named(&["setuid", "setuid32"]));
}

#[test]
fn generic_calls_are_those_a_rule_can_match() {
    let all: SyscallSet =
        syscalls::all().iter().filter(|call| call.generic).map(|call| call.id).collect();
    let but = |names: &[&str]| named(names).complement().intersection(&all);
    for (condition, expected) in [
        ("evt.type = reboot", named(&["reboot"])),
        (
            "evt.type in (reboot, kexec_load, open) and proc.name = x",
            named(&["reboot", "kexec_load"]),
        ),
        ("evt.type in (reboot, kexec_load) and evt.type != reboot", SyscallSet::new()),
        ("evt.type = open", SyscallSet::new()),
        ("proc.name = insmod", all),
        // The second part holds for every call.
        ("evt.type = reboot or proc.name = insmod", all),
        (
            "evt.type = reboot or (evt.type = kexec_load and proc.name = insmod)",
            named(&["reboot", "kexec_load"]),
        ),
        (
            "evt.type = reboot or (not evt.type = kexec_load and proc.name = insmod)",
            but(&["kexec_load"]),
        ),
        ("not (evt.type = reboot or proc.name = x) or evt.type = kexec_load", but(&["reboot"])),
        ("evt.type = reboot or evt.type startswith k", all),
    ] {
        let asked = needs(condition).syscalls.intersection(&all);
        assert_eq!(asked, expected, "{condition}");
    }
}
