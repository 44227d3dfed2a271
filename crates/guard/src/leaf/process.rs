//! Comparisons of the process.

use std::collections::BTreeSet;

use peregrine_fields::{Arg, Field};
use peregrine_filter::{Constraint, Value};

use super::asked::{Asked, Leaf};
use super::object;
use super::object::PathSet;
use crate::calls::View;
use crate::cond::{Cond, Fact, Name, Whose};
use crate::layout::{Act, COMM, flag};

pub(super) fn leaf(asked: &Asked<'_>, field: &Field) -> Option<Leaf> {
    let starts = asked.calls.act == Act::Exec;
    let mapped = asked.calls.view == View::Mapped;
    Some(match (field.info.name, &field.arg) {
        ("proc.name", Arg::None) if mapped => object::filename(asked),
        ("proc.name", Arg::None) => comm(asked, Whose::Own),
        ("proc.pname", Arg::None) | ("proc.aname", Arg::Index(1)) => comm(asked, Whose::Parent),
        ("proc.aname", Arg::Index(0)) => comm(asked, Whose::Own),
        ("proc.aname", Arg::None) => comm(asked, Whose::Ancestor),
        ("proc.exepath" | "proc.program", Arg::None) if starts || mapped => object::path(asked),
        ("proc.exepath" | "proc.program", Arg::None) => exe(asked, Whose::Own),
        ("proc.pexepath" | "proc.pprogram", Arg::None) => exe(asked, Whose::Parent),
        ("proc.aexepath" | "proc.aprogram", Arg::None) => exe(asked, Whose::Ancestor),
        ("proc.aexepath" | "proc.aprogram", Arg::Index(1)) => exe(asked, Whose::Parent),
        ("proc.is_exe_from_memfd", Arg::None) if starts || mapped => {
            asked.truth(Cond::flags(flag::MEMFD))
        }
        ("proc.tty", Arg::None) => terminal(asked)?,
        ("user.uid", Arg::None) => numbers(asked, Fact::Uid)?,
        ("user.loginuid", Arg::None) => numbers(asked, Fact::Loginuid)?,
        ("group.gid", Arg::None) => numbers(asked, Fact::Gid)?,
        ("user.name", Arg::None) => account(asked, &|name| asked.accounts.uid(name), Fact::Uid)?,
        ("user.loginname", Arg::None) => {
            account(asked, &|name| asked.accounts.uid(name), Fact::Loginuid)?
        }
        ("group.name", Arg::None) => account(asked, &|name| asked.accounts.gid(name), Fact::Gid)?,
        ("container.id", Arg::None) => container(asked)?,
        _ => return None,
    })
}

/// One of some texts, or none of them.
fn texts<'p>(asked: &Asked<'p>) -> Option<(Vec<&'p [u8]>, bool)> {
    match asked.constraint()? {
        Constraint::Texts(texts) => Some((texts, false)),
        Constraint::NotText(text) => Some((vec![text], true)),
        _ => None,
    }
}

fn fact(not: bool, fact: Option<Fact>) -> Leaf {
    let cond = fact.map_or(Cond::False, Cond::fact);
    Leaf::Known(if not { cond.not() } else { cond })
}

/// The name of a process. Of ancestors, where any must pass, `!=` is no negation.
fn comm(asked: &Asked<'_>, whose: Whose) -> Leaf {
    let Some((texts, not)) = texts(asked).filter(|(_, not)| !not || whose != Whose::Ancestor)
    else {
        return Leaf::no("hooks know names of processes as a whole");
    };
    let names = texts.iter().filter(|name| !name.is_empty() && name.len() < COMM);
    let names: BTreeSet<Name> = names.map(|name| Name::Comm(name.to_vec())).collect();
    fact(not, (!names.is_empty()).then_some(Fact::Process(whose, names)))
}

fn exe(asked: &Asked<'_>, whose: Whose) -> Leaf {
    let no = || Leaf::no("hooks know programs by their whole path or folder");
    match object::paths(asked.constraint()) {
        // Of a program that runs the last component of its path is not kept.
        Ok(PathSet::Is(names) | PathSet::IsNot(names))
            if names.iter().any(|name| matches!(name, Name::Component(_))) =>
        {
            no()
        }
        Ok(PathSet::Is(names)) => {
            fact(false, (!names.is_empty()).then_some(Fact::Process(whose, names)))
        }
        Ok(PathSet::IsNot(names)) if whose != Whose::Ancestor => {
            fact(true, (!names.is_empty()).then_some(Fact::Process(whose, names)))
        }
        Ok(_) => no(),
        Err(why) => Leaf::Undecidable(why),
    }
}

/// Numbers one by one: a hook looks one up.
fn numbers(asked: &Asked<'_>, make: fn(BTreeSet<u32>) -> Fact) -> Option<Leaf> {
    /// How many a comparison with `<` or `<=` is written out to.
    const MOST: i128 = 4096;
    let one = |number: i128| if number == -1 { Some(u32::MAX) } else { u32::try_from(number).ok() };
    let (numbers, not) = match asked.constraint()? {
        Constraint::Numbers(numbers) => (numbers.into_iter().filter_map(one).collect(), false),
        Constraint::NotNumber(number) => (one(number).into_iter().collect(), true),
        Constraint::Below(to @ ..=MOST) => ((0..to).filter_map(one).collect(), false),
        Constraint::AtLeast(from @ ..=MOST) => ((0..from).filter_map(one).collect(), true),
        _ => {
            return Some(Leaf::no(
                "hooks look users and groups up one by one: at most 4096 of them",
            ));
        }
    };
    let numbers: BTreeSet<u32> = numbers;
    Some(fact(not, (!numbers.is_empty()).then(|| make(numbers))))
}

fn account(
    asked: &Asked<'_>,
    number: &dyn Fn(&str) -> Option<u32>,
    make: fn(BTreeSet<u32>) -> Fact,
) -> Option<Leaf> {
    let (texts, not) = texts(asked)?;
    let known = texts.iter().filter_map(|name| number(std::str::from_utf8(name).ok()?));
    let known: BTreeSet<u32> = known.collect();
    Some(fact(not, (!known.is_empty()).then(|| make(known))))
}

fn container(asked: &Asked<'_>) -> Option<Leaf> {
    if asked.asks_existence() {
        return Some(Leaf::constant(true));
    }
    let (texts, not) = texts(asked)?;
    let is_host = |text: &&&[u8]| **text == b"host";
    let host = texts.iter().any(|text| is_host(&text)).then(|| Cond::flags(flag::HOST));
    let ids = texts.iter().filter(|text| !is_host(text));
    let ids: BTreeSet<String> = ids
        .map(|id| String::from_utf8_lossy(id).into_owned())
        .filter(|id| !id.is_empty())
        .collect();
    let inside = (!ids.is_empty()).then(|| Cond::fact(Fact::Container(ids)));
    let cond = Cond::or(host.into_iter().chain(inside));
    Some(Leaf::Known(if not { cond.not() } else { cond }))
}

/// Whether there is a terminal; not which.
fn terminal(asked: &Asked<'_>) -> Option<Leaf> {
    let [none, one, other] = [0, 34816, 1025].map(|number| asked.holds(Value::Uint(number)));
    let tty = || Cond::flags(flag::TTY);
    (one == other).then(|| {
        Leaf::Known(match (none, one) {
            (true, true) => Cond::True,
            (false, true) => tty(),
            (true, false) => tty().not(),
            (false, false) => Cond::False,
        })
    })
}
