//! Regular expressions of rules: they match the whole value, byte by byte where it is no UTF-8.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Error, ErrorKind};

use crate::error::RegexError;

/// How large a compiled pattern may be: what is larger would make a rule slow.
const SIZE: usize = 4 << 20;

/// Compiles a pattern. With `strict` only what Falco's engine takes, which knows the syntax of POSIX:
/// no classes like `\d`, no flags.
pub(crate) fn compile(pattern: &str, strict: bool) -> Result<Regex, RegexError> {
    if strict {
        only_posix(pattern)?;
    }
    Parser::new().parse(pattern).map_err(|error| syntax(pattern, &error))?;
    let bytes = format!("^(?s-u:{pattern})$");
    let letters = format!("^(?s:{pattern})$");
    RegexBuilder::new(&bytes)
        .size_limit(SIZE)
        .build()
        .or_else(|_| RegexBuilder::new(&letters).size_limit(SIZE).build())
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => RegexError::TooLarge,
            // The compiler has only words for it; its parser has kinds.
            other => match ParserBuilder::new().utf8(false).build().parse(&letters) {
                Err(regex_syntax::Error::Translate(error)) => {
                    RegexError::Meaning(error.kind().clone())
                }
                _ => RegexError::Refused(other.to_string()),
            },
        })
}

/// A mistake in the syntax.
fn syntax(pattern: &str, error: &Error) -> RegexError {
    let span = error.span();
    let from = pattern.get(span.start.offset..).unwrap_or_default();
    let piece = pattern.get(span.start.offset..span.end.offset).unwrap_or_default().to_owned();
    match error.kind() {
        ErrorKind::ClassUnclosed => RegexError::ClassUnclosed { from: from.to_owned() },
        ErrorKind::GroupUnclosed => RegexError::GroupUnclosed { pattern: pattern.to_owned() },
        ErrorKind::GroupUnopened => RegexError::GroupUnopened { pattern: pattern.to_owned() },
        ErrorKind::RepetitionMissing => {
            let operator = from.get(..1).map_or(piece, str::to_owned);
            RegexError::NothingToRepeat { operator }
        }
        ErrorKind::EscapeUnexpectedEof => RegexError::TrailingBackslash,
        ErrorKind::EscapeUnrecognized => RegexError::Escape { escape: piece },
        ErrorKind::ClassRangeInvalid => RegexError::Range { range: piece },
        other => RegexError::Syntax { kind: other.clone(), piece },
    }
}

/// Refuses what is not of the POSIX syntax.
fn only_posix(pattern: &str) -> Result<(), RegexError> {
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
                    return Err(RegexError::Escape { escape: format!("\\{escaped}") });
                }
                empty = false;
            }
            '(' | '|' => empty = true,
            '?' if empty && pattern.get(..at).is_some_and(|before| before.ends_with('(')) => {
                return Err(RegexError::NothingToRepeat { operator: "?".to_owned() });
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
            let reported = compile(pattern, false).map(|_| ()).unwrap_err();
            assert_eq!(reported.to_string(), expected, "{pattern}");
        };
        check("([", "missing ]: [");
        check("a(b", "missing ): a(b");
        check("a)b", "unexpected ): a)b");
        check("*a", "no argument for repetition operator: *");
        check("a{1000}{1000}", "it is too large when compiled");
        check(r"a\", r"trailing \ at end of regexp");
        check(r"\y", r"invalid escape sequence: \y");
        check("[z-a]", "invalid character class range: z-a");
        check("a{2,1}", "invalid repetition count range, the start must be <= the end: {2,1}");
        check(r"\p{Nosuch}", "Unicode property not found");
    }

    #[test]
    fn strict_patterns_are_of_posix() {
        let check = |pattern: &str, expected: Option<&str>| {
            let reported = compile(pattern, true).map(|_| ()).err().map(|error| error.to_string());
            assert_eq!(reported.as_deref(), expected, "{pattern}");
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
