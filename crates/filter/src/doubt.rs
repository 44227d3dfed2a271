//! Conditions that are legal and probably not what their writer meant.

use crate::ast::{Check, Expr, Op, Operand, Word};
use crate::check::{CheckError, check_operand};
use crate::number;
use crate::parse::parse_operand;
use crate::scheme::{Scheme, TypeGroup};

/// What is doubtful in a condition, each with its place.
pub(crate) fn doubts<S: Scheme>(expr: &Expr, scheme: &S) -> Vec<CheckError> {
    let mut told = Vec::new();
    expr.checks(&mut |check| {
        for word in &*check.words() {
            if let Some(message) = field_as_text(word, check, scheme) {
                told.push(CheckError { span: word.span, message });
            } else if check.op == Op::Regex
                && let Some(message) = simple_regex(&word.text)
            {
                told.push(CheckError { span: word.span, message });
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

/// A text that reads like a field: without `val(...)` it is compared as a text.
fn field_as_text<S: Scheme>(word: &Word, check: &Check, scheme: &S) -> Option<String> {
    let text = word.text.trim();
    let Operand::Field { name, arg, .. } = &check.left else { return None };
    let left = scheme.field(name, arg.as_deref()).ok()?;
    if scheme.field_type(&left).group() != TypeGroup::Text {
        return None;
    }
    let (operand, len) = parse_operand(text).ok()?;
    // Most texts are the name of nothing.
    if matches!(&operand, Operand::Field { name, .. } if !scheme.knows(name)) {
        return None;
    }
    if len != text.len() || check_operand(&operand, scheme).is_err() {
        return None;
    }
    let (kind, way) = match operand {
        Operand::Field { .. } => ("field", format!("val({text})")),
        _ => ("field transformer", format!("{text} without quotes")),
    };
    Some(format!(
        "'{}' may be a valid {kind} misused as a const string value; to compare with the {kind}'s value write {way}",
        word.text
    ))
}

/// A regular expression that a simpler and faster operator says as well. It always matches the
/// whole value.
fn simple_regex(pattern: &str) -> Option<String> {
    let free = |text: &str| text == ".*" || text == ".+" || text == ".?";
    let (mut inner, mut before, mut behind) = (pattern, "", "");
    for piece in ["^", ".*", ".+", ".?"] {
        if let Some(rest) = inner.strip_prefix(piece) {
            (inner, before) = (rest, piece);
            break;
        }
    }
    for piece in ["$", ".*", ".+", ".?"] {
        if let Some(rest) = inner.strip_suffix(piece) {
            (inner, behind) = (rest, piece);
            break;
        }
    }
    if inner.is_empty() || inner.chars().any(|c| ".^$*+?()[]{}|\\".contains(c)) {
        return None;
    }
    let better = match (free(before), free(behind)) {
        (false, false) => "=",
        (true, false) => "endswith",
        (false, true) => "startswith",
        (true, true) => "contains",
    };
    Some(format!(
        "the regular expression '{pattern}' can be written with a simpler and faster operator: '{better}'"
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
        check(".*", None);
    }
}
