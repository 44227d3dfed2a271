//! Tree -> typed tree: fields resolved, literals in their field's type, operators legal.

use std::net::IpAddr;
use std::sync::Arc;

use crate::ast::{Check, Expr, Op, Operand, Right, Span, Transformer, Word};
use crate::doubt::{doubts, notes};
use crate::kind_set::KindSet;
use crate::number;
use crate::ops::{Literal, Net, Order, Set, Test};
use crate::pattern;
use crate::scheme::{Scheme, Type, TypeGroup};
use crate::transform;
use crate::typed::{Checked, Comparison, Getter, Node, Predicate};

/// What is wrong with the meaning of a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CheckError {
    /// The place in the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

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
            let (doubts, notes) = (doubts(expr, scheme), notes(expr, scheme));
            Ok(Checked { root, kinds, doubts, notes })
        }
        _ => Err(errors),
    }
}

/// Resolves one field or transformer.
///
/// # Errors
/// What is wrong with it.
pub fn check_operand<S: Scheme>(
    operand: &Operand,
    scheme: &S,
) -> Result<Getter<S::Field>, CheckError> {
    let (getter, _) = getter(operand, scheme)?;
    Ok(getter)
}

fn node<S: Scheme>(
    expr: &Expr,
    scheme: &S,
    errors: &mut Vec<CheckError>,
) -> Option<Node<S::Field>> {
    crate::deep::deep(|| {
        match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                // Every part is looked at, so that every mistake is told.
                let nodes: Vec<_> = parts.iter().map(|part| node(part, scheme, errors)).collect();
                let nodes: Vec<_> = nodes.into_iter().collect::<Option<_>>()?;
                Some(if matches!(expr, Expr::And(..)) { Node::And(nodes) } else { Node::Or(nodes) })
            }
            Expr::Not(inner, _) => Some(Node::Not(Box::new(node(inner, scheme, errors)?))),
            Expr::Macro(name, span) => {
                errors.push(CheckError {
                    span: *span,
                    message: format!("undefined macro '{name}' used in filter."),
                });
                None
            }
            Expr::Check(check) => match predicate(check, scheme) {
                Ok(predicate) => Some(Node::Predicate(Arc::new(predicate))),
                Err(error) => {
                    errors.push(error);
                    None
                }
            },
        }
    })
}

/// What is known of a getter's value when a rule is loaded.
struct Shape<F> {
    ty: Type,
    is_list: bool,
    field: Option<F>,
}

fn fail<T>(span: Span, message: String) -> Result<T, CheckError> {
    Err(CheckError { span, message })
}

type Got<F> = (Getter<F>, Shape<F>);

fn getter<S: Scheme>(operand: &Operand, scheme: &S) -> Result<Got<S::Field>, CheckError> {
    match operand {
        Operand::Field { name, arg, span } => {
            let field = scheme
                .field(name, arg.as_deref())
                .map_err(|message| CheckError { span: *span, message })?;
            let shape = Shape {
                ty: scheme.field_type(&field),
                is_list: scheme.def(&field).is_list,
                field: Some(field.clone()),
            };
            Ok((Getter::Field(field), shape))
        }
        Operand::Text(word) => Ok((
            Getter::Text(word.text.clone()),
            Shape { ty: Type::Str, is_list: false, field: None },
        )),
        Operand::Number(word) => match word.text.parse() {
            Ok(number) => Ok((
                Getter::Number(number),
                Shape { ty: Type::Uint64, is_list: false, field: None },
            )),
            Err(_) => fail(word.span, format!("{} is not a valid number", word.text)),
        },
        Operand::List(args, _) => {
            let mut list = Vec::new();
            let mut ty = Type::Str;
            for arg in args {
                let (one, shape) = getter(arg, scheme)?;
                ty = shape.ty;
                list.push(one);
            }
            Ok((Getter::List(list), Shape { ty, is_list: true, field: None }))
        }
        Operand::Call { transformer, args, arg, span } => {
            call(*transformer, args, arg.as_deref(), *span, scheme)
        }
    }
}

fn call<S: Scheme>(
    transformer: Transformer,
    args: &[Operand],
    option: Option<&str>,
    span: Span,
    scheme: &S,
) -> Result<Got<S::Field>, CheckError> {
    let name = transformer.name();
    if option.is_some() && transformer != Transformer::Getopt {
        let message =
            format!("filter error: transformer '{name}' does not support field arguments");
        return fail(span, message);
    }
    if option.is_some_and(|letter| letter.len() != 1) {
        return fail(span, format!("{name}() field argument must be a single option character"));
    }
    let mut getters = Vec::new();
    let mut shapes = Vec::new();
    for arg in args {
        let (one, shape) = getter(arg, scheme)?;
        if let Some(field) = &shape.field {
            let def = scheme.def(field);
            if transformer == Transformer::Val && !def.rhs {
                return fail(
                    span,
                    format!("field '{}' cannot be used as right-hand side field", def.name),
                );
            }
            if transformer != Transformer::Val && !def.transformers {
                return fail(span, format!("field '{}' does not support transformers", def.name));
            }
        }
        getters.push(one);
        shapes.push(shape);
    }
    let types: Vec<(Type, bool)> = shapes.iter().map(|shape| (shape.ty, shape.is_list)).collect();
    if let Some(message) = transform::refuses(transformer, &types) {
        return fail(span, message);
    }
    let first = shapes.into_iter().next();
    let shape = match transformer {
        Transformer::Val => {
            first.map_or(Shape { ty: Type::Str, is_list: false, field: None }, |first| Shape {
                field: None,
                ..first
            })
        }
        Transformer::Len => Shape { ty: Type::Uint64, is_list: false, field: None },
        Transformer::Join | Transformer::Concat => {
            Shape { ty: Type::Str, is_list: false, field: None }
        }
        Transformer::Getopt => Shape { ty: Type::Str, is_list: option.is_none(), field: None },
        _ => Shape {
            ty: first.as_ref().map_or(Type::Str, |first| first.ty),
            is_list: first.is_some_and(|first| first.is_list),
            field: None,
        },
    };
    Ok((Getter::Call { transformer, args: getters, option: option.map(str::to_owned) }, shape))
}

fn operator_is_legal(op: Op, ty: Type, is_list: bool) -> Result<(), String> {
    let name = op.name();
    if op == Op::Exists {
        return Ok(());
    }
    if is_list {
        return match op {
            Op::In | Op::Intersects => Ok(()),
            _ => Err(format!("filter error: '{name}' operator not supported list filters")),
        };
    }
    let group = ty.group();
    let equality = matches!(op, Op::Eq | Op::Ne | Op::In | Op::Intersects);
    let order = matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge);
    let legal = match group {
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
    };
    if legal {
        return Ok(());
    }
    Err(match group {
        TypeGroup::Opaque => {
            format!("filter error: '{name}' operator not supported for type '{}'", ty.name())
        }
        _ => format!("filter error: '{name}' operator not supported for {} filters", ty.name()),
    })
}

fn predicate<S: Scheme>(check: &Check, scheme: &S) -> Result<Predicate<S::Field>, CheckError> {
    let (left, shape) = getter(&check.left, scheme)?;
    if let Err(message) = operator_is_legal(check.op, shape.ty, shape.is_list) {
        return fail(check.span, message);
    }
    if check.modifier.is_some() && shape.is_list {
        return fail(
            check.span,
            format!("'{}' takes a field with one value on its left", check.op.name()),
        );
    }
    let mut op = check.op;
    if let Some(field) = shape.field.as_ref().filter(|field| scheme.is_window(field)) {
        if !matches!((op, &check.right), (Op::Eq, Right::Value(_))) {
            let name = scheme.def(field).name;
            return fail(check.span, format!("{name} takes only '=' and a number"));
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
            let (right, other) = getter(operand, scheme)?;
            if matches!(check.op, Op::Pmatch | Op::Regex) || shape.ty.group() == TypeGroup::Ip {
                return fail(
                    check.span,
                    format!("'{}' does not take a field on its right side", check.op.name()),
                );
            }
            let numeric = |ty: Type| matches!(ty.group(), TypeGroup::Number | TypeGroup::Bool);
            if shape.ty.group() != other.ty.group() && !(numeric(shape.ty) && numeric(other.ty)) {
                return fail(
                    check.span,
                    "left and right-hand side types are not compatible".to_owned(),
                );
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
                    Test::Many(modifier, tests.collect::<Result<_, _>>()?)
                }
                None => test(check.op, words, &shape, scheme, check.span)?,
            })
        }
    };
    let keyed = match (&left, &right) {
        (Getter::Field(field), Comparison::Test(_)) => scheme.keyed(field),
        _ => false,
    };
    let (kinds, sure) = match kinds {
        Some((kinds, sure)) => (Some(kinds), sure),
        None => (None, KindSet::default()),
    };
    Ok(Predicate {
        text: check.to_string(),
        keyed,
        left,
        right,
        kinds,
        sure,
        several: shape.field.as_ref().is_some_and(|field| scheme.several(field)),
        absent: shape.field.as_ref().map(|field| scheme.absent(field)).unwrap_or_default(),
    })
}

/// The kinds a comparison of the kind of event can be true for, and those it is true for whatever the
/// event says: a kind may stand for many names, or for none.
fn kinds_of<S: Scheme>(
    check: &Check,
    words: &[Word],
    shape: &Shape<S::Field>,
    scheme: &S,
) -> Result<Option<(KindSet, KindSet)>, CheckError> {
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
        for word in words {
            if let Some(Err(message)) = scheme.kinds_of(field, &word.text) {
                return fail(word.span, message);
            }
        }
    }
    if check.modifier.is_some() || !matches!(check.op, Op::Eq | Op::Ne | Op::In) {
        return Ok(None);
    }
    let mut kinds = KindSet::new(scheme.kinds());
    for word in words {
        match scheme.kinds_of(field, &word.text) {
            None => return Ok(None),
            Some(Err(message)) if scheme.checks_names(field) => return fail(word.span, message),
            Some(Err(_)) => {}
            Some(Ok(more)) => kinds = kinds.union(&more),
        }
    }
    let named = |name: &str| words.iter().any(|word| word.text == name);
    Ok(Some(if check.op == Op::Ne {
        (all.clone().minus(&kinds), constant(&|name| !named(name)))
    } else {
        (kinds, constant(&named))
    }))
}

fn test<S: Scheme>(
    op: Op,
    words: &[Word],
    shape: &Shape<S::Field>,
    scheme: &S,
    span: Span,
) -> Result<Test, CheckError> {
    let one = || -> Result<&Word, CheckError> {
        words.first().ok_or_else(|| CheckError { span, message: "expected a value".to_owned() })
    };
    let literal = || literal(one()?, shape, scheme);
    let bytes = || Ok::<_, CheckError>(one()?.text.as_bytes().to_vec());
    let hex = || {
        let word = one()?;
        decode_hex(&word.text).ok_or_else(|| CheckError {
            span: word.span,
            message: "filter error: bcontains and bstartswith operator support hex strings only"
                .to_owned(),
        })
    };
    Ok(match op {
        Op::Exists => Test::Exists,
        Op::Eq => Test::Eq(literal()?),
        Op::Ne => Test::Ne(literal()?),
        Op::Lt => Test::Order(Order::Lt, literal()?),
        Op::Le => Test::Order(Order::Le, literal()?),
        Op::Gt => Test::Order(Order::Gt, literal()?),
        Op::Ge => Test::Order(Order::Ge, literal()?),
        Op::Contains => Test::contains(&bytes()?),
        Op::Icontains => Test::icontains(&bytes()?),
        Op::Startswith => Test::Startswith(bytes()?),
        Op::Endswith => Test::Endswith(bytes()?),
        Op::Bcontains => Test::contains(&hex()?),
        Op::Bstartswith => Test::Startswith(hex()?),
        Op::Glob => Test::Glob(bytes()?, false),
        Op::Iglob => Test::Glob(bytes()?, true),
        Op::Regex => {
            let word = one()?;
            let regex = pattern::compile(&word.text, scheme.strict())
                .map_err(|message| CheckError { span: word.span, message })?;
            Test::Regex(regex)
        }
        Op::Pmatch => {
            Test::Pmatch(words.iter().map(|word| word.text.as_bytes().to_vec()).collect())
        }
        Op::In | Op::Intersects => {
            let literals: Vec<Literal> = words
                .iter()
                .map(|word| self::literal(word, shape, scheme))
                .collect::<Result<_, _>>()?;
            let set = Set::new(literals);
            if op == Op::In { Test::In(set) } else { Test::Intersects(set) }
        }
    })
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() % 2 == 1 {
        return None;
    }
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

/// An address; one with a dot in it is of the fourth version, as in Falco.
fn address(text: &str) -> Result<IpAddr, String> {
    if text.contains('.') {
        let four = text.parse().map(IpAddr::V4);
        return four.map_err(|_| format!("unrecognized IPv4 address {text}"));
    }
    text.parse().map(IpAddr::V6).map_err(|_| format!("unrecognized IPv6 address {text}"))
}

fn literal<S: Scheme>(
    word: &Word,
    shape: &Shape<S::Field>,
    scheme: &S,
) -> Result<Literal, CheckError> {
    let text = word.text.as_str();
    let wrong = |message: String| CheckError { span: word.span, message };
    match shape.ty.group() {
        TypeGroup::Text | TypeGroup::Bytes | TypeGroup::Opaque => {
            Ok(Literal::Bytes(text.as_bytes().to_vec()))
        }
        TypeGroup::Bool => match text {
            "true" => Ok(Literal::Number(1)),
            "false" => Ok(Literal::Number(0)),
            "1" | "0" if !scheme.strict() => Ok(Literal::Number(i128::from(text == "1"))),
            _ => Err(wrong(format!("filter error: unrecognized boolean value {text}"))),
        },
        TypeGroup::Number => {
            let named = || shape.field.as_ref().and_then(|field| scheme.number(field, text));
            let number = number::read(text, shape.ty).or_else(named);
            number.map(Literal::Number).ok_or_else(|| {
                wrong(match shape.ty {
                    Type::Port => format!("unrecognized protocol {text}"),
                    _ => format!("{text} is not a valid number"),
                })
            })
        }
        TypeGroup::Ip => match shape.ty {
            Type::Ipv4Net | Type::Ipv6Net | Type::IpNet => {
                Net::parse(text).map(Literal::Net).map_err(wrong)
            }
            _ => address(text).map(Literal::Ip).map_err(wrong),
        },
    }
}
