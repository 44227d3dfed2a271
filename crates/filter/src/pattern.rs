//! Regular expressions of rules: they match the whole value, byte by byte where it is no UTF-8.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// How large a compiled pattern may be: what is larger would make a rule slow.
const SIZE: usize = 4 << 20;

/// Compiles a pattern. With `strict` only what Falco's engine takes, which knows the syntax of POSIX:
/// no classes like `\d`, no flags.
///
/// # Errors
/// What is wrong with it, in the words of the engine Falco uses where it is one of the usual
/// mistakes.
pub(crate) fn compile(pattern: &str, strict: bool) -> Result<Regex, String> {
    if strict {
        only_posix(pattern)?;
    }
    if let Err(error) = Parser::new().parse(pattern) {
        let span = error.span();
        let from = pattern.get(span.start.offset..).unwrap_or_default();
        let piece = pattern.get(span.start.offset..span.end.offset).unwrap_or_default();
        let why = match error.kind() {
            ErrorKind::ClassUnclosed => format!("missing ]: {from}"),
            ErrorKind::GroupUnclosed => format!("missing ): {pattern}"),
            ErrorKind::GroupUnopened => format!("unexpected ): {pattern}"),
            ErrorKind::RepetitionMissing => {
                format!("no argument for repetition operator: {}", from.get(..1).unwrap_or(piece))
            }
            ErrorKind::EscapeUnexpectedEof => "trailing \\ at end of regexp".to_owned(),
            ErrorKind::EscapeUnrecognized => format!("invalid escape sequence: {piece}"),
            ErrorKind::ClassRangeInvalid => format!("invalid character class range: {piece}"),
            other => format!("{other}: {piece}"),
        };
        return Err(format!("invalid regex pattern: {why}"));
    }
    RegexBuilder::new(&format!("^(?s-u:{pattern})$"))
        .size_limit(SIZE)
        .build()
        .or_else(|_| RegexBuilder::new(&format!("^(?s:{pattern})$")).size_limit(SIZE).build())
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "invalid regex pattern: it is too large when compiled".to_owned()
            }
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                format!("invalid regex pattern: {}", last.trim_start_matches("error: "))
            }
        })
}

/// Refuses what is not of the POSIX syntax.
fn only_posix(pattern: &str) -> Result<(), String> {
    let mut letters = pattern.char_indices();
    // Where a repetition would have nothing to repeat.
    let mut empty = true;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next().map(|(_, escaped)| escaped);
                // Bytes by number and control characters are of it, and every sign.
                if let Some(escaped) = escaped
                    && (escaped.is_ascii_alphanumeric() || escaped == '_')
                    && !"aftnrvx0".contains(escaped)
                {
                    return Err(format!(
                        "invalid regex pattern: invalid escape sequence: \\{escaped}"
                    ));
                }
                empty = false;
            }
            '(' | '|' => empty = true,
            '?' if empty && pattern.get(..at).is_some_and(|before| before.ends_with('(')) => {
                return Err(
                    "invalid regex pattern: no argument for repetition operator: ?".to_owned()
                );
            }
            _ => empty = false,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told() {
        let check = |pattern: &str, expected: &str| {
            let told = compile(pattern, false).map(|_| ()).unwrap_err();
            assert_eq!(told, format!("invalid regex pattern: {expected}"), "{pattern}");
        };
        check("([", "missing ]: [");
        check("a(b", "missing ): a(b");
        check("a)b", "unexpected ): a)b");
        check("*a", "no argument for repetition operator: *");
        check("a{1000}{1000}", "it is too large when compiled");
    }

    #[test]
    fn strict_patterns_are_of_posix() {
        let check = |pattern: &str, expected: Option<&str>| {
            let told = compile(pattern, true).map(|_| ()).err();
            let expected = expected.map(|why| format!("invalid regex pattern: {why}"));
            assert_eq!(told, expected, "{pattern}");
        };
        check(r"/var/[a-z]+\.log", None);
        check(r"a[[:digit:]]{2,3}(b|c)?\x41\n\-", None);
        check("a*?", None);
        check(r"\d+", Some(r"invalid escape sequence: \d"));
        check(r"a\w", Some(r"invalid escape sequence: \w"));
        check(r"[\s]", Some(r"invalid escape sequence: \s"));
        check(r"a\b", Some(r"invalid escape sequence: \b"));
        check(r"\p{L}", Some(r"invalid escape sequence: \p"));
        check("(?i)abc", Some("no argument for repetition operator: ?"));
        check("(?:abc)", Some("no argument for repetition operator: ?"));
        check("([", Some("missing ]: ["));
    }

    #[test]
    fn the_whole_value_matches() {
        let check = |pattern: &str, value: &[u8], expected: bool| {
            assert_eq!(compile(pattern, false).unwrap().is_match(value), expected, "{pattern}");
        };
        check("b", b"abc", false);
        check("a|abc", b"abc", true);
        check("a.c", b"a\xffc", true);
        check("a.c", b"a\nc", true);
        check("(?i)ABC", b"abc", true);
        check(r"\p{L}+", "äöü".as_bytes(), true);
    }
}
