//! Texts cut to the lengths that receivers accept, at a character, with `...` where something is missing.

use std::borrow::Cow;

/// What stands at the end of a text that was cut.
const MARK: &str = "...";

/// How long a character is in a receiver's unit, as it is sent.
pub(crate) type Size = fn(char) -> usize;

/// Bytes in UTF-8.
pub(crate) fn utf8(c: char) -> usize {
    c.len_utf8()
}

/// Units of UTF-16: what chats call characters, or more of them.
pub(crate) fn utf16(c: char) -> usize {
    c.len_utf16()
}

/// Bytes within a JSON string.
pub(crate) fn json(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}

/// The length of a text.
pub(crate) fn length(text: &str, size: Size) -> usize {
    text.chars().map(size).sum()
}

/// The text, or its beginning with `...`: no longer than `most`.
pub(crate) fn cut(text: &str, most: usize, size: Size) -> Cow<'_, str> {
    let mark = length(MARK, size);
    let mut used = 0;
    // Where the text ends if something follows that does not fit.
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if used + mark <= most {
            end = at;
        }
        used += size(c);
        if used > most {
            let mark: String = MARK.chars().take(most / size('.').max(1)).collect();
            return Cow::Owned(format!("{}{mark}", text.get(..end).unwrap_or_default()));
        }
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_a_character() {
        let check = |text: &str, most: usize, size: Size, expected: &str| {
            let got = cut(text, most, size);
            assert_eq!(got, expected, "{text:?} {most}");
            assert!(length(&got, size) <= most, "{got:?} {most}");
        };
        check("", 0, utf8, "");
        check("whole", 5, utf8, "whole");
        check("longer", 5, utf8, "lo...");
        check("longer", 3, utf8, "...");
        check("longer", 2, utf8, "..");
        check("longer", 0, utf8, "");
        check("\u{4e2d}\u{6587}\u{4e2d}", 9, utf8, "\u{4e2d}\u{6587}\u{4e2d}");
        check("\u{4e2d}\u{6587}\u{4e2d}", 8, utf8, "\u{4e2d}...");
        check("\u{1f600}\u{1f600}\u{1f600}", 5, utf16, "\u{1f600}...");
        check("a\n\"\u{1}b", 12, json, "a\n\"\u{1}b");
        check("a\n\"\u{1}b", 11, json, "a\n\"...");
    }
}
