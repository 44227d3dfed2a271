//! The words on the right side of a comparison, in the type of its left side.

use std::net::IpAddr;

use crate::ast::{Op, Span, Word};
use crate::error::{CheckError, CheckErrorKind, ValueError};
use crate::number;
use crate::operand::Shape;
use crate::ops::{Literal, Net, Order, Set, Test};
use crate::pattern;
use crate::scheme::Scheme;
use crate::types::{Type, TypeGroup};

/// All of them, or every mistake of those that failed.
pub(crate) fn every<T, C: FromIterator<T>>(
    results: impl Iterator<Item = Result<T, Vec<CheckError>>>,
) -> Result<C, Vec<CheckError>> {
    let mut errors = Vec::new();
    let good: C =
        results.filter_map(|one| one.map_err(|wrong| errors.extend(wrong)).ok()).collect();
    if errors.is_empty() { Ok(good) } else { Err(errors) }
}

/// What a comparison with these words asks of a value.
///
/// # Errors
/// Every word that cannot be read.
pub(crate) fn test<S: Scheme>(
    op: Op,
    words: &[Word],
    shape: &Shape<S::Field>,
    scheme: &S,
    span: Span,
) -> Result<Test, Vec<CheckError>> {
    type Checked<T> = Result<T, Vec<CheckError>>;
    let literal_of = |word| literal(word, shape, scheme).map_err(|error| vec![error]);
    let one = || -> Checked<&Word> {
        words.first().ok_or_else(|| vec![CheckError { span, kind: CheckErrorKind::NoValue }])
    };
    let literal = || literal_of(one()?);
    let bytes = || -> Checked<Vec<u8>> { Ok(one()?.text.as_bytes().to_vec()) };
    let hex = || -> Checked<Vec<u8>> {
        let word = one()?;
        decode_hex(&word.text).ok_or_else(|| vec![CheckError::new(word.span, ValueError::Hex)])
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
                .map_err(|error| vec![CheckError::new(word.span, error)])?;
            Test::Regex(regex)
        }
        Op::Pmatch => {
            Test::Pmatch(words.iter().map(|word| word.text.as_bytes().to_vec()).collect())
        }
        Op::In | Op::Intersects => {
            let literals: Vec<Literal> = every(words.iter().map(literal_of))?;
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
fn address(text: &str) -> Result<IpAddr, ValueError> {
    if text.contains('.') {
        let four = text.parse().map(IpAddr::V4);
        return four.map_err(|_| ValueError::Ipv4 { text: text.to_owned() });
    }
    text.parse().map(IpAddr::V6).map_err(|_| ValueError::Ipv6 { text: text.to_owned() })
}

/// A word in the type of the field it is compared with.
fn literal<S: Scheme>(
    word: &Word,
    shape: &Shape<S::Field>,
    scheme: &S,
) -> Result<Literal, CheckError> {
    let text = word.text.as_str();
    let literal = match shape.ty.group() {
        TypeGroup::Text | TypeGroup::Bytes | TypeGroup::Opaque => {
            Ok(Literal::Bytes(text.as_bytes().to_vec()))
        }
        TypeGroup::Bool => match text {
            "true" => Ok(Literal::Number(1)),
            "false" => Ok(Literal::Number(0)),
            "1" | "0" if !scheme.strict() => Ok(Literal::Number(i128::from(text == "1"))),
            _ => Err(ValueError::Truth { text: text.to_owned() }),
        },
        TypeGroup::Number => {
            let named = || shape.field.as_ref().and_then(|field| scheme.number(field, text));
            let number = number::read(text, shape.ty).or_else(named);
            number.map(Literal::Number).ok_or_else(|| match shape.ty {
                Type::Port => ValueError::Protocol { text: text.to_owned() },
                _ => ValueError::Number { text: text.to_owned() },
            })
        }
        TypeGroup::Ip => match shape.ty {
            Type::Ipv4Net | Type::Ipv6Net | Type::IpNet => Net::parse(text).map(Literal::Net),
            _ => address(text).map(Literal::Ip),
        },
    };
    literal.map_err(|error| CheckError::new(word.span, error))
}
