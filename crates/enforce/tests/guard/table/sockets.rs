//! Ways to connections, packets and sockets.

use std::ffi::CString;

use peregrine_guard::Level;
use peregrine_testkit::i386::low;
use peregrine_testkit::ring::{Entry, op};

use super::room::Room;
use super::ways::{by_descriptor, by_ring, old, open};
use super::wires::{Address, family};
use super::{Case, left, told};
use crate::acts::{Outcome, call};

const STREAM: i32 = libc::SOCK_STREAM;
const DGRAM: i32 = libc::SOCK_DGRAM;

const P3: Level = Level::Cgroup;
const ALL: &[Level] = &[Level::Lsm, Level::FmodRet, P3];

pub(super) const CASES: &[Case] = &[
    left("connect", "TCP", |r| connect(STREAM, &Address::v4(r.wires.port))),
    left("connect", "TCP over IPv6", |r| connect(STREAM, &Address::v6(r.wires.port))),
    left("connect", "TCP, a dual-stack address", |r| connect(STREAM, &Address::dual(r.wires.port))),
    left("connect", "TCP that does not wait", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(STREAM | libc::SOCK_NONBLOCK)?;
        call!(connect(fd, to.at(), to.len)).map(drop)
    }),
    left("connect", "sendto with MSG_FASTOPEN", |r| {
        let to = Address::v4(r.wires.port);
        let flags = libc::MSG_FASTOPEN;
        sendto(to.socket(STREAM)?, &to, flags)
    }),
    left("connect", "TCP_FASTOPEN_CONNECT", |r| {
        let to = Address::v4(r.wires.port);
        let (fd, on) = (to.socket(STREAM)?, 1_i32);
        let option = libc::TCP_FASTOPEN_CONNECT;
        call!(setsockopt(fd, libc::IPPROTO_TCP, option, (&raw const on).cast(), 4))?;
        call!(connect(fd, to.at(), to.len))?;
        call!(write(fd, c"x".as_ptr().cast(), 1)).map(drop)
    }),
    left("connect", "MPTCP", |r| {
        let to = Address::v4(r.wires.port);
        let fd = call!(socket(libc::AF_INET, STREAM, 262))?;
        call!(connect(fd, to.at(), to.len)).map(drop)
    }),
    left("connect", "UDP, connected first", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(DGRAM)?;
        call!(connect(fd, to.at(), to.len))?;
        call!(write(fd, c"x".as_ptr().cast(), 1)).map(drop)
    }),
    left("connect", "UDP sendto", |r| send(&Address::v4(r.wires.port))),
    left("connect", "UDP sendto over IPv6", |r| send(&Address::v6(r.wires.port))),
    left("connect", "UDP sendto, a dual-stack address", |r| send(&Address::dual(r.wires.port))),
    left("connect", "UDP sendto, an address without a family", |r| {
        send(&Address::v4(r.wires.port).of_no_family())
    }),
    left("connect", "UDP sendmsg", |r| message(r, 1)),
    left("connect", "UDP sendmmsg", |r| message(r, 3)),
    left("connect", "in a control group namespace", |r| {
        call!(unshare(libc::CLONE_NEWCGROUP))?;
        connect(STREAM, &Address::v4(r.wires.port))
    }),
    left("connect", "in a user namespace", |r| {
        call!(unshare(libc::CLONE_NEWUSER))?;
        connect(STREAM, &Address::v4(r.wires.port))
    }),
    left("connect", "io_uring connect", |r| {
        let to = Address::v4(r.wires.port);
        let (fd, addr) = (to.socket(STREAM)?, to.at() as u64);
        let off = u64::from(to.len);
        by_ring(Entry { opcode: op::CONNECT, fd, addr, off, ..Entry::default() }).map(drop)
    }),
    left("connect", "io_uring sendmsg", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(DGRAM)?;
        with_parts(&to, 1, |all| {
            let addr = (&raw const all[0].msg_hdr) as u64;
            by_ring(Entry { opcode: op::SENDMSG, fd, addr, len: 1, ..Entry::default() }).map(drop)
        })
    }),
    left("connect", "32-bit connect", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(STREAM)?.cast_unsigned();
        old(362, &[fd, low(to.bytes()), to.len]).map(drop)
    }),
    left("connect", "32-bit socketcall", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(STREAM)?.cast_unsigned();
        let words: Vec<u8> =
            [fd, low(to.bytes()), to.len].iter().flat_map(|word| word.to_ne_bytes()).collect();
        old(102, &[3, low(&words)]).map(drop)
    }),
    left("connect", "32-bit sendto", |r| {
        let to = Address::v4(r.wires.port);
        let fd = to.socket(DGRAM)?.cast_unsigned();
        old(369, &[fd, low(b"x"), 1, 0, low(to.bytes()), to.len]).map(drop)
    }),
    left("connect", "connected before the policy", |r| {
        call!(write(r.wires.connected(), c"x".as_ptr().cast(), 1)).map(drop)
    })
    .passes(ALL),
    told("bind", "TCP", |r| bind(STREAM, &Address::v4(r.wires.unbound))),
    told("bind", "UDP", |r| bind(DGRAM, &Address::v4(r.wires.unbound))),
    told("bind", "a dual-stack address", |r| bind(STREAM, &Address::dual(r.wires.unbound))),
    told("bind", "32-bit bind", |r| {
        let to = Address::v4(r.wires.unbound);
        let fd = to.socket(STREAM)?.cast_unsigned();
        old(361, &[fd, low(to.bytes()), to.len]).map(drop)
    }),
    told("listen", "TCP", |r| {
        let to = Address::v4(r.wires.unheard);
        let fd = to.socket(STREAM)?;
        call!(bind(fd, to.at(), to.len))?;
        call!(listen(fd, 1)).map(drop)
    }),
    told("listen", "32-bit listen", |r| {
        let to = Address::v4(r.wires.unheard);
        let fd = to.socket(STREAM)?;
        call!(bind(fd, to.at(), to.len))?;
        old(363, &[fd.cast_unsigned(), 1]).map(drop)
    }),
    left("socket", "SOCK_RAW, a packet of its own", |r| {
        let fd = call!(socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_RAW))?;
        let packet = udp_packet(r.wires.port);
        let to = Address::v4(0);
        call!(sendto(fd, packet.as_ptr().cast(), packet.len(), 0, to.at(), to.len)).map(drop)
    }),
    told("socket", "AF_PACKET", |_| call!(socket(libc::AF_PACKET, DGRAM, 0)).map(drop))
        .passes(&[P3]),
    told("socket", "32-bit socket", |_| {
        let (family, kind) = (libc::AF_INET.cast_unsigned(), libc::SOCK_RAW.cast_unsigned());
        old(359, &[family, kind, libc::IPPROTO_RAW.cast_unsigned()]).map(drop)
    }),
    left("unix_connect", "stream", |r| unix(r, "stream", STREAM)),
    left("unix_connect", "datagrams, connected first", |r| {
        let to = unix_address(&r.c("datagrams"));
        let fd = call!(socket(libc::AF_UNIX, DGRAM, 0))?;
        call!(connect(fd, to.as_ptr().cast(), 110))?;
        call!(write(fd, c"x".as_ptr().cast(), 1)).map(drop)
    }),
    left("unix_connect", "sendto", |r| {
        let to = unix_address(&r.c("datagrams"));
        let fd = call!(socket(libc::AF_UNIX, DGRAM, 0))?;
        call!(sendto(fd, c"x".as_ptr().cast(), 1, 0, to.as_ptr().cast(), 110)).map(drop)
    }),
    left("unix_connect", "symbolic link", |r| unix(r, "to-stream", STREAM)),
    left("unix_connect", "O_PATH, then /proc/self/fd", |r| {
        let fd = open(&r.c("stream"), libc::O_PATH)?;
        let to = unix_address(&by_descriptor(fd));
        let fd = call!(socket(libc::AF_UNIX, STREAM, 0))?;
        call!(connect(fd, to.as_ptr().cast(), 110)).map(drop)
    }),
    left("unix_connect", "io_uring connect", |r| {
        let to = unix_address(&r.c("stream"));
        let fd = call!(socket(libc::AF_UNIX, STREAM, 0))?;
        let addr = to.as_ptr() as u64;
        by_ring(Entry { opcode: op::CONNECT, fd, addr, off: 110, ..Entry::default() }).map(drop)
    }),
    left("unix_connect", "32-bit connect", |r| {
        let to = unix_address(&r.c("stream"));
        let fd = call!(socket(libc::AF_UNIX, STREAM, 0))?.cast_unsigned();
        old(362, &[fd, low(&to), 110]).map(drop)
    }),
];

fn connect(kind: i32, to: &Address) -> Outcome {
    call!(connect(to.socket(kind)?, to.at(), to.len)).map(drop)
}

fn bind(kind: i32, to: &Address) -> Outcome {
    call!(bind(to.socket(kind)?, to.at(), to.len)).map(drop)
}

fn sendto(fd: i32, to: &Address, flags: i32) -> Outcome {
    call!(sendto(fd, c"x".as_ptr().cast(), 1, flags, to.at(), to.len)).map(drop)
}

fn send(to: &Address) -> Outcome {
    sendto(to.socket(DGRAM)?, to, 0)
}

/// By one message, or by some at once.
fn message(room: &Room, count: usize) -> Outcome {
    let to = Address::v4(room.wires.port);
    let fd = to.socket(DGRAM)?;
    with_parts(&to, count, |all| {
        if count == 1 {
            return call!(sendmsg(fd, &raw const all[0].msg_hdr, 0)).map(drop);
        }
        let len = u32::try_from(all.len()).unwrap();
        call!(sendmmsg(fd, all.as_mut_ptr(), len, 0)).map(drop)
    })
}

/// Messages of one byte to an address.
fn with_parts<T>(to: &Address, count: usize, each: impl FnOnce(&mut [libc::mmsghdr]) -> T) -> T {
    let mut byte = 0_u8;
    let mut part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: of numbers and pointers, for which 0 is a value.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_name = to.at().cast_mut().cast();
    message.msg_hdr.msg_namelen = to.len;
    message.msg_hdr.msg_iov = &raw mut part;
    message.msg_hdr.msg_iovlen = 1;
    each(&mut vec![message; count])
}

fn unix_address(path: &CString) -> [u8; 110] {
    let mut bytes = [0; 110];
    bytes[..2].copy_from_slice(&family(libc::AF_UNIX));
    let path = path.as_bytes();
    bytes[2..2 + path.len()].copy_from_slice(path);
    bytes
}

fn unix(room: &Room, name: &str, kind: i32) -> Outcome {
    let to = unix_address(&room.c(name));
    let fd = call!(socket(libc::AF_UNIX, kind, 0))?;
    call!(connect(fd, to.as_ptr().cast(), 110)).map(drop)
}

/// A datagram to a port of this host, with its header of IPv4; without sums, which the kernel adds or does not miss.
fn udp_packet(port: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1];
    packet.extend(40_000_u16.to_be_bytes());
    packet.extend(port.to_be_bytes());
    packet.extend([0, 9, 0, 0, b'x']);
    packet
}
