//! Descriptors that came to be by calls nobody watches: what is opened below such a folder, and what a
//! program starts with on its standard streams, is named as the kernel names it. Needs root; says so loudly
//! where it has none.

use std::net::TcpListener;

use crate::support::act::{Act, OPEN, alerts, field, watch};
use crate::support::agent::scratch;

/// Raw calls: 3 `close`, 32 `dup`, 33 `dup2`, 292 `dup3`, 72 `fcntl`, 53 `socketpair`, 46 `sendmsg`,
/// 47 `recvmsg`, 434 `pidfd_open`, 438 `pidfd_getfd`.
const HAND: &str = r#"
    sub far { my ($fd) = @_; my $far = syscall(72, $fd, 0, 200); syscall(3, $fd); $far }
    sub message { my ($fd) = @_; my $byte = "x"; our $piece = pack("pQ", $byte, 1);
        our $control = pack("QllQ", 20, 1, 1, $fd);
        pack("QQpQpQQ", 0, 0, $piece, 1, $control, 24, 0) }
    sub over { my ($held) = @_; my $ends = pack("ll", 0, 0); syscall(53, 1, 2, 0, $ends);
        my ($one, $two) = map { far($_) } unpack("ll", $ends);
        my $out = message($held); syscall(46, $one, $out, 0) == 1 or die $!;
        our ($piece, $control); my $in = message(0); syscall(47, $two, $in, 0) == 1 or die $!;
        unpack("l", substr($control, 16, 4)) }
    sub taken { my ($held) = @_; my $own = far(syscall(434, $$ + 0, 0));
        my $got = syscall(438, $own, $held, 0); syscall(72, $got, 2, 0); $got }
"#;

/// From a descriptor `$held` to one of the number `$n`, which is the lowest that is free.
const WAYS: &[(&str, &str)] = &[
    ("dup", "syscall(32, $held)"),
    ("dup2", "syscall(33, $held, $n + 0)"),
    ("dup3", "syscall(292, $held, $n + 0, 0)"),
    ("fcntl", "syscall(72, $held, 0, $n + 0)"),
    ("a message of a socket", "over($held)"),
    ("pidfd_getfd", "taken($held)"),
];

fn act(text: &str) -> Act {
    Act::perl(&format!("{HAND}{text}"))
}

#[test]
fn live_a_folder_is_the_kernels_however_it_came() {
    if !peregrine_testkit::root("live_a_folder_is_the_kernels_however_it_came") {
        return;
    }
    let folder = scratch("handed");
    let here = folder.display().to_string();
    Act::shell(&format!("cd {here}; mkdir vault usual; touch vault/secret usual/secret")).commit();
    let me = std::process::id();
    let open = "evt.type in (open, openat, openat2)";
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: file=%fd.name real=%fd.name.resolved\n"
        )
    };
    let rules = rule("Marker", &format!("{open} and fd.name = {here}/marker"))
        + &rule(
            "Not where it is usual",
            &format!("{open} and fd.filename = secret and not fd.name startswith {here}/usual/"),
        );
    let mut watched = watch(&folder, &rules);
    let secret = format!("{here}/vault/secret");
    let mut missed = Vec::new();
    let mut check = |what: &str, act: &Act| {
        act.commit();
        let alerts = alerts(&mut watched, &folder);
        let names: Vec<&str> = alerts.iter().map(|alert| field(alert, "fd.name")).collect();
        if names != [&secret] {
            missed.push((what.to_owned(), format!("{names:?}")));
        }
    };
    for (way, take) in WAYS {
        // The number stood for another folder before.
        let text = format!(
            r#"my $held = far(at(-100, "{here}/vault", O_RDONLY)); my $n = at(-100, "{here}/usual", O_RDONLY);
               syscall(3, $n); my $got = {take}; $got == $n or die "$got, $n";
               at($got, "secret", O_RDONLY);"#
        );
        check(way, &act(&text));
    }
    check("grep", &Act::shell(&format!("grep -r x {here}/vault || true")));
    check("a shell's redirection", &{
        let open = OPEN;
        Act::shell(&format!(
            r#"exec 9<{here}/usual; exec 9<{here}/vault; perl -e '{open} at(9, "secret", O_RDONLY)'"#
        ))
    });
    check(
        "a renamed folder",
        &act(&format!(
            r#"mkdir "{here}/usual/v"; open(my $f, ">", "{here}/usual/v/secret"); close $f;
               my $held = at(-100, "{here}/usual/v", O_RDONLY);
               unlink "{here}/vault/secret"; rmdir "{here}/vault";
               rename "{here}/usual/v", "{here}/vault" or die $!; at($held, "secret", O_RDONLY);"#
        )),
    );
    assert!(missed.is_empty(), "{missed:#?}");
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_a_program_starts_with_the_streams_it_has() {
    if !peregrine_testkit::root("live_a_program_starts_with_the_streams_it_has") {
        return;
    }
    let folder = scratch("streams");
    let here = folder.display().to_string();
    let me = std::process::id();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // One rule sees all of them.
    let rules = format!(
        "- rule: Marker\n  desc: d\n  condition: evt.type in (open, openat) and fd.name={here}/marker and proc.apid={me}\n  \
           output: m\n  priority: INFO\n\
         - rule: Shell on a socket\n  desc: d\n  priority: INFO\n  \
           condition: evt.type in (execve, execveat) and proc.exepath endswith /true and proc.apid={me} \
           and proc.stdin.type in (ipv4, ipv6) and proc.stdout.type in (ipv4, ipv6)\n  \
           output: in=%proc.stdin.name out=%proc.stdout.name err=%proc.stderr.type\n"
    );
    let mut watched = watch(&folder, &rules);
    let connect = format!(
        r#"use Socket; my $to = sockaddr_in({port}, inet_aton("127.0.0.1"));
           sub new_one {{ my $fd = syscall(41, 2, 1, 0); syscall(42, $fd, $to, length $to) == 0 or die $!; $fd }}"#
    );
    let begin = r#"exec { "/bin/true" } "true";"#;
    let accept = r#"my $own = pack_sockaddr_in(0, INADDR_LOOPBACK); my $l = far(syscall(41, 2, 1, 0));
        syscall(49, $l, $own, length $own) == 0 or die $!; syscall(50, $l, 5);
        my ($at, $len) = ("\0" x 16, pack("l", 16)); syscall(51, $l, $at, $len) == 0 or die $!;
        for (1, 2) { my $c = far(syscall(41, 2, 1, 0)); syscall(42, $c, $at, 16) == 0 or die $!; }"#;
    let mut acts: Vec<(String, String)> = WAYS
        .iter()
        .map(|(way, take)| {
            let each = format!("for my $n (0, 1) {{ syscall(3, $n); {take} == $n or die; }}");
            ((*way).to_owned(), format!("my $held = far(new_one()); {each} {begin}"))
        })
        .collect();
    let fresh = "for my $n (0, 1) { syscall(3, $n); new_one() == $n or die; }";
    acts.push(("close and socket".to_owned(), format!("{fresh} {begin}")));
    let taken = "for my $n (0, 1) { syscall(3, $n); syscall(43, $l, 0, 0) == $n or die; }";
    acts.push(("close and accept".to_owned(), format!("{accept} {taken} {begin}")));
    // A parent that gives its child what it has.
    acts.push((
        "inherited".to_owned(),
        r#"my $held = far(new_one()); if (!fork) { syscall(33, $held, 0); syscall(33, $held, 1);
           exec { "/bin/sh" } "sh", "-c", "/bin/true; exit 0"; } wait;"#
            .to_owned(),
    ));
    let mut missed = Vec::new();
    for (way, text) in &acts {
        act(&format!("{connect}{text}")).commit();
        let alerts = alerts(&mut watched, &folder);
        if alerts.len() != 1 {
            missed.push((way, alerts.len()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    // What is a socket no more is none.
    let closed = format!(
        r#"{connect} my $held = far(new_one()); syscall(33, $held, 0); syscall(33, $held, 1);
           if (!fork) {{ syscall(3, 0); at(-100, "/dev/null", O_RDONLY) == 0 or die; {begin} }} wait;
           if (!fork) {{ syscall(3, 0); {begin} }} wait;"#
    );
    act(&closed).commit();
    assert_eq!(alerts(&mut watched, &folder), Vec::<serde_json::Value>::new());
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}
