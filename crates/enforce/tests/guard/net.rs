//! Level P3: connections that do not come about.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::time::Duration;

use peregrine_enforce::{Guard, Options};
use peregrine_guard::layout::{self, needs};
use peregrine_guard::{Act, Mode};

use crate::acts::{forked, number};
use crate::policies;

#[test]
fn nothing_is_sent_to_a_denied_port() {
    let _alone = crate::acts::alone();
    if !peregrine_testkit::root("nothing_is_sent_to_a_denied_port") {
        return;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    udp.set_nonblocking(true).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut compiled = peregrine_guard::Compiled::none();
    let number = policies::policy(&mut compiled, "port", Mode::Enforce, false);
    policies::network(&mut compiled, Ipv4Addr::LOCALHOST.into(), 32, 0);
    compiled.ports.push((port..=port, [2, 0]));
    policies::on(
        &mut compiled,
        Act::Connect,
        number,
        needs::NETWORKS | needs::PORTS,
        &[(layout::NET, 1), (layout::NET, 2)],
    );
    let mut guard = Guard::start(&compiled, &Options::default()).unwrap();
    let tcp = forked(|| connect(port));
    assert_eq!(tcp, Some(libc::EPERM));
    let sent = forked(|| {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let sent = socket.send_to(b"x", (Ipv4Addr::LOCALHOST, port));
        sent.map(drop).map_err(|error| crate::acts::number(&error))
    });
    assert_eq!(sent, Some(libc::EPERM));
    let got = udp.recv(&mut [0; 8]).map_err(|error| error.kind());
    assert_eq!(got, Err(std::io::ErrorKind::WouldBlock));
    assert!(listener.accept().is_err(), "a connection came about");
    let mut verdicts = Vec::new();
    guard.poll(Duration::from_secs(1), &mut |verdict| verdicts.push(verdict.clone())).unwrap();
    assert_eq!(verdicts.len(), 2, "{verdicts:?}");
    for verdict in &verdicts {
        assert_eq!(verdict.address, Some((Ipv4Addr::LOCALHOST, port).into()));
        assert_eq!(verdict.policy, 1);
    }
    let counts = guard.counts().unwrap();
    assert_eq!(counts.policies.get(&1).map(|hits| hits.denied), Some(2));
    drop(guard);
    let tcp = forked(|| connect(port));
    assert_eq!(tcp, Some(0));
}

fn connect(port: u16) -> crate::acts::Outcome {
    let stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    stream.map(drop).map_err(|error| number(&error))
}
