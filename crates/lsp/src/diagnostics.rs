//! What is wrong with files, as editors show it, and what mends it.

use std::rc::Rc;

use lsp_types::{
    CodeAction, CodeActionKind, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, NumberOrString, Range, TextEdit, WorkspaceEdit,
};
use peregrine_rules::kind::Lint;
use peregrine_rules::{Diagnostic, DiagnosticKind, Options, SourceText, load};

use crate::files::{Files, View};
use crate::index::Kind;
use crate::lines::Encoding;
use crate::project::{Place, Project};

/// Everything that is wrong with files that are loaded together.
pub(crate) fn all(views: &[Rc<View>], options: &Options) -> Vec<Diagnostic> {
    let source = |view: &Rc<View>| -> (String, Rc<View>) { (view.name.clone(), Rc::clone(view)) };
    let named: Vec<(String, Rc<View>)> = views.iter().map(source).collect();
    let sources: Vec<SourceText<'_>> =
        named.iter().map(|(name, view)| SourceText { name, text: &view.text }).collect();
    load(&sources, options).diagnostics
}

/// The bytes a diagnostic is shown at: where only a beginning is known, the rest of the line.
fn bytes(view: &View, reported: &Diagnostic) -> std::ops::Range<usize> {
    let (start, end) = (reported.span.start, reported.span.end.min(view.text.len()));
    if start < end {
        return start..end;
    }
    let line = view.lines.line_bytes(&view.text, start);
    let start = start.clamp(line.start, line.end);
    let rest = view.text.get(start..line.end).unwrap_or_default().trim_end();
    if rest.is_empty() { line } else { start..start + rest.len() }
}

/// Where names stand that a diagnostic speaks of, each with what is said of it.
fn related(project: &Project, view: &View, reported: &Diagnostic) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    let mut add = |kind: Kind, name: &str, words: String| {
        for place in project.definitions(kind, name).into_iter().take(1) {
            found.push((place, words.clone()));
        }
    };
    let kind_of = |word: &str| Kind::ALL.into_iter().find(|kind| kind.word() == word);
    // The items around it but for the innermost, which it is in.
    let outer = reported.items.split_last().map(|(_, outer)| outer).unwrap_or_default();
    for (word, name) in outer {
        let Some(kind) = kind_of(word) else { continue };
        let more = match reported.also {
            0 => String::new(),
            1 => ", and by one more".to_owned(),
            more => format!(", and by {more} more"),
        };
        add(kind, name, format!("used by the {word} '{name}'{more}"));
    }
    match &reported.kind {
        DiagnosticKind::Doubtful(Lint::NameAsValue { kind, name, .. }) => {
            if let Some(of) = kind_of(kind) {
                add(of, name, format!("the {kind} '{name}'"));
            }
        }
        DiagnosticKind::Doubtful(Lint::ListBelow { name }) => {
            add(Kind::List, name, format!("the list '{name}' is defined here"));
        }
        DiagnosticKind::Reference(peregrine_rules::kind::ReferenceError::UndefinedMacro {
            name,
        }) => add(Kind::Macro, name, format!("the macro '{name}' is defined here")),
        DiagnosticKind::Doubtful(Lint::DefinedTwice { kind, name, .. }) => {
            let file = project.views.iter().position(|other| other.name == view.name);
            let first = file.zip(kind_of(kind)).and_then(|(file, kind)| {
                let items = project.items(kind, name);
                let mut earlier = items
                    .into_iter()
                    .filter(|(of, item)| *of == file && item.name_bytes.end <= reported.span.start);
                earlier.next_back().map(|(file, item)| (file, item.name_bytes.clone()))
            });
            found.extend(first.map(|place| (place, "what does not count is here".to_owned())));
        }
        _ => {}
    }
    found
}

/// A diagnostic as the protocol has it.
pub(crate) fn shown(
    files: &Files,
    project: &Project,
    view: &View,
    reported: &Diagnostic,
    encoding: Encoding,
) -> lsp_types::Diagnostic {
    let related = related(project, view, reported).into_iter();
    let related: Vec<DiagnosticRelatedInformation> = related
        .filter_map(|((file, bytes), message)| {
            let view = project.views.get(file)?;
            let uri = files.uri(view)?;
            let location = Location { uri, range: view.range(&bytes, encoding) };
            Some(DiagnosticRelatedInformation { location, message })
        })
        .collect();
    let mut message = reported.message();
    for help in &reported.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    if let Some(repair) = &reported.repair {
        message.push_str("\nhelp: ");
        message.push_str(&repair.title);
    }
    let tag = match reported.kind {
        DiagnosticKind::UnusedMacro | DiagnosticKind::UnusedList => {
            Some(DiagnosticTag::UNNECESSARY)
        }
        DiagnosticKind::Deprecated(_) => Some(DiagnosticTag::DEPRECATED),
        _ => None,
    };
    lsp_types::Diagnostic {
        range: view.range(&bytes(view, reported), encoding),
        severity: Some(if reported.is_error() {
            DiagnosticSeverity::ERROR
        } else {
            DiagnosticSeverity::WARNING
        }),
        code: Some(NumberOrString::String(reported.code.name().to_owned())),
        source: Some("peregrine".to_owned()),
        message,
        related_information: Some(related).filter(|related| !related.is_empty()),
        tags: tag.map(|tag| vec![tag]),
        ..lsp_types::Diagnostic::default()
    }
}

/// What mends the diagnostics in the lines of a range.
#[expect(clippy::mutable_key_type, reason = "the protocol's type has URIs as keys")]
pub(crate) fn actions(
    files: &Files,
    project: &Project,
    view: &View,
    reported: &[Diagnostic],
    range: Range,
    encoding: Encoding,
) -> Vec<CodeAction> {
    let Some(uri) = &view.uri else { return Vec::new() };
    let action = |reported: &Diagnostic| {
        let diagnostic = shown(files, project, view, reported, encoding);
        let lines = |range: Range| (range.start.line, range.end.line);
        let ((first, last), (from, to)) = (lines(diagnostic.range), lines(range));
        let touches = first <= to && from <= last;
        let repair = reported.repair.as_ref().filter(|_| touches)?;
        let edits = repair.edits.iter().map(|edit| TextEdit {
            range: view.range(&(edit.span.start..edit.span.end), encoding),
            new_text: edit.text.clone(),
        });
        let changes = [(uri.clone(), edits.collect())].into_iter().collect();
        Some(CodeAction {
            title: repair.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic]),
            edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
            is_preferred: Some(true),
            ..CodeAction::default()
        })
    };
    reported.iter().filter(|one| one.file == view.name).filter_map(action).collect()
}
