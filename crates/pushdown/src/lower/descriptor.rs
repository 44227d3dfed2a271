//! Tests of a call's descriptor.

use peregrine_event::name_tables;
use peregrine_fields::{Arg, Field};
use peregrine_filter::Constraint;
use peregrine_kfilter::Test;

use super::range::range;
use crate::cond::Cond;

/// `SCAP_FD_*`.
const UNIX: u32 = 1 << 8;
const INET: u32 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6;
/// `SCAP_L4_*` by their names in rules.
pub(crate) const TRANSPORTS: [(&str, u32); 5] =
    [("<NA>", 1 << 1), ("tcp", 1 << 2), ("udp", 1 << 3), ("icmp", 1 << 4), ("raw", 1 << 5)];

/// A unix socket.
pub(crate) fn unix() -> Cond {
    Cond::test(Test::FdKind(UNIX))
}

fn inet() -> Cond {
    Cond::test(Test::FdKind(INET))
}

/// The condition for a comparison about the descriptor of a call.
pub(crate) fn of_descriptor(field: &Field, asked: &Constraint<'_>) -> Option<Cond> {
    if !matches!(field.arg, Arg::None) {
        return None;
    }
    let of_kind = |word: fn(&peregrine_event::FdKind) -> Option<String>| kinds(asked, word);
    match field.info.name {
        // Kinds without a name have that of unknown kinds.
        "fd.type" => of_kind(|kind| Some(kind.word.unwrap_or("<NA>").to_owned())),
        "fd.typechar" => of_kind(|kind| kind.letter.map(String::from)),
        "fd.sockfamily" => match asked {
            Constraint::Texts(texts) => Some(Cond::or(texts.iter().map(|text| family(text)))),
            Constraint::NotText(b"ip") => Some(unix()),
            Constraint::NotText(b"unix") => Some(inet()),
            Constraint::NotText(_) => Some(Cond::or([unix(), inet()])),
            _ => None,
        },
        "fd.l4proto" => match asked {
            Constraint::Texts(texts) => Some(transports(texts)),
            Constraint::NotText(text) => Some(transports(&[text]).not()),
            _ => None,
        },
        "fd.port" => ports(asked, true),
        "fd.sport" | "fd.cport" | "fd.lport" | "fd.rport" => ports(asked, false),
        "fd.ip" | "fd.net" => nets(asked, true),
        "fd.sip" | "fd.cip" | "fd.lip" | "fd.rip" | "fd.snet" | "fd.cnet" | "fd.lnet"
        | "fd.rnet" => nets(asked, false),
        _ => None,
    }
}

fn family(text: &[u8]) -> Cond {
    match text {
        b"ip" => inet(),
        b"unix" => unix(),
        _ => Cond::False,
    }
}

/// The kinds whose name passes. A kind without a name passes no comparison.
fn kinds(
    asked: &Constraint<'_>,
    word: fn(&peregrine_event::FdKind) -> Option<String>,
) -> Option<Cond> {
    let passes = |own: &[u8]| match asked {
        Constraint::Texts(texts) => Some(texts.contains(&own)),
        Constraint::NotText(text) => Some(*text != own),
        _ => None,
    };
    let mut bits = 0;
    for kind in name_tables::FD_KINDS.iter().filter(|kind| kind.id >= 0) {
        let Some(own) = word(kind) else { continue };
        if passes(own.as_bytes())? {
            bits |= 1_u32 << kind.id;
        }
    }
    Some(if bits == 0 { Cond::False } else { Cond::test(Test::FdKind(bits)) })
}

fn transports(texts: &[&[u8]]) -> Cond {
    let bits = TRANSPORTS
        .iter()
        .filter(|(name, _)| texts.contains(&name.as_bytes()))
        .fold(0, |bits, (_, bit)| bits | bit);
    if bits == 0 { Cond::False } else { Cond::test(Test::Transport(bits)) }
}

fn ports(asked: &Constraint<'_>, either: bool) -> Option<Cond> {
    let between = |from: i128, to: i128| {
        let (from, to) = (from.max(0), to.min(i128::from(u16::MAX)));
        match (u16::try_from(from), u16::try_from(to)) {
            (Ok(from), Ok(to)) if from <= to => Cond::test(Test::Port { from, to, either }),
            _ => Cond::False,
        }
    };
    match asked {
        // A socket without a peer does not have another port either.
        Constraint::NotNumber(_) => Some(Cond::and([inet(), range(asked, between)?])),
        _ => range(asked, between),
    }
}

fn nets(asked: &Constraint<'_>, either: bool) -> Option<Cond> {
    let Constraint::Nets(nets) = asked else { return None };
    let test = |(net, prefix): &(std::net::IpAddr, u8)| {
        Cond::test(Test::Net { net: *net, prefix: *prefix, either })
    };
    Some(Cond::or(nets.iter().map(test)))
}
