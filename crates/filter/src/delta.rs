//! Conditions evaluated a second time, with other values for some fields: what has become true.
//!
//! One event may be looked at twice, with other values for some fields. That a condition is true the
//! second time says little where only an exclusion no longer holds; it counts where a comparison
//! that asks for something of those fields has become true.

use std::sync::Arc;

use crate::ast::Op;
use crate::deep::deep;
use crate::ops::Test;
use crate::scheme::Source;
use crate::typed::{Comparison, Node, Predicate};

/// A comparison and the answer that helps to make a condition true.
#[derive(Debug, Clone)]
pub struct SignedPredicate<F> {
    /// The comparison.
    pub predicate: Arc<Predicate<F>>,
    /// The answer that helps to make the condition true.
    pub wanted: bool,
}

impl<F> SignedPredicate<F> {
    /// Whether one event gives the wanted answer.
    pub fn holds(&self, source: &impl Source<F>) -> bool {
        self.predicate.holds(source) == self.wanted
    }

    /// Whether it says what a value is, not only what it is not.
    fn is_positive(&self) -> bool {
        let unequal = matches!(
            self.predicate.right,
            Comparison::Test(Test::Ne(_)) | Comparison::Getter(Op::Ne, _)
        );
        unequal != self.wanted
    }

    /// Whether it asks for something of a field that `of` knows: a comparison that only excludes
    /// does not, nor one that asks whether there is a value.
    pub fn asks_for(&self, of: impl Fn(&F) -> bool) -> bool {
        let exists = matches!(self.predicate.right, Comparison::Test(Test::Exists));
        let mut of_it = false;
        self.predicate.fields(&mut |field| of_it |= of(field));
        of_it && !exists && self.is_positive()
    }

    /// The texts it can be equal to, of comparisons for equality with a field itself.
    pub fn equal_texts<'a>(&'a self, visit: &mut impl FnMut(&'a [u8])) {
        if self.is_positive() && matches!(self.predicate.left, crate::typed::Getter::Field(_)) {
            self.predicate.texts(visit);
        }
    }
}

/// A condition with its negations pushed down to the comparisons.
#[derive(Debug)]
pub struct DeltaEval(Tree);

#[derive(Debug)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Leaf(u32),
}

/// What is known of one comparison, while an event is looked at the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delta {
    /// It does not give the wanted answer.
    False,
    /// It does, and says nothing new.
    True,
    /// It does, did not the first time, and asks for something of the fields looked at.
    BecameTrue,
}

impl DeltaEval {
    /// Reads a condition. `number` gives each comparison a number, the same for the same.
    pub fn new<F>(root: &Node<F>, number: &mut impl FnMut(SignedPredicate<F>) -> u32) -> Self {
        Self(tree(root, true, number))
    }

    /// Calls `visit` for the number of every comparison.
    pub fn numbers(&self, visit: &mut impl FnMut(u32)) {
        self.0.numbers(visit);
    }

    /// What the condition comes to. `answer` is asked for no more comparisons than needed.
    pub fn evaluate(&self, answer: &mut impl FnMut(u32) -> Delta) -> Delta {
        self.0.evaluate(answer)
    }
}

fn tree<F>(
    node: &Node<F>,
    wanted: bool,
    number: &mut impl FnMut(SignedPredicate<F>) -> u32,
) -> Tree {
    deep(|| match node {
        Node::Not(inner) => tree(inner, !wanted, number),
        Node::And(parts) | Node::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| tree(part, wanted, number)).collect();
            if matches!(node, Node::And(_)) == wanted { Tree::All(parts) } else { Tree::Any(parts) }
        }
        Node::Predicate(predicate) => {
            Tree::Leaf(number(SignedPredicate { predicate: Arc::clone(predicate), wanted }))
        }
    })
}

impl Tree {
    fn numbers(&self, visit: &mut impl FnMut(u32)) {
        deep(|| match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.numbers(visit);
                }
            }
            Self::Leaf(number) => visit(*number),
        });
    }

    fn evaluate(&self, answer: &mut impl FnMut(u32) -> Delta) -> Delta {
        deep(|| match self {
            Self::Leaf(number) => answer(*number),
            Self::All(parts) => {
                let mut all = Delta::True;
                for part in parts {
                    match part.evaluate(answer) {
                        Delta::False => return Delta::False,
                        Delta::BecameTrue => all = Delta::BecameTrue,
                        Delta::True => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut any = Delta::False;
                for part in parts {
                    match part.evaluate(answer) {
                        Delta::BecameTrue => return Delta::BecameTrue,
                        Delta::True => any = Delta::True,
                        Delta::False => {}
                    }
                }
                any
            }
        })
    }
}
