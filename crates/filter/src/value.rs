//! Values of fields.

use std::borrow::Cow;
use std::net::IpAddr;

/// What a field is worth for one event; texts and bytes are borrowed where they lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// A fraction.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// A text: bytes that are meant to be UTF-8 and may not be.
    Str(Cow<'a, [u8]>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// An address.
    Ip(IpAddr),
    /// A network: address and length of its prefix.
    Net(IpAddr, u8),
    /// The values of a list field.
    List(Vec<Value<'a>>),
    /// Values of which one must pass: a field that looks at every ancestor.
    Any(Vec<Value<'a>>),
    /// Either end of a connection: equal when one is, unequal when both are, and so on.
    Either(Box<[Value<'a>; 2]>),
}

impl<'a> Value<'a> {
    /// A borrowed text.
    pub fn str(text: &'a [u8]) -> Self {
        Self::Str(Cow::Borrowed(text))
    }

    /// A text of its own.
    pub fn string(text: impl Into<Vec<u8>>) -> Self {
        Self::Str(Cow::Owned(text.into()))
    }

    /// The bytes of a text or of bytes.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Str(bytes) | Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The number of an integer or of a truth value.
    pub fn number(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(i128::from(*number)),
            Self::Uint(number) => Some(i128::from(*number)),
            Self::Bool(truth) => Some(i128::from(*truth)),
            _ => None,
        }
    }

    /// The same value, owing nothing to the event.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Int(v) => Value::Int(v),
            Self::Uint(v) => Value::Uint(v),
            Self::Double(v) => Value::Double(v),
            Self::Bool(v) => Value::Bool(v),
            Self::Str(v) => Value::Str(Cow::Owned(v.into_owned())),
            Self::Bytes(v) => Value::Bytes(Cow::Owned(v.into_owned())),
            Self::Ip(v) => Value::Ip(v),
            Self::Net(v, prefix) => Value::Net(v, prefix),
            Self::List(list) => Value::List(list.into_iter().map(Value::into_owned).collect()),
            Self::Any(list) => Value::Any(list.into_iter().map(Value::into_owned).collect()),
            Self::Either(pair) => {
                let [one, other] = *pair;
                Value::Either(Box::new([one.into_owned(), other.into_owned()]))
            }
        }
    }
}
