//! What rules see of sockets and of who acts, as the kernel has it. Needs root; says so loudly where it has
//! none.

use std::collections::BTreeMap;

use crate::support::act::{Act, alerts, watch};
use crate::support::agent::scratch;

/// An act, the condition it is looked for by, and what is printed of it, in order.
struct Case {
    what: &'static str,
    condition: &'static str,
    output: &'static str,
    act: fn(&str) -> Act,
    reported: &'static [&'static str],
}

/// Sockets in perl.
const SOCKETS: &str = r#"use Socket; $SIG{ALRM} = sub { die "late" }; alarm 20;
    sub udp { socket(my $s, AF_INET, SOCK_DGRAM, 0) or die $!; bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die $!; $s }
    sub at { sockaddr_in($_[0], INADDR_LOOPBACK) }
    sub dgram { socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!; $s }
    sub stream { socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die $!; $s }
    sub tcp { socket(my $s, AF_INET, SOCK_STREAM, 0) or die $!; $s }
"#;

fn perl(text: &str) -> Act {
    Act::of(&["perl", "-e", &format!("{SOCKETS}{text}")])
}

/// HERE is the test's folder, in which the socket `vault/s` waits.
const CASES: &[Case] = &[
    Case {
        what: "a unix socket by its path",
        condition: "evt.type=connect and fd.name endswith HERE/vault/s and proc.args contains by-its-path",
        output: "%fd.name.resolved",
        act: |here| {
            perl(&format!(
                r#"connect(stream(), sockaddr_un("{here}/vault/s")) or die $!; "by-its-path""#
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a unix socket from its folder",
        condition: "evt.type=connect and fd.name startswith HERE/vault/ and proc.args contains from-its-folder",
        output: "%fd.name.resolved",
        act: |here| {
            perl(&format!(
                r#"chdir "{here}/vault"; connect(stream(), sockaddr_un("s")) or die $!; "from-its-folder""#
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a unix socket through a link",
        condition: "evt.type=connect and fd.name endswith /vault/s and proc.args contains by-a-link",
        output: "%fd.name.resolved",
        act: |here| {
            perl(&format!(
                r#"connect(stream(), sockaddr_un("{here}/soft")) or die $!; "by-a-link""#
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a unix socket by another hard link",
        condition: "evt.type=connect and fd.name endswith /vault/s and proc.args contains by-a-hard-link",
        output: "%fd.name.resolved",
        act: |here| {
            perl(&format!(
                r#"connect(stream(), sockaddr_un("{here}/hard")) or die $!; "by-a-hard-link""#
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a unix socket through a bind mount",
        condition: "evt.type=connect and fd.name endswith /vault/s and proc.args contains by-a-mount",
        output: "%fd.name.resolved",
        act: |here| {
            let text = format!(
                r#"connect(stream(), sockaddr_un("{here}/bound/s")) or die $!; "by-a-mount""#
            );
            let script = format!("{here}/mounted.pl");
            std::fs::write(&script, format!("{SOCKETS}{text}")).unwrap();
            Act::apart(&format!(
                "mkdir -p {here}/bound; mount --bind {here}/vault {here}/bound; perl {script} by-a-mount; sleep 0.3"
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a mounted unix socket by where it is mounted",
        condition: "evt.type=connect and fd.name endswith HERE/there/s and proc.args contains as-mounted",
        output: "%fd.name.resolved",
        act: |here| {
            let text = format!(
                r#"chdir "{here}/there"; connect(stream(), sockaddr_un("s")) or die $!; sleep 1"#
            );
            let script = format!("{here}/there.pl");
            std::fs::write(&script, format!("{SOCKETS}{text}")).unwrap();
            Act::apart(&format!(
                "mkdir -p {here}/there; mount --bind {here}/vault {here}/there; perl {script} as-mounted"
            ))
        },
        reported: &["HERE/vault/s"],
    },
    Case {
        what: "a unix socket that was moved",
        condition: "evt.type=connect and fd.name endswith HERE/moving and proc.args contains was-moved",
        output: "%fd.name.resolved",
        act: |here| {
            perl(&format!(
                r#"my $s = stream(); bind($s, sockaddr_un("{here}/moving")) or die $!; listen($s, 2);
                   rename "{here}/moving", "{here}/moved"; connect(stream(), sockaddr_un("{here}/moved")) or die $!; "was-moved""#
            ))
        },
        reported: &["HERE/moved"],
    },
    Case {
        what: "a datagram to a unix socket",
        condition: "evt.type=sendto and fd.name endswith HERE/log and proc.args contains by-datagram",
        output: "%fd.name",
        act: |here| {
            perl(&format!(
                r#"my $s = dgram(); bind($s, sockaddr_un("{here}/log")) or die $!; my $o = dgram();
                   bind($o, sockaddr_un("{here}/other")) or die $!; my $c = dgram();
                   send($c, "x", 0, sockaddr_un("{here}/log")) or die $!;
                   connect($c, sockaddr_un("{here}/other")) or die $!;
                   send($c, "x", 0, sockaddr_un("{here}/log")) or die $!;
                   send($c, "x", 0) or die $!; unlink "{here}/log", "{here}/other"; "by-datagram""#
            ))
        },
        reported: &["* HERE/log", "* HERE/log"],
    },
    Case {
        what: "an abstract socket is no file",
        condition: "evt.type in (connect, bind, accept, accept4, sendto) and fd.name endswith peregrine-abstract \
                    and not fd.name startswith / and not fd.name contains \" /\" and fd.type=unix",
        output: "%evt.type %fd.name.resolved",
        act: |_| {
            perl(
                r#"my $at = pack("S a*", AF_UNIX, "\0/run/peregrine-abstract"); my $s = stream();
                   bind($s, $at) or die $!; listen($s, 2); my $c = stream(); connect($c, $at) or die $!;
                   accept(my $a, $s) or die $!; my $d = dgram(); my $e = dgram(); bind($e, $at) or die $!;
                   send($d, "x", 0, $at) or die $!;"#,
            )
        },
        reported: &["bind <NA>", "connect <NA>", "accept4 <NA>", "bind <NA>", "sendto <NA>"],
    },
    Case {
        what: "connected to one, sent to another",
        condition: "evt.type in (sendto, connect) and proc.args contains another-one",
        output: "%evt.type %fd.sport %fd.connected",
        act: |_| {
            perl(
                r#"my $s = udp(); connect($s, at(2001)) or die $!; send($s, "x", 0, at(2002));
                   send($s, "x", 0); "another-one""#,
            )
        },
        reported: &["connect 2001 true", "sendto 2002 false", "sendto 2001 true"],
    },
    Case {
        what: "connected no more",
        condition: "evt.type in (connect, getsockopt) and proc.args contains no-more",
        output: "%evt.type %fd.sport %fd.connected",
        act: |_| {
            perl(
                r#"my $s = udp(); connect($s, at(2001)) or die $!; getsockopt($s, SOL_SOCKET, SO_TYPE);
                   my $nobody = "\0" x 16; syscall(42, fileno($s), $nobody, 16) == 0 or die $!;
                   getsockopt($s, SOL_SOCKET, SO_TYPE); "no-more""#,
            )
        },
        reported: &[
            "connect 2001 true",
            "getsockopt 2001 true",
            "connect <NA> false",
            "getsockopt <NA> false",
        ],
    },
    Case {
        what: "a send that connects",
        condition: "evt.type=connect and proc.args contains fast-open",
        output: "%fd.sport %fd.connected %fd.l4proto",
        act: |_| {
            perl(
                r#"my $s = tcp(); bind($s, at(0)) or die $!; listen($s, 2);
                   my $c = tcp(); send($c, "x", 0x20000000, getsockname($s)) or die $!;
                   my ($port) = sockaddr_in(getsockname($s)); exit($port > 0 ? 0 : 1); "fast-open""#,
            )
        },
        reported: &["* true tcp"],
    },
    Case {
        what: "the ends in another network namespace",
        condition: "evt.type in (connect, accept, accept4) and proc.args contains elsewhere",
        output: "%evt.type %fd.lip %fd.rip %fd.lport %fd.rport",
        act: |here| {
            // Two namespaces and a wire; in the one a server, in the other a client of it.
            let script = format!("{here}/elsewhere.pl");
            let text = r#"if ($ARGV[1] eq "serves") {
                    my $s = tcp(); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                    bind($s, sockaddr_in(3003, inet_aton("198.18.7.1"))) or die $!; listen($s, 2);
                    open(my $f, ">", "$ARGV[2]/serves"); close $f; accept(my $a, $s) or die $!; sleep 1;
                } else {
                    select undef, undef, undef, 0.05 until -e "$ARGV[2]/serves"; my $c = tcp();
                    bind($c, sockaddr_in(3004, inet_aton("198.18.7.2"))) or die $!;
                    connect($c, sockaddr_in(3003, inet_aton("198.18.7.1"))) or die $!; sleep 1; }"#;
            std::fs::write(&script, format!("{SOCKETS}{text}")).unwrap();
            Act::of(&["unshare", "--net", "sh", "-c", &format!(
                "set -e; unshare --net sleep 20 & other=$!; sleep 0.3
                 ip link add one type veth peer name two netns $other
                 ip addr add 198.18.7.1/24 dev one; ip link set one up
                 nsenter --net=/proc/$other/ns/net sh -c 'ip addr add 198.18.7.2/24 dev two; ip link set two up'
                 perl {script} elsewhere serves {here} & serves=$!
                 nsenter --net=/proc/$other/ns/net perl {script} elsewhere asks {here}
                 wait $serves; kill $other"
            )])
        },
        reported: &[
            "connect 198.18.7.2 198.18.7.1 3004 3003",
            "accept4 198.18.7.1 198.18.7.2 3003 3004",
        ],
    },
    Case {
        what: "protocols",
        condition: "evt.type=connect and proc.args contains protocols-of-sockets",
        output: "%fd.l4proto",
        act: |_| {
            perl(
                r#"socket(my $raw, AF_INET, SOCK_RAW, 1) or die $!; connect($raw, at(0)) or die $!;
                   my $s = tcp(); bind($s, at(0)) or die $!; listen($s, 4); my $to = getsockname($s);
                   connect(tcp(), $to) or die $!;
                   if (socket(my $many, AF_INET, SOCK_STREAM, 262)) { connect($many, $to) or die $! }
                   else { connect(tcp(), $to) or die $! } "protocols-of-sockets""#,
            )
        },
        reported: &["raw", "tcp", "tcp"],
    },
    Case {
        what: "process groups",
        condition: "evt.type=rmdir and evt.arg.path contains peregrine-group",
        output: "%evt.arg.path %proc.is_vpgid_leader",
        act: |_| {
            perl(
                r#"sub mark { rmdir "/peregrine-group-$_[0]" } my $pid = fork();
                   if (!$pid) { mark("child"); setpgrp(0, 0); mark("leads");
                       my $second = fork();
                       if (!$second) { mark("second"); select undef, undef, undef, 0.3; mark("moved"); exit }
                       setpgrp($second, $second); waitpid $second, 0;
                       my $third = fork(); if (!$third) { syscall(112) > 0 or die $!; mark("session"); exit }
                       waitpid $third, 0; exit }
                   waitpid $pid, 0;"#,
            )
        },
        reported: &[
            "/peregrine-group-child false",
            "/peregrine-group-leads true",
            "/peregrine-group-second *",
            "/peregrine-group-moved true",
            "/peregrine-group-session true",
        ],
    },
    Case {
        what: "no older name after a copy of something else",
        condition: "(evt.type=fchmod or (evt.type=openat and fd.name=/etc/hostname)) and fd.num=5 and proc.args contains an-older-name",
        output: "%evt.type %fd.name",
        act: |_| {
            perl(
                r#"use POSIX; my $f = POSIX::open("/etc/hostname"); POSIX::dup2($f, 5); POSIX::close($f);
                   POSIX::close(5); my @low; push @low, POSIX::open("/dev/null") while !@low || $low[-1] < 4;
                   POSIX::open("/etc/hostname"); socket(my $p, 17, 3, 0) or die $!;
                   POSIX::dup2(fileno($p), 5); syscall(91, 5, 0600); "an-older-name""#,
            )
        },
        reported: &["openat /etc/hostname", "fchmod PACKET"],
    },
    Case {
        what: "capabilities of another user",
        condition: "evt.type=rmdir and evt.arg.path contains peregrine-capable",
        output: "%thread.cap_effective %thread.cap_permitted",
        act: |_| {
            perl(
                r#"rmdir "/peregrine-capable"; syscall(117, 65534, 65534, 65534) == 0 or die $!;
                   rmdir "/peregrine-capable";"#,
            )
        },
        reported: &["*CAP_CHOWN*", " "],
    },
];

#[test]
fn live_sockets_and_who_has_them() {
    if !peregrine_testkit::root("live_sockets_and_who_has_them") {
        return;
    }
    let folder = scratch("sockets").canonicalize().unwrap();
    let here = folder.display().to_string();
    std::fs::create_dir_all(folder.join("vault")).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(folder.join("vault/s")).unwrap();
    std::os::unix::fs::symlink("vault/s", folder.join("soft")).unwrap();
    std::fs::hard_link(folder.join("vault/s"), folder.join("hard")).unwrap();
    let cases = || CASES.iter().filter(|case| !case.reported.is_empty());
    let mut rules = format!(
        "- rule: Marker\n  desc: d\n  condition: evt.type in (open, openat, openat2) and fd.name={here}/marker\n  \
         output: o\n  priority: NOTICE\n"
    );
    for Case { what, condition, output, .. } in cases() {
        let condition = condition.replace("HERE", &here);
        let rule = format!(
            "- rule: {what}\n  desc: d\n  condition: >\n    {condition}\n  output: \"{output}\"\n  priority: NOTICE\n"
        );
        rules.push_str(&rule);
    }
    let mut watched = watch(&folder, &rules);
    let mut failed = BTreeMap::new();
    for Case { what, act, reported, .. } in cases() {
        let act = act(&here);
        if !act.is_possible(what) {
            continue;
        }
        act.commit();
        let raised = alerts(&mut watched, &folder);
        let raised: Vec<String> = raised
            .iter()
            .filter(|alert| alert["rule"] == *what)
            .map(|alert| {
                let text = alert["output"].as_str().unwrap();
                let text = text.split_once(": Notice ").map_or(text, |(_, text)| text);
                text.replace(&here, "HERE")
            })
            .collect();
        let fits = |(raised, reported): (&String, &&str)| match reported.split_once('*') {
            None => raised == reported,
            Some((front, rest)) => {
                let back = rest.trim_end_matches('*');
                raised.starts_with(front) && raised.contains(back)
            }
        };
        if raised.len() != reported.len() || !raised.iter().zip(*reported).all(fits) {
            failed.insert(*what, (raised, reported));
        }
    }
    let account = watched.stop();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(failed.is_empty(), "{failed:#?}\n{account}");
}
