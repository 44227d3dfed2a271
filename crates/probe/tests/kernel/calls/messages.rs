//! Calls that send and receive messages.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use super::Row;
use super::data::{bytes, pieces};
use super::net::sockaddr;
use crate::call;
use crate::sockets::tuple;
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("sendto", sendto),
    Row("recvfrom", recvfrom),
    Row("sendmsg", sendmsg),
    Row("recvmsg", recvmsg),
    Row("sendmmsg", sendmmsg),
    Row("recvmmsg", recvmmsg),
];

const BAD: i64 = 12345;

/// Two datagram sockets that know nothing of each other, and where they are.
fn two(at: &str) -> ([UdpSocket; 2], [i64; 2], [SocketAddr; 2]) {
    let sockets = [UdpSocket::bind(at).unwrap(), UdpSocket::bind(at).unwrap()];
    let fds = sockets.each_ref().map(|socket| i64::from(socket.as_raw_fd()));
    let places = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
    (sockets, fds, places)
}

/// The first bytes of the data the tests send.
fn first(n: usize) -> P {
    P::Bytes(bytes()[..n].to_vec())
}

/// `struct msghdr` of the kernel.
fn message(name: &mut [u8], pieces: &mut [libc::iovec], control: &mut [u8]) -> libc::msghdr {
    // SAFETY: all zeros are a message of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = name.as_mut_ptr().cast();
    message.msg_namelen = u32::try_from(name.len()).unwrap();
    message.msg_iov = pieces.as_mut_ptr();
    message.msg_iovlen = pieces.len();
    if !control.is_empty() {
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = control.len();
    }
    message
}

fn sendto(watch: &mut Watch) {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let (sockets, [fd, _], [here, there]) = two(at);
        let (data, to) = (bytes(), sockaddr(there));
        let len = i64::try_from(to.len()).unwrap();
        let reported = |res, data, fd, size, tuple| {
            Expected("sendto", vec![P::I64(res), data, P::I64(fd), P::U32(size), tuple])
        };
        let seen = watch.own(|| {
            call!(SYS_sendto, fd, data.as_ptr(), 100, 0, to.as_ptr(), len);
            call!(SYS_sendto, fd, data.as_ptr(), 100_000, 0, to.as_ptr(), len);
            call!(SYS_sendto, BAD, data.as_ptr(), 3, 0, to.as_ptr(), len);
        });
        watch.compare(
            &seen,
            &[
                reported(100, first(80), fd, 100, tuple(here, there)),
                reported(-90, first(80), fd, 100_000, tuple(here, there)),
                reported(-9, first(3), BAD, 3, P::Nothing),
            ],
        );
        assert!(seen[0].trailer().descriptor(fd).is_some());
        sockets[0].connect(there).unwrap();
        watch.check(
            || _ = call!(SYS_sendto, fd, data.as_ptr(), 4, 0, 0, 0),
            &[reported(4, first(4), fd, 4, tuple(here, there))],
        );
    }
    // No socket at all.
    let file = std::fs::File::open("/dev/null").unwrap();
    let fd = i64::from(file.as_raw_fd());
    watch.check(
        || _ = call!(SYS_sendto, fd, bytes().as_ptr(), 4, 0, 0, 0),
        &[Expected("sendto", vec![P::I64(-88), first(4), P::I64(fd), P::U32(4), P::Nothing])],
    );
}

fn recvfrom(watch: &mut Watch) {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let (sockets, [fd, _], [here, there]) = two(at);
        let (mut buffer, mut from, mut len) = ([0_u8; 300], [0_u8; 28], [28_u32]);
        let reported = |res, data, tuple, size| {
            Expected("recvfrom", vec![P::I64(res), data, tuple, P::I64(fd), P::U32(size)])
        };
        sockets[1].send_to(&bytes()[..9], here).unwrap();
        sockets[1].send_to(&bytes(), here).unwrap();
        sockets[1].send_to(&[], here).unwrap();
        let mut take = |size| {
            let (from, len) = (from.as_mut_ptr(), len.as_mut_ptr());
            call!(SYS_recvfrom, fd, buffer.as_mut_ptr(), size, libc::MSG_DONTWAIT, from, len);
        };
        watch.check(
            || {
                take(300);
                take(150);
                take(300);
                take(300);
            },
            &[
                reported(9, first(9), tuple(there, here), 300),
                reported(150, first(80), tuple(there, here), 150),
                reported(0, P::Nothing, P::Nothing, 300),
                reported(-11, P::Nothing, P::Nothing, 300),
            ],
        );
        // Without a place for the sender's address the other end stays unknown.
        sockets[1].send_to(&bytes()[..9], here).unwrap();
        let nobody = if here.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }.parse().unwrap();
        watch.check(
            || _ = call!(SYS_recvfrom, fd, buffer.as_mut_ptr(), 5, 0, 0, 0),
            &[reported(5, first(5), tuple(nobody, here), 5)],
        );
        sockets[0].connect(there).unwrap();
        sockets[1].send_to(&bytes()[..2], here).unwrap();
        watch.check(
            || _ = call!(SYS_recvfrom, fd, buffer.as_mut_ptr(), 5, 0, 0, 0),
            &[reported(2, first(2), tuple(there, here), 5)],
        );
    }
}

fn sendmsg(watch: &mut Watch) {
    let (_sockets, [fd, _], [here, there]) = two("127.0.0.1:0");
    let (mut data, mut to) = (bytes(), sockaddr(there));
    let mut pieces = pieces(&mut data, &[3, 0, 120]);
    let message = message(&mut to, &mut pieces, &mut []);
    let reported = |res, data, fd, size, tuple| {
        Expected("sendmsg", vec![P::I64(res), data, P::I64(fd), P::U32(size), tuple])
    };
    watch.check(
        || {
            call!(SYS_sendmsg, fd, &raw const message, 0);
            call!(SYS_sendmsg, BAD, &raw const message, 0);
            call!(SYS_sendmsg, fd, 1, 0);
        },
        &[
            reported(123, first(80), fd, 123, tuple(here, there)),
            reported(-9, first(80), BAD, 123, P::Nothing),
            reported(-14, P::Nothing, fd, 0, tuple(here, "0.0.0.0:0".parse().unwrap())),
        ],
    );
}

fn recvmsg(watch: &mut Watch) {
    let (sockets, [fd, _], [here, there]) = two("127.0.0.1:0");
    // With every message comes when it arrived (SO_TIMESTAMP).
    let on = 1_i32;
    call!(SYS_setsockopt, fd, libc::SOL_SOCKET, libc::SO_TIMESTAMP, &raw const on, 4);
    sockets[1].send_to(&bytes()[..100], here).unwrap();
    let (mut buffer, mut from, mut control) = ([0_u8; 300], [0_u8; 28], [0_u8; 256]);
    let mut pieces = pieces(&mut buffer, &[50, 250]);
    let mut message = message(&mut from, &mut pieces, &mut control);
    let seen = watch.own(|| {
        call!(SYS_recvmsg, fd, &raw mut message, 0);
        call!(SYS_recvmsg, fd, &raw mut message, libc::MSG_DONTWAIT);
        call!(SYS_recvmsg, BAD, &raw mut message, 0);
    });
    let reported = |res, size, data, tuple, control, fd| {
        let params = [P::I64(res), P::U32(size), data, tuple, control, P::I64(fd)];
        Expected("recvmsg", params.to_vec())
    };
    // Length 32, level SOL_SOCKET, kind SO_TIMESTAMP, seconds and microseconds.
    let arrived = control[..32].to_vec();
    assert_eq!((arrived[0], arrived[8], arrived[12]), (32, 1, 29));
    watch.compare(
        &seen,
        &[
            reported(100, 100, first(80), tuple(there, here), P::Bytes(arrived), fd),
            reported(-11, 0, P::Nothing, P::Nothing, P::Nothing, fd),
            reported(-9, 0, P::Nothing, P::Nothing, P::Nothing, BAD),
        ],
    );
}

/// `struct mmsghdr` of the kernel.
fn several(messages: &[libc::msghdr]) -> Vec<libc::mmsghdr> {
    messages.iter().map(|message| libc::mmsghdr { msg_hdr: *message, msg_len: 0 }).collect()
}

fn sendmmsg(watch: &mut Watch) {
    let (_sockets, [fd, _], [here, there]) = two("127.0.0.1:0");
    let (mut data, mut to) = (bytes(), sockaddr(there));
    let mut one = pieces(&mut data, &[90, 10]);
    let mut other = pieces(&mut data, &[1, 1]);
    let messages = [message(&mut to, &mut one, &mut []), message(&mut to, &mut other, &mut [])];
    let mut both = several(&messages);
    let reported = |res, fd, size, data, tuple| {
        Expected("sendmmsg", vec![P::I64(res), P::I64(fd), P::U32(size), data, tuple])
    };
    watch.check(
        || {
            call!(SYS_sendmmsg, fd, both.as_mut_ptr(), 2, 0);
            call!(SYS_sendmmsg, BAD, both.as_mut_ptr(), 2, 0);
            call!(SYS_sendmmsg, fd, both.as_mut_ptr(), 0, 0);
        },
        &[
            reported(100, fd, 100, first(80), tuple(here, there)),
            reported(2, fd, 2, first(2), tuple(here, there)),
            reported(-9, BAD, 0, P::Nothing, P::Nothing),
            reported(0, fd, 0, P::Nothing, P::Nothing),
        ],
    );
    // Many in one call: one event each.
    let mut many = several(&[messages[1]; 50]);
    let seen = watch.own(|| _ = call!(SYS_sendmmsg, fd, many.as_mut_ptr(), 50, 0));
    assert_eq!(seen.len(), 50);
    for seen in &seen {
        reported(2, fd, 2, first(2), tuple(here, there)).check(seen);
    }
}

fn recvmmsg(watch: &mut Watch) {
    let (sockets, [fd, _], [here, there]) = two("127.0.0.1:0");
    sockets[1].send_to(&bytes()[..100], here).unwrap();
    sockets[1].send_to(&bytes()[..7], here).unwrap();
    let (mut buffers, mut from) = ([[0_u8; 300]; 2], [[0_u8; 28]; 2]);
    let [one, other] = &mut buffers;
    let (mut one, mut other) = (pieces(one, &[300]), pieces(other, &[3, 297]));
    let [near, far] = &mut from;
    let mut both = several(&[message(near, &mut one, &mut []), message(far, &mut other, &mut [])]);
    let reported = |res, fd, size, data, tuple| {
        let params = [P::I64(res), P::I64(fd), P::U32(size), data, tuple, P::Nothing];
        Expected("recvmmsg", params.to_vec())
    };
    let now = libc::MSG_DONTWAIT;
    watch.check(
        || {
            call!(SYS_recvmmsg, fd, both.as_mut_ptr(), 2, now, 0);
            call!(SYS_recvmmsg, fd, both.as_mut_ptr(), 2, now, 0);
            call!(SYS_recvmmsg, BAD, both.as_mut_ptr(), 2, now, 0);
        },
        &[
            reported(100, fd, 100, first(80), tuple(there, here)),
            reported(7, fd, 7, first(7), tuple(there, here)),
            reported(-11, fd, 0, P::Nothing, P::Nothing),
            reported(-9, BAD, 0, P::Nothing, P::Nothing),
        ],
    );
}
