//! Diagnostics of rules' conditions and outputs.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_fields::{Catalogue, Field};
use peregrine_filter::ast::{Expr, Operand, Right, Span};
use peregrine_filter::error::{CheckError, Lint as ConditionLint, LintKind};
use peregrine_filter::{Checked, Node, more_lints};
use peregrine_yaml::Place;

use crate::code::{Code, Severity};
use crate::collect::{At, RuleItem};
use crate::diagnostic::{Diagnostic, Edit, Link, Shown};
use crate::item::link;
use crate::kind::{DIRECTION, Deprecated, DiagnosticKind, ExceptionError, Lint};
use crate::macros::{Fault, Macros};
use crate::suggest;
use crate::traced::{Files, Spot, Traced};

/// A rule that restricts the kind of event to more codes than this names no event: it is said to be
/// slow.
pub const MANY_CODES: usize = 100;

/// How many mistakes of one condition come with what mends them.
const ADVISED: usize = 100;

/// What the configuration's output formats are called where a file is named.
const APPENDED: &str = "append_output";

/// A diagnostic of something that begins at `at`, shown where the fault was written.
pub(crate) fn diagnostic(
    files: &Files<'_>,
    at: At,
    mut items: Vec<(&'static str, String)>,
    fault: Fault,
    chain: Vec<Link>,
) -> Diagnostic {
    let source = files.source(at.file);
    if let Some(name) = fault.in_macro {
        items.push(("macro", name));
    }
    if let Some(Spot::File { list: Some(name), .. }) = &fault.spot {
        items.push(("list", name.to_string()));
    }
    let mut diagnostic = Diagnostic::new(fault.kind, &source, at.place, items).within(chain);
    diagnostic.expression = fault.expression;
    let file = match fault.spot {
        Some(Spot::File { file, span, .. }) => {
            let place = files.place(file, span.start);
            diagnostic.show_at_place(&files.source(file), place, span.start..span.end);
            file
        }
        Some(Spot::Appended(_)) => {
            APPENDED.clone_into(&mut diagnostic.file);
            diagnostic.place = Place::default();
            diagnostic.span = Span::default();
            diagnostic.shown = Shown::default();
            return diagnostic;
        }
        None => at.file,
    };
    if let Some((title, edits)) = fault.repair {
        diagnostic.repair_with(&files.source(file), title, edits);
    }
    diagnostic
}

/// Another text in place of what a fault is about.
pub(crate) fn replacement(
    files: &Files<'_>,
    fault: &Fault,
    instead: Option<String>,
) -> Option<(String, Vec<Edit>)> {
    let Some(Spot::File { file, span, .. }) = &fault.spot else { return None };
    let instead = instead?;
    let written = files.source(*file).text.get(span.start..span.end)?;
    let title = format!("replace `{written}` with `{instead}`");
    Some((title, vec![Edit::new(span.start..span.end, instead)]))
}

/// Reports what is wrong or doubtful with one rule.
pub(crate) struct RuleReport<'a, 'i> {
    pub(crate) files: &'a Files<'i>,
    pub(crate) macros: &'a Macros<'i>,
    /// What has the condition: `rule`, or what stands beside rules.
    pub(crate) kind: &'static str,
    pub(crate) rule: &'a RuleItem,
    /// Places are Falco's: those of the definition, whatever was appended.
    pub(crate) strict: bool,
}

/// A rule's condition as it is looked at.
pub(crate) struct Condition<'c> {
    /// With its exceptions, as it is written.
    pub(crate) whole: &'c Traced,
    /// The same, lists put in.
    pub(crate) read: &'c Traced,
    /// Macros put in.
    pub(crate) tree: &'c Expr,
}

impl RuleReport<'_, '_> {
    fn items(&self) -> Vec<(&'static str, String)> {
        vec![(self.kind, self.rule.name.clone())]
    }

    fn link(&self) -> Link {
        link(self.kind, &*self.rule.name, self.rule.at.place)
    }

    /// A mistake in a named piece of the rule.
    pub(crate) fn at(&self, at: At, kind: ExceptionError, piece: Link) -> Diagnostic {
        let mut items = self.items();
        items.push((piece.kind, piece.name.clone()));
        diagnostic(self.files, at, items, Fault::new(kind), vec![self.link(), piece])
    }

    /// Something about the condition or the output.
    pub(crate) fn report(&self, mut fault: Fault, out: &mut Vec<Diagnostic>) {
        let rule = self.rule;
        let of_output = matches!(
            fault.kind,
            DiagnosticKind::Output(_)
                | DiagnosticKind::ExtraField { .. }
                | DiagnosticKind::AppendedOutput { .. }
                | DiagnosticKind::Deprecated(
                    Deprecated::ContainerInfo | Deprecated::InOutput { .. }
                )
        );
        if self.strict {
            (fault.spot, fault.repair) = (None, None);
        }
        let at = if of_output { rule.output_at } else { rule.condition_at };
        let mut chain = vec![self.link()];
        if of_output && !matches!(fault.kind, DiagnosticKind::Deprecated(Deprecated::ContainerInfo))
        {
            chain.push(link("rule output", "", rule.output_at.place));
        } else if fault.expression.is_some() && !fault.is_reference() {
            chain.push(link("rule condition", "", rule.condition_at.place));
        }
        let unknown_name = fault.kind.is_unknown_name();
        let mut diagnostic = diagnostic(self.files, at, self.items(), fault, chain);
        let error = diagnostic.severity() == Severity::Error;
        if error && rule.skip_if_unknown && unknown_name {
            diagnostic.code = Code::WarnUnknownFilter;
        }
        out.push(diagnostic);
    }

    /// A fault at bytes of the tree of the condition.
    fn in_tree(&self, kind: DiagnosticKind, span: Span, condition: &Condition<'_>) -> Fault {
        let (name, spot) = self.macros.spot(condition.read, span);
        Fault { in_macro: name.map(str::to_owned), ..Fault::new(kind).at(spot) }
    }

    /// What a condition compares that cannot be compared.
    pub(crate) fn wrong(
        &self,
        errors: Vec<CheckError>,
        condition: &Condition<'_>,
        catalogue: &Catalogue,
        out: &mut Vec<Diagnostic>,
    ) {
        // Falco ends at the first.
        let most = if self.strict { 1 } else { errors.len() };
        let shown: Arc<str> = condition.whole.text().into();
        for (number, error) in errors.into_iter().take(most).enumerate() {
            let start = self.macros.offset(check_at(condition.tree, error.span.start));
            let advice = if number < ADVISED && !self.strict {
                suggest::for_condition(&error.kind, catalogue, &self.macros.lists)
            } else {
                suggest::Advice::default()
            };
            let mut fault = self
                .in_tree(DiagnosticKind::Condition(error.kind), error.span, condition)
                .within(&shown, Some(start));
            fault.repair = replacement(self.files, &fault, advice.instead);
            let before = out.len();
            self.report(fault, out);
            if let Some(reported) = out.get_mut(before) {
                reported.help.extend(advice.help);
            }
        }
    }

    /// An error of an output format, shown at `spot`.
    pub(crate) fn wrong_output(
        &self,
        kind: DiagnosticKind,
        spot: Option<Spot>,
        catalogue: &Catalogue,
        out: &mut Vec<Diagnostic>,
    ) {
        let advice = suggest::for_output(&kind, catalogue);
        let mut fault = Fault::new(kind).at(spot);
        fault.repair = replacement(self.files, &fault, advice.instead);
        let before = out.len();
        self.report(fault, out);
        if let Some(reported) = out.get_mut(before) {
            reported.help.extend(advice.help);
        }
    }

    /// Reports deprecated fields of an output. Falco looks for each name in the text.
    pub(crate) fn deprecated_in_output(
        &self,
        text: &Traced,
        tokens: &[(Span, &str)],
        out: &mut Vec<Diagnostic>,
    ) {
        if self.strict {
            for field in DEPRECATED.into_iter().filter(|name| text.text().contains(name)) {
                self.report(Fault::new(Deprecated::InOutput { field }), out);
            }
            return;
        }
        for (span, token) in tokens {
            let field = DEPRECATED.into_iter().find(|name| name == token);
            if let Some(field) = field {
                let spot = self.files.spot(text, *span, &self.macros.lists);
                self.report(Fault::new(Deprecated::InOutput { field }).at(spot), out);
            }
        }
    }

    /// What is legal in a condition and probably not meant, and that it is slow.
    pub(crate) fn doubtful(
        &self,
        condition: &Condition<'_>,
        checked: &Checked<Field>,
        catalogue: &Catalogue,
        out: &mut Vec<Diagnostic>,
    ) {
        let rule = self.rule;
        let whole: Arc<str> = condition.whole.text().into();
        let more = if self.strict { Vec::new() } else { more_lints(condition.tree, catalogue) };
        for (field, span) in self.deprecated_fields(condition, checked) {
            let kind = match field {
                DIRECTION => Deprecated::Direction,
                field => Deprecated::InCondition { field },
            };
            let fault = match span {
                Some(span) => self.in_tree(kind.into(), span, condition),
                None => Fault::new(kind),
            };
            self.report(fault.within(&whole, None), out);
        }
        for lint in checked.lints.iter().chain(&more) {
            // That it must match the whole value is the better advice.
            let partial = |other: &ConditionLint| {
                other.span == lint.span && matches!(other.kind, LintKind::PartialRegex { .. })
            };
            let simple = matches!(lint.kind, LintKind::SimpleRegex { .. });
            if simple && more.iter().any(partial) {
                continue;
            }
            let start = self.macros.offset(check_at(condition.tree, lint.span.start));
            let mut fault = self
                .in_tree(DiagnosticKind::Lint(lint.kind.clone()), lint.span, condition)
                .within(&whole, Some(start));
            if !self.strict {
                fault.repair = replacement(self.files, &fault, suggest::for_lint(&lint.kind));
            }
            self.report(fault, out);
        }
        // Falco says of a condition that is never true that it is slow.
        let codes = checked.kinds.len();
        let never = more.iter().any(|lint| matches!(lint.kind, LintKind::NeverTrue { .. }));
        let kind = match codes {
            0 if self.strict => DiagnosticKind::ManyEventTypes,
            0 if never => return,
            0 => Lint::NoEvent.into(),
            _ if codes > MANY_CODES => DiagnosticKind::ManyEventTypes,
            _ => return,
        };
        if rule.warn_evttypes {
            self.report(Fault::new(kind), out);
        }
    }

    /// The deprecated fields of a condition and where they stand; Falco names each once.
    fn deprecated_fields(
        &self,
        condition: &Condition<'_>,
        checked: &Checked<Field>,
    ) -> Vec<(&'static str, Option<Span>)> {
        if self.strict {
            let mut names = BTreeSet::new();
            root_fields(&checked.root, &mut |field| names.extend(deprecated(field.info.name)));
            return names.into_iter().map(|name| (name, None)).collect();
        }
        let mut found = Vec::new();
        condition.tree.checks(&mut |check| {
            let right =
                if let Right::Operand(operand) = &check.right { Some(operand) } else { None };
            for operand in std::iter::once(&check.left).chain(right) {
                fields_of(operand, &mut |name, span| {
                    found.extend(deprecated(name).map(|name| (name, Some(span))));
                });
            }
        });
        found
    }
}

fn fields_of(operand: &Operand, visit: &mut dyn FnMut(&str, Span)) {
    match operand {
        Operand::Field { name, span, .. } => visit(name, *span),
        Operand::Call { args, .. } | Operand::List(args, _) => {
            for arg in args {
                fields_of(arg, visit);
            }
        }
        Operand::Text(_) | Operand::Number(_) => {}
    }
}

fn root_fields<'n>(root: &'n Node<Field>, visit: &mut impl FnMut(&'n Field)) {
    root.predicates(&mut |predicate| predicate.fields(visit));
}

/// Where the comparison begins that a place lies in.
fn check_at(tree: &Expr, offset: usize) -> usize {
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

fn deprecated(field: &str) -> Option<&'static str> {
    DEPRECATED.into_iter().find(|name| *name == field)
}
