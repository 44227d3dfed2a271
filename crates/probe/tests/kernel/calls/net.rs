//! Calls that make, join and change sockets.

use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;

use super::Row;
use crate::call;
use crate::sockets::{address, tuple};
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("socket", socket),
    Row("socketpair", socketpair),
    Row("bind", bind),
    Row("listen", listen),
    Row("connect", connect),
    Row("accept", accept),
    Row("accept4", accept4),
    Row("getsockname", getsockname),
    Row("getpeername", getpeername),
    Row("shutdown", shutdown),
    Row("setsockopt", setsockopt),
    Row("getsockopt", getsockopt),
];

/// An address for the kernel.
pub fn sockaddr(address: SocketAddr) -> Vec<u8> {
    let mut bytes = Vec::new();
    match address {
        SocketAddr::V4(v4) => {
            bytes.extend_from_slice(&2_u16.to_ne_bytes());
            bytes.extend_from_slice(&v4.port().to_be_bytes());
            bytes.extend_from_slice(&v4.ip().octets());
            bytes.extend_from_slice(&[0; 8]);
        }
        SocketAddr::V6(v6) => {
            bytes.extend_from_slice(&10_u16.to_ne_bytes());
            bytes.extend_from_slice(&v6.port().to_be_bytes());
            bytes.extend_from_slice(&[0; 4]);
            bytes.extend_from_slice(&v6.ip().octets());
            bytes.extend_from_slice(&[0; 4]);
        }
    }
    bytes
}

fn fd(of: &impl AsRawFd) -> P {
    P::I64(of.as_raw_fd().into())
}

const BAD: i64 = 12345;

fn socket(watch: &mut Watch) {
    let (stream, both) = (libc::SOCK_STREAM, libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC);
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds[0] = call!(SYS_socket, libc::AF_INET6, stream | both, 6);
        fds[1] = call!(SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, 0);
        call!(SYS_socket, 9999, stream, 7);
    });
    let reported = |res, domain, kind: i32, protocol, flags| {
        let kind = P::U32(kind.cast_unsigned());
        let params = [P::I64(res), P::U32(domain), kind, P::U32(protocol), P::U32(flags)];
        Expected("socket", params.to_vec())
    };
    watch.compare(
        &seen,
        &[
            reported(fds[0], 10, stream | both, 6, 4096 | 64),
            reported(fds[1], 16, libc::SOCK_RAW, 0, 0),
            reported(-97, 9999, stream, 7, 0),
        ],
    );
    let descriptor = seen[0].trailer().descriptor(fds[0]).unwrap();
    assert_eq!((descriptor.kind, descriptor.payload[0]), (4, 2), "an IPv6 socket, TCP");
    for fd in fds {
        call!(SYS_close, fd);
    }
}

fn socketpair(watch: &mut Watch) {
    let (mut ends, mut none) = ([0_i32; 2], [0_i32; 2]);
    let seen = watch.own(|| {
        call!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_DGRAM, 0, ends.as_mut_ptr());
        call!(SYS_socketpair, libc::AF_INET, libc::SOCK_STREAM, 6, none.as_mut_ptr());
    });
    let [first, second] = ends.map(|end| P::I64(end.into()));
    // Where the kernel keeps the two sockets nobody else knows.
    let good = [P::I64(0), first, second, P::Any, P::Any, P::U32(1), P::U32(2), P::U32(0)];
    let nothing = [P::I64(-95), P::I64(-1), P::I64(-1), P::U64(0), P::U64(0)];
    let bad = [nothing.to_vec(), vec![P::U32(2), P::U32(1), P::U32(6)]].concat();
    watch.compare(&seen, &[Expected("socketpair", good.to_vec()), Expected("socketpair", bad)]);
    assert!(seen[0].num(3) != 0 && seen[0].num(4) != 0 && seen[0].num(3) != seen[0].num(4));
    for end in ends {
        assert_eq!(seen[0].trailer().descriptor(end.into()).unwrap().kind, 8, "a unix socket");
        call!(SYS_close, end);
    }
}

fn bind(watch: &mut Watch) {
    for (domain, at) in [(2, "127.0.0.1:0"), (10, "[::1]:0")] {
        let at: SocketAddr = at.parse().unwrap();
        let fd = call!(SYS_socket, domain, libc::SOCK_STREAM, 0);
        let raw = sockaddr(at);
        watch.check(
            || {
                call!(SYS_bind, fd, raw.as_ptr(), i64::try_from(raw.len()).unwrap());
                call!(SYS_bind, fd, raw.as_ptr(), 1);
                call!(SYS_bind, BAD, raw.as_ptr(), i64::try_from(raw.len()).unwrap());
            },
            &[
                Expected("bind", vec![P::I64(0), address(at), P::I64(fd)]),
                Expected("bind", vec![P::I64(-22), P::Nothing, P::I64(fd)]),
                Expected("bind", vec![P::I64(-9), address(at), P::I64(BAD)]),
            ],
        );
        call!(SYS_close, fd);
    }
}

fn listen(watch: &mut Watch) {
    let fd = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let reported =
        |res, fd, backlog| Expected("listen", vec![P::I64(res), P::I64(fd), P::I32(backlog)]);
    let other = i64::from(datagrams.as_raw_fd());
    watch.check(
        || {
            call!(SYS_listen, fd, 5);
            call!(SYS_listen, other, -3);
        },
        &[reported(0, fd, 5), reported(-95, other, -3)],
    );
    call!(SYS_close, fd);
}

fn connect(watch: &mut Watch) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let raw = sockaddr(to);
    let fd = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
    let seen = watch.own(|| {
        call!(SYS_connect, fd, raw.as_ptr(), 16);
        call!(SYS_connect, fd, raw.as_ptr(), 16);
        call!(SYS_connect, BAD, raw.as_ptr(), 16);
        call!(SYS_connect, fd, 0, 16);
    });
    let (_, here) = listener.accept().unwrap();
    let reported = |res, tuple, fd, address| {
        Expected("connect", vec![P::I64(res), tuple, P::I64(fd), address])
    };
    watch.compare(
        &seen,
        &[
            reported(0, tuple(here, to), fd, address(to)),
            reported(-106, P::Nothing, fd, address(to)),
            reported(-9, P::Nothing, BAD, address(to)),
            reported(-14, P::Nothing, fd, P::Nothing),
        ],
    );
    call!(SYS_close, fd);
}

/// A socket that listens with a backlog of four, two that wait for it, and their addresses.
fn waiting() -> (i64, SocketAddr, [TcpStream; 2]) {
    let raw = sockaddr("127.0.0.1:0".parse().unwrap());
    let fd = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
    call!(SYS_bind, fd, raw.as_ptr(), 16);
    call!(SYS_listen, fd, 4);
    let (mut name, mut len) = ([0_u8; 16], [16_u32]);
    call!(SYS_getsockname, fd, name.as_mut_ptr(), len.as_mut_ptr());
    let port = u16::from_be_bytes([name[2], name[3]]);
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    (fd, at, [TcpStream::connect(at).unwrap(), TcpStream::connect(at).unwrap()])
}

fn accept(watch: &mut Watch) {
    let (fd, at, waiting) = waiting();
    let from = waiting.each_ref().map(|one| one.local_addr().unwrap());
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds = [call!(SYS_accept, fd, 0, 0), call!(SYS_accept, fd, 0, 0)];
        call!(SYS_accept, BAD, 0, 0);
    });
    let reported = |res, tuple, percent, queue, most| {
        let params = [P::I64(res), tuple, P::U8(percent), P::U32(queue), P::U32(most)];
        Expected("accept", params.to_vec())
    };
    watch.compare(
        &seen,
        &[
            reported(fds[0], tuple(from[0], at), 25, 1, 4),
            reported(fds[1], tuple(from[1], at), 0, 0, 4),
            reported(-9, P::Nothing, 0, 0, 0),
        ],
    );
    for fd in [fd, fds[0], fds[1]] {
        call!(SYS_close, fd);
    }
}

fn accept4(watch: &mut Watch) {
    let (fd, at, waiting) = waiting();
    let from = waiting.each_ref().map(|one| one.local_addr().unwrap());
    let flags = libc::SOCK_CLOEXEC;
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds = [call!(SYS_accept4, fd, 0, 0, flags), call!(SYS_accept4, fd, 0, 0, 0)];
        call!(SYS_accept4, fd, 0, 0, 1);
    });
    let reported = |res, tuple, percent, queue, flags| {
        let params = [P::I64(res), tuple, P::U8(percent), P::U32(queue), P::U32(4), P::I32(flags)];
        Expected("accept4", params.to_vec())
    };
    watch.compare(
        &seen,
        &[
            reported(fds[0], tuple(from[0], at), 25, 1, flags),
            reported(fds[1], tuple(from[1], at), 0, 0, 0),
            reported(-22, P::Nothing, 0, 0, 1),
        ],
    );
    for fd in [fd, fds[0], fds[1]] {
        call!(SYS_close, fd);
    }
}

fn getsockname(watch: &mut Watch) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (mut name, mut len) = ([0_u8; 16], [16_u32]);
    let seen = watch.own(|| {
        call!(SYS_getsockname, socket.as_raw_fd(), name.as_mut_ptr(), len.as_mut_ptr());
        call!(SYS_getsockname, BAD, name.as_mut_ptr(), len.as_mut_ptr());
    });
    watch.compare(&seen, &[Expected("getsockname", vec![]), Expected("getsockname", vec![])]);
    assert!(seen[0].trailer().descriptor(socket.as_raw_fd().into()).is_some());
}

fn getpeername(watch: &mut Watch) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut name, mut len) = ([0_u8; 16], [16_u32]);
    let seen = watch.own(|| {
        call!(SYS_getpeername, client.as_raw_fd(), name.as_mut_ptr(), len.as_mut_ptr());
        call!(SYS_getpeername, listener.as_raw_fd(), name.as_mut_ptr(), len.as_mut_ptr());
    });
    watch.compare(&seen, &[Expected("getpeername", vec![]), Expected("getpeername", vec![])]);
    let reported = seen[0].trailer().descriptor(client.as_raw_fd().into()).unwrap();
    let ends = tuple(client.local_addr().unwrap(), listener.local_addr().unwrap());
    assert_eq!(P::Bytes(reported.payload[1..].to_vec()), ends);
}

fn shutdown(watch: &mut Watch) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let reported = |res, how| Expected("shutdown", vec![P::I64(res), fd(&client), P::U8(how)]);
    watch.check(
        || {
            call!(SYS_shutdown, client.as_raw_fd(), 1);
            call!(SYS_shutdown, client.as_raw_fd(), 2);
            call!(SYS_shutdown, client.as_raw_fd(), 7);
        },
        &[reported(0, 1), reported(0, 2), reported(-22, 255)],
    );
}

/// A value with what kind it is in front.
pub fn valued(kind: u8, value: &[u8]) -> P {
    P::Bytes([&[kind], value].concat())
}

fn setsockopt(watch: &mut Watch) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let at = client.as_raw_fd();
    let (number, time, linger) = (70_000_u32, [3_i64, 500_000], [1_i32, 0]);
    let reported = |res, fd, level, name, value, len| {
        let params = [P::I64(res), fd, P::U8(level), P::U8(name), value, P::U32(len)];
        Expected("setsockopt", params.to_vec())
    };
    let linger_bytes = [1, 0, 0, 0, 0, 0, 0, 0];
    let set = |level, name, value: *const u8, len| {
        call!(SYS_setsockopt, at, level, name, value, len);
    };
    watch.check(
        || {
            set(1, libc::SO_RCVBUF, std::ptr::from_ref(&number).cast(), 4);
            set(1, libc::SO_RCVTIMEO, time.as_ptr().cast(), 16);
            set(1, 67, time.as_ptr().cast(), 16);
            set(1, libc::SO_LINGER, linger.as_ptr().cast(), 8);
            set(6, libc::TCP_NODELAY, linger.as_ptr().cast(), 4);
            set(0, 77, linger.as_ptr().cast(), 8);
            set(1, libc::SO_KEEPALIVE, std::ptr::without_provenance(1), 4);
            call!(SYS_setsockopt, BAD, 1, libc::SO_MARK, &raw const number, 4);
        },
        &[
            reported(0, fd(&client), 1, 8, valued(2, &number.to_le_bytes()), 4),
            reported(0, fd(&client), 1, 20, valued(4, &3_500_000_000_u64.to_le_bytes()), 16),
            reported(0, fd(&client), 1, 21, valued(4, &3_500_000_000_u64.to_le_bytes()), 16),
            reported(0, fd(&client), 1, 13, valued(0, &linger_bytes), 8),
            reported(0, fd(&client), 2, 0, valued(0, &linger_bytes[..4]), 4),
            reported(-92, fd(&client), 0, 0, valued(0, &linger_bytes), 8),
            reported(-14, fd(&client), 1, 9, valued(2, &[0; 4]), 4),
            reported(-9, P::I64(BAD), 1, 36, valued(2, &number.to_le_bytes()), 4),
        ],
    );
}

fn getsockopt(watch: &mut Watch) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = listener.local_addr().unwrap();
    let client = TcpStream::connect(gone).unwrap();
    // A connection nobody takes any more leaves its error behind.
    let failed = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_NONBLOCK, 0);
    drop(listener);
    let raw = sockaddr(gone);
    call!(SYS_connect, failed, raw.as_ptr(), 16);
    let mut polled =
        [libc::pollfd { fd: i32::try_from(failed).unwrap(), events: libc::POLLOUT, revents: 0 }];
    call!(SYS_poll, polled.as_mut_ptr(), 1, 5000);
    let (mut cookie, mut value, mut len) = ([0_u64], [0_u8; 64], [[8_u32], [4], [4], [64], [2]]);
    let at = client.as_raw_fd();
    let seen = watch.own(|| {
        call!(SYS_getsockopt, at, 1, 57, cookie.as_mut_ptr(), len[0].as_mut_ptr());
        call!(SYS_getsockopt, failed, 1, 4, value.as_mut_ptr(), len[1].as_mut_ptr());
        call!(SYS_getsockopt, at, 1, libc::SO_TYPE, value.as_mut_ptr(), len[2].as_mut_ptr());
        call!(SYS_getsockopt, at, 6, libc::TCP_CONGESTION, value.as_mut_ptr(), len[3].as_mut_ptr());
        call!(SYS_getsockopt, BAD, 1, libc::SO_PEERCRED, value.as_mut_ptr(), len[4].as_mut_ptr());
        call!(SYS_getsockopt, at, 1, libc::SO_DOMAIN, value.as_mut_ptr(), 0);
    });
    let reported = |res, fd, level, name, value, len| {
        let params = [P::I64(res), P::I64(fd), P::U8(level), P::U8(name), value, P::U32(len)];
        Expected("getsockopt", params.to_vec())
    };
    let me = i64::from(at);
    let written = len[3][0] as usize;
    assert!(written > 0);
    watch.compare(
        &seen,
        &[
            reported(0, me, 1, 53, valued(3, &cookie[0].to_le_bytes()), 8),
            // ECONNREFUSED, as errors are reported: negative.
            reported(0, failed, 1, 4, valued(1, &(-111_i64).to_le_bytes()), 4),
            reported(0, me, 1, 3, valued(2, &1_u32.to_le_bytes()), 4),
            reported(0, me, 2, 0, valued(0, &value[..written]), len[3][0]),
            reported(-9, BAD, 1, 17, valued(0, &value[..2]), 2),
            reported(-14, me, 1, 39, valued(2, &value[..4]), 0),
        ],
    );
    call!(SYS_close, failed);
}
