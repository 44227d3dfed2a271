//! Descriptors.

use std::net::IpAddr;
use std::sync::Arc;

use peregrine_event::{Descriptor, FdKind, names, roles};

use crate::endpoints::{Endpoint, Ends, endpoint, mapped, pair, tuple_text};

/// `SCAP_FD_*` numbers this crate uses.
pub mod kinds {
    #![expect(missing_docs, reason = "the names are the capture format's, see FD_KINDS")]
    pub const UNINITIALIZED: i8 = -1;
    pub const UNKNOWN: i8 = 0;
    pub const FILE: i8 = 1;
    pub const DIRECTORY: i8 = 2;
    pub const IPV4_SOCK: i8 = 3;
    pub const IPV6_SOCK: i8 = 4;
    pub const IPV4_SERVSOCK: i8 = 5;
    pub const IPV6_SERVSOCK: i8 = 6;
    pub const FIFO: i8 = 7;
    pub const UNIX_SOCK: i8 = 8;
    pub const EVENT: i8 = 9;
    pub const UNSUPPORTED: i8 = 10;
    pub const SIGNALFD: i8 = 11;
    pub const EVENTPOLL: i8 = 12;
    pub const INOTIFY: i8 = 13;
    pub const TIMERFD: i8 = 14;
    pub const NETLINK: i8 = 15;
    pub const FILE_V2: i8 = 16;
    pub const BPF: i8 = 17;
    pub const USERFAULTFD: i8 = 18;
    pub const IOURING: i8 = 19;
    pub const MEMFD: i8 = 20;
    pub const PIDFD: i8 = 21;
}

/// Which side of a connection a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Not known.
    #[default]
    Unknown,
    /// It connected.
    Client,
    /// It accepted the connection, or listens.
    Server,
    /// It was a client, then a server.
    Both,
}

impl Role {
    /// Whether it connected.
    pub fn is_client(self) -> bool {
        matches!(self, Self::Client | Self::Both)
    }

    /// Whether it accepted or listens.
    pub fn is_server(self) -> bool {
        matches!(self, Self::Server | Self::Both)
    }

    /// The role of a socket that is also a server.
    pub(crate) fn and_server(self) -> Self {
        if self.is_client() { Self::Both } else { Self::Server }
    }
}

/// Transport protocol (`SCAP_L4_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum L4 {
    #[default]
    Unknown,
    Na,
    Tcp,
    Udp,
    Icmp,
    Raw,
}

impl L4 {
    /// From its number.
    pub fn from_id(id: u8) -> Self {
        match id {
            1 => Self::Na,
            2 => Self::Tcp,
            3 => Self::Udp,
            4 => Self::Icmp,
            5 => Self::Raw,
            _ => Self::Unknown,
        }
    }

    /// Its number.
    pub fn id(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Na => 1,
            Self::Tcp => 2,
            Self::Udp => 3,
            Self::Icmp => 4,
            Self::Raw => 5,
        }
    }

    /// `fd.l4proto`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Tcp => Some("tcp"),
            Self::Udp => Some("udp"),
            Self::Icmp => Some("icmp"),
            Self::Raw => Some("raw"),
            Self::Unknown | Self::Na => None,
        }
    }
}

/// What is known of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Socket {
    /// IPv4 and IPv6 sockets: endpoints and protocol.
    pub ends: Ends,
    /// Which of the two endpoints is this process's.
    pub role: Role,
    /// Whether it is connected.
    pub connected: bool,
    /// The local address of a socket in another network namespace than the agent's.
    pub elsewhere: Option<IpAddr>,
}

/// A descriptor of a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FdInfo {
    /// `SCAP_FD_*`.
    pub kind: i8,
    /// The name as requested, absolute and cleaned; of sockets the tuple.
    pub name: Arc<[u8]>,
    /// The name exactly as requested; empty where the call was not seen.
    pub name_raw: Arc<[u8]>,
    /// The path the kernel walked to the object, where the probe reported it; of a unix socket the path
    /// that it, or its peer, is bound to.
    pub resolved: Option<Arc<[u8]>>,
    /// The path within the file system, where the probe reported that it can differ: a mount shows only
    /// a part of the file system, or the process has another root.
    pub fs_path: Option<Arc<[u8]>>,
    /// Of a file of an overlay: device and inode of the file in the layer it shows. Of a unix socket
    /// those of the file at `resolved`.
    pub overlay_lower: Option<(u32, u64)>,
    /// Of a unix socket: the name that it, or its peer, was bound with, where `resolved` is known.
    pub bound: Option<Arc<[u8]>>,
    /// Flags of the open in the capture format's numbers (`PPM_O_*`).
    pub open_flags: u32,
    /// Device of the inode, as captures encode it.
    pub dev: u32,
    /// Mount it was opened through.
    pub mnt: u32,
    /// Inode.
    pub ino: u64,
    /// Sockets: endpoints, protocol, role.
    pub socket: Socket,
    /// Unix sockets: kernel addresses of this socket and its peer.
    pub unix: Option<(u64, u64)>,
    /// Whether the file lies in the upper layer of an overlay.
    pub upper_layer: bool,
    /// Whether it lies in a lower layer of an overlay.
    pub lower_layer: bool,
}

/// Groups of kinds that never change into each other: files, IP sockets, unix sockets.
fn class(kind: i8) -> Option<u8> {
    match kind {
        kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY => Some(0),
        kinds::IPV4_SOCK..=kinds::IPV6_SERVSOCK => Some(1),
        kinds::UNIX_SOCK => Some(2),
        _ => None,
    }
}

impl FdInfo {
    /// A descriptor of a kind with a name.
    pub fn new(kind: i8, name: Vec<u8>) -> Self {
        Self { kind, name: name.into(), ..Self::default() }
    }

    /// The row of the kind.
    pub fn kind_row(&self) -> Option<&'static FdKind> {
        names::fd_kind(self.kind)
    }

    /// Whether it is a file or directory.
    pub fn is_path(&self) -> bool {
        matches!(self.kind, kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY)
    }

    /// Whether it is an IPv4 or IPv6 socket.
    pub fn is_inet(&self) -> bool {
        (kinds::IPV4_SOCK..=kinds::IPV6_SERVSOCK).contains(&self.kind)
    }

    /// The client's endpoint of an IP socket whose role is known.
    pub fn client(&self) -> Option<Endpoint> {
        self.source().filter(|_| self.socket.role != Role::Unknown)
    }

    /// The server's endpoint, or the one it listens on, once its role is known.
    pub fn server(&self) -> Option<Endpoint> {
        self.destination().filter(|_| self.socket.role != Role::Unknown)
    }

    /// The first endpoint, whatever the role.
    pub fn source(&self) -> Option<Endpoint> {
        self.socket.ends.source(self.kind)
    }

    /// The second endpoint, or the one it listens on, whatever the role.
    pub fn destination(&self) -> Option<Endpoint> {
        self.socket.ends.destination(self.kind)
    }

    /// The protocol. Of a socket that neither listens nor has a role only whether it is raw.
    pub fn l4proto(&self) -> L4 {
        if !self.is_inet() {
            return L4::Na;
        }
        let l4 = self.socket.ends.l4(self.kind);
        let waits = matches!(self.kind, kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK);
        if waits || l4 == L4::Raw || self.socket.role != Role::Unknown { l4 } else { L4::Na }
    }

    /// Whether it speaks TCP over IPv4.
    pub fn is_tcp_v4(&self) -> bool {
        self.kind == kinds::IPV4_SOCK && self.socket.ends.l4(self.kind) == L4::Tcp
    }

    /// Whether it speaks UDP over IPv4.
    pub fn is_udp_v4(&self) -> bool {
        self.kind == kinds::IPV4_SOCK && self.socket.ends.l4(self.kind) == L4::Udp
    }

    /// Takes over what the kernel reports of the object; a known name as requested stays.
    pub(crate) fn learn(&mut self, reported: &Descriptor<'_>) {
        let kind = match reported.kind.cast_signed() {
            kinds::UNSUPPORTED => nameless_kind(reported.payload),
            kinds::FILE_V2 if reported.payload.starts_with(b"memfd:") => kinds::MEMFD,
            kind => kind,
        };
        let same = self.ino == reported.ino && self.dev == reported.dev && self.kind == kind;
        // Of a file: the number belongs to another object, whose open was not reported.
        let other = (self.ino != 0 && self.ino != reported.ino)
            || (self.dev != 0 && self.dev != reported.dev)
            || !matches!(
                self.kind,
                kinds::UNKNOWN | kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY
            );
        let former = std::mem::replace(&mut self.kind, kind);
        // An entry that cannot be this object is stale, whether its close was seen or not.
        let known = |ino: u64| ino != 0;
        let another = known(self.ino)
            && known(reported.ino)
            && !(self.ino == reported.ino && self.dev == reported.dev);
        if class(former).is_some_and(|of| class(kind).is_some_and(|now| now != of))
            || (another && class(former) != class(kind))
        {
            *self = Self { kind, ..Self::default() };
        }
        self.open_flags = reported.open_flags;
        self.dev = reported.dev;
        self.mnt = reported.mnt;
        self.ino = reported.ino;
        if reported.payload.is_empty() {
            // The path is not known, but it is not that of the previous file.
            if other && self.is_path() {
                (self.name, self.name_raw) = Default::default();
            }
            if !same {
                self.resolved = None;
            }
            return;
        }
        if self.is_inet() || kind == kinds::UNIX_SOCK {
            self.learn_socket(reported, former);
        } else if self.is_path() {
            let resolved: Arc<[u8]> = reported.payload.into();
            // A file keeps the name it was opened by; a directory has the path under which files below
            // it are opened now.
            let stays = same && kind != kinds::DIRECTORY;
            if self.name.is_empty()
                || other
                || (!stays && self.resolved.as_ref().is_some_and(|old| *old != resolved))
            {
                self.name = Arc::clone(&resolved);
                self.name_raw = Arc::default();
            }
            self.resolved = Some(resolved);
        } else if self.name.is_empty() || !same {
            self.name = reported.payload.into();
            self.name_raw = Arc::default();
        }
    }

    /// Takes over a path the host resolved where the kernel's walk did not end.
    pub(crate) fn learn_path(&mut self, path: &Arc<[u8]>) {
        if self.name.is_empty() {
            self.name = Arc::clone(path);
        }
        self.resolved = Some(Arc::clone(path));
    }

    /// Takes over a socket as the kernel reports it: client first where the role is known, else the
    /// local endpoint first.
    fn learn_socket(&mut self, reported: &Descriptor<'_>, former: i8) {
        let Some((l4, tuple)) = reported.payload.split_first() else { return };
        let kind = self.kind;
        if kind == kinds::UNIX_SOCK {
            let mut now = Self::default();
            now.learn_unix(tuple);
            let peers = |info: &Self| info.unix.filter(|(one, other)| *one != 0 && *other != 0);
            let moved = |(one, other): (u64, u64)| {
                peers(&now).is_some_and(|ends| ends != (one, other) && ends != (other, one))
            };
            let parted = reported.role & roles::PARTED != 0;
            if self.name.is_empty() || parted || peers(self).is_some_and(moved) {
                self.learn_unix(tuple);
            }
            return;
        }
        let Some((pair_kind, first, second)) = pair(tuple) else { return };
        self.socket.connected |= reported.role & 4 != 0;
        self.socket.role = match reported.role & 3 {
            1 => Role::Server,
            2 => Role::Client,
            _ => self.socket.role,
        };
        self.socket.elsewhere = None;
        if reported.role & roles::ELSEWHERE != 0 {
            // The local endpoint is first, except on the server's side.
            let asked = reported.role & roles::SERVER != 0 && second.port != 0;
            self.socket.elsewhere = Some(if asked { second.ip } else { first.ip });
        }
        if reported.role & roles::PARTED != 0 {
            (self.name, self.name_raw) = Default::default();
            let elsewhere = self.socket.elsewhere;
            self.socket = Socket { elsewhere, ..Socket::default() };
            self.socket.ends.set_l4(self.kind, *l4);
            return;
        }
        // Without a peer it listens, or has not been connected yet.
        if second.port == 0 {
            let waits = |kind| matches!(kind, kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK);
            if waits(kind) {
                if let Some(local) = own_end(tuple).filter(|end| end.port != 0) {
                    // A socket bound to the unspecified address may be known as one of IPv4.
                    let v4 = mapped(local.ip).filter(|_| former == kinds::IPV4_SERVSOCK);
                    self.kind = if v4.is_some() { former } else { kind };
                    let end = Endpoint { ip: v4.map_or(local.ip, Into::into), ..local };
                    self.socket.ends.set_destination(self.kind, end);
                    self.name = local.to_string().into_bytes().into();
                    if self.socket.role == Role::Unknown {
                        self.socket.role = Role::Server;
                    }
                }
            } else if class(former) == Some(1) {
                self.kind = former;
            }
            self.socket.ends.set_l4(self.kind, *l4);
            return;
        }
        // The role cannot be seen afterwards: the smaller port is taken for the server's, as in the
        // first snapshot.
        if self.socket.role == Role::Unknown {
            let serves = first.port < second.port;
            self.socket.role = if serves { Role::Server } else { Role::Client };
        }
        // The probe puts the client first only where it knows the role.
        let swap = !matches!(reported.role & 3, 1 | 2) && self.socket.role.is_server();
        let (client, server) = if swap { (second, first) } else { (first, second) };
        self.kind = pair_kind;
        self.socket.ends.set_source(pair_kind, client);
        self.socket.ends.set_destination(pair_kind, server);
        self.socket.ends.set_l4(pair_kind, *l4);
        self.name = format!("{client}->{server}").into_bytes().into();
    }

    /// Takes over the tuple of a unix socket, as captures encode it.
    pub(crate) fn learn_unix(&mut self, tuple: &[u8]) {
        let Some((1, rest)) = tuple.split_first() else { return };
        let number = |at: usize| {
            rest.get(at..).and_then(<[u8]>::first_chunk).copied().map(u64::from_le_bytes)
        };
        self.kind = kinds::UNIX_SOCK;
        self.unix = number(0).zip(number(8));
        self.name = tuple_text(tuple).unwrap_or_default().into();
    }
}

/// The kind of descriptor that the kernel's name of an anonymous inode stands for.
pub(crate) fn nameless_kind(name: &[u8]) -> i8 {
    let bare = name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name);
    match bare {
        b"eventpoll" => kinds::EVENTPOLL,
        b"signalfd" => kinds::SIGNALFD,
        b"timerfd" => kinds::TIMERFD,
        b"inotify" => kinds::INOTIFY,
        b"userfaultfd" => kinds::USERFAULTFD,
        b"io_uring" => kinds::IOURING,
        b"pidfd" => kinds::PIDFD,
        _ if bare.starts_with(b"eventfd") => kinds::EVENT,
        _ if bare.starts_with(b"bpf") => kinds::BPF,
        _ => kinds::UNSUPPORTED,
    }
}

/// The local endpoint of a socket, as the probe reports it.
fn own_end(tuple: &[u8]) -> Option<Endpoint> {
    let (family, rest) = tuple.split_first()?;
    endpoint(rest, if *family == 2 { 4 } else { 16 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_fd_drops_the_old_name() {
        let reported = |kind: i8, ino| Descriptor {
            fd: 3,
            kind: kind.cast_unsigned(),
            role: 0,
            open_flags: 0,
            dev: 1,
            mnt: 1,
            ino,
            payload: b"",
        };
        let mut info = FdInfo::new(kinds::FILE_V2, b"/etc/locale".to_vec());
        info.learn(&reported(kinds::FILE_V2, 7));
        assert_eq!(&*info.name, b"/etc/locale", "as asked for");
        info.learn(&reported(kinds::IPV4_SOCK, 8));
        assert_eq!((&*info.name, &*info.name_raw), (&b""[..], &b""[..]), "a socket is no file");
        assert_eq!((info.kind, info.ino), (kinds::IPV4_SOCK, 8));
    }
}
