//! What is wrong with a rule file, and where.

use std::ops::Range;
use std::sync::Arc;

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
    pub text: Arc<str>,
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
    /// The lines that change, as they are shown: number, old, new.
    pub(crate) lines: Vec<(usize, String, String)>,
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
    /// The line of the file, for people.
    pub(crate) shown: Shown,
}

/// A line as people are shown it, or as much of it as stands around what is marked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) line: String,
    /// Letters before those that are marked.
    pub(crate) column: usize,
    /// Letters that are marked.
    pub(crate) marked: usize,
}

/// Letters of a line that are shown at most.
const WIDTH: usize = 160;
/// What stands for letters that are not shown.
const DOTS: &str = "...";

impl Shown {
    /// A line of a text, some bytes of it marked; what goes on in the next line is marked in the first.
    pub(crate) fn of(text: &str, bytes: Range<usize>) -> Self {
        let start = line_start(text, bytes.start);
        let line = line_at(text, bytes.start);
        Self::of_line(line, bytes.start - start..bytes.end.saturating_sub(start))
    }

    /// The line of a number, marked; empty where there is nothing to be seen.
    pub(crate) fn at(&self, line: usize) -> String {
        if line == 0 || self.line.trim().is_empty() {
            return String::new();
        }
        let blanks = |letters: usize| -> String {
            self.line.chars().take(letters).map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
        };
        let space = " ".repeat(line.to_string().len());
        let (before, marks) = (blanks(self.column), "^".repeat(self.marked));
        format!("\n{space} |\n{line} | {}\n{space} | {before}{marks}", self.line)
    }

    fn of_line(line: &str, bytes: Range<usize>) -> Self {
        let from = bytes.start.min(line.len());
        let behind = line.get(from..).unwrap_or_default();
        let mut len = bytes.end.saturating_sub(from).min(behind.len());
        while !behind.is_char_boundary(len) {
            len -= 1;
        }
        let marked = behind.get(..len).unwrap_or_default().trim_end();
        let before = line.get(..from).unwrap_or_default();
        let behind = line.get(from + marked.len()..).unwrap_or_default();
        let room = WIDTH - 2 * DOTS.len();
        let letters = |text: &str| text.chars().take(WIDTH + 1).count();
        if letters(line) <= WIDTH {
            let (column, marked) = (letters(before), letters(marked).max(1));
            return Self { line: line.to_owned(), column, marked };
        }
        let mark: String = marked.chars().take(room).collect();
        let marked = mark.chars().count();
        // The marked letters in the middle, where there is as much on either side.
        let free = room - marked;
        let right = letters(behind).min(free / 2);
        let left = letters(before).min(free - right);
        let right = letters(behind).min(free - left);
        let cut = |text: &str, letters: usize| {
            text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at)
        };
        let left_at = before.char_indices().rev().nth(left.wrapping_sub(1));
        let left_at = left_at.map_or(before.len(), |(at, _)| at);
        let right_at = cut(behind, right);
        let mut shown = String::new();
        if left_at > 0 {
            shown.push_str(DOTS);
        }
        shown.push_str(before.get(left_at..).unwrap_or_default());
        let column = shown.chars().count();
        shown.push_str(&mark);
        shown.push_str(behind.get(..right_at).unwrap_or_default());
        if right_at < behind.len() {
            shown.push_str(DOTS);
        }
        Self { line: shown, column, marked: marked.max(1) }
    }
}

/// Where the line begins that a byte is in.
fn line_start(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)
}

/// The line a byte is in.
fn line_at(text: &str, offset: usize) -> &str {
    let start = line_start(text, offset);
    let behind = text.as_bytes().get(offset..).unwrap_or_default();
    let end = memchr::memchr(b'\n', behind);
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
            shown: Shown::of(source.text, place.offset..place.offset),
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
        self.shown = Shown::of(source.text, bytes);
    }

    /// Says how to mend it: replacements in order, in the file `source` is.
    pub(crate) fn repair_with(&mut self, source: &SourceText<'_>, title: String, edits: Vec<Edit>) {
        // Number, old, new, and the byte where the first change is.
        let mut lines: Vec<(usize, &str, String, usize)> = Vec::new();
        for edit in edits.iter().rev() {
            let place = Place::at(source.text, edit.span.start);
            let old = line_at(source.text, edit.span.start);
            let start = edit.span.start - line_start(source.text, edit.span.start);
            let end = (start + (edit.span.end - edit.span.start)).min(old.len());
            if lines.last().is_none_or(|(line, ..)| *line != place.line) {
                lines.push((place.line, old, old.to_owned(), start));
            }
            if let Some((_, _, new, first)) = lines.last_mut()
                && new.is_char_boundary(start)
                && new.is_char_boundary(end)
                && start <= end
            {
                new.replace_range(start..end, &edit.text);
                *first = start;
            }
        }
        let lines = lines.into_iter().rev().map(|(number, old, new, at)| {
            let around = |line: &str| Shown::of_line(line, at..at).line;
            (number, around(old), around(&new))
        });
        let lines = lines.collect();
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
    pub(crate) fn within(mut self, chain: Vec<Link>) -> Self {
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
