//! A written attack over several hosts, beside ordinary work on others, from alerts to the incident.

use peregrine_alert::Alert;
use serde_json::{Value as Json, json};

use super::{SECOND, alert, correlations};
use crate::{
    Arrival, Engine, InFleet, Incident, LinkKind, Settings, Tracker, incident_json, incident_text,
};

const START: i64 = 1_700_000_000 * SECOND;

const READ_AND_USED: &str = "title: Credentials read, then a connection
level: high
correlation:
  type: temporal_ordered
  rules: [Credentials read, Connection by a shell's child]
  group-by: [hostname]
  timespan: 10m
";

/// An alert: second, host, rule, tactic, priority, process, parent, name of the program, name of the parent.
fn event(text: &str, more: &[(&str, Json)]) -> Alert {
    let words: Vec<&str> = text.split('|').collect();
    let [second, host, rule, tactic, priority, pid, ppid, name, pname] = words.as_slice() else {
        panic!("{text}")
    };
    let mut one = alert(rule, host, START + second.parse::<i64>().unwrap() * SECOND, more);
    let number = |text: &str| json!(text.parse::<u64>().unwrap());
    one.fields.insert("proc.pid".to_owned(), number(pid));
    one.fields.insert("proc.ppid".to_owned(), number(ppid));
    one.fields.insert("proc.name".to_owned(), json!(name));
    one.fields.insert("proc.pname".to_owned(), json!(pname));
    one.fields.insert("proc.exepath".to_owned(), json!(format!("/usr/bin/{name}")));
    one.tags = vec![format!("mitre_{tactic}"), "T1059".to_owned()];
    one.priority = priority.parse().unwrap();
    one
}

/// Ordinary work on twelve hosts, among it ssh sessions from one to the next.
fn background() -> Vec<Alert> {
    let mut all = Vec::new();
    for host in 0..12 {
        for n in 0..6 {
            let (second, pid) = (n * 9 + host % 5, 300 + n);
            let text = format!("{second}|office-{host}|Work|execution|Notice|{pid}|1|cron|systemd");
            all.push(event(&text, &[]));
        }
        let (client, server) = (format!("10.1.0.{host}"), format!("10.1.0.{}", host + 1));
        let ends = [
            ("fd.cip", json!(client)),
            ("fd.cport", json!(50_000 + host)),
            ("fd.sip", json!(server)),
            ("fd.sport", json!(22)),
        ];
        for (kind, place, pid, name) in
            [("connect", host, 700, "ssh"), ("accept", host + 1, 22, "sshd")]
        {
            let text = format!(
                "20|office-{place}|Connection|command_and_control|Notice|{pid}|1|{name}|systemd"
            );
            let kind = [("evt.type", json!(kind))];
            all.push(event(&text, &[&ends[..], &kind].concat()));
        }
    }
    all
}

/// A web shell on web-1, credentials read, ssh to db-1, a job left there.
fn attack() -> Vec<Alert> {
    let connection = [
        ("evt.type", json!("connect")),
        ("fd.name", json!("10.0.0.1:40000->10.0.0.2:22")),
        ("fd.l4proto", json!("tcp")),
    ];
    let session = [("proc.env[SSH_CONNECTION]", json!("10.0.0.1 40000 10.0.0.2 22"))];
    vec![
        event("60|web-1|Shell by web server|execution|Critical|100|50|sh|nginx", &[]),
        event("75|web-1|Credentials read|credential_access|Warning|101|100|cat|sh", &[]),
        event(
            "90|web-1|Connection by a shell's child|lateral_movement|Notice|102|100|ssh|sh",
            &connection,
        ),
        // Longer behind the connection than its ends wait for each other.
        event("400|db-1|Job added|persistence|Error|201|200|crontab|bash", &session),
        event("410|db-1|Program started|execution|Notice|202|200|xmr|bash", &[]),
    ]
}

/// The incidents of a stream, and how many alerts named no process.
fn incidents(mut alerts: Vec<Alert>) -> (Vec<Incident>, u64) {
    alerts.sort_by_key(|alert| alert.time_ns);
    let mut engine = Engine::new(correlations(READ_AND_USED), Settings::default());
    let (mut tracker, mut effects) = (Tracker::default(), Vec::new());
    for alert in &alerts {
        let time = i64::try_from(alert.time_ns).unwrap();
        let figures = tracker.observe(alert, time);
        engine.tick(time, &mut effects);
        let arrival = Arrival { agent: &alert.id.host, sequence: None, time, alert };
        engine.push_with(arrival, &InFleet { alert, figures: &figures }, &mut effects);
        tracker.remember(alert, time, engine.unnumbered());
        tracker.follow(&effects, engine.correlations(), |number| engine.agent(number));
        effects.clear();
    }
    engine.finish(&mut effects);
    tracker.follow(&effects, engine.correlations(), |number| engine.agent(number));
    assert_eq!(tracker.without_facts(), 0);
    (tracker.finish(), tracker.without_process())
}

#[test]
fn an_attack_is_one_incident() {
    let (found, without) = incidents([background(), attack()].concat());
    assert_eq!((found.len(), without), (1, 0));
    let incident = &found[0];
    assert_eq!(incident.hosts(), ["web-1", "db-1"]);
    assert_eq!(
        incident.tactics(),
        ["execution", "credential_access", "lateral_movement", "persistence"]
    );
    assert_eq!(incident.alerts.len(), 5);
    let hops = incident.links.iter().filter(|link| link.kind == LinkKind::Hop);
    let hops: Vec<(&str, &str)> = hops.map(|hop| (hop.from.as_str(), hop.to.as_str())).collect();
    assert_eq!(hops, [("web-1/102", "db-1/201")]);
    assert!(incident.findings.contains_key("Credentials read, then a connection"));
    let text = incident_text(1, incident);
    assert_eq!(text, include_str!("attack.txt"), "{text}");
}

#[test]
fn the_order_of_one_moment_changes_nothing() {
    let stream = [background(), attack()].concat();
    let mut turned = stream.clone();
    // What happened at one time on several hosts arrives in another order.
    turned.reverse();
    let words = |stream| incident_json(1, &incidents(stream).0[0]).to_string();
    assert_eq!(words(stream), words(turned));
}

#[test]
fn ordinary_work_is_none() {
    assert_eq!(incidents(background()).0, []);
}

#[test]
fn a_session_of_a_connection_nobody_saw_joins_nothing() {
    let mut alerts = attack();
    alerts.retain(|alert| !alert.fields.contains_key("fd.name"));
    let hosts: Vec<String> =
        incidents(alerts).0.iter().map(|incident| incident.hosts().join(" ")).collect();
    assert_eq!(hosts, ["web-1", "db-1"]);
}

#[test]
fn an_alert_without_a_process_is_counted() {
    let mut one = attack().remove(0);
    for field in ["proc.pid", "proc.ppid"] {
        one.fields.remove(field);
    }
    assert_eq!(incidents(vec![one]), (Vec::new(), 1));
}
