//! Reading the nodes of a test file; what is wrong with one has its place.

use peregrine_event::names::nearest;
use peregrine_yaml::{Body, Node};

use super::condition_tree::ConditionTree;

/// A failed test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line in the test file.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// The test's name.
    pub test: String,
    /// What was expected, and what was found.
    pub message: String,
    /// The conditions that explain it.
    pub conditions: Vec<ConditionTree>,
}

/// What is wrong with a test, and where.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    /// The conditions that explain it.
    pub(crate) conditions: Vec<ConditionTree>,
}

impl Wrong {
    /// The failure of a test.
    pub(crate) fn of(self, test: &str) -> Failure {
        let Self { line, column, message, conditions } = self;
        Failure { line, column, test: test.to_owned(), message, conditions }
    }
}

pub(crate) fn wrong<T>(node: &Node, message: impl Into<String>) -> Result<T, Wrong> {
    because(node, message, Vec::new())
}

/// The same, explained by conditions.
pub(crate) fn because<T>(
    node: &Node,
    message: impl Into<String>,
    conditions: Vec<ConditionTree>,
) -> Result<T, Wrong> {
    let (line, column) = (node.place.line, node.place.column);
    Err(Wrong { line, column, message: message.into(), conditions })
}

/// The pairs of a map whose keys are all known, each there once. Nothing is an empty map.
pub(crate) fn pairs<'n>(
    node: &'n Node,
    what: &str,
    known: &[&str],
) -> Result<&'n [(Node, Node)], Wrong> {
    if matches!(node.body, Body::Null) {
        return Ok(&[]);
    }
    let Some(pairs) = node.map() else {
        return wrong(node, format!("{what} is a map: `key: value`"));
    };
    for (key, _) in pairs {
        let name = text(key, "a key")?;
        if !known.contains(&name) {
            let near = nearest(name, known.iter().copied());
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return wrong(key, format!("{what} has no {name}{near}; it has {}", known.join(", ")));
        }
    }
    match node.repeated().next() {
        Some(again) => wrong(again, format!("{} is there twice", again.scalar().unwrap_or("it"))),
        None => Ok(pairs),
    }
}

pub(crate) fn text<'n>(node: &'n Node, what: &str) -> Result<&'n str, Wrong> {
    match node.scalar() {
        Some(text) => Ok(text),
        None => wrong(node, format!("{what} must be a single value")),
    }
}

pub(crate) fn texts(node: &Node, what: &str) -> Result<Vec<String>, Wrong> {
    match &node.body {
        Body::Null => Ok(Vec::new()),
        Body::Scalar(text) => Ok(vec![text.clone()]),
        Body::List(list) => list.iter().map(|item| text(item, what).map(str::to_owned)).collect(),
        Body::Map(_) => wrong(node, format!("{what} must be a list")),
    }
}

/// A number from 0 on, as large as its type.
pub(crate) fn number<T: std::str::FromStr>(node: &Node, what: &str) -> Result<T, Wrong> {
    let written = text(node, what)?;
    written.parse().or_else(|_| wrong(node, format!("{what} is a number, not {written}")))
}

/// `true` or `false`.
pub(crate) fn truth(node: &Node, what: &str) -> Result<bool, Wrong> {
    match text(node, what)? {
        "true" => Ok(true),
        "false" => Ok(false),
        other => wrong(node, format!("{what} is true or false, not {other}")),
    }
}
