//! Conditions over tests of the kernel.

use peregrine_kfilter::Test;

/// A condition over tests of the kernel; only tests are negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cond {
    True,
    False,
    Test(Test, bool),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Cond {
    pub(crate) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(more) => more.into_iter().for_each(|one| push(&mut all, one)),
                one => push(&mut all, one),
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
                Self::Or(more) => more.into_iter().for_each(|one| push(&mut any, one)),
                one => push(&mut any, one),
            }
        }
        single(any, Self::False, Self::Or)
    }

    pub(crate) fn test(test: Test) -> Self {
        Self::Test(test, false)
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Test(test, not) => Self::Test(test, !not),
            Self::And(parts) => Self::or(parts.into_iter().map(Self::not)),
            Self::Or(parts) => Self::and(parts.into_iter().map(Self::not)),
        }
    }

    /// Whether one of its tests satisfies `is`.
    pub(crate) fn asks(&self, such: &dyn Fn(&Test) -> bool) -> bool {
        match self {
            Self::True | Self::False => false,
            Self::Test(test, _) => such(test),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.asks(such)),
        }
    }

    /// Whether it can only hold for some names of files.
    pub(crate) fn is_about_names(&self) -> bool {
        match self {
            Self::Test(test, not) => matches!(test, Test::Name(_) | Test::Dots) && !not,
            Self::And(parts) => parts.iter().any(Self::is_about_names),
            Self::Or(parts) => parts.iter().all(Self::is_about_names),
            Self::True | Self::False => false,
        }
    }

    /// Cheap tests first: numbers before names.
    fn cost(&self) -> usize {
        match self {
            Self::Test(Test::Name(_) | Test::Dots, _) => 2,
            Self::Test(
                Test::ProcessName(..) | Test::Net { .. } | Test::Uid { .. } | Test::Container,
                _,
            ) => 1,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).sum::<usize>() + 1,
            _ => 0,
        }
    }
}

fn push(all: &mut Vec<Cond>, one: Cond) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn single(mut all: Vec<Cond>, none: Cond, many: impl FnOnce(Vec<Cond>) -> Cond) -> Cond {
    match all.len() {
        0 => none,
        1 => all.pop().unwrap_or(none),
        _ => {
            all.sort_by_key(Cond::cost);
            many(all)
        }
    }
}
