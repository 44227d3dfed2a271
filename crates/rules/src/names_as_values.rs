//! Values that are, or nearly are, the name of a list or macro: their writer meant that.

use peregrine_event::names;
use peregrine_filter::ast::{Op, Right};

use crate::collect::Items;
use crate::diagnostic::{Diagnostic, Edit};
use crate::item::link;
use crate::kind::Lint;
use crate::macros::{Fault, Macros, Read};
use crate::report::{RuleReport, diagnostic};
use crate::traced::{Files, Spot};

/// Names shorter than this resemble too many words.
const LEAST: usize = 4;
/// What may be changed, put in, taken out or swapped in a name for it to be recognized.
const MOST_CHANGES: usize = 2;

/// What a value is the name of, or nearly is: its kind and name.
fn named(value: &str, macros: &Macros<'_>) -> Option<(&'static str, String)> {
    if value.len() < LEAST || macros.lists.items(value).is_some() {
        return None;
    }
    if macros.names().any(|name| name == value) {
        return Some(("macro", value.to_owned()));
    }
    let resembles = |name: &&str| {
        let plural = |one: &str, other: &str| other.strip_prefix(one).is_some_and(|end| end == "s");
        // A value with a sign in it that names have is meant for a name.
        let close = value.contains('_')
            && value.len().abs_diff(name.len()) <= MOST_CHANGES
            && names::distance(value, name) <= MOST_CHANGES;
        name.len() >= LEAST && (plural(value, name) || plural(name, value) || close)
    };
    macros.lists.names().find(resembles).map(|name| ("list", name.to_owned()))
}

/// The values of a condition that are no list's, as it is written.
fn faults(read: &Read, macros: &Macros<'_>, files: &Files<'_>) -> Vec<Fault> {
    let mut found = Vec::new();
    read.tree.checks(&mut |check| {
        // Parts of texts may be any word.
        let whole = matches!(check.op, Op::Eq | Op::Ne | Op::In | Op::Intersects | Op::Pmatch);
        if !whole && check.modifier.is_none() || matches!(check.right, Right::Operand(_)) {
            return;
        }
        for word in &*check.words() {
            // Most values are those of lists, which are not looked at here.
            let spot = macros.spot_of(read, word.span);
            let Some(Spot::File { file, span, list: None }) = spot else { continue };
            let Some((kind, name)) = named(&word.text, macros) else { continue };
            // What is in quotes is meant as it is.
            let written = files.source(file).text.get(span.start..span.end);
            if written != Some(word.text.as_str()) {
                continue;
            }
            let value = word.text.clone();
            let mut fault =
                Fault::new(Lint::NameAsValue { value: value.clone(), kind, name: name.clone() })
                    .at(Some(Spot::File { file, span, list: None }));
            if kind == "list" {
                let title = format!("replace `{value}` with `{name}`");
                fault.repair = Some((title, vec![Edit::new(span.start..span.end, name)]));
            }
            found.push(fault);
        }
    });
    found
}

/// Warns of values of a rule's condition.
pub(crate) fn in_rule(
    read: &Read,
    macros: &Macros<'_>,
    report: &RuleReport<'_, '_>,
    out: &mut Vec<Diagnostic>,
) {
    for fault in faults(read, macros, report.files) {
        report.report(fault, out);
    }
}

/// Warns of values of macros' conditions, and of items of lists that are names of lists defined later.
pub(crate) fn in_macros_and_lists(
    items: &Items,
    macros: &Macros<'_>,
    files: &Files<'_>,
    out: &mut Vec<Diagnostic>,
) {
    for one in items.macros.values() {
        let Some(read) = macros.read_of(&one.name) else { continue };
        for fault in faults(read, macros, files) {
            let name = vec![("macro", one.name.clone())];
            let chain = vec![link("macro", &*one.name, one.item_at.place)];
            out.push(diagnostic(files, one.condition_at, name, fault, chain));
        }
    }
    for list in items.lists.values() {
        for item in &list.items {
            let below = items
                .lists
                .get(&item.value)
                .filter(|other| other.first > list.order && other.name != list.name);
            let Some(below) = below else { continue };
            let spot = Spot::File {
                file: item.file,
                span: peregrine_filter::ast::Span { start: item.span.start, end: item.span.end },
                list: None,
            };
            let fault = Fault::new(Lint::ListBelow { name: below.name.clone() }).at(Some(spot));
            let name = vec![("list", list.name.clone())];
            let chain = vec![link("list", &*list.name, list.at.place)];
            let mut reported = diagnostic(files, list.at, name, fault, chain);
            let lines = below.at.place.line.saturating_sub(reported.place.line);
            reported.help.push(match (below.at.file == item.file, lines) {
                (true, 1) => "it is defined in the next line: move it above".to_owned(),
                (true, lines) => format!("it is defined {lines} lines below: move it above"),
                (false, _) => "it is defined in a later file".to_owned(),
            });
            out.push(reported);
        }
    }
}
