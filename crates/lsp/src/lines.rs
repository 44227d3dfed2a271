//! Places of a text as the protocol counts them: lines from 0, columns in units of the encoding both sides
//! agreed on.

use lsp_types::{Position, Range};

/// How columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// In bytes.
    Utf8,
    /// In units of 16 bits, which every client counts.
    #[default]
    Utf16,
}

impl Encoding {
    fn width(self, letter: char) -> usize {
        match self {
            Self::Utf8 => letter.len_utf8(),
            Self::Utf16 => letter.len_utf16(),
        }
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect() }
    }

    /// The line a byte is in, from 0, and where that line begins.
    fn line(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        (line, self.starts.get(line).copied().unwrap_or_default())
    }

    /// The position of a byte; past the end of the text, its end.
    pub(crate) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let (line, start) = self.line(offset);
        let letters = text.get(start..).unwrap_or_default().char_indices();
        let before = letters.take_while(|(at, letter)| start + at + letter.len_utf8() <= offset);
        let column: usize = before.map(|(_, letter)| encoding.width(letter)).sum();
        Position { line: number(line), character: number(column) }
    }

    pub(crate) fn range(
        &self,
        text: &str,
        bytes: &std::ops::Range<usize>,
        encoding: Encoding,
    ) -> Range {
        Range {
            start: self.position(text, bytes.start, encoding),
            end: self.position(text, bytes.end, encoding),
        }
    }

    /// The byte at a position; past the end of a line its end, past the last line the end of the text.
    /// Always the beginning of a letter.
    pub(crate) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return text.len() };
        let mut left = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut at = start;
        for letter in text.get(start..).unwrap_or_default().chars() {
            let width = encoding.width(letter);
            let rest = text.get(at..).unwrap_or_default();
            if letter == '\n' || rest.starts_with("\r\n") || width > left {
                break;
            }
            left -= width;
            at += letter.len_utf8();
        }
        at
    }

    /// The bytes of the line a byte is in, without its end.
    pub(crate) fn line_bytes(&self, text: &str, offset: usize) -> std::ops::Range<usize> {
        let (line, start) = self.line(offset.min(text.len()));
        let end = self.starts.get(line + 1).map_or(text.len(), |next| next - 1);
        let written = text.get(start..end).unwrap_or_default().trim_end_matches('\r');
        start..start + written.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_agreed() {
        let check = |text: &str, offset: usize, encoding: Encoding, line: u32, character: u32| {
            let lines = Lines::new(text);
            let position = Position { line, character };
            assert_eq!(lines.position(text, offset, encoding), position, "{text:?} {offset}");
            assert_eq!(lines.offset(text, position, encoding), offset, "{text:?} {position:?}");
        };
        let text = "a\u{e9}\u{1f600}b\r\nc";
        check(text, 0, Encoding::Utf16, 0, 0);
        check(text, 3, Encoding::Utf16, 0, 2);
        check(text, 7, Encoding::Utf16, 0, 4);
        check(text, 7, Encoding::Utf8, 0, 7);
        check(text, 8, Encoding::Utf8, 0, 8);
        check(text, 11, Encoding::Utf16, 1, 1);
        check("", 0, Encoding::Utf16, 0, 0);
        check("\n\n", 2, Encoding::Utf16, 2, 0);
    }

    #[test]
    fn positions_that_are_not_in_the_text_are_the_nearest_that_are() {
        let check = |text: &str, line: u32, character: u32, expected: usize| {
            let position = Position { line, character };
            assert_eq!(Lines::new(text).offset(text, position, Encoding::Utf16), expected);
        };
        check("ab\r\ncd", 0, 99, 2);
        check("ab\ncd", 7, 0, 5);
        check("ab\ncd", u32::MAX, u32::MAX, 5);
        // Inside of a letter of two units.
        check("\u{1f600}", 0, 1, 0);
    }
}
