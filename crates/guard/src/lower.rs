//! The condition of a policy at the hook of some calls.
//!
//! A condition is walked with its negations pushed down to the comparisons. What cannot be decided is taken
//! as false, negated or not: what is left matches no act that the condition does not match.

use peregrine_fields::Field;
use peregrine_filter::Node;
use peregrine_rules::Rule;

use crate::calls::Calls;
use crate::cond::Cond;
use crate::leaf::{Accounts, Asked, Leaf, leaf};
use crate::policy::Policy;

/// A comparison no hook can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undecided {
    /// Which of the policy's conditions it is in.
    pub(crate) piece: Piece,
    /// Which comparison of that, in the order of the text.
    pub(crate) number: usize,
    /// The comparison.
    pub(crate) text: String,
    /// Why; none: it asks for two names of one call at once.
    pub(crate) why: Option<String>,
}

/// One of the conditions of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Condition(usize),
    Scope,
    Except(usize),
}

impl Piece {
    /// It, among those of a policy.
    pub(crate) fn of(self, policy: &Policy) -> Option<&Rule> {
        match self {
            Self::Condition(number) => policy.conditions.get(number),
            Self::Scope => policy.scope.as_ref(),
            Self::Except(number) => policy.except.get(number),
        }
    }
}

/// A condition at a hook.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    /// What is decided there.
    pub(crate) cond: Cond,
    /// What is taken as false because no hook can tell.
    pub(crate) undecided: Vec<Undecided>,
    /// Whether something of it is about the act's own name, and about the call's other one.
    own_name: bool,
    other_name: bool,
}

impl Lowered {
    fn known(cond: Cond) -> Self {
        let mut own_name = false;
        cond.facts(&mut |fact| own_name |= fact.is_object());
        Self { cond, undecided: Vec::new(), own_name, other_name: false }
    }

    fn is(&self, cond: &Cond) -> bool {
        self.undecided.is_empty() && self.cond == *cond
    }
}

/// Walks one condition.
struct Walk<'p> {
    calls: &'p Calls,
    accounts: &'p dyn Accounts,
    piece: Piece,
    /// Comparisons so far.
    number: usize,
}

/// One of a policy's conditions, within its scope, without its exceptions, at the hook of some calls, which is not
/// asked whether it is theirs.
pub(crate) fn lower(
    policy: &Policy,
    condition: usize,
    calls: &Calls,
    accounts: &dyn Accounts,
) -> Lowered {
    let one = |piece: Piece, not: bool| {
        let rule = piece.of(policy)?;
        let mut walk = Walk { calls, accounts, piece, number: 0 };
        Some(walk.node(&rule.condition.root, not))
    };
    let except = (0..policy.except.len()).filter_map(|number| one(Piece::Except(number), true));
    let parts = one(Piece::Condition(condition), false)
        .into_iter()
        .chain(one(Piece::Scope, false))
        .chain(except);
    every(parts.collect(), Piece::Condition(condition))
}

impl Walk<'_> {
    fn node(&mut self, node: &Node<Field>, not: bool) -> Lowered {
        match node {
            Node::Not(inner) => self.node(inner, !not),
            Node::And(parts) | Node::Or(parts) => {
                let parts: Vec<Lowered> = parts.iter().map(|part| self.node(part, not)).collect();
                if matches!(node, Node::And(_)) == not {
                    any(parts)
                } else {
                    every(parts, self.piece)
                }
            }
            Node::Predicate(predicate) => {
                let number = self.number;
                self.number += 1;
                let asked = Asked { predicate, calls: self.calls, accounts: self.accounts };
                match leaf(&asked) {
                    Leaf::Known(cond) if not => Lowered::known(cond.not()),
                    Leaf::Known(cond) => Lowered::known(cond),
                    Leaf::Elsewhere => Lowered { other_name: true, ..Lowered::known(Cond::False) },
                    Leaf::Undecidable(why) => {
                        let text = predicate.text.clone();
                        let one = Undecided { piece: self.piece, number, text, why: Some(why) };
                        Lowered { undecided: vec![one], ..Lowered::known(Cond::False) }
                    }
                }
            }
        }
    }
}

/// Where all must hold. What is known to be false decides, whatever else cannot be.
fn every(parts: Vec<Lowered>, piece: Piece) -> Lowered {
    let is_false = |one: &Lowered| one.is(&Cond::False) && !one.other_name;
    if parts.iter().any(is_false) {
        return Lowered::known(Cond::False);
    }
    // Two hooks see two names of one call: together only what is about one of them can be decided.
    let both = parts.iter().enumerate().any(|(number, one)| {
        let others = parts.iter().enumerate().filter(|(other, _)| *other != number);
        one.own_name && others.into_iter().any(|(_, other)| other.other_name)
    });
    let mut all = gather(&parts);
    all.cond = Cond::and(parts.into_iter().map(|one| one.cond));
    if both {
        let one = Undecided { piece, number: 0, text: String::new(), why: None };
        all.undecided.push(one);
    }
    all
}

/// Where one must hold. What is known to be true decides.
fn any(parts: Vec<Lowered>) -> Lowered {
    if parts.iter().any(|one| one.is(&Cond::True)) {
        return Lowered::known(Cond::True);
    }
    let mut all = gather(&parts);
    all.cond = Cond::or(parts.into_iter().map(|one| one.cond));
    all
}

fn gather(parts: &[Lowered]) -> Lowered {
    Lowered {
        cond: Cond::False,
        undecided: parts.iter().flat_map(|one| one.undecided.iter().cloned()).collect(),
        own_name: parts.iter().any(|one| one.own_name),
        other_name: parts.iter().any(|one| one.other_name),
    }
}
