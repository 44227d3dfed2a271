//! Alerts of the rules we ship: every rule has its acts, everyday work raises nothing, and what an alert
//! looks like.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::act::{alerts as alerts_up_to_now, marker};
use crate::support::agent::{Watched, is_below, mark_of, marked, scratch};
use crate::{acts, everyday};
use peregrine_rules::{Options, SourceText, load};

/// Names of the rules we ship.
fn rules() -> BTreeSet<String> {
    let sources =
        peregrine_agent::rules::DEFAULT_RULES.map(|(name, text)| SourceText { name, text });
    let loaded = load(&sources, &Options::default());
    assert!(!loaded.failed());
    loaded.rules.rules.into_iter().map(|rule| rule.name).collect()
}

#[test]
fn every_rule_has_an_act() {
    let acts: BTreeSet<String> = acts::all().map(|row| row.rule.to_owned()).collect();
    assert_eq!(acts, rules());
}

/// Each rule we ship, an act that breaks it, and nothing else.
#[test]
fn live_each_threat_raises_exactly_its_alert() {
    if !peregrine_testkit::root("live_each_threat_raises_exactly_its_alert") {
        return;
    }
    let folder = scratch("threats");
    let mut watched = Watched::start(&marked());
    let mut expected = BTreeMap::new();
    for (number, row) in acts::all().enumerate().filter(|(_, row)| row.is_possible()) {
        let mark = format!("{}-{number}", std::process::id());
        let folder = folder.join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        row.commit(&mark, &folder);
        expected.insert(mark, (number, row.expected()));
    }
    let alerts = watched.alerts_after(Duration::from_secs(1));
    let mut wrong = Vec::new();
    for (mark, (number, expected)) in &expected {
        let own: Vec<_> = alerts.iter().filter(|alert| mark_of(alert) == Some(mark)).collect();
        let mut rules: Vec<&str> = own.iter().filter_map(|alert| alert["rule"].as_str()).collect();
        rules.sort_unstable();
        if rules != *expected {
            let reported: Vec<&str> =
                own.iter().filter_map(|alert| alert["output"].as_str()).collect();
            wrong.push(format!(
                "row {number}: {expected:?} expected, came {rules:?}: {reported:#?}"
            ));
        }
    }
    let account = watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
    assert!(!account.contains("panicked"), "{account}");
    assert!(wrong.is_empty(), "{} rows: {}\n{account}", wrong.len(), wrong.join("\n"));
}

/// Reads it with a command that nobody else on the machine has; gives the name that makes it so.
fn read_password_file() -> String {
    let mark = format!("mark-{}", std::process::id());
    let script = format!("cat /etc/shadow {mark} >/dev/null 2>&1; :");
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    mark
}

#[test]
fn live_the_alert_stands_there_within_a_second() {
    if !peregrine_testkit::root("live_the_alert_stands_there_within_a_second") {
        return;
    }
    let mut watched = Watched::start::<&str>(&[]);
    let begin = Instant::now();
    let mark = read_password_file();
    let line = watched.line_with(&mark, Duration::from_secs(5)).expect("an alert");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    let reported = format!(
        ": Warning Password file read (file=/etc/shadow program=cat command=cat /etc/shadow {mark} user=root"
    );
    for part in [&*reported, "parent=sh executable=/", "container_id="] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    let account = watched.stop();
    assert!(
        account.contains("Password file read"),
        "the account at the end names the rule: {account}"
    );
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
    let mark = read_password_file();
    let printed = watched.line_with(&mark, Duration::from_secs(5)).expect("an alert");
    watched.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    let own: Vec<&str> = text.lines().filter(|line| line.contains(&mark)).collect();
    assert_eq!(own, [printed]);
    let alert: serde_json::Value = serde_json::from_str(own[0]).unwrap();
    assert_eq!(alert["output_fields"]["fd.name"], "/etc/shadow");
    std::fs::remove_dir_all(folder).unwrap();
}

/// An idle minute, or as many seconds as `PEREGRINE_QUIET` says, and the everyday work of a machine. What other people do on it meanwhile is not
/// ours to judge, unless nobody else is there: `CI` says so, and then every alert counts.
#[test]
fn live_quiet_host_raises_nothing() {
    const TEST: &str = "live_quiet_host_raises_nothing";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    let folder = scratch("quiet");
    let acts = everyday::acts(TEST, &folder);
    // A rule beside ours shows that the acts were really seen.
    let witness = folder.join("witness.yaml");
    std::fs::write(&witness, everyday::WITNESS).unwrap();
    let ours = peregrine_testkit::workspace().join("rules");
    let mut flags = marked();
    for file in [ours, witness] {
        flags.extend(["-r".to_owned(), file.display().to_string()]);
    }
    let mut watched = Watched::start(&flags);
    let begin = Instant::now();
    let running: Vec<_> = acts.into_iter().map(everyday::Everyday::start).collect();
    let done: Vec<_> = running.iter().map(|act| (act.name, act.pid)).collect();
    let mut unseen: BTreeSet<_> = running.iter().map(|act| (act.name, act.runs)).collect();
    running.into_iter().for_each(everyday::Running::finish);
    let seconds = std::env::var("PEREGRINE_QUIET").ok().and_then(|text| text.parse().ok());
    let idle = Duration::from_secs(seconds.unwrap_or(60));
    std::thread::sleep(idle.saturating_sub(begin.elapsed()));
    let alerts = watched.alerts_after(Duration::from_millis(100));
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
    let mut reported = Vec::new();
    let mut strange = Vec::new();
    for alert in &alerts {
        let own =
            done.iter().find(|(name, pid)| mark_of(alert) == Some(name) || is_below(alert, *pid));
        let output = alert["output"].as_str().unwrap();
        if alert["rule"] == "Witness" {
            let program = alert["output_fields"]["proc.name"].as_str().unwrap();
            unseen
                .retain(|(act, runs)| own.is_none_or(|(name, _)| name != act) || *runs != program);
            continue;
        }
        match own {
            Some((name, _)) => reported.push(format!("{name}: {output}")),
            None => strange.push(format!("somebody: {output}")),
        }
    }
    if std::env::var_os("CI").is_some() {
        reported.append(&mut strange);
    }
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
    assert!(reported.is_empty(), "{} alerts:\n{}", reported.len(), reported.join("\n"));
    println!("of somebody else, and not judged: {} alerts", strange.len());
    for line in strange.iter().take(20) {
        println!("{line}");
    }
}

/// Each alert is written to a file that is opened for it: an event a broad rule would match again.
#[test]
fn live_an_alert_raises_no_alert() {
    if !peregrine_testkit::root("live_an_alert_raises_no_alert") {
        return;
    }
    let folder = scratch("echo");
    let (rules, file) = (folder.join("rules.yaml"), folder.join("alerts.jsonl"));
    let here = folder.display();
    let text = format!(
        "- rule: any\n  desc: d\n  condition: evt.type in (open, openat, creat, write) and \
         (fd.name startswith {here} or proc.name startswith peregrine)\n  \
         output: any %proc.pid %proc.name %fd.name\n  priority: INFO\n"
    );
    std::fs::write(&rules, text).unwrap();
    let (rules, output) =
        (rules.display().to_string(), format!("file_output.filename={}", file.display()));
    let flags =
        ["--json", "-r", rules.as_str(), "-o", "file_output.enabled=true", "-o", output.as_str()];
    let mut watched = Watched::start(&flags);
    let own = watched.pid();
    let act = format!("true > {here}/one; true > {here}/two");
    assert!(Command::new("sh").args(["-c", &act]).status().unwrap().success());
    let mut alerts = watched.alerts_after(Duration::from_secs(1));
    // Somebody else may run it too.
    let name = |alert: &serde_json::Value| {
        alert["output_fields"]["fd.name"].as_str().unwrap_or_default().to_owned()
    };
    let is_ours = |alert: &serde_json::Value| {
        alert["output_fields"]["proc.pid"] == own || name(alert).starts_with(&here.to_string())
    };
    alerts.retain(is_ours);
    let names: Vec<String> = alerts.iter().map(name).collect();
    assert_eq!(names, [format!("{here}/one"), format!("{here}/two")], "{own}: {alerts:#?}");
    watched.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    let written = text.lines().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(written.filter(is_ours).count(), names.len());
    std::fs::remove_dir_all(folder).unwrap();
}

/// What rules look for the agent does not open, not even as a place: another agent beside it would speak
/// of that.
#[test]
fn live_own_walks_open_nothing_that_rules_name() {
    if !peregrine_testkit::root("live_own_walks_open_nothing_that_rules_name") {
        return;
    }
    let folder = scratch("walks");
    let here = folder.display();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    file("secret", "1");
    std::os::unix::fs::symlink("secret", folder.join("link")).unwrap();
    let opens = format!(
        "- {{rule: opened, desc: d, priority: INFO, condition: 'evt.type in (open, openat, openat2) and \
         proc.name startswith peregrine and (fd.name startswith {here}/secret or fd.name = {here}/link)', \
         output: '%proc.pid %fd.name'}}\n"
    );
    let asks = format!(
        "- {{rule: asked, desc: d, priority: INFO, condition: 'evt.type in (chmod, fchmodat, open, openat) and \
         (fs.path.name = {here}/secret or fd.name = {here}/secret)', output: '%evt.type'}}\n"
    );
    let marker = marker(&folder);
    let opens = file("opens.yaml", &(opens + &marker));
    let asks = file("asks.yaml", &(asks + &marker));
    let mut beside = Watched::start(&["--json", "-r", &opens]);
    let mut watched = Watched::start(&["--json", "-r", &asks]);
    let own = watched.pid();
    shell(format!("chmod 600 {here}/secret; chmod 640 {here}/link; cat {here}/link >/dev/null"));
    // Another file takes its place, in a moment and at the next look at all of them.
    shell(format!(
        "echo 2 > {here}/new; mv {here}/new {here}/secret; sleep 1.5; chmod 600 {here}/secret"
    ));
    let mut reported = alerts_up_to_now(&mut watched, &folder);
    reported.retain(|alert| alert["output_fields"]["evt.type"] == "fchmodat");
    assert_eq!(reported.len(), 3, "{reported:#?}");
    let mut opened = alerts_up_to_now(&mut beside, &folder);
    opened.retain(|alert| alert["output_fields"]["proc.pid"] == own);
    assert!(opened.is_empty(), "{opened:#?}");
    watched.stop();
    beside.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

fn shell(script: impl AsRef<std::ffi::OsStr>) {
    let status = Command::new("sh").arg("-c").arg(script.as_ref()).status().unwrap();
    assert!(status.success());
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
    std::fs::write(&path, rules.concat() + &marker(&folder)).unwrap();
    let mut watched = Watched::start(&["--json", "-r", path.to_str().unwrap()]);
    let mut reported = |rule: &str, expected: &[(&str, &str)]| {
        let alerts = alerts_up_to_now(&mut watched, &folder);
        assert_eq!(alerts.len(), 1, "{rule}: {alerts:#?}");
        assert_eq!(alerts[0]["rule"], rule);
        for (field, value) in expected {
            let got = &alerts[0]["output_fields"][field];
            let got = got.as_str().map_or_else(|| got.to_string(), ToOwned::to_owned);
            assert_eq!(got, *value, "{field} of {:#?}", alerts[0]);
        }
    };
    shell(format!("cat < {}", file.display()));
    reported("file read", &[("fd.name", file.to_str().unwrap()), ("evt.arg.data", "a secret")]);
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
        reported("stream written", &fields);
        server.read_exact(&mut [0; 15]).unwrap();
        reported("stream read", &[&fields[..], &[("evt.arg.data", "over the stream")]].concat());
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
    reported("datagram sent", &fields);
    datagrams.recv_from(&mut [0; 64]).unwrap();
    reported("datagram got", &fields);

    shell("trap : USR2; kill -USR2 $$");
    reported("signal", &[("evt.arg.sig", "SIGUSR2")]);
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
    std::fs::write(&path, rule("made", "mkdir") + &rule("gone", "rmdir") + &marker(&folder))
        .unwrap();
    let away = ["-o", "base_syscalls.custom_set=['!mkdir']"];
    let mut watched =
        Watched::start(&[&["--json", "-r", path.to_str().unwrap()][..], &away].concat());
    shell(format!("mkdir {here}/d; rmdir {here}/d"));
    let alerts = alerts_up_to_now(&mut watched, &folder);
    let rules: Vec<&str> = alerts.iter().filter_map(|alert| alert["rule"].as_str()).collect();
    assert_eq!(rules, ["gone"]);
    let account = watched.stop();
    assert!(account.contains("custom_set excludes: mkdir"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}
