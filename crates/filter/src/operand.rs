//! Fields and transformers resolved, with what is known of their values.

use crate::ast::{Operand, Span, Transformer};
use crate::error::{CheckError, CheckErrorKind, ValueError};
use crate::scheme::Scheme;
use crate::transform;
use crate::typed::Getter;
use crate::types::Type;

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

/// What is known of a getter's value when a rule is loaded.
pub(crate) struct Shape<F> {
    pub(crate) ty: Type,
    pub(crate) is_list: bool,
    /// The field, where the value is one field's.
    pub(crate) field: Option<F>,
}

pub(crate) type Got<F> = (Getter<F>, Shape<F>);

/// Resolves a field or transformer, and says what is known of its value.
pub(crate) fn getter<S: Scheme>(
    operand: &Operand,
    scheme: &S,
) -> Result<Got<S::Field>, CheckError> {
    match operand {
        Operand::Field { name, arg, span } => {
            let field = scheme
                .field(name, arg.as_deref())
                .map_err(|error| CheckError::new(*span, error))?;
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
            Err(_) => {
                Err(CheckError::new(word.span, ValueError::Number { text: word.text.clone() }))
            }
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
    let fail = |kind| Err(CheckError { span, kind });
    if option.is_some() && transformer != Transformer::Getopt {
        return fail(CheckErrorKind::TransformerOption { transformer });
    }
    if option.is_some_and(|letter| letter.len() != 1) {
        return fail(CheckErrorKind::LongOption { transformer });
    }
    let mut getters = Vec::new();
    let mut shapes = Vec::new();
    for arg in args {
        let (one, shape) = getter(arg, scheme)?;
        if let Some(field) = &shape.field {
            let def = scheme.def(field);
            if transformer == Transformer::Val && !def.rhs {
                return fail(CheckErrorKind::OnlyLeft { field: def.name });
            }
            if transformer != Transformer::Val && !def.transformers {
                return fail(CheckErrorKind::NotTransformed { field: def.name });
            }
        }
        getters.push(one);
        shapes.push(shape);
    }
    let types: Vec<(Type, bool)> = shapes.iter().map(|shape| (shape.ty, shape.is_list)).collect();
    if let Some(kind) = transform::refuses(transformer, &types) {
        return fail(kind);
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
