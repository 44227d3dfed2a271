//! One comparison, and what it is asked for.

use peregrine_fields::Field;
use peregrine_filter::{Constraint, Predicate, Source, Value};

use crate::calls::Calls;
use crate::cond::Cond;

/// Names of accounts of the host.
pub trait Accounts {
    /// The number of a user.
    fn uid(&self, name: &str) -> Option<u32>;
    /// The number of a group.
    fn gid(&self, name: &str) -> Option<u32>;
}

/// What a comparison is at a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// Exactly this.
    Known(Cond),
    /// It is about the other name of the call, which another hook sees.
    Elsewhere,
    /// No hook knows it; why.
    Undecidable(String),
}

impl Leaf {
    pub(super) fn constant(truth: bool) -> Self {
        Self::Known(Cond::constant(truth))
    }

    pub(super) fn no(why: impl Into<String>) -> Self {
        Self::Undecidable(why.into())
    }
}

/// One comparison at the hook of some calls.
pub(crate) struct Asked<'p> {
    pub(crate) predicate: &'p Predicate<Field>,
    pub(crate) calls: &'p Calls,
    pub(crate) accounts: &'p dyn Accounts,
}

/// Where every field has the one value.
struct One<'v>(Value<'v>);

impl Source<Field> for One<'_> {
    fn value(&self, _: &Field) -> Option<Value<'_>> {
        Some(self.0.clone())
    }
}

impl<'p> Asked<'p> {
    /// Whether the comparison holds where the field has this value.
    pub(super) fn holds(&self, value: Value<'_>) -> bool {
        self.predicate.holds(&One(value))
    }

    /// The same of a text.
    pub(super) fn holds_for(&self, text: &str) -> bool {
        self.holds(Value::str(text.as_bytes()))
    }

    /// What it asks of its field, where that is simple.
    pub(super) fn constraint(&self) -> Option<Constraint<'p>> {
        self.predicate.constraint().map(|(_, constraint)| constraint)
    }

    /// Whether it asks for a value, whichever.
    pub(super) fn asks_existence(&self) -> bool {
        self.constraint().is_none() && self.predicate.text.ends_with(" exists")
    }

    /// A field that is true where the condition holds.
    pub(super) fn truth(&self, cond: Cond) -> Leaf {
        match (self.holds(Value::Bool(true)), self.holds(Value::Bool(false))) {
            (true, true) => Leaf::constant(true),
            (true, false) => Leaf::Known(cond),
            (false, true) => Leaf::Known(cond.not()),
            (false, false) => Leaf::constant(false),
        }
    }

    /// A field that has one of some texts, each where its condition holds; another text, which no rule
    /// names, where none does.
    pub(super) fn words(&self, known: &[(&str, Cond)]) -> Option<Leaf> {
        const OTHER: &str = "\u{1}";
        let named = match self.constraint()? {
            Constraint::Texts(texts) => texts,
            Constraint::NotText(text) => vec![text],
            _ => return None,
        };
        if !named.iter().all(|text| known.iter().any(|(word, _)| word.as_bytes() == *text)) {
            return None;
        }
        let holding = known.iter().filter(|(word, _)| self.holds_for(word));
        let mut parts: Vec<Cond> = holding.map(|(_, cond)| cond.clone()).collect();
        if self.holds_for(OTHER) {
            parts.push(Cond::or(known.iter().map(|(_, cond)| cond.clone())).not());
        }
        Some(Leaf::Known(Cond::or(parts)))
    }
}
