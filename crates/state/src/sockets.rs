//! Sockets: made, bound, connected, spoken over.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use peregrine_event::{Event, roles};

use crate::descriptors::{place, told};
use crate::fd::{Endpoint, FdInfo, L4, Role, Socket, endpoint, kinds};
use crate::outside::{Outside, address_towards};
use crate::table::State;

pub(crate) fn new_socket(domain: Option<u32>, kind: Option<u32>, protocol: Option<u32>) -> FdInfo {
    let l4 = match (kind.map(|kind| kind & 0xff), protocol) {
        (Some(1), Some(0 | 6)) => L4::Tcp,
        (Some(2), Some(0 | 17)) => L4::Udp,
        (_, Some(1 | 58)) => L4::Icmp,
        (Some(3), _) => L4::Raw,
        _ => L4::Na,
    };
    let kind = match domain {
        Some(1) => kinds::UNIX_SOCK,
        Some(2) => kinds::IPV4_SOCK,
        Some(10) => kinds::IPV6_SOCK,
        Some(16) => kinds::NETLINK,
        _ => kinds::UNKNOWN,
    };
    let inet = kind == kinds::IPV4_SOCK || kind == kinds::IPV6_SOCK;
    FdInfo { kind, socket: inet.then(|| Socket { l4, ..Socket::default() }), ..FdInfo::default() }
}

/// The name in a unix socket's tuple; none where it has none.
pub(crate) fn unix_name(tuple: &[u8]) -> Option<&[u8]> {
    let name = tuple.strip_prefix(&[1])?.get(16..)?.split(|byte| *byte == 0).next()?;
    Some(name).filter(|name| !name.is_empty())
}

pub(crate) fn connected(state: &mut State, event: &Event<'_>, pid: i64, result: i64) {
    const EINPROGRESS: i64 = -115;
    let view = &event.view;
    let Some(fd) = view.i64(2) else { return };
    let mut info = state.fd(pid, fd).cloned().unwrap_or_default();
    let before = Arc::clone(&info.name);
    let tuple = view.param(1).unwrap_or_default();
    let parted = event.facts.descriptor(fd).is_some_and(|told| told.role & roles::PARTED != 0);
    if tuple.is_empty() || parted || (result < 0 && result != EINPROGRESS) {
        told(state, event, pid);
        return;
    }
    info.learn_tuple(tuple);
    if let Some(socket) = &mut info.socket {
        socket.role = Role::Client;
        socket.connected = result == 0 || result == EINPROGRESS;
        if socket.l4 == L4::Unknown {
            socket.l4 = L4::Tcp;
        }
    }
    info.name_changed = info.name != before;
    place(state, event, pid, fd, info);
}

/// Which way data went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

/// The two ends a tuple names.
fn ends(tuple: &[u8]) -> Option<(Endpoint, Endpoint)> {
    let (family, rest) = tuple.split_first()?;
    let width = match *family {
        2 => 4,
        10 => 16,
        _ => return None,
    };
    Some((endpoint(rest, width)?, endpoint(rest.get(width + 2..)?, width)?))
}

/// The end that is not this one, of a tuple told with data that went this way.
fn other_end(tuple: &[u8], way: Way) -> Option<Endpoint> {
    let (source, destination) = ends(tuple)?;
    Some(if way == Way::In { source } else { destination })
}

/// Whether a tuple, this end first, has another end; of sockets without ports the kernel knows.
fn connects(tuple: &[u8]) -> bool {
    ends(tuple).is_none_or(|(_, other)| other.port != 0)
}

/// Whether a message with this tuple goes to, or comes from, another end than the one the socket, known by
/// its own tuple, is connected to.
fn goes_astray(known: &[u8], tuple: &[u8], way: Way) -> bool {
    if let (Some((_, connected)), Some(end)) = (ends(known), other_end(tuple, way)) {
        return connected.port != 0 && end.port != 0 && connected != end;
    }
    // A unix socket that sends past its peer has none in the tuple.
    let peer = |tuple: &[u8]| tuple.strip_prefix(&[1])?.get(8..16)?.try_into().ok();
    let peer = |tuple| peer(tuple).map(u64::from_le_bytes);
    way == Way::Out && peer(tuple) == Some(0) && peer(known).is_some_and(|peer| peer != 0)
}

/// Whether a message went to a path that the socket, known by its own tuple, does not have.
fn names_path(known: &[u8], tuple: &[u8], way: Way) -> bool {
    way == Way::Out && unix_name(tuple).is_some_and(|name| unix_name(known) != Some(name))
}

/// Data with an address: a socket that is no connection speaks to somebody.
pub(crate) fn exchanged(
    state: &mut State,
    event: &Event<'_>,
    pid: i64,
    way: Way,
    outside: &dyn Outside,
) {
    told(state, event, pid);
    let view = &event.view;
    let param = |name: &str| view.index_of(name);
    let Some(fd) = param("fd").and_then(|index| view.i64(index)).filter(|fd| *fd >= 0) else {
        return;
    };
    let tuple = param("tuple").and_then(|index| view.param(index)).unwrap_or_default();
    let failed = view.i64(0).is_none_or(|result| result < 0);
    // The probe told of the object itself. Of a socket that is no connection the event tells the
    // other end, where it is known; of one that is, where a message went another way.
    let mut astray = false;
    if let Some(told) = event.facts.descriptor(fd) {
        let known = told.payload.get(1..).unwrap_or_default();
        astray = !failed && goes_astray(known, tuple, way);
        let says_less = connects(known) || other_end(tuple, way).is_none_or(|end| end.port == 0);
        if !astray && says_less && !names_path(known, tuple, way) {
            return;
        }
    }
    let family = match tuple.split_first() {
        Some((family @ (2 | 10), _)) => family,
        Some((1, _)) => {
            // Falco takes the text of the parameter for a name, with the blank before a path.
            let mut lone = None;
            if let Some(info) = state.fd_mut(pid, fd).filter(|_| !failed || !astray) {
                let info = if astray { lone.insert(info.clone()) } else { info };
                let before = Arc::clone(&info.name);
                info.learn_tuple(tuple);
                if !info.name.contains(&b' ') {
                    info.name = [&*info.name, b" "].concat().into();
                }
                if event.facts.descriptor(fd).is_some() && unix_name(tuple).is_some() {
                    info.name_changed = info.name != before;
                    // The kernel's word is on the socket, not on the one this went to.
                    (info.resolved, info.bound, info.inside, info.below) = Default::default();
                }
            }
            if astray {
                state.lone_fd = lone;
            }
            return;
        }
        _ => return,
    };
    let mut info = match state.fd(pid, fd) {
        Some(info) => info.clone(),
        None if way == Way::Out => new_socket(Some((*family).into()), Some(2), Some(17)),
        None => return,
    };
    let mut socket = info.socket.unwrap_or_default();
    if failed || (!info.name.is_empty() && socket.l4 == L4::Tcp) {
        if state.fd(pid, fd).is_none() {
            state.insert_fd(pid, fd, info);
        }
        return;
    }
    let Some((mut source, mut destination)) = ends(tuple) else { return };
    if (socket.client, socket.server) == (Some(source), Some(destination)) {
        return;
    }
    if !matches!(socket.l4, L4::Tcp | L4::Udp | L4::Icmp | L4::Raw) {
        socket.l4 = L4::Udp;
    }
    // An end that is bound to no address in particular has the one the other end sees.
    if source.ip.is_unspecified() {
        source.ip = address_towards(outside, destination.ip).unwrap_or(source.ip);
    } else if destination.ip.is_unspecified() {
        destination.ip = address_towards(outside, source.ip).unwrap_or(destination.ip);
    }
    // Whoever speaks first asks.
    if socket.role == Role::Unknown || astray {
        socket.role = if way == Way::In { Role::Server } else { Role::Client };
    }
    let asks = if way == Way::In { Role::Client } else { Role::Server };
    if socket.role == asks {
        std::mem::swap(&mut source, &mut destination);
    }
    (socket.client, socket.server) = (Some(source), Some(destination));
    info.kind = if source.ip.is_ipv4() { kinds::IPV4_SOCK } else { kinds::IPV6_SOCK };
    info.socket = Some(socket);
    let name: Arc<[u8]> = format!("{source}->{destination}").into_bytes().into();
    info.name_changed = info.name != name;
    info.name = name;
    if astray {
        // The socket stays connected to whom it was.
        if let Some(socket) = &mut info.socket {
            socket.connected = false;
        }
        state.lone_fd = Some(info);
        return;
    }
    state.insert_fd(pid, fd, info);
}

pub(crate) fn bound(state: &mut State, event: &Event<'_>, pid: i64, fd: i64) {
    let mut info = state.fd(pid, fd).cloned().unwrap_or_default();
    let Some((family, rest)) = event.view.param(1).and_then(<[u8]>::split_first) else { return };
    let width = if *family == 2 { 4 } else { 16 };
    match *family {
        2 | 10 => {
            let Some(server) = endpoint(rest, width) else { return };
            // Port 0 leaves the choice to the kernel: who waits where is not known yet.
            if server.port != 0 {
                let mut socket = info.socket.unwrap_or_default();
                socket.server = Some(server);
                socket.role = Role::Server;
                info.socket = Some(socket);
                info.kind = if *family == 2 { kinds::IPV4_SERVSOCK } else { kinds::IPV6_SERVSOCK };
            }
            info.name = server.to_string().into_bytes().into();
        }
        1 => {
            let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            info.kind = kinds::UNIX_SOCK;
            info.name = Arc::from(name);
        }
        _ => {}
    }
    place(state, event, pid, fd, info);
}

pub(crate) fn inet(event: &Event<'_>) -> FdInfo {
    let view = &event.view;
    let ip = |index: usize| -> Option<IpAddr> {
        let bytes = view.param(index)?;
        if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
            return Some(IpAddr::V4(Ipv4Addr::from(octets)));
        }
        let ip = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
        Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4))
    };
    let end = |at: usize| Some(Endpoint { ip: ip(at)?, port: view.u16(at + 1)? });
    let (local, remote) = (end(3), end(5).filter(|end| end.port != 0));
    let l4 = match view.u16(2) {
        Some(6) => L4::Tcp,
        Some(17) => L4::Udp,
        Some(1 | 58) => L4::Icmp,
        _ => L4::Raw,
    };
    let v4 = local.is_none_or(|end| end.ip.is_ipv4());
    let listening = remote.is_none();
    let kind = match (v4, listening) {
        (true, false) => kinds::IPV4_SOCK,
        (false, false) => kinds::IPV6_SOCK,
        (true, true) => kinds::IPV4_SERVSOCK,
        (false, true) => kinds::IPV6_SERVSOCK,
    };
    // Which end asked is not known after the fact: the end with the smaller port answers.
    let serves =
        listening || local.zip(remote).is_some_and(|(local, remote)| local.port < remote.port);
    let (client, server) = if serves { (remote, local) } else { (local, remote) };
    let name = match (client, server) {
        (Some(client), Some(server)) => format!("{client}->{server}"),
        (None, Some(server)) => server.to_string(),
        _ => String::new(),
    };
    let role = if serves { Role::Server } else { Role::Client };
    FdInfo {
        socket: Some(Socket { client, server, l4, role, connected: !listening, elsewhere: None }),
        ino: view.u64(7).unwrap_or(0),
        ..FdInfo::new(kind, name.into_bytes())
    }
}
