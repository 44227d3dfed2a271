//! A condition evaluated for one event part by part: what each part comes to, which of them decide, and
//! which are not asked because the answer is known before them.
//!
//! The order is that of the text. A [`Plan`](crate::Plan) asks exclusions last and shares comparisons
//! between rules; what a condition comes to is the same.

use crate::scheme::Source;
use crate::typed::{Node, Predicate};

/// What a part of a condition is.
#[derive(Debug)]
pub enum TracedPart<'n, F> {
    /// `and`: the parts below it must all be true.
    All,
    /// `or`: one of the parts below it must be true.
    Any,
    /// `not`: the part below it must be false.
    Not,
    /// A comparison.
    Check(&'n Predicate<F>),
}

/// A part of a condition, evaluated.
#[derive(Debug)]
pub struct Traced<'n, F> {
    /// How many parts it is inside.
    pub depth: usize,
    /// What it is.
    pub part: TracedPart<'n, F>,
    /// Whether it is true.
    pub holds: bool,
    /// Of a part that is not asked: the `and` or `or` whose answer is known before it, by its place.
    pub skipped_by: Option<usize>,
    /// Whether the answer of the whole condition follows from it.
    pub decides: bool,
}

/// Evaluates every part of a condition for one event: each part before those below it, in the order of
/// the text.
pub fn trace<'n, F>(root: &'n Node<F>, source: &impl Source<F>) -> Vec<Traced<'n, F>> {
    let mut parts = Vec::new();
    evaluate(root, source, 0, &mut parts);
    mark(root, &mut parts, 0, None, true);
    parts
}

fn evaluate<'n, F>(
    node: &'n Node<F>,
    source: &impl Source<F>,
    depth: usize,
    parts: &mut Vec<Traced<'n, F>>,
) -> bool {
    crate::deep::deep(|| {
        let at = parts.len();
        let part = match node {
            Node::And(_) => TracedPart::All,
            Node::Or(_) => TracedPart::Any,
            Node::Not(_) => TracedPart::Not,
            Node::Predicate(predicate) => TracedPart::Check(predicate),
        };
        parts.push(Traced { depth, part, holds: false, skipped_by: None, decides: false });
        let mut below = |part| evaluate(part, source, depth + 1, parts);
        let holds = match node {
            Node::And(all) | Node::Or(all) => {
                // Every part is evaluated, so that each has an answer.
                let answers: Vec<bool> = all.iter().map(below).collect();
                let ends = matches!(node, Node::Or(_));
                if answers.contains(&ends) { ends } else { !ends }
            }
            Node::Not(inner) => !below(inner),
            Node::Predicate(predicate) => predicate.holds(source),
        };
        if let Some(part) = parts.get_mut(at) {
            part.holds = holds;
        }
        holds
    })
}

/// Marks a part and those below it; returns the place behind them.
fn mark<F>(
    node: &Node<F>,
    parts: &mut [Traced<'_, F>],
    at: usize,
    skipped_by: Option<usize>,
    decides: bool,
) -> usize {
    crate::deep::deep(|| {
        let Some(part) = parts.get_mut(at) else { return at };
        part.skipped_by = skipped_by;
        part.decides = decides;
        let whole = part.holds;
        let mut next = at + 1;
        match node {
            Node::And(below) | Node::Or(below) => {
                // What ends an `and` is false, what ends an `or` is true.
                let ends = matches!(node, Node::Or(_));
                let mut skipped_by = skipped_by;
                for one in below {
                    let holds = parts.get(next).is_some_and(|part| part.holds);
                    let counts = whole != ends || (holds == ends && skipped_by.is_none());
                    next = mark(one, parts, next, skipped_by, decides && counts);
                    if holds == ends {
                        skipped_by = skipped_by.or(Some(at));
                    }
                }
            }
            Node::Not(inner) => next = mark(inner, parts, next, skipped_by, decides),
            Node::Predicate(_) => {}
        }
        next
    })
}
