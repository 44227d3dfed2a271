//! Tests of a call's process.

use peregrine_fields::{Arg, Field};
use peregrine_filter::Constraint;
use peregrine_kfilter::{Test, Whose};

use super::range::range;
use crate::cond::Cond;

/// The condition for a comparison about the process.
pub(crate) fn of_process(field: &Field, asked: &Constraint<'_>) -> Option<Cond> {
    match (field.info.name, &field.arg) {
        ("proc.name", Arg::None) => match asked {
            Constraint::NotText(_) => name(Whose::Own, asked).map(Cond::not),
            _ => name(Whose::Own, asked),
        },
        ("proc.pname", Arg::None) => name(Whose::Parent, asked).filter(|_| is_in(asked)),
        ("proc.aname", Arg::Index(1)) => name(Whose::Parent, asked).filter(|_| is_in(asked)),
        ("proc.aname", Arg::None) => name(Whose::Above, asked).filter(|_| is_in(asked)),
        ("user.uid", Arg::None) => uid(asked),
        ("container.id", Arg::None) => match asked {
            Constraint::Texts(texts) if texts.iter().all(|text| *text == b"host") => {
                Some(Cond::test(Test::Container).not())
            }
            Constraint::NotText(b"host") => Some(Cond::test(Test::Container)),
            _ => None,
        },
        _ => None,
    }
}

/// A comparison with one of several values: it is false where there is no value, negated or not.
fn is_in(asked: &Constraint<'_>) -> bool {
    matches!(asked, Constraint::Texts(_))
}

fn name(whose: Whose, asked: &Constraint<'_>) -> Option<Cond> {
    let mut names: Vec<Vec<u8>> = match asked {
        Constraint::Texts(texts) => texts.iter().map(|text| text.to_vec()).collect(),
        Constraint::NotText(text) => vec![text.to_vec()],
        _ => return None,
    };
    // The placeholder for an unknown name is no name of a process.
    if names.iter().any(|name| name.starts_with(b"<")) {
        return None;
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Some(Cond::False);
    }
    Some(Cond::test(Test::ProcessName(whose, names)))
}

fn uid(asked: &Constraint<'_>) -> Option<Cond> {
    let between = |from: i128, to: i128| {
        let (from, to) = (from.max(0), to.min(i128::from(u32::MAX)));
        match (u32::try_from(from), u32::try_from(to)) {
            (Ok(from), Ok(to)) if from <= to => Cond::test(Test::Uid { from, to }),
            _ => Cond::False,
        }
    };
    range(asked, between)
}
