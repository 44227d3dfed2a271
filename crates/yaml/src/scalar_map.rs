//! Where each byte of a scalar's value stands in the file: through folded and literal blocks, quotes
//! with escapes and texts that go on in the next line.
//!
//! The reader hands out the value and where the scalar begins. Both are walked together: what is no
//! blank stands in both in the same order, runs of blanks stand for each other.

use std::iter::Peekable;
use std::str::CharIndices;

/// For each byte of the `value` of a scalar that begins at `start` in `text`, and for its end, the
/// byte of `text` it comes from. Where the two do not fit each other all stand at `start`.
pub fn scalar_offsets(text: &str, start: usize, value: &str) -> Vec<usize> {
    let source = text.get(start..).unwrap_or_default();
    let quoted = || match source.chars().next() {
        Some('\'') => aligned(source, 1, value, Style::Single),
        Some('"') => aligned(source, 1, value, Style::Double),
        _ => None,
    };
    // A block may begin with a quote that belongs to its value.
    let offsets = aligned(source, 0, value, Style::Bare).or_else(quoted);
    let offsets = offsets.unwrap_or_else(|| vec![0; value.len() + 1]);
    offsets.into_iter().map(|offset| start + offset).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Plain, folded, literal: letters stand for themselves.
    Bare,
    /// `'`: two quotes are one.
    Single,
    /// `"`: escapes.
    Double,
}

/// A letter as the source writes it: where, how many bytes, what it means. None: a line that goes on.
type Written = (usize, usize, Option<char>);

fn next(letters: &mut Peekable<CharIndices<'_>>, style: Style) -> Option<Written> {
    let (at, letter) = letters.next()?;
    match (style, letter) {
        (Style::Single, '\'') => {
            letters.next_if(|(_, next)| *next == '\'')?;
            Some((at, 2, Some('\'')))
        }
        (Style::Double, '"') => None,
        (Style::Double, '\\') => {
            let (_, escape) = letters.next()?;
            let mut number = |digits: usize| {
                let hex: String = letters.by_ref().take(digits).map(|(_, digit)| digit).collect();
                u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)
            };
            let (len, meant) = match escape {
                '0' => (2, Some('\0')),
                'a' => (2, Some('\u{7}')),
                'b' => (2, Some('\u{8}')),
                't' => (2, Some('\t')),
                'n' => (2, Some('\n')),
                'v' => (2, Some('\u{b}')),
                'f' => (2, Some('\u{c}')),
                'r' => (2, Some('\r')),
                'e' => (2, Some('\u{1b}')),
                'N' => (2, Some('\u{85}')),
                '_' => (2, Some('\u{a0}')),
                'L' => (2, Some('\u{2028}')),
                'P' => (2, Some('\u{2029}')),
                'x' => (4, Some(number(2)?)),
                'u' => (6, Some(number(4)?)),
                'U' => (10, Some(number(8)?)),
                '\n' | '\r' => (2, None),
                same => (1 + same.len_utf8(), Some(same)),
            };
            Some((at, len, meant))
        }
        _ => Some((at, letter.len_utf8(), Some(letter))),
    }
}

fn aligned(source: &str, skip: usize, value: &str, style: Style) -> Option<Vec<usize>> {
    let mut offsets = Vec::with_capacity(value.len() + 1);
    let inside = source.get(skip..)?;
    let mut letters = inside.char_indices().peekable();
    // Behind the last letter that is no blank.
    let mut end = 0;
    for letter in value.chars() {
        let (at, len);
        loop {
            let before = letters.clone();
            let written = next(&mut letters, style);
            match written {
                Some((place, bytes, Some(meant))) if meant == letter => {
                    (at, len) = (place, bytes);
                    break;
                }
                // The end of a line became a blank, or another end.
                Some((place, bytes, Some(meant)))
                    if letter.is_whitespace() && meant.is_whitespace() =>
                {
                    (at, len) = (place, bytes);
                    break;
                }
                // Indentation.
                Some((_, _, meant)) if meant.is_none_or(char::is_whitespace) => {}
                // A blank nobody wrote: the end of a block.
                _ if letter.is_whitespace() => {
                    letters = before;
                    (at, len) = (letters.peek().map_or(inside.len(), |(at, _)| *at), 0);
                    break;
                }
                _ => return None,
            }
        }
        if !letter.is_whitespace() {
            end = at + len;
        }
        let same = len == letter.len_utf8();
        for byte in 0..letter.len_utf8() {
            offsets.push(skip + at + if same { byte } else { 0 });
        }
    }
    offsets.push(skip + end);
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Node, parse};

    fn scalars<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
        match &node.body {
            Body::Scalar(_) => found.push(node),
            Body::List(list) => list.iter().for_each(|one| scalars(one, found)),
            Body::Map(map) => map.iter().for_each(|(_, value)| scalars(value, found)),
            Body::Null => {}
        }
    }

    #[test]
    fn letters_of_values_stand_where_they_were_written() {
        // Each value has the word `culprit` once, and so has its line of the text.
        let check = |text: &str| {
            let documents = parse(text).unwrap();
            let mut found = Vec::new();
            for document in &documents {
                scalars(document, &mut found);
            }
            let node = found.into_iter().find(|node| node.scalar().unwrap().contains("culprit"));
            let node = node.unwrap_or_else(|| panic!("{text}"));
            let value = node.scalar().unwrap();
            let offsets = scalar_offsets(text, node.span.start, value);
            assert_eq!(offsets.len(), value.len() + 1, "{text}");
            let at = value.find("culprit").unwrap();
            assert_eq!(Some(offsets[at]), text.find("culprit"), "{text}");
            assert_eq!(offsets[at + 6], offsets[at] + 6, "{text}");
        };
        check("a: b culprit\n");
        check("a: b\n   culprit and\n   c\nd: e\n");
        check("a: >\n  b c\n  culprit d\ne: f\n");
        check("a: >-  # why\n\n\n  b\n    c\n\n  culprit d\n");
        check("a: |+\n  b c\n    culprit d\n\n\ne: f\n");
        check("a: >2\n  'b' \"c\"\n  culprit\n");
        check("a: >\n  \"b\" culprit\n");
        check("a: 'it''s a culprit'\n");
        check("a: 'it''s\n   a \"q\"\n\n  culprit'\n");
        check(r#"a: "b \" \\ \t \x41 \u00e9 \n\n culprit""#);
        check("a: \"b \\\n    c\n    culprit\"\n");
        check("a: \"\\t b\n  \\t culprit\"\n");
        check("a: &x culprit\nb: *x\n");
        check("a: [b, 'c d', culprit e]\n");
        check("\u{feff}a: \u{e9}\u{1f600} culprit\r\nb: c\r\n");
        check("a: >\r\n  b\r\n  culprit\r\n");
    }

    #[test]
    fn what_does_not_fit_stands_at_the_beginning() {
        assert_eq!(scalar_offsets("abc: x", 5, "yz"), [5, 5, 5]);
        assert_eq!(scalar_offsets("a", 7, ""), [7]);
        assert_eq!(scalar_offsets("a: bc  \nd", 3, "bc"), [3, 4, 5]);
    }
}
