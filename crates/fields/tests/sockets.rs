//! Sockets of captures, as fields: what they are is learned from events alone, as Falco learns it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use peregrine_event::EventType as E;
use support::{Host, addr, block, connect, tuple};

/// `socket` with a domain, kind and protocol; the descriptor is 3.
fn socket(domain: u32, kind: u32, protocol: u32) -> Vec<u8> {
    block(E::SOCKET_SOCKET_X).i64(3).u32(domain).u32(kind).u32(protocol).u32(0).finish()
}

fn bind(address: &str) -> Vec<u8> {
    block(E::SOCKET_BIND_X).i64(0).bytes(&addr(address)).i64(3).finish()
}

fn sendto(ends: (&str, &str)) -> Vec<u8> {
    block(E::SOCKET_SENDTO_X).i64(1).bytes(b"x").i64(3).u32(1).bytes(&tuple(ends)).finish()
}

fn recvfrom(ends: (&str, &str)) -> Vec<u8> {
    block(E::SOCKET_RECVFROM_X).i64(1).bytes(b"x").bytes(&tuple(ends)).i64(3).u32(1).finish()
}

const INET: u32 = 2;
const INET6: u32 = 10;
const STREAM: u32 = 1;
const DGRAM: u32 = 2;
const RAW: u32 = 3;

/// Fields, and what they are after the last of some events.
fn check(host: Host, events: &[Vec<u8>], expected: &[(&str, &str)]) {
    let mut host = host;
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let got = host.after(events, &names);
    let got: Vec<(&str, &str)> =
        names.iter().copied().zip(got.iter().map(String::as_str)).collect();
    assert_eq!(got, expected);
}

#[test]
fn a_raw_socket_is_raw_before_it_has_any_end() {
    for (domain, kind, protocol, shown, l4) in [
        (INET, RAW, 1, "3(<4r>)", "raw"),
        (INET, RAW, 6, "3(<4r>)", "raw"),
        (INET, RAW, 17, "3(<4r>)", "raw"),
        (INET, RAW, 255, "3(<4r>)", "raw"),
        (INET6, RAW, 6, "3(<6r>)", "raw"),
        // Others say nothing yet; a flag beside the kind hides it.
        (INET, RAW, 0, "3(<4>)", "<NA>"),
        (INET, RAW, 2, "3(<4>)", "<NA>"),
        (INET, RAW | 0x80000, 1, "3(<4>)", "<NA>"),
        (INET, STREAM, 6, "3(<4>)", "<NA>"),
        (INET, DGRAM, 0, "3(<4>)", "<NA>"),
        (INET6, RAW, 58, "3(<6>)", "<NA>"),
        (16, RAW, 0, "3(<n>)", "<NA>"),
    ] {
        let events = [socket(domain, kind, protocol)];
        let shown = format!("fd={shown}");
        check(Host::new(&[]), &events, &[("evt.args[0]", &shown), ("fd.l4proto", l4)]);
    }
}

#[test]
fn a_socket_that_waits_on_an_address_of_both_families_is_of_ipv4() {
    let all = |address, shown, kind, sip, server| {
        check(
            Host::new(&[]),
            &[socket(INET6, STREAM, 6), bind(address)],
            &[
                ("evt.args[2]", shown),
                ("fd.type", kind),
                ("fd.name", address),
                ("fd.sip", sip),
                ("fd.is_server", server),
                ("fd.name_changed", "true"),
            ],
        );
    };
    all(":::80", "fd=3(<4t>:::80)", "ipv4", "0.0.0.0", "true");
    all("::ffff:10.0.0.1:80", "fd=3(<4t>::ffff:10.0.0.1:80)", "ipv4", "10.0.0.1", "true");
    all("2001:db8::1:80", "fd=3(<6t>2001:db8::1:80)", "ipv6", "2001:db8::1", "true");
    all("::1:0", "fd=3(<6>::1:0)", "ipv6", "<none>", "false");
    // It keeps waiting.
    let listen = block(E::SOCKET_LISTEN_X).i64(0).i64(3).i32(5).finish();
    check(
        Host::new(&[]),
        &[socket(INET6, STREAM, 6), bind(":::80"), listen],
        &[
            ("fd.name", ":::80"),
            ("fd.type", "ipv4"),
            ("fd.l4proto", "tcp"),
            ("fd.sport", "80"),
            ("fd.sproto", ""),
            ("fd.cport", "<none>"),
        ],
    );
}

#[test]
fn a_tuple_is_of_ipv4_only_if_both_ends_are() {
    let made = || socket(INET6, DGRAM, 17);
    // Its protocol lies where an IPv6 socket has it.
    for ends in [
        ("::ffff:10.0.0.1:5000", "::ffff:10.0.0.2:53"),
        (":::5000", "::ffff:10.0.0.2:53"),
        ("::ffff:10.0.0.1:5000", ":::53"),
    ] {
        let from = if ends.0.starts_with(":::") { "0.0.0.0" } else { "10.0.0.1" };
        let to = if ends.1.starts_with(":::") { "0.0.0.0" } else { "10.0.0.2" };
        let read = block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(3).u32(1).finish();
        for events in [vec![made(), connect(0, ends)], vec![made(), connect(0, ends), read]] {
            check(
                Host::new(&[]),
                &events,
                &[
                    ("fd.name", "<unknown>"),
                    ("fd.type", "ipv4"),
                    ("fd.l4proto", "<NA>"),
                    ("fd.is_server", "false"),
                    ("fd.cip", from),
                    ("fd.sip", to),
                    ("fd.cport", "5000"),
                    ("fd.sport", "53"),
                    ("fd.connected", "true"),
                ],
            );
        }
    }
    let mixed = ("::ffff:172.16.184.129:5000", "2001:db8::1:53");
    check(
        Host::new(&[]),
        &[made(), connect(0, mixed)],
        &[
            ("fd.name", "::ffff:172.16.184.129:5000->2001:db8::1:53"),
            ("fd.type", "ipv6"),
            ("fd.l4proto", "udp"),
            ("fd.cip", "::ffff:172.16.184.129"),
        ],
    );
    // A connection over TCP that is accepted has its protocol.
    let accept = block(E::SOCKET_ACCEPT4_6_X).i64(4);
    let mapped = tuple(("::ffff:10.0.0.9:5000", "::ffff:10.0.0.2:80"));
    let accept = accept.bytes(&mapped).u8(0).u32(0).u32(0).i32(0).finish();
    check(
        Host::new(&[]),
        &[accept],
        &[
            ("fd.name", "10.0.0.9:5000->10.0.0.2:80"),
            ("fd.type", "ipv4"),
            ("fd.l4proto", "tcp"),
            ("fd.connected", "true"),
        ],
    );
    // What inet_ntop says of six zeros before something.
    check(
        Host::new(&[]),
        &[made(), connect(0, ("::ffff:ffff:1", "2001:db8::1:2"))],
        &[("fd.name", "::255.255.255.255:1->2001:db8::1:2"), ("fd.cip", "::255.255.255.255")],
    );
}

#[test]
fn a_server_of_datagrams_answers_whom_it_hears() {
    let here = &["127.0.0.1", "10.0.0.1"][..];
    let server = || vec![socket(INET, DGRAM, 17), bind("0.0.0.0:53")];
    let mut events = server();
    events.push(recvfrom(("10.0.0.9:4000", "10.0.0.1:53")));
    check(
        Host::new(here),
        &events,
        &[
            ("fd.name", "10.0.0.9:4000->10.0.0.1:53"),
            ("fd.type", "ipv4"),
            ("fd.l4proto", "udp"),
            ("fd.lport", "53"),
            ("fd.name_changed", "true"),
        ],
    );
    events.push(sendto(("10.0.0.1:53", "10.0.0.9:4000")));
    check(
        Host::new(here),
        &events,
        &[("fd.name", "10.0.0.9:4000->10.0.0.1:53"), ("fd.name_changed", "false")],
    );
    events.push(sendto(("10.0.0.1:53", "10.0.0.8:4001")));
    check(Host::new(here), &events, &[("fd.name", "10.0.0.8:4001->10.0.0.1:53")]);
    // An end of no address has the one the other end sees.
    let client = [socket(INET, DGRAM, 17), sendto(("0.0.0.0:6000", "10.0.0.77:53"))];
    check(Host::new(here), &client, &[("fd.name", "10.0.0.1:6000->10.0.0.77:53")]);
    let client = [socket(INET, DGRAM, 17), sendto(("0.0.0.0:6000", "127.0.0.53:53"))];
    check(Host::new(here), &client, &[("fd.name", "127.0.0.1:6000->127.0.0.53:53")]);
    // Sockets without ports are named by addresses.
    let ping = [socket(INET, RAW, 1), sendto(("10.0.0.1:0", "10.0.0.9:0"))];
    check(Host::new(here), &ping, &[("fd.name", "10.0.0.1->10.0.0.9"), ("fd.l4proto", "raw")]);
    let ping = [socket(INET, DGRAM, 1), sendto(("10.0.0.1:7", "10.0.0.9:0"))];
    check(Host::new(here), &ping, &[("fd.name", "10.0.0.1->10.0.0.9"), ("fd.l4proto", "icmp")]);
    // Who sends over a socket nobody knows made it for datagrams; who fails teaches nothing.
    check(
        Host::new(here),
        &[sendto(("10.0.0.1:7", "10.0.0.9:9"))],
        &[("fd.name", "10.0.0.1:7->10.0.0.9:9"), ("fd.l4proto", "udp")],
    );
    // Over IPv6 addresses of TCP count as well.
    let six = [
        socket(INET6, STREAM, 6),
        connect(0, ("2001:db8::1:9", "2001:db8::2:80")),
        sendto(("2001:db8::1:9", "2001:db8::3:80")),
    ];
    check(Host::new(here), &six, &[("fd.name", "2001:db8::1:9->2001:db8::3:80")]);
    let four = [
        socket(INET, STREAM, 6),
        connect(0, ("10.0.0.1:9", "10.0.0.2:80")),
        sendto(("10.0.0.1:9", "10.0.0.3:80")),
    ];
    check(Host::new(here), &four, &[("fd.name", "10.0.0.1:9->10.0.0.2:80")]);
}

#[test]
fn a_listed_socket_of_ipv4_was_asked_where_somebody_waits_on_its_port() {
    let listed = |v6: bool, protocol: u16, local: &str, remote: &str| {
        let code =
            if v6 { E::ITER_TASK_FILE_SOCKET_INET6_E } else { E::ITER_TASK_FILE_SOCKET_INET_E };
        let (local, remote) = (addr(local), addr(remote));
        let port = |end: &[u8]| u16::from_le_bytes(*end.last_chunk().unwrap());
        let ip = |end: &[u8]| end[1..end.len() - 2].to_vec();
        let block = block(code).i32(3).u16(1).u16(protocol);
        let block = block.bytes(&ip(&local)).u16(port(&local));
        support::listed(block.bytes(&ip(&remote)).u16(port(&remote)).u64(9))
    };
    let waits = |fd: i32, port: u16| {
        let block = block(E::ITER_TASK_FILE_SOCKET_INET_E).i32(fd).u16(1).u16(6);
        support::listed(block.bytes(&[0; 4]).u16(port).bytes(&[0; 4]).u16(0).u64(9))
    };
    let read = |fd: i64| block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(fd).u32(1).finish();
    let here = &["10.0.0.1"][..];
    let tcp = || listed(false, 6, "10.0.0.1:80", "10.0.0.9:4000");
    check(
        Host::new(here),
        &[tcp(), waits(4, 80), read(3)],
        &[
            ("fd.name", "10.0.0.9:4000->10.0.0.1:80"),
            ("fd.l4proto", "tcp"),
            ("fd.sport", "80"),
            ("fd.is_server", "true"),
            ("fd.connected", "true"),
            ("fd.nameraw", ""),
        ],
    );
    check(
        Host::new(here),
        &[tcp(), waits(4, 81), read(3)],
        &[("fd.name", "10.0.0.1:80->10.0.0.9:4000"), ("fd.cport", "80"), ("fd.lport", "80")],
    );
    // One that waits has a port without a part.
    check(
        Host::new(here),
        &[tcp(), waits(4, 80), read(4)],
        &[
            ("fd.name", "0.0.0.0:80"),
            ("fd.l4proto", "tcp"),
            ("fd.sip", "<none>"),
            ("fd.sport", "80"),
            ("fd.is_server", "true"),
            ("fd.connected", "false"),
        ],
    );
    // Of IPv6 the first use decides.
    let six = || listed(true, 17, "2001:db8::1:53", "2001:db8::9:4000");
    check(
        Host::new(here),
        &[six(), waits(4, 53), read(3)],
        &[("fd.cip", "<none>"), ("fd.l4proto", "<NA>"), ("fd.lport", "<none>")],
    );
    check(
        Host::new(here),
        &[six(), sendto(("2001:db8::1:53", "2001:db8::8:1"))],
        &[("fd.name", "2001:db8::1:53->2001:db8::8:1"), ("fd.l4proto", "udp"), ("fd.cport", "53")],
    );
}

#[test]
fn a_connection_to_a_path_stands() {
    let path = [&[1][..], &0x0f_u64.to_le_bytes(), &0x0a_u64.to_le_bytes(), b"/run/x\0"].concat();
    let connected = |result: i64, tuple: &[u8]| {
        let event = block(E::SOCKET_CONNECT_X).i64(result).bytes(tuple).i64(3);
        event.bytes(b"\x01/run/x\0").finish()
    };
    check(
        Host::new(&[]),
        &[socket(1, STREAM, 0), connected(0, &path)],
        &[
            ("fd.connected", "true"),
            ("fd.name", "f->a /run/x"),
            ("fd.type", "unix"),
            ("fd.sockfamily", "unix"),
            ("fd.cproto", ""),
            ("fd.l4proto", "<NA>"),
            ("fd.name_changed", "true"),
        ],
    );
    check(
        Host::new(&[]),
        &[socket(1, STREAM, 0), connected(-2, b"")],
        &[
            ("fd.connected", "false"),
            ("fd.name", ""),
            ("fd.cproto", "<none>"),
            ("fd.name_changed", "false"),
        ],
    );
    // Of another socket's end nothing is learned where nobody saw the socket.
    check(
        Host::new(&[]),
        &[connect(0, ("10.0.0.1:1", "10.0.0.2:2"))],
        &[("fd.type", "<none>"), ("fd.name", "10.0.0.1:1->10.0.0.2:2")],
    );
}

#[test]
fn what_is_local_in_a_container_is_told_by_containers() {
    const ID: &str = "0123456789ab";
    let reported = |id: &str, ip: &str| {
        let text = format!(r#"{{"container":{{"id":"{id}","type":7,"ip":"{ip}"}}}}"#);
        block(E::CONTAINER_JSON_2_E).str(text.as_bytes()).finish()
    };
    let ends = ("10.0.0.7:4000", "192.168.0.1:80");
    let spoken = || vec![socket(INET, STREAM, 6), connect(0, ends)];
    let check_local = |containers: Vec<Vec<u8>>, local: &str, server: &str| {
        let remote = if local == "10.0.0.7" { "192.168.0.1" } else { "10.0.0.7" };
        let port = if local == "10.0.0.7" { "4000" } else { "80" };
        let mut host = Host::new(&["192.168.0.1", "10.0.0.7"]);
        host.enter_container(ID);
        let events = [containers, spoken()].concat();
        check(
            host,
            &events,
            &[
                ("fd.lip", local),
                ("fd.rip", remote),
                ("fd.lport", port),
                ("fd.lproto", port),
                ("fd.is_server", server),
            ],
        );
    };
    // Nobody knows an address: nothing is local, whatever the interfaces say.
    check_local(vec![], "192.168.0.1", "false");
    check_local(vec![reported(ID, "")], "192.168.0.1", "false");
    check_local(vec![reported(ID, "0.0.0.0")], "192.168.0.1", "false");
    // Another container's address counts.
    check_local(vec![reported("ba9876543210", "10.0.0.7")], "10.0.0.7", "false");
    check_local(vec![reported("ba9876543210", "192.168.0.1")], "192.168.0.1", "true");
    // Its own does, and then the interfaces do.
    check_local(vec![reported(ID, "10.0.0.7")], "10.0.0.7", "true");
    let mut six = Host::new(&["2001:db8::1"]);
    six.enter_container(ID);
    let events = [socket(INET6, STREAM, 6), connect(0, ("2001:db8::1:1", "2001:db8::2:2"))];
    check(six, &events, &[("fd.lip", "2001:db8::2"), ("fd.is_server", "false")]);
    check(
        Host::new(&["2001:db8::1"]),
        &events,
        &[("fd.lip", "2001:db8::1"), ("fd.is_server", "true")],
    );
}

#[test]
fn an_option_of_no_length_is_shown_empty() {
    let event = block(E::SOCKET_GETSOCKOPT_X).i64(0).i64(3).u8(1).u8(0);
    let event = event.bytes(&[0]).u32(0).finish();
    check(Host::new(&[]), &[event], &[("evt.args[4]", "val=")]);
}

#[test]
fn an_output_says_that_there_is_an_address_for_a_network() {
    let events = [socket(INET, STREAM, 6), connect(0, ("10.0.0.1:9", "10.0.0.2:80"))];
    let expected = [
        ("%fd.cnet", "<IPNET>"),
        ("%fd.snet", "<IPNET>"),
        ("%fd.lnet", "<IPNET>"),
        ("%fd.rnet", "<IPNET>"),
        ("%fd.net", "<none>"),
        ("%fd.ip", "<none>"),
    ];
    check(Host::new(&["10.0.0.1"]), &events, &expected);
    let none = expected.map(|(name, _)| (name, "<none>"));
    check(Host::new(&["10.0.0.1"]), &events[..1], &none);
}
