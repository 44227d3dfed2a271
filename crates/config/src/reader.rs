//! What goes over the tree of settings: it gathers every problem instead of ending at the first, and
//! keeps where each key was set.

use std::collections::BTreeMap;

use crate::keys;
use crate::origin::Origin;
use crate::problem::{Problem, ProblemKind};
use crate::scalar;
use crate::tree::{Body, Node};

/// Gathers problems and origins.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) problems: Vec<Problem>,
    pub(crate) origins: BTreeMap<String, Origin>,
    /// A wrong value of the key at hand refuses the configuration: the key has an effect.
    pub(crate) in_use: bool,
}

impl Reader {
    pub(crate) fn problem(
        &mut self,
        origin: &Origin,
        key: &str,
        kind: ProblemKind,
        is_error: bool,
    ) {
        let (origin, key) = (origin.clone(), key.to_owned());
        self.problems.push(Problem { origin, key, kind, is_error });
    }

    /// The configuration is refused, whatever the key does.
    pub(crate) fn refuse(&mut self, node: &Node, key: &str, kind: ProblemKind) {
        self.problem(&node.origin, key, kind, true);
    }

    pub(crate) fn warn(&mut self, node: &Node, key: &str, kind: ProblemKind) {
        self.problem(&node.origin, key, kind, false);
    }

    /// A value of the wrong type; nobody minds where the key has no effect.
    pub(crate) fn wrong<T>(
        &mut self,
        node: &Node,
        key: &str,
        expected: impl Into<String>,
    ) -> Option<T> {
        let kind = wrong_value(node, expected);
        self.problem(&node.origin, key, kind, self.in_use);
        None
    }

    /// The text of a scalar.
    pub(crate) fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        match node.scalar() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(node, key, "a single value"),
        }
    }

    /// A list of texts; a single one stands for a list of it.
    pub(crate) fn texts(&mut self, node: &Node, key: &str) -> Option<Vec<String>> {
        match &node.body {
            Body::Null => Some(Vec::new()),
            Body::Scalar(text) => Some(vec![text.clone()]),
            Body::List(list) => list.iter().map(|item| self.text(item, key)).collect(),
            Body::Map(_) => self.wrong(node, key, "a list"),
        }
    }

    pub(crate) fn flag(&mut self, node: &Node, key: &str) -> Option<bool> {
        let text = self.text(node, key)?;
        match scalar::flag(&text) {
            Some(flag) => Some(flag),
            None => self.wrong(node, key, "true or false"),
        }
    }

    /// The elements of a list; a map stands for a list of it.
    pub(crate) fn maps<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        expected: &str,
    ) -> Option<&'n [Node]> {
        match &node.body {
            Body::Null => Some(&[]),
            Body::List(list) => Some(list),
            Body::Map(_) => Some(std::slice::from_ref(node)),
            Body::Scalar(_) => self.wrong(node, key, expected),
        }
    }

    /// The pairs of a section, each key once.
    pub(crate) fn pairs<'n>(&mut self, node: &'n Node, key: &str) -> Vec<(&'n str, &'n Node)> {
        let pairs = match &node.body {
            Body::Map(pairs) => pairs.as_slice(),
            Body::Null => &[],
            Body::Scalar(_) | Body::List(_) => {
                let kind = wrong_value(node, "a map of keys and values");
                self.refuse(node, key, kind);
                &[]
            }
        };
        let mut once: Vec<(&str, &Node)> = Vec::new();
        for (name, value) in pairs {
            if once.iter().any(|(known, _)| known == name) {
                self.warn(value, &joined(key, name), ProblemKind::RepeatedKey);
            } else {
                once.push((name, value));
            }
        }
        once
    }

    /// A key that no section has.
    pub(crate) fn unknown(&mut self, node: &Node, key: &str) {
        if let Some((key, enabled)) = keys::switches_output_on(key, node) {
            self.refuse(enabled, &key, ProblemKind::NoSuchOutput);
        } else if let Some(instead) = keys::removed(key) {
            self.warn(node, key, ProblemKind::RemovedKey(instead));
        } else {
            self.warn(node, key, ProblemKind::UnknownKey { near: keys::nearest(key) });
        }
    }
}

pub(crate) fn wrong_value(node: &Node, expected: impl Into<String>) -> ProblemKind {
    ProblemKind::WrongValue { expected: expected.into(), from_environment: node.from_environment }
}

/// `section.key`, or the key alone at the top.
pub(crate) fn joined(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}
