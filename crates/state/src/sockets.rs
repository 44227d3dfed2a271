//! Socket calls: socket, bind, connect, accept, and data over sockets.

use std::sync::Arc;

use peregrine_event::{Event, EventType, param, roles};

use crate::endpoints::{Endpoint, Ends, endpoint, mapped, pair, tuple_text};
use crate::fd::{FdInfo, L4, Role, kinds};
use crate::fd_reports::{insert_noting_name, insert_renamed, report};
use crate::host_info::{HostInfo, address_towards};
use crate::state::State;

pub(crate) const TCP: u32 = 6;
pub(crate) const UDP: u32 = 17;
const DGRAM: u32 = 2;

pub(crate) fn new_socket(domain: Option<u32>, kind: Option<u32>, protocol: Option<u32>) -> FdInfo {
    const STREAM: u32 = 1;
    const RAW: u32 = 3;
    const ICMP: u32 = 1;
    const RAW_PROTOCOL: u32 = 255;
    let (kind, protocol) = (kind.unwrap_or(0), protocol.unwrap_or(0));
    let l4 = match (kind & 0xff, protocol) {
        // With a flag beside the type Falco does not take it for raw.
        (_, TCP | UDP | ICMP) if kind == RAW => L4::Raw,
        (_, RAW_PROTOCOL) => L4::Raw,
        (_, TCP) | (STREAM, 0) => L4::Tcp,
        (_, UDP) | (DGRAM, 0) => L4::Udp,
        (_, ICMP) => L4::Icmp,
        _ => L4::Unknown,
    };
    let kind = match domain {
        Some(1) => kinds::UNIX_SOCK,
        Some(2) => kinds::IPV4_SOCK,
        Some(10) => kinds::IPV6_SOCK,
        Some(16) => kinds::NETLINK,
        _ => kinds::UNKNOWN,
    };
    let mut info = FdInfo { kind, ..FdInfo::default() };
    info.socket.ends.set_l4(kind, l4.id());
    info
}

/// The known entry of a descriptor; live, an empty one for an unknown descriptor.
fn known_or_new(state: &State, event: &Event<'_>, pid: i64, fd: i64) -> Option<FdInfo> {
    let known = state.fd(pid, fd).cloned();
    known.or_else(|| event.trailer.origin().map(|_| FdInfo::default()))
}

/// The name in a unix socket's tuple; `None` without one.
pub(crate) fn unix_name(tuple: &[u8]) -> Option<&[u8]> {
    let name = tuple.strip_prefix(&[1])?.get(16..)?.split(|byte| *byte == 0).next()?;
    Some(name).filter(|name| !name.is_empty())
}

pub(crate) fn connected(state: &mut State, event: &Event<'_>, pid: i64, result: i64) {
    const EINPROGRESS: i64 = -115;
    let view = &event.view;
    let Some(fd) = view.i64(param::connect_x::FD) else { return };
    let asked = state.take_enter_event(event, &[EventType::SOCKET_CONNECT_E], |enter| {
        enter.index_of("addr").and_then(|index| enter.param(index)).map(<[u8]>::to_vec)
    });
    let asked = asked.filter(|addr| !addr.is_empty());
    let tuple = view.param(param::connect_x::TUPLE).unwrap_or_default();
    let parted =
        event.trailer.descriptor(fd).is_some_and(|reported| reported.role & roles::PARTED != 0);
    if parted || (result < 0 && result != EINPROGRESS) {
        report(state, event, pid);
        return;
    }
    let Some(mut info) = known_or_new(state, event, pid, fd) else { return };
    let before = Arc::clone(&info.name);
    info.socket.connected = true;
    if tuple.is_empty() {
        // A connection that is made with its first data.
        if let Some(addr) = asked {
            set_requested_peer(&mut info, &addr);
        }
    } else {
        let reported = view.index_of("addr").and_then(|index| view.param(index));
        meet(&mut info, tuple, reported.filter(|addr| !addr.is_empty()).zip(asked.as_deref()));
    }
    insert_renamed(state, event, pid, fd, info, &before);
}

/// Applies the endpoints of a connection. Where the return carries the kernel's address, the one read
/// at the entry counts: the memory may have changed until the return.
fn meet(info: &mut FdInfo, tuple: &[u8], told_and_asked: Option<(&[u8], &[u8])>) {
    if let Some((kind, source, mut destination)) = pair(tuple) {
        let end = |addr: &[u8]| {
            let (family, rest) = addr.split_first()?;
            let same = Some(family) == tuple.first();
            endpoint(rest, if *family == 2 { 4 } else { 16 }).filter(|_| same)
        };
        let mut kind = kind;
        let mut source = source;
        if let Some((reported, asked)) = told_and_asked
            && let (Some(reported), Some(asked)) = (end(reported), end(asked))
            && (reported.port, mapped_as(reported, kind)) == (destination.port, destination)
            && let Some(whole) = with_destination(tuple, asked)
        {
            (kind, source, destination) = whole;
        }
        info.kind = kind;
        let changed = info.socket.ends.take_over(kind, (kind, source, destination));
        if changed && info.socket.role.is_server() && info.is_udp_v4() {
            info.socket.ends.swap(kind);
        }
        if let Some(name) = info.socket.ends.name(kind) {
            info.name = name.into_bytes().into();
        }
    } else if tuple.first() == Some(&1) && matches!(info.kind, kinds::UNIX_SOCK | kinds::UNKNOWN) {
        info.learn_unix(tuple);
        if let Some((reported, asked)) = told_and_asked {
            let path = |addr: &[u8]| addr.get(1..).map(until_zero).map(<[u8]>::to_vec);
            let kernel = tuple.get(17..).map(until_zero).map(<[u8]>::to_vec);
            if path(reported) == kernel
                && let Some(path) = path(asked)
            {
                let mut text = tuple_text(tuple.get(..17).unwrap_or_default()).unwrap_or_default();
                text.extend_from_slice(&path);
                info.name = text.into();
            }
        }
    } else {
        return;
    }
    if info.socket.role == Role::Unknown {
        info.socket.role = Role::Client;
    }
}

fn until_zero(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An endpoint as sockets of this kind store it.
pub(crate) fn mapped_as(end: Endpoint, kind: i8) -> Endpoint {
    let v4 = mapped(end.ip).filter(|_| kind == kinds::IPV4_SOCK);
    Endpoint { ip: v4.map_or(end.ip, Into::into), ..end }
}

/// The endpoints of a tuple with another destination.
fn with_destination(tuple: &[u8], end: Endpoint) -> Option<(i8, Endpoint, Endpoint)> {
    let width = if tuple.first() == Some(&2) { 4 } else { 16 };
    let source = endpoint(tuple.get(1..)?, width)?;
    Some(match (mapped(source.ip), mapped(end.ip)) {
        (Some(from), Some(to)) => (
            kinds::IPV4_SOCK,
            Endpoint { ip: from.into(), ..source },
            Endpoint { ip: to.into(), ..end },
        ),
        _ => (kinds::IPV6_SOCK, source, end),
    })
}

/// Applies the requested peer where the kernel reports no endpoints.
fn set_requested_peer(info: &mut FdInfo, addr: &[u8]) {
    let Some((family, rest)) = addr.split_first() else { return };
    let width = if *family == 2 { 4 } else { 16 };
    match *family {
        2 | 10 => {
            let Some(end) = endpoint(rest, width) else { return };
            info.kind = if mapped(end.ip).is_some() { kinds::IPV4_SOCK } else { kinds::IPV6_SOCK };
            let end = mapped_as(end, info.kind);
            info.socket.ends.set_destination(info.kind, end);
        }
        _ => info.name = Arc::default(),
    }
}

pub(crate) fn accepted(tuple: &[u8]) -> Option<FdInfo> {
    let mut info = FdInfo::default();
    if let Some((kind, source, destination)) = pair(tuple) {
        info.kind = kind;
        info.socket.ends.take_over(kinds::UNKNOWN, (kind, source, destination));
        info.socket.ends.set_l4(kind, L4::Tcp.id());
        info.name = tuple_text(tuple)?.into();
    } else if tuple.first() == Some(&1) {
        info.learn_unix(tuple);
    } else {
        return None;
    }
    (info.socket.role, info.socket.connected) = (Role::Server, true);
    Some(info)
}

/// The direction of data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Whether a tuple, local endpoint first, has a peer; sockets without ports count as connected.
fn has_peer(tuple: &[u8]) -> bool {
    pair(tuple).is_none_or(|(_, _, other)| other.port != 0)
}

/// The remote endpoint of a tuple that came with data in this direction.
fn other_end(tuple: &[u8], way: Direction) -> Option<Endpoint> {
    let (_, source, destination) = pair(tuple)?;
    Some(if way == Direction::In { source } else { destination })
}

/// Whether a message's tuple has another peer than the one the socket, whose own tuple is `known`, is
/// connected to.
fn has_other_peer(known: &[u8], tuple: &[u8], way: Direction) -> bool {
    if let (Some((_, _, connected)), Some(end)) = (pair(known), other_end(tuple, way)) {
        return connected.port != 0 && end.port != 0 && connected != end;
    }
    // The tuple of a unix socket that sends to another address has no peer.
    let peer = |tuple: &[u8]| tuple.strip_prefix(&[1])?.get(8..16)?.try_into().ok();
    let peer = |tuple| peer(tuple).map(u64::from_le_bytes);
    way == Direction::Out && peer(tuple) == Some(0) && peer(known).is_some_and(|peer| peer != 0)
}

/// Whether a message was sent to a path that is not in the socket's own tuple.
fn names_path(known: &[u8], tuple: &[u8], way: Direction) -> bool {
    way == Direction::Out && unix_name(tuple).is_some_and(|name| unix_name(known) != Some(name))
}

/// Applies data over a descriptor; some calls carry the endpoints of a socket that is not connected.
pub(crate) fn apply_data(
    state: &mut State,
    event: &Event<'_>,
    pid: i64,
    way: Direction,
    host: &dyn HostInfo,
) {
    report(state, event, pid);
    let view = &event.view;
    let Some(fd) = state.event_fd_number().filter(|fd| *fd >= 0) else { return };
    let failed = view.result().is_none_or(|result| result < 0);
    let tuple = view.index_of("tuple").and_then(|index| view.param(index)).unwrap_or_default();
    // An unknown socket that sends is most likely a datagram socket.
    if way == Direction::Out
        && !failed
        && state.fd(pid, fd).is_none()
        && view.event_type() != EventType::SOCKET_SENDMMSG_X
        && let Some((family @ (2 | 10), _)) = tuple.split_first()
    {
        let info = new_socket(Some((*family).into()), Some(DGRAM), Some(UDP));
        state.insert_fd(pid, fd, info);
    }
    let Some(info) = state.fd(pid, fd) else { return };
    if failed {
        return;
    }
    // The probe reports the socket itself. For an unconnected socket the event has the peer where
    // known; for a connected one, where the message has another peer.
    let (mut astray, mut kernel_knows) = (false, false);
    if let Some(reported) = event.trailer.descriptor(fd) {
        let known = reported.payload.get(1..).unwrap_or_default();
        astray = has_other_peer(known, tuple, way);
        let says_less = has_peer(known) || other_end(tuple, way).is_none_or(|end| end.port == 0);
        kernel_knows = !astray && says_less && !names_path(known, tuple, way);
    }
    let has_name = !info.name.is_empty() && info.is_tcp_v4();
    if tuple.is_empty() || has_name || kernel_knows {
        if state.falco_semantics {
            used(state, pid, fd);
        }
        return;
    }
    let mut info = info.clone();
    let (kind, socket, before) = (info.kind, info.socket, Arc::clone(&info.name));
    info.socket.connected |= is_pair(kind) && event.trailer.origin().is_none();
    if update_ends(&mut info, tuple, host) {
        if is_pair(info.kind) {
            if astray {
                // The side that speaks first is the client; the socket stays connected to its peer.
                info.socket.role = if way == Direction::In { Role::Server } else { Role::Client };
                info.socket.connected = false;
            } else if info.socket.role == Role::Unknown {
                info.socket.role = infer_role(state, pid, fd, &info, way);
            }
            let role = info.socket.role;
            if (way == Direction::In && role.is_client())
                || (way == Direction::Out && role.is_server())
            {
                info.socket.ends.swap(info.kind);
            }
            if let Some(name) = info.socket.ends.name(info.kind) {
                info.name = name.into_bytes().into();
            }
        } else {
            info.name = tuple_text(tuple).unwrap_or_default().into();
        }
        if event.trailer.descriptor(fd).is_some() && unix_name(tuple).is_some() {
            // The kernel reports the socket, not the one this message went to.
            (info.resolved, info.bound, info.fs_path, info.overlay_lower) = Default::default();
        }
        if astray {
            state.fd_renamed = info.name != before;
            state.unstored_fd = Some(info);
            return;
        }
        insert_noting_name(state, pid, fd, info, &before);
    } else if !astray && (info.kind, info.socket) != (kind, socket) {
        state.insert_fd(pid, fd, info);
    }
}

fn is_pair(kind: i8) -> bool {
    matches!(kind, kinds::IPV4_SOCK | kinds::IPV6_SOCK)
}

/// Data over a descriptor of a capture shows that a socket is connected. Live, the kernel reports that.
pub(crate) fn used(state: &mut State, pid: i64, fd: i64) {
    let waiting = |info: &FdInfo| is_pair(info.kind) && !info.socket.connected;
    if state.fd(pid, fd).is_some_and(waiting)
        && let Some(info) = state.fd_mut(pid, fd)
    {
        info.socket.connected = true;
    }
}

/// Applies the endpoints that came with data. Returns whether they changed.
fn update_ends(info: &mut FdInfo, tuple: &[u8], host: &dyn HostInfo) -> bool {
    if tuple.first() == Some(&1) {
        info.learn_unix(tuple);
        return true;
    }
    if let Some((kind, source, destination)) = pair(tuple) {
        let is = if tuple.first() == Some(&2) || kind == kinds::IPV4_SOCK {
            if info.kind == kinds::IPV4_SERVSOCK && tuple.first() == Some(&2) {
                let l4 = info.socket.ends.l4_id(kinds::IPV4_SERVSOCK);
                info.socket.ends.set_l4(kinds::IPV4_SOCK, l4);
            }
            info.kind = kinds::IPV4_SOCK;
            kinds::IPV4_SOCK
        } else {
            info.kind
        };
        if !info.socket.ends.take_over(is, (kind, source, destination)) {
            return false;
        }
    }
    if is_pair(info.kind) {
        // The endpoints of a TCP connection do not change.
        if info.socket.ends.l4_id(info.kind) == L4::Unknown.id() {
            info.socket.ends.set_l4(info.kind, L4::Udp.id());
        }
        fill_in(&mut info.socket.ends, info.kind, host);
    }
    true
}

/// Replaces an unspecified address with the one the peer sees.
pub(crate) fn fill_in(ends: &mut Ends, kind: i8, host: &dyn HostInfo) {
    let (Some(source), Some(destination)) = (ends.source(kind), ends.destination(kind)) else {
        return;
    };
    let (own, other) = match (source.ip.is_unspecified(), destination.ip.is_unspecified()) {
        (false, false) => return,
        (true, _) => (source, destination),
        (false, true) => (destination, source),
    };
    let ip = address_towards(host, other.ip).unwrap_or(own.ip);
    // A socket is not its own peer.
    if ip == other.ip && own.port == other.port {
        return;
    }
    let end = Endpoint { ip, ..own };
    if source.ip.is_unspecified() {
        ends.set_source(kind, end);
    } else {
        ends.set_destination(kind, end);
    }
}

/// The role in a connection whose start was not seen. Where the process has an IPv4 socket with the
/// server's port and one with the client's port (this one, if it is IPv4), the side that speaks first
/// is the client; without the former it is the client, without the latter the server.
fn infer_role(state: &State, pid: i64, fd: i64, info: &FdInfo, way: Direction) -> Role {
    let (asking, asked) = info.socket.ends.ports();
    let (mut bound, mut asks) = (false, false);
    let mut look = |info: &FdInfo| {
        let ends = &info.socket.ends;
        match info.kind {
            kinds::IPV4_SOCK => {
                bound |= ends.ports().1 == asked;
                asks |= ends.ports().0 == asking;
            }
            kinds::IPV4_SERVSOCK => {
                bound |= info.destination().is_some_and(|end| end.port == asked);
            }
            _ => {}
        }
    };
    look(info);
    if let Some(process) = state.processes.get(&pid) {
        process.fds.iter().filter(|(number, _)| *number != fd).for_each(|(_, info)| look(info));
    }
    match (bound, asks, way) {
        (false, _, _) | (true, true, Direction::Out) => Role::Client,
        (true, false, _) | (true, true, Direction::In) => Role::Server,
    }
}

pub(crate) fn bound(state: &mut State, event: &Event<'_>, pid: i64, fd: i64) {
    let Some(mut info) = known_or_new(state, event, pid, fd) else { return };
    let Some((family, rest)) = event.view.param(param::bind_x::ADDR).and_then(<[u8]>::split_first)
    else {
        return;
    };
    let before = Arc::clone(&info.name);
    let width = if *family == 2 { 4 } else { 16 };
    match *family {
        2 | 10 => {
            let Some(end) = endpoint(rest, width) else { return };
            // For port 0 the kernel chooses: the endpoint is not known yet.
            if end.port != 0 {
                let from = if *family == 2 { kinds::IPV4_SOCK } else { kinds::IPV6_SOCK };
                let l4 = info.socket.ends.l4_id(from);
                let v4 = mapped(end.ip);
                let waits = if v4.is_some() { kinds::IPV4_SERVSOCK } else { kinds::IPV6_SERVSOCK };
                let end = Endpoint { ip: v4.map_or(end.ip, Into::into), ..end };
                info.socket.ends.set_destination(waits, end);
                info.socket.ends.set_l4(waits, l4);
                info.kind = waits;
                info.socket.role = info.socket.role.and_server();
            }
            info.name = end.to_string().into_bytes().into();
        }
        1 => info.name = Arc::from(until_zero(rest)),
        family => info.name = format!("family {family}").into_bytes().into(),
    }
    insert_renamed(state, event, pid, fd, info, &before);
}
