//! `fd.*`.

use std::net::{IpAddr, Ipv4Addr};

use peregrine_event::EventFlags;
use peregrine_filter::{Together, Value};
use peregrine_state::{Endpoint, FdInfo, Role, is_local, kinds};

use crate::container;
use crate::context::EventContext;
use crate::getter::{Each, Get};
use crate::render::{clean, param_text, replaced};

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

/// Whether an address is of this machine, or of the network namespace that the socket is in where that is
/// another one: there the end that is here has it, or the loop. In a container, of which no interface is
/// known, it is the container's, or where nobody knows that, any known container's; live the machine's own
/// count as well.
fn is_here(c: &EventContext<'_>, info: &FdInfo, ip: IpAddr) -> bool {
    if let Some(own) = info.socket.elsewhere {
        return ip == own || ip.is_loopback();
    }
    let inside = c.thread().filter(|_| c.containers).and_then(container::inside);
    if let Some(found) = inside {
        let live = c.event.trailer.origin().is_some();
        match ip {
            IpAddr::V6(_) if !live => return false,
            IpAddr::V6(_) => {}
            IpAddr::V4(ip) => {
                let known = std::str::from_utf8(found.short_id()).ok();
                let own = known.and_then(|id| c.state.container(id)?.ip.parse::<Ipv4Addr>().ok());
                match own.filter(|own| !own.is_unspecified()) {
                    Some(own) if own == ip => return true,
                    Some(_) => {}
                    None if c.state.is_of_container(ip) => return true,
                    None if !live => return false,
                    None => {}
                }
            }
        }
    }
    is_local(c.outside, ip)
}

/// The end on this machine and the other one; which is which is known once somebody spoke.
fn ends(c: &EventContext<'_>) -> Option<(Option<Endpoint>, Option<Endpoint>)> {
    let info = open(c).filter(|info| matches!(info.kind, kinds::IPV4_SOCK | kinds::IPV6_SOCK))?;
    let (client, server) = (info.client()?, info.server()?);
    // Where both ends are of this machine the one that asked counts as here.
    Some(if is_here(c, info, client.ip) {
        (Some(client), Some(server))
    } else {
        (Some(server), Some(client))
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

fn shown_net(address: Option<Value<'static>>) -> Option<Value<'static>> {
    address.map(|_| Value::str(b"<IPNET>"))
}

/// What outputs have of a field that is compared with networks: that there is an address, not which.
pub(crate) fn network_in_output(name: &str) -> Option<Get> {
    Some(match name {
        "fd.cnet" => |c, _| shown_net(ip(open(c)?.client())),
        "fd.snet" => |c, _| shown_net(ip(open(c)?.server())),
        "fd.lnet" => |c, _| shown_net(ip(local(c))),
        "fd.rnet" => |c, _| shown_net(ip(remote(c))),
        _ => return None,
    })
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

/// The part of a path before its last slash.
fn directory(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) | None => b"/",
        // A slash at the end ends no name.
        Some(at) if at + 1 == path.len() => path,
        Some(at) => path.get(..at).unwrap_or_default(),
    }
}

/// The part behind it.
fn file(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        None => b"/",
        Some(at) if at + 1 == path.len() => path,
        Some(at) => path.get(at + 1..).unwrap_or_default(),
    }
}

/// The descriptor; a call that failed to make one has a name but nothing else.
fn open<'c>(c: &EventContext<'c>) -> Option<&'c FdInfo> {
    let number = c.state.event_fd_number()?;
    c.fd().filter(|info| number >= 0 || info.kind == kinds::UNINITIALIZED)
}

/// Whether the event is about descriptors at all.
fn about_descriptors(c: &EventContext<'_>) -> bool {
    let flags = c.event.view.info().flags;
    [EventFlags::CREATES_FD, EventFlags::USES_FD, EventFlags::DESTROYS_FD]
        .into_iter()
        .any(|flag| flags.has(flag))
}

/// What stands for the name of a descriptor nobody knows: nothing, but of an accept or connection what it
/// was reported of its peer.
fn of_nobody<'c>(c: &EventContext<'c>) -> Option<Value<'c>> {
    c.state.event_fd_number()?;
    let name = c.event.view.info().name;
    if name.starts_with("accept") || name == "connect" {
        return Some(Value::string(param_text(c, 1)?.plain));
    }
    Some(Value::str(b""))
}

/// The name of the descriptor, or of what a call did not open.
fn name_of<'c>(c: &EventContext<'c>) -> Option<Value<'c>> {
    match c.fd() {
        // It is not known what was to be opened.
        Some(info)
            if info.name.is_empty()
                && open(c).is_none()
                && c.event.view.info().name == "open_by_handle_at" =>
        {
            None
        }
        Some(info) => Some(clean(c.fd_name(info))),
        None => of_nobody(c),
    }
}

/// Slashes that follow each other are one.
fn single_slashes(path: &[u8]) -> Option<Vec<u8>> {
    let doubled = |two: &[u8]| two == b"//";
    path.windows(2).any(doubled).then(|| {
        let mut out = path.to_vec();
        out.dedup_by(|one, before| *one == b'/' && *before == b'/');
        out
    })
}

/// A file or folder, or the name of what a call did not open.
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
    let info = open(c)?;
    Some(match info.kind {
        kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK => true,
        // So Falco decides who serves, whatever the process did.
        _ => info.destination().is_some_and(|end| is_here(c, info, end.ip)),
    })
}

/// Major and minor number of a device as captures encode it.
fn major(dev: u32) -> i64 {
    i64::from((dev & 0x000f_ff00) >> 8)
}

fn minor(dev: u32) -> i64 {
    i64::from((dev & 0xff) | ((dev >> 12) & 0x000f_ff00))
}

/// A port as text; Falco gives the number of a protocol, not its name. None where it has no part in a
/// connection.
fn service(info: &FdInfo, end: fn(&FdInfo) -> Option<Endpoint>) -> Option<Value<'static>> {
    Some(match info.kind {
        kinds::IPV4_SOCK | kinds::IPV6_SOCK => Value::string(end(info)?.port.to_string()),
        _ => Value::str(b""),
    })
}

/// A name behind the id of the thread's container; nothing before the colon where there is none.
fn chained<'v>(c: &EventContext<'v>, name: &[u8]) -> Option<Value<'v>> {
    let inside = container::inside(c.thread()?).filter(|_| c.containers);
    let id = inside.map_or(&b""[..], |found| found.short_id());
    c.text(|out| {
        for part in [id, b":", name] {
            out.extend_from_slice(part);
        }
        Some(())
    })
}

/// The folder of the descriptor's name; of an unknown one it is the root.
fn folder<'c>(c: &EventContext<'c>) -> Option<&'c [u8]> {
    if c.fd().is_none() && c.state.event_fd_number().is_some() {
        return Some(b"/");
    }
    path(c).map(|info| match info.kind {
        kinds::DIRECTORY if open(c).is_some() => c.fd_name(info),
        _ => directory(c.fd_name(info)),
    })
}

/// The letter of an unknown descriptor, by the call that was to make it.
fn letter_of_call(c: &EventContext<'_>) -> u8 {
    match c.event.view.info().name {
        "openat" | "openat2" => b'f',
        "socket" | "accept" | "accept4" => b'4',
        "pipe" | "pipe2" => b'p',
        "eventfd" | "eventfd2" => b'e',
        "signalfd" | "signalfd4" => b's',
        "timerfd_create" => b't',
        "inotify_init" | "inotify_init1" => b'i',
        _ => b'o',
    }
}

fn letter(letter: u8) -> Option<Value<'static>> {
    let place = usize::from(letter);
    ASCII.get(place..=place).map(Value::str)
}

/// The kinds of the process's descriptors, each once, in the order in which Falco meets them; live in
/// that of their names.
fn types<'v>(c: &EventContext<'v>, arg: Option<i64>) -> Option<Value<'v>> {
    let process = c.state.process_of(c.thread().filter(|_| about_descriptors(c))?)?;
    let word = |info: &FdInfo| info.kind_row().and_then(|kind| kind.word).unwrap_or("<NA>");
    if let Some(number) = arg {
        return Some(Value::List(vec![Value::str(word(process.fds.get(number)?).as_bytes())]));
    }
    let mut words: Vec<&str> = Vec::new();
    process.each_fd(|_, info| {
        if !words.contains(&word(info)) {
            words.push(word(info));
        }
    });
    if c.event.trailer.origin().is_some() {
        words.sort_unstable();
    }
    (!words.is_empty())
        .then(|| Value::List(words.into_iter().map(|word| Value::str(word.as_bytes())).collect()))
}

/// Fields about both ends of a connection.
pub(crate) fn each(name: &str) -> Option<Each> {
    /// Hands out what is known of either end.
    fn ends(
        c: &EventContext<'_>,
        take: &mut dyn FnMut(&Value<'_>),
        value: fn(Option<Endpoint>) -> Option<Value<'static>>,
    ) -> Together {
        if let Some(info) = open(c) {
            [info.source(), info.destination()]
                .into_iter()
                .filter_map(value)
                .for_each(|one| take(&one));
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

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "fd.num" => |c, _| c.state.event_fd_number().map(Value::Int),
        "fd.type" => |c, _| {
            let word = open(c)?.kind_row().and_then(|row| row.word);
            Some(Value::str(word.unwrap_or("<NA>").as_bytes()))
        },
        "fd.typechar" => |c, _| match open(c) {
            Some(info) => {
                let known = info.kind_row().and_then(|row| row.letter);
                letter(known.and_then(|letter| u8::try_from(letter).ok()).unwrap_or(b'?'))
            }
            None => c.state.event_fd_number().and_then(|_| letter(letter_of_call(c))),
        },
        "fd.name" => |c, _| name_of(c),
        "fd.containername" => |c, _| match c.fd() {
            Some(info) => chained(c, &replaced(c.fd_name(info))),
            None => chained(c, of_nobody(c)?.bytes()?),
        },
        "fd.containerdirectory" => |c, _| chained(c, &replaced(folder(c)?)),
        "fd.name.resolved" => |c, _| c.fd()?.resolved.as_ref().map(|name| Value::str(name)),
        "fd.procfs.pid" => |c, _| {
            let fd = c.state.event_fd_number()?;
            c.event.trailer.process_folder(fd).map(Value::Int)
        },
        "fd.nameraw" => |c, _| match c.fd() {
            Some(_) if name_of(c).is_none() => None,
            Some(info) => Some(match single_slashes(&info.name_raw) {
                Some(path) => Value::string(path),
                None => Value::str(&info.name_raw),
            }),
            None => of_nobody(c),
        },
        "fd.directory" => |c, _| folder(c).map(clean),
        "fd.filename" => |c, _| {
            let info = open(c).filter(|info| info.is_path() && info.kind != kinds::DIRECTORY)?;
            Some(clean(file(c.fd_name(info))))
        },
        "fd.ip" | "fd.net" => |c, _| either(ip(open(c)?.source()), ip(open(c)?.destination())),
        "fd.port" | "fd.proto" => {
            |c, _| either(port(open(c)?.source()), port(open(c)?.destination()))
        }
        "fd.cip" | "fd.cnet" => |c, _| ip(open(c)?.client()),
        "fd.sip" | "fd.snet" => |c, _| ip(open(c)?.server()),
        "fd.lip" | "fd.lnet" => |c, _| ip(local(c)),
        "fd.rip" | "fd.rnet" => |c, _| ip(remote(c)),
        "fd.cip.name" => |c, _| host(c, open(c)?.client()),
        "fd.sip.name" => |c, _| host(c, open(c)?.server()),
        "fd.lip.name" => |c, _| host(c, local(c)),
        "fd.rip.name" => |c, _| host(c, remote(c)),
        "fd.cport" => |c, _| port(open(c)?.client()),
        // One that waits has a port without a part in a connection.
        "fd.sport" => |c, _| match open(c)? {
            info if matches!(info.kind, kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK) => {
                port(info.destination())
            }
            info => port(info.server()),
        },
        "fd.lport" => |c, _| port(local(c)),
        "fd.rport" => |c, _| port(remote(c)),
        "fd.cproto" => |c, _| {
            service(open(c).filter(|info| info.socket.role != Role::Unknown)?, FdInfo::client)
        },
        "fd.sproto" => |c, _| service(open(c).filter(|info| info.is_inet())?, FdInfo::server),
        "fd.lproto" => |c, _| local(c).map(|end| Value::string(end.port.to_string())),
        "fd.rproto" => |c, _| remote(c).map(|end| Value::string(end.port.to_string())),
        "fd.l4proto" => {
            |c, _| Some(Value::str(open(c)?.l4proto().name().unwrap_or("<NA>").as_bytes()))
        }
        "fd.sockfamily" => |c, _| family(open(c)?).map(|name| Value::str(name.as_bytes())),
        "fd.is_server" => |c, _| is_server(c).map(Value::Bool),
        "fd.connected" => |c, _| Some(Value::Bool(open(c)?.socket.connected)),
        "fd.name_changed" => |c, _| open(c).map(|_| Value::Bool(c.state.event_fd_renamed())),
        "fd.uid" => |c, _| {
            let number = c.state.event_fd_number()?;
            Some(Value::string(format!("{}{number}", c.event.view.tid())))
        },
        "fd.dev" => |c, _| open(c).map(|info| Value::Int(info.dev.into())),
        "fd.dev.major" => |c, _| open(c).map(|info| Value::Int(major(info.dev))),
        "fd.dev.minor" => |c, _| open(c).map(|info| Value::Int(minor(info.dev))),
        "fd.ino" => |c, _| open(c).map(|info| Value::Int(info.ino.cast_signed())),
        "fd.is_upper_layer" => |c, _| open(c).map(|info| Value::Bool(info.upper_layer)),
        "fd.is_lower_layer" => |c, _| open(c).map(|info| Value::Bool(info.lower_layer)),
        "fd.types" => |c, arg| types(c, arg.index()),
        _ => return None,
    };
    Some(get)
}
