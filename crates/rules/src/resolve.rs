//! Lists and macros put in, conditions and outputs checked against the catalogue.

use peregrine_fields::Field;
use peregrine_filter::{Template, check};
use peregrine_yaml::Place;

use crate::collect::{At, Items, MacroItem, RuleItem, SYSCALL};
use crate::diagnostic::{Diagnostic, Link};
use crate::item::link;
use crate::kind::{CONTAINER_INFO, Deprecated, DiagnosticKind, ReferenceError};
use crate::lists::Lists;
use crate::macros::{Failure, Macros, Wrong};
use crate::teller::{Teller, check_at};
use crate::{ExceptionInfo, ExtraOutput, Options, Rule, RuleSet, SourceText, exceptions, lists};

/// The output of a rule.
struct Outputs {
    /// With what is appended to it.
    output: Template<Field>,
    /// That as text.
    text: String,
    /// Values only JSON tells.
    extra_fields: Vec<(String, Template<Field>)>,
}

struct Resolver<'a> {
    sources: &'a [SourceText<'a>],
    items: &'a Items,
    macros: Macros<'a>,
}

pub(crate) fn resolve(
    sources: &[SourceText<'_>],
    items: &Items,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> RuleSet {
    let (lists, too_long) = Lists::new(items);
    for list in too_long {
        let name = vec![("list", list.name.clone())];
        let kind = ReferenceError::ListTooLong { name: list.name.clone(), limit: lists::MOST };
        diagnostics.push(told(sources, list.at, name, &Wrong::new(kind), Vec::new()));
    }
    let mut tell = |one: &MacroItem, wrong: &Wrong| {
        let name = vec![("macro", one.name.clone())];
        let own = link("macro", &*one.name, one.item_at.place);
        let piece = link("macro condition", "", one.condition_at.place);
        let chain = if wrong.is_reference() { vec![own] } else { vec![own, piece] };
        let at = if options.as_falco { one.condition_at } else { one.at };
        diagnostics.push(told(sources, at, name, wrong, chain));
        options.as_falco
    };
    let Some(macros) = Macros::new(items, lists, &mut tell) else { return RuleSet::default() };
    let resolver = Resolver { sources, items, macros };
    let mut rules = Vec::new();
    for rule in &items.rules {
        rules.extend(resolver.rule(rule, options, diagnostics));
        if options.as_falco && diagnostics.iter().any(Diagnostic::is_error) {
            return RuleSet::default();
        }
    }
    resolver.unused(diagnostics);
    RuleSet { rules }
}

/// A diagnostic at the piece of the file that is wrong: the first time it is written behind the
/// start of the condition.
pub(crate) fn told(
    sources: &[SourceText<'_>],
    at: At,
    items: Vec<(&'static str, String)>,
    wrong: &Wrong,
    chain: Vec<Link>,
) -> Diagnostic {
    let source = sources.get(at.file).copied().unwrap_or(SourceText { name: "", text: "" });
    let found = (!wrong.piece.is_empty())
        .then(|| source.text.get(at.place.offset..)?.find(&wrong.piece))
        .flatten()
        .map(|behind| at.place.offset + behind);
    let place = found.map_or(at.place, |offset| Place::at(source.text, offset));
    let mut told =
        Diagnostic::new(wrong.kind.clone(), &source, place, items).within(&source, chain);
    if let Some(start) = found {
        told.span.end = start + wrong.piece.len();
    }
    told.expression.clone_from(&wrong.expression);
    told
}

impl Resolver<'_> {
    /// A rule ready to be evaluated; none where something is wrong with it, or its events come from
    /// elsewhere. Its output is looked at first, as Falco does.
    fn rule(
        &self,
        rule: &RuleItem,
        options: &Options,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Rule> {
        if rule.source != SYSCALL {
            return None;
        }
        let strict = options.as_falco;
        let teller = Teller { sources: self.sources, rule, strict };
        let whole = match exceptions::add_to(&rule.condition, &rule.exceptions, strict) {
            Ok(whole) => Some(whole),
            Err((kind, exception)) => {
                let own = link("exception", &*exception.name, exception.place);
                let at = At { file: exception.file, place: exception.place };
                diagnostics.push(teller.at(at, kind, own));
                if strict {
                    return None;
                }
                None
            }
        };
        let outputs = self.outputs(rule, options, &teller, diagnostics);
        if strict && outputs.is_none() {
            return None;
        }
        let whole = whole?;
        let tree = match self.macros.tree(&whole) {
            Ok(tree) => tree,
            Err(Failure::Wrong(wrong)) => {
                teller.tell(rule.condition_at, &wrong, diagnostics);
                return None;
            }
            Err(Failure::OfMacro) => return None,
        };
        let condition = match check(&tree, &self.items.catalogue) {
            Ok(condition) => condition,
            Err(errors) => {
                // Falco ends at the first.
                let told = if strict { 1 } else { errors.len() };
                for error in errors.into_iter().take(told) {
                    let start = check_at(&tree, error.span.start);
                    let wrong = Wrong::new(DiagnosticKind::Condition(error.kind));
                    let wrong = wrong.within(&whole, Some(start));
                    teller.tell(rule.condition_at, &wrong, diagnostics);
                }
                return None;
            }
        };
        teller.doubtful(&tree, &condition, &whole, diagnostics);
        let Outputs { output, text: output_compiled, extra_fields } = outputs?;
        Some(Rule {
            name: rule.name.clone(),
            description: rule.description.clone(),
            condition_text: rule.condition.clone(),
            condition,
            condition_compiled: tree.to_string(),
            output_text: rule.output.clone(),
            output,
            output_compiled,
            extra_fields,
            priority: rule.priority,
            tags: rule.tags.clone(),
            source: rule.source.clone(),
            enabled: rule.enabled && rule.priority <= options.priority,
            capture: rule.capture,
            capture_duration: rule.capture_duration,
            exceptions: rule
                .exceptions
                .iter()
                .map(|exception| ExceptionInfo {
                    name: exception.name.clone(),
                    fields: exception.fields.clone(),
                    comps: exception.comps.clone(),
                })
                .collect(),
        })
    }

    /// The output with what is appended to it, that as text, and the values only JSON tells.
    fn outputs(
        &self,
        rule: &RuleItem,
        options: &Options,
        teller: &Teller<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Outputs> {
        let mut text = rule.output.clone();
        let extras = || {
            let of = |extra: &&ExtraOutput| extra.is_for(&rule.name, &rule.source, &rule.tags);
            options.append_output.iter().filter(of)
        };
        for extra in extras().filter(|extra| !extra.format.is_empty()) {
            text.push(' ');
            text.push_str(&extra.format);
        }
        if text.contains(CONTAINER_INFO) {
            let wrong = Wrong::new(Deprecated::ContainerInfo);
            teller.tell(rule.output_at, &wrong, diagnostics);
            text = text.replace(CONTAINER_INFO, "");
        }
        let output = match Template::parse(&text, &self.items.catalogue) {
            Ok(output) => output,
            Err(error) => {
                let wrong = Wrong::new(DiagnosticKind::Output(error.kind));
                teller.tell(rule.output_at, &wrong, diagnostics);
                return None;
            }
        };
        teller.deprecated_in_output(&text, diagnostics);
        let mut extra_fields = Vec::new();
        for (key, format) in extras().flat_map(|extra| &extra.fields) {
            match Template::parse(&format!("*{format}"), &self.items.catalogue) {
                Ok(template) => extra_fields.push((key.clone(), template)),
                Err(error) => {
                    let kind = DiagnosticKind::ExtraField { key: key.clone(), error: error.kind };
                    teller.tell(rule.output_at, &Wrong::new(kind), diagnostics);
                    return None;
                }
            }
        }
        Some(Outputs { output, text, extra_fields })
    }

    fn unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut unused = |wrong: DiagnosticKind, kind: &'static str, name: &str, at: At| {
            let wrong = Wrong::new(wrong);
            let items = vec![(kind, name.to_owned())];
            let chain = vec![link(kind, name, at.place)];
            diagnostics.push(told(self.sources, at, items, &wrong, chain));
        };
        let used = self.macros.used();
        let mut macros: Vec<_> = self.items.macros.values().collect();
        macros.sort_by_key(|one| one.first);
        for one in macros.into_iter().filter(|one| !used.contains(&one.name)) {
            unused(DiagnosticKind::UnusedMacro, "macro", &one.name, one.item_at);
        }
        // Lists that only other lists name are used too.
        let mut used = self.macros.lists.used();
        let mut lists: Vec<_> = self.items.lists.values().collect();
        for list in &lists {
            let others = list.items.iter().filter(|item| **item != list.name);
            used.extend(others.map(String::as_str));
        }
        lists.sort_by_key(|list| list.first);
        for list in lists.into_iter().filter(|list| !used.contains(list.name.as_str())) {
            unused(DiagnosticKind::UnusedList, "list", &list.name, list.at);
        }
    }
}
