//! Items -> rules whose conditions and outputs are checked against the catalogue.

use peregrine_fields::Field;
use peregrine_filter::ast::Span;
use peregrine_filter::{Template, check};

use crate::beside::written;
use crate::collect::{At, Items, RuleItem, SYSCALL};
use crate::diagnostic::Diagnostic;
use crate::item::link;
use crate::kind::{CONTAINER_INFO, Deprecated, DiagnosticKind, ReferenceError};
use crate::lists::Lists;
use crate::macros::{Fault, Macros};
use crate::report::{Condition, RuleReport, diagnostic};
use crate::traced::{Files, Origin, Spot, Traced};
use crate::{
    ExceptionInfo, ExtraOutput, Options, Rule, RuleSet, SourceText, exception, lists,
    names_as_values,
};

/// The output of a rule.
struct Outputs {
    /// With what is appended to it.
    output: Template<Field>,
    /// That as text.
    text: String,
    /// Values only JSON has.
    extra_fields: Vec<(String, Template<Field>)>,
}

struct Resolver<'a> {
    files: &'a Files<'a>,
    items: &'a Items,
    macros: Macros<'a>,
    /// Whether rules say where their comparisons were written.
    places: bool,
}

/// The rules, and the conditions beside them as rules.
pub(crate) fn resolve(
    sources: &[SourceText<'_>],
    items: &Items,
    options: &Options,
    beside: Option<&[(&'static str, RuleItem)]>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (RuleSet, Vec<Rule>) {
    let files = Files::new(sources);
    let (lists, too_long) = Lists::new(items);
    for list in too_long {
        let name = vec![("list", list.name.clone())];
        let kind = ReferenceError::ListTooLong { name: list.name.clone(), limit: lists::MOST };
        diagnostics.push(diagnostic(&files, list.at, name, Fault::new(kind), Vec::new()));
    }
    let mut report = |one: &crate::collect::MacroItem, fault: Fault| {
        let name = vec![("macro", one.name.clone())];
        let own = link("macro", &*one.name, one.item_at.place);
        let piece = link("macro condition", "", one.condition_at.place);
        let chain = if fault.is_reference() { vec![own] } else { vec![own, piece] };
        let fault = if options.as_falco { fault.at(None) } else { fault };
        let undefined = undefined(&fault, items);
        let mut reported = diagnostic(&files, one.condition_at, name, fault, chain);
        reported.help.extend(undefined.help(one.item_at));
        undefined.suggest(&mut reported, &files);
        diagnostics.push(reported);
        options.as_falco
    };
    let Some(macros) = Macros::new(items, lists, &files, &mut report) else {
        return (RuleSet::default(), Vec::new());
    };
    let resolver = Resolver { files: &files, items, macros, places: beside.is_some() };
    let mut rules = Vec::new();
    for rule in &items.rules {
        rules.extend(resolver.rule("rule", rule, options, diagnostics));
        if options.as_falco && diagnostics.iter().any(Diagnostic::is_error) {
            return (RuleSet::default(), Vec::new());
        }
    }
    let beside = beside.unwrap_or_default().iter();
    let beside =
        beside.filter_map(|(kind, item)| resolver.rule(kind, item, options, diagnostics)).collect();
    // What could not be read may use them.
    if !items.unread.any() {
        resolver.unused(diagnostics);
    }
    if !options.as_falco {
        names_as_values::in_macros_and_lists(items, &resolver.macros, &files, diagnostics);
    }
    (RuleSet { rules }, beside)
}

/// What is known of a name that is no macro where it is used.
struct Undefined<'i> {
    /// Where a macro of the name is defined all the same.
    defined: Option<At>,
    /// The macro or list most like it.
    near: Option<&'i str>,
    /// Whether a list has the name.
    list: bool,
}

fn undefined<'i>(fault: &Fault, items: &'i Items) -> Undefined<'i> {
    let DiagnosticKind::Reference(ReferenceError::UndefinedMacro { name }) = &fault.kind else {
        return Undefined { defined: None, near: None, list: false };
    };
    let defined = items.macros.get(name).map(|found| found.item_at);
    // Of a name that is defined nobody asks which one is meant.
    let near = || {
        let known = items.macros.keys().map(String::as_str);
        peregrine_event::names::nearest(name, known.chain(items.unread.names("macro")))
    };
    Undefined {
        near: if defined.is_none() { near() } else { None },
        list: items.lists.contains_key(name),
        defined,
    }
}

impl Undefined<'_> {
    /// What helps, seen from an item that begins at `user`.
    fn help(&self, user: At) -> Option<String> {
        if let Some(defined) = self.defined {
            let lines = defined.place.line.saturating_sub(user.place.line);
            return Some(match (defined.file == user.file, lines) {
                (true, 0) => "a macro cannot be part of itself".to_owned(),
                (true, 1) => {
                    "it is defined in the next line: a macro must stand above those that use it"
                        .to_owned()
                }
                (true, lines) => format!(
                    "it is defined {lines} lines below: a macro must stand above those that use it"
                ),
                (false, _) => {
                    "it is defined in a later file: a macro must stand before those that use it"
                        .to_owned()
                }
            });
        }
        self.list.then(|| {
            "there is a list of this name: write the field and the operator before it, as in `proc.name in (...)`"
                .to_owned()
        })
    }

    /// Suggests the macro most like it.
    fn suggest(&self, reported: &mut Diagnostic, files: &Files<'_>) {
        let file = files.sources.iter().find(|source| source.name == reported.file);
        let span = reported.span;
        if self.defined.is_some() || self.list || span.start == span.end {
            return;
        }
        if let (Some(near), Some(source)) = (self.near, file) {
            let written = source.text.get(span.start..span.end).unwrap_or_default();
            let title = format!("replace `{written}` with `{near}`");
            let edit = crate::diagnostic::Edit::new(span.start..span.end, near);
            reported.repair_with(source, title, vec![edit]);
        }
    }
}

impl Resolver<'_> {
    /// A rule ready to be evaluated; none where something is wrong with it, or its events come from
    /// elsewhere. Its output is looked at first, as Falco does.
    fn rule(
        &self,
        kind: &'static str,
        rule: &RuleItem,
        options: &Options,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Rule> {
        if rule.source != SYSCALL {
            return None;
        }
        let strict = options.as_falco;
        let report = RuleReport { files: self.files, macros: &self.macros, kind, rule, strict };
        let whole = match exception::add_to(&rule.condition, &rule.exceptions, strict) {
            Ok(whole) => whole,
            Err((kind, exception)) => {
                let own = link("exception", &*exception.name, exception.place);
                let at = At { file: exception.file, place: exception.place };
                diagnostics.push(report.at(at, kind, own));
                if strict {
                    return None;
                }
                rule.condition.clone()
            }
        };
        let outputs = self.outputs(rule, options, &report, diagnostics);
        if strict && outputs.is_none() || rule.condition.is_empty() {
            return None;
        }
        let mut faults = Vec::new();
        let tree = self.macros.tree(&whole, &mut faults);
        for fault in faults {
            let undefined = undefined(&fault, self.items);
            let before = diagnostics.len();
            report.report(fault, diagnostics);
            if let Some(reported) = diagnostics.get_mut(before) {
                reported.help.extend(undefined.help(rule.at));
                undefined.suggest(reported, self.files);
            }
            if strict {
                return None;
            }
        }
        let (read, tree, complete) = tree?;
        let condition = Condition { whole: &whole, read: &read.text, tree: &tree };
        if !strict {
            names_as_values::in_rule(&read, &self.macros, &report, diagnostics);
        }
        let checked = match check(&tree, &self.items.catalogue) {
            Ok(checked) => checked,
            Err(errors) => {
                report.wrong(errors, &condition, &self.items.catalogue, diagnostics);
                return None;
            }
        };
        if !complete || self.items.unread.has("rule", &rule.name) {
            return None;
        }
        report.doubtful(&condition, &checked, &self.items.catalogue, diagnostics);
        let Outputs { output, text: output_compiled, extra_fields } = outputs?;
        let words =
            |words: &[exception::Word]| words.iter().map(|word| word.text.clone()).collect();
        Some(Rule {
            name: rule.name.clone(),
            description: rule.description.clone(),
            condition_text: rule.condition.text().to_owned(),
            condition: checked,
            condition_compiled: tree.to_string(),
            written: if self.places {
                written(&tree, &self.macros, &read.text)
            } else {
                Vec::new()
            },
            macros: self.macros.names_in(&tree),
            output_text: rule.output.text().to_owned(),
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
                    fields: words(&exception.fields),
                    comps: words(&exception.comps),
                })
                .collect(),
        })
    }

    /// The output with what is appended to it, that as text, and the values only JSON has.
    fn outputs(
        &self,
        rule: &RuleItem,
        options: &Options,
        report: &RuleReport<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Outputs> {
        // A rule without an output has a mistake; a condition beside rules needs none.
        if rule.output.is_empty() && !report.strict && report.kind == "rule" {
            return None;
        }
        let mut text = rule.output.clone();
        let extras = || {
            let of = |(_, extra): &(usize, &ExtraOutput)| {
                extra.is_for(&rule.name, &rule.source, &rule.tags)
            };
            options.append_output.iter().enumerate().filter(of)
        };
        for (number, extra) in extras().filter(|(_, extra)| !extra.format.is_empty()) {
            text.push_between(" ");
            text.push(&extra.format, Origin::Appended(number), 0);
        }
        let spot = |text: &Traced, span| self.files.spot(text, span, &self.macros.lists);
        let found =
            text.text().match_indices(CONTAINER_INFO).map(|(at, found)| at..at + found.len());
        let removed: Vec<_> = found.map(|bytes| (bytes, String::new())).collect();
        if let Some((first, _)) = removed.first() {
            let at = spot(&text, Span { start: first.start, end: first.end });
            report.report(Fault::new(Deprecated::ContainerInfo).at(at), diagnostics);
            text = text.edited(&removed);
        }
        let parsed = if report.strict {
            Template::parse(text.text(), &self.items.catalogue).map_err(|error| vec![error])
        } else {
            Template::parse_all(text.text(), &self.items.catalogue)
        };
        let mut failed = false;
        let output = parsed.map_err(|errors| {
            failed = true;
            for error in errors {
                let at = spot(&text, error.span);
                let appended = match at {
                    Some(Spot::Appended(number)) if !report.strict => {
                        options.append_output.get(number)
                    }
                    _ => None,
                };
                let kind = match appended {
                    Some(extra) => DiagnosticKind::AppendedOutput {
                        format: extra.format.clone(),
                        error: error.kind,
                    },
                    None => DiagnosticKind::Output(error.kind),
                };
                report.wrong_output(kind, at, &self.items.catalogue, diagnostics);
            }
        });
        if let Ok(output) = &output {
            let tokens: Vec<_> =
                output.tokens().map(|token| (token.span, token.text.as_str())).collect();
            report.deprecated_in_output(&text, &tokens, diagnostics);
        } else if report.strict {
            return None;
        }
        let mut extra_fields = Vec::new();
        for (number, extra) in extras() {
            for (key, format) in &extra.fields {
                match Template::parse(&format!("*{format}"), &self.items.catalogue) {
                    Ok(template) => extra_fields.push((key.clone(), template)),
                    Err(error) => {
                        failed = true;
                        let kind =
                            DiagnosticKind::ExtraField { key: key.clone(), error: error.kind };
                        let at = Some(Spot::Appended(number));
                        report.wrong_output(kind, at, &self.items.catalogue, diagnostics);
                    }
                }
            }
        }
        let output = output.ok().filter(|_| !failed)?;
        Some(Outputs { output, text: text.text().to_owned(), extra_fields })
    }

    fn unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut unused = |kind: DiagnosticKind, what: &'static str, name: &str, at: At| {
            let items = vec![(what, name.to_owned())];
            let chain = vec![link(what, name, at.place)];
            diagnostics.push(diagnostic(self.files, at, items, Fault::new(kind), chain));
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
            let others = list.items.iter().filter(|item| item.value != list.name);
            used.extend(others.map(|item| item.value.as_str()));
        }
        lists.sort_by_key(|list| list.first);
        for list in lists.into_iter().filter(|list| !used.contains(list.name.as_str())) {
            unused(DiagnosticKind::UnusedList, "list", &list.name, list.at);
        }
    }
}
