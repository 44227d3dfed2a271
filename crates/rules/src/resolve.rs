//! Lists and macros put in, conditions and outputs checked against the catalogue.

use peregrine_fields::Field;
use peregrine_filter::{Template, check};
use peregrine_yaml::Place;

use crate::collect::{At, Items, MacroItem, RuleItem, SYSCALL};
use crate::diagnostic::{Code, Diagnostic, Link};
use crate::item::link;
use crate::lists::Lists;
use crate::macros::{Macros, Wrong};
use crate::teller::{CONTAINER_INFO, Teller, check_at, piece_of};
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
        let wrong = Wrong::new(
            &*list.name,
            format!(
                "List '{}' is longer than {} bytes with the lists it names",
                list.name,
                lists::MOST
            ),
        );
        diagnostics.push(told(sources, Code::ErrValidate, list.at, name, &wrong, Vec::new()));
    }
    let mut tell = |one: &MacroItem, wrong: &Wrong| {
        let name = vec![("macro", one.name.clone())];
        let own = link("macro", &*one.name, one.item_at.place);
        let piece = link("macro condition", "", one.condition_at.place);
        let chain = if wrong.reference { vec![own] } else { vec![own, piece] };
        let at = if options.as_falco { one.condition_at } else { one.at };
        diagnostics.push(told(sources, wrong.code(), at, name, wrong, chain));
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
    code: Code,
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
    let place = found.map_or(at.place, |offset| {
        let before = source.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            offset,
        }
    });
    let mut told =
        Diagnostic::new(code, &source, place, items, wrong.message.clone()).within(&source, chain);
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
            Err((message, exception)) => {
                let own = link("exception", &*exception.name, exception.place);
                let at = At { file: exception.file, place: exception.place };
                diagnostics.push(teller.at(Code::ErrValidate, at, message, own));
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
            Err(wrong) => {
                if !wrong.silent {
                    teller.tell(wrong.code(), rule.condition_at, &wrong, diagnostics);
                }
                return None;
            }
        };
        let condition = match check(&tree, &self.items.catalogue) {
            Ok(condition) => condition,
            Err(errors) => {
                // Falco ends at the first.
                let told = if strict { 1 } else { errors.len() };
                for error in errors.into_iter().take(told) {
                    let start = check_at(&tree, error.span.start);
                    let piece = piece_of(&error.message);
                    let wrong = Wrong::new(piece, error.message).within(&whole, Some(start));
                    teller.tell(Code::ErrCompileCondition, rule.condition_at, &wrong, diagnostics);
                }
                return None;
            }
        };
        teller.doubts(&tree, &condition, &whole, diagnostics);
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
            let wrong = Wrong::new(
                CONTAINER_INFO,
                "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will automatically add required fields to the output message.",
            );
            teller.tell(Code::WarnDeprecatedItem, rule.output_at, &wrong, diagnostics);
            text = text.replace(CONTAINER_INFO, "");
        }
        let wrong_output = |message: String| Wrong::new(piece_of(&message), message);
        let output = match Template::parse(&text, &self.items.catalogue) {
            Ok(output) => output,
            Err(error) => {
                let wrong = wrong_output(error.message);
                teller.tell(Code::ErrCompileOutput, rule.output_at, &wrong, diagnostics);
                return None;
            }
        };
        teller.deprecated_in_output(&text, diagnostics);
        let mut extra_fields = Vec::new();
        for (key, format) in extras().flat_map(|extra| &extra.fields) {
            match Template::parse(&format!("*{format}"), &self.items.catalogue) {
                Ok(template) => extra_fields.push((key.clone(), template)),
                Err(error) => {
                    let message = if options.as_falco {
                        error.message
                    } else {
                        format!("extra field {key}: {}", error.message)
                    };
                    let wrong = Wrong::new("", message);
                    teller.tell(Code::ErrCompileOutput, rule.output_at, &wrong, diagnostics);
                    return None;
                }
            }
        }
        Some(Outputs { output, text, extra_fields })
    }

    fn unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut unused = |code, kind: &'static str, name: &str, at: At, message: &str| {
            let wrong = Wrong::new("", message);
            let items = vec![(kind, name.to_owned())];
            let chain = vec![link(kind, name, at.place)];
            diagnostics.push(told(self.sources, code, at, items, &wrong, chain));
        };
        let used = self.macros.used();
        let mut macros: Vec<_> = self.items.macros.values().collect();
        macros.sort_by_key(|one| one.first);
        for one in macros.into_iter().filter(|one| !used.contains(&one.name)) {
            let message = "Macro not referred to by any other rule/macro";
            unused(Code::WarnUnusedMacro, "macro", &one.name, one.item_at, message);
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
            let message = "List not referred to by any other rule/macro";
            unused(Code::WarnUnusedList, "list", &list.name, list.at, message);
        }
    }
}
