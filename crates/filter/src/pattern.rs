//! Regular expressions of rules: they match the whole value, byte by byte where it is no UTF-8.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// How large a compiled pattern may be: what is larger would make a rule slow.
const SIZE: usize = 4 << 20;

/// Compiles a pattern.
///
/// # Errors
/// What is wrong with it, in the words of the engine Falco uses where it is one of the usual
/// mistakes.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told() {
        let check = |pattern: &str, expected: &str| {
            let told = compile(pattern).map(|_| ()).unwrap_err();
            assert_eq!(told, format!("invalid regex pattern: {expected}"), "{pattern}");
        };
        check("([", "missing ]: [");
        check("a(b", "missing ): a(b");
        check("a)b", "unexpected ): a)b");
        check("*a", "no argument for repetition operator: *");
        check("a{1000}{1000}", "it is too large when compiled");
    }

    #[test]
    fn the_whole_value_matches() {
        let check = |pattern: &str, value: &[u8], expected: bool| {
            assert_eq!(compile(pattern).unwrap().is_match(value), expected, "{pattern}");
        };
        check("b", b"abc", false);
        check("a|abc", b"abc", true);
        check("a.c", b"a\xffc", true);
        check("a.c", b"a\nc", true);
        check("(?i)ABC", b"abc", true);
        check(r"\p{L}+", "äöü".as_bytes(), true);
    }
}
