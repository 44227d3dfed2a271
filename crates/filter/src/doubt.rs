//! Conditions that are legal and probably not what their writer meant.

use crate::ast::{Expr, Op, Operand, Transformer};
use crate::check::{CheckError, check_operand};
use crate::number;
use crate::parse::parse_operand;
use crate::scheme::{Scheme, TypeGroup};

/// What is doubtful in a condition, each with its place.
pub(crate) fn doubts<S: Scheme>(expr: &Expr, scheme: &S) -> Vec<CheckError> {
    let mut told = Vec::new();
    expr.checks(&mut |check| {
        for word in &*check.words() {
            let mut tell = |message| told.push(CheckError { span: word.span, message });
            if check.op == Op::Regex
                && let Some(message) = simple_regex(&word.text)
            {
                tell(message);
            }
            if let Some(message) = field_as_text(&word.text, scheme) {
                tell(message);
            }
        }
    });
    told
}

/// What is read as something else than it says, each with its place; Falco does not tell these.
pub(crate) fn notes<S: Scheme>(expr: &Expr, scheme: &S) -> Vec<CheckError> {
    let mut told = Vec::new();
    expr.checks(&mut |check| {
        let Operand::Field { name, arg, .. } = &check.left else { return };
        let Ok(field) = scheme.field(name, arg.as_deref()) else { return };
        let ty = scheme.field_type(&field);
        if ty.group() != TypeGroup::Number {
            return;
        }
        for word in &*check.words() {
            if let Some(read) = number::surprising(&word.text, ty) {
                let message =
                    format!("'{}' is read as {read}: {name} has no other number", word.text);
                told.push(CheckError { span: word.span, message });
            }
        }
    });
    told
}

/// A text that reads like a field or a transformer: without `val(...)` it is compared as a text.
fn field_as_text<S: Scheme>(text: &str, scheme: &S) -> Option<String> {
    // Most texts are the name of nothing.
    if !text.contains(['.', '(']) {
        return None;
    }
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let called = |name: &str| {
        bare.strip_prefix(name).is_some_and(|rest| rest.starts_with('(') && rest.ends_with(')'))
    };
    let (kind, way) = if is_field(&bare, scheme) {
        ("field", format!("val({bare})"))
    } else if called("val") || Transformer::ALL.iter().any(|known| called(known.name())) {
        ("field transformer", format!("{bare} without quotes"))
    } else {
        return None;
    };
    Some(format!(
        "'{text}' may be a valid {kind} misused as a const string value; to compare with the {kind}'s value write {way}"
    ))
}

fn is_field<S: Scheme>(text: &str, scheme: &S) -> bool {
    parse_operand(text).is_ok_and(|(operand, len)| {
        let known = matches!(&operand, Operand::Field { name, .. } if scheme.knows(name));
        known && len == text.len() && check_operand(&operand, scheme).is_ok()
    })
}

/// A regular expression that a simpler and faster operator says as well: but for anchors, and any
/// letters at its begin and end, there is nothing special in it. It always matches the whole value.
fn simple_regex(pattern: &str) -> Option<String> {
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
        (false, false) => "=",
        (true, false) => "endswith",
        (false, true) => "startswith",
        (true, true) => "contains",
    };
    Some(format!(
        "regex check with '{pattern}' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'; here '{better}' does it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_are_seen() {
        let check = |pattern: &str, better: Option<&str>| {
            let told = simple_regex(pattern);
            assert_eq!(
                told.as_deref().and_then(|told| told.rsplit('\'').nth(1)),
                better,
                "{pattern}: {told:?}"
            );
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
}
