//! What the variables and expressions of a script are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use peregrine_state::FdInfo;

/// A value of a script.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// `nullptr`, or an object nobody has filled.
    Nothing,
    Number(i128),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Members(BTreeMap<String, Value>),
    /// The place among the events made so far.
    Event(usize),
    Thread(i64),
    /// The only thread of the first table.
    Initial,
    Fd(Box<FdInfo>),
}

impl Value {
    pub(super) fn number(&self) -> Result<i128, String> {
        match self {
            Self::Nothing => Ok(0),
            Self::Number(number) => Ok(*number),
            other => Err(format!("{other:?} is no number")),
        }
    }

    pub(super) fn small(&self) -> Result<i64, String> {
        let number = self.number()?;
        i64::try_from(number).map_err(|_| format!("{number} is no thread or descriptor"))
    }

    pub(super) fn text(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
            other => Err(format!("{other:?} is no text")),
        }
    }

    /// Whether C++ takes it for true.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Number(0))
    }

    pub(super) fn equals(&self, other: &Self) -> Result<bool, String> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => Ok(one == other),
            (Self::Text(one) | Self::Bytes(one), Self::Text(other) | Self::Bytes(other)) => {
                Ok(one == other)
            }
            (Self::Nothing, Self::Nothing) => Ok(true),
            (Self::Nothing, Self::Number(number)) | (Self::Number(number), Self::Nothing) => {
                Ok(*number == 0)
            }
            (Self::Nothing, _) | (_, Self::Nothing) => Ok(false),
            (Self::Event(one), Self::Event(other)) => Ok(one == other),
            (Self::Thread(one), Self::Thread(other)) => Ok(one == other),
            _ => Err(format!("{self:?} is of another kind than {other:?}")),
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
            Self::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        }
    }
}

/// An end of a connection as `fill_sockaddr_*` makes it: family, address, port.
pub(super) fn endpoint(family: u8, port: &Value, address: &Value) -> Result<Value, String> {
    let address: IpAddr =
        address.text()?.parse().map_err(|_| "the address cannot be read".to_owned())?;
    let mut bytes = vec![family];
    match address {
        IpAddr::V4(address) => bytes.extend(address.octets()),
        IpAddr::V6(address) => bytes.extend(address.octets()),
    }
    let port = u16::try_from(port.number()?).map_err(|error| error.to_string())?;
    bytes.extend(port.to_le_bytes());
    Ok(Value::Bytes(bytes))
}

/// Each text followed by a NUL.
pub(super) fn null_delimited(list: &Value) -> Result<Vec<u8>, String> {
    let Value::List(list) = list else { return Err("no list of texts".to_owned()) };
    let mut bytes = Vec::new();
    for text in list {
        bytes.extend(text.text()?.into_bytes());
        bytes.push(0);
    }
    Ok(bytes)
}

/// So many bytes of a buffer; a text ends with a NUL.
pub(super) fn sized(buffer: &Value, size: &Value) -> Result<Value, String> {
    let size = usize::try_from(size.number()?).map_err(|error| error.to_string())?;
    let mut bytes = match buffer {
        Value::Nothing => Vec::new(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Text(text) => [text.as_slice(), b"\0"].concat(),
        Value::List(_) => null_delimited(buffer)?,
        other => return Err(format!("{other:?} is no buffer")),
    };
    if bytes.len() < size {
        return Err("a buffer shorter than it says".to_owned());
    }
    bytes.truncate(size);
    Ok(Value::Bytes(bytes))
}

/// Two values and what stands between them.
pub(super) fn operation(op: &str, left: &Value, right: &Value) -> Result<Value, String> {
    let yes = |yes: bool| Ok(Value::Number(yes.into()));
    match op {
        "==" => return yes(left.equals(right)?),
        "!=" => return yes(!left.equals(right)?),
        "&&" => return yes(left.is_true() && right.is_true()),
        "||" => return yes(left.is_true() || right.is_true()),
        "+" => {
            if let (Value::Text(one), Value::Text(other)) = (left, right) {
                return Ok(Value::Text([one.as_slice(), other].concat()));
            }
        }
        _ => {}
    }
    let (left, right) = (left.number()?, right.number()?);
    Ok(Value::Number(match op {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "|" => left | right,
        "&" => left & right,
        "<<" => left << right,
        "<" => (left < right).into(),
        ">" => (left > right).into(),
        "<=" => (left <= right).into(),
        ">=" => (left >= right).into(),
        _ => return Err(format!("the operator {op}")),
    }))
}
