//! Conditions that are legal and probably not what their writer meant.

use crate::ast::{Check, Expr, Op, Operand, Transformer};
use crate::error::{Lint, LintKind, ReadsLike};
use crate::never::never_true;
use crate::number;
use crate::operand::check_operand;
use crate::parse::parse_operand;
use crate::scheme::Scheme;
use crate::types::TypeGroup;

/// What is doubtful in a condition: comparisons in order, then the numbers in order.
pub(crate) fn lints<S: Scheme>(expr: &Expr, scheme: &S) -> Vec<Lint> {
    let mut found = Vec::new();
    expr.checks(&mut |check| {
        for word in &*check.words() {
            let simple = (check.op == Op::Regex).then(|| simple_regex(&word.text)).flatten();
            let kinds = [simple, field_as_text(&word.text, scheme)];
            found.extend(kinds.into_iter().flatten().map(|kind| Lint { span: word.span, kind }));
        }
    });
    expr.checks(&mut |check| numbers_cut(check, scheme, &mut found));
    found
}

/// What is doubtful in a condition and Falco says nothing of: comparisons that exclude each other,
/// regular expressions that are written as if they were looked for.
pub fn more_lints<S: Scheme>(expr: &Expr, scheme: &S) -> Vec<Lint> {
    let mut found = Vec::new();
    expr.checks(&mut |check| {
        let regexes = check.words();
        let regexes = regexes.iter().filter(|_| check.op == Op::Regex);
        found.extend(regexes.filter_map(|word| {
            partial_regex(&word.text).map(|kind| Lint { span: word.span, kind })
        }));
    });
    never_true(expr, scheme, &mut found);
    found
}

/// Numbers of a comparison that are read as others than they say.
fn numbers_cut<S: Scheme>(check: &Check, scheme: &S, found: &mut Vec<Lint>) {
    let Operand::Field { name, arg, .. } = &check.left else { return };
    let Ok(field) = scheme.field(name, arg.as_deref()) else { return };
    let ty = scheme.field_type(&field);
    if ty.group() != TypeGroup::Number {
        return;
    }
    for word in &*check.words() {
        if let Some(read) = number::surprising(&word.text, ty) {
            let (text, field) = (word.text.clone(), name.clone());
            found.push(Lint { span: word.span, kind: LintKind::NumberCut { text, read, field } });
        }
    }
}

/// A text that reads like a field or a transformer: without `val(...)` it is compared as a text.
fn field_as_text<S: Scheme>(text: &str, scheme: &S) -> Option<LintKind> {
    // Most texts are the name of nothing.
    if !text.contains(['.', '(']) {
        return None;
    }
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let called = |name: &str| {
        bare.strip_prefix(name).is_some_and(|rest| rest.starts_with('(') && rest.ends_with(')'))
    };
    let (kind, instead) = if is_field(&bare, scheme) {
        (ReadsLike::Field, format!("val({bare})"))
    } else if called("val") || Transformer::ALL.iter().any(|known| called(known.name())) {
        (ReadsLike::Transformer, bare)
    } else {
        return None;
    };
    Some(LintKind::FieldAsText { text: text.to_owned(), kind, instead })
}

fn is_field<S: Scheme>(text: &str, scheme: &S) -> bool {
    parse_operand(text).is_ok_and(|(operand, len)| {
        let known = matches!(&operand, Operand::Field { name, .. } if scheme.knows(name));
        known && len == text.len() && check_operand(&operand, scheme).is_ok()
    })
}

/// A regular expression that a simpler and faster operator says as well: but for anchors, and any
/// letters at its begin and end, there is nothing special in it. It always matches the whole value.
fn simple_regex(pattern: &str) -> Option<LintKind> {
    let bytes = pattern.as_bytes();
    let any = |at: usize| {
        bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(|b| b"+*?".contains(b))
    };
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let anchor = (at == 0 && *byte == b'^') || (at + 1 == bytes.len() && *byte == b'$');
        if (at == 0 || at + 2 == bytes.len()) && any(at) {
            at += 1;
        } else if !anchor && b".+*?^$()[]{}|\\".contains(byte) {
            return None;
        }
        at += 1;
    }
    let better = match (any(0), bytes.len() > 2 && any(bytes.len() - 2)) {
        (false, false) => Op::Eq,
        (true, false) => Op::Endswith,
        (false, true) => Op::Startswith,
        (true, true) => Op::Contains,
    };
    Some(LintKind::SimpleRegex { pattern: pattern.to_owned(), better })
}

/// A regular expression that says where the value begins or where it ends, and not both: its writer
/// looks for it in the value, but it must match all of it.
fn partial_regex(pattern: &str) -> Option<LintKind> {
    let escaped = |end: &str| end.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    // What may be as long as it likes reaches the other end.
    let open_end = |pattern: &str| {
        let unbounded = pattern.ends_with(['*', '+', '}', ')']);
        unbounded && !escaped(pattern.get(..pattern.len() - 1).unwrap_or_default())
    };
    let begins = pattern.starts_with('^');
    let ends = pattern.strip_suffix('$').is_some_and(|before| !escaped(before));
    let instead = match (begins, ends) {
        (true, false) if !open_end(pattern) => format!("{pattern}.*"),
        (false, true) if !pattern.starts_with(['.', '(', '[']) => format!(".*{pattern}"),
        _ => return None,
    };
    // Where one of many may match the other end nothing is plain.
    (!pattern.contains('|'))
        .then(|| LintKind::PartialRegex { pattern: pattern.to_owned(), instead })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_are_seen() {
        let check = |pattern: &str, better: Option<&str>| {
            let expected = better.map(|better| {
                format!(
                    "regex check with '{pattern}' may be optimized with simpler operators such as \
                     '=', 'contains', 'startswith', 'endswith'; here '{better}' does it"
                )
            });
            assert_eq!(simple_regex(pattern).map(|lint| lint.to_string()), expected, "{pattern}");
        };
        check("^cat$", Some("="));
        check(".*cat", Some("endswith"));
        check("cat.+", Some("startswith"));
        check(".*cat.*", Some("contains"));
        check("cat[s]?", None);
        check("a.*b", None);
        check(r"cat\.*", None);
        check(".*", Some("endswith"));
        check("", Some("="));
        check("^.*cat", None);
    }

    #[test]
    fn anchors_at_one_end_are_seen() {
        let check = |pattern: &str, expected: Option<&str>| {
            let got = partial_regex(pattern).map(|lint| match lint {
                LintKind::PartialRegex { instead, .. } => instead,
                other => panic!("{other}"),
            });
            assert_eq!(got.as_deref(), expected, "{pattern}");
        };
        check("^/etc/", Some("^/etc/.*"));
        check("^/etc/.*", None);
        check("^/etc/[a-z]+", None);
        check("^/etc/passwd$", None);
        check("passwd$", Some(".*passwd$"));
        check(".*passwd$", None);
        check(r"passwd\$", None);
        check(r"^a\*", Some(r"^a\*.*"));
        check("^(a|b)", None);
        check("curl", None);
    }
}
