//! Incidents over a written attack, and what people do with them.

use std::collections::BTreeSet;

use peregrine_alert::Priority;
use serde_json::json;

use super::*;
use crate::join::{Joins, Role, Side};
use crate::tests::{Random, SECOND, alert};

const START: i64 = 1_700_000_000 * SECOND;

/// An alert of a process: host, second, rule, tactic, process, parent, and how bad.
fn facts(text: &str) -> Facts {
    let words: Vec<&str> = text.split(' ').collect();
    let [host, second, rule, tactic, process, parent, priority] = words.as_slice() else {
        panic!("{text}")
    };
    let time = START + second.parse::<i64>().unwrap() * SECOND;
    let mut one = alert(
        rule,
        host,
        time,
        &[
            ("proc.pid", json!(process.parse::<u64>().unwrap())),
            ("proc.ppid", json!(parent.parse::<u64>().unwrap())),
            ("proc.pname", json!(if *parent == "1" { "systemd" } else { "bash" })),
            ("proc.name", json!(rule)),
        ],
    );
    one.id.sequence = u64::try_from(time / SECOND).unwrap();
    one.tags = vec![format!("mitre_{tactic}"), "T1059".to_owned()];
    one.priority = priority.parse().unwrap();
    Facts::of(&one, time, None)
}

fn side(host: &str, role: Role, second: i64, process: &str) -> Side {
    Side {
        host: host.to_owned(),
        role,
        time: START + second * SECOND,
        protocol: "tcp".to_owned(),
        client: ("10.0.0.1".parse().unwrap(), 40_000),
        server: ("10.0.0.2".parse().unwrap(), 22),
        sequences: None,
        process: process.to_owned(),
    }
}

/// What happens in a test.
#[derive(Clone)]
enum Event {
    Alert(Facts),
    Hop(Link),
}

/// A web shell on a, passwords read, ssh to b, a login key there; on other hosts ordinary work.
fn attack() -> Vec<Event> {
    let mut events: Vec<Event> = [
        "a 10 shell execution 100 50 Critical",
        "a 20 look discovery 101 100 Notice",
        "a 30 passwords credential_access 102 100 Warning",
        "a 40 ssh lateral_movement 103 100 Notice",
        "b 60 key persistence 201 200 Error",
    ]
    .iter()
    .map(|text| Event::Alert(facts(text)))
    .collect();
    let mut joins = Joins::default();
    let mut links = Vec::new();
    joins.push(side("a", Role::Connect, 41, "a/103"), &mut links);
    joins.push(side("b", Role::Accept, 41, "b/200"), &mut links);
    events.extend(links.into_iter().map(Event::Hop));
    for host in 0..10 {
        for n in 0..5 {
            let text = format!("bg{host} {} work execution {} 1 Notice", n * 10, 300 + n);
            events.push(Event::Alert(facts(&text)));
        }
    }
    events
}

fn play(events: &[Event]) -> (Incidents, Vec<Change>) {
    let (mut incidents, mut changes) = (Incidents::default(), Vec::new());
    for event in events {
        match event {
            Event::Alert(facts) => incidents.alert(facts.clone(), &mut changes),
            Event::Hop(link) => incidents.link(link, &mut changes),
        }
    }
    (incidents, changes)
}

#[test]
fn an_attack_is_one_incident() {
    let (incidents, _) = play(&attack());
    let ids: Vec<u64> = incidents.ids().collect();
    assert_eq!(ids.len(), 1, "ordinary work is none");
    let incident = incidents.get(ids[0]).unwrap();
    assert_eq!(incident.hosts(), ["a", "b"]);
    assert_eq!(
        incident.tactics(),
        ["execution", "discovery", "credential_access", "lateral_movement", "persistence"]
    );
    let rules: Vec<&str> = incident.alerts.iter().map(|facts| facts.rule.as_str()).collect();
    assert_eq!(rules, ["shell", "look", "passwords", "ssh", "key"]);
    let hops: Vec<(&str, &str, f64)> = incident
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::Hop)
        .map(|link| (link.from.as_str(), link.to.as_str(), link.score))
        .collect();
    assert_eq!(hops, [("a/103", "b/200", 1.0)]);
    let score = incident.score();
    // 1 - (1-.5)(1-.1)(1-.2)(1-.1)(1-.35)(1-.25)
    assert!((score.points - 84.205).abs() < 0.001, "{score:?}");
    assert_eq!(score.reasons[0], "execution: shell");
    assert!(score.reasons.contains(&"b was reached from another host".to_owned()), "{score:?}");
    let steps = incident.next_steps();
    assert_eq!(steps[0], "b: reached from a; follow its session");
}

#[test]
fn any_order_gives_the_same_incidents() {
    let events = attack();
    let whole = |incidents: &Incidents| -> Vec<(BTreeSet<String>, Vec<Facts>)> {
        incidents
            .ids()
            .map(|id| incidents.get(id).unwrap())
            .map(|incident| (incident.nodes, incident.alerts))
            .collect()
    };
    let expected = whole(&play(&events).0);
    for seed in 0..200 {
        let mut shuffled = events.clone();
        shuffled.extend_from_slice(&events[..3]);
        Random::new(seed).shuffle(&mut shuffled);
        assert_eq!(whole(&play(&shuffled).0), expected, "seed {seed}");
    }
}

#[test]
fn what_a_person_decided_stays() {
    let one = facts("a 0 x execution 100 50 Critical");
    let other = facts("b 0 y execution 200 60 Critical");
    let mut joins = Joins::default();
    let mut links = Vec::new();
    joins.push(side("a", Role::Connect, 41, "a/100"), &mut links);
    joins.push(side("b", Role::Accept, 41, "b/200"), &mut links);
    let check = |decide: &[(u64, Status)], expected: &[Change], left: usize| {
        let (mut incidents, mut changes) =
            play(&[Event::Alert(one.clone()), Event::Alert(other.clone())]);
        let ids: Vec<u64> = incidents.ids().collect();
        let [first, second] = ids.as_slice() else { panic!("{ids:?}") };
        let named = |number: u64| if number == 1 { *first } else { *second };
        for (number, status) in decide {
            assert!(incidents.set(named(*number), *status, None));
        }
        changes.clear();
        incidents.link(&links[0], &mut changes);
        let expected: Vec<Change> = expected
            .iter()
            .map(|change| match change {
                Change::Merged { into, gone } => {
                    Change::Merged { into: named(*into), gone: named(*gone) }
                }
                Change::Related(one, other) => Change::Related(named(*one), named(*other)),
                other => other.clone(),
            })
            .collect();
        let grew = |change: &&Change| !matches!(change, Change::Grew(_) | Change::Opened(_));
        let found: Vec<Change> = changes.iter().filter(grew).cloned().collect();
        assert_eq!(found, expected, "{decide:?}");
        assert_eq!(incidents.ids().count(), left, "{decide:?}");
        for (number, status) in decide {
            assert_eq!(incidents.get(named(*number)).unwrap().status, *status);
        }
    };
    check(&[], &[Change::Merged { into: 1, gone: 2 }], 1);
    check(&[(2, Status::Working)], &[Change::Merged { into: 2, gone: 1 }], 1);
    let both = [(1, Status::Working), (2, Status::Waiting)];
    check(&both, &[Change::Related(1, 2)], 2);
    let closed = Status::Closed(Outcome::FalsePositive);
    check(&[(1, closed)], &[Change::Related(1, 2)], 2);
}

#[test]
fn incidents_end_and_go_on() {
    let (mut incidents, mut changes) = play(&[Event::Alert(facts("a 0 x execution 100 50 Error"))]);
    let id = incidents.ids().next().unwrap();
    changes.clear();
    incidents.advance(START + QUIET, &mut changes);
    assert_eq!(changes, []);
    incidents.advance(START + QUIET + SECOND, &mut changes);
    assert_eq!(changes, [Change::Ended(id)]);
    changes.clear();
    incidents.alert(facts("a 90000 y impact 100 50 Notice"), &mut changes);
    assert_eq!(changes[0], Change::Reopened(id));
    let closed = Status::Closed(Outcome::TruePositive);
    assert!(incidents.set(id, closed, Some("eve".to_owned())));
    changes.clear();
    incidents.alert(facts("a 90010 z impact 100 50 Error"), &mut changes);
    let new = incidents.ids().find(|other| *other != id).unwrap();
    assert_eq!(changes[..2], [Change::Opened(new), Change::Related(id, new)]);
    assert_eq!(incidents.get(id).unwrap().status, closed);
    assert_eq!(incidents.get(id).unwrap().alerts.len(), 2);
    assert!(incidents.set(id, Status::Working, None), "a person may open it again");
    assert_eq!(incidents.get(id).unwrap().alerts.len(), 2);
    incidents.advance(START + 20 * QUIET, &mut changes);
    incidents.advance(START + 21 * QUIET, &mut changes);
    assert_eq!(incidents.ids().collect::<Vec<_>>(), [id], "what a person works on stays");
}

#[test]
fn people_merge_and_split() {
    let (mut incidents, mut changes) = play(&attack());
    let id = incidents.ids().next().unwrap();
    let parted = BTreeSet::from(["b/200".to_owned(), "b/201".to_owned()]);
    assert!(incidents.split(id, &parted, &mut changes));
    let other = incidents.ids().find(|one| *one != id).unwrap();
    assert_eq!(incidents.get(other).unwrap().hosts(), ["b"]);
    assert_eq!(incidents.get(id).unwrap().hosts(), ["a"]);
    // The link comes again: they stay apart.
    let (mut joins, mut links) = (Joins::default(), Vec::new());
    joins.push(side("a", Role::Connect, 41, "a/103"), &mut links);
    joins.push(side("b", Role::Accept, 41, "b/200"), &mut links);
    incidents.link(&links[0], &mut changes);
    assert_eq!(incidents.ids().count(), 2);
    let saved = Incidents::restore(&incidents.snapshot()).unwrap();
    assert_eq!(saved.get(id), incidents.get(id));
    changes.clear();
    assert!(incidents.merge(id, other, &mut changes));
    assert!(changes.contains(&Change::Merged { into: id, gone: other }), "{changes:?}");
    assert_eq!(incidents.get(id).unwrap().alerts.len(), 5);
    assert!(!incidents.merge(id, 999, &mut changes));
    assert!(!incidents.split(999, &parted, &mut changes));
}

#[test]
fn findings_put_processes_together() {
    let members = [facts("a 0 x execution 100 50 Notice"), facts("c 5 x execution 300 50 Notice")];
    let (mut incidents, mut changes) = (Incidents::default(), Vec::new());
    for one in &members {
        incidents.alert(one.clone(), &mut changes);
    }
    assert_eq!(changes, [], "nothing grave yet");
    incidents.finding("Spreads", Priority::Critical, &members, &mut changes);
    assert_eq!(incidents.ids().count(), 1);
    let incident = incidents.get(incidents.ids().next().unwrap()).unwrap();
    assert_eq!(incident.hosts(), ["a", "c"]);
    assert!(incident.score().reasons.contains(&"found by the correlation Spreads".to_owned()));
}
