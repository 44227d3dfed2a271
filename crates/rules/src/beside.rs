//! Conditions that stand beside rule files: they use the lists and macros of those.

use std::collections::BTreeSet;
use std::rc::Rc;

use peregrine_event::Priority;
use peregrine_filter::ast::{Expr, Span};
use peregrine_yaml::{Body, Node, Place, parse};

use crate::collect::{At, RuleItem, SYSCALL};
use crate::diagnostic::{Diagnostic, Shown};
use crate::macros::Macros;
use crate::traced::{Scalar, Spot, Traced};
use crate::{Loaded, MAX_FILE, Options, Rule, SourceText, load_files};

/// A condition of a file that is no rule file.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'n> {
    /// What it is of, as messages say it: `policy`.
    pub kind: &'static str,
    /// The name of that.
    pub name: &'n str,
    /// Its file, by its place among those given.
    pub file: usize,
    /// The condition: a scalar.
    pub condition: &'n Node,
    /// The output: a scalar, or none.
    pub output: Option<&'n Node>,
}

/// Where a comparison of a condition was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file, by its place among the rule files, then the others.
    pub file: usize,
    /// Its bytes there.
    pub span: Span,
}

/// What came of loading rule files with conditions beside them.
#[derive(Debug, Clone)]
pub struct LoadedBeside {
    /// The rules; of each comparison it is known where it was written.
    pub loaded: Loaded,
    /// The conditions, each as a rule; none where there is an error anywhere.
    pub conditions: Vec<Rule>,
}

/// Loads rule files, and conditions of other files that use their lists and macros, and those of the other files.
pub fn load_beside(
    sources: &[SourceText<'_>],
    options: &Options,
    others: &[SourceText<'_>],
    conditions: &[Beside<'_>],
) -> LoadedBeside {
    let all: Vec<SourceText<'_>> = sources.iter().chain(others).copied().collect();
    let items = conditions.iter().map(|one| (one.kind, item(one, sources.len())));
    let items: Vec<_> = items.collect();
    let (mut loaded, conditions) = load_files(&all, sources.len(), options, Some(&items));
    // What policies use of the rules is no business of those who write rules.
    let is_mistake =
        |one: &Diagnostic| one.is_error() || !others.iter().any(|of| of.name == one.file);
    loaded.diagnostics.retain(is_mistake);
    LoadedBeside { loaded, conditions }
}

/// A condition as an item of a rule file.
fn item(one: &Beside<'_>, before: usize) -> RuleItem {
    let file = before + one.file;
    let text =
        |node: &Node| Scalar::of(node, file).map(|scalar: Rc<Scalar>| Traced::scalar(&scalar));
    let at = |node: &Node| At { file, place: node.place };
    RuleItem {
        name: one.name.to_owned(),
        description: String::new(),
        at: at(one.condition),
        condition: text(one.condition).unwrap_or_default(),
        condition_at: at(one.condition),
        output: one.output.and_then(text).unwrap_or_default(),
        output_at: at(one.output.unwrap_or(one.condition)),
        priority: Priority::Warning,
        tags: BTreeSet::new(),
        source: SYSCALL.to_owned(),
        enabled: true,
        warn_evttypes: false,
        skip_if_unknown: false,
        capture: false,
        capture_duration: 0,
        exceptions: Vec::new(),
    }
}

/// The lists and macros among the items of a file that is no rule file; none where it cannot be read, which
/// whoever reads the other items reports.
pub(crate) fn words(text: &str) -> Vec<Node> {
    let mut documents =
        if text.len() > MAX_FILE { Vec::new() } else { parse(text).unwrap_or_default() };
    for document in &mut documents {
        match &mut document.body {
            Body::List(items) => {
                items.retain(|item| item.get("list").is_some() || item.get("macro").is_some());
            }
            body => *body = Body::Null,
        }
    }
    documents
}

/// Where each comparison of a tree was written, in the order of the text.
pub(crate) fn written(tree: &Expr, macros: &Macros<'_>, read: &Traced) -> Vec<Option<Written>> {
    let mut places = Vec::new();
    tree.checks(&mut |check| {
        places.push(match macros.spot(read, check.span).1 {
            Some(Spot::File { file, span, .. }) => Some(Written { file, span }),
            _ => None,
        });
    });
    places
}

/// A line of a text with some bytes of it underlined, as diagnostics show it; empty where there is nothing to
/// be seen.
pub fn excerpt(text: &str, span: Span) -> String {
    Shown::of(text, span.start..span.end).at(Place::at(text, span.start).line)
}
