//! The kernel's filter as text.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_event::{SyscallSet, name_tables, syscalls};
use peregrine_kfilter::{NameTest, Test, Whose, kinds};
use peregrine_rules::{Rule, RuleSet};

use crate::blockers::Blockers;
use crate::cond::Cond;
use crate::derive::{Precision, asked};
use crate::lower::{TRANSPORTS, decided};
use crate::relax::relax;

/// The conditions of the kernel's filter for one rule among `rules`, as text, each with its event types.
pub fn explain(
    rules: &RuleSet,
    rule: &Rule,
    whole: &SyscallSet,
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let blockers = Blockers::of(rules);
    let mut types: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for call in syscalls::all() {
        let Some(code) = call.exit.filter(|_| !call.tracepoint && !call.generic) else { continue };
        if !rule.condition.kinds.contains(code.0) {
            continue;
        }
        let reported = if whole.contains(call.id) {
            "every event is emitted: the state of the host is built from it".to_owned()
        } else if let Some(why) = blockers.against(code) {
            why.to_owned()
        } else {
            match (decided(rule, code, true), asked(rules, &blockers, code)) {
                (Cond::True, _) => {
                    "every event is emitted: the kernel can evaluate nothing".to_owned()
                }
                (_, Some((Precision::Relaxed, _))) => {
                    let short = words(&relax(decided(rule, code, false)));
                    format!(
                        "{short} (shortened: the conditions of all rules are too long for the kernel)"
                    )
                }
                (cond, _) => words(&cond),
            }
        };
        types.entry(reported).or_default().insert(code.name());
    }
    types
}

/// A condition as text.
fn words(cond: &Cond) -> String {
    let list = |parts: &[Cond], between: &str| {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Cond::And(_) | Cond::Or(_) => format!("({})", words(part)),
                one => words(one),
            })
            .collect();
        parts.join(between)
    };
    match cond {
        Cond::True => "always".to_owned(),
        Cond::False => "never".to_owned(),
        Cond::And(parts) => list(parts, " and "),
        Cond::Or(parts) => list(parts, " or "),
        Cond::Test(test, not) => {
            format!("{}{}", if *not { "not " } else { "" }, test_words(test))
        }
    }
}

fn test_words(test: &Test) -> String {
    match test {
        Test::ResultBelow(0) => "failed".to_owned(),
        Test::ResultBelow(number) => format!("result below {number}"),
        Test::ResultIs(number) => format!("result {number}"),
        Test::Flags(bits) => {
            let rows = peregrine_event::name_tables::FILE_FLAGS;
            let named: Vec<&str> = rows
                .iter()
                .filter(|row| row.value.count_ones() == 1 && row.value & i64::from(*bits) != 0)
                .map(|row| row.name)
                .collect();
            format!("flags {}", named.join("|"))
        }
        Test::Mode(bits) => format!("mode {bits:o}"),
        Test::Kind(bits) => {
            let named: Vec<&str> = [
                (kinds::FAILED, "nothing"),
                (kinds::FILE, "a file"),
                (kinds::DIRECTORY, "a directory"),
            ]
            .into_iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, name)| name)
            .collect();
            format!(
                "opened {}",
                if named.is_empty() { "something else".to_owned() } else { named.join(" or ") }
            )
        }
        Test::Dots => "the name as asked holds ..".to_owned(),
        Test::Name(tests) => {
            let shown = tests.iter().take(3).map(name_words).collect::<Vec<_>>().join(" or ");
            let more = tests.len().saturating_sub(3);
            if more > 0 { format!("({shown} or {more} more)") } else { format!("({shown})") }
        }
        other => fact_words(other).unwrap_or_default(),
    }
}

fn name_words(test: &NameTest) -> String {
    let (what, text) = match test {
        NameTest::Exact(text) => ("the name is", text),
        NameTest::Prefix(text) => ("the name begins with", text),
        NameTest::Directory(text) => ("the directory is", text),
        NameTest::Filename(text) => ("the file name is", text),
        NameTest::Suffix(text) => ("the name ends with", text),
        NameTest::Hidden(text) => ("the name may hold", text),
    };
    format!("{what} {}", String::from_utf8_lossy(text))
}

/// A test of the process or the descriptor as text.
fn fact_words(test: &Test) -> Option<String> {
    let of_bits = |bits: u32, name: &dyn Fn(u32) -> Option<&'static str>| {
        let mut named: Vec<&str> = Vec::new();
        for word in (0..32).filter(|bit| bits >> bit & 1 == 1).filter_map(name) {
            if !named.contains(&word) {
                named.push(word);
            }
        }
        named.join(" or ")
    };
    let between = |from: u32, to: u32, most: u32| match (from, to) {
        (from, to) if from == to => format!("{from}"),
        (0, to) => format!("at most {to}"),
        (from, to) if to == most => format!("at least {from}"),
        (from, to) => format!("{from} to {to}"),
    };
    let end = |either: bool| if either { "one end" } else { "that end" };
    Some(match test {
        Test::FdKind(bits) => {
            let word = |bit: u32| {
                let row =
                    name_tables::FD_KINDS.iter().find(|kind| u32::try_from(kind.id) == Ok(bit));
                row.map(|kind| kind.word.unwrap_or("something else"))
            };
            format!("the descriptor is {}", of_bits(*bits, &word))
        }
        Test::Transport(bits) => {
            let word = |bit: u32| {
                let row = TRANSPORTS.iter().find(|(_, own)| *own == 1 << bit);
                row.map(|(name, _)| if *name == "<NA>" { "none" } else { name })
            };
            format!("the transport is {}", of_bits(*bits, &word))
        }
        Test::Unmet => "it is an internet socket without another end".to_owned(),
        Test::Port { from, to, either } => {
            let ports = between((*from).into(), (*to).into(), u16::MAX.into());
            format!("the port of {} is {ports}", end(*either))
        }
        Test::Net { net, prefix, either } => {
            format!("the address of {} is in {net}/{prefix}", end(*either))
        }
        Test::ProcessName(whose, names) => {
            let whose = match whose {
                Whose::Own => "the process",
                Whose::Parent => "its parent",
                Whose::Above => "a process above it",
            };
            let shown: Vec<_> =
                names.iter().take(3).map(|name| String::from_utf8_lossy(name)).collect();
            let more = names.len().saturating_sub(3);
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            format!("{whose} is called {}{more}", shown.join(" or "))
        }
        Test::Uid { from, to } => format!("the user is {}", between(*from, *to, u32::MAX)),
        Test::Container => "it runs in a container".to_owned(),
        _ => return None,
    })
}
