//! What a comparison asks, for those who decide it elsewhere than here.

use std::net::IpAddr;

use crate::ops::{Literal, Order, Test};
use crate::typed::{Comparison, Getter, Predicate};

/// What is asked of a field, where it is one of the simple things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<'p> {
    /// It is one of these texts.
    Texts(Vec<&'p [u8]>),
    /// It is not this text.
    NotText(&'p [u8]),
    /// It is one of these numbers or truth values.
    Numbers(Vec<i128>),
    /// It is not this number.
    NotNumber(i128),
    /// It is below this number.
    Below(i128),
    /// It is this number or above.
    AtLeast(i128),
    /// It holds this text.
    Contains(&'p [u8]),
    /// It begins so.
    Startswith(&'p [u8]),
    /// It ends so.
    Endswith(&'p [u8]),
    /// It is one of these paths, or below one.
    Pmatch(&'p [Vec<u8>]),
    /// It lies in one of these networks, told by an address and how many of its bits count.
    Nets(Vec<(IpAddr, u8)>),
}

impl<F> Predicate<F> {
    /// The field and what is asked of it; none where that is not so simple.
    pub fn asked(&self) -> Option<(&F, Asked<'_>)> {
        let (Getter::Field(field), Comparison::Test(test)) = (&self.left, &self.right) else {
            return None;
        };
        let asked = match test {
            Test::Eq(literal) => any_of(std::slice::from_ref(literal))?,
            Test::In(set) => any_of(set.literals())?,
            Test::Ne(Literal::Bytes(text)) => Asked::NotText(text),
            Test::Ne(Literal::Number(number)) => Asked::NotNumber(*number),
            Test::Order(order, Literal::Number(number)) => match order {
                Order::Lt => Asked::Below(*number),
                Order::Le => Asked::Below(number.checked_add(1)?),
                Order::Gt => Asked::AtLeast(number.checked_add(1)?),
                Order::Ge => Asked::AtLeast(*number),
            },
            Test::Contains(text) => Asked::Contains(text.needle()),
            Test::Startswith(text) => Asked::Startswith(text),
            Test::Endswith(text) => Asked::Endswith(text),
            Test::Pmatch(paths) => Asked::Pmatch(paths),
            _ => return None,
        };
        Some((field, asked))
    }
}

fn any_of(literals: &[Literal]) -> Option<Asked<'_>> {
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
        .map(Asked::Texts)
        .or_else(|| literals.iter().map(number).collect::<Option<_>>().map(Asked::Numbers))
        .or_else(|| literals.iter().map(net).collect::<Option<_>>().map(Asked::Nets))
}
