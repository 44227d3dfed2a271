//! What the kernel can decide of a call's process and of its descriptor.

use peregrine_event::{EventType, name_tables};
use peregrine_fields::{Arg, Field};
use peregrine_filter::Asked;
use peregrine_kfilter::{Test, Whose};

use crate::pushdown::Cond;

/// Calls that work on the descriptor among their arguments, the first one, and tell what it is.
pub(crate) const ON_DESCRIPTORS: [EventType; 16] = [
    EventType::SYSCALL_READ_X,
    EventType::SYSCALL_READV_X,
    EventType::SYSCALL_PREAD_X,
    EventType::SYSCALL_PREADV_X,
    EventType::SYSCALL_WRITE_X,
    EventType::SYSCALL_WRITEV_X,
    EventType::SYSCALL_PWRITE_X,
    EventType::SYSCALL_PWRITEV_X,
    EventType::SOCKET_SEND_X,
    EventType::SOCKET_RECV_X,
    EventType::SOCKET_SENDTO_X,
    EventType::SOCKET_SENDMSG_X,
    EventType::SOCKET_SENDMMSG_X,
    EventType::SOCKET_RECVFROM_X,
    EventType::SOCKET_RECVMSG_X,
    EventType::SOCKET_RECVMMSG_X,
];

/// Of these, the ones from which the picture learns whom a socket speaks with, where it is no
/// connection.
pub(crate) const EXCHANGES: [EventType; 6] = [
    EventType::SOCKET_SENDTO_X,
    EventType::SOCKET_SENDMSG_X,
    EventType::SOCKET_SENDMMSG_X,
    EventType::SOCKET_RECVFROM_X,
    EventType::SOCKET_RECVMSG_X,
    EventType::SOCKET_RECVMMSG_X,
];

/// One call makes many events, each with a result of its own.
pub(crate) const MANY: [EventType; 2] =
    [EventType::SOCKET_SENDMMSG_X, EventType::SOCKET_RECVMMSG_X];

/// `SCAP_FD_*`.
const UNIX: u32 = 1 << 8;
const INET: u32 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6;
/// `SCAP_L4_*` by the names rules have for them.
const TRANSPORTS: [(&str, u32); 5] =
    [("<NA>", 1 << 1), ("tcp", 1 << 2), ("udp", 1 << 3), ("icmp", 1 << 4), ("raw", 1 << 5)];

/// A unix socket.
pub(crate) fn unix() -> Cond {
    Cond::test(Test::FdKind(UNIX))
}

fn inet() -> Cond {
    Cond::test(Test::FdKind(INET))
}

/// What the kernel knows of a comparison about the process.
pub(crate) fn of_process(field: &Field, asked: &Asked<'_>) -> Option<Cond> {
    match (field.info.name, &field.arg) {
        ("proc.name", Arg::None) => match asked {
            Asked::NotText(_) => name(Whose::Own, asked).map(Cond::not),
            _ => name(Whose::Own, asked),
        },
        ("proc.pname", Arg::None) => name(Whose::Parent, asked).filter(|_| is_in(asked)),
        ("proc.aname", Arg::Index(1)) => name(Whose::Parent, asked).filter(|_| is_in(asked)),
        ("proc.aname", Arg::None) => name(Whose::Above, asked).filter(|_| is_in(asked)),
        ("user.uid", Arg::None) => uid(asked),
        ("container.id", Arg::None) => match asked {
            Asked::Texts(texts) if texts.iter().all(|text| *text == b"host") => {
                Some(Cond::test(Test::Container).not())
            }
            Asked::NotText(b"host") => Some(Cond::test(Test::Container)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether one of several values is asked for: who has none is not asked, whichever way.
fn is_in(asked: &Asked<'_>) -> bool {
    matches!(asked, Asked::Texts(_))
}

fn name(whose: Whose, asked: &Asked<'_>) -> Option<Cond> {
    let mut names: Vec<Vec<u8>> = match asked {
        Asked::Texts(texts) => texts.iter().map(|text| text.to_vec()).collect(),
        Asked::NotText(text) => vec![text.to_vec()],
        _ => return None,
    };
    // What stands for a name nobody knows is no process's.
    if names.iter().any(|name| name.starts_with(b"<")) {
        return None;
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Some(Cond::False);
    }
    Some(Cond::test(Test::ProcessName(whose, names)))
}

fn uid(asked: &Asked<'_>) -> Option<Cond> {
    let between = |from: i128, to: i128| {
        let (from, to) = (from.max(0), to.min(i128::from(u32::MAX)));
        match (u32::try_from(from), u32::try_from(to)) {
            (Ok(from), Ok(to)) if from <= to => Cond::test(Test::Uid { from, to }),
            _ => Cond::False,
        }
    };
    range(asked, between)
}

/// A comparison of numbers as tests of whether they lie between two.
fn range(asked: &Asked<'_>, between: impl Fn(i128, i128) -> Cond) -> Option<Cond> {
    match asked {
        Asked::Numbers(numbers) => {
            let mut numbers = numbers.clone();
            numbers.sort_unstable();
            let mut ranges: Vec<(i128, i128)> = Vec::new();
            for number in numbers {
                match ranges.last_mut() {
                    Some((_, to)) if number <= *to + 1 => *to = number,
                    _ => ranges.push((number, number)),
                }
            }
            Some(Cond::or(ranges.into_iter().map(|(from, to)| between(from, to))))
        }
        Asked::NotNumber(number) => Some(between(*number, *number).not()),
        Asked::Below(number) => Some(between(i128::MIN, *number - 1)),
        Asked::AtLeast(number) => Some(between(*number, i128::MAX)),
        _ => None,
    }
}

/// What the kernel knows of a comparison about the descriptor of one of [`ON_DESCRIPTORS`].
pub(crate) fn of_descriptor(field: &Field, asked: &Asked<'_>) -> Option<Cond> {
    if !matches!(field.arg, Arg::None) {
        return None;
    }
    let of_kind = |word: fn(&peregrine_event::FdKind) -> Option<String>| kinds(asked, word);
    match field.info.name {
        // What has no word of its own has the one that stands for unknown things.
        "fd.type" => of_kind(|kind| Some(kind.word.unwrap_or("<NA>").to_owned())),
        "fd.typechar" => of_kind(|kind| kind.letter.map(String::from)),
        "fd.sockfamily" => match asked {
            Asked::Texts(texts) => Some(Cond::or(texts.iter().map(|text| family(text)))),
            Asked::NotText(b"ip") => Some(unix()),
            Asked::NotText(b"unix") => Some(inet()),
            Asked::NotText(_) => Some(Cond::or([unix(), inet()])),
            _ => None,
        },
        "fd.l4proto" => match asked {
            Asked::Texts(texts) => Some(transports(texts)),
            Asked::NotText(text) => Some(transports(&[text]).not()),
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

/// The kinds whose word passes. A kind without one passes no comparison.
fn kinds(asked: &Asked<'_>, word: fn(&peregrine_event::FdKind) -> Option<String>) -> Option<Cond> {
    let passes = |own: &[u8]| match asked {
        Asked::Texts(texts) => Some(texts.contains(&own)),
        Asked::NotText(text) => Some(*text != own),
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

fn ports(asked: &Asked<'_>, either: bool) -> Option<Cond> {
    let between = |from: i128, to: i128| {
        let (from, to) = (from.max(0), to.min(i128::from(u16::MAX)));
        match (u16::try_from(from), u16::try_from(to)) {
            (Ok(from), Ok(to)) if from <= to => Cond::test(Test::Port { from, to, either }),
            _ => Cond::False,
        }
    };
    match asked {
        // What has no ends is not another port either.
        Asked::NotNumber(_) => Some(Cond::and([inet(), range(asked, between)?])),
        _ => range(asked, between),
    }
}

fn nets(asked: &Asked<'_>, either: bool) -> Option<Cond> {
    let Asked::Nets(nets) = asked else { return None };
    let test = |(net, prefix): &(std::net::IpAddr, u8)| {
        Cond::test(Test::Net { net: *net, prefix: *prefix, either })
    };
    Some(Cond::or(nets.iter().map(test)))
}

/// A test of the process or the descriptor in words.
pub(crate) fn words(test: &Test) -> Option<String> {
    let of_bits = |bits: u32, name: &dyn Fn(u32) -> Option<&'static str>| {
        let mut named: Vec<&str> = Vec::new();
        for word in (0..32).filter(|bit| bits >> bit & 1 == 1).filter_map(name) {
            if !named.contains(&word) {
                named.push(word);
            }
        }
        named.join(" or ")
    };
    let between = |from: u32, to: u32, most: u32| match (from, to) {
        (from, to) if from == to => format!("{from}"),
        (0, to) => format!("at most {to}"),
        (from, to) if to == most => format!("at least {from}"),
        (from, to) => format!("{from} to {to}"),
    };
    let end = |either: bool| if either { "one end" } else { "that end" };
    Some(match test {
        Test::FdKind(bits) => {
            let word = |bit: u32| {
                let row =
                    name_tables::FD_KINDS.iter().find(|kind| u32::try_from(kind.id) == Ok(bit));
                row.map(|kind| kind.word.unwrap_or("something else"))
            };
            format!("the descriptor is {}", of_bits(*bits, &word))
        }
        Test::Transport(bits) => {
            let word = |bit: u32| {
                let row = TRANSPORTS.iter().find(|(_, own)| *own == 1 << bit);
                row.map(|(name, _)| if *name == "<NA>" { "none" } else { name })
            };
            format!("the transport is {}", of_bits(*bits, &word))
        }
        Test::Unmet => "it is an internet socket without another end".to_owned(),
        Test::Port { from, to, either } => {
            let ports = between((*from).into(), (*to).into(), u16::MAX.into());
            format!("the port of {} is {ports}", end(*either))
        }
        Test::Net { net, prefix, either } => {
            format!("the address of {} is in {net}/{prefix}", end(*either))
        }
        Test::ProcessName(whose, names) => {
            let whose = match whose {
                Whose::Own => "the process",
                Whose::Parent => "its parent",
                Whose::Above => "a process above it",
            };
            let shown: Vec<_> =
                names.iter().take(3).map(|name| String::from_utf8_lossy(name)).collect();
            let more = names.len().saturating_sub(3);
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            format!("{whose} is called {}{more}", shown.join(" or "))
        }
        Test::Uid { from, to } => format!("the user is {}", between(*from, *to, u32::MAX)),
        Test::Container => "it runs in a container".to_owned(),
        _ => return None,
    })
}
