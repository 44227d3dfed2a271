//! What is told of a rule's condition and output.

use std::collections::BTreeSet;

use peregrine_fields::Field;
use peregrine_filter::ast::Expr;
use peregrine_filter::{Checked, Node};

use crate::SourceText;
use crate::collect::{At, RuleItem};
use crate::diagnostic::{Code, Diagnostic, Link};
use crate::item::link;
use crate::macros::Wrong;
use crate::resolve::told;

/// A rule that restricts the kind of event to more codes than this names no event: it is told to be
/// slow.
pub const MANY_CODES: usize = 100;

/// A token that is no field any more: it is taken out.
pub(crate) const CONTAINER_INFO: &str = "%container.info";

/// Words of mistakes that `skip-if-unknown-filter` forgives.
const UNKNOWN: [&str; 4] =
    ["nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:"];

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
    pub(crate) fn at(&self, code: Code, at: At, message: String, piece: Link) -> Diagnostic {
        let mut items = self.items();
        items.push((piece.kind, piece.name.clone()));
        let wrong = Wrong::new("", message);
        told(self.sources, code, at, items, &wrong, vec![self.link(), piece])
    }

    /// Something about the condition or the output.
    pub(crate) fn tell(&self, code: Code, at: At, wrong: &Wrong, out: &mut Vec<Diagnostic>) {
        let rule = self.rule;
        let of_output = code == Code::ErrCompileOutput;
        let forgiven =
            rule.skip_if_unknown && UNKNOWN.iter().any(|text| wrong.message.contains(text));
        let code = if forgiven && code.is_error() { Code::WarnUnknownFilter } else { code };
        let at = match self.strict {
            true if of_output => rule.output_link,
            true => rule.condition_link,
            false => at,
        };
        let mut chain = vec![self.link()];
        if of_output {
            chain.push(link("rule output", "", rule.output_link.place));
        } else if wrong.expression.is_some() && !wrong.reference {
            chain.push(link("rule condition", "", rule.condition_link.place));
        }
        out.push(told(self.sources, code, at, self.items(), wrong, chain));
    }

    /// A field Falco calls deprecated.
    fn deprecated(
        &self,
        field: &'static str,
        wrong: &Wrong,
        at: At,
        chain: Vec<Link>,
    ) -> Diagnostic {
        let code = Code::WarnDeprecatedItem;
        let mut diagnostic = told(self.sources, code, at, self.items(), wrong, chain);
        diagnostic.deprecated_field = Some(field);
        diagnostic
    }

    /// Tells each deprecated field of an output once: Falco looks for its name in the text.
    pub(crate) fn deprecated_in_output(&self, output: &str, out: &mut Vec<Diagnostic>) {
        let rule = self.rule;
        for name in DEPRECATED.into_iter().filter(|name| output.contains(name)) {
            let message =
                format!("usage of deprecated field '{name}' has been detected in the rule output");
            let chain = vec![self.link(), link("rule output", "", rule.output_link.place)];
            out.push(self.deprecated(name, &Wrong::new(name, message), rule.output_at, chain));
        }
    }

    /// What is legal in a condition and probably not meant, and that it is slow.
    pub(crate) fn doubts(
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
            let message = if name == "evt.dir" {
                "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'".to_owned()
            } else if self.strict {
                "field is not available due to the drop of enter events.".to_owned()
            } else {
                format!("the field {name} is not available: there are no enter events any more")
            };
            let wrong = Wrong::new(name, message).within(whole, None);
            let chain = vec![self.link(), link("rule condition", "", rule.condition_link.place)];
            out.push(self.deprecated(name, &wrong, rule.condition_at, chain));
        }
        let doubts = condition.doubts.iter().map(|doubt| (Code::WarnCompileCondition, doubt));
        let notes = condition.notes.iter().map(|note| (Code::WarnNumber, note));
        for (code, doubt) in doubts.chain(notes) {
            let piece = doubt.message.split('\'').nth(1).unwrap_or_default().to_owned();
            let start = check_at(tree, doubt.span.start);
            let wrong = Wrong::new(piece, doubt.message.clone()).within(whole, Some(start));
            self.tell(code, rule.condition_at, &wrong, out);
        }
        // A condition that can never be true is told the same way.
        let codes = condition.kinds.len();
        if rule.warn_evttypes && (codes > MANY_CODES || codes == 0) {
            let message = "Rule matches too many evt.type values. This has a significant performance penalty.";
            self.tell(Code::WarnNoEvttype, rule.condition_at, &Wrong::new("", message), out);
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
    "evt.dir",
    "evt.latency",
    "evt.latency.s",
    "evt.latency.ns",
    "evt.latency.human",
    "evt.wait_latency",
];

fn deprecated(field: &Field) -> Option<&'static str> {
    DEPRECATED.into_iter().find(|name| *name == field.info.name)
}

/// The word a message is about: what people look for in their file.
pub(crate) fn piece_of(message: &str) -> String {
    if let Some(behind) = message.split("nonexistent field ").nth(1) {
        return behind.split([';', ' ']).next().unwrap_or_default().to_owned();
    }
    if let Some(behind) = message.split("unknown event type ").nth(1) {
        return behind.split(' ').next().unwrap_or_default().to_owned();
    }
    if let Some(behind) = message.split("token '").nth(1) {
        return behind.split('\'').next().unwrap_or_default().to_owned();
    }
    message
        .split(" is not a valid")
        .next()
        .filter(|word| !word.contains(' '))
        .unwrap_or_default()
        .to_owned()
}
