//! Which of the calls without an event of their own a condition can be true for.
//!
//! One event code stands for all of them, so what a condition compares the name of the event's type
//! with decides.

use peregrine_event::{EventType, SyscallSet, syscalls};
use peregrine_fields::Field;
use peregrine_filter::{Constraint, Node, Predicate};

/// Every call without an event of its own.
pub(crate) fn all() -> SyscallSet {
    syscalls::all().iter().filter(|call| call.generic).map(|call| call.id).collect()
}

/// Those of `all` whose events a condition can be true for; with `negated`, false for.
pub(crate) fn of(node: &Node<Field>, negated: bool, all: &SyscallSet) -> SyscallSet {
    match node {
        Node::Not(inner) => of(inner, !negated, all),
        Node::And(parts) | Node::Or(parts) => {
            let parts = parts.iter().map(|part| of(part, negated, all));
            if matches!(node, Node::And(_)) == negated {
                parts.fold(SyscallSet::new(), |any, part| any.union(&part))
            } else {
                parts.fold(*all, |every, part| every.intersection(&part))
            }
        }
        Node::Predicate(predicate) => match named(predicate) {
            None => *all,
            Some(calls) if negated => calls.complement().intersection(all),
            Some(calls) => calls.intersection(all),
        },
    }
}

/// The calls a comparison of the event's type is true for; none where other things decide.
fn named(predicate: &Predicate<Field>) -> Option<SyscallSet> {
    let kinds = predicate.kinds.as_ref()?;
    if !kinds.contains(EventType::GENERIC_X.0) {
        return Some(SyscallSet::new());
    }
    let call = |text: &[u8]| syscalls::by_name(std::str::from_utf8(text).ok()?);
    match predicate.constraint()?.1 {
        Constraint::Texts(texts) => {
            Some(texts.into_iter().filter_map(call).map(|c| c.id).collect())
        }
        Constraint::NotText(text) => {
            let other: SyscallSet = call(text).map(|call| call.id).into_iter().collect();
            Some(other.complement())
        }
        _ => None,
    }
}
