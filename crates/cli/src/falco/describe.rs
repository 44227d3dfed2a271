//! `-L` and `-l`: what rules are.

use peregrine_rules::{Rule, RuleSet};

/// The column descriptions begin at, and the one they end before.
const FROM: usize = 51;
const TO: usize = 110;

/// All rules, or the one of a name, as a table.
pub(super) fn table(rules: &RuleSet, name: Option<&str>) -> String {
    let row = |name: &str, text: &str| format!("{name:<50} {text}\n");
    let mut out = row("Rule", "Description") + &row("----", "-----------");
    let is_meant = |rule: &&Rule| name.is_none_or(|name| rule.name == name);
    for rule in rules.rules.iter().filter(is_meant) {
        out += &row(&rule.name, &wrapped(&rule.description));
        out.push('\n');
    }
    out
}

/// The words of a text, each with a blank behind it, in lines that fit the column.
pub(super) fn wrapped(text: &str) -> String {
    wrapped_between(text, FROM, TO)
}

/// The same between two columns; the first line begins at the first one already.
pub(super) fn wrapped_between(text: &str, from: usize, to: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if length + word.len() + 1 > to - from {
            out.push('\n');
            out.push_str(&" ".repeat(from));
            length = 0;
        }
        out.push_str(word);
        out.push(' ');
        length += word.len() + 1;
    }
    out
}
