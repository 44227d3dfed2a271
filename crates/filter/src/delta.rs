//! Whether a condition became true because of comparisons of some fields.
//!
//! One event may be evaluated twice, the second time with other values for some fields. A condition
//! that is true only then counts where a comparison that requires a value of those fields became
//! true; it does not count where only an exclusion no longer holds.

use std::sync::Arc;

use crate::ast::Op;
use crate::deep::deep;
use crate::ops::Test;
use crate::scheme::Source;
use crate::typed::{Comparison, Node, Predicate};

/// A comparison together with the result that a condition needs of it.
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

/// A condition with its negations pushed down to the comparisons, evaluated for what became true.
#[derive(Debug)]
pub struct DeltaEval(Tree);

#[derive(Debug)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Leaf(u32),
}

/// The result of a comparison when an event is evaluated the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It does not give the wanted answer.
    No,
    /// It does, and says nothing new.
    Yes,
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
    pub fn answer(&self, answer: &mut impl FnMut(u32) -> Answer) -> Answer {
        self.0.answer(answer)
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

    fn answer(&self, answer: &mut impl FnMut(u32) -> Answer) -> Answer {
        deep(|| match self {
            Self::Leaf(number) => answer(*number),
            Self::All(parts) => {
                let mut all = Answer::Yes;
                for part in parts {
                    match part.answer(answer) {
                        Answer::No => return Answer::No,
                        Answer::BecameTrue => all = Answer::BecameTrue,
                        Answer::Yes => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut any = Answer::No;
                for part in parts {
                    match part.answer(answer) {
                        Answer::BecameTrue => return Answer::BecameTrue,
                        Answer::Yes => any = Answer::Yes,
                        Answer::No => {}
                    }
                }
                any
            }
        })
    }
}
