//! `fd.*`.

use std::net::Ipv6Addr;

use peregrine_filter::{Together, Value};
use peregrine_state::{Endpoint, FdInfo, Role, Socket, is_local, kinds};

use crate::catalogue::{Each, Get};
use crate::container;
use crate::context::EventContext;
use crate::render::{clean, param_text};

/// Every character of which one may be a value.
static ASCII: [u8; 128] = {
    let mut all = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        all[byte as usize] = byte;
        byte += 1;
    }
    all
};

/// Ports rules may write as names.
const SERVICES: [(&str, u16); 16] = [
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("http", 80),
    ("pop3", 110),
    ("ntp", 123),
    ("imap2", 143),
    ("snmp", 161),
    ("ldap", 389),
    ("https", 443),
    ("syslog", 514),
    ("mysql", 3306),
    ("postgresql", 5432),
    ("redis", 6379),
];

pub(crate) fn service_port(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(service, _)| *service == name).map(|(_, port)| *port)
}

fn socket(c: &EventContext<'_>) -> Option<Socket> {
    c.fd()?.socket
}

/// Whether the end that was asked is of this machine: so Falco tells who serves, whatever the
/// process did.
fn serves(c: &EventContext<'_>, socket: &Socket) -> bool {
    socket.server.is_some_and(|end| is_local(c.outside, end.ip))
}

/// The end on this machine and the other one; which is which is known once somebody spoke.
fn ends(c: &EventContext<'_>) -> Option<(Option<Endpoint>, Option<Endpoint>)> {
    let info = c.fd().filter(|info| matches!(info.kind, kinds::IPV4_SOCK | kinds::IPV6_SOCK))?;
    let socket = info.socket.filter(|socket| socket.role != Role::Unknown)?;
    // Where both ends are of this machine the one that asked counts as here.
    Some(if socket.client.is_some_and(|end| is_local(c.outside, end.ip)) {
        (socket.client, socket.server)
    } else {
        (socket.server, socket.client)
    })
}

fn local(c: &EventContext<'_>) -> Option<Endpoint> {
    ends(c)?.0
}

fn remote(c: &EventContext<'_>) -> Option<Endpoint> {
    ends(c)?.1
}

fn ip(end: Option<Endpoint>) -> Option<Value<'static>> {
    Some(Value::Ip(end?.ip))
}

fn port(end: Option<Endpoint>) -> Option<Value<'static>> {
    Some(Value::Uint(end?.port.into()))
}

fn either(one: Option<Value<'static>>, other: Option<Value<'static>>) -> Option<Value<'static>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Value::Either(Box::new([one, other]))),
        (one, other) => one.or(other),
    }
}

/// The names rules have for an address; more than one rule may mean the same host.
fn host(c: &EventContext<'_>, end: Option<Endpoint>) -> Option<Value<'static>> {
    let mut names = None;
    c.outside
        .host_names(end?.ip, &mut |name| names = either(names.take(), Some(Value::string(name))));
    names
}

/// The protocol by its port. Falco gives the number, not a name.
fn service(end: Option<Endpoint>) -> Option<Value<'static>> {
    Some(Value::string(end?.port.to_string()))
}

/// Sockets that wait have a protocol without a name.
fn protocol(c: &EventContext<'_>, end: fn(&Socket) -> Option<Endpoint>) -> Option<Value<'static>> {
    let info = c.fd()?;
    match info.kind {
        kinds::IPV4_SOCK | kinds::IPV6_SOCK => service(end(&info.socket?)),
        kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK => Some(Value::str(b"")),
        _ => None,
    }
}

/// The part of a path before its last slash, and the part behind it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) => (b"/", path.get(1..).unwrap_or_default()),
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => (b"/", path),
    }
}

/// The descriptor; a call that failed to make one has a name but nothing of a type.
fn open<'c>(c: &EventContext<'c>) -> Option<&'c FdInfo> {
    c.fd().filter(|_| c.state.event_fd_number().is_some_and(|number| number >= 0))
}

fn path<'c>(c: &EventContext<'c>) -> Option<&'c FdInfo> {
    c.fd().filter(|info| info.is_path())
}

fn family(info: &FdInfo) -> Option<&'static str> {
    match info.kind {
        kinds::IPV4_SOCK | kinds::IPV6_SOCK | kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK => {
            Some("ip")
        }
        kinds::UNIX_SOCK => Some("unix"),
        _ => None,
    }
}

fn is_server(c: &EventContext<'_>) -> Option<bool> {
    let info = c.fd()?;
    if matches!(info.kind, kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK) {
        return Some(true);
    }
    // An IPv6 socket that has not met anybody has the address ::, which is of the loop's network.
    let blank = info.kind == kinds::IPV6_SOCK && info.socket.is_none_or(|one| one.server.is_none());
    let loops = || is_local(c.outside, Ipv6Addr::UNSPECIFIED.into());
    Some((blank && loops()) || info.socket.is_some_and(|socket| serves(c, &socket)))
}

/// Major and minor number of a device as captures encode it.
fn major(dev: u32) -> i64 {
    i64::from((dev & 0xfff0_0000) >> 20)
}

fn minor(dev: u32) -> i64 {
    i64::from(dev & 0x000f_ffff)
}

/// A name behind the id of the thread's container; nothing where there is none.
fn chained<'v>(c: &EventContext<'v>, name: &[u8]) -> Option<Value<'v>> {
    let id = container::inside(c.thread()?).map_or(&b""[..], |found| found.short_id());
    c.text(|out| {
        for part in [id, b":", name] {
            out.extend_from_slice(part);
        }
        Some(())
    })
}

/// Fields about both ends of a connection.
pub(crate) fn each(name: &str) -> Option<Each> {
    /// Hands out what is known of either end.
    fn ends(
        c: &EventContext<'_>,
        take: &mut dyn FnMut(&Value<'_>),
        value: fn(Option<Endpoint>) -> Option<Value<'static>>,
    ) -> Together {
        if let Some(socket) = socket(c) {
            [socket.client, socket.server].into_iter().filter_map(value).for_each(|one| take(&one));
        }
        Together::Either
    }
    let each: Each = match name {
        "fd.ip" | "fd.net" => |c, take| ends(c, take, ip),
        "fd.port" | "fd.proto" => |c, take| ends(c, take, port),
        _ => return None,
    };
    Some(each)
}

/// Fields that compare with the names of hosts, whose addresses somebody has to ask for.
pub const HOST_NAMES: [&str; 4] = ["fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name"];

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "fd.num" => |c, _| c.state.event_fd_number().map(Value::Int),
        "fd.type" => |c, _| {
            let word = open(c)?.kind_row().and_then(|row| row.word);
            Some(Value::str(word.unwrap_or("<NA>").as_bytes()))
        },
        // Of a descriptor nobody knows it is "other".
        "fd.typechar" => |c, _| match open(c) {
            Some(info) => {
                let place = u32::from(info.kind_row()?.letter?) as usize;
                ASCII.get(place..=place).map(Value::str)
            }
            None => c.state.event_fd_number().map(|_| Value::str(b"o")),
        },
        // An event on a descriptor nobody knows has an empty name, one without a descriptor none.
        "fd.name" => |c, _| {
            c.state.event_fd_number()?;
            Some(match c.fd() {
                Some(info) => clean(c.fd_name(info)),
                // An accept that failed has what it was told of its peer.
                None if c.event.view.info().name.starts_with("accept") => {
                    Value::string(param_text(c, 1)?.plain)
                }
                None => Value::str(b""),
            })
        },
        "fd.containername" => |c, _| chained(c, c.fd_name(c.fd()?)),
        "fd.containerdirectory" => |c, _| chained(c, split(c.fd_name(path(c)?)).0),
        "fd.name.resolved" => |c, _| c.fd()?.resolved.as_ref().map(|name| Value::str(name)),
        "fd.procfs.pid" => |c, _| {
            let fd = c.state.event_fd_number()?;
            c.event.facts.process_folder(fd).map(Value::Int)
        },
        "fd.nameraw" => |c, _| {
            c.fd().filter(|info| !info.name_raw.is_empty()).map(|info| Value::str(&info.name_raw))
        },
        "fd.directory" => |c, _| {
            // Of a descriptor nobody knows it is the root.
            if c.fd().is_none() && c.state.event_fd_number().is_some() {
                return Some(Value::str(b"/"));
            }
            path(c).map(|info| match info.kind {
                kinds::DIRECTORY => Value::str(c.fd_name(info)),
                _ => Value::str(split(c.fd_name(info)).0),
            })
        },
        "fd.filename" => |c, _| {
            let file = path(c).filter(|info| info.kind != kinds::DIRECTORY)?;
            let file = c.fd_name(file);
            Some(match split(file).1 {
                b"" => Value::str(b"/"),
                _ if !file.contains(&b'/') => Value::str(b"/"),
                name => Value::str(name),
            })
        },
        "fd.ip" => |c, _| either(ip(socket(c)?.client), ip(socket(c)?.server)),
        "fd.net" => |c, _| either(ip(socket(c)?.client), ip(socket(c)?.server)),
        "fd.port" => |c, _| either(port(socket(c)?.client), port(socket(c)?.server)),
        "fd.cip" | "fd.cnet" => |c, _| ip(socket(c)?.client),
        "fd.sip" | "fd.snet" => |c, _| ip(socket(c)?.server),
        "fd.lip" | "fd.lnet" => |c, _| ip(local(c)),
        "fd.rip" | "fd.rnet" => |c, _| ip(remote(c)),
        "fd.cip.name" => |c, _| host(c, socket(c)?.client),
        "fd.sip.name" => |c, _| host(c, socket(c)?.server),
        "fd.lip.name" => |c, _| host(c, local(c)),
        "fd.rip.name" => |c, _| host(c, remote(c)),
        "fd.cport" => |c, _| port(socket(c)?.client),
        "fd.sport" => |c, _| port(socket(c)?.server),
        "fd.lport" => |c, _| port(local(c)),
        "fd.rport" => |c, _| port(remote(c)),
        "fd.proto" => |c, _| either(port(socket(c)?.client), port(socket(c)?.server)),
        "fd.cproto" => |c, _| match c.fd()? {
            info if info.kind == kinds::UNIX_SOCK => info.unix.map(|_| Value::str(b"")),
            _ => protocol(c, |socket| socket.client),
        },
        "fd.sproto" => |c, _| protocol(c, |socket| socket.server),
        "fd.lproto" => |c, _| service(local(c)),
        "fd.rproto" => |c, _| service(remote(c)),
        "fd.l4proto" => |c, _| {
            let socket = c.fd()?.socket.filter(|socket| socket.role != Role::Unknown);
            let name = socket.and_then(|socket| socket.l4.name());
            Some(Value::str(name.unwrap_or("<NA>").as_bytes()))
        },
        "fd.sockfamily" => |c, _| family(c.fd()?).map(|name| Value::str(name.as_bytes())),
        "fd.is_server" => |c, _| is_server(c).map(Value::Bool),
        "fd.connected" => |c, _| {
            let connected = c.fd()?.socket.is_some_and(|socket| socket.connected);
            Some(Value::Bool(connected))
        },
        "fd.name_changed" => |c, _| Some(Value::Bool(c.fd()?.name_changed)),
        "fd.uid" => |c, _| {
            let number = c.state.event_fd_number()?;
            Some(Value::string(format!("{}{number}", c.event.view.tid())))
        },
        "fd.dev" => |c, _| c.fd().map(|info| Value::Int(info.dev.into())),
        "fd.dev.major" => |c, _| c.fd().map(|info| Value::Int(major(info.dev))),
        "fd.dev.minor" => |c, _| c.fd().map(|info| Value::Int(minor(info.dev))),
        "fd.ino" => |c, _| c.fd().map(|info| Value::Int(info.ino.cast_signed())),
        "fd.is_upper_layer" => |c, _| c.fd().map(|info| Value::Bool(info.upper_layer)),
        "fd.is_lower_layer" => |c, _| c.fd().map(|info| Value::Bool(info.lower_layer)),
        "fd.types" => |c, arg| {
            let process = c.state.process_of(c.thread()?)?;
            let word = |info: &FdInfo| info.kind_row().and_then(|kind| kind.word);
            let mut words: Vec<&str> = match arg.index() {
                Some(number) => process.fds.get(&number).and_then(word).into_iter().collect(),
                None => process.fds.values().filter_map(word).collect(),
            };
            words.sort_unstable();
            words.dedup();
            Some(Value::List(words.into_iter().map(|word| Value::str(word.as_bytes())).collect()))
        },
        _ => return None,
    };
    Some(get)
}
