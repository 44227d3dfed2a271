//! Lists and macros put in, conditions and outputs checked against the catalogue.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use peregrine_event::names;
use peregrine_fields::Field;
use peregrine_filter::ast::{Expr, Span};
use peregrine_filter::{DEFAULT_DEPTH, Node, Template, check, parse};

use crate::collect::{At, Items, RuleItem};
use crate::diagnostic::{Code, Diagnostic, Expression, Link, Place};
use crate::{ExceptionInfo, Options, Rule, RuleSet, SourceText, exceptions, lists};

/// A rule that restricts the kind of event to more codes than this names no event: it is told to be
/// slow.
pub const MANY_CODES: usize = 100;

struct Resolver<'a> {
    sources: &'a [SourceText<'a>],
    items: &'a Items,
    lists: BTreeMap<&'a str, String>,
    used_lists: RefCell<BTreeSet<String>>,
    used_macros: RefCell<BTreeSet<String>>,
}

/// What went wrong in a condition: the text it happened in, the piece of it, why.
struct Wrong {
    piece: String,
    message: String,
    /// About a macro, not about the language.
    reference: bool,
    /// The condition as it was read, and where in it.
    expression: Option<Expression>,
}

impl Wrong {
    fn new(piece: impl Into<String>, message: impl Into<String>) -> Self {
        Self { piece: piece.into(), message: message.into(), reference: false, expression: None }
    }

    fn within(mut self, text: &str, offset: Option<usize>) -> Self {
        self.expression = Some(Expression { text: text.to_owned(), offset });
        self
    }

    fn code(&self) -> Code {
        if self.reference { Code::ErrValidate } else { Code::ErrCompileCondition }
    }
}

pub(crate) fn resolve(
    sources: &[SourceText<'_>],
    items: &Items,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> RuleSet {
    let (lists, too_long) = lists::flatten(items);
    let resolver = Resolver {
        sources,
        items,
        lists,
        used_lists: RefCell::default(),
        used_macros: RefCell::default(),
    };
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
        diagnostics.push(resolver.told(Code::ErrValidate, list.at, name, &wrong, Vec::new()));
    }
    let failed =
        |told: &[Diagnostic]| options.stop_at_first && told.iter().any(Diagnostic::is_error);
    let mut macros: Vec<_> = items.macros.values().collect();
    macros.sort_by_key(|one| one.first);
    for one in macros {
        if let Err(wrong) = resolver.tree(&one.condition, one.order, &mut Vec::new()) {
            let name = vec![("macro", one.name.clone())];
            let link = Link { kind: "macro", name: one.name.clone(), place: one.item_at.place };
            let piece = Link { kind: "macro condition", name: String::new(), place: one.at.place };
            let chain = if wrong.reference { vec![link] } else { vec![link, piece] };
            diagnostics.push(resolver.told(wrong.code(), one.at, name, &wrong, chain));
            if failed(diagnostics) {
                return RuleSet::default();
            }
        }
    }
    let mut rules = Vec::new();
    for rule in &items.rules {
        rules.extend(resolver.rule(rule, options, diagnostics));
        if failed(diagnostics) {
            return RuleSet::default();
        }
    }
    resolver.unused(diagnostics);
    RuleSet { rules }
}

impl Resolver<'_> {
    fn source(&self, at: At) -> SourceText<'_> {
        self.sources.get(at.file).copied().unwrap_or(SourceText { name: "", text: "" })
    }

    /// A diagnostic at the piece of the file that is wrong: the first time it is written behind the
    /// start of the condition.
    fn told(
        &self,
        code: Code,
        at: At,
        items: Vec<(&'static str, String)>,
        wrong: &Wrong,
        chain: Vec<Link>,
    ) -> Diagnostic {
        let source = self.source(at);
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
        let mut told = Diagnostic::new(code, &source, place, items, wrong.message.clone())
            .within(&source, chain);
        told.expression.clone_from(&wrong.expression);
        told
    }

    /// The condition's text with list names replaced by their items: wherever a name stands alone
    /// between blanks, parentheses, commas and equal signs.
    fn with_lists(&self, text: &str) -> String {
        let delimiter = |c: char| c.is_whitespace() || "(),=".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut quote: Option<char> = None;
        while let Some(first) = rest.chars().next() {
            if let Some(open) = quote {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                if first == '\\'
                    && let Some(escaped) = rest.chars().next()
                {
                    out.push(escaped);
                    rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
                } else if first == open {
                    quote = None;
                }
                continue;
            }
            if delimiter(first) {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
            if first == '"' || first == '\'' {
                quote = Some(first);
                continue_quote(&mut out, &mut rest, first);
                continue;
            }
            let len =
                rest.find(|c: char| delimiter(c) || c == '"' || c == '\'').unwrap_or(rest.len());
            let (word, behind) = rest.split_at(len);
            match self.lists.get(word) {
                Some(items) => {
                    self.used_lists.borrow_mut().insert(word.to_owned());
                    if items.is_empty() {
                        // An empty list takes its comma with it.
                        let kept = out.trim_end().len();
                        if out.get(..kept).is_some_and(|kept| kept.ends_with(',')) {
                            out.truncate(kept - 1);
                        } else if let Some(comma) = behind.trim_start().strip_prefix(',') {
                            rest = comma;
                            continue;
                        }
                    } else {
                        out.push_str(items);
                    }
                }
                None => out.push_str(word),
            }
            rest = behind;
        }
        out
    }

    fn tree(&self, text: &str, order: usize, open: &mut Vec<String>) -> Result<Expr, Wrong> {
        let text = self.with_lists(text);
        let piece =
            |span: Span| text.get(span.start..span.end).unwrap_or_default().trim().to_owned();
        let expr = parse(&text, DEFAULT_DEPTH).map_err(|error| {
            let rest = text.get(error.offset..).unwrap_or_default();
            let word = rest.split_whitespace().next().unwrap_or_default().to_owned();
            Wrong::new(word, error.message).within(&text, Some(error.offset))
        })?;
        expr.resolve(&mut |name, span| {
            self.macro_tree(name, order, open).map_err(|mut wrong: Wrong| {
                if wrong.piece.is_empty() {
                    wrong.piece = piece(span);
                }
                // The condition people wrote, not the macro's inside.
                wrong.within(&text, Some(span.start))
            })
        })
    }

    /// The tree of a macro, seen from something written at `order`.
    fn macro_tree(&self, name: &str, order: usize, open: &mut Vec<String>) -> Result<Expr, Wrong> {
        let fail = |message: String| Wrong { reference: true, ..Wrong::new(name, message) };
        if open.iter().any(|outer| outer == name) {
            return Err(fail(format!("reference loop in macro '{name}'")));
        }
        let found = self.items.macros.get(name).filter(|found| found.first < order);
        let Some(found) = found else {
            let known = self.items.macros.keys().map(String::as_str).filter(|known| *known != name);
            let near = names::nearest(name, known);
            let hint = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
            return Err(fail(format!("Undefined macro '{name}' used in filter.{hint}")));
        };
        self.used_macros.borrow_mut().insert(name.to_owned());
        open.push(name.to_owned());
        let tree = self.tree(&found.condition, order, open);
        open.pop();
        tree
    }

    fn rule(
        &self,
        rule: &RuleItem,
        options: &Options,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Rule> {
        let items = || vec![("rule", rule.name.clone())];
        if rule.source != "syscall" {
            let wrong = Wrong::new("", format!("Unknown source {}, skipping", rule.source));
            let chain = vec![rule_link(rule)];
            diagnostics.push(self.told(
                Code::WarnUnknownSource,
                rule.condition_at,
                items(),
                &wrong,
                chain,
            ));
            return None;
        }
        let unknown = |message: &str| {
            [
                "nonexistent field",
                "invalid formatting token",
                "unknown event type",
                "unknown filter:",
            ]
            .iter()
            .any(|text| message.contains(text))
        };
        let mut tell = |code: Code, at: At, wrong: &Wrong| {
            let skip = rule.skip_if_unknown && unknown(&wrong.message);
            let code = if skip { Code::WarnUnknownFilter } else { code };
            let mut chain = vec![rule_link(rule)];
            let piece = |kind, at: At| Link { kind, name: String::new(), place: at.place };
            match code {
                Code::ErrCompileOutput => chain.push(piece("rule output", rule.output_at)),
                _ if wrong.expression.is_some() && !wrong.reference => {
                    chain.push(piece("rule condition", rule.condition_at));
                }
                _ => {}
            }
            let mut told = self.told(code, at, items(), wrong, chain);
            if code == Code::WarnDeprecatedItem {
                told.deprecated_field = DEPRECATED.into_iter().find(|name| *name == wrong.piece);
            }
            diagnostics.push(told);
        };
        let whole = match exceptions::add_to(&rule.condition, &rule.exceptions) {
            Ok(whole) => whole,
            Err(message) => {
                tell(Code::ErrValidate, rule.condition_at, &Wrong::new("", message));
                return None;
            }
        };
        let tree = match self.tree(&whole, usize::MAX, &mut Vec::new()) {
            Ok(tree) => tree,
            Err(wrong) => {
                tell(wrong.code(), rule.condition_at, &wrong);
                return None;
            }
        };
        let condition = match check(&tree, &self.items.catalogue) {
            Ok(condition) => condition,
            Err(errors) => {
                for error in errors {
                    let start = check_at(&tree, error.span.start);
                    let piece = piece_of(&error.message);
                    tell(
                        Code::ErrCompileCondition,
                        rule.condition_at,
                        &Wrong::new(piece, error.message).within(&whole, Some(start)),
                    );
                }
                return None;
            }
        };
        let mut text = rule.output.replace("%container.info", "").trim().to_owned();
        for extra in &options.append_output {
            if extra.is_for(&rule.name, &rule.source, &rule.tags) && !extra.format.is_empty() {
                text.push(' ');
                text.push_str(&extra.format);
            }
        }
        let mut extra_fields = Vec::new();
        for (key, format) in options
            .append_output
            .iter()
            .filter(|extra| extra.is_for(&rule.name, &rule.source, &rule.tags))
            .flat_map(|extra| &extra.fields)
        {
            match Template::parse(&format!("*{format}"), &self.items.catalogue) {
                Ok(template) => extra_fields.push((key.clone(), template)),
                Err(error) => {
                    let message = format!("extra field {key}: {}", error.message);
                    tell(Code::ErrCompileOutput, rule.output_at, &Wrong::new("", message));
                    return None;
                }
            }
        }
        let output = match Template::parse(&text, &self.items.catalogue) {
            Ok(output) => output,
            Err(error) => {
                let piece = piece_of(&error.message);
                tell(Code::ErrCompileOutput, rule.output_at, &Wrong::new(piece, error.message));
                return None;
            }
        };
        for doubt in &condition.doubts {
            let piece = doubt.message.split('\'').nth(1).unwrap_or_default().to_owned();
            let wrong =
                Wrong::new(piece, doubt.message.clone()).within(&whole, Some(doubt.span.start));
            tell(Code::WarnCompileCondition, rule.condition_at, &wrong);
        }
        deprecated(&condition.root, &output, &mut |field, place| {
            let at = if place == "condition" { rule.condition_at } else { rule.output_at };
            let message = if field == "evt.dir" && place == "condition" {
                "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'".to_owned()
            } else {
                format!("usage of deprecated field '{field}' has been detected in the rule {place}")
            };
            let wrong = Wrong::new(field, message);
            let wrong = if place == "condition" { wrong.within(&whole, None) } else { wrong };
            tell(Code::WarnDeprecatedItem, at, &wrong);
        });
        // A condition that can never be true is told the same way.
        let codes = condition.codes.len();
        if rule.warn_evttypes && (codes > MANY_CODES || codes == 0) {
            let message = "Rule matches too many evt.type values. This has a significant performance penalty.".to_owned();
            tell(Code::WarnNoEvttype, rule.condition_at, &Wrong::new("", message));
        }
        Some(Rule {
            name: rule.name.clone(),
            description: rule.description.clone(),
            condition_text: rule.condition.clone(),
            condition,
            condition_compiled: tree.to_string(),
            output_text: rule.output.clone(),
            output,
            output_compiled: text,
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

    fn unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        // Lists that only other lists name are used too.
        let mut used = self.used_lists.borrow().clone();
        for list in self.items.lists.values() {
            used.extend(list.items.iter().filter(|item| **item != list.name).cloned());
        }
        for list in self.items.lists.values().filter(|list| !used.contains(&list.name)) {
            let wrong = Wrong::new("", "List not referred to by any other rule/macro".to_owned());
            diagnostics.push(self.told(
                Code::WarnUnusedList,
                list.at,
                vec![("list", list.name.clone())],
                &wrong,
                vec![Link { kind: "list", name: list.name.clone(), place: list.at.place }],
            ));
        }
        let used = self.used_macros.borrow();
        for one in self.items.macros.values().filter(|one| !used.contains(&one.name)) {
            let wrong = Wrong::new("", "Macro not referred to by any other rule/macro".to_owned());
            diagnostics.push(self.told(
                Code::WarnUnusedMacro,
                one.item_at,
                vec![("macro", one.name.clone())],
                &wrong,
                vec![Link { kind: "macro", name: one.name.clone(), place: one.item_at.place }],
            ));
        }
    }
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

fn rule_link(rule: &RuleItem) -> Link {
    Link { kind: "rule", name: rule.name.clone(), place: rule.at.place }
}

/// Fields Falco calls deprecated: they answer, and say nothing any more.
const DEPRECATED: [&str; 7] = [
    "evt.dir",
    "evt.latency",
    "evt.latency.s",
    "evt.latency.ns",
    "evt.latency.human",
    "evt.latency.quantized",
    "evt.wait_latency",
];

/// Tells each deprecated field once for the condition and once for the output.
fn deprecated(root: &Node<Field>, output: &Template<Field>, tell: &mut dyn FnMut(&str, &str)) {
    let known = |field: &Field| DEPRECATED.into_iter().find(|name| *name == field.info.name);
    let mut in_condition = BTreeSet::new();
    root.predicates(&mut |predicate| {
        predicate.fields(&mut |field| in_condition.extend(known(field)));
    });
    let mut in_output = BTreeSet::new();
    for token in output.tokens() {
        token.getter.fields(&mut |field| in_output.extend(known(field)));
    }
    for name in in_condition {
        tell(name, "condition");
    }
    for name in in_output {
        tell(name, "output");
    }
}

fn continue_quote(out: &mut String, rest: &mut &str, open: char) {
    out.push(open);
    *rest = rest.get(open.len_utf8()..).unwrap_or_default();
}

/// The word a message is about: what people look for in their file.
fn piece_of(message: &str) -> String {
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
