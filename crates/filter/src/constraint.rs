//! What a comparison requires of a field, for evaluators outside this crate: the kernel's filter, SQL.

use std::net::IpAddr;

use crate::ops::{Literal, Order, Test};
use crate::typed::{Comparison, Getter, Predicate};

/// What a comparison requires of its field, where that is simple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint<'p> {
    /// The value is one of these texts.
    Texts(Vec<&'p [u8]>),
    /// The value is not this text.
    NotText(&'p [u8]),
    /// The value is one of these numbers or truth values.
    Numbers(Vec<i128>),
    /// The value is not this number.
    NotNumber(i128),
    /// The value is below this number.
    Below(i128),
    /// The value is this number or above.
    AtLeast(i128),
    /// The value contains this text.
    Contains(&'p [u8]),
    /// The value starts with this text.
    Startswith(&'p [u8]),
    /// The value ends with this text.
    Endswith(&'p [u8]),
    /// The value is one of these paths, or lies below one.
    Pmatch(&'p [Vec<u8>]),
    /// The value lies in one of these networks: an address and the length of its prefix.
    Nets(Vec<(IpAddr, u8)>),
}

impl<F> Predicate<F> {
    /// The field and what the comparison requires of it; none where that is not simple.
    pub fn constraint(&self) -> Option<(&F, Constraint<'_>)> {
        let (Getter::Field(field), Comparison::Test(test)) = (&self.left, &self.right) else {
            return None;
        };
        let constraint = match test {
            Test::Eq(literal) => any_of(std::slice::from_ref(literal))?,
            Test::In(set) => any_of(set.literals())?,
            Test::Ne(Literal::Bytes(text)) => Constraint::NotText(text),
            Test::Ne(Literal::Number(number)) => Constraint::NotNumber(*number),
            Test::Order(order, Literal::Number(number)) => match order {
                Order::Lt => Constraint::Below(*number),
                Order::Le => Constraint::Below(number.checked_add(1)?),
                Order::Gt => Constraint::AtLeast(number.checked_add(1)?),
                Order::Ge => Constraint::AtLeast(*number),
            },
            Test::Contains(text) => Constraint::Contains(text.needle()),
            Test::Startswith(text) => Constraint::Startswith(text),
            Test::Endswith(text) => Constraint::Endswith(text),
            Test::Pmatch(paths) => Constraint::Pmatch(paths),
            _ => return None,
        };
        Some((field, constraint))
    }
}

fn any_of(literals: &[Literal]) -> Option<Constraint<'_>> {
    fn text(literal: &Literal) -> Option<&[u8]> {
        if let Literal::Bytes(text) = literal { Some(text) } else { None }
    }
    fn number(literal: &Literal) -> Option<i128> {
        if let Literal::Number(number) = literal { Some(*number) } else { None }
    }
    fn net(literal: &Literal) -> Option<(IpAddr, u8)> {
        match literal {
            Literal::Ip(addr) => Some((*addr, if addr.is_ipv4() { 32 } else { 128 })),
            Literal::Net(net) => Some((net.addr, net.prefix)),
            _ => None,
        }
    }
    let texts: Option<Vec<&[u8]>> = literals.iter().map(text).collect();
    texts
        .map(Constraint::Texts)
        .or_else(|| literals.iter().map(number).collect::<Option<_>>().map(Constraint::Numbers))
        .or_else(|| literals.iter().map(net).collect::<Option<_>>().map(Constraint::Nets))
}
