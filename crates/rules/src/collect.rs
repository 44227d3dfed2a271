//! Nodes -> lists, macros and rules, as the files say in their order: definition, redefinition,
//! append, override.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_event::Priority;
use peregrine_fields::Catalogue;
use peregrine_yaml::{Body, Node, Place};

use crate::diagnostic::Diagnostic;
use crate::exceptions::{self, Exception};
use crate::item::{Item, Told, link};
use crate::kind::{Deprecated, DiagnosticKind, ItemError, ShapeError};
use crate::required::{engine_version, plugin_versions};
use crate::{Options, SourceText};

/// Where a text was written: the file's number and the place in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct At {
    pub(crate) file: usize,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) struct ListItem {
    pub(crate) name: String,
    pub(crate) items: Vec<String>,
    pub(crate) at: At,
    /// When it was first written: others written from then on may use it.
    pub(crate) first: usize,
    /// When it was last written: it may use what was there by then.
    pub(crate) order: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct MacroItem {
    pub(crate) name: String,
    pub(crate) condition: String,
    /// Where the condition was last written.
    pub(crate) at: At,
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
    pub(crate) condition: String,
    /// Where it was last written.
    pub(crate) condition_at: At,
    /// Where the condition of the definition is: Falco tells of no other.
    pub(crate) condition_link: At,
    pub(crate) output: String,
    /// Where it was last written.
    pub(crate) output_at: At,
    /// Where the output of the definition is.
    pub(crate) output_link: At,
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
    /// The fields there are.
    pub(crate) catalogue: Catalogue,
    /// Whether only what Falco takes is taken.
    pub(crate) strict: bool,
    order: usize,
}

impl Items {
    /// None yet.
    pub(crate) fn new(options: &Options) -> Self {
        let strict = options.as_falco;
        let catalogue = Catalogue::with_static(&options.static_fields).strictly(strict);
        Self { catalogue, strict, ..Self::default() }
    }
}

/// The source whose events Peregrine watches.
pub(crate) const SYSCALL: &str = "syscall";

const RULE_KEYS: [&str; 15] = [
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "source",
    "enabled",
    "capture",
    "capture_duration",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "tags",
    "exceptions",
    "override",
    "append",
];

/// Takes the documents of one file, which has this number, into the items.
pub(crate) fn documents(
    source: &SourceText<'_>,
    file: usize,
    documents: &[Node],
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let strict = items.strict;
    let failed = |told: &[Diagnostic]| strict && told.iter().any(Diagnostic::is_error);
    let wrong = |place, kind: ShapeError| Diagnostic::new(kind, source, place, Vec::new());
    for document in documents {
        if failed(diagnostics) {
            return;
        }
        let list = match &document.body {
            Body::Null => continue,
            Body::List(list) => list,
            Body::Map(_) => {
                diagnostics.push(wrong(document.place, ShapeError::NotItems));
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
                diagnostics.push(wrong.within(source, vec![link]));
                continue;
            }
            // Every item is looked at, so that every mistake is told at once.
            if let Err(error) = item(source, file, node, items, diagnostics) {
                diagnostics.push(*error);
            }
        }
    }
}

fn item(
    source: &SourceText<'_>,
    file: usize,
    node: &Node,
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> Told<()> {
    const KINDS: [&str; 5] =
        ["required_engine_version", "required_plugin_versions", "list", "macro", "rule"];
    let Some(kind) = KINDS.into_iter().find(|kind| node.get(kind).is_some()) else {
        let link = link("rules content item", "", node.place);
        let told = Diagnostic::new(DiagnosticKind::UnknownItem, source, node.place, Vec::new());
        diagnostics.push(told.within(source, vec![link]));
        return Ok(());
    };
    let name = node.get(kind).and_then(Node::scalar).unwrap_or_default().to_owned();
    let catalogue = items.catalogue.clone();
    let item = Item { node, kind, name, source, file, catalogue, strict: items.strict };
    for key in node.repeated() {
        let name = key.scalar().unwrap_or_default().to_owned();
        diagnostics.push(*item.error(key.place, DiagnosticKind::DuplicateKey { key: name }));
    }
    let known: &[&str] = match kind {
        "list" => &["list", "items", "append", "override"],
        "macro" => &["macro", "condition", "append", "override"],
        "rule" => &RULE_KEYS,
        _ => &KINDS,
    };
    items.order += 1;
    match kind {
        "required_engine_version" => engine_version(&item)?,
        "list" => list(&item, items, diagnostics)?,
        "macro" => one_macro(&item, items, diagnostics)?,
        "rule" => rule(&item, items, diagnostics)?,
        _ => plugin_versions(&item, &mut items.unmet_plugins)?,
    }
    for (key, _) in node.map().unwrap_or_default() {
        let name = key.scalar().unwrap_or_default();
        if !known.contains(&name) {
            let kind = DiagnosticKind::UnknownKey { key: name.to_owned() };
            diagnostics.push(*item.error(key.place, kind));
        }
    }
    Ok(())
}

/// Tells that `append: true` has another form now.
fn old_append(item: &Item<'_, '_>, diagnostics: &mut Vec<Diagnostic>) -> Told<()> {
    if item.truth("append")? == Some(true) {
        diagnostics.push(*item.wrong(Deprecated::Append));
    }
    Ok(())
}

fn list(item: &Item<'_, '_>, items: &mut Items, diagnostics: &mut Vec<Diagnostic>) -> Told<()> {
    let (name, place) = item.needed("list")?;
    if name.chars().any(|c| c.is_whitespace() || "()\"'=,".contains(c)) {
        diagnostics.push(*item.error(place, DiagnosticKind::ListName));
    }
    let values = item.texts("items")?.ok_or_else(|| item.missing("items"))?;
    old_append(item, diagnostics)?;
    let overrides = item.overrides(&["items"], &["items"])?;
    let order = items.order;
    if overrides.get("items") == Some(&true) {
        let old = items.lists.get_mut(name).ok_or_else(|| item.wrong(ItemError::NoListToAppend))?;
        old.items.extend(values);
        old.order = order;
        return Ok(());
    }
    let first = items.lists.get(name).map_or(order, |old| old.first);
    let at = item.at(item.node.place);
    let list = ListItem { name: name.to_owned(), items: values, at, first, order };
    items.lists.insert(name.to_owned(), list);
    Ok(())
}

fn one_macro(
    item: &Item<'_, '_>,
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> Told<()> {
    let (name, place) = item.needed("macro")?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(word) {
        diagnostics.push(*item.error(place, DiagnosticKind::MacroName));
    }
    let (condition, place) = item.needed("condition")?;
    old_append(item, diagnostics)?;
    let overrides = item.overrides(&["condition"], &["condition"])?;
    let order = items.order;
    if overrides.get("condition") == Some(&true) {
        let old =
            items.macros.get_mut(name).ok_or_else(|| item.wrong(ItemError::NoMacroToAppend))?;
        old.condition.push(' ');
        old.condition.push_str(condition);
        old.at = item.at(place);
        old.order = order;
        return Ok(());
    }
    let first = items.macros.get(name).map_or(order, |old| old.first);
    let new = MacroItem {
        first,
        name: name.to_owned(),
        condition: condition.to_owned(),
        at: item.at(place),
        condition_at: item.at(place),
        item_at: item.at(item.node.place),
        order,
    };
    items.macros.insert(name.to_owned(), new);
    Ok(())
}

fn priority(item: &Item<'_, '_>) -> Told<Option<Priority>> {
    let Some((text, place)) = item.text("priority")? else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| {
        let links = [link("rule priority", "", place)];
        item.error_in(&links, ShapeError::Priority)
    })
}

fn rule(item: &Item<'_, '_>, items: &mut Items, diagnostics: &mut Vec<Diagnostic>) -> Told<()> {
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
    let (name, _) = item.needed("rule")?;
    old_append(item, diagnostics)?;
    let overrides = item.overrides(&APPEND, &REPLACE)?;
    let place = items.rules.iter().position(|rule| rule.name == name);
    if item.truth("append")? == Some(true)
        && !["condition", "exceptions"].iter().any(|key| item.node.get(key).is_some())
    {
        return Err(item.wrong(ItemError::AppendsNothing));
    }
    if !overrides.is_empty() {
        let appends = overrides.values().any(|appends| *appends);
        let missing = || {
            item.wrong(if appends { ItemError::NoRuleToAppend } else { ItemError::NoRuleToReplace })
        };
        let rule = place.and_then(|place| items.rules.get_mut(place)).ok_or_else(missing)?;
        // An empty source is none.
        let source = item.node.get("source").and_then(Node::scalar).unwrap_or_default();
        if !source.is_empty() && source != rule.source {
            return Err(item.wrong(ItemError::OtherSource));
        }
        exceptions::doubtful(item, overrides.contains_key("exceptions"), diagnostics);
        return change(item, rule, &overrides);
    }
    let defines =
        ["condition", "output", "desc", "priority"].iter().any(|key| item.node.get(key).is_some());
    if !defines {
        let enabled = item.truth("enabled")?;
        let enabled = enabled.ok_or_else(|| item.missing("enabled"))?;
        diagnostics.push(*item.wrong(Deprecated::StandaloneEnabled));
        let rule = place
            .and_then(|place| items.rules.get_mut(place))
            .ok_or_else(|| item.wrong(ItemError::NoRuleToEnable))?;
        rule.enabled = enabled;
        return Ok(());
    }
    let (condition, condition_place) = item.needed("condition")?;
    let (output, output_place) = item.needed("output")?;
    let (description, _) = item.needed("desc")?;
    item.needed("priority")?;
    let priority = priority(item)?.ok_or_else(|| item.wrong(ShapeError::Priority))?;
    let new = RuleItem {
        name: name.to_owned(),
        description: description.trim().to_owned(),
        at: item.at(item.node.place),
        condition: condition.to_owned(),
        condition_at: item.at(condition_place),
        condition_link: item.at(condition_place),
        output: output.trim().to_owned(),
        output_at: item.at(output_place),
        output_link: item.at(output_place),
        priority,
        source: item.source()?.unwrap_or(SYSCALL).to_owned(),
        enabled: item.truth("enabled")?.unwrap_or(true),
        warn_evttypes: item.truth("warn_evttypes")?.unwrap_or(true),
        skip_if_unknown: item.truth("skip-if-unknown-filter")?.unwrap_or(false),
        capture: item.truth("capture")?.unwrap_or(false),
        capture_duration: item.number("capture_duration")?.unwrap_or(0),
        tags: item.texts("tags")?.unwrap_or_default().into_iter().collect(),
        exceptions: exceptions::read(item)?,
    };
    if new.source != SYSCALL {
        let mut told = item.wrong(DiagnosticKind::UnknownSource { name: new.source.clone() });
        if let Some(source) = item.node.get("source") {
            told.move_to(item.source, source.place);
        }
        diagnostics.push(*told);
    }
    match place.and_then(|place| items.rules.get_mut(place)) {
        Some(old) if old.source != new.source => Err(item.wrong(ItemError::OtherSource)),
        Some(old) => {
            *old = new;
            Ok(())
        }
        None => {
            items.rules.push(new);
            Ok(())
        }
    }?;
    exceptions::doubtful(item, false, diagnostics);
    Ok(())
}

/// An override of a rule that is there.
fn change(
    item: &Item<'_, '_>,
    rule: &mut RuleItem,
    overrides: &BTreeMap<String, bool>,
) -> Told<()> {
    for (key, appends) in overrides {
        let appends = *appends;
        let put = |old: &mut String, new: &str| {
            if appends {
                old.push(' ');
                old.push_str(new);
            } else {
                new.clone_into(old);
            }
        };
        match key.as_str() {
            "condition" => {
                let (text, place) = item.needed(key)?;
                put(&mut rule.condition, text);
                rule.condition_at = item.at(place);
            }
            "output" => {
                let (text, place) = item.needed(key)?;
                // What is appended keeps its blanks.
                put(&mut rule.output, if appends { text } else { text.trim() });
                rule.output_at = item.at(place);
            }
            "desc" => put(&mut rule.description, item.needed(key)?.0.trim()),
            "tags" => {
                let tags = item.texts(key)?.unwrap_or_default();
                if !appends {
                    rule.tags.clear();
                }
                rule.tags.extend(tags);
            }
            "exceptions" => exceptions::change(item, &mut rule.exceptions, appends)?,
            "priority" => rule.priority = priority(item)?.unwrap_or(rule.priority),
            "enabled" => rule.enabled = item.truth(key)?.unwrap_or(rule.enabled),
            "capture" => rule.capture = item.truth(key)?.unwrap_or(rule.capture),
            "capture_duration" => {
                rule.capture_duration = item.number(key)?.unwrap_or(rule.capture_duration);
            }
            "warn_evttypes" => rule.warn_evttypes = item.truth(key)?.unwrap_or(rule.warn_evttypes),
            "skip-if-unknown-filter" => {
                rule.skip_if_unknown = item.truth(key)?.unwrap_or(rule.skip_if_unknown);
            }
            _ => {}
        }
    }
    Ok(())
}
