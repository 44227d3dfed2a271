//! Keys of items, and what people write instead of them.

use peregrine_event::{Priority, names};
use peregrine_yaml::Node;

use crate::SourceText;
use crate::diagnostic::{Diagnostic, Edit};
use crate::item::{Item, ItemResult};
use crate::kind::{DiagnosticKind, ItemError, ShapeError};
use crate::recovery::Unread;

/// The keys that say what an item is.
pub(crate) const KINDS: [&str; 5] =
    ["required_engine_version", "required_plugin_versions", "list", "macro", "rule"];

/// How long a key may be that is taken for a kind.
const LONGEST_KIND: usize = 40;

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

/// Words people write, and the key they mean.
const MEANT: [(&str, &str); 14] = [
    ("description", "desc"),
    ("condition", "condition"),
    ("conditions", "condition"),
    ("filter", "condition"),
    ("expression", "condition"),
    ("message", "output"),
    ("outputs", "output"),
    ("severity", "priority"),
    ("level", "priority"),
    ("tag", "tags"),
    ("enable", "enabled"),
    ("exception", "exceptions"),
    ("overrides", "override"),
    ("skip_if_unknown_filter", "skip-if-unknown-filter"),
];

/// Words people write for a priority, and the one they mean.
const PRIORITIES: [(&str, Priority); 12] = [
    ("emerg", Priority::Emergency),
    ("panic", Priority::Emergency),
    ("crit", Priority::Critical),
    ("fatal", Priority::Critical),
    ("high", Priority::Critical),
    ("err", Priority::Error),
    ("warn", Priority::Warning),
    ("medium", Priority::Warning),
    ("note", Priority::Notice),
    ("low", Priority::Notice),
    ("inform", Priority::Informational),
    ("trace", Priority::Debug),
];

/// The keys of an exception.
pub const EXCEPTION_KEYS: [&str; 4] = ["name", "fields", "comps", "values"];

/// The keys an item of a kind takes; of no kind, those that say what an item is.
pub fn keys_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "list" => &["list", "items", "append", "override"],
        "macro" => &["macro", "condition", "append", "override"],
        "rule" => &RULE_KEYS,
        _ => &KINDS,
    }
}

/// The key among these that a word means.
fn meant(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let same = known.iter().copied().find(|key| *key == lower);
    let aliases = || MEANT.iter().filter(|(_, key)| known.contains(key));
    let alias = |word: &str| {
        let mut found = aliases().filter(|(alias, _)| *alias == word);
        found.next().map(|(_, key)| *key)
    };
    let near = || {
        let all = known.iter().copied().chain(aliases().map(|(alias, _)| *alias));
        let near = names::nearest(&lower, all)?;
        known.iter().copied().find(|key| *key == near).or_else(|| alias(near))
    };
    same.or_else(|| alias(&lower)).or_else(near)
}

/// Suggests a text in place of a scalar.
pub(crate) fn suggest(
    diagnostic: &mut Diagnostic,
    source: &SourceText<'_>,
    scalar: &Node,
    instead: Option<&str>,
) {
    let Some(instead) = instead else { return };
    let written = source.text.get(scalar.span.clone()).unwrap_or_default();
    let title = format!("replace `{written}` with `{instead}`");
    diagnostic.repair_with(source, title, vec![Edit::new(scalar.span.clone(), instead)]);
}

/// Reports the keys of an item that nobody knows. One that is meant for a key the item must have is
/// the cause of what was reported since `before`, and takes the place of that.
pub(crate) fn unknown(item: &Item<'_, '_>, before: usize, diagnostics: &mut Vec<Diagnostic>) {
    let known = keys_of(item.kind);
    for (key, _) in item.node.map().unwrap_or_default() {
        let name = key.scalar().unwrap_or_default();
        if known.contains(&name) {
            continue;
        }
        let free: Vec<&'static str> =
            known.iter().copied().filter(|known| item.node.get(known).is_none()).collect();
        let meant = meant(name, &free);
        let missing = diagnostics.iter_mut().skip(before).find(|reported| {
            let DiagnosticKind::Shape(ShapeError::MissingKey { key }) = &reported.kind else {
                return false;
            };
            Some(key.as_str()) == meant && reported.repair.is_none()
        });
        if let Some(missing) = missing {
            missing.show_at(item.source, key.span.clone());
            suggest(missing, item.source, key, meant);
            continue;
        }
        let kind = DiagnosticKind::UnknownKey { key: name.to_owned() };
        let mut unknown = item.error_of(key, kind);
        suggest(&mut unknown, item.source, key, meant);
        diagnostics.push(*unknown);
    }
}

/// The kind of item a key means.
pub(crate) fn kind_meant(key: &str) -> Option<&'static str> {
    // Names of kinds are short, and so is what people write for them.
    if key.len() > LONGEST_KIND { None } else { meant(key, &KINDS) }
}

/// Suggests what an item without a kind may be.
pub(crate) fn suggest_kind(unknown: &mut Diagnostic, source: &SourceText<'_>, node: &Node) {
    for (key, _) in node.map().unwrap_or_default() {
        if let Some(meant) = kind_meant(key.scalar().unwrap_or_default()) {
            unknown.show_at(source, key.span.clone());
            suggest(unknown, source, key, Some(meant));
            return;
        }
    }
}

/// The mistake of an item whose name nobody defined before, with the one that may be meant; none where
/// what defines it could not be read.
pub(crate) fn unknown_name<'n>(
    item: &Item<'_, '_>,
    unread: &Unread,
    known: impl Iterator<Item = &'n str>,
    kind: ItemError,
) -> ItemResult<()> {
    if unread.has(item.kind, &item.name) {
        return Ok(());
    }
    let mut error = item.error_of_name(kind);
    if let Some(name) = item.node.get(item.kind) {
        suggest(&mut error, item.source, name, names::nearest(&item.name, known));
    }
    Err(error)
}

/// Says which priorities there are, and which one may be meant.
pub(crate) fn suggest_priority(error: &mut Diagnostic, item: &Item<'_, '_>, value: &Node) {
    let lower = value.scalar().unwrap_or_default().trim().to_lowercase();
    let alias = PRIORITIES.iter().find(|(word, _)| *word == lower).map(|(_, priority)| *priority);
    let near = || {
        let all: Vec<String> =
            Priority::ALL.iter().map(|priority| priority.name().to_lowercase()).collect();
        names::nearest(&lower, all.iter().map(String::as_str)).and_then(|near| near.parse().ok())
    };
    let meant: Option<Priority> = alias.or_else(near);
    suggest(error, item.source, value, meant.map(|meant| meant.name().to_uppercase()).as_deref());
    let all: Vec<String> =
        Priority::ALL.iter().map(|priority| priority.name().to_uppercase()).collect();
    error.help.push(format!("the priorities are {}", all.join(", ")));
}

/// Says what a file is that has a map where items should be.
pub(crate) fn suggest_items(error: &mut Diagnostic, source: &SourceText<'_>, document: &Node) {
    const CONFIGURATION: [&str; 12] = [
        "rules_files",
        "rules_file",
        "config_files",
        "engine",
        "load_plugins",
        "plugins",
        "json_output",
        "log_level",
        "log_stderr",
        "stdout_output",
        "syslog_output",
        "file_output",
    ];
    if CONFIGURATION.iter().any(|key| document.get(key).is_some()) {
        error.help.push(
            "this is a configuration file; `peregrine config check` looks at those".to_owned(),
        );
    } else if let Some((key, _)) = document.map().and_then(|map| {
        map.iter().find(|(key, _)| key.scalar().is_some_and(|key| KINDS.contains(&key)))
    }) {
        let title = "begin each item with `- `, and put its other keys below the first".to_owned();
        let start = key.span.start;
        error.repair_with(source, title, vec![Edit::new(start..start, "- ")]);
    }
}
