//! Writing the alerts of a capture into a test file, everything else in it kept as it is.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use peregrine_yaml::{self as yaml, Body, Node, Place};

use super::capture::{Entry, Group, Tally, entries};
use super::node::{Failure, Wrong};
use super::run::{captured, is_of, tests_of};

/// What became of a test file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The new text.
    pub text: String,
    /// How many tests have a capture that was read.
    pub tests: usize,
    /// How many alerts these captures have.
    pub alerts: usize,
}

/// Writes the alerts of captures into the tests that name them. With `capture` only that one counts; where no
/// test names it, one is added, with these rules: files, or `shipped`.
///
/// # Errors
/// What is wrong with the file, a capture, the rules, and where (line 0: with the test that is added); a form
/// that cannot be edited.
pub fn update(
    text: &str,
    folder: &Path,
    capture: Option<&Path>,
    rules: &[String],
) -> Result<Updated, Failure> {
    let documents = parse(text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let (mut count, mut alerts_in_all) = (0, 0);
    for (name, test) in tests_of(&documents) {
        if !is_of(test, folder, capture) {
            continue;
        }
        let failed = |wrong: Wrong| wrong.of(&name);
        let alerts = captured(test, folder).map_err(failed)?;
        let expect = test.get("expect");
        let entries = entries(expect).map_err(failed)?;
        let tally = Tally::new(&entries, &alerts);
        count += 1;
        alerts_in_all += alerts.len();
        let same = entries.iter().zip(&tally.counts).all(|(entry, found)| entry.count == *found);
        if same && tally.others.is_empty() && expect.is_some() {
            continue;
        }
        match edits_of(text, test, &entries, &tally) {
            Some(more) => edits.extend(more),
            None => {
                return Err(failure(
                    test.place,
                    &name,
                    "its alerts cannot be written into this form of a test: write the test and `expect` as blocks, a key or `- ` a line",
                ));
            }
        }
    }
    let mut updated = text.to_owned();
    // From the back; of what comes to one place, what was found first stands first.
    edits.reverse();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    for (range, new) in edits {
        updated.replace_range(range, &new);
    }
    if let (0, Some(capture)) = (count, capture) {
        if !updated.is_empty() && !updated.ends_with('\n') {
            updated.push('\n');
        }
        if !updated.trim().is_empty() {
            updated.push('\n');
        }
        updated.push_str(&new_test(folder, capture, rules));
        // Its alerts are written as those of any other.
        return update(&updated, folder, Some(capture), rules).map_err(|failure| Failure {
            line: 0,
            column: 0,
            ..failure
        });
    }
    if text.contains("\r\n") {
        updated = updated.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    // Nothing but the expectations may have changed.
    let unchanged = parse(&updated).is_ok_and(|after| {
        let (before, after) = (tests_of(&documents), tests_of(&after));
        before.len() == after.len()
            && before.iter().zip(&after).all(|((_, before), (_, after))| {
                let expected = is_of(before, folder, capture);
                equal_but(before, after, if expected { "expect" } else { "" })
            })
    });
    if unchanged {
        Ok(Updated { text: updated, tests: count, alerts: alerts_in_all })
    } else {
        Err(failure(
            Place { line: 1, column: 1, offset: 0 },
            "",
            "the alerts cannot be written without changing more than `expect`: write the tests as blocks, a key a line",
        ))
    }
}

fn parse(text: &str) -> Result<Vec<Node>, Failure> {
    yaml::parse(text).map_err(|error| failure(error.place, "", error.to_string()))
}

fn failure(place: Place, test: &str, message: impl Into<String>) -> Failure {
    let (line, column) = (place.line, place.column);
    Failure { line, column, test: test.to_owned(), message: message.into(), conditions: Vec::new() }
}

/// Whether two tests say the same but for one key.
fn equal_but(before: &Node, after: &Node, key: &str) -> bool {
    let others = |node: &Node| -> Vec<(Node, Node)> {
        let pairs = node.map().unwrap_or_default().iter();
        pairs.filter(|(name, _)| name.scalar() != Some(key)).cloned().collect()
    };
    let (one, two) = (others(before), others(after));
    one.len() == two.len()
        && one.iter().zip(&two).all(|(one, two)| equal(&one.0, &two.0) && equal(&one.1, &two.1))
}

fn equal(one: &Node, two: &Node) -> bool {
    match (&one.body, &two.body) {
        (Body::Null, Body::Null) => true,
        (Body::Scalar(one), Body::Scalar(two)) => one == two,
        (Body::List(one), Body::List(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| equal(one, two))
        }
        (Body::Map(one), Body::Map(two)) => {
            one.len() == two.len()
                && one
                    .iter()
                    .zip(two)
                    .all(|(one, two)| equal(&one.0, &two.0) && equal(&one.1, &two.1))
        }
        _ => false,
    }
}

/// A test without expectations.
fn new_test(folder: &Path, capture: &Path, rules: &[String]) -> String {
    let file = capture.file_name().unwrap_or_default().to_string_lossy();
    let named: Vec<String> =
        rules.iter().map(|rule| scalar(&from(folder, Path::new(rule)))).collect();
    let rules =
        if named.is_empty() { "shipped".to_owned() } else { format!("[{}]", named.join(", ")) };
    format!(
        "- test: {}\n  rules: {rules}\n  capture: {}\n  expect: []\n",
        scalar(&format!("the alerts of {file}")),
        scalar(&from(folder, capture))
    )
}

/// A path as a test in a folder names it: from there where it lies below.
fn from(folder: &Path, path: &Path) -> String {
    if path.as_os_str() == peregrine_config::SHIPPED {
        return path.display().to_string();
    }
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.strip_prefix(&folder).unwrap_or(&path).display().to_string(),
        _ => path.display().to_string(),
    }
}

/// What changes in a test; none where it is not written in a form that can be edited.
fn edits_of(
    text: &str,
    test: &Node,
    entries: &[Entry<'_>],
    tally: &Tally,
) -> Option<Vec<(Range<usize>, String)>> {
    if text.get(test.place.offset..)?.starts_with('{') {
        return None;
    }
    let Some((key, expect)) = test.entry("expect") else {
        // Behind the capture, as the next key.
        let (key, capture) = test.entry("capture")?;
        let end = line_end(text, capture.span.end);
        let indent = key.place.column.checked_sub(1)?;
        let rows = rows(&tally.others, indent + 2);
        let list = if rows.is_empty() { " []\n".to_owned() } else { format!("\n{rows}") };
        return Some(vec![(
            end..end,
            format!("{}{:indent$}expect:{list}", newline(text, end), ""),
        )]);
    };
    let indent = key.place.column.checked_sub(1)?;
    let after_key = key.span.end + text.get(key.span.end..)?.find(':')? + 1;
    let kept = |found: &usize| *found > 0;
    let empty = tally.others.is_empty() && !tally.counts.iter().any(kept);
    if entries.is_empty() {
        // Nothing, or an empty list in brackets: what is written comes in its place.
        if empty {
            return Some(Vec::new());
        }
        let line = line_end(text, after_key);
        let mut edits = Vec::new();
        let rest = text.get(after_key..line)?;
        let written = rest.split(" #").next().unwrap_or_default();
        match written.trim() {
            "" => {}
            brackets if brackets.starts_with('[') && brackets.ends_with(']') => {
                edits.push((after_key..after_key + written.trim_end().len(), String::new()));
            }
            _ => return None,
        }
        let rows = rows(&tally.others, indent + 2);
        edits.push((line..line, format!("{}{rows}", newline(text, line))));
        return Some(edits);
    }
    if text.get(expect.place.offset..)?.starts_with('[') {
        return None;
    }
    let column = expect.place.column.checked_sub(1)?;
    let dashes = dashes(text, expect.place.offset, column);
    if dashes.len() != entries.len() {
        return None;
    }
    let mut edits = Vec::new();
    for ((entry, found), dash) in entries.iter().zip(&tally.counts).zip(&dashes) {
        if *found == 0 {
            edits.push((dash.clone(), String::new()));
        } else if *found != entry.count {
            edits.push(count_edit(text, entry, *found)?);
        }
    }
    if empty {
        edits.push((after_key..after_key, " []".to_owned()));
    }
    let end = dashes.last()?.end;
    edits.push((end..end, format!("{}{}", newline(text, end), rows(&tally.others, column))));
    Some(edits)
}

/// Another count of an entry.
fn count_edit(text: &str, entry: &Entry<'_>, count: usize) -> Option<(Range<usize>, String)> {
    if let Some(node) = entry.node.get("count") {
        return Some((node.span.clone(), count.to_string()));
    }
    if entry.node.scalar().is_some() {
        let written = text.get(entry.node.span.clone())?;
        let indent = entry.node.place.column.checked_sub(1)?;
        let new = format!("rule: {written}\n{:indent$}count: {count}", "");
        return Some((entry.node.span.clone(), new));
    }
    let (key, value) = entry.node.map()?.iter().find(|(_, value)| value.scalar().is_some())?;
    if text.get(entry.node.place.offset..)?.starts_with('{') {
        let end = value.span.end;
        return Some((end..end, format!(", count: {count}")));
    }
    let end = line_end(text, value.span.end);
    let indent = key.place.column.checked_sub(1)?;
    Some((end..end, format!("{}{:indent$}count: {count}\n", newline(text, end), "")))
}

/// The lines of each entry of a list that begins at a byte, its dashes in a column: comments and empty lines
/// behind an entry are not of it.
fn dashes(text: &str, begin: usize, column: usize) -> Vec<Range<usize>> {
    let mut at = text.get(..begin).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let mut entries: Vec<Range<usize>> = Vec::new();
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let end = at + line.len();
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            if indent == column && (trimmed == "-" || trimmed.starts_with("- ")) {
                entries.push(at..end);
            } else if indent <= column {
                break;
            } else if let Some(entry) = entries.last_mut() {
                entry.end = end;
            }
        }
        at = end;
    }
    entries
}

/// Where the line of a byte ends, its newline included.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline + 1)
}

/// What must stand before a new line at a byte.
fn newline(text: &str, at: usize) -> &'static str {
    let before = text.get(..at).unwrap_or_default();
    if before.is_empty() || before.ends_with('\n') { "" } else { "\n" }
}

/// Groups as entries, their dashes behind so many blanks.
fn rows(groups: &[Group], indent: usize) -> String {
    let mut out = String::new();
    for group in groups {
        let _ = writeln!(out, "{:indent$}- rule: {}", "", scalar(&group.rule));
        if group.count != 1 {
            let _ = writeln!(out, "{:indent$}  count: {}", "", group.count);
        }
        if !group.fields.is_empty() {
            let _ = writeln!(out, "{:indent$}  fields:", "");
            for (name, value) in &group.fields {
                let _ = writeln!(out, "{:indent$}    {}: {}", "", scalar(name), scalar(value));
            }
        }
    }
    out
}

/// A text as a scalar: in quotes where it would not be read back as it is.
pub(crate) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+ ()[]=@%".contains(c);
    let begins = |c: char| c.is_ascii_alphanumeric() || "/._(".contains(c);
    let bare = text.starts_with(begins)
        && !text.ends_with(' ')
        && text.chars().all(plain)
        && !matches!(text, "null" | "Null" | "NULL");
    if bare {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            // All that YAML takes for a line's end or does not print.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_read_as_they_were() {
        let texts = [
            "",
            " ",
            "x",
            " x",
            "x ",
            "a b",
            "a #b",
            "#",
            "- a",
            "-",
            "?",
            "~",
            "null",
            "true",
            "0x1f",
            "1_000",
            "é",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "a\tb",
            "a\nb",
            "\r",
            "[x]",
            "{a: b}",
            "a: b",
            "a:",
            "%x",
            "@x",
            "`x",
            "'x'",
            "\"x\"",
            "back\\slash",
            "*a",
            "&a",
            "!x",
            "|",
            ">",
            "=",
            "<<",
            "\u{7f}",
            "\u{1b}[31m",
            "<NA>",
            "a, b",
            "/usr/bin/x",
            "10.0.0.1:80->10.0.0.2:9",
            "🦅",
            "---",
            "...",
            "a\u{fffe}",
            "2024-01-01",
        ];
        for text in texts {
            let file = format!("- k: {}\n  {}: v\n", scalar(text), scalar(text));
            let documents = yaml::parse(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let tests = tests_of(&documents);
            let pairs = tests[0].1.map().unwrap();
            assert_eq!(pairs[0].1.scalar(), Some(text), "{file}");
            assert_eq!(pairs[1].0.scalar(), Some(text), "{file}");
        }
    }
}
