//! Comparisons of the call itself. An act is decided as if it succeeded.

use peregrine_fields::{Arg, Field};
use peregrine_filter::{Constraint, Value};

use super::asked::{Asked, Leaf};
use super::{object, socket};
use crate::calls::View;
use crate::cond::Cond;
use crate::layout::{Act, flag};

pub(super) fn leaf(asked: &Asked<'_>, field: &Field) -> Option<Leaf> {
    let opens = asked.calls.act == Act::Open;
    Some(match (field.info.name, &field.arg) {
        ("evt.type", Arg::None) => call(asked),
        ("evt.dir", Arg::None) => Leaf::constant(asked.holds_for("<")),
        ("evt.source", Arg::None) => Leaf::constant(asked.holds_for("syscall")),
        ("evt.res", Arg::None) => Leaf::constant(asked.holds_for("SUCCESS")),
        ("evt.failed" | "evt.is_async" | "evt.is_wait", Arg::None) => {
            Leaf::constant(asked.holds(Value::Bool(false)))
        }
        ("evt.rawres", Arg::None) => result(asked),
        ("evt.arg", arg) if matches!(arg.key(), Some("res")) => {
            let (text, number) = (asked.holds_for("SUCCESS"), asked.holds(Value::Int(0)));
            if matches!(asked.constraint(), Some(Constraint::Texts(_) | Constraint::NotText(_))) {
                Leaf::constant(text)
            } else {
                Leaf::constant(number)
            }
        }
        ("evt.rawarg", arg) if matches!(arg.key(), Some("res")) => result(asked),
        // Nothing is opened with O_PATH, and no hook is asked.
        ("evt.is_open_place", Arg::None) => asked.truth(Cond::False),
        ("evt.is_open_read", Arg::None) => match asked.calls.view {
            View::Own if opens => asked.truth(Cond::flags(flag::READ)),
            _ => asked.truth(Cond::False),
        },
        ("evt.is_open_write", Arg::None) => match asked.calls.view {
            View::Own if opens => asked.truth(Cond::flags(flag::WRITE)),
            View::Created | View::Truncated => asked.truth(Cond::True),
            _ => asked.truth(Cond::False),
        },
        ("evt.is_open_create", Arg::None) => match asked.calls.view {
            View::Own if opens => asked.truth(Cond::flags(flag::CREATE)),
            View::Created => asked.truth(Cond::True),
            _ => asked.truth(Cond::False),
        },
        ("evt.is_open_exec" | "evt.is_open_setuid", Arg::None) => {
            let bit =
                if field.info.name.ends_with("exec") { flag::EXEC_MODE } else { flag::SETUID_MODE };
            let made = Cond::and([Cond::flags(flag::CREATE), Cond::flags(bit)]);
            match asked.calls.view {
                View::Own if opens => asked.truth(made),
                View::Created => asked.truth(Cond::flags(bit)),
                _ => asked.truth(Cond::False),
            }
        }
        ("evt.arg", arg) => return argument(asked, arg.key()?),
        _ => return None,
    })
}

/// Which call it is: a condition that names one of the act's names all of them.
fn call(asked: &Asked<'_>) -> Leaf {
    let mut names = asked.calls.names.iter();
    Leaf::constant(match asked.constraint() {
        Some(Constraint::NotText(_)) => names.all(|name| asked.holds_for(name)),
        _ => names.any(|name| asked.holds_for(name)),
    })
}

/// The result of a call that succeeds: not below 0.
fn result(asked: &Asked<'_>) -> Leaf {
    let all = [0, 3, 4096, 1 << 30].map(|number| asked.holds(Value::Int(number)));
    if all.iter().all(|one| *one == all[0]) {
        return Leaf::constant(all[0]);
    }
    Leaf::no("before the act nobody knows its result, but that it succeeds")
}

fn argument(asked: &Asked<'_>, key: &str) -> Option<Leaf> {
    let contained = |known: &[(&str, Cond)]| match asked.constraint() {
        Some(Constraint::Contains(word)) => known
            .iter()
            .find(|(name, _)| name.as_bytes() == word)
            .map(|(_, cond)| Leaf::Known(cond.clone())),
        _ => None,
    };
    let (act, view) = (asked.calls.act, asked.calls.view);
    match (act, key) {
        (Act::Open, "flags") => contained(&[
            ("O_CREAT", Cond::flags(flag::CREATE)),
            ("O_TRUNC", Cond::flags(flag::TRUNCATE)),
            ("O_APPEND", Cond::flags(flag::APPEND)),
            ("O_EXCL", Cond::flags(flag::EXCLUSIVE)),
        ]),
        (Act::Create, "flags") if view == View::Created => contained(&[("O_CREAT", Cond::True)]),
        (Act::Attributes, "flags") if view == View::Truncated => contained(&[
            ("O_CREAT", Cond::False),
            ("O_TRUNC", Cond::True),
            ("O_APPEND", Cond::False),
        ]),
        (Act::Attributes, "mode") if asked.calls.flag == flag::BY_CHMOD => contained(&[
            ("S_ISUID", Cond::flags(flag::SETUID_MODE)),
            ("S_ISGID", Cond::flags(flag::SETGID_MODE)),
        ]),
        (Act::MapExec, "prot") if view == View::Own => contained(&[("PROT_EXEC", Cond::True)]),
        (Act::Trace, "request") => Some(Leaf::constant(
            ["PTRACE_ATTACH", "PTRACE_SEIZE"].iter().any(|one| asked.holds_for(one)),
        )),
        (Act::Socket, "domain" | "type") => socket::of_new(asked, key),
        _ => object::argument(asked, key),
    }
}
