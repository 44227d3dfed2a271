//! Events as people write them in tests.

use std::net::{IpAddr, SocketAddr};

use peregrine_event::{
    Descriptor, EventBuilder, EventInfo, EventType, FsPath, Origin, ParamInfo, ParamType,
    TrailerWriter, names, syscalls,
};
use peregrine_yaml::{Body, Node};

use super::node::{Wrong, text, texts, wrong};
use super::process::Cast;

/// `SCAP_FD_FILE_V2`.
const FILE: u8 = 16;

/// One event: `openat: {name: /etc/shadow, flags: O_RDONLY}`, or only its name. What it does not say comes
/// from the process.
pub(crate) fn event(node: &Node, ts: u64, cast: &Cast) -> Result<Vec<u8>, Wrong> {
    let (name, given): (&Node, &[(Node, Node)]) = match &node.body {
        Body::Scalar(_) => (node, &[]),
        Body::Map(pairs) => match pairs.as_slice() {
            [(name, Node { body: Body::Null, .. })] => (name, &[]),
            [(name, Node { body: Body::Map(given), .. })] => (name, given),
            [(_, value)] => {
                return wrong(
                    value,
                    "the parameters of an event are a map: `openat: {name: /etc/shadow}`",
                );
            }
            _ => return wrong(node, "an event has one name: `openat: {name: /etc/shadow}`"),
        },
        _ => return wrong(node, "an event is a name with its parameters"),
    };
    let event_name = text(name, "the name of an event")?;
    let code = EventType::newest(event_name, true).or_else(|| EventType::newest(event_name, false));
    let call = syscalls::by_name(event_name);
    let Some(info) = code
        .or_else(|| call.and_then(peregrine_event::syscalls::Syscall::event))
        .and_then(EventType::info)
    else {
        return wrong(
            name,
            format!("no event is called {event_name}; `peregrine events` lists them"),
        );
    };
    for (key, _) in given {
        let key_name = text(key, "a parameter")?;
        if reported(info, key_name) {
            continue;
        }
        if !info.params.iter().any(|param| param.name == key_name) {
            let known: Vec<&str> = info.params.iter().map(|param| param.name).collect();
            return wrong(
                key,
                format!("{event_name} has no parameter {key_name}; it has {}", known.join(", ")),
            );
        }
    }
    if let Body::Map(events) = &node.body
        && let Some(again) = events.iter().find_map(|(_, given)| given.repeated().next())
    {
        return wrong(again, format!("{} is there twice", again.scalar().unwrap_or("it")));
    }
    // A path of a program, however it is given.
    let program = ["trusted_exepath", "filename", "exe"].iter().find_map(|key| {
        let (_, value) = given.iter().find(|(name, _)| name.scalar() == Some(key))?;
        value.scalar().filter(|path| path.starts_with('/'))
    });
    let (tid, pid) = cast.thread();
    let mut block = EventBuilder::new(info.event_type(), ts, tid);
    for param in info.params {
        let value = given.iter().find(|(key, _)| key.scalar() == Some(param.name));
        let bytes = match value {
            Some((_, value)) => encode(param, value)?,
            None if param.name == "ID" => {
                call.map_or_else(|| vec![0; 2], |call| call.id.to_le_bytes().to_vec())
            }
            None => cast.parameter(info, param.name, program).unwrap_or_else(|| default(param)),
        };
        block = block.bytes(&bytes);
    }
    let mut block = block.finish();
    block.extend(trailer(info, given, pid)?);
    Ok(block)
}

/// Whether a key is not a parameter but the probe's report of the file: `resolved`, the path it walked,
/// and `inside`, the path inside the file system. Events with a descriptor `fd` have them.
fn reported(info: &EventInfo, key: &str) -> bool {
    matches!(key, "resolved" | "inside") && info.params.iter().any(|param| param.name == "fd")
}

/// What the probe would report of the event's file.
fn trailer(info: &EventInfo, given: &[(Node, Node)], pid: i64) -> Result<Vec<u8>, Wrong> {
    let find = |name: &str| given.iter().find(|(key, _)| key.scalar() == Some(name));
    let word = |name: &'static str| {
        find(name).filter(|_| reported(info, name)).map(|(_, node)| text(node, name)).transpose()
    };
    let (resolved, inside) = (word("resolved")?, word("inside")?);
    let fd = find("fd").and_then(|(_, node)| node.scalar()).map_or(Some(3), |fd| fd.parse().ok());
    let (Some(fd), true) = (fd, resolved.is_some() || inside.is_some()) else {
        return Ok(Vec::new());
    };
    let asked = find("name").and_then(|(_, node)| node.scalar()).unwrap_or_default();
    let pid = u32::try_from(pid).unwrap_or_default();
    let trailer = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid });
    let trailer = trailer.descriptor(&Descriptor {
        fd,
        kind: FILE,
        role: 0,
        open_flags: 1,
        dev: 1,
        mnt: 1,
        ino: 1,
        payload: resolved.unwrap_or(asked).as_bytes(),
    });
    Ok(match inside {
        Some(path) => trailer.fs_path(&FsPath { fd, path: path.as_bytes() }).finish(),
        None => trailer.finish(),
    })
}

/// The value of a parameter without a given one: a successful call on descriptor 3.
fn default(param: &ParamInfo) -> Vec<u8> {
    let number = match (param.name, param.ty) {
        ("fd", ParamType::Fd) => 3_i64,
        ("dirfd" | "olddirfd" | "newdirfd" | "olddir" | "newdir" | "linkdirfd", _) => -100,
        _ => 0,
    };
    param
        .ty
        .size()
        .map_or_else(Vec::new, |size| number.to_le_bytes().into_iter().take(size).collect())
}

fn encode(param: &ParamInfo, node: &Node) -> Result<Vec<u8>, Wrong> {
    let with_nul = |text: &str| [text.as_bytes(), b"\0"].concat();
    match param.ty {
        ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => {
            Ok(with_nul(text(node, param.name)?))
        }
        ParamType::Bytebuf | ParamType::Charbufarray => {
            // One text is bytes; a list is texts, each with a NUL behind it.
            Ok(match &node.body {
                Body::Scalar(text) => text.clone().into_bytes(),
                _ => texts(node, param.name)?.iter().flat_map(|text| with_nul(text)).collect(),
            })
        }
        ParamType::Socktuple => tuple(node),
        ParamType::Sockaddr => address(text(node, param.name)?).map_or_else(
            || wrong(node, "an address is written 10.0.0.1:80 or [::1]:80"),
            |(family, end)| Ok([vec![family], end].concat()),
        ),
        ty => {
            let text = text(node, param.name)?;
            let Some(number) = number(param, text) else {
                return wrong(
                    node,
                    format!("{text} is no value for {} ({})", param.name, ty.name()),
                );
            };
            Ok(ty.size().map_or_else(Vec::new, |size| {
                number.to_le_bytes().into_iter().take(size).collect()
            }))
        }
    }
}

/// A number, the name of an error (negative, as calls return it), or flags joined by `|`.
fn number(param: &ParamInfo, text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok();
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok();
    }
    if matches!(param.ty, ParamType::Errno | ParamType::Fd | ParamType::Pid) {
        return names::number(text).map(|number| -number);
    }
    if param.ty == ParamType::Sigtype {
        return names::number(text);
    }
    let table = param.names?;
    text.split('|').try_fold(0, |sum, name| {
        table.iter().find(|row| row.name == name.trim()).map(|row| sum | row.value)
    })
}

fn address(text: &str) -> Option<(u8, Vec<u8>)> {
    let end: SocketAddr = text.trim().parse().ok()?;
    let (family, mut bytes) = match end.ip() {
        IpAddr::V4(ip) => (2, ip.octets().to_vec()),
        IpAddr::V6(ip) => (10, ip.octets().to_vec()),
    };
    bytes.extend_from_slice(&end.port().to_le_bytes());
    Some((family, bytes))
}

fn tuple(node: &Node) -> Result<Vec<u8>, Wrong> {
    let written = text(node, "tuple")?;
    let ends = written.split_once("->").and_then(|(from, to)| Some((address(from)?, address(to)?)));
    match ends {
        Some(((family, from), (_, to))) => Ok([vec![family], from, to].concat()),
        None => wrong(node, "a tuple is written 10.0.0.1:40000->10.0.0.2:80"),
    }
}
