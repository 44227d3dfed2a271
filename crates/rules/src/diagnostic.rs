//! What is wrong with a rule file, and where.

use std::ops::Range;

use peregrine_filter::ast::Span;
use peregrine_yaml::Place;

use crate::SourceText;
use crate::code::{Code, Severity};
use crate::encoding::EncodingNote;
use crate::kind::DiagnosticKind;

/// An item around a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is: `rule`, `macro`, `exception`, `rule condition` ...
    pub kind: &'static str,
    /// Its name; empty where it has none.
    pub name: String,
    /// Where it begins.
    pub place: Place,
}

/// The condition a mistake is in, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The condition.
    pub text: String,
    /// Byte offset in it; none where the mistake is the condition as a whole.
    pub offset: Option<usize>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the file that are replaced.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

impl Edit {
    pub(crate) fn new(bytes: Range<usize>, text: impl Into<String>) -> Self {
        Self { span: Span { start: bytes.start, end: bytes.end }, text: text.into() }
    }
}

/// How a file may be changed so that the mistake is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What is done, in words.
    pub title: String,
    /// The replacements, in order.
    pub edits: Vec<Edit>,
    /// The lines that change: number, old, new, and where in them, in letters from 0, the change is.
    pub(crate) lines: Vec<(usize, String, String, usize)>,
}

/// One mistake. `Display` is the form for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code; that of the kind, but where a rule says to forgive it.
    pub code: Code,
    /// What is wrong.
    pub kind: DiagnosticKind,
    /// The file; `append_output` for what the configuration appends.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// The bytes of the file it is about: from `place` on; empty where only the beginning is known.
    pub span: Span,
    /// The items around it, outermost first: kind and name.
    pub items: Vec<(&'static str, String)>,
    /// The same with their places, and pieces of a rule: Falco's way to say where.
    pub chain: Vec<Link>,
    /// The condition it is in.
    pub expression: Option<Expression>,
    /// What else helps, a sentence each.
    pub help: Vec<String>,
    /// How it may be mended.
    pub repair: Option<Repair>,
    /// Rules that have it too: it is in a macro or list they use.
    pub also: usize,
    /// The line the last link of the chain begins in.
    pub(crate) link_line: String,
    /// The line of the file, for people.
    pub(crate) line_text: String,
}

/// Where the line begins that a byte is in.
fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// The line a byte is in.
fn line_at(text: &str, offset: usize) -> &str {
    let start = line_start(text, offset);
    let end = text.get(offset..).and_then(|behind| behind.find('\n'));
    let end = end.map_or(text.len(), |newline| offset + newline);
    text.get(start..end).unwrap_or_default().trim_end_matches('\r')
}

impl Diagnostic {
    pub(crate) fn new(
        kind: impl Into<DiagnosticKind>,
        source: &SourceText<'_>,
        place: Place,
        items: Vec<(&'static str, String)>,
    ) -> Self {
        let kind = kind.into();
        Self {
            code: kind.code(),
            help: kind.help().into_iter().collect(),
            kind,
            file: source.name.to_owned(),
            place,
            span: Span { start: place.offset, end: place.offset },
            chain: items
                .iter()
                .map(|(kind, name)| Link { kind, name: name.clone(), place })
                .collect(),
            expression: None,
            repair: None,
            also: 0,
            link_line: line_at(source.text, place.offset).to_owned(),
            line_text: line_at(source.text, place.offset).to_owned(),
            items,
        }
    }

    /// Shows people these bytes, not the place of the last link.
    pub(crate) fn show_at(&mut self, source: &SourceText<'_>, bytes: Range<usize>) {
        self.show_at_place(source, Place::at(source.text, bytes.start), bytes);
    }

    /// The same, where the place of the bytes is known.
    pub(crate) fn show_at_place(
        &mut self,
        source: &SourceText<'_>,
        place: Place,
        bytes: Range<usize>,
    ) {
        source.name.clone_into(&mut self.file);
        self.place = place;
        self.span = Span { start: bytes.start, end: bytes.end };
        line_at(source.text, place.offset).clone_into(&mut self.line_text);
    }

    /// Says how to mend it: replacements in order, in the file `source` is.
    pub(crate) fn repair_with(&mut self, source: &SourceText<'_>, title: String, edits: Vec<Edit>) {
        let mut lines: Vec<(usize, String, String, usize)> = Vec::new();
        for edit in edits.iter().rev() {
            let place = Place::at(source.text, edit.span.start);
            let old = line_at(source.text, edit.span.start);
            let start = edit.span.start - line_start(source.text, edit.span.start);
            let end = (start + (edit.span.end - edit.span.start)).min(old.len());
            if lines.last().is_none_or(|(line, ..)| *line != place.line) {
                lines.push((place.line, old.to_owned(), old.to_owned(), 0));
            }
            if let Some((_, _, new, column)) = lines.last_mut()
                && new.is_char_boundary(start)
                && new.is_char_boundary(end)
                && start <= end
            {
                new.replace_range(start..end, &edit.text);
                *column = place.column - 1;
            }
        }
        lines.reverse();
        self.repair = Some(Repair { title, edits, lines });
    }

    /// A file that cannot be read, and why.
    pub fn of_file(name: &str, reason: String) -> Self {
        let source = SourceText { name, text: "" };
        Self::new(DiagnosticKind::Unreadable { reason }, &source, Place::default(), Vec::new())
    }

    /// A warning about how a file is written.
    pub fn of_encoding(source: &SourceText<'_>, place: Place, note: EncodingNote) -> Self {
        Self::new(DiagnosticKind::Encoding(note), source, place, Vec::new())
    }

    /// Says where the items around it begin.
    pub(crate) fn within(mut self, source: &SourceText<'_>, chain: Vec<Link>) -> Self {
        let last = chain.last().map_or(0, |link| link.place.offset);
        line_at(source.text, last).clone_into(&mut self.link_line);
        self.chain = chain;
        self
    }

    /// What it does to loading.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether nothing is loaded because of it.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}
