//! Events that make, change and end descriptors: into the one [`FdInfo`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use peregrine_event::{Event, EventType};

use crate::fd::{Endpoint, FdInfo, L4, Role, Socket, endpoint, kinds, nameless_kind};
use crate::outside::{Outside, address_towards};
use crate::path;
use crate::table::{CLOEXEC, Pending, State};

const UNKNOWN_BASE: &[u8] = b"<UNKNOWN>";
/// A command of `fcntl` in the capture format's numbers.
const F_SETFD: u8 = 3;

/// Takes one event of a call into the descriptors of its process.
pub(crate) fn apply(state: &mut State, event: &Event<'_>, outside: &dyn Outside) {
    let view = &event.view;
    let Some(pid) = state.thread(view.tid()).map(|thread| thread.pid) else { return };
    let result = view.i64(0).unwrap_or(-1);
    match view.event_type() {
        EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X => {
            opened(state, event, pid, -100, 1);
        }
        EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => {
            opened(state, event, pid, view.i64(1).unwrap_or(-100), 2);
        }
        EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => opened(state, event, pid, -100, 3),
        EventType::SYSCALL_CLOSE_X => {
            if result == 0
                && let Some(fd) = view.i64(1)
            {
                state.pending = Pending::Close { pid, fd };
            }
        }
        EventType::SYSCALL_CLOSE_RANGE_X => {
            if result == 0
                && let (Some(first), Some(last)) = (view.u32(1), view.u32(2))
            {
                state.pending = Pending::CloseRange { pid, first: first.into(), last: last.into() };
            }
        }
        EventType::SYSCALL_DUP_1_X | EventType::SYSCALL_DUP2_X | EventType::SYSCALL_DUP3_X => {
            if result >= 0
                && let Some(old) = view.i64(1)
            {
                let closes = view.event_type() == EventType::SYSCALL_DUP3_X
                    && view.u32(3).is_some_and(|flags| flags & CLOEXEC != 0);
                copied(state, event, pid, old, result, closes);
            }
        }
        EventType::SYSCALL_FCNTL_X => {
            // F_DUPFD and F_DUPFD_CLOEXEC in the capture format's numbers.
            if result >= 0
                && matches!(view.u8(2), Some(1 | 26))
                && let Some(old) = view.i64(1)
            {
                copied(state, event, pid, old, result, view.u8(2) == Some(26));
            } else {
                if result >= 0
                    && view.u8(2) == Some(F_SETFD)
                    && let (Some(fd), Some(arg)) = (view.i64(1), view.u64(3))
                    && let Some(info) = state.fd_mut(pid, fd)
                {
                    set_closes(info, arg & 1 != 0);
                }
                told(state, event, pid);
            }
        }
        EventType::SOCKET_SOCKETPAIR_X => {
            if result == 0 {
                let ends = view.u64(3).zip(view.u64(4));
                for index in [1, 2] {
                    if let Some(fd) = view.i64(index) {
                        let info =
                            FdInfo { unix: ends, ..FdInfo::new(kinds::UNIX_SOCK, Vec::new()) };
                        place(state, event, pid, fd, info);
                        state.event_fd = Some(fd);
                    }
                }
            }
        }
        EventType::SOCKET_SOCKET_X => {
            if result >= 0 {
                let (domain, kind, protocol) = (view.u32(1), view.u32(2), view.u32(3));
                place(state, event, pid, result, new_socket(domain, kind, protocol));
            }
        }
        EventType::SOCKET_CONNECT_X => connected(state, event, pid, result),
        EventType::SOCKET_ACCEPT_5_X | EventType::SOCKET_ACCEPT4_6_X => {
            if result < 0 {
                state.event_fd = Some(-1);
            } else {
                let mut info = FdInfo::default();
                info.learn_tuple(view.param(1).unwrap_or_default());
                if let Some(socket) = &mut info.socket {
                    *socket =
                        Socket { role: Role::Server, l4: L4::Tcp, connected: true, ..*socket };
                }
                place(state, event, pid, result, info);
            }
        }
        EventType::SOCKET_BIND_X => {
            if result >= 0
                && let Some(fd) = view.i64(2)
            {
                bound(state, event, pid, fd);
            }
        }
        EventType::SYSCALL_PIPE_X | EventType::SYSCALL_PIPE2_X => {
            if result == 0 {
                for index in [1, 2] {
                    if let Some(fd) = view.i64(index) {
                        // The event is about the end it names last.
                        state.event_fd = Some(fd);
                        let ino = view.u64(3).unwrap_or(0);
                        place(
                            state,
                            event,
                            pid,
                            fd,
                            FdInfo { ino, ..FdInfo::new(kinds::FIFO, Vec::new()) },
                        );
                    }
                }
            }
        }
        EventType::SYSCALL_MEMFD_CREATE_X => {
            made(state, event, pid, kinds::MEMFD, view.str(1).unwrap_or_default());
        }
        EventType::SYSCALL_EVENTFD_X | EventType::SYSCALL_EVENTFD2_X => {
            made(state, event, pid, kinds::EVENT, b"");
        }
        EventType::SYSCALL_INOTIFY_INIT_X | EventType::SYSCALL_INOTIFY_INIT1_X => {
            made(state, event, pid, kinds::INOTIFY, b"");
        }
        EventType::SYSCALL_TIMERFD_CREATE_X => made(state, event, pid, kinds::TIMERFD, b""),
        EventType::SYSCALL_SIGNALFD_X | EventType::SYSCALL_SIGNALFD4_X => {
            made(state, event, pid, kinds::SIGNALFD, b"");
        }
        EventType::SYSCALL_EPOLL_CREATE_X | EventType::SYSCALL_EPOLL_CREATE1_X => {
            made(state, event, pid, kinds::EVENTPOLL, b"");
        }
        EventType::SYSCALL_USERFAULTFD_X => made(state, event, pid, kinds::USERFAULTFD, b""),
        EventType::SYSCALL_IO_URING_SETUP_X => made(state, event, pid, kinds::IOURING, b""),
        EventType::SYSCALL_PIDFD_GETFD_X => {
            // A descriptor of the process that another descriptor stands for.
            let owner = view.i64(1).and_then(|pidfd| {
                let info = state.fd(pid, pidfd)?;
                std::str::from_utf8(info.name.strip_prefix(b"/proc/")?).ok()?.parse().ok()
            });
            let found = owner
                .and_then(|owner: i64| Some(state.main_thread(owner)?.pid))
                .and_then(|owner| state.fd(owner, view.i64(2)?).cloned());
            if result >= 0 {
                state.event_fd = Some(result);
                if let Some(mut info) = found {
                    set_closes(&mut info, true);
                    place(state, event, pid, result, info);
                }
            }
        }
        EventType::SYSCALL_BPF_2_X => made(state, event, pid, kinds::BPF, b""),
        EventType::SYSCALL_PIDFD_OPEN_X => {
            let name = format!("/proc/{}", view.i64(1).unwrap_or(-1));
            made(state, event, pid, kinds::PIDFD, name.as_bytes());
        }
        EventType::SOCKET_SENDTO_X | EventType::SOCKET_SENDMSG_X | EventType::SOCKET_SENDMMSG_X => {
            exchanged(state, event, pid, Way::Out, outside);
        }
        EventType::SOCKET_RECVFROM_X
        | EventType::SOCKET_RECVMSG_X
        | EventType::SOCKET_RECVMMSG_X => {
            exchanged(state, event, pid, Way::In, outside);
        }
        _ => told(state, event, pid),
    }
}

/// A descriptor some call returned.
fn made(state: &mut State, event: &Event<'_>, pid: i64, kind: i8, name: &[u8]) {
    if let Some(fd) = event.view.i64(0).filter(|fd| *fd >= 0) {
        state.event_fd = Some(fd);
        place(state, event, pid, fd, FdInfo::new(kind, name.to_vec()));
    }
}

/// A copy of a descriptor. Of one nobody knows nothing is learned, unless the probe tells.
fn copied(state: &mut State, event: &Event<'_>, pid: i64, old: i64, new: i64, closes: bool) {
    let known = state.fd(pid, old).cloned();
    state.event_fd = Some(new);
    if known.is_none() && event.facts.descriptor(new).is_none() {
        state.event_fd = Some(old);
        return;
    }
    let mut info = known.unwrap_or_default();
    set_closes(&mut info, closes);
    place(state, event, pid, new, info);
}

/// Whether a descriptor ends with the program belongs to the descriptor, not to the file.
fn set_closes(info: &mut FdInfo, closes: bool) {
    info.open_flags = if closes { info.open_flags | CLOEXEC } else { info.open_flags & !CLOEXEC };
}

/// Keeps a descriptor, after the probe's word on it.
fn place(state: &mut State, event: &Event<'_>, pid: i64, fd: i64, mut info: FdInfo) {
    if let Some(descriptor) = event.facts.descriptor(fd) {
        info.learn(&descriptor);
    }
    state.insert_fd(pid, fd, info);
}

/// Nothing but the probe's word on the event's descriptor.
fn told(state: &mut State, event: &Event<'_>, pid: i64) {
    let Some(fd) = state.event_fd_number() else { return };
    if event.facts.descriptor(fd).is_some() {
        let info = state.fd(pid, fd).cloned().unwrap_or_default();
        place(state, event, pid, fd, info);
    }
}

/// Where in an overlay a file lies, told among the flags of its opening.
const LOWER_LAYER: u32 = 1 << 16;
const UPPER_LAYER: u32 = 1 << 15;

fn opened(state: &mut State, event: &Event<'_>, pid: i64, dirfd: i64, name_index: usize) {
    const DIRECTORY: u32 = 1024;
    let view = &event.view;
    // What was asked for at the entry counts: until the return the memory may have changed.
    let asked = state.at_entry(event, &OPENS, |enter| {
        let name = enter.str(enter.index_of("name")?)?.to_vec();
        let dirfd = enter.index_of("dirfd").and_then(|index| enter.i64(index));
        Some((name, dirfd.unwrap_or(-100)))
    });
    let (raw, dirfd) = match &asked {
        Some((name, dirfd)) => (name.as_slice(), *dirfd),
        None => (view.str(name_index).unwrap_or_default(), dirfd),
    };
    let name = if raw.first() == Some(&b'/') {
        path::normalise(raw)
    } else {
        let base = state.base_of(view.tid(), dirfd).unwrap_or_else(|| Arc::from(UNKNOWN_BASE));
        path::join(&base, raw)
    };
    let number = |name: &str| view.index_of(name);
    let flags = number("flags").and_then(|index| view.u32(index)).unwrap_or(0);
    let kind = if flags & DIRECTORY != 0 { kinds::DIRECTORY } else { kinds::FILE_V2 };
    let mut info = FdInfo::new(kind, name);
    info.name_raw = Arc::from(raw);
    info.open_flags = flags;
    info.lower_layer = flags & LOWER_LAYER != 0;
    info.upper_layer = flags & UPPER_LAYER != 0;
    info.dev = number("dev").and_then(|index| view.u32(index)).unwrap_or(0);
    info.ino = number("ino").and_then(|index| view.u64(index)).unwrap_or(0);
    match view.i64(0) {
        Some(fd) if fd >= 0 => place(state, event, pid, fd, info),
        _ => state.lone_fd = Some(info),
    }
}

const OPENS: [EventType; 4] = [
    EventType::SYSCALL_OPEN_E,
    EventType::SYSCALL_OPENAT_2_E,
    EventType::SYSCALL_OPENAT2_E,
    EventType::SYSCALL_CREAT_E,
];

fn new_socket(domain: Option<u32>, kind: Option<u32>, protocol: Option<u32>) -> FdInfo {
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

fn connected(state: &mut State, event: &Event<'_>, pid: i64, result: i64) {
    const EINPROGRESS: i64 = -115;
    let view = &event.view;
    let Some(fd) = view.i64(2) else { return };
    let mut info = state.fd(pid, fd).cloned().unwrap_or_default();
    let before = Arc::clone(&info.name);
    let tuple = view.param(1).unwrap_or_default();
    if tuple.is_empty() || (result < 0 && result != EINPROGRESS) {
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
enum Way {
    In,
    Out,
}

/// Data with an address: a socket that is no connection speaks to somebody.
fn exchanged(state: &mut State, event: &Event<'_>, pid: i64, way: Way, outside: &dyn Outside) {
    told(state, event, pid);
    let view = &event.view;
    let param = |name: &str| view.index_of(name);
    let Some(fd) = param("fd").and_then(|index| view.i64(index)).filter(|fd| *fd >= 0) else {
        return;
    };
    let tuple = param("tuple").and_then(|index| view.param(index)).unwrap_or_default();
    // The probe told of the object itself.
    if event.facts.descriptor(fd).is_some() {
        return;
    }
    let (family, rest) = match tuple.split_first() {
        Some((family @ (2 | 10), rest)) => (family, rest),
        Some((1, _)) => {
            // Falco takes the text of the parameter for a name, with the blank before a path.
            if let Some(info) = state.fd_mut(pid, fd) {
                info.learn_tuple(tuple);
                if !info.name.contains(&b' ') {
                    info.name = [&*info.name, b" "].concat().into();
                }
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
    let failed = view.i64(0).is_none_or(|result| result < 0);
    if failed || (!info.name.is_empty() && socket.l4 == L4::Tcp) {
        if state.fd(pid, fd).is_none() {
            state.insert_fd(pid, fd, info);
        }
        return;
    }
    let width = if *family == 2 { 4 } else { 16 };
    let source = endpoint(rest, width);
    let destination = rest.get(width + 2..).and_then(|rest| endpoint(rest, width));
    let (Some(mut source), Some(mut destination)) = (source, destination) else { return };
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
    if socket.role == Role::Unknown {
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
    state.insert_fd(pid, fd, info);
}

fn bound(state: &mut State, event: &Event<'_>, pid: i64, fd: i64) {
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

/// A descriptor of the first snapshot.
pub(crate) fn snapshot(state: &mut State, event: &Event<'_>) {
    let view = &event.view;
    let tid = view.tid();
    let pid = event.facts.origin().map_or_else(
        || state.thread(tid).map_or(tid, |thread| thread.pid),
        |origin| i64::from(origin.pid),
    );
    let Some(fd) = view.i32(0).map(i64::from) else { return };
    let path = |index: usize| view.str(index).unwrap_or_default().to_vec();
    let with_ino =
        |info: FdInfo, index: usize| FdInfo { ino: view.u64(index).unwrap_or(0), ..info };
    let info = match view.event_type() {
        EventType::ITER_TASK_FILE_PIPE_E => with_ino(FdInfo::new(kinds::FIFO, path(1)), 2),
        EventType::ITER_TASK_FILE_MEMFD_E => with_ino(FdInfo::new(kinds::MEMFD, path(1)), 2),
        EventType::ITER_TASK_FILE_REGULAR_E => FdInfo {
            dev: event.facts.descriptor(fd).map_or(0, |told| told.dev),
            open_flags: view.u32(2).unwrap_or(0),
            mnt: view.u32(3).unwrap_or(0),
            ..with_ino(FdInfo::new(kinds::FILE_V2, path(1)), 4)
        },
        EventType::ITER_TASK_FILE_DIRECTORY_E => {
            with_ino(FdInfo::new(kinds::DIRECTORY, path(1)), 2)
        }
        EventType::ITER_TASK_FILE_SOCKET_INET_E | EventType::ITER_TASK_FILE_SOCKET_INET6_E => {
            inet(event)
        }
        EventType::ITER_TASK_FILE_SOCKET_UNIX_E => FdInfo {
            unix: view.u64(3).map(|pointer| (pointer, 0)),
            ..with_ino(FdInfo::new(kinds::UNIX_SOCK, path(4)), 5)
        },
        EventType::ITER_TASK_FILE_SOCKET_NETLINK_E => {
            with_ino(FdInfo::new(kinds::NETLINK, Vec::new()), 3)
        }
        EventType::ITER_TASK_FILE_ANON_INODE_E => {
            let name = path(2);
            let kind = match view.u8(1).map_or(kinds::UNKNOWN, u8::cast_signed) {
                kinds::UNSUPPORTED => nameless_kind(&name),
                kind => kind,
            };
            with_ino(FdInfo::new(kind, name), 3)
        }
        _ => return,
    };
    state.insert_fd(pid, fd, info);
}

fn inet(event: &Event<'_>) -> FdInfo {
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
        socket: Some(Socket { client, server, l4, role, connected: !listening }),
        ino: view.u64(7).unwrap_or(0),
        ..FdInfo::new(kind, name.into_bytes())
    }
}
