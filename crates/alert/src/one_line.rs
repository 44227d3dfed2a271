//! Text that stays on one line and does not control a terminal: a file name chosen by an attacker must
//! not look like a second alert, nor move the cursor.

use std::fmt::Write as _;

/// Whether a character controls something: control characters (C0, DEL, C1), the line and paragraph
/// separators, and those that change the direction of writing.
pub(crate) fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes such a character out.
pub(crate) fn put(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => _ = write!(out, "\\u{:04x}", u32::from(c)),
    }
}

fn escaped(text: String, acts: impl Fn(char) -> bool) -> String {
    // Most texts are plain ASCII. There is no early end, so that many bytes are compared in one step.
    let plain = text.bytes().fold(true, |all, byte| all & (b' '..0x7f).contains(&byte));
    if plain || !text.chars().any(&acts) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) { put(&mut out, c) } else { out.push(c) }
    }
    out
}

/// The text with every such character escaped as in JSON: `\n`, `\u001b`. A backslash is not escaped.
pub fn one_line(text: String) -> String {
    escaped(text, acts)
}

/// A JSON text in which those characters are escaped too that JSON permits; its meaning is the same.
pub fn escape_json(text: String) -> String {
    // Outside of its strings JSON has none of these; inside, the escape stands for the character.
    escaped(text, |c| acts(c) && u32::from(c) >= 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out() {
        let check = |text: &str, expected: &str| {
            assert_eq!(one_line(text.to_owned()), expected, "{text:?}");
        };
        check("plain \\ text, \u{e4}\u{4e2d}\u{1f600}", "plain \\ text, \u{e4}\u{4e2d}\u{1f600}");
        check("a\nb\rc\td\u{8}\u{c}", "a\\nb\\rc\\td\\b\\f");
        check("\u{1b}[2J\0\u{7f}\u{9b}", "\\u001b[2J\\u0000\\u007f\\u009b");
        check("\u{2028}\u{2029}\u{202e}\u{2066}", "\\u2028\\u2029\\u202e\\u2066");
        check("\u{85}\u{b}", "\\u0085\\u000b");
    }

    #[test]
    fn json_means_the_same() {
        let every: String = (0..0x2100).filter_map(char::from_u32).collect();
        let json = serde_json::json!({ every.clone(): [every] });
        let text = escape_json(json.to_string());
        assert!(!text.chars().any(acts));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
    }
}
