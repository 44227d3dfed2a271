//! Events and processes as people write them in tests.

use std::net::{IpAddr, SocketAddr};

use peregrine_event::{
    Descriptor, EventBuilder, EventInfo, EventType, FsPath, Origin, ParamInfo, ParamType,
    TrailerWriter, names, syscalls,
};
use peregrine_yaml::{Body, Node};

/// The thread of all events.
pub(crate) const TID: i64 = 1000;
/// `SCAP_FD_FILE_V2`.
const FILE: u8 = 16;

/// What is wrong with a test, and where.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

pub(crate) fn wrong<T>(node: &Node, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { line: node.place.line, column: node.place.column, message: message.into() })
}

pub(crate) fn text<'n>(node: &'n Node, what: &str) -> Result<&'n str, Wrong> {
    match node.scalar() {
        Some(text) => Ok(text),
        None => wrong(node, format!("{what} must be a single value")),
    }
}

pub(crate) fn texts(node: &Node, what: &str) -> Result<Vec<String>, Wrong> {
    match &node.body {
        Body::Null => Ok(Vec::new()),
        Body::Scalar(text) => Ok(vec![text.clone()]),
        Body::List(list) => list.iter().map(|item| text(item, what).map(str::to_owned)).collect(),
        Body::Map(_) => wrong(node, format!("{what} must be a list")),
    }
}

/// One event: `openat: {name: /etc/shadow, flags: O_RDONLY}`, or only its name.
pub(crate) fn event(node: &Node, ts: u64) -> Result<Vec<u8>, Wrong> {
    let (name, given): (&Node, &[(Node, Node)]) = match &node.body {
        Body::Scalar(_) => (node, &[]),
        Body::Map(pairs) => match pairs.as_slice() {
            [(name, value)] => (name, value.map().unwrap_or_default()),
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
    let mut block = EventBuilder::new(info.event_type(), ts, TID);
    for param in info.params {
        let value = given.iter().find(|(key, _)| key.scalar() == Some(param.name));
        let bytes = match value {
            Some((_, value)) => encode(param, value)?,
            None if param.name == "ID" => {
                call.map_or_else(|| vec![0; 2], |call| call.id.to_le_bytes().to_vec())
            }
            None => default(param),
        };
        block = block.bytes(&bytes);
    }
    let mut block = block.finish();
    block.extend(trailer(info, given)?);
    Ok(block)
}

/// Whether a key is not a parameter but the probe's report of the file: `resolved`, the path it walked,
/// and `inside`, the path inside the file system. Events with a descriptor `fd` have them.
fn reported(info: &EventInfo, key: &str) -> bool {
    matches!(key, "resolved" | "inside") && info.params.iter().any(|param| param.name == "fd")
}

/// What the probe would report of the event's file.
fn trailer(info: &EventInfo, given: &[(Node, Node)]) -> Result<Vec<u8>, Wrong> {
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
    let pid = u32::try_from(TID).unwrap_or_default();
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
        ("tid" | "pid", ParamType::Pid) => TID,
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

/// The acting process and its ancestors, the nearest first, as records of a first snapshot.
pub(crate) fn process(node: Option<&Node>) -> Result<Vec<Vec<u8>>, Wrong> {
    const KEYS: [&str; 9] =
        ["name", "exe", "exepath", "args", "env", "cwd", "uid", "gid", "ancestors"];
    let empty = Node::detached(Body::Null);
    let node = node.unwrap_or(&empty);
    for (key, _) in node.map().unwrap_or_default() {
        let name = text(key, "a property")?;
        if !KEYS.contains(&name) {
            return wrong(key, format!("a process has no {name}; it has {}", KEYS.join(", ")));
        }
    }
    let get = |key: &str, default: &str| -> Result<String, Wrong> {
        node.get(key)
            .map_or_else(|| Ok(default.to_owned()), |value| text(value, key).map(str::to_owned))
    };
    let id = |key: &str| -> Result<u32, Wrong> {
        let Some(value) = node.get(key) else { return Ok(0) };
        text(value, key)?.parse().or_else(|_| wrong(value, format!("{key} must be a number")))
    };
    let list = |key: &str| node.get(key).map_or_else(|| Ok(Vec::new()), |value| texts(value, key));
    let name = get("name", "cat")?;
    let mut chain = vec![name];
    chain.extend(list("ancestors")?);
    let mut blocks = Vec::new();
    let chain: Vec<(i64, String)> = (0..).zip(chain).collect();
    for (distance, name) in chain.iter().rev() {
        // An ancestor given by its path is named after the file.
        let path = name.starts_with('/').then(|| name.clone());
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let path = path.unwrap_or_else(|| format!("/usr/bin/{name}"));
        let distance = *distance;
        let tid = TID - distance;
        let last = usize::try_from(distance).is_ok_and(|distance| distance + 1 == chain.len());
        let acts = distance == 0;
        let own = |value: String, other: String| if acts { value } else { other };
        let exe = own(get("exe", &name)?, name.clone());
        let exepath = own(get("exepath", &path)?, path.clone());
        let args = if acts { list("args")? } else { Vec::new() };
        let env = if acts { list("env")? } else { Vec::new() };
        let small = |number: i64| i32::try_from(number).unwrap_or(0);
        let argv: Vec<&[u8]> =
            std::iter::once(exe.as_bytes()).chain(args.iter().map(String::as_bytes)).collect();
        let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
            .i32(if last { 0 } else { small(tid - 1) })
            .i32(small(tid))
            .i32(small(tid))
            .i32(small(tid))
            .str(name.as_bytes())
            .strs(argv)
            .str(exepath.as_bytes())
            .u32(0)
            .strs(env.iter().map(String::as_bytes))
            .str(get("cwd", "/root")?.as_bytes())
            .u64(1024)
            .u32(id("uid")?)
            .u32(id("gid")?);
        blocks.push(block.finish());
    }
    Ok(blocks)
}
