//! The condition of a rule as a tree: what each part came to, with the values of its fields, and which part
//! decided.

use std::io::{self, Write};

use peregrine_agent::scenario::{ConditionPart, ConditionTree};
use peregrine_alert::one_line;

use crate::table::{self, Paint};

/// A longer comparison is shown with its middle left out.
const MOST_TEXT: usize = 64;
/// A longer value is cut.
const MOST_VALUE: usize = 60;
/// What stands before each line.
const INDENT: &str = "    ";

/// Writes a tree below the failure that it explains.
pub(crate) fn write(out: &mut impl Write, paint: Paint, tree: &ConditionTree) -> io::Result<()> {
    let answer = answer(paint, tree.holds());
    writeln!(out, "  {} is {answer} for event {}, {}:", tree.rule, tree.event, tree.event_type)?;
    let branches = branches(&tree.parts);
    // Of what is not asked the outermost part says why.
    let mut skipped: Option<usize> = None;
    let rows = tree.parts.iter().zip(&branches).map(|(part, branch)| {
        skipped = skipped.filter(|depth| part.depth > *depth);
        let says_why = skipped.is_none();
        skipped = skipped.or_else(|| part.skipped_by.map(|_| part.depth));
        row(paint, part, branch, says_why)
    });
    table::write(out, &rows.collect::<Vec<_>>())
}

fn answer(paint: Paint, holds: bool) -> String {
    if holds { paint.good("true") } else { paint.bad("false") }
}

fn row(paint: Paint, part: &ConditionPart, branch: &str, says_why: bool) -> Vec<String> {
    let name = part.in_macro.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let text = shortened(&part.text);
    let values = part.values.iter().map(|(field, value)| match value {
        Some(value) => format!("{field} is {}", cut(value)),
        None => format!("{field} has no value"),
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let is_check = !matches!(part.text.as_str(), "and" | "or" | "not");
    let (result, note) = match part.skipped_by {
        Some(_) if !says_why => ("-".to_owned(), String::new()),
        Some(by) => {
            let known = if by == "or" { "true" } else { "false" };
            ("-".to_owned(), paint.dim(&format!("not asked: the `{by}` is {known} already")))
        }
        None if part.decides && is_check => (answer(paint, part.holds), "<- decides".to_owned()),
        None => (answer(paint, part.holds), String::new()),
    };
    let text = format!("{branch}{name}{text}");
    let text = if part.skipped_by.is_some() { paint.dim(&text) } else { text };
    vec![format!("{INDENT}{result}"), text, values, note]
}

/// What stands before each part: lines that lead to the part it is inside.
fn branches(parts: &[ConditionPart]) -> Vec<String> {
    let mut out = Vec::with_capacity(parts.len());
    // From the end: which depths have a part below.
    let mut open: Vec<bool> = Vec::new();
    for part in parts.iter().rev() {
        let depth = part.depth;
        open.resize(depth.max(open.len()) + 1, false);
        let mut branch = String::new();
        if depth > 0 {
            for above in open.iter().take(depth).skip(1) {
                branch.push_str(if *above { "│  " } else { "   " });
            }
            branch.push_str(if open.get(depth) == Some(&true) { "├─ " } else { "└─ " });
        }
        open.truncate(depth + 1);
        if let Some(own) = open.get_mut(depth) {
            *own = true;
        }
        out.push(branch);
    }
    out.reverse();
    out
}

/// A comparison with the middle of its list left out where it is long.
fn shortened(text: &str) -> String {
    let text = one_line(text.to_owned());
    if text.chars().count() <= MOST_TEXT {
        return text;
    }
    let listed = text.split_once(" (").and_then(|(before, list)| {
        let items: Vec<&str> = list.strip_suffix(')')?.split(", ").collect();
        let mut shown = format!("{before} (");
        let mut count = 0;
        for item in &items {
            if count > 0 && shown.chars().count() + item.chars().count() > MOST_TEXT {
                break;
            }
            shown.push_str(item);
            shown.push_str(", ");
            count += 1;
        }
        (count < items.len()).then(|| format!("{shown}... {} more)", items.len() - count))
    });
    listed.unwrap_or(text)
}

fn cut(value: &str) -> String {
    let value = one_line(value.to_owned());
    if value.is_empty() {
        return "empty".to_owned();
    }
    match value.char_indices().nth(MOST_VALUE) {
        Some((end, _)) => format!("{}...", value.get(..end).unwrap_or_default()),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_lead_to_the_part_above() {
        let part = |depth| ConditionPart {
            depth,
            text: String::new(),
            in_macro: None,
            values: Vec::new(),
            holds: true,
            skipped_by: None,
            decides: false,
        };
        let parts: Vec<_> = [0, 1, 2, 2, 1, 2, 3].into_iter().map(part).collect();
        let expected = ["", "├─ ", "│  ├─ ", "│  └─ ", "└─ ", "   └─ ", "      └─ "];
        assert_eq!(branches(&parts), expected);
    }

    #[test]
    fn long_lists_and_values_are_cut() {
        let list: Vec<String> = (0..40).map(|number| format!("name{number}")).collect();
        let text = format!("proc.name in ({})", list.join(", "));
        assert_eq!(
            shortened(&text),
            "proc.name in (name0, name1, name2, name3, name4, name5, name6, ... 33 more)"
        );
        assert_eq!(shortened("fd.name = /x"), "fd.name = /x");
        assert_eq!(cut("a\u{1b}[31m\n"), "a\\u001b[31m\\n");
        assert_eq!(cut(&"ä".repeat(61)), format!("{}...", "ä".repeat(60)));
        assert_eq!(cut(""), "empty");
    }
}
