//! What people write in conditions instead of the words of the language, and how it is mended.

use std::ops::Range;

use peregrine_event::names;
use peregrine_filter::ParseError;
use peregrine_filter::error::{Expected, ParseErrorKind};

/// A change of a condition: what is done, in words, and the replacements, in order.
pub(crate) struct TextRepair {
    pub(crate) title: String,
    pub(crate) edits: Vec<(Range<usize>, String)>,
}

/// The operators.
pub(crate) const OPERATORS: [&str; 19] = [
    "exists",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "glob",
    "iglob",
    "regex",
    "in",
    "intersects",
    "pmatch",
    "=",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
];
/// What people write for them.
const MEANT: [(&str, &str); 29] = [
    ("starts_with", "startswith"),
    ("starts-with", "startswith"),
    ("beginswith", "startswith"),
    ("begins_with", "startswith"),
    ("hasprefix", "startswith"),
    ("ends_with", "endswith"),
    ("ends-with", "endswith"),
    ("hassuffix", "endswith"),
    ("matches", "regex"),
    ("match", "regex"),
    ("rlike", "regex"),
    ("=~", "regex"),
    ("~=", "regex"),
    ("~", "regex"),
    ("like", "glob"),
    ("wildcard", "glob"),
    ("has", "contains"),
    ("includes", "contains"),
    ("include", "contains"),
    ("exist", "exists"),
    ("equals", "="),
    ("equal", "="),
    ("eq", "="),
    ("is", "="),
    ("===", "="),
    (":", "="),
    ("ne", "!="),
    ("<>", "!="),
    ("=!", "!="),
];

/// The word at a place: up to a blank, a quote, a comma or a bracket; signs and letters apart.
pub(crate) fn word_at(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || "()[],\"'".contains(c);
    let sign = |c: char| "&|!=<>~:".contains(c);
    let Some(first) = rest.chars().next().filter(|first| !ends(*first)) else {
        return at..at
            + rest.chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
    };
    let len = rest.find(|c: char| ends(c) || sign(c) != sign(first)).unwrap_or(rest.len());
    at..at + len
}

/// The word that ends before a place, blanks apart.
fn word_before(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let ends = |c: char| c.is_whitespace() || "()[],\"'".contains(c);
    let start = before.rfind(ends).map_or(0, |end| {
        end + before.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    });
    start..before.len()
}

/// The connective a word stands for.
fn connective(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "&&" | "&" | "and" | "adn" | "nad" | "andd" | "annd" => Some("and"),
        "||" | "|" | "or" | "ro" | "orr" => Some("or"),
        _ => None,
    }
}

/// The operator a word stands for.
fn operator(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let meant = MEANT.iter().find(|(alias, _)| *alias == lower).map(|(_, operator)| *operator);
    let same = || OPERATORS.into_iter().find(|operator| *operator == lower);
    let words = || OPERATORS.into_iter().filter(|operator| operator.len() > 2);
    let near = || names::nearest(&lower, words()).filter(|_| lower.len() > 2);
    meant.or_else(same).or_else(|| OPERATORS.into_iter().find(|one| Some(*one) == near()))
}

fn replace(text: &str, bytes: Range<usize>, with: &str) -> TextRepair {
    let old = text.get(bytes.clone()).unwrap_or_default();
    let title = format!("replace `{old}` with `{}`", with.trim());
    TextRepair { title, edits: vec![(bytes, with.to_owned())] }
}

/// How a text that is no condition may become one.
pub(crate) fn repair(text: &str, error: &ParseError) -> Option<TextRepair> {
    let at = error.offset;
    let bytes = word_at(text, at);
    let word = text.get(bytes.clone()).unwrap_or_default();
    match &error.kind {
        ParseErrorKind::TokenAfter { .. } | ParseErrorKind::Expected(Expected::Parenthesis) => {
            let before = word_before(text, at);
            let last = text.get(before.clone()).unwrap_or_default();
            if let Some(meant) = connective(word).filter(|_| !word.is_empty()) {
                // `a &&b` needs a blank.
                let tight = text
                    .get(bytes.end..)
                    .is_some_and(|rest| rest.starts_with(|c: char| !c.is_whitespace() && c != '('));
                let glued = text.get(..at).is_some_and(|before| {
                    before.ends_with(|c: char| !c.is_whitespace() && c != ')')
                });
                let (before, behind) = (if glued { " " } else { "" }, if tight { " " } else { "" });
                return Some(replace(text, bytes, &format!("{before}{meant}{behind}")));
            }
            if last.eq_ignore_ascii_case("not") {
                return Some(replace(text, before, "not"));
            }
            if let Some(sign) = ["=~", "=!"].into_iter().find(|sign| last.ends_with(sign)) {
                return Some(replace(text, before.end - sign.len()..before.end, operator(sign)?));
            }
            // `= ~ x` was read as a value.
            if last == "~" && text.get(..before.start)?.trim_end().ends_with('=') {
                let start = text.get(..before.start)?.trim_end().len() - 1;
                return Some(replace(text, start..before.end, "regex"));
            }
            in_list(text, at, word)
        }
        ParseErrorKind::Expected(Expected::Check) if word.starts_with('!') => {
            Some(replace(text, at..at + 1, "not "))
        }
        ParseErrorKind::Expected(Expected::Operator) => of_operator(text, bytes, word),
        ParseErrorKind::Expected(Expected::Number)
            if word.starts_with('>') && text.get(..at).is_some_and(|text| text.ends_with('<')) =>
        {
            Some(replace(text, at - 1..at + 1, "!="))
        }
        // `===`: a sign is left over.
        ParseErrorKind::Expected(Expected::Text | Expected::Number) if word.starts_with('=') => {
            let start = at - text.get(..at)?.bytes().rev().take_while(|b| *b == b'=').count();
            (start < at).then(|| replace(text, start..bytes.end, "="))
        }
        ParseErrorKind::Expected(Expected::List) if word == "[" => {
            let end = at + text.get(at..)?.find(']')?;
            let edits = vec![(at..at + 1, "(".to_owned()), (end..end + 1, ")".to_owned())];
            Some(TextRepair { title: "put the list in parentheses".to_owned(), edits })
        }
        ParseErrorKind::BlankAfter { word } if at < text.len() => {
            let title = format!("put a blank behind `{word}`");
            Some(TextRepair { title, edits: vec![(at..at, " ".to_owned())] })
        }
        _ => None,
    }
}

/// What stands where an operator should.
fn of_operator(text: &str, bytes: Range<usize>, word: &str) -> Option<TextRepair> {
    let field = word_before(text, bytes.start);
    // `proc.aname.2`
    if field.end == bytes.start
        && let Some(arg) = word.strip_prefix('.').filter(|arg| !arg.is_empty())
    {
        return Some(replace(text, bytes, &format!("[{arg}]")));
    }
    let negated = match word {
        "!~" => Some((bytes.end, "regex", "")),
        _ if word.eq_ignore_ascii_case("not") => {
            let rest = text.get(bytes.end..)?;
            let next = bytes.end + (rest.len() - rest.trim_start().len());
            let next = word_at(text, next);
            let follows = text.get(next.clone())?;
            operator(follows).map(|operator| (next.end, operator, follows))
        }
        _ => None,
    };
    if let Some((end, operator, follows)) = negated {
        let name = text.get(field.clone())?;
        let old = text.get(field.start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = format!("replace `{old}` with `not {name} {operator}`");
        let start = end - follows.len();
        let edits = if follows == operator {
            vec![(field.start..field.start, "not ".to_owned()), (bytes.start..start, String::new())]
        } else {
            vec![
                (field.start..field.start, "not ".to_owned()),
                (bytes.start..end, operator.to_owned()),
            ]
        };
        return Some(TextRepair { title, edits });
    }
    if connective(word).is_some() || word.is_empty() {
        return None;
    }
    let meant = operator(word).filter(|meant| *meant != word)?;
    // An operator that is a word needs a blank behind it.
    let blank = text.get(bytes.end..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let with = if blank || meant.len() < 3 { meant.to_owned() } else { format!("{meant} ") };
    Some(replace(text, bytes, &with))
}

/// Two words of a list without a comma between them.
fn in_list(text: &str, at: usize, word: &str) -> Option<TextRepair> {
    let before = text.get(..at)?;
    let open = before.rfind('(')?;
    let inside = before.get(open + 1..)?;
    let op = before.get(..open)?.split_whitespace().next_back()?;
    let lists = ["in", "pmatch", "intersects", "oneof", "anyof", "allof"];
    if inside.contains(')') || !lists.contains(&op) || word.is_empty() {
        return None;
    }
    let end = before.trim_end().len();
    let title = format!("put a comma before `{word}`");
    Some(TextRepair { title, edits: vec![(end..end, ",".to_owned())] })
}

#[cfg(test)]
mod tests {
    use peregrine_filter::{DEFAULT_DEPTH, parse};

    #[test]
    fn slips_are_mended() {
        let check = |text: &str, expected: &str| {
            let mut text = text.to_owned();
            for _ in 0..4 {
                let Err(error) = parse(&text, DEFAULT_DEPTH) else { break };
                let Some(repair) = super::repair(&text, &error) else { break };
                for (bytes, with) in repair.edits.iter().rev() {
                    text.replace_range(bytes.clone(), with);
                }
            }
            assert_eq!(text, expected);
            assert!(parse(&text, DEFAULT_DEPTH).is_ok(), "{text}");
        };
        check("a && b", "a and b");
        check("a&&b", "a and b");
        check("(a || b) AND c", "(a or b) and c");
        check("a OR b adn c", "a or b and c");
        check("a and NOT b", "a and not b");
        check("a and NOT proc.name = x", "a and not proc.name = x");
        check("a and !b", "a and not b");
        check("!(a or b)", "not (a or b)");
        check("a and proc.name not in (x)", "a and not proc.name in (x)");
        check("proc.name NOT contains x", "not proc.name contains x");
        check("proc.name not starts_with x", "not proc.name startswith x");
        check("fd.name starts_with /x", "fd.name startswith /x");
        check("fd.name startsWith /x", "fd.name startswith /x");
        check("fd.name contians x", "fd.name contains x");
        check("fd.name =~ 'a.*'", "fd.name regex 'a.*'");
        check("fd.name =~ a.*", "fd.name regex a.*");
        check("fd.name !~ a.*", "not fd.name regex a.*");
        check("fd.name like /x*", "fd.name glob /x*");
        check("fd.name === x", "fd.name = x");
        check("fd.name <> x", "fd.name != x");
        check("fd.name is x", "fd.name = x");
        check("fd.name IN (a, b)", "fd.name in (a, b)");
        check("fd.name in [a, b]", "fd.name in (a, b)");
        check("fd.name in (a b)", "fd.name in (a, b)");
        check("proc.aname.2 = x", "proc.aname[2] = x");
    }

    #[test]
    fn what_is_not_known_stays() {
        let check = |text: &str| {
            let error = parse(text, DEFAULT_DEPTH).unwrap_err();
            assert!(super::repair(text, &error).is_none(), "{text}");
        };
        check("a and");
        check("(a");
        check("proc.name = ");
        check("proc.name x y");
        check("a b");
    }
}
