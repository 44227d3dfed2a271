//! What a rule matches, the kernel's filter passes: over what processes are and do (exec, clone,
//! prctl, other users, other control groups, other parents) and over descriptors of every kind, with
//! the filter compiled for user space from the kernel's own headers. And what is dropped is missed by
//! nobody: rules see the same of later events whether the state had it or not.
//!
//! `PEREGRINE_EVENTS=1000000` looks at a million calls.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod host;
mod sockets;

use std::collections::BTreeMap;

use peregrine_event::{Event, EventType, SyscallSet, syscalls};
use peregrine_fields::EventContext;
use peregrine_filter::reference;
use peregrine_kfilter::host::{Call, Fd, Table, passes};
use peregrine_pushdown::pushdown;
use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::conditions::{self, Words, about_descriptors, about_processes};
use peregrine_testkit::events::Dice;
use peregrine_testkit::streams::Given::{Number, Text};

use host::{Host, NAMES};
use sockets::{ADDRESSES, Object, PORTS};

const CALLS: [&str; 5] = ["unlink", "read", "write", "sendto", "recvfrom"];
const FDS: i64 = 4;

const WORDS: Words<'_> = Words {
    names: &NAMES,
    users: &["0", "1000"],
    containers: &["host", "0123456789ab"],
    ports: &PORTS,
    addresses: &ADDRESSES,
    nets: &["10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.168.0.0/24"],
    ..Words::NONE
};

fn comparison(dice: &mut Dice) -> String {
    let others = [
        "evt.res = SUCCESS",
        "evt.failed = true",
        "fd.name exists",
        "proc.cmdline exists",
        "fd.connected = true",
    ];
    match dice.roll(20) {
        0 | 1 => dice.of(&others).to_owned(),
        2..11 => about_processes(dice, &WORDS),
        _ => about_descriptors(dice, &WORDS),
    }
}

fn rules(dice: &mut Dice) -> RuleSet {
    let kinds = [
        "evt.type in (unlink, read, write, sendto, recvfrom)",
        "evt.type = sendto",
        "evt.type in (unlink, read)",
    ];
    let text = conditions::rules(dice, 2, 3, &kinds, &comparison);
    let loaded = load(&[SourceText { name: "r", text: &text }], &Options::default());
    assert!(!loaded.failed(), "{text}\n{:?}", loaded.diagnostics);
    loaded.rules
}

fn row(call: u16) -> Option<u16> {
    syscalls::by_id(call)?.x86_64
}

/// Which rules hold.
fn hits(rules: &RuleSet, event: &Event<'_>, state: &State) -> Vec<usize> {
    let context = EventContext::new(event, state, &NoHostInfo);
    let holds = |rule: &peregrine_rules::Rule| reference::holds(&rule.condition.root, &context);
    (0..rules.rules.len()).filter(|number| holds(&rules.rules[*number])).collect()
}

#[test]
fn what_a_rule_matches_of_processes_and_sockets_passes() {
    let count: usize = std::env::var("PEREGRINE_EVENTS").map_or(32_000, |n| n.parse().unwrap());
    let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
    let every: SyscallSet = syscalls::all().iter().map(|call| call.id).collect();
    let (mut matched, mut dropped) = (0, BTreeMap::<&str, usize>::new());
    for round in 0..count / 80 {
        let rules = rules(&mut dice);
        let pushed = pushdown(&rules, &every, &SyscallSet::new());
        let table = Table::new(&pushed.encode(round as u64, row));
        let limits = Limits { threads: 64, fds: 64, all_fds: 4096, ..Limits::default() };
        let mut host = Host::new(State::new(limits), State::new(limits));
        let mut objects: BTreeMap<(i64, i64), Object> = BTreeMap::new();
        for num in 1..=80 {
            for _ in 0..dice.roll(4) {
                host.step(&mut dice);
            }
            host.ts += 1000;
            let task = host.somebody(&mut dice);
            let call = dice.of(&CALLS);
            let fd = 3 + i64::try_from(dice.roll(4)).unwrap() % FDS;
            // Closed and opened again, which nobody told.
            if dice.roll(6) == 0 {
                objects.remove(&(task.pid, fd));
            }
            let ino = 10 + num;
            let object = objects
                .entry((task.pid, fd))
                .or_insert_with(|| Object::some(&mut dice, ino))
                .clone();
            if dice.roll(8) == 0
                && let Some(record) = object.connect(&task, host.ts, fd)
            {
                host.apply(&record);
                host.ts += 1000;
            }
            let result = [-13, 0, 7][dice.roll(3)];
            let record = if call == "unlink" {
                let given = [("res", Number(result.min(0))), ("path", Text("/x"))];
                host.record(&task, EventType::SYSCALL_UNLINK_2_X, &given)
            } else {
                object.moves(&mut dice, &task, host.ts, call, fd, result)
            };
            let seen = Call {
                row: row(syscalls::by_name(call).unwrap().id).unwrap(),
                ret: if call == "unlink" { result.min(0) } else { result },
                flags: 0,
                mode: 0,
                kind: 0,
                asked: b"",
                walked: None,
                other_names: true,
                below: false,
                who: host.look(&table, &task),
                fd: if call == "unlink" { Fd::default() } else { object.look() },
            };
            let passed = passes(&table, &seen);
            let event = Event::parse(num, &record).unwrap();
            host.all.apply(&event, &NoHostInfo);
            let wanted = hits(&rules, &event, &host.all);
            let about = || {
                format!(
                    "round {round}, call {num}: {call} of {task:?} on {object:?}, result {result}; {:#?} {:#?}",
                    rules.rules.iter().map(|rule| &rule.condition_compiled).collect::<Vec<_>>(),
                    pushed.describe(call),
                )
            };
            matched += wanted.len();
            if passed {
                host.reported.apply(&event, &NoHostInfo);
                assert_eq!(
                    hits(&rules, &event, &host.reported),
                    wanted,
                    "another state: {}",
                    about()
                );
            } else {
                *dropped.entry(call).or_default() += 1;
                assert!(wanted.is_empty(), "{wanted:?} would be missed: {}, {seen:?}", about());
            }
        }
    }
    assert!(matched > count / 20, "{matched} matches show too little");
    let few = CALLS.iter().filter(|call| dropped.get(*call).is_none_or(|n| *n < count / 40));
    assert_eq!(few.count(), 0, "{dropped:?} show too little");
}
