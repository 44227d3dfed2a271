//! Nodes -> lists, macros and rules, in the order of the files: definition, redefinition, append, override.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use peregrine_event::Priority;
use peregrine_fields::Catalogue;
use peregrine_yaml::{Body, Node, Place};

use crate::diagnostic::Diagnostic;
use crate::exception::Exception;
use crate::exceptions;
use crate::item::{Faults, Item, ItemResult, Override, link};
use crate::keys;
use crate::kind::{Deprecated, DiagnosticKind, ItemError, Lint, ShapeError};
use crate::recovery::{Partial, Unread};
use crate::required::{engine_version, plugin_versions};
use crate::traced::{Scalar, Traced};
use crate::{Options, SourceText};

/// Where an item or a piece of one begins: the file's number and the place in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct At {
    pub(crate) file: usize,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) struct ListItem {
    pub(crate) name: String,
    pub(crate) items: Vec<Rc<Scalar>>,
    pub(crate) at: At,
    /// When it was first written: others written from then on may use it.
    pub(crate) first: usize,
    /// When it was last written: it may use what was there by then.
    pub(crate) order: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct MacroItem {
    pub(crate) name: String,
    /// Empty where it has a mistake.
    pub(crate) condition: Traced,
    /// Where it was defined.
    pub(crate) condition_at: At,
    /// Where the item begins that defines it.
    pub(crate) item_at: At,
    /// When it was first written: others written from then on may use it.
    pub(crate) first: usize,
    /// When it was last written: it may use what was there by then.
    pub(crate) order: usize,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a key of a rule each")]
pub(crate) struct RuleItem {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Where the item begins.
    pub(crate) at: At,
    /// Empty where it has a mistake.
    pub(crate) condition: Traced,
    /// Where the condition of the definition is: the place Falco reports.
    pub(crate) condition_at: At,
    /// Empty where it has a mistake.
    pub(crate) output: Traced,
    /// Where the output of the definition is: the place Falco reports.
    pub(crate) output_at: At,
    pub(crate) priority: Priority,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) source: String,
    pub(crate) enabled: bool,
    pub(crate) warn_evttypes: bool,
    pub(crate) skip_if_unknown: bool,
    pub(crate) capture: bool,
    pub(crate) capture_duration: u64,
    pub(crate) exceptions: Vec<Exception>,
}

#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) lists: BTreeMap<String, ListItem>,
    pub(crate) macros: BTreeMap<String, MacroItem>,
    pub(crate) rules: Vec<RuleItem>,
    /// What is required of plugins and not met.
    pub(crate) unmet_plugins: Vec<String>,
    /// The highest engine version that is required.
    pub(crate) engine_version: (u64, u64, u64),
    /// What is required of plugins, as JSON.
    pub(crate) plugins: Vec<serde_json::Value>,
    /// The fields there are.
    pub(crate) catalogue: Catalogue,
    /// Whether only what Falco takes is taken.
    pub(crate) strict: bool,
    /// What could not be read.
    pub(crate) unread: Unread,
    /// Items of the file that is taken which were read in part.
    pub(crate) partial: Vec<Partial>,
    order: usize,
}

impl Items {
    /// None yet.
    pub(crate) fn new(options: &Options) -> Self {
        let strict = options.as_falco;
        let catalogue = Catalogue::with_static(&options.static_fields).strictly(strict);
        Self { catalogue, strict, ..Self::default() }
    }

    /// Takes what could not be read of a file. Lists without items stand for those among it, so that
    /// conditions that name them are read.
    pub(crate) fn leave_out(&mut self, unread: Unread, at: At) {
        for name in unread.names("list") {
            let list =
                ListItem { name: name.to_owned(), items: Vec::new(), at, first: 0, order: 0 };
            self.lists.entry(name.to_owned()).or_insert(list);
        }
        self.unread.extend(unread);
    }
}

/// The source whose events Peregrine watches.
pub(crate) const SYSCALL: &str = "syscall";

/// Takes the documents of one file, which has this number, into the items.
pub(crate) fn documents(
    source: &SourceText<'_>,
    file: usize,
    documents: &[Node],
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let strict = items.strict;
    let failed = |found: &[Diagnostic]| strict && found.iter().any(Diagnostic::is_error);
    let wrong = |place, kind: ShapeError| Diagnostic::new(kind, source, place, Vec::new());
    for document in documents {
        if failed(diagnostics) {
            return;
        }
        let list = match &document.body {
            Body::Null => continue,
            Body::List(list) => list,
            Body::Map(_) => {
                let mut wrong = wrong(document.place, ShapeError::NotItems);
                keys::suggest_items(&mut wrong, source, document);
                diagnostics.push(wrong);
                continue;
            }
            Body::Scalar(_) => {
                diagnostics.push(wrong(document.place, ShapeError::NotYaml));
                continue;
            }
        };
        for node in list {
            if failed(diagnostics) {
                return;
            }
            if matches!(node.body, Body::Null) {
                continue;
            }
            if node.map().is_none() {
                let link = link("rules content item", "", node.place);
                let wrong = wrong(node.place, ShapeError::NotItem);
                diagnostics.push(wrong.within(vec![link]));
                continue;
            }
            if let Err(error) = item(source, file, node, items, diagnostics) {
                diagnostics.push(*error);
            }
        }
    }
}

/// One item. What it has wrong is in the diagnostics, and returned where one mistake is enough.
fn item(
    source: &SourceText<'_>,
    file: usize,
    node: &Node,
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> ItemResult<()> {
    let Some(kind) = keys::KINDS.into_iter().find(|kind| node.get(kind).is_some()) else {
        let link = link("rules content item", "", node.place);
        let unknown = Diagnostic::new(DiagnosticKind::UnknownItem, source, node.place, Vec::new());
        let mut unknown = unknown.within(vec![link]);
        keys::suggest_kind(&mut unknown, source, node);
        diagnostics.push(unknown);
        return Ok(());
    };
    let name = node.get(kind).and_then(Node::scalar).unwrap_or_default().to_owned();
    let catalogue = items.catalogue.clone();
    let item = Item { node, kind, name, source, file, catalogue, strict: items.strict };
    for key in node.repeated() {
        let name = key.scalar().unwrap_or_default().to_owned();
        diagnostics.push(*item.error_of(key, DiagnosticKind::DuplicateKey { key: name }));
    }
    items.order += 1;
    let before = diagnostics.len();
    let mut faults = Faults { strict: items.strict, diagnostics };
    let taken = match kind {
        "required_engine_version" => engine_version(&item)
            .map(|version| items.engine_version = items.engine_version.max(version)),
        "list" => list(&item, items, &mut faults),
        "macro" => one_macro(&item, items, &mut faults),
        "rule" => rule(&item, items, &mut faults),
        _ => plugin_versions(&item, &mut items.unmet_plugins, &mut items.plugins),
    };
    faults.note(taken)?;
    keys::unknown(&item, before, faults.diagnostics);
    Partial::excuse(&items.partial, node.place.offset, diagnostics, before);
    Ok(())
}

/// Says that `append: true` has another form now.
fn old_append(item: &Item<'_, '_>, faults: &mut Faults<'_>) -> ItemResult<()> {
    if faults.optional(item.truth("append"))? == Some(true) {
        let mut deprecated = item.wrong(Deprecated::Append);
        if let Some((key, _)) = item.node.entry("append") {
            deprecated.show_at(item.source, key.span.clone());
        }
        faults.push(deprecated);
    }
    Ok(())
}

/// Warns of an item that this file has defined before.
fn defined_twice(item: &Item<'_, '_>, before: Option<At>, faults: &mut Faults<'_>) {
    if let Some(before) = before.filter(|before| before.file == item.file) {
        let line = before.place.line;
        let (kind, name) = (item.kind, item.name.clone());
        faults.push(item.error_of_name(Lint::DefinedTwice { kind, name, line }));
    }
}

fn list(item: &Item<'_, '_>, items: &mut Items, faults: &mut Faults<'_>) -> ItemResult<()> {
    let Some((name, node)) = faults.note(item.needed("list"))? else { return Ok(()) };
    if name.chars().any(|c| c.is_whitespace() || "()\"'=,".contains(c)) {
        faults.push(item.error_of(node, DiagnosticKind::ListName));
    }
    let values = item.texts("items").and_then(|texts| texts.ok_or_else(|| item.missing("items")));
    let values = faults.note(values)?.unwrap_or_default();
    old_append(item, faults)?;
    let overrides = item.overrides(&["items"], &["items"], faults)?;
    let order = items.order;
    if overrides.get("items") == Some(&Override::Append) {
        let Some(old) = items.lists.get_mut(name) else {
            let known = items.lists.keys().map(String::as_str);
            return keys::unknown_name(item, &items.unread, known, ItemError::NoListToAppend);
        };
        old.items.extend(values);
        old.order = order;
        return Ok(());
    }
    let old = items.lists.get(name);
    if overrides.is_empty() && !items.unread.has("list", name) {
        defined_twice(item, old.map(|old| old.at), faults);
    }
    let first = old.map_or(order, |old| old.first);
    let at = item.at(item.node.place);
    let list = ListItem { name: name.to_owned(), items: values, at, first, order };
    items.lists.insert(name.to_owned(), list);
    Ok(())
}

/// The text of a key an item must have, with where it was written.
fn needed_text(item: &Item<'_, '_>, key: &str) -> ItemResult<(Traced, At)> {
    let (_, node) = item.needed(key)?;
    let scalar = Scalar::of(node, item.file).ok_or_else(|| item.missing(key))?;
    Ok((Traced::scalar(&scalar), item.at(node.place)))
}

fn one_macro(item: &Item<'_, '_>, items: &mut Items, faults: &mut Faults<'_>) -> ItemResult<()> {
    let Some((name, node)) = faults.note(item.needed("macro"))? else { return Ok(()) };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(word) {
        faults.push(item.error_of(node, DiagnosticKind::MacroName));
    }
    let condition = faults.note(needed_text(item, "condition"))?;
    let (condition, at) = condition.unwrap_or_default();
    old_append(item, faults)?;
    let overrides = item.overrides(&["condition"], &["condition"], faults)?;
    let order = items.order;
    if overrides.get("condition") == Some(&Override::Append) {
        let Some(old) = items.macros.get_mut(name) else {
            let known = items.macros.keys().map(String::as_str);
            return keys::unknown_name(item, &items.unread, known, ItemError::NoMacroToAppend);
        };
        old.condition.append(&condition);
        old.order = order;
        return Ok(());
    }
    let old = items.macros.get(name);
    if overrides.is_empty() {
        defined_twice(item, old.map(|old| old.item_at), faults);
    }
    let new = MacroItem {
        first: old.map_or(order, |old| old.first),
        name: name.to_owned(),
        condition,
        condition_at: at,
        item_at: item.at(item.node.place),
        order,
    };
    items.macros.insert(name.to_owned(), new);
    Ok(())
}

fn priority(item: &Item<'_, '_>) -> ItemResult<Option<Priority>> {
    let Some((text, value)) = item.text("priority")? else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| {
        let mut error =
            item.error_in(&[link("rule priority", "", value.place)], ShapeError::Priority);
        error.show_at(item.source, value.span.clone());
        keys::suggest_priority(&mut error, item, value);
        error
    })
}

fn rule(item: &Item<'_, '_>, items: &mut Items, faults: &mut Faults<'_>) -> ItemResult<()> {
    const APPEND: [&str; 5] = ["condition", "output", "desc", "tags", "exceptions"];
    const REPLACE: [&str; 11] = [
        "condition",
        "output",
        "desc",
        "priority",
        "capture",
        "capture_duration",
        "tags",
        "exceptions",
        "enabled",
        "warn_evttypes",
        "skip-if-unknown-filter",
    ];
    let Some((name, _)) = faults.note(item.needed("rule"))? else { return Ok(()) };
    old_append(item, faults)?;
    let overrides = item.overrides(&APPEND, &REPLACE, faults)?;
    let place = items.rules.iter().position(|rule| rule.name == name);
    let has = |key: &&str| item.node.get(key).is_some();
    let appended = matches!(item.truth("append"), Ok(Some(true)));
    if appended && !["condition", "exceptions"].iter().any(has) {
        return Err(item.wrong(ItemError::AppendsNothing));
    }
    if !overrides.is_empty() {
        let appends = overrides.values().any(|how| *how == Override::Append);
        let Some(rule) = place.and_then(|place| items.rules.get_mut(place)) else {
            let kind = if appends { ItemError::NoRuleToAppend } else { ItemError::NoRuleToReplace };
            let known = items.rules.iter().map(|rule| rule.name.as_str());
            return keys::unknown_name(item, &items.unread, known, kind);
        };
        // An empty source is none.
        let source = item.node.get("source").and_then(Node::scalar).unwrap_or_default();
        if !source.is_empty() && source != rule.source {
            return Err(item.wrong(ItemError::OtherSource));
        }
        exceptions::doubtful(item, overrides.contains_key("exceptions"), faults.diagnostics);
        return change(item, rule, &overrides, faults);
    }
    // What it overrides has a mistake.
    let empty = |node: &Node| node.map().is_some_and(<[_]>::is_empty);
    if item.node.get("override").is_some_and(|node| !empty(node)) {
        return Ok(());
    }
    if !["condition", "output", "desc", "priority"].iter().any(has) {
        let enabled = item.truth("enabled")?;
        let enabled = enabled.ok_or_else(|| item.missing("enabled"))?;
        faults.push(item.error_of_name(Deprecated::StandaloneEnabled));
        let Some(rule) = place.and_then(|place| items.rules.get_mut(place)) else {
            let known = items.rules.iter().map(|rule| rule.name.as_str());
            return keys::unknown_name(item, &items.unread, known, ItemError::NoRuleToEnable);
        };
        rule.enabled = enabled;
        return Ok(());
    }
    let new = definition(item, name, faults)?;
    let old = place.and_then(|place| items.rules.get_mut(place));
    if let Some(old) = old.as_ref().filter(|old| old.source == new.source) {
        defined_twice(item, Some(old.at), faults);
    }
    match old {
        Some(old) if old.source != new.source => return Err(item.wrong(ItemError::OtherSource)),
        Some(old) => *old = new,
        None => items.rules.push(new),
    }
    exceptions::doubtful(item, false, faults.diagnostics);
    Ok(())
}

/// A rule as one item defines it. Where a part has a mistake, which is noted, something stands for it
/// that is not looked at.
fn definition(item: &Item<'_, '_>, name: &str, faults: &mut Faults<'_>) -> ItemResult<RuleItem> {
    let (condition, condition_at) =
        faults.note(needed_text(item, "condition"))?.unwrap_or_default();
    let (output, output_at) = faults.note(needed_text(item, "output"))?.unwrap_or_default();
    let description = faults.note(item.needed("desc"))?.map_or("", |(text, _)| text);
    let priority = match faults.note(item.needed("priority"))? {
        Some(_) => faults.optional(priority(item))?,
        None => None,
    };
    let source = faults.optional(item.source())?.unwrap_or(SYSCALL);
    let new = RuleItem {
        name: name.to_owned(),
        description: description.to_owned(),
        at: item.at(item.node.place),
        condition,
        condition_at,
        output: output.trimmed(),
        output_at,
        priority: priority.unwrap_or(Priority::Debug),
        source: source.to_owned(),
        enabled: faults.optional(item.truth("enabled"))?.unwrap_or(true),
        warn_evttypes: faults.optional(item.truth("warn_evttypes"))?.unwrap_or(true),
        skip_if_unknown: faults.optional(item.truth("skip-if-unknown-filter"))?.unwrap_or(false),
        capture: faults.optional(item.truth("capture"))?.unwrap_or(false),
        capture_duration: faults.optional(item.number("capture_duration"))?.unwrap_or(0),
        tags: tags(faults.optional(item.texts("tags"))?.unwrap_or_default()),
        exceptions: exceptions::read(item, faults)?,
    };
    if new.source != SYSCALL {
        let mut unknown = item.wrong(DiagnosticKind::UnknownSource { name: new.source.clone() });
        if let Some(source) = item.node.get("source") {
            unknown.show_at(item.source, source.span.clone());
        }
        faults.push(unknown);
    }
    Ok(new)
}

fn tags(texts: Vec<Rc<Scalar>>) -> BTreeSet<String> {
    texts.into_iter().map(|scalar| scalar.value.clone()).collect()
}

/// An override of a rule that is there.
fn change(
    item: &Item<'_, '_>,
    rule: &mut RuleItem,
    overrides: &BTreeMap<String, Override>,
    faults: &mut Faults<'_>,
) -> ItemResult<()> {
    for (key, how) in overrides {
        let appends = *how == Override::Append;
        let put = |old: &mut Traced, new: &Traced| {
            if appends {
                old.append(new);
            } else {
                *old = new.clone();
            }
        };
        match key.as_str() {
            "condition" => {
                if let Some((text, _)) = faults.note(needed_text(item, key))? {
                    put(&mut rule.condition, &text);
                }
            }
            "output" => {
                if let Some((text, _)) = faults.note(needed_text(item, key))? {
                    // What is appended keeps its blanks.
                    put(&mut rule.output, &if appends { text } else { text.trimmed() });
                }
            }
            "desc" => {
                if let Some((text, _)) = faults.note(item.needed(key))? {
                    if appends {
                        rule.description.push(' ');
                    } else {
                        rule.description.clear();
                    }
                    rule.description.push_str(text.trim());
                }
            }
            "tags" => {
                let tags = tags(faults.optional(item.texts(key))?.unwrap_or_default());
                if !appends {
                    rule.tags.clear();
                }
                rule.tags.extend(tags);
            }
            "exceptions" => {
                exceptions::change(item, &mut rule.exceptions, appends, faults)?;
            }
            "priority" => {
                rule.priority = faults.optional(priority(item))?.unwrap_or(rule.priority);
            }
            "capture_duration" => {
                let duration = faults.optional(item.number(key))?;
                rule.capture_duration = duration.unwrap_or(rule.capture_duration);
            }
            other => {
                let of_key = match other {
                    "enabled" => &mut rule.enabled,
                    "capture" => &mut rule.capture,
                    "warn_evttypes" => &mut rule.warn_evttypes,
                    "skip-if-unknown-filter" => &mut rule.skip_if_unknown,
                    _ => continue,
                };
                *of_key = faults.optional(item.truth(key))?.unwrap_or(*of_key);
            }
        }
    }
    Ok(())
}
