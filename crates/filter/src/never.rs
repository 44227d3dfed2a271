//! Comparisons of one field that must all be true, and never are together.

use std::collections::BTreeMap;

use crate::ast::{Check, Expr, Op, Operand, Right};
use crate::error::{Lint, LintKind};
use crate::number;
use crate::scheme::Scheme;
use crate::types::{Type, TypeGroup};

/// What the comparisons seen so far leave of the values of one field.
#[derive(Default, Clone)]
struct Left<'e> {
    /// The only values it may have; none: any.
    values: Option<Vec<&'e str>>,
    /// What all of them begin with.
    prefix: &'e str,
    /// The numbers between which it must lie.
    above: Option<i128>,
    below: Option<i128>,
}

/// What is left of the values of each field.
type Fields<'e> = BTreeMap<String, Left<'e>>;

/// Values that are remembered for alternatives; of longer lists each alternative is looked at alone.
const REMEMBERED: usize = 256;

/// The comparisons of a condition that can never be true beside the others.
pub(crate) fn never_true<S: Scheme>(expr: &Expr, scheme: &S, found: &mut Vec<Lint>) {
    all_of(std::slice::from_ref(expr), scheme, Fields::new(), found);
}

/// Conditions that must all be true, where of some values only these are left.
fn all_of<'e, S: Scheme>(
    parts: &'e [Expr],
    scheme: &S,
    mut left: Fields<'e>,
    found: &mut Vec<Lint>,
) {
    let mut alternatives = Vec::new();
    crate::deep::deep(|| comparisons(parts, scheme, &mut left, &mut alternatives, found));
    let values = left.values().filter_map(|left| left.values.as_ref()).map(Vec::len);
    if values.sum::<usize>() + left.len() > REMEMBERED {
        left.clear();
    }
    for parts in alternatives {
        for part in parts {
            let left = left.clone();
            crate::deep::deep(|| all_of(std::slice::from_ref(part), scheme, left, found));
        }
    }
}

/// Looks at the comparisons, and gathers the alternatives.
fn comparisons<'e, S: Scheme>(
    parts: &'e [Expr],
    scheme: &S,
    left: &mut Fields<'e>,
    alternatives: &mut Vec<&'e [Expr]>,
    found: &mut Vec<Lint>,
) {
    for part in parts {
        match part {
            Expr::And(parts, _) => {
                crate::deep::deep(|| comparisons(parts, scheme, left, alternatives, found));
            }
            Expr::Or(parts, _) => alternatives.push(parts),
            Expr::Check(check) => narrow(check, false, scheme, left, found),
            // What is never true inside makes the whole always true, which may be meant.
            Expr::Not(inner, _) => {
                if let Expr::Check(check) = &**inner {
                    narrow(check, true, scheme, left, found);
                }
            }
            Expr::Macro(..) => {}
        }
    }
}

/// The values a comparison asks for.
fn texts(check: &Check) -> Vec<&str> {
    match &check.right {
        Right::Value(word) => vec![&word.text],
        Right::List(words, _) => words.iter().map(|word| word.text.as_str()).collect(),
        Right::ListName(name, _) => vec![name],
        Right::Nothing | Right::Operand(_) => Vec::new(),
    }
}

fn narrow<'e, S: Scheme>(
    check: &'e Check,
    negated: bool,
    scheme: &S,
    left: &mut Fields<'e>,
    found: &mut Vec<Lint>,
) {
    let Operand::Field { name, arg, .. } = &check.left else { return };
    let Ok(field) = scheme.field(name, arg.as_deref()) else { return };
    let ty = scheme.field_type(&field);
    let number = ty.group() == TypeGroup::Number;
    let several = scheme.multi_valued(&field) || scheme.def(&field).is_list;
    let plain = check.modifier.is_none() && !matches!(check.right, Right::Operand(_));
    if several || scheme.is_window(&field) || !plain || !(number || ty.group() == TypeGroup::Text) {
        return;
    }
    let same = |one: &str, other: &str| match (number, one == other) {
        (true, false) => {
            let of = |text| number::read(text, ty);
            of(one).is_some() && of(one) == of(other)
        }
        (_, equal) => equal,
    };
    let shown = check.left.to_string();
    let state = left.entry(shown.clone()).or_default();
    let texts = texts(check);
    let why = match (check.op, negated) {
        (Op::Eq | Op::In, false) => {
            let before = state.values.take();
            let now: Vec<&str> = match &before {
                Some(before) => before
                    .iter()
                    .copied()
                    .filter(|value| texts.iter().any(|text| same(value, text)))
                    .collect(),
                None => texts.clone(),
            };
            let now: Vec<&str> =
                now.into_iter().filter(|value| state.allows(value, ty, number)).collect();
            let empty = now.is_empty();
            state.values = Some(now);
            empty.then(|| match before {
                _ if texts.is_empty() => format!("nothing is in an empty list ({shown})"),
                Some(before) if !before.is_empty() => {
                    format!("{shown} cannot be both {} and {}", listed(&before), listed(&texts))
                }
                _ => {
                    format!("{shown} cannot be {} beside the comparisons before it", listed(&texts))
                }
            })
        }
        (Op::Ne, false) | (Op::Eq | Op::In, true) => state.values.as_mut().and_then(|values| {
            let before = listed(values);
            let was_empty = values.is_empty();
            values.retain(|value| !texts.iter().any(|text| same(value, text)));
            (values.is_empty() && !was_empty)
                .then(|| format!("{shown} must be {before}, and must not"))
        }),
        (Op::Startswith, false) if !number => texts.first().and_then(|prefix| {
            let (one, other) = (state.prefix, *prefix);
            if one.starts_with(other) {
                return None;
            }
            if !other.starts_with(one) {
                return Some(format!("{shown} cannot begin with both '{one}' and '{other}'"));
            }
            state.prefix = other;
            state.drop_values(&shown, ty, number)
        }),
        (Op::Lt | Op::Le | Op::Gt | Op::Ge, false) if number => {
            let limit = texts.first().and_then(|text| number::read(text, ty));
            limit.and_then(|limit| {
                match check.op {
                    Op::Lt => state.below = Some(state.below.unwrap_or(i128::MAX).min(limit - 1)),
                    Op::Le => state.below = Some(state.below.unwrap_or(i128::MAX).min(limit)),
                    Op::Gt => state.above = Some(state.above.unwrap_or(i128::MIN).max(limit + 1)),
                    _ => state.above = Some(state.above.unwrap_or(i128::MIN).max(limit)),
                }
                let (low, high) = ty.range();
                let (least, most) =
                    (state.above.unwrap_or(low).max(low), state.below.unwrap_or(high).min(high));
                if least > most {
                    return Some(format!("no {shown} is so small and so large at once"));
                }
                state.drop_values(&shown, ty, number)
            })
        }
        _ => None,
    };
    if let Some(why) = why {
        found.push(Lint { span: check.span, kind: LintKind::NeverTrue { why } });
        // Once is enough.
        *state = Left::default();
    }
}

impl Left<'_> {
    fn allows(&self, value: &str, ty: Type, number: bool) -> bool {
        if !number {
            return value.starts_with(self.prefix);
        }
        // A service by its name has a number we do not know here.
        number::read(value, ty).is_none_or(|value| {
            self.above.is_none_or(|above| value >= above)
                && self.below.is_none_or(|below| value <= below)
        })
    }

    /// Takes away values that are not allowed any more; why, where none is left.
    fn drop_values(&mut self, shown: &str, ty: Type, number: bool) -> Option<String> {
        let values = self.values.take()?;
        let before = values.len();
        let names = listed(&values);
        let values: Vec<_> =
            values.into_iter().filter(|value| self.allows(value, ty, number)).collect();
        let none = values.is_empty() && before > 0;
        self.values = Some(values);
        none.then(|| format!("{shown} must be {names}, which this excludes"))
    }
}

fn listed(values: &[&str]) -> String {
    const SHOWN: usize = 3;
    let mut shown: Vec<String> =
        values.iter().take(SHOWN).map(|value| format!("'{value}'")).collect();
    if values.len() > SHOWN {
        shown.push(format!("{} more", values.len() - SHOWN));
    }
    shown.join(" or ")
}
