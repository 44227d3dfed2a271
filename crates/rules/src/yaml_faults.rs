//! Faults of YAML: where people look for them, and what mends them.
//!
//! The reader reports where it could not go on; what is wrong often stands before that.

use std::ops::Range;

use peregrine_yaml::{Place, SyntaxError, YamlError, YamlErrorKind};

use crate::SourceText;
use crate::diagnostic::{Diagnostic, Edit};
use crate::item::link;
use crate::kind::DiagnosticKind;

/// What is wrong in the syntax of a rule file, in words for people.
pub(crate) fn words(kind: &YamlErrorKind) -> String {
    let kind = match kind {
        YamlErrorKind::UnknownAnchor => {
            return "a text that begins with '*' stands for an anchor, and there is none of this name"
                .to_owned();
        }
        YamlErrorKind::Refused(why) => {
            // The reader writes the place behind its words.
            return format!("this is no YAML: {}", why.split(" at line ").next().unwrap_or(why));
        }
        YamlErrorKind::Syntax(kind) => kind,
    };
    match kind {
        SyntaxError::UnclosedFlowCollection { open } => format!("this '{open}' is never closed"),
        SyntaxError::MismatchedFlowCollectionEnd { open, close } => {
            format!("'{close}' closes '{open}'")
        }
        SyntaxError::MisplacedFlowCollectionEnd => "this bracket closes nothing".to_owned(),
        SyntaxError::UnclosedQuotedScalar => "this quote is never closed".to_owned(),
        SyntaxError::TabInPlainScalar
        | SyntaxError::TabNotAllowed
        | SyntaxError::TabInBlockIndentation => {
            "a tab stands in the indentation: YAML takes blanks only".to_owned()
        }
        SyntaxError::MappingValueNotAllowed => {
            "a key cannot stand here: a text that contains ': ' must be in quotes".to_owned()
        }
        SyntaxError::UnexpectedCharacter { character } => {
            format!("a text that begins with '{character}' must be in quotes")
        }
        SyntaxError::ExpectedBlockSequenceEntry => {
            "this line is indented less than the item above, and begins no item".to_owned()
        }
        SyntaxError::ExpectedBlockMappingKey | SyntaxError::SimpleKeyExpected => {
            "a key and ': ' must stand here".to_owned()
        }
        SyntaxError::InvalidIndentation => "the indentation fits to no line above".to_owned(),
        SyntaxError::UnknownQuotedScalarEscape => {
            "this backslash has no meaning in double quotes".to_owned()
        }
        other => format!("this is no YAML: {other}"),
    }
}

/// The diagnostic of a text that is no YAML, as Falco has it: where reading ended.
pub(crate) fn where_reading_ended(
    YamlError { place, kind }: YamlError,
    source: &SourceText<'_>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(DiagnosticKind::Yaml(kind), source, place, Vec::new());
    diagnostic.within(vec![link("value for", "", place)])
}

/// The diagnostic of an item that is no YAML; `item` are its bytes.
pub(crate) fn diagnostic(
    kind: YamlErrorKind,
    place: Place,
    source: &SourceText<'_>,
    item: Range<usize>,
) -> Diagnostic {
    let text = source.text.get(..item.end).unwrap_or(source.text);
    let kind = match unclosed(text, item.start, place.offset) {
        // What follows an open bracket is read as part of it.
        Some(open) if matches!(kind, YamlErrorKind::Syntax(_)) => {
            let open = source.text.get(open..).and_then(|rest| rest.chars().next());
            let found = SyntaxError::UnclosedFlowCollection { open: open.unwrap_or('[') };
            if goes_on(&kind) { YamlErrorKind::Syntax(found) } else { kind }
        }
        _ => kind,
    };
    let found = cause(&kind, text, item.start, place.offset);
    let mut diagnostic = where_reading_ended(YamlError { place, kind }, source);
    if let Some(Cause { bytes, repair }) = found {
        diagnostic.show_at(source, bytes);
        if let Some((title, edits)) = repair {
            diagnostic.repair_with(source, title, edits);
        }
    }
    diagnostic
}

/// Whether a fault may come of a bracket that is open still.
fn goes_on(kind: &YamlErrorKind) -> bool {
    let YamlErrorKind::Syntax(kind) = kind else { return false };
    !matches!(
        kind,
        SyntaxError::MismatchedFlowCollectionEnd { .. }
            | SyntaxError::UnexpectedCharacter { .. }
            | SyntaxError::UnknownQuotedScalarEscape
            | SyntaxError::UnclosedQuotedScalar
    )
}

/// Where the cause of a fault stands, and how it may be mended.
struct Cause {
    bytes: Range<usize>,
    repair: Option<(String, Vec<Edit>)>,
}

/// The cause of a fault met at a byte of the item that begins at `item` and ends where the text does.
fn cause(kind: &YamlErrorKind, text: &str, item: usize, at: usize) -> Option<Cause> {
    let only = |bytes: Range<usize>| Some(Cause { bytes, repair: None });
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let rest_of_line = text.get(at..)?.split(['\n', '\r']).next().unwrap_or_default();
    let kind = match kind {
        YamlErrorKind::UnknownAnchor => return quote_word(text, at),
        YamlErrorKind::Refused(_) => return None,
        YamlErrorKind::Syntax(kind) => kind,
    };
    match kind {
        // The reader may show the bracket itself.
        SyntaxError::MismatchedFlowCollectionEnd { open, .. }
            if text.get(at..)?.starts_with(*open) =>
        {
            only(at..at + 1)
        }
        SyntaxError::UnclosedFlowCollection { .. }
        | SyntaxError::MismatchedFlowCollectionEnd { .. } => {
            let open = unclosed(text, item, at)?;
            only(open..open + 1)
        }
        SyntaxError::TabInPlainScalar
        | SyntaxError::TabNotAllowed
        | SyntaxError::TabInBlockIndentation => {
            let tab = tab_from(text, start).or_else(|| tab_from(text, item))?;
            let tabs = text.get(tab..)?.bytes().take_while(|byte| *byte == b'\t').count();
            let edit = Edit::new(tab..tab + tabs, "  ".repeat(tabs));
            let title = "write blanks".to_owned();
            Some(Cause { bytes: tab..tab + tabs, repair: Some((title, vec![edit])) })
        }
        SyntaxError::MappingValueNotAllowed => {
            let line_end = at + rest_of_line.len();
            let line = text.get(start..line_end)?;
            let value = start + line.find(": ")? + 2;
            let quoted = quoted(text.get(value..line_end)?.trim_end());
            let end = value + text.get(value..line_end)?.trim_end().len();
            let repair = (value < at).then(|| {
                ("put the text in quotes".to_owned(), vec![Edit::new(value..end, quoted)])
            });
            Some(Cause { bytes: at..at + 1, repair })
        }
        SyntaxError::UnexpectedCharacter { .. } => {
            let word = rest_of_line.trim_end();
            let before = text.get(start..at)?;
            // In brackets the text ends before the line does.
            if before.contains(['[', '{']) || word.contains(" #") {
                return quote_word(text, at);
            }
            let edit = Edit::new(at..at + word.len(), quoted(word));
            let title = "put the text in quotes".to_owned();
            Some(Cause { bytes: at..at + word.len(), repair: Some((title, vec![edit])) })
        }
        SyntaxError::UnknownQuotedScalarEscape => {
            let mut letters = text.get(at..)?.char_indices();
            while let Some((slash, letter)) = letters.next() {
                if letter == '\\' {
                    let (_, escaped) = letters.next()?;
                    if !"0abtnvfre \"'\\/N_LPxuU\n\t\r".contains(escaped) {
                        let slash = at + slash;
                        let edit = Edit::new(slash..slash + 1, "\\\\");
                        let title = "write two of them, or use single quotes".to_owned();
                        let bytes = slash..slash + 1;
                        return Some(Cause { bytes, repair: Some((title, vec![edit])) });
                    }
                }
            }
            None
        }
        SyntaxError::ExpectedBlockMappingKey | SyntaxError::SimpleKeyExpected => {
            let word = rest_of_line.trim_end();
            only(at..at + word.len())
        }
        _ => None,
    }
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A word in brackets or before a comment, to be put in quotes.
fn quote_word(text: &str, at: usize) -> Option<Cause> {
    let rest = text.get(at..)?;
    let len = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
    let edit = Edit::new(at..at + len, quoted(rest.get(..len)?));
    let title = "put the text in quotes".to_owned();
    Some(Cause { bytes: at..at + len, repair: Some((title, vec![edit])) })
}

/// The first tab in an indentation from the line on that begins at `start`.
fn tab_from(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')) {
            return Some(at + tab);
        }
        at += line.len();
    }
    None
}

/// The innermost bracket of the item that begins at `item` that is open where the reader stopped:
/// brackets that open a list or map, not those within texts, quotes and comments.
fn unclosed(text: &str, item: usize, stopped: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = '\n';
    let mut letters = text.get(item..stopped)?.char_indices();
    while let Some((at, letter)) = letters.next() {
        let at = item + at;
        // In brackets a new value begins behind these, elsewhere behind `: ` and `- `.
        let begins = matches!(before, '[' | '{' | ',' | ':' | '-' | '\n');
        match (quote, letter) {
            (Some(mark), _) if mark == letter => quote = None,
            (Some('"'), '\\') => {
                letters.next();
            }
            (Some(_), _) => {}
            (None, '"' | '\'') if begins => quote = Some(letter),
            (None, '#') if begins || text.get(..at)?.ends_with([' ', '\n', '\t']) => {
                letters.by_ref().find(|(_, letter)| *letter == '\n');
            }
            (None, '[' | '{') if begins => open.push(at),
            (None, ']' | '}') if !open.is_empty() => {
                open.pop();
            }
            _ => {}
        }
        if !letter.is_whitespace() || letter == '\n' {
            before = letter;
        }
    }
    // The reader may have stopped at the bracket itself.
    open.pop().or_else(|| {
        text.get(stopped..).filter(|rest| rest.starts_with(['[', '{'])).map(|_| stopped)
    })
}
