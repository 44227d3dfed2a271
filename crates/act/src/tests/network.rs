//! Blocks, by real packets between two network namespaces of the test's own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use peregrine_respond::{Allowed, Direction, Protocol, Task};
use peregrine_testkit::Folder;
use peregrine_testkit::own_network;
use rustix::thread::gettid;

use super::{act, done, host, is_root, undone, until};
use crate::packet_filter::is_blocked;
use crate::{Host, Step};

const HOUR: Duration = Duration::from_hours(1);

fn ip(arguments: &str) {
    let words: Vec<&str> = arguments.split(' ').collect();
    let done = std::process::Command::new("ip").args(&words).status().unwrap();
    assert!(done.success(), "ip {arguments}");
}

/// Runs a test on a host of its own, with another one at `192.0.2.2`, `192.0.2.3` and `2001:db8::2` that listens on ports 80 and 81.
fn on_two_hosts(name: &'static str, test: fn(&mut Host)) {
    let has = |program: &str| std::process::Command::new(program).arg("--version").output().is_ok();
    if !is_root() || !has("nft") || !has("ip") {
        eprintln!("skipped: needs root, ip and nft");
        return;
    }
    let (thread_out, thread_in) = channel();
    let (linked_out, linked_in) = channel();
    let (listens_out, listens_in) = channel();
    let (over_out, over_in) = channel::<()>();
    let other = std::thread::spawn(move || {
        own_network().unwrap();
        thread_out.send(gettid().as_raw_nonzero()).unwrap();
        linked_in.recv().unwrap();
        for address in ["192.0.2.2/24", "192.0.2.3/24", "2001:db8::2/64"] {
            let plain = if address.contains(':') { " nodad" } else { "" };
            ip(&format!("address add {address} dev there{plain}"));
        }
        ip("link set there up");
        let listeners = [80, 81].map(|port| TcpListener::bind(("::", port)).unwrap());
        listens_out.send(()).unwrap();
        // Connections are taken by the kernel; the listeners stay until the test is over.
        let _ = over_in.recv();
        drop(listeners);
    });
    let under_test = std::thread::spawn(move || {
        own_network().unwrap();
        ip("link set lo up");
        ip(&format!("link add here type veth peer name there netns {}", thread_in.recv().unwrap()));
        ip("address add 192.0.2.1/24 dev here");
        ip("address add 2001:db8::1/64 dev here nodad");
        ip("link set here up");
        linked_out.send(()).unwrap();
        listens_in.recv().unwrap();
        for address in ["192.0.2.2:80", "192.0.2.3:81", "[2001:db8::2]:80"] {
            until("the other host is reached", || reaches(address));
        }
        let folder = Folder::new(name);
        test(&mut host(&folder));
        drop(over_out);
    });
    let result = under_test.join();
    other.join().unwrap();
    assert!(result.is_ok(), "see above");
}

/// Whether a connection comes about.
fn reaches(address: &str) -> bool {
    let address: SocketAddr = address.parse().unwrap();
    TcpStream::connect_timeout(&address, Duration::from_millis(400)).is_ok()
}

fn block(address: &str, prefix: u8) -> Task {
    Task::BlockAddress { address: address.parse().unwrap(), prefix, hold: HOUR }
}

#[test]
fn addresses_and_networks_are_blocked_and_let_through_again() {
    on_two_hosts("act-block", |host| {
        let check = |reached: [bool; 3]| {
            let got = ["192.0.2.2:80", "192.0.2.3:80", "[2001:db8::2]:80"].map(reaches);
            assert_eq!(got, reached);
        };
        check([true, true, true]);
        let one = done(host, block("192.0.2.2", 32));
        check([false, true, true]);
        let six = done(host, block("2001:db8::2", 128));
        check([false, true, false]);
        let network = done(host, block("192.0.2.0", 28));
        check([false, false, false]);
        // Blocked once more it lasts anew, and is one block.
        done(host, block("192.0.2.2", 32));
        undone(host, network.id);
        check([false, true, false]);
        undone(host, one.id);
        undone(host, six.id);
        check([true, true, true]);
        let gone = undone(host, 4);
        assert_eq!(gone.detail, "it had ended by itself");
    });
}

#[test]
fn ports_are_blocked_and_let_through_again() {
    on_two_hosts("act-port", |host| {
        let out = |port| Task::BlockPort {
            port,
            protocol: Protocol::Tcp,
            direction: Direction::Out,
            hold: HOUR,
        };
        let line = done(host, out(80));
        assert_eq!(["192.0.2.2:80", "192.0.2.2:81"].map(reaches), [false, true]);
        undone(host, line.id);
        assert!(reaches("192.0.2.2:80"));
    });
}

#[test]
fn an_isolated_host_speaks_with_those_it_may() {
    on_two_hosts("act-isolate", |host| {
        let all = ["192.0.2.2:80", "192.0.2.2:81", "192.0.2.3:80", "[2001:db8::2]:80"];
        let isolate = |allow: Vec<Allowed>| Task::Isolate { allow, hold: HOUR };
        let port = Allowed::Port("192.0.2.2:80".parse().unwrap());
        let line = done(host, isolate(vec![port]));
        assert_eq!(all.map(reaches), [true, false, false, false]);
        // The host itself is reached by itself.
        let own = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(reaches(&own.local_addr().unwrap().to_string()));
        undone(host, line.id);
        assert_eq!(all.map(reaches), [true; 4]);
        let six = Allowed::Network("2001:db8::".parse().unwrap(), 64);
        let line = done(host, isolate(vec![six]));
        assert_eq!(all.map(reaches), [false, false, false, true]);
        undone(host, line.id);
    });
}

/// Nobody has to be there for a block to end.
#[test]
fn blocks_end_by_themselves() {
    on_two_hosts("act-timeout", |host| {
        let task = Task::BlockAddress {
            address: "192.0.2.2".parse().unwrap(),
            prefix: 32,
            hold: Duration::from_secs(2),
        };
        done(host, task.clone());
        assert!(is_blocked(&task) && !reaches("192.0.2.2:80"));
        until("the block ends", || !is_blocked(&task));
        until("packets pass", || reaches("192.0.2.2:80"));
        // At the next start its time is over.
        let lines = host.recover().unwrap();
        assert_eq!(lines.iter().map(|line| line.step).collect::<Vec<_>>(), [Step::Expired]);
    });
}

/// What the kernel forgot, as in a reboot, is in place again at the next start, for the time that is left.
#[test]
fn blocks_are_in_place_again_after_a_reboot() {
    on_two_hosts("act-reboot", |host| {
        let line = done(host, block("192.0.2.2", 32));
        let flush = ["delete", "table", "inet", "peregrine_respond"];
        assert!(std::process::Command::new("nft").args(flush).status().unwrap().success());
        assert!(reaches("192.0.2.2:80"));
        let lines = host.recover().unwrap();
        assert!(lines[0].detail.starts_with("in place again for 59m"), "{}", lines[0].detail);
        assert!(!reaches("192.0.2.2:80"));
        undone(host, line.id);
        assert!(reaches("192.0.2.2:80"));
        let unknown = act(host, block("192.0.2.2", 32));
        assert_eq!(unknown.step, Step::Done);
    });
}
