//! The whole product on this kernel: real acts in, alerts out. Needs root; says so loudly where it
//! has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod containers;
mod watched;

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
    let flags = ["--json", "-r", &rules, "-o", "file_output.enabled=true", "-o", &output];
    let mut watched = Watched::start(&flags);
    let own = watched.pid();
    Act::shell("any", &format!("true > {here}/one; true > {here}/two")).commit();
    let alerts = watched.alerts_after(Duration::from_secs(1));
    let names: Vec<&str> =
        alerts.iter().filter_map(|alert| alert["output_fields"]["fd.name"].as_str()).collect();
    assert_eq!(names, [format!("{here}/one"), format!("{here}/two")], "{own}: {alerts:#?}");
    watched.stop();
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    std::fs::remove_dir_all(folder).unwrap();
}
