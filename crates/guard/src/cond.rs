//! Conditions over facts.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::compiled::PathKind;
use crate::layout::flag;

/// Something known about an act: a fixed bit, or whether a set holds something of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// Any of these bits of the word of flags.
    Flags(u64),
    /// The process: its control group is that of one of these containers.
    Container(BTreeSet<String>),
    Uid(BTreeSet<u32>),
    Loginuid(BTreeSet<u32>),
    Gid(BTreeSet<u32>),
    /// Names and programs.
    Process(Whose, BTreeSet<Name>),
    /// Ports, first and last.
    Port(BTreeSet<(u16, u16)>),
    /// Networks of the address.
    Net(BTreeSet<(IpAddr, u8)>),
    /// The object.
    Object(BTreeSet<Name>),
}

/// Whose name or program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    Own,
    Parent,
    Ancestor,
}

/// One member of a set of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A path.
    Path(PathKind, Vec<u8>),
    /// The last component of the object's name.
    Component(Vec<u8>),
    /// The name of a process.
    Comm(Vec<u8>),
}

impl Fact {
    /// Whether it is about the object's name.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Takes in another fact of the same kind: one that holds where either does.
    fn widen(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Flags(mine), Self::Flags(others)) => *mine |= others,
            (Self::Container(mine), Self::Container(others)) => mine.extend(others.iter().cloned()),
            (Self::Uid(mine), Self::Uid(others))
            | (Self::Loginuid(mine), Self::Loginuid(others))
            | (Self::Gid(mine), Self::Gid(others)) => mine.extend(others),
            (Self::Process(whose, mine), Self::Process(other, others)) if whose == other => {
                mine.extend(others.iter().cloned());
            }
            (Self::Port(mine), Self::Port(others)) => mine.extend(others),
            (Self::Net(mine), Self::Net(others)) => mine.extend(others),
            (Self::Object(mine), Self::Object(others)) => mine.extend(others.iter().cloned()),
            _ => return false,
        }
        true
    }

    /// Numbers before names: what is asked first.
    fn cost(&self) -> u8 {
        match self {
            Self::Flags(_) => 0,
            Self::Object(_) => 1,
            _ => 2,
        }
    }
}

/// A condition; only facts are negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cond {
    True,
    False,
    Fact(Fact, bool),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Cond {
    pub(crate) fn fact(fact: Fact) -> Self {
        Self::Fact(fact, false)
    }

    pub(crate) fn flags(bits: u64) -> Self {
        if bits == 0 { Self::False } else { Self::fact(Fact::Flags(bits)) }
    }

    pub(crate) fn constant(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Fact(fact, not) => Self::Fact(fact, !not),
            Self::And(parts) => Self::or(parts.into_iter().map(Self::not)),
            Self::Or(parts) => Self::and(parts.into_iter().map(Self::not)),
        }
    }

    pub(crate) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(more) => more.into_iter().for_each(|one| push(&mut all, one, true)),
                one => push(&mut all, one, true),
            }
        }
        single(all, Self::True, Self::And)
    }

    pub(crate) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(more) => more.into_iter().for_each(|one| push(&mut any, one, false)),
                one => push(&mut any, one, false),
            }
        }
        single(any, Self::False, Self::Or)
    }

    /// The same for an object without a name in any set.
    pub(crate) fn without_object(&self) -> Self {
        match self {
            Self::Fact(fact, not) if fact.is_object() => Self::constant(*not),
            Self::And(parts) => Self::and(parts.iter().map(Self::without_object)),
            Self::Or(parts) => Self::or(parts.iter().map(Self::without_object)),
            other => other.clone(),
        }
    }

    /// The same where it does not hold for any object: for one that is in no set.
    pub(crate) fn by_object(self) -> Self {
        let of_none = self.of_none();
        Self::and([self, of_none.not()])
    }

    /// For an object that is in no set and in no memory file.
    fn of_none(&self) -> Self {
        match self {
            Self::Fact(Fact::Flags(flag::MEMFD), not) => Self::constant(*not),
            Self::And(parts) => Self::and(parts.iter().map(Self::of_none)),
            Self::Or(parts) => Self::or(parts.iter().map(Self::of_none)),
            other => other.without_object(),
        }
    }

    /// Calls `visit` for every fact.
    pub(crate) fn facts<'c>(&'c self, visit: &mut impl FnMut(&'c Fact)) {
        match self {
            Self::True | Self::False => {}
            Self::Fact(fact, _) => visit(fact),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.facts(visit)),
        }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::Fact(fact, _) => fact.cost(),
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().map(Self::cost).max().unwrap_or(0).saturating_add(1)
            }
            Self::True | Self::False => 0,
        }
    }
}

/// Adds a part. Two sets of one kind are one set where either is enough: of an `or` what must hold, of an
/// `and` what must not.
fn push(parts: &mut Vec<Cond>, one: Cond, and: bool) {
    if let Cond::Fact(new, not) = &one
        && *not == and
    {
        for part in &mut *parts {
            if let Cond::Fact(old, old_not) = part
                && *old_not == and
                && old.widen(new)
            {
                return;
            }
        }
    }
    if !parts.contains(&one) {
        parts.push(one);
    }
}

fn single(mut parts: Vec<Cond>, none: Cond, many: impl FnOnce(Vec<Cond>) -> Cond) -> Cond {
    match parts.len() {
        0 => none,
        1 => parts.pop().unwrap_or(none),
        _ => {
            parts.sort_by_key(Cond::cost);
            many(parts)
        }
    }
}
