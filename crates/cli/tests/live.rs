//! The whole product on this kernel: real acts in, alerts out. Needs root; says so loudly where it
//! has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod watched;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use watched::{Act, Watched, scratch};

/// Each rule we ship, an act that breaks it, and nothing else.
fn acts(folder: &Path) -> Vec<Act> {
    let here = folder.display();
    vec![
        Act::shell("Password file read", "cat /etc/shadow"),
        Act::shell(
            "SSH private key read",
            &format!(
                "mkdir -p {here}/.ssh; cp /bin/true {here}/.ssh/id_test; cat {here}/.ssh/id_test"
            ),
        ),
        // Where an act would harm, it sees a file system of its own.
        Act::apart(
            "Program directory written",
            "mount -t tmpfs t /usr/local/bin; echo x > /usr/local/bin/tool",
        ),
        Act::apart(
            "Start-up file written",
            "mount -t tmpfs t /etc; mkdir /etc/cron.d; echo x > /etc/cron.d/job",
        ),
        Act::shell(
            "Shell started by a network service",
            &format!("cp /bin/dash {here}/nginx; {here}/nginx -c 'sh -c :; :'"),
        ),
        Act::joined("Standard stream joined to the network"),
        Act::perl(
            "Program run from memory",
            r#"my $name = "m"; my $fd = syscall(319, $name, 0); open(my $out, ">&=", $fd);
               binmode $out; $out->autoflush(1); open(my $in, "<", "/bin/true"); local $/;
               my $data = <$in>; print $out $data; exec {"/proc/self/fd/$fd"} "inmemory";"#,
        ),
        Act::perl(
            "Process taken over by another",
            r"my $child = fork; if (!$child) { sleep 5; exit }
              syscall(101, 16, $child, 0, 0); waitpid($child, 2); syscall(101, 17, $child, 0, 0);
              kill 9, $child; waitpid($child, 0);",
        ),
        Act::shell(
            "File made set-user-id",
            &format!("cp /bin/true {here}/raised; chmod u+s {here}/raised"),
        ),
        Act::shell("Traces removed", &format!("touch {here}/.sh_history; rm {here}/.sh_history")),
    ]
}

#[test]
fn live_each_threat_raises_exactly_its_alert() {
    if !peregrine_testkit::root("live_each_threat_raises_exactly_its_alert") {
        return;
    }
    let folder = scratch("threats");
    let mut watched = Watched::start(&["--json"]);
    let acts = acts(&folder);
    assert_eq!(acts.len(), 10);
    for act in acts {
        act.commit();
        let alerts = watched.alerts_after(Duration::from_millis(700));
        let rules: Vec<&str> = alerts.iter().filter_map(|alert| alert["rule"].as_str()).collect();
        if act.repeats {
            assert!(
                !rules.is_empty() && rules.iter().all(|rule| *rule == act.rule),
                "{rules:?} for {}",
                act.rule
            );
        } else {
            assert_eq!(rules, [act.rule], "{alerts:#?}");
        }
    }
    let account = watched.stop();
    assert!(!account.contains("panicked"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_the_alert_stands_there_within_a_second() {
    if !peregrine_testkit::root("live_the_alert_stands_there_within_a_second") {
        return;
    }
    let mut watched = Watched::start(&[]);
    let begin = Instant::now();
    Act::shell("Password file read", "cat /etc/shadow").commit();
    let line = watched.line(Duration::from_secs(5)).expect("an alert");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    for part in [
        ": Warning Password file read (file=/etc/shadow program=cat command=cat /etc/shadow user=root",
        "parent=sh executable=/",
        "container_id=",
    ] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    let account = watched.stop();
    assert!(
        account.contains("Password file read"),
        "the account at the end names the rule: {account}"
    );
}

#[test]
fn live_quiet_host_raises_nothing() {
    if !peregrine_testkit::root("live_quiet_host_raises_nothing") {
        return;
    }
    let folder = scratch("quiet");
    let mut watched = Watched::start(&["--json"]);
    let workspace = peregrine_testkit::workspace();
    let here = folder.display();
    let repository = workspace.display();
    if workspace.join(".git").exists() {
        Act::shell("", &format!("git clone --quiet --no-local {repository} {here}/clone")).commit();
    }
    Act::shell(
        "",
        &format!("cd {repository} && cargo build --quiet --locked --offline -p peregrine-event --target-dir {here}/target"),
    )
    .commit();
    std::thread::sleep(Duration::from_mins(2));
    let alerts = watched.alerts_after(Duration::from_millis(100));
    assert_eq!(alerts, Vec::<serde_json::Value>::new());
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_alerts_are_appended_to_a_file() {
    if !peregrine_testkit::root("live_alerts_are_appended_to_a_file") {
        return;
    }
    let folder = scratch("file");
    let file = folder.join("alerts.jsonl");
    let output = format!("file_output.filename={}", file.display());
    let mut watched = Watched::start(&[
        "-o",
        "json_output=true",
        "-o",
        "file_output.enabled=true",
        "-o",
        &output,
    ]);
    Act::shell("Password file read", "cat /etc/shadow").commit();
    assert_eq!(watched.alerts_after(Duration::from_millis(700)).len(), 1);
    watched.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 1);
    let alert: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(alert["output_fields"]["fd.name"], "/etc/shadow");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Rules that name calls which move data get them, with what the descriptor is.
#[test]
fn live_reads_writes_and_signals_come_with_their_descriptors() {
    if !peregrine_testkit::root("live_reads_writes_and_signals_come_with_their_descriptors") {
        return;
    }
    let folder = scratch("data");
    let file = folder.join("file");
    std::fs::write(&file, "a secret").unwrap();
    // A connection that stands before anybody watches: that the smaller port was asked is a guess.
    let listener =
        (900..1000).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap();
    let old = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let old_server = listener.accept().unwrap().0;
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let [stream_port, datagram_port] =
        [listener.local_addr().unwrap().port(), datagrams.local_addr().unwrap().port()];
    let rule = |name: &str, condition: &str| {
        format!(
            "- {{rule: {name}, desc: d, priority: INFO, condition: {condition}, output: '%fd.name %fd.l4proto %fd.cip %fd.cport %fd.sip %fd.sport %evt.arg.data %evt.arg.sig'}}\n"
        )
    };
    let rules = [
        rule(
            "file read",
            &format!("evt.type=read and evt.rawres>0 and fd.name={}", file.display()),
        ),
        rule(
            "stream written",
            &format!("evt.type=sendto and fd.l4proto=tcp and fd.sport={stream_port}"),
        ),
        rule(
            "stream read",
            &format!("evt.type=recvfrom and fd.l4proto=tcp and fd.sport={stream_port}"),
        ),
        rule(
            "datagram sent",
            &format!("evt.type=sendto and fd.l4proto=udp and fd.sport={datagram_port}"),
        ),
        rule(
            "datagram got",
            &format!(
                "evt.type=recvfrom and evt.rawres>0 and fd.l4proto=udp and fd.sport={datagram_port}"
            ),
        ),
        rule("signal", "evt.type=signaldeliver and evt.arg.sig=SIGUSR2"),
    ];
    let path = folder.join("rules.yaml");
    std::fs::write(&path, rules.concat()).unwrap();
    let mut watched = Watched::start(&["--json", "-r", path.to_str().unwrap()]);
    let mut told = |rule: &str, expected: &[(&str, &str)]| {
        let alerts = watched.alerts_after(Duration::from_millis(400));
        assert_eq!(alerts.len(), 1, "{rule}: {alerts:#?}");
        assert_eq!(alerts[0]["rule"], rule);
        for (field, value) in expected {
            let got = &alerts[0]["output_fields"][field];
            let got = got.as_str().map_or_else(|| got.to_string(), ToOwned::to_owned);
            assert_eq!(got, *value, "{field} of {:#?}", alerts[0]);
        }
    };
    Act::shell("", &format!("cat < {}", file.display())).commit();
    told("file read", &[("fd.name", file.to_str().unwrap()), ("evt.arg.data", "a secret")]);
    std::fs::remove_file(&file).unwrap();

    let stream_port = stream_port.to_string();
    for (mut client, mut server) in [(old, old_server), {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }] {
        let client_port = client.local_addr().unwrap().port().to_string();
        let ends = format!("127.0.0.1:{client_port}->127.0.0.1:{stream_port}");
        let fields = [
            ("fd.name", ends.as_str()),
            ("fd.cport", &client_port),
            ("fd.sport", &stream_port),
            ("fd.sip", "127.0.0.1"),
            ("fd.l4proto", "tcp"),
        ];
        client.write_all(b"over the stream").unwrap();
        told("stream written", &fields);
        server.read_exact(&mut [0; 15]).unwrap();
        told("stream read", &[&fields[..], &[("evt.arg.data", "over the stream")]].concat());
    }

    let asks = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client_port = asks.local_addr().unwrap().port().to_string();
    let datagram_port = datagram_port.to_string();
    let ends = format!("127.0.0.1:{client_port}->127.0.0.1:{datagram_port}");
    let fields = [
        ("fd.name", ends.as_str()),
        ("fd.cport", &client_port),
        ("fd.sport", &datagram_port),
        ("fd.l4proto", "udp"),
        ("evt.arg.data", "a question"),
    ];
    asks.send_to(b"a question", datagrams.local_addr().unwrap()).unwrap();
    told("datagram sent", &fields);
    datagrams.recv_from(&mut [0; 64]).unwrap();
    told("datagram got", &fields);

    Act::shell("", "trap : USR2; kill -USR2 $$").commit();
    told("signal", &[("evt.arg.sig", "SIGUSR2")]);
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_calls_taken_away_by_the_configuration_are_not_told() {
    if !peregrine_testkit::root("live_calls_taken_away_by_the_configuration_are_not_told") {
        return;
    }
    let folder = scratch("less");
    let path = folder.join("rules.yaml");
    let here = folder.display();
    let rule = |name: &str, call: &str| {
        format!(
            "- {{rule: {name}, desc: d, priority: INFO, condition: evt.type={call} and evt.args contains {here}, output: x}}\n"
        )
    };
    std::fs::write(&path, rule("made", "mkdir") + &rule("gone", "rmdir")).unwrap();
    let away = ["-o", "base_syscalls.custom_set=['!mkdir']"];
    let mut watched =
        Watched::start(&[&["--json", "-r", path.to_str().unwrap()][..], &away].concat());
    Act::shell("", &format!("mkdir {here}/d; rmdir {here}/d")).commit();
    let alerts = watched.alerts_after(Duration::from_millis(500));
    let rules: Vec<&str> = alerts.iter().filter_map(|alert| alert["rule"].as_str()).collect();
    assert_eq!(rules, ["gone"]);
    let account = watched.stop();
    assert!(account.contains("custom_set takes away: mkdir"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}
