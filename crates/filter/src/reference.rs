//! The naive evaluator: walks the tree, remembers nothing. What the plan must equal.

use crate::scheme::Source;
use crate::typed::Node;

/// Whether a condition is true for one event.
pub fn holds<F>(node: &Node<F>, source: &impl Source<F>) -> bool {
    crate::deep::deep(|| match node {
        Node::And(parts) => parts.iter().all(|part| holds(part, source)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, source)),
        Node::Not(inner) => !holds(inner, source),
        Node::Predicate(predicate) => predicate.holds_by_value(source),
    })
}
