//! Diagnostics in the words and shapes of `falco -V`: for people who compare, and for programs
//! that read it.
//!
//! Falco counts lines and columns of a file from 0. The place of a condition's expression is the
//! place of the item around it plus the place in the condition, counted from 1: a sum that is no
//! place in the file, kept because programs may rely on it.

use std::fmt::Write as _;

use peregrine_filter::error::{CheckErrorKind, FieldError, LintKind, TemplateErrorKind};
use peregrine_yaml::{Place, YamlErrorKind};
use serde_json::{Value as Json, json};

pub use super::falco_describe::describe;
pub use super::falco_yaml::of as yaml_error;
pub use super::hash_order::in_hash_order;
use crate::SourceText;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Expression};
use crate::kind::{Deprecated, DiagnosticKind};

/// How much of a condition names its expression; longer ones end in dots.
const NAME: usize = 20;
/// How much of a line a snippet shows on either side of its place.
const SIDE: usize = 80;

/// One file's result.
#[derive(Debug, Clone)]
pub struct FileResult<'d> {
    /// The file, as people named it.
    pub name: &'d str,
    /// Its diagnostics.
    pub diagnostics: Vec<&'d Diagnostic>,
    /// Why the file is not of Falco's schema; none where it has no content.
    pub schema: Option<Vec<String>>,
    /// The texts of all files: a diagnostic of one may be in another.
    pub sources: &'d [SourceText<'d>],
}

struct Location {
    kind: &'static str,
    name: String,
    file: String,
    line: usize,
    column: usize,
    offset: usize,
}

/// What Falco says of a mistake: the text for people, but without what to write instead, and
/// without the end of a sentence that Falco loses.
pub fn message(reported: &Diagnostic, sources: &[SourceText<'_>]) -> String {
    const NO_TOKEN: &str = "unknown filter: unexpected token after '";
    match &reported.kind {
        DiagnosticKind::Yaml(kind) => {
            let (Place { line, column, .. }, words) = yaml(reported, kind, sources);
            format!("yaml-cpp: error at line {line}, column {column}: {words}")
        }
        DiagnosticKind::Condition(CheckErrorKind::Field(FieldError::Unknown {
            name, arg, ..
        })) => {
            let arg = arg.as_ref().map(|arg| format!("[{arg}]")).unwrap_or_default();
            format!("filter_check called with nonexistent field {name}{arg}")
        }
        DiagnosticKind::Output(error)
        | DiagnosticKind::ExtraField { error, .. }
        | DiagnosticKind::AppendedOutput { error, .. } => match error {
            TemplateErrorKind::NoToken { .. } | TemplateErrorKind::Unresolved(_) => {
                NO_TOKEN.to_owned()
            }
            other => other.to_string(),
        },
        DiagnosticKind::Lint(LintKind::FieldAsText { text, kind, .. }) => {
            format!("'{text}' may be a valid {kind} misused as a const string value")
        }
        DiagnosticKind::Lint(LintKind::SimpleRegex { pattern, .. }) => format!(
            "regex check with '{pattern}' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'"
        ),
        DiagnosticKind::Deprecated(Deprecated::InCondition { .. }) => {
            "field is not available due to the drop of enter events.".to_owned()
        }
        other => other.to_string(),
    }
}

/// The text of the file a mistake is in.
fn text_of_file<'s>(reported: &Diagnostic, sources: &[SourceText<'s>]) -> Option<&'s str> {
    sources.iter().find(|source| source.name == reported.file).map(|source| source.text)
}

/// Where and in which words Falco's reader of YAML sees a mistake.
fn yaml(
    reported: &Diagnostic,
    kind: &YamlErrorKind,
    sources: &[SourceText<'_>],
) -> (Place, String) {
    // The place people are shown may be another than where the reader stopped.
    let stopped = reported.chain.last().map_or(reported.place, |link| link.place);
    yaml_error(kind, stopped, text_of_file(reported, sources).unwrap_or_default())
}

fn locations(reported: &Diagnostic, sources: &[SourceText<'_>]) -> Vec<Location> {
    let text = text_of_file(reported, sources);
    // Falco counts bytes.
    let column = |place: Place| {
        let before = text.and_then(|text| text.get(..place.offset));
        let column = before.map(|text| text.len() - text.rfind('\n').map_or(0, |at| at + 1));
        column.unwrap_or_else(|| place.column.saturating_sub(1))
    };
    let file = std::path::Path::new(&reported.file)
        .file_name()
        .map_or_else(|| reported.file.clone(), |name| name.to_string_lossy().into_owned());
    let mut all = vec![Location {
        kind: "rules content",
        name: String::new(),
        file: file.clone(),
        line: 0,
        column: 0,
        offset: 0,
    }];
    let mut of_link = |kind: &'static str, name: &str, place: Place| {
        all.push(Location {
            kind,
            name: name.to_owned(),
            file: file.clone(),
            line: place.line.saturating_sub(1),
            column: column(place),
            offset: place.offset,
        });
    };
    match &reported.kind {
        DiagnosticKind::Yaml(kind) => of_link("value for", "", yaml(reported, kind, sources).0),
        _ => reported.chain.iter().for_each(|link| of_link(link.kind, &link.name, link.place)),
    }
    if let Some(Expression { text, offset }) = &reported.expression {
        let outer = all.last().map_or((0, 0, 0), |last| (last.line, last.column, last.offset));
        let (line, column, at) = offset.map_or((0, 0, 0), |offset| {
            let before = text.get(..offset).unwrap_or(text);
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            (before.matches('\n').count() + 1, before.len() - start + 1, offset)
        });
        let short = if text.len() > NAME {
            format!(
                "{}...",
                String::from_utf8_lossy(text.as_bytes().get(..NAME - 3).unwrap_or_default())
            )
        } else {
            text.to_string()
        };
        all.push(Location {
            kind: "condition expression",
            name: String::new(),
            file: format!("\"{}\"", short.replace(['\n', '\r'], " ")),
            line: outer.0 + line,
            column: outer.1 + column,
            offset: outer.2 + at,
        });
    }
    all
}

/// The line of the innermost place and a caret below it; of a long line what stands around it.
fn snippet(reported: &Diagnostic, locations: &[Location], sources: &[SourceText<'_>]) -> String {
    let content = match (&reported.expression, text_of_file(reported, sources)) {
        (Some(expression), _) if !expression.text.is_empty() => expression.text.as_bytes(),
        (_, Some(text)) => text.as_bytes(),
        (_, None) => b"",
    };
    let none = "<No context available>\n".to_owned();
    let Some(last) = content.len().checked_sub(1) else { return none };
    let newline = |at: usize| content.get(at) == Some(&b'\n');
    let mut at = locations.last().map_or(0, |last| last.offset);
    at = at.min(content.len());
    while at > 0 && (at > last || newline(at)) {
        at -= 1;
    }
    let (mut from, mut to) = (at, at);
    while from > 0 && !newline(from) && at - from < SIDE {
        from -= 1;
    }
    while to < last && !newline(to) && to - at < SIDE {
        to += 1;
    }
    if newline(from) {
        from += 1;
    }
    if newline(to) {
        to = to.saturating_sub(1);
    }
    let Some(line) = content.get(from..=to).filter(|line| !line.is_empty()) else { return none };
    let mut line = line.to_vec();
    let dots = |place: Option<&mut [u8]>| {
        if let Some(place) = place {
            place.fill(b'.');
        }
    };
    if at.saturating_sub(from) >= SIDE {
        dots(line.get_mut(..3));
    }
    if to.saturating_sub(at) >= SIDE {
        let tail = line.len().saturating_sub(3);
        dots(line.get_mut(tail..));
    }
    let line = String::from_utf8_lossy(&line);
    format!("{line}\n{}^\n", " ".repeat(at.saturating_sub(from)))
}

fn text_of(reported: &Diagnostic, sources: &[SourceText<'_>]) -> String {
    let locations = locations(reported, sources);
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
        "------\n{}------\n{} ({}{}): {}\n",
        snippet(reported, &locations, sources),
        reported.code.name(),
        reported.code.short(),
        deprecated_field(reported).map(|field| format!(": field '{field}'")).unwrap_or_default(),
        message(reported, sources)
    );
    out
}

/// What `-V` prints of a file. Of warnings alone it says only that there are some.
pub fn text(result: &FileResult<'_>) -> String {
    let any_error = result.diagnostics.iter().any(|reported| reported.is_error());
    if any_error || result.diagnostics.is_empty() {
        return full_text(result);
    }
    format!("{}: Ok, with warnings", result.name)
}

/// All diagnostics of a file.
pub fn full_text(result: &FileResult<'_>) -> String {
    let split = |errors: bool| -> Vec<&&Diagnostic> {
        result.diagnostics.iter().filter(|reported| reported.is_error() == errors).collect()
    };
    let (errors, warnings) = (split(true), split(false));
    let name = result.name;
    let verdict = match (errors.is_empty(), warnings.is_empty()) {
        (true, true) => "Ok",
        (true, false) => "Ok, with warnings",
        (false, _) => "Invalid",
    };
    let mut out = format!("{name}: {verdict}");
    if let Some(schema) = result.schema.as_ref().filter(|schema| !schema.is_empty()) {
        let _ = writeln!(out, "\n{} Schema warnings:", schema.len());
        for warning in schema {
            let _ = write!(out, "------\n{warning}\n");
        }
        out.push_str("------\n");
    }
    for (kind, reported) in [("Errors", errors), ("Warnings", warnings)] {
        if !reported.is_empty() {
            let _ = writeln!(out, "\n{} {kind}:", reported.len());
            out.extend(reported.iter().map(|reported| text_of(reported, result.sources)));
        }
    }
    out
}

/// One file's part of `{"falco_load_results": [...]}`.
pub fn json_of(result: &FileResult<'_>) -> Json {
    let list = |errors: bool| -> Vec<Json> {
        result
            .diagnostics
            .iter()
            .filter(|reported| reported.is_error() == errors)
            .map(|reported| one(reported, result.sources))
            .collect()
    };
    let mut object = json!({
        "name": result.name,
        "successful": !result.diagnostics.iter().any(|reported| reported.is_error()),
        "errors": list(true),
        "warnings": list(false),
    });
    if let Some(schema) = &result.schema {
        object["schema_valid"] = schema.is_empty().into();
        object["schema_warnings"] = schema.clone().into();
    }
    object
}

fn one(reported: &Diagnostic, sources: &[SourceText<'_>]) -> Json {
    let locations = locations(reported, sources);
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
        "code": reported.code.name(),
        "codedesc": description(reported.code),
        "context": {"locations": places, "snippet": snippet(reported, &locations, sources)},
        "message": message(reported, sources),
    });
    if let Some(field) = deprecated_field(reported) {
        object["deprecated_field"] = field.into();
    }
    object
}

/// The field whose use is deprecated.
fn deprecated_field(reported: &Diagnostic) -> Option<&str> {
    match &reported.kind {
        DiagnosticKind::Deprecated(deprecated) => deprecated.field(),
        _ => None,
    }
}

/// `codedesc`: what a code means. Falco prints errors' short words here.
fn description(code: Code) -> &'static str {
    match code {
        Code::WarnUnknownSource => {
            "A rule has a unknown event source. This can occur when reading rules content without having a corresponding plugin loaded, etc. The rule will be silently ignored."
        }
        Code::WarnUnsafeNaCheck => {
            "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. If you need to check for the existence of a field, consider using the 'exists' operator instead."
        }
        Code::WarnNoEvttype => {
            "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the condition more specific by adding an evt.type field or further restricting the number of evt.type values in the condition."
        }
        Code::WarnUnknownFilter => {
            "A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning."
        }
        Code::WarnUnusedMacro => {
            "A macro is defined in the rules content but is not used by any other macro or rule."
        }
        Code::WarnUnusedList => {
            "A list is defined in the rules content but is not used by any other list, macro, or rule."
        }
        Code::WarnUnknownItem => {
            "An unknown top-level object is in the rules content. It will be ignored."
        }
        Code::WarnDeprecatedItem => "A deprecated item is employed by lists, macros, or rules.",
        Code::WarnAppendNoValues => "A rule exception is overriding/appending with no values",
        Code::WarnExceptionNameNotUnique => {
            "A rule is defining multiple exceptions with the same name"
        }
        Code::WarnInvalidMacroName => "A macro is defined with an invalid name",
        Code::WarnInvalidListName => "A list is defined with an invalid name",
        Code::WarnCompileCondition => "A rule condition or output have been parsed with a warning",
        Code::WarnUnknownKey => {
            "An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo or a property placed on the wrong item type."
        }
        other => other.short(),
    }
}
