//! From a name to where it stands, and all of its places changed at once.

use std::collections::HashMap;

use lsp_types::{DocumentSymbol, Location, SymbolKind, TextEdit, Uri, WorkspaceEdit};

use peregrine_yaml::Body;

use crate::files::{Files, View};
use crate::index::{Item, Kind, Meaning, Word};
use crate::lines::Encoding;
use crate::project::{Place, Project};

/// Places as locations; without those no editor can open.
pub(crate) fn locations(
    files: &Files,
    project: &Project,
    places: &[Place],
    encoding: Encoding,
) -> Vec<Location> {
    let location = |(file, bytes): &Place| {
        let view = project.views.get(*file)?;
        Some(Location { uri: files.uri(view)?, range: view.range(bytes, encoding) })
    };
    places.iter().filter_map(location).collect()
}

/// The name under a byte of a document.
pub(crate) fn name_at<'v>(
    view: &'v View,
    project: &Project,
    offset: usize,
) -> Option<(Kind, String, &'v Word)> {
    let word = view.index().word_at(offset)?;
    let (kind, name) = project.named(word)?;
    Some((kind, name, word))
}

/// Why a name cannot be another.
fn refused(project: &Project, kind: Kind, old: &str, new: &str) -> Option<String> {
    if new.trim().is_empty() {
        return Some("a name cannot be empty".to_owned());
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let allowed = match kind {
        Kind::Macro => new.starts_with(|c: char| c.is_ascii_alphabetic()) && new.chars().all(word),
        Kind::List => new.chars().all(|c| word(c) || "-.".contains(c)),
        Kind::Rule => !new.contains(['\n', '\r']),
    };
    if !allowed {
        return Some(match kind {
            Kind::Macro => {
                format!("'{new}' is no name of a macro: a letter, then letters, digits and _")
            }
            Kind::List => format!("'{new}' is no name of a list: letters, digits, _, - and ."),
            Kind::Rule => "the name of a rule is one line".to_owned(),
        });
    }
    // A list is put in wherever its name stands, also where a macro is meant.
    let others: &[Kind] =
        if kind == Kind::Rule { &[Kind::Rule] } else { &[Kind::List, Kind::Macro] };
    if let Some(other) = others.iter().find(|other| new != old && project.has(**other, new)) {
        return Some(format!("there is a {} '{new}' already", other.word()));
    }
    // What adds to a shipped item, or stands in its place, would be about nothing.
    let items = project.items(kind, old);
    let mut views = items.iter().filter_map(|(file, _)| project.views.get(*file));
    views
        .any(|view| view.shipped)
        .then(|| format!("the {} '{old}' is one of the shipped ones", kind.word()))
}

/// Where a name stands in an item that is no YAML: what it is there nobody knows.
fn unread(project: &Project, name: &str, encoding: Encoding) -> Option<String> {
    let in_view = |view: &View| {
        let mut unread = view.index().unread.iter();
        let (start, at) = unread.find_map(|item| {
            let text = view.text.get(item.clone())?;
            let word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
            let alone = |at: &usize| {
                let (before, behind) = (text.get(..*at), text.get(*at + name.len()..));
                !before.is_some_and(|before| before.ends_with(word))
                    && !behind.is_some_and(|behind| behind.starts_with(word))
            };
            let at = text.match_indices(name).map(|(at, _)| at).find(alone)?;
            Some((item.start, at))
        })?;
        let line = view.lines.position(&view.text, start + at, encoding).line + 1;
        Some(format!(
            "{}:{line}: '{name}' is in an item that is no YAML: mend that first",
            view.name
        ))
    };
    project.views.iter().filter(|view| !view.shipped).find_map(|view| in_view(view))
}

/// A name as YAML writes it in place of what stands there; `whole` where that is all of a scalar.
fn as_written(old: &str, new: &str, whole: bool) -> String {
    // In a condition quotes would make a text of it.
    if !whole {
        return new.to_owned();
    }
    let in_quotes = |quote: char| {
        let escaped = match quote {
            '"' => new.replace('\\', "\\\\").replace('"', "\\\""),
            _ => new.replace('\'', "''"),
        };
        format!("{quote}{escaped}{quote}")
    };
    if let Some(quote @ ('"' | '\'')) = old.chars().next() {
        return in_quotes(quote);
    }
    let plain = peregrine_yaml::parse(&format!("- a: {new}")).is_ok_and(|documents| {
        let first = documents.first().map(|document| &document.body);
        let Some(Body::List(items)) = first else { return false };
        let name = items.first().and_then(|item| item.get("a"));
        name.and_then(|name| name.scalar()) == Some(new)
    });
    if plain { new.to_owned() } else { in_quotes('"') }
}

/// The changes that give a name's places another name.
///
/// # Errors
/// Why it cannot be.
pub(crate) fn rename(
    files: &Files,
    project: &Project,
    (kind, old): (Kind, &str),
    new: &str,
    encoding: Encoding,
) -> Result<WorkspaceEdit, String> {
    let refused = refused(project, kind, old, new).or_else(|| unread(project, old, encoding));
    if let Some(why) = refused {
        return Err(why);
    }
    #[expect(clippy::mutable_key_type, reason = "the protocol's type has URIs as keys")]
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (file, bytes) in project.references(kind, old) {
        let Some(view) = project.views.get(file).filter(|view| !view.shipped) else { continue };
        let written = view.text.get(bytes.clone()).unwrap_or_default();
        if written.trim_matches(['"', '\'']) != old {
            let line = view.range(&bytes, encoding).start.line + 1;
            return Err(format!("{}:{line}: the name is written in other letters", view.name));
        }
        if let Some(uri) = files.uri(view) {
            let word = view.index().word_at(bytes.start);
            let whole = !word.is_some_and(|word| matches!(word.meaning, Meaning::Condition(..)));
            let edit = TextEdit {
                range: view.range(&bytes, encoding),
                new_text: as_written(written, new, whole),
            };
            changes.entry(uri).or_default().push(edit);
        }
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

#[expect(deprecated, reason = "the protocol's type has a field nobody sets")]
fn symbol(
    view: &View,
    name: &str,
    kind: SymbolKind,
    detail: Option<String>,
    (all, own): (&std::ops::Range<usize>, &std::ops::Range<usize>),
    encoding: Encoding,
) -> DocumentSymbol {
    DocumentSymbol {
        // A symbol must have a name.
        name: if name.trim().is_empty() { "(no name)".to_owned() } else { name.to_owned() },
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: view.range(all, encoding),
        selection_range: view.range(own, encoding),
        children: None,
    }
}

/// The items of a document, with the exceptions of rules in them.
pub(crate) fn symbols(view: &View, encoding: Encoding) -> Vec<DocumentSymbol> {
    let within = |all: &std::ops::Range<usize>, own: &std::ops::Range<usize>| {
        all.start.min(own.start)..all.end.max(own.end)
    };
    let of_item = |item: &Item| {
        let kind = match item.kind {
            Kind::List => SymbolKind::ENUM,
            Kind::Macro => SymbolKind::FUNCTION,
            Kind::Rule => SymbolKind::EVENT,
        };
        let changed = if item.changes { " (changed)" } else { "" };
        let detail = Some(format!("{}{changed}", item.kind.word()));
        let all = within(&item.bytes, &item.name_bytes);
        let mut found = symbol(view, &item.name, kind, detail, (&all, &item.name_bytes), encoding);
        let exceptions = item.exceptions.iter().map(|exception| {
            let own = &exception.name_bytes;
            let detail = Some("exception".to_owned());
            symbol(view, &exception.name, SymbolKind::CONSTANT, detail, (own, own), encoding)
        });
        found.children = Some(exceptions.collect()).filter(|list: &Vec<_>| !list.is_empty());
        found
    };
    view.index().items.iter().map(of_item).collect()
}

/// The changes that put a document in order: one, from the first line that differs to the last.
///
/// # Errors
/// Where it is no YAML.
pub(crate) fn formatting(view: &View, encoding: Encoding) -> Result<Vec<TextEdit>, String> {
    let old = view.text.as_str();
    let new = peregrine_rules::format(old).map_err(|error| {
        let place = error.place;
        format!("{}:{}:{}: {error}", view.name, place.line, place.column)
    })?;
    if new == old {
        return Ok(Vec::new());
    }
    let lines =
        |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (before, after) = (lines(old), lines(&new));
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other);
    let head: usize = same.map(|(line, _)| line.len()).sum();
    let behind = before.iter().rev().zip(after.iter().rev());
    let same = behind.take_while(|(one, other)| one == other);
    let mut tail: usize = same.map(|(line, _)| line.len()).sum();
    tail = tail.min(old.len() - head).min(new.len() - head);
    // Cut only between letters.
    while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
        tail -= 1;
    }
    let new_text = new.get(head..new.len() - tail).unwrap_or_default().to_owned();
    Ok(vec![TextEdit { range: view.range(&(head..old.len() - tail), encoding), new_text }])
}
