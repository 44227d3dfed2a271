//! A rule file put in order: what it means and what its comments say stays as it is.
//!
//! Edits the text instead of printing what was read: blanks at the ends of lines go, items stand
//! one blank line apart, and conditions are written on one line where they fit, else term by term.
//! The result is read again and must mean the same.

use std::ops::Range;

use peregrine_filter::parse;
use peregrine_yaml::{self as yaml, Body, Node, YamlError};

/// Columns of a line.
const WIDTH: usize = 100;
/// How deep a condition may be for it to be put in order; deeper ones stay as they are.
const DEPTH: usize = 100;

/// The text of a rule file in order.
///
/// # Errors
/// When the text is no YAML.
pub fn format(text: &str) -> Result<String, YamlError> {
    let before = yaml::parse(text)?;
    let mut conditions = Vec::new();
    for document in &before {
        if let Body::List(items) = &document.body {
            for (key, value) in items.iter().filter_map(Node::map).flatten() {
                if let (Some("condition"), Some(condition)) = (key.scalar(), value.scalar()) {
                    conditions.push((key, condition));
                }
            }
        }
    }
    let text = text.replace("\r\n", "\n");
    // A condition that cannot be put in order without changing more than that stays as it is.
    for kept in [conditions.as_slice(), &[]] {
        let formatted = lines(&text, kept);
        if yaml::parse(&formatted).is_ok_and(|after| same(&before, &after)) {
            return Ok(formatted);
        }
    }
    Ok(text)
}

/// A condition in lines that begin behind so many blanks: one where it fits, else term by term.
pub fn wrapped_condition(condition: &str, indent: usize) -> String {
    let words = words(condition);
    let one = words.join(" ");
    if indent + one.len() <= WIDTH {
        return format!("{:indent$}{one}", "");
    }
    let mut out = Vec::new();
    terms(&words, indent, indent, &mut out);
    out.join("\n")
}

fn lines(text: &str, conditions: &[(&Node, &str)]) -> String {
    let old: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    // Lines up to here belong to a value that began above: they are text.
    let mut within = 0;
    while let Some(line) = old.get(at) {
        let condition = conditions.iter().find(|(key, _)| key.place.line == at + 1);
        if let Some(edited) = condition.and_then(|(key, text)| condition_lines(&old, key, text)) {
            out.extend(edited.0);
            at = edited.1;
            continue;
        }
        if at < within {
            out.push((*line).to_owned());
            at += 1;
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() {
            // One blank line is as good as many.
            if out.last().is_some_and(|last| !last.is_empty()) {
                out.push(String::new());
            }
            at += 1;
            continue;
        }
        if line.starts_with("- ") {
            blank_before(&mut out);
        }
        within = value_of(&old, at, key_column(line)).end;
        out.push(line.to_owned());
        at += 1;
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    let mut text = out.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Puts a blank line before the item that comes next, above the comment that belongs to it.
fn blank_before(out: &mut Vec<String>) {
    let comment = out.iter().rev().take_while(|line| line.starts_with('#')).count();
    let place = out.len() - comment;
    let above = place.checked_sub(1).and_then(|above| out.get(above));
    if above.is_some_and(|line| !line.is_empty() && line != "---") {
        out.insert(place, String::new());
    }
}

/// Where the first key of a line stands: behind dashes and blanks.
fn key_column(line: &str) -> usize {
    line.len() - line.trim_start_matches(['-', ' ']).len()
}

/// The lines below a key's line that belong to its value, when the value goes on there.
fn value_of(lines: &[&str], key_line: usize, column: usize) -> Range<usize> {
    let mut end = key_line + 1;
    for (place, line) in lines.iter().enumerate().skip(key_line + 1) {
        let indent = line.len() - line.trim_start().len();
        if line.trim().is_empty() {
            continue;
        }
        if indent <= column {
            break;
        }
        end = place + 1;
    }
    key_line + 1..end
}

/// The lines of a condition in order, and the line behind the old ones. None: it stays as it is.
fn condition_lines(lines: &[&str], key: &Node, condition: &str) -> Option<(Vec<String>, usize)> {
    let key_line = key.place.line.checked_sub(1)?;
    let column = key.place.column.checked_sub(1)?;
    let line = lines.get(key_line)?;
    let before = line.get(..column)?;
    let written = line.get(column..)?.strip_prefix("condition:")?.trim();
    if !before.chars().all(|c| matches!(c, ' ' | '-')) {
        return None;
    }
    let rest = value_of(lines, key_line, column);
    let block = matches!(written, ">" | ">-" | ">+" | "|" | "|-" | "|+");
    let has_comment = |line: &&str| line.starts_with('#') || line.contains(" #");
    let mut value = lines.get(rest.clone())?.iter().copied().map(str::trim);
    if !block && (has_comment(&written) || value.any(|line| has_comment(&line))) {
        return None;
    }
    parse(condition, DEPTH).ok()?;
    let words = words(condition);
    let one = words.join(" ");
    let mut edited = Vec::new();
    if before.len() + "condition: ".len() + one.len() <= WIDTH && plain(&one) {
        edited.push(format!("{before}condition: {one}"));
    } else {
        edited.push(format!("{before}condition: >"));
        let indent = column + 2;
        terms(&words, indent, indent, &mut edited);
    }
    Some((edited, rest.end))
}

/// Whether YAML takes the text for a text as it stands.
fn plain(text: &str) -> bool {
    yaml::parse(&format!("a: {text}")).is_ok_and(|documents| {
        documents.first().and_then(|top| top.get("a")).and_then(Node::scalar) == Some(text)
    })
}

/// The words of a condition; what is quoted is one with what touches it, and so are brackets with
/// the word before them.
fn words(condition: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in condition.chars() {
        if let Some(open) = quote {
            word.push(c);
            if c == open && !escaped {
                quote = None;
            }
            escaped = c == '\\' && !escaped;
        } else if c.is_whitespace() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            if matches!(c, '"' | '\'') {
                quote = Some(c);
                escaped = false;
            }
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// How many brackets a word opens more than it closes.
fn opens(word: &str) -> isize {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0;
    for c in word.chars() {
        match quote {
            Some(open) => {
                if c == open && !escaped {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            },
        }
    }
    depth
}

/// Writes words in lines: a new one before each `and` or `or` outside brackets; a term that is too
/// long for its line is broken in the same way within its brackets. YAML keeps the ends of lines that
/// stand deeper than the first, so all stand at `indent`; depth shows by the brackets.
fn terms(words: &[String], indent: usize, first: usize, out: &mut Vec<String>) {
    let mut depth = 0;
    let mut pieces: Vec<Vec<String>> = vec![Vec::new()];
    for word in words {
        if depth == 0
            && matches!(word.as_str(), "and" | "or")
            && pieces.last().is_some_and(|piece| !piece.is_empty())
        {
            pieces.push(Vec::new());
        }
        depth += opens(word);
        if let Some(piece) = pieces.last_mut() {
            piece.push(word.clone());
        }
    }
    for piece in &pieces {
        let line = piece.join(" ");
        if first + line.len() <= WIDTH {
            out.push(format!("{:indent$}{line}", ""));
        } else {
            broken(piece, indent, out);
        }
    }
}

/// A term too long for a line: filled up word by word, and broken where a connective stands if there
/// is one in the line.
fn broken(words: &[String], indent: usize, out: &mut Vec<String>) {
    let mut from = 0;
    while from < words.len() {
        let mut len = indent;
        let mut to = from;
        while let Some(word) = words.get(to) {
            if to > from && len + word.len() > WIDTH {
                break;
            }
            len += word.len() + 1;
            to += 1;
        }
        if to < words.len() {
            // The outermost one, and of those the last.
            let mut depth = 0;
            let mut best = None;
            for (place, word) in words.iter().enumerate().take(to).skip(from) {
                let joins = place > from && matches!(word.as_str(), "and" | "or");
                if joins && best.is_none_or(|(least, _)| depth <= least) {
                    best = Some((depth, place));
                }
                depth += opens(word);
            }
            to = best.map_or(to, |(_, place)| place);
        }
        let line = words.get(from..to).unwrap_or_default().join(" ");
        out.push(format!("{:indent$}{line}", ""));
        from = to;
    }
}

/// Whether two files say the same: conditions by what they mean, all else to the letter.
fn same(left: &[Node], right: &[Node]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_node(left, right))
}

fn same_node(left: &Node, right: &Node) -> bool {
    match (&left.body, &right.body) {
        (Body::Null, Body::Null) => true,
        (Body::Scalar(left), Body::Scalar(right)) => left == right,
        (Body::List(left), Body::List(right)) => same(left, right),
        (Body::Map(left), Body::Map(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|((key, value), (other, new))| {
                    same_node(key, other)
                        && (same_node(value, new)
                            || (key.scalar() == Some("condition") && same_condition(value, new)))
                })
        }
        _ => false,
    }
}

fn same_condition(left: &Node, right: &Node) -> bool {
    let shape = |node: &Node| node.scalar().and_then(|text| parse(text, DEPTH).ok());
    matches!((shape(left), shape(right)), (Some(left), Some(right)) if left.to_string() == right.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_put_in_order() {
        let check = |text: &str, expected: &str| {
            let formatted = format(text).unwrap();
            assert_eq!(formatted, expected, "{text}");
            assert_eq!(format(&formatted).unwrap(), formatted, "twice is once");
        };
        check("", "");
        check(
            "- list: a  \n  items: [x]\n\n\n\n- list: b\n  items: [y]\n\n",
            "- list: a\n  items: [x]\n\n- list: b\n  items: [y]\n",
        );
        // A comment goes with what stands below it, and stays to the letter.
        check(
            "# top\n- list: a\n  items: []\n# about  b\n- list: b\n  items: []  # none\n",
            "# top\n- list: a\n  items: []\n\n# about  b\n- list: b\n  items: []  # none\n",
        );
        // Conditions that fit stand on one line; those that do not, term by term.
        check(
            "- macro: m\n  condition: >\n    evt.type =   open\n    and fd.name = \"a  b\"\n",
            "- macro: m\n  condition: evt.type = open and fd.name = \"a  b\"\n",
        );
        let long = "evt.type in (open, openat, openat2) and (fd.name startswith /etc or fd.name startswith /usr) and not proc.name in (a, b, c)";
        check(
            &format!("- macro: m\n  condition: ({long})\n"),
            "- macro: m\n  condition: >\n    (evt.type in (open, openat, openat2)\n    and (fd.name startswith /etc or fd.name startswith /usr) and not proc.name in (a, b, c))\n",
        );
        check(
            &format!("- macro: m\n  condition: {long}\n"),
            "- macro: m\n  condition: >\n    evt.type in (open, openat, openat2)\n    and (fd.name startswith /etc or fd.name startswith /usr)\n    and not proc.name in (a, b, c)\n",
        );
        // What YAML would take for something else is not made plain.
        check(
            "- macro: m\n  condition: \"fd.name = 'a: b'\"\n",
            "- macro: m\n  condition: >\n    fd.name = 'a: b'\n",
        );
    }

    #[test]
    fn long_conditions_are_written_below_each_other() {
        let check = |condition: &str, expected: &str| {
            assert_eq!(wrapped_condition(condition, 4), expected, "{condition}");
        };
        check("a  and\n b", "    a and b");
        let long = "evt.type in (open, openat, openat2) and (fd.name startswith /etc or fd.name startswith /usr) and not b";
        check(
            long,
            "    evt.type in (open, openat, openat2)\n    and (fd.name startswith /etc or fd.name startswith /usr)\n    and not b",
        );
    }

    #[test]
    fn what_is_not_understood_stays() {
        let check = |text: &str| assert_eq!(format(text).unwrap(), text);
        // No condition, a comment within one, one in a flow map, ends of lines that are text.
        check("- macro: m\n  condition: evt.type  = = open\n");
        check("- macro: m\n  condition: evt.type  = open # why\n");
        check("- {macro: m, condition: evt.type  = open}\n");
        check("- rule: r\n  output: |\n    text  \n\n\n    more\n");
        assert!(format("- a: [\n").is_err());
    }
}
