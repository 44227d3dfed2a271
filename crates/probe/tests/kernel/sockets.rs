//! Calls on sockets: addresses, tuples, roles.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};

use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

pub fn end(address: SocketAddr) -> Vec<u8> {
    let mut bytes = match address {
        SocketAddr::V4(v4) => v4.ip().octets().to_vec(),
        SocketAddr::V6(v6) => v6.ip().octets().to_vec(),
    };
    bytes.extend_from_slice(&address.port().to_le_bytes());
    bytes
}

pub fn family(address: SocketAddr) -> u8 {
    if address.is_ipv4() { 2 } else { 10 }
}

pub fn tuple(from: SocketAddr, to: SocketAddr) -> P {
    P::Bytes([vec![family(from)], end(from), end(to)].concat())
}

pub fn address(of: SocketAddr) -> P {
    P::Bytes([vec![family(of)], end(of)].concat())
}

#[test]
fn internet() {
    if !peregrine_testkit::root("internet") {
        return;
    }
    let mut watch = Watch::new(&["bind", "listen", "connect", "accept", "accept4"]);
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let mut pair = None;
        let seen = watch.own(|| {
            let listener = TcpListener::bind(local).unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (server, _) = listener.accept().unwrap();
            pair = Some((listener, client, server));
        });
        let (listener, client, server) = pair.unwrap();
        let (asked, here) = (listener.local_addr().unwrap(), client.local_addr().unwrap());
        let fd = |fd: i32| P::I64(fd.into());
        let zero: SocketAddr = local.parse().unwrap();
        let bound = vec![P::I64(0), address(zero), fd(listener.as_raw_fd())];
        Expected("bind", bound).check(&seen[0]);
        let listens = [P::I64(0), fd(listener.as_raw_fd()), P::Any];
        Expected("listen", listens.to_vec()).check(&seen[1]);
        let connects = [P::I64(0), tuple(here, asked), fd(client.as_raw_fd()), address(asked)];
        Expected("connect", connects.to_vec()).check(&seen[2]);
        let accepts =
            [fd(server.as_raw_fd()), tuple(here, asked), P::Any, P::U32(0), P::Any, P::Any];
        Expected("accept4", accepts.to_vec()).check(&seen[3]);
        let reported = seen[1].trailer().descriptor(listener.as_raw_fd().into()).unwrap();
        assert_eq!((reported.kind, reported.role), (if asked.is_ipv4() { 5 } else { 6 }, 1));
        let reported = seen[3].trailer().descriptor(server.as_raw_fd().into()).unwrap();
        assert_eq!((reported.role, reported.payload[0]), (1 | 4, 2), "a connected server, TCP");
        assert_eq!(P::Bytes(reported.payload[1..].to_vec()), tuple(here, asked));

        // The queue of one that waits, and the older call.
        let mut fd_of = 0;
        let _second = TcpStream::connect(asked).unwrap();
        let seen = watch.own(|| fd_of = call!(SYS_accept, listener.as_raw_fd(), 0, 0));
        assert_eq!((seen[0].num(0), seen[0].name.as_str()), (fd_of, "accept"));
        drop((listener, client, server));
        call!(SYS_close, fd_of);
    }
}

#[test]
fn refused_and_datagrams() {
    if !peregrine_testkit::root("refused_and_datagrams") {
        return;
    }
    let mut watch = Watch::new(&["connect"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    let seen = watch.own(|| {
        TcpStream::connect(gone).unwrap_err();
    });
    let refused = [P::I64(-111), P::Nothing, P::Any, address(gone)];
    Expected("connect", refused.to_vec()).check(&seen[0]);

    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let peer: SocketAddr = "127.0.0.1:53535".parse().unwrap();
    let seen = watch.own(|| socket.connect(peer).unwrap());
    let here = socket.local_addr().unwrap();
    let sends = [P::I64(0), tuple(here, peer), P::I64(socket.as_raw_fd().into()), address(peer)];
    Expected("connect", sends.to_vec()).check(&seen[0]);
    let reported = seen[0].trailer().descriptor(socket.as_raw_fd().into()).unwrap();
    assert_eq!((reported.role, reported.payload[0]), (2 | 4, 3), "a client, UDP");
}

#[test]
fn unix() {
    if !peregrine_testkit::root("unix") {
        return;
    }
    let folder = Folder::new("unix");
    let path = folder.path("socket");
    let mut watch = Watch::new(&["bind", "connect", "accept4"]);
    let mut pair = None;
    let seen = watch.own(|| {
        let listener = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        let server = listener.accept().unwrap();
        pair = Some((listener, client, server));
    });
    let with_nul = c(&path).into_bytes_with_nul();
    let named = P::Bytes([vec![1], with_nul.clone()].concat());
    Expected("bind", vec![P::I64(0), named.clone(), P::Any]).check(&seen[0]);
    Expected("connect", vec![P::I64(0), P::Any, P::Any, named]).check(&seen[1]);
    let (asked, accepted) = (&seen[1].params[1], &seen[2].params[1]);
    assert_eq!((asked[0], &asked[17..]), (1, with_nul.as_slice()));
    assert_eq!((accepted[0], &accepted[17..]), (1, with_nul.as_slice()));
    assert_eq!(asked[1..17], accepted[1..17], "both ends report the same two sockets");
    drop(pair);
}
