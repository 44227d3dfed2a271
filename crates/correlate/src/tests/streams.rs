//! Random correlations over random streams: late alerts, repeated ones, in any order within the lateness.

#![expect(
    clippy::cast_possible_truncation,
    clippy::format_push_string,
    reason = "small numbers, short texts"
)]

use peregrine_alert::Alert;
use serde_json::json;

use super::naive::{Expected, Seen, findings};
use super::{Random, SECOND, alert, correlations};
use crate::rule::{Correlation, Correlations, What};
use crate::{Arrival, Effect, Engine, Settings};

const RULES: [&str; 4] = ["A", "B", "C", "D"];
const START: i64 = 1_700_000_000 * SECOND;
/// How long behind its event an alert arrives at most.
const LATE: i64 = 20;

/// An alert with who sent it, its number and when it arrives.
#[derive(Debug, Clone)]
struct Sent {
    agent: &'static str,
    sequence: u64,
    arrives: i64,
    alert: Alert,
}

fn pick<'t>(random: &mut Random, of: &[&'t str]) -> &'t str {
    let picked: &&str = random.one(of);
    picked
}

/// A correlation as a file has it.
fn correlation_text(random: &mut Random) -> String {
    let kinds = [
        "event_count",
        "value_count",
        "temporal",
        "temporal_ordered",
        "value_sum",
        "value_avg",
        "value_percentile",
        "value_median",
    ];
    let kind = pick(random, &kinds);
    let temporal = kind.starts_with("temporal");
    let mut rules = vec!["A", "B", "C"];
    random.shuffle(&mut rules);
    rules.truncate(if temporal {
        2 + random.below(2) as usize
    } else {
        1 + random.below(2) as usize
    });
    let listed: Vec<String> = rules
        .iter()
        .map(|rule| match random.below(3) {
            0 => format!("{{name: {rule}, tag: tag_{rule}}}"),
            1 => format!("{{name: {rule}, when: 'rule = {rule} and user.name exists'}}"),
            _ => (*rule).to_owned(),
        })
        .collect();
    let timespan = 3 + random.below(15);
    let field = if kind.starts_with("value") { "field: data.n, " } else { "" };
    let bound = match kind {
        "value_sum" => 1 + random.below(40),
        "value_avg" | "value_percentile" | "value_median" => random.below(9),
        "event_count" => 1 + random.below(5),
        _ => 1 + random.below(3),
    };
    let low = if temporal { bound.min(rules.len() as u64) } else { bound };
    let range = match random.below(6) {
        0 => format!("lte: {low}"),
        1 => format!("gte: {low}, lte: {}", low + 1),
        2 => format!("eq: {low}"),
        _ => format!("gte: {low}"),
    };
    let condition = match (temporal, random.below(3)) {
        (true, 0) => String::new(),
        (true, 1) => {
            let not = if kind == "temporal" && random.one_in(2) { "not " } else { "" };
            format!("  condition: {} and {not}{}\n", rules[0], rules[1])
        }
        _ => format!("  condition: {{{field}{range}}}\n"),
    };
    let mut text = format!(
        "title: T\ncorrelation:\n  type: {kind}\n  rules: [{}]\n  group-by: [user.name]\n  timespan: {timespan}s\n{condition}",
        listed.join(", ")
    );
    let mut ours = String::new();
    if random.one_in(4) {
        ours += &format!("  absent: {{rules: [D], within: {}s}}\n", 1 + random.below(8));
    }
    if random.one_in(4) {
        ours += &format!("  quiet: {}s\n", timespan + random.below(20));
    }
    if random.one_in(5) {
        ours += &format!("  suppress: {}s\n", 1 + random.below(40));
    }
    if kind == "temporal_ordered" && random.one_in(2) {
        ours += &format!("  within: {{{}: {}s}}\n", rules[1], 1 + random.below(6));
    }
    if !ours.is_empty() {
        text += &format!("peregrine:\n{ours}");
    }
    text
}

fn stream(random: &mut Random) -> Vec<Sent> {
    let count = 3 + random.below(40);
    let length = 20 + random.signed(100);
    let mut sequences = [0; 3];
    let mut sent = Vec::new();
    for _ in 0..count {
        let at = random.below(3) as usize;
        sequences[at] += 1;
        let agent = ["web-1", "web-2", "db"][at];
        let time = START + random.signed(length) * SECOND;
        let rule = pick(random, &RULES);
        let user = pick(random, &["root", "root", "alice"]);
        let mut fields = vec![("data.n", json!(random.below(9)))];
        if !random.one_in(20) {
            fields.push(("user.name", json!(user)));
        }
        let arrives = time + random.signed(LATE * SECOND);
        let alert = alert(rule, agent, time, &fields);
        sent.push(Sent { agent, sequence: sequences[at], arrives, alert });
    }
    sent
}

fn settings() -> Settings {
    Settings { lateness: (LATE + 1) * SECOND, disorder: LATE * SECOND, ..Settings::default() }
}

/// What an engine says of alerts as they arrive, each by `replace` before the next.
fn run(
    correlations: &Correlations,
    sent: &[Sent],
    mut replace: impl FnMut(Engine) -> Engine,
) -> (Vec<Effect>, Engine) {
    let mut engine = Engine::new(correlations.clone(), settings());
    let mut effects = Vec::new();
    for one in sent {
        engine.tick(one.arrives, &mut effects);
        let time = i64::try_from(one.alert.time_ns).unwrap();
        let sequence = Some(one.sequence);
        engine.push(Arrival { agent: one.agent, sequence, time, alert: &one.alert }, &mut effects);
        engine = replace(engine);
    }
    engine.finish(&mut effects);
    (effects, engine)
}

/// The findings as they were in the end.
fn closed(effects: &[Effect]) -> Vec<Expected> {
    let mut found: Vec<Expected> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Closed(finding) => Some(Expected {
                group: finding.group.join(","),
                fired: finding.fired,
                last_fired: finding.last_fired,
                first: finding.first,
                last: finding.last,
                alerts: finding.alerts,
                fires: finding.fires,
            }),
            _ => None,
        })
        .collect();
    found.sort();
    found
}

/// The alerts in the order the engine sees equal times in.
fn seen(item: &Correlation, sent: &[Sent], engine: &mut Engine) -> Vec<Seen> {
    let mut all: Vec<(&Sent, u64)> = sent
        .iter()
        .map(|one| {
            let number = engine.agents.number(one.agent, usize::MAX);
            (one, engine.agents.ranks()[&number])
        })
        .collect();
    all.sort_by_key(|(one, rank)| (one.alert.time_ns, *rank, one.sequence));
    all.iter()
        .filter_map(|(one, _)| {
            let rule = one.alert.rule.as_str();
            let group = one.alert.fields.get("user.name")?.as_str()?.to_owned();
            let steps = item.steps.iter().enumerate();
            let steps = steps.filter(|(_, step)| step.label == rule).map(|(at, _)| at).collect();
            let absent = item.absent.as_ref().is_some_and(|absent| {
                absent.steps.iter().any(|step| step.what == What::Rule(rule.to_owned()))
            });
            let value = one.alert.fields["data.n"].to_string();
            let time = i64::try_from(one.alert.time_ns).unwrap();
            let seen = Seen { time, group, steps, absent, value };
            (absent || !seen.steps.is_empty()).then_some(seen)
        })
        .collect()
}

/// Alerts in the order they arrive in, some of them more than once.
fn arrivals(random: &mut Random, sent: &[Sent]) -> Vec<Sent> {
    let mut all = sent.to_vec();
    for one in sent {
        if random.one_in(4) {
            let mut again = one.clone();
            again.arrives += random.signed(2 * LATE * SECOND);
            all.push(again);
        }
    }
    random.shuffle(&mut all);
    all.sort_by_key(|one| one.arrives);
    all
}

fn streams() -> u64 {
    std::env::var("PEREGRINE_STREAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500)
}

#[test]
fn findings_are_those_of_the_naive_evaluator() {
    let mut found = 0;
    for seed in 0..streams() {
        let mut random = Random::new(seed);
        let text = correlation_text(&mut random);
        let correlations = correlations(&text);
        let sent = stream(&mut random);
        let arriving = arrivals(&mut random, &sent);
        let (effects, mut engine) = run(&correlations, &arriving, |engine| engine);
        let item = &correlations.items[0];
        let expected = findings(item, &seen(item, &sent, &mut engine));
        assert_eq!(closed(&effects), expected, "seed {seed}\n{text}");
        assert_eq!(engine.groups(), 0, "seed {seed}: all is over");
        assert_eq!(engine.memory(), 0, "seed {seed}: nothing is left");
        found += expected.len();
    }
    assert!(found > 500, "{found} findings are no test");
}

#[test]
fn any_order_within_the_lateness_finds_the_same() {
    for seed in 0..streams() / 3 {
        let mut random = Random::new(seed);
        let text = correlation_text(&mut random);
        let correlations = correlations(&text);
        let sent = stream(&mut random);
        let expected =
            closed(&run(&correlations, &arrivals(&mut random, &sent), |engine| engine).0);
        for _ in 0..3 {
            let mut other = sent.clone();
            for one in &mut other {
                let time = i64::try_from(one.alert.time_ns).unwrap();
                one.arrives = time + random.signed(LATE * SECOND);
            }
            let other = arrivals(&mut random, &other);
            let found = closed(&run(&correlations, &other, |engine| engine).0);
            assert_eq!(found, expected, "seed {seed}\n{text}");
        }
    }
}

#[test]
fn a_restart_at_any_point_changes_nothing() {
    for seed in 0..streams() / 10 {
        let mut random = Random::new(seed);
        let text = correlation_text(&mut random);
        let correlations = correlations(&text);
        let sent = stream(&mut random);
        let sent = arrivals(&mut random, &sent);
        let undisturbed = run(&correlations, &sent, |engine| engine).0;
        let restarted = run(&correlations, &sent, |engine| {
            let bytes = engine.snapshot();
            let again = Engine::restore(correlations.clone(), settings(), &bytes).unwrap();
            assert_eq!(again.counts(), engine.counts());
            assert_eq!(again.snapshot(), bytes);
            again
        })
        .0;
        assert_eq!(restarted, undisturbed, "seed {seed}\n{text}");
    }
}
