//! Why a text is no YAML, in the words of the library Falco reads it with, and where that sees it.

use peregrine_yaml::{Place, YamlError};

/// Where a mistake is seen.
enum Seen {
    /// Where our reader sees it.
    Here,
    /// Where the text ends.
    AtEnd,
    /// At the first tab in an indentation from there on.
    AtTab,
    /// Behind the escape nobody knows.
    BehindEscape,
}

/// What our reader says, the same in the other's words, and where that sees it.
const WORDS: [(&str, &str, Seen); 11] = [
    ("unclosed bracket '['", "end of sequence flow not found", Seen::AtEnd),
    ("unclosed bracket '{'", "end of map flow not found", Seen::AtEnd),
    ("unclosed quote", "illegal EOF in scalar", Seen::AtEnd),
    ("found a tab", "illegal tab when looking for indentation", Seen::AtTab),
    ("mapping values are not allowed in this context", "illegal map value", Seen::Here),
    ("did not find expected '-' indicator", "end of sequence not found", Seen::Here),
    ("did not find expected key", "end of map not found", Seen::Here),
    ("simple key expected ':'", "end of map not found", Seen::Here),
    ("misplaced bracket", "illegal flow end", Seen::Here),
    ("unexpected character", "unknown token", Seen::Here),
    ("unknown escape character", "unknown escape character: ", Seen::BehindEscape),
];

/// The place and the words for a mistake in a text.
pub(crate) fn of(error: &YamlError, text: &str) -> (Place, String) {
    let said = error.message.as_str();
    let here = error.place;
    if said.contains("unknown anchor") {
        let name: String = text
            .get(here.offset + 1..)
            .unwrap_or_default()
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
            .collect();
        return (here, format!("the referenced anchor is not defined: {name}"));
    }
    let Some((_, words, seen)) = WORDS.iter().find(|(ours, ..)| said.contains(ours)) else {
        return (here, said.to_owned());
    };
    match seen {
        Seen::Here => (here, (*words).to_owned()),
        Seen::AtEnd => (place(text, text.len()), (*words).to_owned()),
        Seen::AtTab => {
            let begin = text.get(..here.offset).and_then(|before| before.rfind('\n'));
            let mut at = begin.map_or(0, |newline| newline + 1);
            for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
                let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
                if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')) {
                    return (place(text, at + tab), (*words).to_owned());
                }
                at += line.len();
            }
            (here, (*words).to_owned())
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
                    return (place(text, behind), format!("{words}{escaped}"));
                }
            }
            (here, (*words).to_owned())
        }
    }
}

fn place(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        line: before.matches('\n').count() + 1,
        column: before.get(start..).unwrap_or_default().chars().count() + 1,
        offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peregrine_yaml::parse;

    #[test]
    fn mistakes_have_the_words_and_places_of_falcos_reader() {
        let check = |text: &str, line: usize, column: usize, words: &str| {
            let (place, said) = of(&parse(text).unwrap_err(), text);
            assert_eq!((place.line, place.column, said.as_str()), (line, column, words), "{text}");
        };
        check("- rule: [\n", 2, 1, "end of sequence flow not found");
        check("- rule: {a: b\n", 2, 1, "end of map flow not found");
        check("- rule: \"abc\n", 2, 1, "illegal EOF in scalar");
        check("- rule: a\n\tdesc: b\n", 2, 1, "illegal tab when looking for indentation");
        check("- rule: a: b\n", 1, 10, "illegal map value");
        check("- rule: a\n desc: b\n", 2, 2, "end of sequence not found");
        check("- rule: a\n  desc\n  output: x\n", 2, 3, "end of map not found");
        check("- b: ]\n", 1, 6, "illegal flow end");
        check("- rule: @a\n", 1, 9, "unknown token");
        check("- rule: \"a\\q\"\n", 1, 13, "unknown escape character: q");
        check("- rule: *no\n", 1, 9, "the referenced anchor is not defined: no");
    }
}
