//! What was told, in the words and shapes of `falco -V`: for people who compare, and for programs
//! that read it.
//!
//! Falco counts lines and columns of a file from 0. The place of a condition's expression is the
//! place of the item around it plus the place in the condition, counted from 1: a sum that is no
//! place in the file, kept because programs may rely on it.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::diagnostic::{Code, Diagnostic, Expression, Link};

/// How much of a condition names its expression.
const NAME: usize = 17;
/// How much of a line a snippet shows.
const WIDTH: usize = 160;

/// One file's result.
#[derive(Debug, Clone)]
pub struct FileResult<'d> {
    /// The file, as people named it.
    pub name: &'d str,
    /// What was told of it.
    pub diagnostics: Vec<&'d Diagnostic>,
    /// Why the file is not of Falco's schema; none where it has no content.
    pub schema: Option<Vec<String>>,
}

struct Location {
    kind: &'static str,
    name: String,
    file: String,
    line: usize,
    column: usize,
    offset: usize,
}

/// The words Falco prints: what we add to them for people is cut off.
fn message(told: &Diagnostic) -> String {
    let mut text = told.message.as_str();
    if text.starts_with("unknown filter: unexpected token after '") {
        text = "unknown filter: unexpected token after '";
    }
    for added in ["; did you mean", " Did you mean", "; to compare with the field"] {
        text = text.split(added).next().unwrap_or(text);
    }
    text.to_owned()
}

fn locations(told: &Diagnostic) -> Vec<Location> {
    let file = std::path::Path::new(&told.file)
        .file_name()
        .map_or_else(|| told.file.clone(), |name| name.to_string_lossy().into_owned());
    let mut all = vec![Location {
        kind: "rules content",
        name: String::new(),
        file: file.clone(),
        line: 0,
        column: 0,
        offset: 0,
    }];
    all.extend(told.chain.iter().map(|link: &Link| Location {
        kind: link.kind,
        name: link.name.clone(),
        file: file.clone(),
        line: link.place.line.saturating_sub(1),
        column: link.place.column.saturating_sub(1),
        offset: link.place.offset,
    }));
    if let Some(Expression { text, offset }) = &told.expression {
        let outer = all.last().map_or((0, 0, 0), |last| (last.line, last.column, last.offset));
        let (line, column, at) = offset.map_or((0, 0, 0), |offset| {
            let before = text.get(..offset).unwrap_or(text);
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            (before.matches('\n').count() + 1, before.len() - start + 1, offset)
        });
        let short: String = text.chars().take(NAME).collect();
        let more = if text.chars().count() > NAME { "..." } else { "" };
        all.push(Location {
            kind: "condition expression",
            name: String::new(),
            file: format!("\"{short}{more}\""),
            line: outer.0 + line,
            column: outer.1 + column,
            offset: outer.2 + at,
        });
    }
    all
}

/// The line of the innermost place and a caret below it.
fn snippet(told: &Diagnostic, locations: &[Location]) -> String {
    let last = locations.last();
    let (line, caret) = match (&told.expression, last) {
        (Some(expression), Some(last)) => {
            let text = expression.text.as_str();
            let at = last.offset.min(text.len().saturating_sub(1));
            let before = text.get(..at).unwrap_or(text);
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
            (line, at - start)
        }
        (None, Some(last)) => (told.link_line.as_str(), last.column),
        (_, None) => return String::new(),
    };
    // A long line is cut around the caret.
    let from = if line.len() > WIDTH { caret.saturating_sub(WIDTH / 2) } else { 0 };
    let shown: String = line.chars().skip(from).take(WIDTH).collect();
    format!("{shown}\n{}^\n", " ".repeat(caret.saturating_sub(from)))
}

fn text_of(told: &Diagnostic) -> String {
    let locations = locations(told);
    let mut out = String::new();
    for (index, place) in locations.iter().enumerate() {
        let start = if index == 0 { "In " } else { "    " };
        let name = if place.name.is_empty() { String::new() } else { format!(" '{}'", place.name) };
        let _ = writeln!(
            out,
            "{start}{}{name}: ({}:{}:{})",
            place.kind, place.file, place.line, place.column
        );
    }
    let _ = write!(
        out,
        "------\n{}------\n{} ({}): {}\n\n",
        snippet(told, &locations),
        told.code.name(),
        told.code.short(),
        message(told)
    );
    out
}

/// What `-V` prints of a file.
pub fn text(result: &FileResult<'_>) -> String {
    let errors: Vec<_> = result.diagnostics.iter().filter(|told| told.is_error()).collect();
    let name = result.name;
    if errors.is_empty() {
        let warned = if result.diagnostics.is_empty() { "" } else { ", with warnings" };
        return format!("{name}: Ok{warned}");
    }
    let mut out = format!("{name}: Invalid\n");
    if let Some(schema) = result.schema.as_ref().filter(|schema| !schema.is_empty()) {
        let _ = writeln!(out, "{} Schema warnings:", schema.len());
        for warning in schema {
            let _ = write!(out, "------\n{warning}\n------\n");
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{} Errors:", errors.len());
    for told in errors {
        out.push_str(&text_of(told));
    }
    out.pop();
    out
}

/// One file's part of `{"falco_load_results": [...]}`.
pub fn json_of(result: &FileResult<'_>) -> Json {
    let list = |errors: bool| -> Vec<Json> {
        result
            .diagnostics
            .iter()
            .filter(|told| told.is_error() == errors)
            .map(|told| one(told))
            .collect()
    };
    let mut object = json!({
        "name": result.name,
        "successful": !result.diagnostics.iter().any(|told| told.is_error()),
        "errors": list(true),
        "warnings": list(false),
    });
    if let Some(schema) = &result.schema {
        object["schema_valid"] = schema.is_empty().into();
        object["schema_warnings"] = schema.clone().into();
    }
    object
}

fn one(told: &Diagnostic) -> Json {
    let locations = locations(told);
    let places: Vec<Json> = locations
        .iter()
        .map(|place| {
            json!({
                "item_type": place.kind,
                "item_name": place.name,
                "position": {
                    "name": place.file, "line": place.line,
                    "column": place.column, "offset": place.offset,
                },
            })
        })
        .collect();
    let mut object = json!({
        "code": told.code.name(),
        "codedesc": description(told.code),
        "context": {"locations": places, "snippet": snippet(told, &locations)},
        "message": message(told),
    });
    if let Some(field) = told.deprecated_field {
        object["deprecated_field"] = field.into();
    }
    object
}

/// `codedesc`: what a code means. Falco prints errors' short words here.
fn description(code: Code) -> &'static str {
    match code {
        Code::WarnUnknownItem => {
            "An unknown top-level object is in the rules content. It will be ignored."
        }
        Code::WarnNoEvttype => {
            "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the condition more specific by adding an evt.type field or further restricting the number of evt.type values in the condition."
        }
        Code::WarnDeprecatedItem => "A deprecated item is employed by lists, macros, or rules.",
        other => other.short(),
    }
}
