//! Data that moves, through descriptors of every kind, in a network of their own.

use std::net::{IpAddr, Ipv6Addr};

use super::calls::{reg, sys};
use super::process::{keep, some_fd};
use crate::events::Dice;

/// Ports that acts use.
pub const PORTS: [u16; 4] = [53, 80, 443, 4444];
/// Addresses that acts use; the last one is the first as an IPv6 socket has it.
pub const ADDRESSES: [&str; 4] = ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"];

const BYTES: &[u8; 16] = b"sixteen of bytes";

/// An address and a port.
type End = (&'static str, u16);

/// One act.
#[derive(Debug)]
pub enum IoAct {
    /// A socket of a family and a type.
    Socket(i32, i32),
    Bind(i32, End),
    Connect(i32, End),
    Listen(i32),
    Accept(i32),
    /// Two TCP sockets that speak with each other.
    Pair(End),
    UnixPair(i32),
    Pipe,
    Event,
    Memory,
    /// A call that moves so many bytes through a descriptor.
    Plain(Plain, i32, usize),
    /// With an address.
    To(bool, i32, usize, Option<End>),
    Close(i32),
}

/// Calls that only name a descriptor and what to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Read,
    Write,
    Pread,
    Pwrite,
    Readv,
    Writev,
    Recv,
    RecvMessage,
}

const PLAIN: [Plain; 10] = [
    Plain::Read,
    Plain::Read,
    Plain::Write,
    Plain::Write,
    Plain::Pread,
    Plain::Pwrite,
    Plain::Readv,
    Plain::Writev,
    Plain::Recv,
    Plain::RecvMessage,
];

impl IoAct {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let end = |dice: &mut Dice| (dice.of(&ADDRESSES), dice.of(&PORTS));
        let fd = some_fd(dice);
        match dice.roll(32) {
            0 | 1 => {
                let family = dice.of(&[libc::AF_INET, libc::AF_INET6, libc::AF_UNIX]);
                Self::Socket(family, dice.of(&[libc::SOCK_STREAM, libc::SOCK_DGRAM]))
            }
            2 => Self::Bind(fd, end(dice)),
            3 | 4 => Self::Connect(fd, end(dice)),
            5 => Self::Listen(fd),
            6 => Self::Accept(fd),
            7 | 8 => Self::Pair(end(dice)),
            9 => Self::UnixPair(dice.of(&[libc::SOCK_STREAM, libc::SOCK_DGRAM])),
            10 => dice_of(dice),
            11 => Self::Close(fd),
            12..24 => Self::Plain(dice.of(&PLAIN), fd, dice.roll(BYTES.len() + 1)),
            _ => {
                let to = (dice.roll(2) == 0).then(|| end(dice));
                Self::To(dice.roll(3) == 0, fd, dice.roll(BYTES.len() + 1), to)
            }
        }
    }

    pub(super) fn commit(&self) -> i64 {
        match self {
            Self::Socket(family, kind) => keep(socket(*family, *kind)),
            Self::Bind(fd, end) => {
                with(*end, |at, len| sys(libc::SYS_bind, &[reg((*fd).into()), at, len]))
            }
            Self::Connect(fd, end) => {
                with(*end, |at, len| sys(libc::SYS_connect, &[reg((*fd).into()), at, len]))
            }
            Self::Listen(fd) => sys(libc::SYS_listen, &[reg((*fd).into()), 4]),
            Self::Accept(fd) => {
                let flags = libc::SOCK_NONBLOCK as usize;
                keep(sys(libc::SYS_accept4, &[reg((*fd).into()), 0, 0, flags]))
            }
            Self::Pair(end) => pair(*end),
            Self::UnixPair(kind) => {
                let kind = reg((*kind | libc::SOCK_NONBLOCK).into());
                two(|at| sys(libc::SYS_socketpair, &[libc::AF_UNIX as usize, kind, 0, at]))
            }
            Self::Pipe => two(|at| sys(libc::SYS_pipe2, &[at, libc::O_NONBLOCK as usize])),
            Self::Event => keep(sys(libc::SYS_eventfd2, &[1, libc::EFD_NONBLOCK as usize])),
            Self::Memory => keep(sys(libc::SYS_memfd_create, &[c"acts".as_ptr() as usize, 0])),
            Self::Plain(call, fd, len) => call.commit(*fd, *len),
            Self::To(message, fd, len, end) => match end {
                Some(end) => with(*end, |at, size| send(*message, *fd, *len, at, size)),
                None => send(*message, *fd, *len, 0, 0),
            },
            Self::Close(fd) => sys(libc::SYS_close, &[reg((*fd).into())]),
        }
    }
}

fn dice_of(dice: &mut Dice) -> IoAct {
    match dice.roll(3) {
        0 => IoAct::Pipe,
        1 => IoAct::Event,
        _ => IoAct::Memory,
    }
}

impl Plain {
    fn commit(self, fd: i32, len: usize) -> i64 {
        let mut room = [0_u8; 64];
        let fd = reg(fd.into());
        let (out, into) = (BYTES.as_ptr() as usize, room.as_mut_ptr() as usize);
        let (outs, intos) = ([out, len], [into, len]);
        let (outs, intos) = (outs.as_ptr() as usize, intos.as_ptr() as usize);
        let wait = libc::MSG_DONTWAIT as usize;
        match self {
            Self::Read => sys(libc::SYS_read, &[fd, into, len]),
            Self::Write => sys(libc::SYS_write, &[fd, out, len]),
            Self::Pread => sys(libc::SYS_pread64, &[fd, into, len, 0]),
            Self::Pwrite => sys(libc::SYS_pwrite64, &[fd, out, len, 0]),
            Self::Readv => sys(libc::SYS_readv, &[fd, intos, 1]),
            Self::Writev => sys(libc::SYS_writev, &[fd, outs, 1]),
            Self::Recv => sys(libc::SYS_recvfrom, &[fd, into, len, wait, 0, 0]),
            Self::RecvMessage => {
                let mut message = [0, 0, intos, 1, 0, 0, 0];
                sys(libc::SYS_recvmsg, &[fd, message.as_mut_ptr() as usize, wait])
            }
        }
    }
}

fn send(message: bool, fd: i32, len: usize, at: usize, size: usize) -> i64 {
    let flags = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as usize;
    let (fd, out) = (reg(fd.into()), BYTES.as_ptr() as usize);
    if !message {
        return sys(libc::SYS_sendto, &[fd, out, len, flags, at, size]);
    }
    let pieces = [out, len];
    let message = [at, size, pieces.as_ptr() as usize, 1, 0, 0, 0];
    sys(libc::SYS_sendmsg, &[fd, message.as_ptr() as usize, flags])
}

fn socket(family: i32, kind: i32) -> i64 {
    let kind = reg((kind | libc::SOCK_NONBLOCK).into());
    let fd = sys(libc::SYS_socket, &[reg(family.into()), kind, 0]);
    let on = 1_i32;
    let at = (&raw const on) as usize;
    let reuse = [libc::SOL_SOCKET as usize, libc::SO_REUSEADDR as usize];
    sys(libc::SYS_setsockopt, &[reg(fd), reuse[0], reuse[1], at, 4]);
    fd
}

/// Both ends of what a call makes.
fn two(make: impl FnOnce(usize) -> i64) -> i64 {
    let mut ends = [0_i32; 2];
    let result = make(ends.as_mut_ptr() as usize);
    if result == 0 {
        for end in ends {
            keep(end.into());
        }
    }
    result
}

fn pair(end: End) -> i64 {
    let family = if end.0.contains(':') { libc::AF_INET6 } else { libc::AF_INET };
    let listener = socket(family, libc::SOCK_STREAM);
    let client = socket(family, libc::SOCK_STREAM);
    let asked = with(end, |at, len| {
        let bound = sys(libc::SYS_bind, &[reg(listener), at, len]);
        if bound < 0 {
            return bound;
        }
        sys(libc::SYS_listen, &[reg(listener), 1]);
        sys(libc::SYS_connect, &[reg(client), at, len])
    });
    let server = sys(libc::SYS_accept4, &[reg(listener), 0, 0, libc::SOCK_NONBLOCK as usize]);
    sys(libc::SYS_close, &[reg(listener)]);
    keep(client);
    keep(server);
    asked
}

/// Has a call use the address as the kernel takes it.
fn with((address, port): End, act: impl FnOnce(usize, usize) -> i64) -> i64 {
    let ip = address.parse().unwrap_or(IpAddr::V6(Ipv6Addr::LOCALHOST));
    let mut bytes = [0_u8; 28];
    bytes[2..4].copy_from_slice(&port.to_be_bytes());
    let (family, len) = match ip {
        IpAddr::V4(ip) => {
            bytes[4..8].copy_from_slice(&ip.octets());
            (libc::AF_INET, 16)
        }
        IpAddr::V6(ip) => {
            bytes[8..24].copy_from_slice(&ip.octets());
            (libc::AF_INET6, 28)
        }
    };
    bytes[0] = u8::try_from(family).unwrap_or(0);
    act(bytes.as_ptr() as usize, len)
}

/// Leaves the host's network, for one with nothing but its loopback.
pub(super) fn network_of_its_own() {
    sys(libc::SYS_unshare, &[libc::CLONE_NEWNET as usize]);
    let fd = sys(libc::SYS_socket, &[libc::AF_INET as usize, libc::SOCK_DGRAM as usize, 0]);
    // The name of the interface, and that it is up.
    let mut asked = [0_u8; 40];
    asked[..2].copy_from_slice(b"lo");
    asked[16] = 1;
    sys(libc::SYS_ioctl, &[reg(fd), 0x8914, asked.as_ptr() as usize]);
    sys(libc::SYS_close, &[reg(fd)]);
}
