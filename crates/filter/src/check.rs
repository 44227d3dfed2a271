//! Tree -> typed tree: fields resolved, literals in their field's type, operators legal.

use std::sync::Arc;

use crate::ast::{Check, Expr, Op, Right, Word};
use crate::error::{CheckError, CheckErrorKind, Operated};
use crate::kind_set::KindSet;
use crate::lints::lints;
use crate::operand::{Shape, getter};
use crate::ops::Test;
use crate::scheme::Scheme;
use crate::typed::{Checked, Comparison, Getter, Node, Predicate};
use crate::types::{Type, TypeGroup};
use crate::values::{every, test};

/// Resolves and types a condition: macros must be gone.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check<S: Scheme>(expr: &Expr, scheme: &S) -> Result<Checked<S::Field>, Vec<CheckError>> {
    let mut errors = Vec::new();
    let root = node(expr, scheme, &mut errors);
    match root {
        Some(root) if errors.is_empty() => {
            let kinds = root.kinds(false, &KindSet::all(scheme.kinds()));
            Ok(Checked { root, kinds, lints: lints(expr, scheme) })
        }
        _ => Err(errors),
    }
}

fn node<S: Scheme>(
    expr: &Expr,
    scheme: &S,
    errors: &mut Vec<CheckError>,
) -> Option<Node<S::Field>> {
    crate::deep::deep(|| {
        match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                // Every part is looked at, so that every mistake is reported.
                let nodes: Vec<_> = parts.iter().map(|part| node(part, scheme, errors)).collect();
                let nodes: Vec<_> = nodes.into_iter().collect::<Option<_>>()?;
                Some(if matches!(expr, Expr::And(..)) { Node::And(nodes) } else { Node::Or(nodes) })
            }
            Expr::Not(inner, _) => Some(Node::Not(Box::new(node(inner, scheme, errors)?))),
            Expr::Macro(name, span) => {
                errors.push(CheckError::new(*span, CheckErrorKind::Macro { name: name.clone() }));
                None
            }
            Expr::Check(check) => match predicate(check, scheme) {
                Ok(predicate) => Some(Node::Predicate(Arc::new(predicate))),
                Err(wrong) => {
                    errors.extend(wrong);
                    None
                }
            },
        }
    })
}

/// The operators that values of a type, or lists of them, take.
pub fn operators(ty: Type, is_list: bool) -> impl Iterator<Item = Op> {
    Op::ALL.into_iter().filter(move |op| takes(*op, ty, is_list))
}

/// Whether values of a type, or lists of them, take an operator.
fn takes(op: Op, ty: Type, is_list: bool) -> bool {
    if op == Op::Exists {
        return true;
    }
    if is_list {
        return matches!(op, Op::In | Op::Intersects);
    }
    let equality = matches!(op, Op::Eq | Op::Ne | Op::In | Op::Intersects);
    let order = matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge);
    match ty.group() {
        TypeGroup::Number => equality || order,
        TypeGroup::Bool | TypeGroup::Ip => equality,
        TypeGroup::Text => !matches!(op, Op::Bcontains | Op::Bstartswith),
        TypeGroup::Bytes => {
            equality
                || matches!(
                    op,
                    Op::Contains | Op::Startswith | Op::Endswith | Op::Bcontains | Op::Bstartswith
                )
        }
        TypeGroup::Opaque => false,
    }
}

/// One comparison, or everything that is wrong with it.
fn predicate<S: Scheme>(check: &Check, scheme: &S) -> Result<Predicate<S::Field>, Vec<CheckError>> {
    let one = |error: CheckError| vec![error];
    let (left, shape) = getter(&check.left, scheme).map_err(|error| {
        let right = match &check.right {
            Right::Operand(operand) => getter(operand, scheme).err(),
            _ => None,
        };
        std::iter::once(error).chain(right).collect::<Vec<_>>()
    })?;
    let fail = |kind| Err(vec![CheckError { span: check.op_span, kind }]);
    if !takes(check.op, shape.ty, shape.is_list) {
        let on = if shape.is_list { Operated::List } else { Operated::One(shape.ty) };
        return fail(CheckErrorKind::Operator { op: check.op, on });
    }
    if check.modifier.is_some() && shape.is_list {
        return fail(CheckErrorKind::ModifierOnList { op: check.op });
    }
    let mut op = check.op;
    if let Some(field) = shape.field.as_ref().filter(|field| scheme.is_window(field)) {
        if !matches!((op, &check.right), (Op::Eq, Right::Value(_))) {
            return fail(CheckErrorKind::Window { field: scheme.def(field).name });
        }
        op = Op::Le;
    }
    let mut kinds = None;
    let right = match &check.right {
        Right::Nothing => {
            kinds = kinds_of(check, &[], &shape, scheme)?;
            Comparison::Test(Test::Exists)
        }
        Right::Operand(operand) => {
            let (right, other) = getter(operand, scheme).map_err(one)?;
            if matches!(check.op, Op::Pmatch | Op::Regex) || shape.ty.group() == TypeGroup::Ip {
                return fail(CheckErrorKind::FieldOnRight { op: check.op });
            }
            let numeric = |ty: Type| matches!(ty.group(), TypeGroup::Number | TypeGroup::Bool);
            if shape.ty.group() != other.ty.group() && !(numeric(shape.ty) && numeric(other.ty)) {
                return fail(CheckErrorKind::Types);
            }
            Comparison::Getter(check.op, right)
        }
        Right::Value(word) => {
            kinds = kinds_of(check, std::slice::from_ref(word), &shape, scheme)?;
            Comparison::Test(test(op, std::slice::from_ref(word), &shape, scheme, check.span)?)
        }
        // A bare word is a list of one.
        Right::List(..) | Right::ListName(..) => {
            let words = &check.words();
            kinds = kinds_of(check, words, &shape, scheme)?;
            Comparison::Test(match check.modifier {
                Some(modifier) => {
                    let tests = words.iter().map(|word| {
                        test(check.op, std::slice::from_ref(word), &shape, scheme, check.span)
                    });
                    Test::Many(modifier, every(tests)?)
                }
                None => test(check.op, words, &shape, scheme, check.span)?,
            })
        }
    };
    let memoizable = match (&left, &right) {
        (Getter::Field(field), Comparison::Test(_)) => scheme.memoizable(field),
        _ => false,
    };
    let (kinds, always_for) = match kinds {
        Some((kinds, always_for)) => (Some(kinds), always_for),
        None => (None, KindSet::default()),
    };
    Ok(Predicate {
        text: check.to_string(),
        memoizable,
        left,
        right,
        kinds,
        always_for,
        multi_valued: shape.field.as_ref().is_some_and(|field| scheme.multi_valued(field)),
        never_for: shape.field.as_ref().map(|field| scheme.never_for(field)).unwrap_or_default(),
    })
}

/// The kinds a comparison of the kind of event can be true for, and those it is true for whatever the
/// event says: a kind may stand for many names, or for none.
fn kinds_of<S: Scheme>(
    check: &Check,
    words: &[Word],
    shape: &Shape<S::Field>,
    scheme: &S,
) -> Result<Option<(KindSet, KindSet)>, Vec<CheckError>> {
    let Some(field) = shape.field.as_ref().filter(|field| scheme.names_kinds(field)) else {
        return Ok(None);
    };
    let all = KindSet::all(scheme.kinds());
    let constant = |test: &dyn Fn(&str) -> bool| -> KindSet {
        let mut kinds = KindSet::new(scheme.kinds());
        all.iter()
            .filter(|kind| scheme.constant(field, *kind).is_some_and(test))
            .for_each(|kind| kinds.insert(kind));
        kinds
    };
    if check.op == Op::Exists {
        let always = constant(&|_| true);
        return Ok(Some((all, always)));
    }
    if scheme.checks_names(field) && scheme.strict() {
        every::<(), ()>(words.iter().map(|word| match scheme.kinds_of(field, &word.text) {
            Some(Err(error)) => Err(vec![CheckError::new(word.span, error)]),
            _ => Ok(()),
        }))?;
    }
    if check.modifier.is_some() || !matches!(check.op, Op::Eq | Op::Ne | Op::In) {
        return Ok(None);
    }
    let mut kinds = KindSet::new(scheme.kinds());
    let mut errors = Vec::new();
    for word in words {
        match scheme.kinds_of(field, &word.text) {
            None => return Ok(None),
            Some(Err(error)) if scheme.checks_names(field) => {
                errors.push(CheckError::new(word.span, error));
            }
            Some(Err(_)) => {}
            Some(Ok(more)) => kinds = kinds.union(&more),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let named = |name: &str| words.iter().any(|word| word.text == name);
    Ok(Some(if check.op == Op::Ne {
        (all.clone().minus(&kinds), constant(&|name| !named(name)))
    } else {
        (kinds, constant(&named))
    }))
}
