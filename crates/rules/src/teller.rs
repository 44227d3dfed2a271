//! What is told of a rule's condition and output.

use std::collections::BTreeSet;

use peregrine_fields::Field;
use peregrine_filter::ast::Expr;
use peregrine_filter::{Checked, Node};

use crate::SourceText;
use crate::code::{Code, Severity};
use crate::collect::{At, RuleItem};
use crate::diagnostic::{Diagnostic, Link};
use crate::item::link;
use crate::kind::{DIRECTION, Deprecated, DiagnosticKind, ExceptionError};
use crate::macros::Wrong;
use crate::resolve::told;

/// A rule that restricts the kind of event to more codes than this names no event: it is told to be
/// slow.
pub const MANY_CODES: usize = 100;

/// Tells what is wrong or doubtful with one rule.
pub(crate) struct Teller<'a> {
    pub(crate) sources: &'a [SourceText<'a>],
    pub(crate) rule: &'a RuleItem,
    /// Places are Falco's: those of the definition, whatever was appended.
    pub(crate) strict: bool,
}

impl Teller<'_> {
    fn items(&self) -> Vec<(&'static str, String)> {
        vec![("rule", self.rule.name.clone())]
    }

    fn link(&self) -> Link {
        link("rule", &*self.rule.name, self.rule.at.place)
    }

    /// A mistake in a named piece of the rule.
    pub(crate) fn at(&self, at: At, kind: ExceptionError, piece: Link) -> Diagnostic {
        let mut items = self.items();
        items.push((piece.kind, piece.name.clone()));
        told(self.sources, at, items, &Wrong::new(kind), vec![self.link(), piece])
    }

    /// Something about the condition or the output.
    pub(crate) fn tell(&self, at: At, wrong: &Wrong, out: &mut Vec<Diagnostic>) {
        let rule = self.rule;
        let of_output =
            matches!(wrong.kind, DiagnosticKind::Output(_) | DiagnosticKind::ExtraField { .. });
        let at = match self.strict {
            true if of_output => rule.output_link,
            true => rule.condition_link,
            false => at,
        };
        let mut chain = vec![self.link()];
        if of_output {
            chain.push(link("rule output", "", rule.output_link.place));
        } else if wrong.expression.is_some() && !wrong.is_reference() {
            chain.push(link("rule condition", "", rule.condition_link.place));
        }
        let mut told = told(self.sources, at, self.items(), wrong, chain);
        let error = told.severity() == Severity::Error;
        if error && rule.skip_if_unknown && wrong.kind.is_unknown_name() {
            told.code = Code::WarnUnknownFilter;
        }
        out.push(told);
    }

    /// Tells each deprecated field of an output once: Falco looks for its name in the text.
    pub(crate) fn deprecated_in_output(&self, output: &str, out: &mut Vec<Diagnostic>) {
        let rule = self.rule;
        for name in DEPRECATED.into_iter().filter(|name| output.contains(name)) {
            let wrong = Wrong::new(Deprecated::InOutput { field: name });
            let chain = vec![self.link(), link("rule output", "", rule.output_link.place)];
            out.push(told(self.sources, rule.output_at, self.items(), &wrong, chain));
        }
    }

    /// What is legal in a condition and probably not meant, and that it is slow.
    pub(crate) fn doubtful(
        &self,
        tree: &Expr,
        condition: &Checked<Field>,
        whole: &str,
        out: &mut Vec<Diagnostic>,
    ) {
        let rule = self.rule;
        let mut names = BTreeSet::new();
        root_fields(&condition.root, &mut |field| names.extend(deprecated(field)));
        for name in names {
            let kind = match name {
                DIRECTION => Deprecated::Direction,
                field => Deprecated::InCondition { field },
            };
            let wrong = Wrong::new(kind).within(whole, None);
            let chain = vec![self.link(), link("rule condition", "", rule.condition_link.place)];
            out.push(told(self.sources, rule.condition_at, self.items(), &wrong, chain));
        }
        for lint in &condition.lints {
            let start = check_at(tree, lint.span.start);
            let wrong = Wrong::new(DiagnosticKind::Lint(lint.kind.clone()));
            self.tell(rule.condition_at, &wrong.within(whole, Some(start)), out);
        }
        // A condition that can never be true is told the same way.
        let codes = condition.kinds.len();
        if rule.warn_evttypes && (codes > MANY_CODES || codes == 0) {
            self.tell(rule.condition_at, &Wrong::new(DiagnosticKind::ManyEventTypes), out);
        }
    }
}

fn root_fields<'n>(root: &'n Node<Field>, visit: &mut impl FnMut(&'n Field)) {
    root.predicates(&mut |predicate| predicate.fields(visit));
}

/// Where the comparison begins that a place lies in.
pub(crate) fn check_at(tree: &Expr, offset: usize) -> usize {
    let mut start = offset;
    tree.checks(&mut |check| {
        if (check.span.start..check.span.end).contains(&offset) {
            start = check.span.start;
        }
    });
    start
}

/// Fields Falco calls deprecated: they answer, and say nothing any more.
const DEPRECATED: [&str; 6] = [
    DIRECTION,
    "evt.latency",
    "evt.latency.s",
    "evt.latency.ns",
    "evt.latency.human",
    "evt.wait_latency",
];

fn deprecated(field: &Field) -> Option<&'static str> {
    DEPRECATED.into_iter().find(|name| *name == field.info.name)
}
