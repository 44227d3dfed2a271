//! Comparisons: a value against what the rule says, typed when the rule was loaded.

use std::net::IpAddr;

use hashbrown::HashSet;
use regex::bytes::Regex;

use crate::ast::Modifier;
use crate::error::ValueError;
use crate::glob;
use crate::number;
use crate::part::{FoldedPart, Part};
use crate::types::Type;
use crate::value::Value;

/// A network of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Net {
    pub(crate) addr: IpAddr,
    pub(crate) prefix: u8,
}

impl Net {
    /// `10.0.0.0/8`.
    ///
    /// # Errors
    /// Which part of it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, ValueError> {
        let Some((addr, length)) = text.split_once('/') else {
            return Err(ValueError::Network { text: text.to_owned() });
        };
        let addr: IpAddr =
            addr.parse().map_err(|_| ValueError::NetworkAddress { text: text.to_owned() })?;
        let prefix = number::read(length, Type::Uint8).and_then(|prefix| u8::try_from(prefix).ok());
        let prefix = prefix.ok_or_else(|| ValueError::Number { text: length.to_owned() })?;
        let most = if addr.is_ipv4() { 32 } else { 128 };
        if prefix > most {
            return Err(ValueError::Netmask { length: length.to_owned() });
        }
        Ok(Self { addr, prefix })
    }

    fn contains(self, other: IpAddr) -> bool {
        match (self.addr, other) {
            (IpAddr::V4(net), IpAddr::V4(addr)) => {
                let shift = 32 - u32::from(self.prefix);
                let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
                net.to_bits() & mask == addr.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(addr)) => {
                let shift = 128 - u32::from(self.prefix);
                let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
                net.to_bits() & mask == addr.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// A literal of a rule, in the type of its field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// A text or bytes.
    Bytes(Vec<u8>),
    /// A number or a truth value.
    Number(i128),
    /// An address.
    Ip(IpAddr),
    /// A network.
    Net(Net),
}

/// Literals of which a value is to be one.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    literals: Vec<Literal>,
    /// Those that are texts.
    texts: HashSet<Vec<u8>>,
    /// Which lengths they have, as bits; longer ones share the last. Most values have another.
    lengths: u64,
    /// Which bytes they end with, as bits.
    lasts: [u64; 4],
}

fn length_bit(text: &[u8]) -> u64 {
    1 << text.len().min(63)
}

/// Word and bit of the last byte.
fn last_bit(text: &[u8]) -> (usize, u64) {
    let last = text.last().copied().unwrap_or(0);
    (usize::from(last / 64), 1 << (last % 64))
}

impl Set {
    pub(crate) fn new(literals: Vec<Literal>) -> Self {
        let texts: HashSet<Vec<u8>> = literals
            .iter()
            .filter_map(|literal| {
                if let Literal::Bytes(bytes) = literal { Some(bytes.clone()) } else { None }
            })
            .collect();
        let lengths = texts.iter().fold(0, |lengths, text| lengths | length_bit(text));
        let mut lasts = [0; 4];
        for (word, bit) in texts.iter().map(|text| last_bit(text)) {
            if let Some(word) = lasts.get_mut(word) {
                *word |= bit;
            }
        }
        Self { literals, texts, lengths, lasts }
    }

    /// Each of them, as the rule has them.
    pub(crate) fn literals(&self) -> &[Literal] {
        &self.literals
    }

    fn holds(&self, value: &Value<'_>) -> bool {
        match value.bytes() {
            Some(bytes) => self.has(bytes),
            None => self.literals.iter().any(|literal| equal(value, literal)),
        }
    }

    /// Whether a text is one of them.
    fn has(&self, text: &[u8]) -> bool {
        let (word, bit) = last_bit(text);
        self.lengths & length_bit(text) != 0
            && self.lasts.get(word).is_some_and(|word| word & bit != 0)
            && self.texts.contains(text)
    }
}

/// An order of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Order {
    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}

impl Modifier {
    /// Whether the answers of so many tests are those it wants.
    fn holds(self, mut answers: impl ExactSizeIterator<Item = bool>) -> bool {
        match self {
            Self::Anyof => answers.any(|holds| holds),
            Self::Allof => answers.len() > 0 && answers.all(|holds| holds),
            Self::Oneof => answers.filter(|holds| *holds).count() == 1,
        }
    }
}

/// What a comparison asks of one value.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// There is a value.
    Exists,
    /// It is equal.
    Eq(Literal),
    /// It is not.
    Ne(Literal),
    /// It stands in order.
    Order(Order, Literal),
    /// It holds these bytes.
    Contains(Box<Part>),
    /// It holds these bytes, whatever the case of letters.
    Icontains(Box<FoldedPart>),
    /// It begins with them.
    Startswith(Vec<u8>),
    /// It ends with them.
    Endswith(Vec<u8>),
    /// It matches a shell pattern; the flag ignores the case of letters.
    Glob(Vec<u8>, bool),
    /// All of it matches.
    Regex(Regex),
    /// It is one of them (a list: all of its elements are).
    In(Set),
    /// One of its elements is one of them.
    Intersects(Set),
    /// It is one of the paths or lies below one.
    Pmatch(Vec<Vec<u8>>),
    /// So many of the tests hold.
    Many(Modifier, Vec<Test>),
}

impl Test {
    /// It holds these bytes: they are prepared once to be looked for often.
    pub(crate) fn contains(part: &[u8]) -> Self {
        Self::Contains(Box::new(Part::new(part)))
    }

    /// The same, whatever the case of letters.
    pub(crate) fn icontains(part: &[u8]) -> Self {
        Self::Icontains(Box::new(FoldedPart::new(part)))
    }

    /// Whether `value` passes.
    #[inline]
    pub(crate) fn holds(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Str(bytes) | Value::Bytes(bytes) => self.holds_bytes(bytes),
            Value::Bool(truth) => self.holds_number(i128::from(*truth)),
            Value::Int(number) => self.holds_number(i128::from(*number)),
            Value::Uint(number) => self.holds_number(i128::from(*number)),
            value => self.holds_other(value),
        }
    }

    /// Of several values, or of one that is neither text nor number.
    fn holds_other(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Either(pair) => {
                let [one, other] = &**pair;
                match self {
                    Self::Ne(_) => self.holds(one) && self.holds(other),
                    _ => self.holds(one) || self.holds(other),
                }
            }
            Value::List(list) => self.holds_list(list),
            Value::Any(list) => list.iter().any(|value| self.holds(value)),
            value => self.holds_one(value),
        }
    }

    /// Of a number.
    fn holds_number(&self, number: i128) -> bool {
        let is = |literal: &Literal| matches!(literal, Literal::Number(one) if *one == number);
        match self {
            Self::Exists => true,
            Self::Eq(literal) => is(literal),
            Self::Ne(literal) => !is(literal),
            Self::Order(order, Literal::Number(other)) => order.holds(number.cmp(other)),
            Self::In(set) | Self::Intersects(set) => set.literals.iter().any(is),
            Self::Many(modifier, tests) => {
                modifier.holds(tests.iter().map(|test| test.holds_number(number)))
            }
            _ => false,
        }
    }

    /// Calls `visit` for every text that a value may be equal to.
    pub(crate) fn texts<'t>(&'t self, visit: &mut dyn FnMut(&'t [u8])) {
        match self {
            Self::Eq(Literal::Bytes(text)) | Self::Ne(Literal::Bytes(text)) => visit(text),
            Self::In(set) | Self::Intersects(set) => {
                set.texts.iter().for_each(|text| visit(text));
            }
            Self::Many(_, tests) => tests.iter().for_each(|test| test.texts(&mut *visit)),
            _ => {}
        }
    }

    fn holds_list(&self, list: &[Value<'_>]) -> bool {
        match self {
            Self::Exists => true,
            Self::In(set) => list.iter().all(|value| set.holds(value)),
            Self::Intersects(set) => list.iter().any(|value| set.holds(value)),
            _ => list.iter().any(|value| self.holds(value)),
        }
    }

    fn holds_one(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Exists => true,
            Self::Eq(literal) => equal(value, literal),
            Self::Ne(literal) => !equal(value, literal),
            Self::Order(order, literal) => compare(value, literal).is_some_and(|o| order.holds(o)),
            Self::In(set) | Self::Intersects(set) => set.holds(value),
            Self::Many(modifier, tests) => {
                modifier.holds(tests.iter().map(|test| test.holds(value)))
            }
            _ => false,
        }
    }

    /// Of a text or of bytes.
    fn holds_bytes(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Exists => true,
            Self::Eq(literal) => matches!(literal, Literal::Bytes(text) if text == bytes),
            Self::Ne(literal) => !matches!(literal, Literal::Bytes(text) if text == bytes),
            Self::Order(order, Literal::Bytes(text)) => order.holds(bytes.cmp(text)),
            Self::Order(..) => false,
            Self::In(set) | Self::Intersects(set) => set.has(bytes),
            Self::Contains(part) => part.is_in(bytes),
            Self::Icontains(part) => part.is_in(bytes),
            Self::Startswith(part) => bytes.starts_with(part),
            Self::Endswith(part) => bytes.ends_with(part),
            Self::Glob(pattern, fold) => glob::matches(pattern, bytes, *fold),
            Self::Regex(regex) => regex.is_match(bytes),
            Self::Pmatch(paths) => paths.iter().any(|path| below(path, bytes)),
            Self::Many(modifier, tests) => {
                modifier.holds(tests.iter().map(|test| test.holds_bytes(bytes)))
            }
        }
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

/// Whether `path` is `prefix` or lies below it, component by component; a component of the prefix
/// may be a shell pattern.
fn below(prefix: &[u8], path: &[u8]) -> bool {
    let mut parts = components(path);
    components(prefix).all(|wanted| {
        parts.next().is_some_and(|part| {
            if wanted.iter().any(|byte| b"?*[".contains(byte)) {
                glob::matches(wanted, part, false)
            } else {
                wanted == part
            }
        })
    })
}

fn equal(value: &Value<'_>, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Ip(addr), Literal::Ip(other)) => addr == other,
        (Value::Ip(addr), Literal::Net(net)) => net.contains(*addr),
        (Value::Net(addr, prefix), Literal::Net(net)) => *addr == net.addr && *prefix == net.prefix,
        (Value::Double(fraction), Literal::Number(_)) => {
            compare(&Value::Double(*fraction), literal).is_some_and(std::cmp::Ordering::is_eq)
        }
        (value, Literal::Bytes(bytes)) => value.bytes() == Some(bytes),
        (value, Literal::Number(number)) => value.number() == Some(*number),
        _ => false,
    }
}

fn compare(value: &Value<'_>, literal: &Literal) -> Option<std::cmp::Ordering> {
    match (value, literal) {
        (Value::Double(fraction), Literal::Number(number)) =>
        {
            #[expect(clippy::cast_precision_loss, reason = "a comparison with a fraction")]
            fraction.partial_cmp(&(*number as f64))
        }
        (value, Literal::Number(number)) => Some(value.number()?.cmp(number)),
        (value, Literal::Bytes(bytes)) => Some(value.bytes()?.cmp(bytes)),
        _ => None,
    }
}

/// Two values of the same event, compared.
pub(crate) fn holds_between(op: crate::ast::Op, left: &Value<'_>, right: &Value<'_>) -> bool {
    use crate::ast::Op;
    if let Value::Either(pair) = left {
        let [one, other] = &**pair;
        return if op == Op::Ne {
            holds_between(op, one, right) && holds_between(op, other, right)
        } else {
            holds_between(op, one, right) || holds_between(op, other, right)
        };
    }
    let as_list = |value: &Value<'_>| match value {
        Value::List(list) => list.iter().cloned().map(Value::into_owned).collect::<Vec<_>>(),
        one => vec![one.clone().into_owned()],
    };
    let same = |one: &Value<'_>, other: &Value<'_>| match (one.number(), other.number()) {
        (Some(one), Some(other)) => one == other,
        _ => match (one.bytes(), other.bytes()) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        },
    };
    match op {
        Op::In => {
            as_list(left).iter().all(|one| as_list(right).iter().any(|other| same(one, other)))
        }
        Op::Intersects => {
            as_list(left).iter().any(|one| as_list(right).iter().any(|other| same(one, other)))
        }
        Op::Eq => same(left, right),
        Op::Ne => !same(left, right),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            let ordering = match (left.number(), right.number()) {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                _ => left.bytes().zip(right.bytes()).map(|(one, other)| one.cmp(other)),
            };
            let order = match op {
                Op::Lt => Order::Lt,
                Op::Le => Order::Le,
                Op::Gt => Order::Gt,
                _ => Order::Ge,
            };
            ordering.is_some_and(|ordering| order.holds(ordering))
        }
        _ => {
            let Some(part) = right.bytes() else { return false };
            let part = part.to_vec();
            let test = match op {
                Op::Contains => Test::contains(&part),
                Op::Icontains => Test::icontains(&part),
                Op::Startswith => Test::Startswith(part),
                Op::Endswith => Test::Endswith(part),
                Op::Glob => Test::Glob(part, false),
                Op::Iglob => Test::Glob(part, true),
                _ => return false,
            };
            test.holds(left)
        }
    }
}
