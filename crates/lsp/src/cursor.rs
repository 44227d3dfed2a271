//! Where in a rule file something is being written: at which key, or in the value of which. Read from the
//! lines above, not from a tree: while people type there is none.

use std::ops::Range;

/// Where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// A key of an item or of a map in it.
    Key {
        /// The keys it is below: of a key of an item none.
        path: Vec<String>,
        /// Keys its item has.
        present: Vec<String>,
        /// Whether the item begins here without its dash.
        dash: bool,
    },
    /// The value of a key.
    Value {
        /// The keys it is below, its own last.
        path: Vec<String>,
        /// From the first letter of the value to the cursor.
        before: Range<usize>,
    },
    /// A comment.
    Comment,
}

/// A key of the lines above.
struct Above {
    column: usize,
    key: String,
    /// Where its value begins.
    value: usize,
    /// Whether that is a folded or literal block.
    block: bool,
    /// Whether it begins in the key's line.
    here: bool,
}

/// The keys whose values are maps or lists of maps.
const MAPS: [&str; 4] = ["exceptions", "override", "required_plugin_versions", "alternatives"];

/// The blanks and dashes a line begins with, and whether there is a dash.
fn margin(line: &str) -> (usize, bool) {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    let mut dash = false;
    while let Some(rest) = line.get(column..)
        && (rest == "-" || rest.starts_with("- "))
    {
        dash = true;
        let rest = rest.get(1..).unwrap_or_default();
        column += 1 + rest.len() - rest.trim_start_matches(' ').len();
    }
    (column, dash)
}

/// The key a text begins with, and how many bytes stand before its value.
fn key_of(text: &str) -> Option<(&str, usize)> {
    let name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let len = text.find(|c| !name(c))?;
    let behind = text.get(len..)?.trim_start_matches(' ').strip_prefix(':')?;
    let value = behind.trim_start_matches(' ');
    let spaced = behind.is_empty() || value.len() < behind.len();
    (len > 0 && spaced).then(|| (text.get(..len).unwrap_or_default(), text.len() - value.len()))
}

/// Where lines begin, with each line without its end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line.trim_end_matches('\r'))
    })
}

fn begins_item(line: &str, at: usize) -> bool {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    let rest = line.trim_start_matches(' ');
    blanks == at && (rest == "-" || rest.starts_with("- "))
}

/// The keys an item has, whose lines these are.
fn present<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut column = None;
    let mut keys = Vec::new();
    for line in lines.filter(|line| !line.trim_start().starts_with('#')) {
        let (at, _) = margin(line);
        let Some((key, _)) = key_of(line.get(at..).unwrap_or_default()) else { continue };
        if *column.get_or_insert(at) == at {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// Takes a line above the cursor.
fn take(above: &mut Vec<Above>, start: usize, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    let blanks = line.len() - line.trim_start_matches(' ').len();
    if above.last().is_some_and(|last| last.block && blanks > last.column)
        || line.trim_start().starts_with('#')
    {
        return;
    }
    let (column, dash) = margin(line);
    leave(above, blanks, column, dash);
    let rest = line.get(column..).unwrap_or_default();
    if let Some((key, value)) = key_of(rest) {
        let written = rest.get(value..).unwrap_or_default();
        above.push(Above {
            column,
            key: key.to_owned(),
            value: start + column + value,
            block: written.starts_with(['>', '|']),
            here: !written.is_empty() && !written.starts_with('#'),
        });
    }
}

/// Leaves the values that a line so far in is not part of.
fn leave(above: &mut Vec<Above>, blanks: usize, column: usize, dash: bool) {
    // The dashes of a list may stand below its key.
    let outside = |last: &Above| if dash { last.column > blanks } else { last.column >= column };
    while above.last().is_some_and(outside) {
        above.pop();
    }
}

impl Cursor {
    /// Where a byte of a text is.
    pub(crate) fn at(text: &str, offset: usize) -> Self {
        let all: Vec<(usize, &str)> = lines(text).collect();
        let here = all.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (line_start, whole) = all.get(here).copied().unwrap_or((0, ""));
        let line = text.get(line_start..offset).unwrap_or_default();
        // Items may all stand a bit in.
        let dashed =
            all.iter().map(|(_, line)| *line).find(|line| line.trim_start().starts_with("- "));
        let base = dashed.map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        let begins =
            |number: &usize| all.get(*number).is_some_and(|(_, line)| begins_item(line, base));
        let first = (0..=here).rev().find(begins).unwrap_or(0);
        let next = (here + 1..all.len()).find(begins).unwrap_or(all.len());
        let of_item = all.get(first..next).unwrap_or_default();
        let present = present(of_item.iter().map(|(_, line)| *line));
        let mut above: Vec<Above> = Vec::new();
        for (start, line) in all.get(first..here).unwrap_or_default() {
            take(&mut above, *start, line);
        }
        let blanks = line.len() - line.trim_start_matches(' ').len();
        // A line without letters belongs to what stands so far in.
        let (column, dash) = margin(line);
        let in_block = above.last().is_some_and(|last| last.block && blanks > last.column);
        if !in_block {
            if line.trim_start().starts_with('#')
                || line.contains(" #") && !line.contains(['"', '\''])
            {
                return Self::Comment;
            }
            leave(&mut above, blanks, column, dash);
            let rest = line.get(column..).unwrap_or_default();
            if let Some((key, value)) = key_of(rest).filter(|(_, value)| *value <= rest.len()) {
                let start = line_start + column + value;
                above.push(Above {
                    column,
                    key: key.to_owned(),
                    value: start,
                    block: false,
                    here: true,
                });
                return Self::value(&above, start..offset);
            }
        }
        let Some(last) = above.last() else {
            let dash = column <= base && !begins_item(line, base) && !whole.starts_with('-');
            let present = if dash || begins_item(whole, base) { Vec::new() } else { present };
            return Self::Key { path: Vec::new(), present, dash };
        };
        if MAPS.contains(&last.key.as_str()) && !last.here {
            let path = above.iter().map(|above| above.key.clone()).collect();
            return Self::Key { path, present: Vec::new(), dash: false };
        }
        let path_of_map =
            above.iter().rev().nth(1).is_some_and(|outer| MAPS.contains(&outer.key.as_str()));
        // A further key of an exception, whose first one stands behind a dash.
        if path_of_map && column == last.column {
            let path = above.iter().map(|above| above.key.clone()).take(above.len() - 1).collect();
            return Self::Key { path, present: Vec::new(), dash: false };
        }
        let start = if last.here && !last.block { last.value } else { line_end(text, last.value) };
        Self::value(&above, start.min(offset)..offset)
    }

    fn value(above: &[Above], before: Range<usize>) -> Self {
        let path = above.iter().map(|above| above.key.clone()).collect();
        Self::Value { path, before }
    }
}

/// Where the line ends that a byte is in.
fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    offset + rest.find('\n').unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The cursor is where `|` is.
    fn at(marked: &str) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        match Cursor::at(&text, offset) {
            Cursor::Comment => "comment".to_owned(),
            Cursor::Key { path, present, dash } => {
                let dash = if dash { " with dash" } else { "" };
                format!("key of [{}] beside [{}]{dash}", path.join("."), present.join(","))
            }
            Cursor::Value { path, before, .. } => {
                format!("value of {}: {:?}", path.join("."), &text[before])
            }
        }
    }

    #[test]
    fn places_in_a_file() {
        let check = |marked: &str, expected: &str| assert_eq!(at(marked), expected, "{marked}");
        check("|", "key of [] beside [] with dash");
        check("- |", "key of [] beside []");
        check("- ru|", "key of [] beside []");
        check("- rule: a\n  |", "key of [] beside [rule]");
        check("- rule: a\n  co|\n  output: x\n- list: b\n", "key of [] beside [rule,output]");
        check("- rule: a|", "value of rule: \"a\"");
        check("- rule: a\n\n|", "key of [] beside [] with dash");
        check("- rule: a\n  condition: evt.|", "value of condition: \"evt.\"");
        check("- rule: a\n  condition:\n    evt.|", "value of condition: \"\\n    evt.\"");
        check(
            "- rule: a\n  condition: >\n    a and\n    b|\n  output: x\n",
            "value of condition: \"\\n    a and\\n    b\"",
        );
        check("- rule: a\n  condition: a and\n    b|", "value of condition: \"a and\\n    b\"");
        check("- rule: a\n  condition: >\n    # a|", "value of condition: \"\\n    # a\"");
        check("- rule: a\n  tags: [a, b|]", "value of tags: \"[a, b\"");
        check("- rule: a\n  tags:\n  - a\n  - b|", "value of tags: \"\\n  - a\\n  - b\"");
        check("- list: a\n  items:\n    - b\n    - |", "value of items: \"\\n    - b\\n    - \"");
        check("- rule: a\n  override:\n    |", "key of [override] beside []");
        check("- rule: a\n  override:\n    condition: |", "value of override.condition: \"\"");
        check(
            "- rule: a\n  override:\n    condition: append\n    |",
            "key of [override] beside []",
        );
        check("- rule: a\n  exceptions:\n  - |", "key of [exceptions] beside []");
        check("- rule: a\n  exceptions:\n  - name: b\n    |", "key of [exceptions] beside []");
        check(
            "- rule: a\n  exceptions:\n  - name: b\n    fields: [proc.|",
            "value of exceptions.fields: \"[proc.\"",
        );
        check("- rule: a\n  exceptions:\n  - name: b\n  priority: |", "value of priority: \"\"");
        check("# a|", "comment");
        check("- rule: a # b|", "comment");
        check("  - rule: a\n    |", "key of [] beside [rule]");
    }

    proptest! {
        #[test]
        fn any_place_is_one(text in "(- |  |rule: |exceptions:|condition: [>|]?|[a#\"]|\n|\\PC){0,40}", at in 0_usize..200) {
            let offset = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            if let Cursor::Value { before, .. } = Cursor::at(&text, offset) {
                prop_assert!(text.get(before).is_some());
            }
        }
    }
}
