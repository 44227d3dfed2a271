//! Whom a call speaks to: the address that counted, whatever the socket is connected to.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd as _, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener};

use peregrine_event::roles;

use crate::call;
use crate::sockets::{end, family};
use crate::watch::{Folder, Seen, Watch, c};

/// An address as the kernel takes it.
fn raw(of: SocketAddr) -> Vec<u8> {
    let mut bytes = u16::from(family(of)).to_le_bytes().to_vec();
    bytes.extend(of.port().to_be_bytes());
    match of {
        SocketAddr::V4(of) => bytes.extend(of.ip().octets()),
        SocketAddr::V6(of) => {
            bytes.extend([0; 4]);
            bytes.extend(of.ip().octets());
        }
    }
    bytes.resize(if of.is_ipv4() { 16 } else { 28 }, 0);
    bytes
}

/// The same of a unix socket.
fn raw_unix(name: &[u8]) -> Vec<u8> {
    [&1_u16.to_le_bytes(), name].concat()
}

/// Sends one byte over a descriptor to an address, with flags.
type Send = fn(i32, &[u8], i32) -> i64;

/// Ways to send one byte to an address, by the call's name.
const SENDS: [(&str, Send); 3] = [
    ("sendto", |fd, to, flags| {
        call!(SYS_sendto, fd, b"x".as_ptr(), 1, flags, to.as_ptr(), to.len())
    }),
    ("sendmsg", |fd, to, flags| {
        let (mut piece, mut message) = message(to);
        message.msg_iov = &raw mut piece;
        call!(SYS_sendmsg, fd, &raw const message, flags)
    }),
    ("sendmmsg", |fd, to, flags| {
        let (mut piece, mut message) = message(to);
        message.msg_iov = &raw mut piece;
        let mut all = [libc::mmsghdr { msg_hdr: message, msg_len: 0 }];
        call!(SYS_sendmmsg, fd, all.as_mut_ptr(), 1, flags)
    }),
];

fn message(to: &[u8]) -> (libc::iovec, libc::msghdr) {
    let piece = libc::iovec { iov_base: b"x".as_ptr().cast_mut().cast(), iov_len: 1 };
    // SAFETY: all of it may be zero.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = to.as_ptr().cast_mut().cast();
    message.msg_namelen = u32::try_from(to.len()).unwrap();
    message.msg_iovlen = 1;
    (piece, message)
}

fn tuple_of(seen: &Seen) -> &[u8] {
    let place = if seen.name == "connect" { 1 } else { 4 };
    &seen.params[place]
}

/// The other end in the tuple of an event on a socket of the internet.
fn other(seen: &Seen) -> &[u8] {
    let tuple = tuple_of(seen);
    &tuple[tuple.len().div_ceil(2)..]
}

fn is(end_told: &[u8], expected: SocketAddr) -> bool {
    let bytes = end(expected);
    // A socket of the newer protocol has the address that stands for one of the older.
    end_told == bytes
        || (end_told.len() == 18 && end_told.ends_with(&bytes) && end_told[10..12] == [255, 255])
}

fn role(seen: &Seen, fd: i32) -> u8 {
    seen.trailer().descriptor(fd.into()).unwrap().role
}

#[test]
fn a_message_goes_where_it_is_sent() {
    if !peregrine_testkit::root("a_message_goes_where_it_is_sent") {
        return;
    }
    let mut watch = Watch::new(&["connect", "sendto", "sendmsg", "sendmmsg"]);
    let bound = |at: &str| UdpSocket::bind(at).unwrap();
    let ends = [bound("127.0.0.1:0"), bound("127.0.0.1:0"), bound("[::1]:0"), bound("[::1]:0")];
    let [a, b, a6, b6] = ends.each_ref().map(|socket| socket.local_addr().unwrap());
    let unspecified = |mut bytes: Vec<u8>| {
        bytes[..2].fill(0);
        bytes
    };
    for (call, send) in SENDS {
        for (what, from, first, to, goes) in [
            ("another end", "127.0.0.1:0", Some(a), raw(b), b),
            ("no end before", "127.0.0.1:0", None, raw(b), b),
            ("no family", "127.0.0.1:0", Some(a), unspecified(raw(b)), b),
            ("the newer protocol", "[::1]:0", Some(a6), raw(b6), b6),
            ("the older by the newer", "[::]:0", Some(a6), raw(b), b),
        ] {
            let socket = bound(from);
            let fd = socket.as_raw_fd();
            if let Some(first) = first {
                socket.connect(first).unwrap();
            }
            let seen = watch.own(|| assert_eq!(send(fd, &to, 0), 1, "{call}: {what}"));
            assert_eq!((seen.len(), seen[0].name.as_str()), (1, call), "{what}");
            assert!(is(other(&seen[0]), goes), "{call}: {what}: {seen:?}");
            let connected = role(&seen[0], fd) & roles::CONNECTED != 0;
            assert_eq!(connected, first.is_some(), "{call}: {what}");
        }
    }
    // Streams take no address.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let stream = std::net::TcpStream::connect(at).unwrap();
    let seen = watch.own(|| _ = SENDS[0].1(stream.as_raw_fd(), &raw(b), 0));
    assert!(is(other(&seen[0]), at), "{seen:?}");
}

#[test]
fn an_address_without_a_family_parts_the_ends() {
    if !peregrine_testkit::root("an_address_without_a_family_parts_the_ends") {
        return;
    }
    let mut watch = Watch::new(&["connect"]);
    let a = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let fd = socket.as_raw_fd();
    let nobody = [0_u8; 16];
    let seen = watch.own(|| {
        socket.connect(a.local_addr().unwrap()).unwrap();
        assert_eq!(call!(SYS_connect, fd, nobody.as_ptr(), 16), 0);
    });
    let roles_of: Vec<u8> = seen.iter().map(|seen| role(seen, fd) & !roles::ELSEWHERE).collect();
    assert_eq!(roles_of, [roles::CLIENT | roles::CONNECTED, roles::PARTED]);

    let folder = Folder::new("parted");
    let server = UnixDatagram::bind(folder.path("s")).unwrap();
    let client = UnixDatagram::unbound().unwrap();
    let fd = client.as_raw_fd();
    let seen = watch.own(|| {
        client.connect(folder.path("s")).unwrap();
        assert_eq!(call!(SYS_connect, fd, nobody.as_ptr(), 16), 0);
    });
    assert_eq!(role(&seen[1], fd), roles::PARTED);
    assert_eq!(
        (seen[0].trailer().bound(fd.into()).is_some(), seen[1].trailer().bound(fd.into())),
        (true, None)
    );
    drop(server);
}

#[test]
fn unix_sockets_have_the_path_of_their_file() {
    if !peregrine_testkit::root("unix_sockets_have_the_path_of_their_file") {
        return;
    }
    let folder = Folder::new("bound");
    let (path, moved) = (folder.path("s"), folder.path("moved"));
    let listener = UnixListener::bind(&path).unwrap();
    for (name, target) in [("link", "s"), ("hard", "")] {
        if target.is_empty() {
            std::fs::hard_link(&path, folder.path(name)).unwrap();
        } else {
            std::os::unix::fs::symlink(target, folder.path(name)).unwrap();
        }
    }
    let mut watch = Watch::new(&["bind", "connect", "accept4", "sendto", "sendmsg", "sendmmsg"]);
    let bound = |seen: &Seen| {
        let reported = seen.trailer();
        let fd = if seen.name == "accept4" { seen.num(0) } else { seen.num(2) };
        reported.bound(fd).map(|path| String::from_utf8_lossy(path).into_owned())
    };
    let whole = path.to_string_lossy().into_owned();
    for by in ["s", "link", "hard"] {
        let seen = watch.own(|| {
            let client = std::os::unix::net::UnixStream::connect(folder.path(by)).unwrap();
            drop((client, listener.accept().unwrap()));
        });
        assert_eq!(
            seen.iter().map(bound).collect::<Vec<_>>(),
            [Some(whole.clone()), Some(whole.clone())],
            "{by}"
        );
        // Where it leads is looked for below the root it was asked below, and the file is known.
        assert!(seen[0].trailer().root().is_some(), "{by}");
        let about = std::fs::metadata(&path).unwrap();
        let below = seen[0].trailer().overlay_lower(seen[0].num(2)).unwrap();
        assert_eq!(below.ino, std::os::unix::fs::MetadataExt::ino(&about));
    }
    std::fs::rename(&path, &moved).unwrap();
    let seen = watch.own(|| drop(std::os::unix::net::UnixStream::connect(&moved).unwrap()));
    assert_eq!(bound(&seen[0]), Some(moved.to_string_lossy().into_owned()));
    assert!(tuple_of(&seen[0])[17..].starts_with(moved.to_string_lossy().as_bytes()), "as asked");

    // A datagram's path, whatever the socket is connected to.
    let at = [folder.path("a"), folder.path("b")];
    let servers = at.each_ref().map(|path| UnixDatagram::bind(path).unwrap());
    for (call, send) in SENDS {
        for connected in [false, true] {
            let client = UnixDatagram::unbound().unwrap();
            if connected {
                client.connect(&at[0]).unwrap();
            }
            let to = raw_unix(c(&at[1]).as_bytes_with_nul());
            let seen = watch.own(|| assert_eq!(send(client.as_raw_fd(), &to, 0), 1));
            let seen = seen.iter().find(|seen| seen.name == call).unwrap();
            let (peer, name) = tuple_of(seen)[9..].split_at(8);
            assert_eq!((peer, name), (&[0; 8][..], c(&at[1]).as_bytes_with_nul()), "{call}");
            assert!(seen.trailer().root().is_some(), "{call}");
        }
    }
    drop(servers);
}

#[test]
fn an_abstract_socket_is_no_file() {
    if !peregrine_testkit::root("an_abstract_socket_is_no_file") {
        return;
    }
    let mut watch = Watch::new(&["bind", "connect", "accept4", "sendto"]);
    // As a path, with its NUL or without, and a name of nothing but NULs.
    for name in [&b"\0/run/peregrine.sock"[..], b"\0/run/peregrine\0", b"\0\0\0"] {
        let address = raw_unix(name);
        let made = |kind| call!(SYS_socket, libc::AF_UNIX, kind, 0);
        let reported = [b"@", name[1..].split(|byte| *byte == 0).next().unwrap(), b"\0"].concat();
        let (server, client) = (made(libc::SOCK_STREAM), made(libc::SOCK_STREAM));
        let mut accepted = -1;
        let seen = watch.own(|| {
            assert_eq!(call!(SYS_bind, server, address.as_ptr(), address.len()), 0);
            assert_eq!(call!(SYS_listen, server, 4), 0);
            assert_eq!(call!(SYS_connect, client, address.as_ptr(), address.len()), 0);
            accepted = call!(SYS_accept4, server, 0, 0, 0);
        });
        assert_eq!(&seen[0].params[1][1..], reported, "bind");
        assert_eq!(
            (&seen[1].params[1][17..], &seen[1].params[3][1..]),
            (&*reported, &*reported),
            "connect"
        );
        assert_eq!(&seen[2].params[1][17..], reported, "accept4");
        for (seen, fd) in seen.iter().zip([server, client, accepted]) {
            let trailer = seen.trailer();
            let payload = trailer.descriptor(fd).unwrap().payload;
            assert_eq!((&payload[18..], trailer.bound(fd)), (&*reported, None), "{}", seen.name);
            assert_eq!(trailer.root(), None, "nothing to walk to");
        }
        let (datagram, to) = (made(libc::SOCK_DGRAM), made(libc::SOCK_DGRAM));
        assert_eq!(call!(SYS_bind, to, address.as_ptr(), address.len()), 0);
        let seen = watch.own(|| {
            call!(SYS_sendto, datagram, b"x".as_ptr(), 1, 0, address.as_ptr(), address.len());
        });
        assert_eq!(&tuple_of(&seen[0])[17..], reported, "sendto");
        for fd in [server, client, accepted, datagram, to] {
            call!(SYS_close, fd);
        }
    }
}

#[test]
fn protocols_of_sockets() {
    if !peregrine_testkit::root("protocols_of_sockets") {
        return;
    }
    let mut watch = Watch::new(&["socket"]);
    // As in FD_L4_*: TCP, UDP, ICMP, raw.
    for (domain, kind, protocol, reported) in [
        (libc::AF_INET, libc::SOCK_STREAM, 0, 2),
        (libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_MPTCP, 2),
        (libc::AF_INET6, libc::SOCK_STREAM, libc::IPPROTO_MPTCP, 2),
        (libc::AF_INET, libc::SOCK_DGRAM, 0, 3),
        (libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP, 5),
        (libc::AF_INET6, libc::SOCK_RAW, libc::IPPROTO_ICMPV6, 5),
        (libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_TCP, 5),
        (libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_RAW, 5),
    ] {
        let mut fd = -1;
        let seen = watch.own(|| fd = call!(SYS_socket, domain, kind, protocol));
        if fd < 0 {
            // MPTCP can be switched off.
            peregrine_testkit::skipped("socket", &format!("protocol {protocol}: {fd}"));
            continue;
        }
        let trailer = seen[0].trailer();
        let payload = trailer.descriptor(fd).unwrap().payload;
        assert_eq!(payload[0], reported, "{domain} {kind} {protocol}");
        call!(SYS_close, fd);
    }
}

#[test]
fn a_send_that_connects_is_a_connection() {
    if !peregrine_testkit::root("a_send_that_connects_is_a_connection") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let gone = {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        other.local_addr().unwrap()
    };
    let sends = ["sendto", "sendmsg", "sendmmsg"];
    let mut watch = Watch::new(&["connect"]);
    for wanted in [vec!["connect"], [&["connect"][..], &sends].concat(), sends.to_vec()] {
        watch.want(&wanted);
        for (call, send) in SENDS {
            for (to, works) in [(at, true), (gone, false)] {
                let made = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
                // SAFETY: it was made for this.
                let socket = unsafe { OwnedFd::from_raw_fd(i32::try_from(made).unwrap()) };
                let fd = socket.as_raw_fd();
                let mut sent = 0;
                let seen = watch.own(|| {
                    sent = send(fd, &raw(to), libc::MSG_FASTOPEN);
                    // Sends that connect nothing are nobody's.
                    send(fd, &[], 0);
                });
                assert_eq!(sent > 0, works, "{call}: {sent}");
                let names: Vec<&str> = seen.iter().map(|seen| seen.name.as_str()).collect();
                let mut expected = Vec::new();
                if wanted.contains(&"connect") {
                    expected.push("connect");
                }
                if wanted.contains(&call) {
                    expected.extend([call, call]);
                }
                assert_eq!(names, expected, "{call} of {wanted:?}");
                if expected.first() != Some(&"connect") {
                    continue;
                }
                assert_eq!(seen[0].num(0), if works { 0 } else { sent }, "{call}");
                assert_eq!(seen[0].num(2), i64::from(fd));
                assert!(is(&seen[0].params[3][1..], to), "{call}: {seen:?}");
                if works {
                    assert!(is(other(&seen[0]), to), "{call}: {seen:?}");
                    let reported = role(&seen[0], fd) & (roles::CLIENT | roles::CONNECTED);
                    assert_eq!(reported, roles::CLIENT | roles::CONNECTED, "{call}");
                }
            }
        }
    }
}

#[test]
fn sockets_of_another_namespace_are_told_apart() {
    if !peregrine_testkit::root("sockets_of_another_namespace_are_told_apart") {
        return;
    }
    let mut watch = Watch::new(&["socket"]);
    let make = || _ = call!(SYS_socket, libc::AF_INET, libc::SOCK_DGRAM, 0);
    for (flags, elsewhere) in [(0, false), (libc::CLONE_NEWNET, true)] {
        let (_, seen) = watch.child(|| {
            call!(SYS_unshare, flags);
            make();
        });
        let fd = i32::try_from(seen[0].num(0)).unwrap();
        assert_eq!(role(&seen[0], fd) & roles::ELSEWHERE != 0, elsewhere, "{flags:x}");
    }
}
