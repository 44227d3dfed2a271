//! What is wrong with a rule file, and where.

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

/// One mistake. `Display` is the form for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code; that of the kind, but where a rule says to forgive it.
    pub code: Code,
    /// What is wrong.
    pub kind: DiagnosticKind,
    /// The file.
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
    /// The line the last link of the chain begins in.
    pub(crate) link_line: String,
    /// The line of the file, for people.
    pub(crate) line_text: String,
}

/// How much of a line people are shown.
const LINE: usize = 160;

/// The line a place is in; of an unknown place the first.
fn line_of(source: &SourceText<'_>, place: Place) -> String {
    source.text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default().to_owned()
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
            kind,
            file: source.name.to_owned(),
            place,
            span: Span { start: place.offset, end: place.offset },
            chain: items
                .iter()
                .map(|(kind, name)| Link { kind, name: name.clone(), place })
                .collect(),
            expression: None,
            link_line: line_of(source, place),
            items,
            line_text: line_of(source, place).chars().take(LINE).collect(),
        }
    }

    /// Shows people another place than that of the last link.
    pub(crate) fn move_to(&mut self, source: &SourceText<'_>, place: Place) {
        self.place = place;
        self.span = Span { start: place.offset, end: place.offset };
        self.line_text = line_of(source, place).chars().take(LINE).collect();
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
        let last = chain.last().map_or_else(Place::default, |link| link.place);
        self.link_line = line_of(source, last);
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

    /// What may stand in place of the word it is about, where that is known.
    pub fn suggestion(&self) -> Option<&str> {
        self.kind.suggestion()
    }
}
