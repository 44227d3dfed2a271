//! Comparisons of sockets and addresses. Of a connection the other end is the server; of a socket that is bound
//! or listens its own.

use std::collections::BTreeSet;
use std::net::IpAddr;

use peregrine_fields::{Arg, Field};
use peregrine_filter::{Constraint, Value};

use super::asked::{Asked, Leaf};
use crate::calls::View;
use crate::cond::{Cond, Fact};
use crate::layout::{Act, flag};

/// Fields that only sockets have.
const OF_SOCKETS: [&str; 27] = [
    "fd.ip",
    "fd.cip",
    "fd.sip",
    "fd.lip",
    "fd.rip",
    "fd.port",
    "fd.cport",
    "fd.sport",
    "fd.lport",
    "fd.rport",
    "fd.net",
    "fd.cnet",
    "fd.snet",
    "fd.lnet",
    "fd.rnet",
    "fd.proto",
    "fd.cproto",
    "fd.sproto",
    "fd.lproto",
    "fd.rproto",
    "fd.l4proto",
    "fd.sockfamily",
    "fd.connected",
    "fd.cip.name",
    "fd.sip.name",
    "fd.lip.name",
    "fd.rip.name",
];

pub(super) fn leaf(asked: &Asked<'_>, field: &Field) -> Option<Leaf> {
    if !matches!(field.arg, Arg::None) {
        return None;
    }
    let act = asked.calls.act;
    let inet = || Cond::flags(flag::IPV4 | flag::IPV6);
    // Unix sockets are connected by an act of their own.
    let unix = || if act == Act::Connect { Cond::False } else { Cond::flags(flag::UNIX) };
    let remote = matches!(act, Act::Connect);
    let own = matches!(act, Act::Bind | Act::Listen);
    if !remote && !own && act != Act::UnixConnect {
        // Calls of other acts have no descriptor, or it is a file's; that of a socket that is made is not known.
        let has_descriptor = match asked.calls.view {
            View::Created | View::Truncated => true,
            View::Mapped => false,
            View::Own => matches!(
                act,
                Act::Open | Act::Attributes | Act::MapExec | Act::LoadModule | Act::Socket
            ),
        };
        if has_descriptor && act != Act::Socket {
            match field.info.name {
                "fd.l4proto" => return no_transport(asked),
                "fd.connected" => return Some(asked.truth(Cond::False)),
                _ => {}
            }
        }
        let of_sockets = OF_SOCKETS.contains(&field.info.name) && act != Act::Socket;
        return (of_sockets || !has_descriptor).then(|| Leaf::constant(false));
    }
    let name = field.info.name;
    if act == Act::UnixConnect {
        return match name {
            "fd.type" => {
                asked.words(&[("unix", Cond::True), ("ipv4", Cond::False), ("ipv6", Cond::False)])
            }
            "fd.typechar" => {
                asked.words(&[("u", Cond::True), ("4", Cond::False), ("6", Cond::False)])
            }
            "fd.sockfamily" => asked.words(&[("unix", Cond::True), ("ip", Cond::False)]),
            "fd.l4proto" => {
                asked.words(&["tcp", "udp", "icmp", "raw"].map(|word| (word, Cond::False)))
            }
            "fd.name" | "fd.num" => None,
            _ => Some(Leaf::constant(false)),
        };
    }
    Some(match name {
        "fd.type" => asked.words(&[
            ("ipv4", Cond::flags(flag::IPV4)),
            ("ipv6", Cond::flags(flag::IPV6)),
            ("unix", unix()),
        ])?,
        "fd.typechar" => asked.words(&[
            ("4", Cond::flags(flag::IPV4)),
            ("6", Cond::flags(flag::IPV6)),
            ("u", unix()),
        ])?,
        "fd.sockfamily" => asked.words(&[("ip", inet()), ("unix", unix())])?,
        "fd.l4proto" => asked.words(&[
            ("tcp", Cond::flags(flag::TCP)),
            ("udp", Cond::flags(flag::UDP)),
            ("icmp", Cond::flags(flag::ICMP)),
            ("raw", Cond::flags(flag::RAW)),
        ])?,
        "fd.sport" | "fd.sproto" => ports(asked, inet())?,
        "fd.rport" | "fd.rproto" if remote => ports(asked, inet())?,
        "fd.lport" | "fd.lproto" if own => ports(asked, inet())?,
        "fd.sip" | "fd.snet" => networks(asked, inet()),
        "fd.rip" | "fd.rnet" if remote => networks(asked, inet()),
        "fd.lip" | "fd.lnet" if own => networks(asked, inet()),
        "fd.is_server" => asked.truth(Cond::constant(own)),
        "fd.connected" => asked.truth(Cond::constant(remote)),
        "fd.num" => {
            let all = [0, 3, 4096].map(|number| asked.holds(Value::Int(number)));
            return all.iter().all(|one| *one == all[0]).then(|| Leaf::constant(all[0]));
        }
        "fd.rport" | "fd.rip" | "fd.rnet" | "fd.rproto" | "fd.cport" | "fd.cip" | "fd.cnet"
            if own =>
        {
            Leaf::constant(false)
        }
        "fd.lport" | "fd.lip" | "fd.lnet" | "fd.cport" | "fd.cip" | "fd.cnet" | "fd.port"
        | "fd.ip" | "fd.net" => Leaf::no(
            "before it connects nobody knows the socket's own end: fd.sip and fd.sport are the other one",
        ),
        _ => return None,
    })
}

/// Of a descriptor without a transport protocol.
fn no_transport(asked: &Asked<'_>) -> Option<Leaf> {
    asked.words(&["tcp", "udp", "icmp", "raw"].map(|word| (word, Cond::False)))
}

/// A socket that is created: its family, its type.
pub(super) fn of_new(asked: &Asked<'_>, key: &str) -> Option<Leaf> {
    if key == "type" {
        return None;
    }
    asked.words(&[
        ("AF_INET", Cond::flags(flag::IPV4)),
        ("AF_INET6", Cond::flags(flag::IPV6)),
        ("AF_UNIX", Cond::flags(flag::UNIX)),
        ("AF_LOCAL", Cond::flags(flag::UNIX)),
        ("AF_NETLINK", Cond::flags(flag::NETLINK)),
        ("AF_PACKET", Cond::flags(flag::PACKET)),
        ("PF_PACKET", Cond::flags(flag::PACKET)),
    ])
}

fn ports(asked: &Asked<'_>, inet: Cond) -> Option<Leaf> {
    let range = |from: i128, to: i128| {
        let from = u16::try_from(from.max(0)).ok()?;
        let to = u16::try_from(to.min(i128::from(u16::MAX))).ok()?;
        (from <= to).then_some((from, to))
    };
    let of = |ranges: BTreeSet<(u16, u16)>| {
        if ranges.is_empty() { Cond::False } else { Cond::fact(Fact::Port(ranges)) }
    };
    let (ranges, not) = match asked.constraint()? {
        Constraint::Numbers(numbers) => {
            (numbers.into_iter().filter_map(|one| range(one, one)).collect(), false)
        }
        Constraint::NotNumber(number) => (range(number, number).into_iter().collect(), true),
        Constraint::Below(to) => (range(0, to - 1).into_iter().collect(), false),
        Constraint::AtLeast(from) => {
            (range(from, i128::from(u16::MAX)).into_iter().collect(), false)
        }
        _ => return None,
    };
    let cond = of(ranges);
    Some(Leaf::Known(Cond::and([inet, if not { cond.not() } else { cond }])))
}

fn networks(asked: &Asked<'_>, inet: Cond) -> Leaf {
    match asked.constraint() {
        Some(Constraint::Nets(nets)) => {
            let nets: BTreeSet<(IpAddr, u8)> = nets.into_iter().collect();
            Leaf::Known(Cond::and([inet, Cond::fact(Fact::Net(nets))]))
        }
        _ if asked.asks_existence() => Leaf::Known(inet),
        // What remains of addresses is `!=`.
        _ => Leaf::no("write `fd.type in (ipv4, ipv6) and not fd.sip in (...)`"),
    }
}
