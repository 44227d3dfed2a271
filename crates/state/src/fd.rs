//! What a descriptor is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use peregrine_event::{Descriptor, FdKind, names};

/// `SCAP_FD_*` numbers this crate sets by itself.
pub mod kinds {
    #![expect(missing_docs, reason = "the names are the capture format's, see FD_KINDS")]
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

/// Which end of a connection a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Not known.
    #[default]
    Unknown,
    /// It connected.
    Client,
    /// It was connected to.
    Server,
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

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The address.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.ip, self.port)
    }
}

/// What is known of a network socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Socket {
    /// The end that asked: the tuple's source.
    pub client: Option<Endpoint>,
    /// The end that was asked: the tuple's destination, or where a server listens.
    pub server: Option<Endpoint>,
    /// The protocol.
    pub l4: L4,
    /// Which of the two this process is.
    pub role: Role,
    /// Whether the connection stands.
    pub connected: bool,
}

/// A descriptor of a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FdInfo {
    /// `SCAP_FD_*`.
    pub kind: i8,
    /// The name as asked for, absolute and cleaned; of sockets the tuple.
    pub name: Arc<[u8]>,
    /// The name exactly as asked for.
    pub name_raw: Arc<[u8]>,
    /// The path the kernel walked to the object, where the probe told it.
    pub resolved: Option<Arc<[u8]>>,
    /// The path inside the file system, where the probe told that it can be another one: a mount that
    /// shows only a part, a process below a folder.
    pub inside: Option<Arc<[u8]>>,
    /// Of an overlay's file: device and inode of the file in a layer that it shows.
    pub below: Option<(u32, u64)>,
    /// Flags of the open, in the capture format's numbers (`PPM_O_*`).
    pub open_flags: u32,
    /// Device of the inode, as captures encode it.
    pub dev: u32,
    /// Mount it was opened through.
    pub mnt: u32,
    /// Inode.
    pub ino: u64,
    /// Network sockets: ends, protocol, role.
    pub socket: Option<Socket>,
    /// Unix sockets: kernel addresses of this end and the peer, for matching ends.
    pub unix: Option<(u64, u64)>,
    /// Whether the file lies in the upper layer of an overlay.
    pub upper_layer: bool,
    /// Whether it lies in a lower layer.
    pub lower_layer: bool,
    /// Whether the last event changed the name.
    pub name_changed: bool,
}

/// Kinds of which one never becomes another: files, sockets of the internet, sockets of this host.
fn class(kind: i8) -> Option<u8> {
    match kind {
        kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY => Some(0),
        kinds::IPV4_SOCK..=kinds::IPV6_SERVSOCK => Some(1),
        kinds::UNIX_SOCK => Some(2),
        _ => None,
    }
}

impl FdInfo {
    /// A descriptor of a kind, with a name.
    pub fn new(kind: i8, name: Vec<u8>) -> Self {
        let name: Arc<[u8]> = name.into();
        Self { kind, name_raw: Arc::clone(&name), name, ..Self::default() }
    }

    /// The kind's row.
    pub fn kind_row(&self) -> Option<&'static FdKind> {
        names::fd_kind(self.kind)
    }

    /// Whether it names a file or folder.
    pub fn is_path(&self) -> bool {
        matches!(self.kind, kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY)
    }

    /// Whether it is an IPv4 or IPv6 socket.
    pub fn is_inet(&self) -> bool {
        (kinds::IPV4_SOCK..=kinds::IPV6_SERVSOCK).contains(&self.kind)
    }

    /// Takes over what the kernel said of the object; the name as asked for stays where one is
    /// known.
    pub(crate) fn learn(&mut self, told: &Descriptor<'_>) {
        let kind = match told.kind.cast_signed() {
            kinds::UNSUPPORTED => nameless_kind(told.payload),
            kinds::FILE_V2 if told.payload.starts_with(b"memfd:") => kinds::MEMFD,
            kind => kind,
        };
        let same = self.ino == told.ino && self.dev == told.dev && self.kind == kind;
        // Of a file: another object under an old number, of which no event told.
        let other = (self.ino != 0 && self.ino != told.ino)
            || (self.dev != 0 && self.dev != told.dev)
            || !matches!(
                self.kind,
                kinds::UNKNOWN | kinds::FILE | kinds::FILE_V2 | kinds::DIRECTORY
            );
        let former = std::mem::replace(&mut self.kind, kind);
        // What was known under this number and cannot be this is gone, whether its end was seen or not.
        if class(former).is_some_and(|of| class(kind).is_some_and(|now| now != of)) {
            *self = Self { kind, ..Self::default() };
        }
        self.open_flags = told.open_flags;
        self.dev = told.dev;
        self.mnt = told.mnt;
        self.ino = told.ino;
        if told.payload.is_empty() {
            // Its path is not known, but it is not that of another file.
            if other && self.is_path() {
                (self.name, self.name_raw) = Default::default();
            }
            if !same {
                self.resolved = None;
            }
            return;
        }
        if self.is_inet() || kind == kinds::UNIX_SOCK {
            self.learn_socket(told, former);
        } else if self.is_path() {
            let resolved: Arc<[u8]> = told.payload.into();
            // A file keeps the name it was opened by; a folder's is that of what is opened below it now.
            let stays = same && kind != kinds::DIRECTORY;
            if self.name.is_empty()
                || other
                || (!stays && self.resolved.as_ref().is_some_and(|old| *old != resolved))
            {
                self.name = Arc::clone(&resolved);
                self.name_raw = Arc::clone(&resolved);
            }
            self.resolved = Some(resolved);
        } else if self.name.is_empty() || !same {
            self.name = told.payload.into();
            self.name_raw = Arc::clone(&self.name);
        }
    }

    /// Takes over a path that user space found where the kernel told none.
    pub(crate) fn learn_path(&mut self, path: &Arc<[u8]>) {
        if self.name.is_empty() {
            (self.name, self.name_raw) = (Arc::clone(path), Arc::clone(path));
        }
        self.resolved = Some(Arc::clone(path));
    }

    /// A socket as the kernel has it: who asked whom where that is known, else this end first.
    fn learn_socket(&mut self, told: &Descriptor<'_>, former: i8) {
        let Some((l4, tuple)) = told.payload.split_first() else { return };
        let kind = self.kind;
        if kind == kinds::UNIX_SOCK {
            if self.name.is_empty() {
                self.learn_tuple(tuple);
            }
            return;
        }
        let known = self.socket.unwrap_or_default();
        let mut now = Self::default();
        now.learn_tuple(tuple);
        let Some(Socket { client: first, server: second, .. }) = now.socket else { return };
        let second = second.filter(|end| end.port != 0);
        let role = match told.role & 3 {
            1 => Role::Server,
            2 => Role::Client,
            _ => known.role,
        };
        let mut socket = Socket { l4: L4::from_id(*l4), role, ..known };
        socket.connected = known.connected || told.role & 4 != 0;
        match (first, second) {
            // No other end: it listens, or has not spoken to anybody yet.
            (Some(local), None) => {
                if local.port != 0 && (kind == kinds::IPV4_SERVSOCK || kind == kinds::IPV6_SERVSOCK)
                {
                    socket.server = Some(local);
                    self.name = local.to_string().into_bytes().into();
                } else if former == kinds::IPV4_SERVSOCK || former == kinds::IPV6_SERVSOCK {
                    self.kind = former;
                }
            }
            (Some(first), Some(second)) => {
                // Which end asked is not known after the fact: the end with the smaller port
                // answers, as in the first snapshot.
                if role == Role::Unknown {
                    let serves = first.port < second.port;
                    socket.role = if serves { Role::Server } else { Role::Client };
                }
                // The probe writes the asking end first only where it knows which one that is.
                let swap = !matches!(told.role & 3, 1 | 2) && socket.role == Role::Server;
                let (client, server) = if swap { (second, first) } else { (first, second) };
                (socket.client, socket.server) = (Some(client), Some(server));
                self.name = format!("{client}->{server}").into_bytes().into();
                if kind == kinds::IPV6_SOCK && client.ip.is_ipv4() {
                    self.kind = kinds::IPV4_SOCK;
                }
            }
            (None, _) => {}
        }
        self.socket = Some(socket);
    }

    /// Takes over a socket tuple as captures encode it (`family u8`, source, destination).
    pub(crate) fn learn_tuple(&mut self, tuple: &[u8]) {
        let Some((family, rest)) = tuple.split_first() else { return };
        match *family {
            1 => {
                let source = rest.get(0..8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
                let peer = rest.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
                let path = rest.get(16..).unwrap_or_default();
                let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
                self.kind = kinds::UNIX_SOCK;
                self.unix = source.zip(peer);
                let (source, peer) = self.unix.unwrap_or_default();
                let mut name = format!("{source:x}->{peer:x}").into_bytes();
                if !path.is_empty() {
                    name.push(b' ');
                    name.extend_from_slice(path);
                }
                self.name = name.into();
            }
            2 | 10 => {
                let width = if *family == 2 { 4 } else { 16 };
                let source = endpoint(rest, width);
                let destination = rest.get(width + 2..).and_then(|rest| endpoint(rest, width));
                let mut socket = self.socket.unwrap_or_default();
                (socket.client, socket.server) = (source, destination);
                self.socket = Some(socket);
                // An IPv6 socket that speaks IPv4 is an IPv4 connection to everybody else.
                let v4 = source.is_none_or(|end| end.ip.is_ipv4());
                self.kind = if v4 { kinds::IPV4_SOCK } else { kinds::IPV6_SOCK };
                if let (Some(source), Some(destination)) = (source, destination) {
                    self.name = format!("{source}->{destination}").into_bytes().into();
                }
            }
            _ => {}
        }
    }
}

/// What the kernel's name of an anonymous inode says it is.
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

/// An address and a port at the front of `bytes`.
pub(crate) fn endpoint(bytes: &[u8], width: usize) -> Option<Endpoint> {
    let port = bytes.get(width..width + 2)?.try_into().ok().map(u16::from_le_bytes)?;
    let ip = if width == 4 {
        let octets: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        IpAddr::V4(Ipv4Addr::from(octets))
    } else {
        let octets: [u8; 16] = bytes.get(..16)?.try_into().ok()?;
        let ip = Ipv6Addr::from(octets);
        ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)
    };
    Some(Endpoint { ip, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_used_again_takes_no_name_from_before() {
        let told = |kind: i8, ino| Descriptor {
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
        info.learn(&told(kinds::FILE_V2, 7));
        assert_eq!(&*info.name, b"/etc/locale", "as asked for");
        info.learn(&told(kinds::IPV4_SOCK, 8));
        assert_eq!((&*info.name, &*info.name_raw), (&b""[..], &b""[..]), "a socket is no file");
        assert_eq!((info.kind, info.ino), (kinds::IPV4_SOCK, 8));
    }
}
