//! Why a text is no YAML, in the words of the library Falco reads it with, and where that sees it.

use peregrine_yaml::{Place, SyntaxError, YamlErrorKind};

/// Where a mistake is seen.
enum Seen {
    /// Where our reader sees it.
    Here,
    /// Where the text ends.
    AtEnd,
    /// At the first tab in an indentation from there on.
    AtTab,
    /// At the colon of the pair that begins there.
    AtColon,
    /// Behind the escape nobody knows.
    BehindEscape,
}

/// The same mistake in the other's words, and where that sees it.
fn words(kind: &SyntaxError) -> Option<(&'static str, Seen)> {
    Some(match kind {
        SyntaxError::UnclosedFlowCollection { open: '[' } => {
            ("end of sequence flow not found", Seen::AtEnd)
        }
        SyntaxError::UnclosedFlowCollection { .. } => ("end of map flow not found", Seen::AtEnd),
        SyntaxError::UnclosedQuotedScalar => ("illegal EOF in scalar", Seen::AtEnd),
        SyntaxError::TabInPlainScalar => ("illegal tab when looking for indentation", Seen::AtTab),
        // A tab is white space like any other there, and a pair in a line must not have one before it.
        SyntaxError::TabInBlockIndentation => ("illegal map value", Seen::AtColon),
        SyntaxError::MappingValueNotAllowed => ("illegal map value", Seen::Here),
        SyntaxError::ExpectedBlockSequenceEntry => ("end of sequence not found", Seen::Here),
        SyntaxError::ExpectedBlockMappingKey | SyntaxError::SimpleKeyExpected => {
            ("end of map not found", Seen::Here)
        }
        SyntaxError::MisplacedFlowCollectionEnd => ("illegal flow end", Seen::Here),
        SyntaxError::UnexpectedCharacter { .. } => ("unknown token", Seen::Here),
        SyntaxError::UnknownQuotedScalarEscape => {
            ("unknown escape character: ", Seen::BehindEscape)
        }
        _ => return None,
    })
}

/// The other reader takes a NUL in a plain scalar for what begins an escape: the letter behind it, and the
/// place behind that.
fn behind_escaped(text: &str, from: usize) -> Option<(Place, char)> {
    let line = text.get(from..)?.split('\n').next()?;
    let escaped = from + line.find('\0')? + 1;
    let letter = text.get(escaped..)?.chars().next()?;
    Some((Place::at(text, escaped + letter.len_utf8()), letter))
}

/// The place and the words for a mistake our reader saw at `here`.
pub fn of(kind: &YamlErrorKind, here: Place, text: &str) -> (Place, String) {
    let kind = match kind {
        YamlErrorKind::UnknownAnchor => {
            let name: String = text
                .get(here.offset + 1..)
                .unwrap_or_default()
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
                .collect();
            return (here, format!("the referenced anchor is not defined: {name}"));
        }
        YamlErrorKind::Syntax(kind) => kind,
        YamlErrorKind::Refused(why) => return (here, why.clone()),
    };
    if let SyntaxError::UnexpectedCharacter { .. } = kind
        && let Some(behind) = behind_escaped(text, here.offset)
    {
        let (place, letter) = behind;
        return (place, format!("unknown escape character: {letter}"));
    }
    let Some((words, seen)) = words(kind) else { return (here, kind.to_string()) };
    match seen {
        Seen::Here => (here, words.to_owned()),
        Seen::AtEnd => (Place::at(text, text.len()), words.to_owned()),
        Seen::AtColon => {
            let line = text.get(here.offset..).unwrap_or_default().split('\n').next();
            let colon = line.unwrap_or_default().find(": ");
            (Place::at(text, here.offset + colon.unwrap_or_default()), words.to_owned())
        }
        Seen::AtTab => {
            let begin = text.get(..here.offset).and_then(|before| before.rfind('\n'));
            let mut at = begin.map_or(0, |newline| newline + 1);
            for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
                let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
                if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')) {
                    return (Place::at(text, at + tab), words.to_owned());
                }
                at += line.len();
            }
            (here, words.to_owned())
        }
        Seen::BehindEscape => {
            let mut letters = text.get(here.offset..).unwrap_or_default().char_indices();
            while let Some((_, letter)) = letters.next() {
                if letter != '\\' {
                    continue;
                }
                let Some((at, escaped)) = letters.next() else { break };
                if !"0abtnvfre \"'\\/N_LPxuU\n".contains(escaped) {
                    let behind = here.offset + at + escaped.len_utf8();
                    return (Place::at(text, behind), format!("{words}{escaped}"));
                }
            }
            (here, words.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peregrine_yaml::parse;

    #[test]
    fn mistakes_have_the_words_and_places_of_falcos_reader() {
        let check = |text: &str, line: usize, column: usize, words: &str| {
            let error = parse(text).unwrap_err();
            let (place, said) = of(&error.kind, error.place, text);
            assert_eq!((place.line, place.column, said.as_str()), (line, column, words), "{text}");
        };
        check("- rule: [\n", 2, 1, "end of sequence flow not found");
        check("- rule: {a: b\n", 2, 1, "end of map flow not found");
        check("- rule: \"abc\n", 2, 1, "illegal EOF in scalar");
        check("- rule: a\n\tdesc: b\n", 2, 1, "illegal tab when looking for indentation");
        check("engine:\n\tkind: replay\n", 2, 6, "illegal map value");
        check("- rule: a: b\n", 1, 10, "illegal map value");
        check("- rule: a\n desc: b\n", 2, 2, "end of sequence not found");
        check("- rule: a\n  desc\n  output: x\n", 2, 3, "end of map not found");
        check("- b: ]\n", 1, 6, "illegal flow end");
        check("- rule: @a\n", 1, 9, "unknown token");
        check("- rule: \"a\\q\"\n", 1, 13, "unknown escape character: q");
        check("- rule: a \0\n", 2, 1, "unknown escape character: \n");
        check("- rule: *no\n", 1, 9, "the referenced anchor is not defined: no");
    }
}
