//! One fixed piece of work, to be timed from outside:
//!
//! `time cargo run --profile counted -p peregrine-correlate --example correlations -- rules|groups|storm ALERTS`
//!
//! `rules`: alerts of 200 hosts through 200 correlations of all types. `groups`: as many open groups as alerts.
//! `storm`: the same as `groups` in a tenth of the memory they need.

#![expect(clippy::print_stdout, reason = "a tool for whoever works on this")]

use std::fmt::Write as _;

use peregrine_alert::{Alert, AlertId, Priority};
use peregrine_correlate::{Arrival, Engine, Settings, SourceText, load};
use serde_json::{Map, Value};

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_700_000_000 * SECOND;
const RULES: u64 = 40;
const HOSTS: u64 = 200;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let mut settings = Settings { memory: 4 << 30, ..Settings::default() };
    let text = match what.as_str() {
        "rules" => all_types(),
        "groups" => one_group_each(),
        "storm" => {
            settings.memory = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(20);
            one_group_each()
        }
        _ => return Err("correlations rules|groups|storm ALERTS".to_owned()),
    };
    let loaded = load(&[SourceText { name: "made", text: &text }]);
    if let Some(mistake) = loaded.mistakes.first() {
        return Err(mistake.to_string());
    }
    let correlations = loaded.correlations;
    println!("{} correlations", correlations.items.len());
    let mut engine = Engine::new(correlations, settings);
    let mut effects = Vec::new();
    let mut opened = 0;
    let mut alerts: Vec<Alert> = (0..10_000).map(alert).collect();
    for number in 0..count {
        let place = usize::try_from(number % 10_000).unwrap_or(0);
        let Some(alert) = alerts.get_mut(place) else { continue };
        // Twenty thousand a second.
        let time = START + i64::try_from(number).unwrap_or(0) * (SECOND / 20_000);
        alert.time_ns = u64::try_from(time).unwrap_or(0);
        if what != "rules" {
            alert.fields.insert("user.name".to_owned(), Value::from(format!("user-{number}")));
        }
        let agent = alert.id.host.clone();
        let sequence = Some(number);
        engine.tick(time, &mut effects);
        engine.push(Arrival { agent: &agent, sequence, time, alert }, &mut effects);
        opened += effects
            .drain(..)
            .filter(|effect| matches!(effect, peregrine_correlate::Effect::Opened(_)))
            .count();
    }
    let counts = engine.counts();
    println!(
        "{} alerts, {} of them matched, {opened} findings, {} groups open, {} bytes of state, {} groups dropped",
        counts.alerts,
        counts.matched,
        engine.groups(),
        engine.memory(),
        engine.dropped().sum::<u64>()
    );
    let bytes = engine.snapshot();
    println!("{} bytes of snapshot", bytes.len());
    Ok(())
}

/// Two hundred correlations: five of each of forty rules.
fn all_types() -> String {
    let mut text = String::new();
    for rule in 0..RULES {
        let next = (rule + 1) % RULES;
        for (kind, rules, condition) in [
            ("event_count", format!("[rule {rule}]"), "{gte: 400}"),
            ("value_count", format!("[rule {rule}]"), "{field: proc.exepath, gte: 40}"),
            ("temporal", format!("[rule {rule}, rule {next}]"), ""),
            ("temporal_ordered", format!("[rule {next}, rule {rule}]"), ""),
            ("value_sum", format!("[rule {rule}]"), "{field: fd.num, gte: 100000}"),
        ] {
            let condition = match condition {
                "" => String::new(),
                some => format!("  condition: {some}\n"),
            };
            // Writing to a text does not fail.
            let _ = write!(
                text,
                "---\ntitle: {kind} {rule}\ncorrelation:\n  type: {kind}\n  rules: {rules}\n  group-by: [hostname, user.name]\n  timespan: 1m\n{condition}"
            );
        }
    }
    text
}

fn one_group_each() -> String {
    "title: Many\ncorrelation:\n  type: event_count\n  rules: [{tag: mitre_execution}]\n  group-by: [hostname, user.name]\n  timespan: 1d\n  condition: {gte: 5}\n".to_owned()
}

fn alert(number: u64) -> Alert {
    // Some hosts and rules have most of the alerts.
    let skewed = |of: u64, salt: u64| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ salt;
        let one = mixed % (of * of);
        one.isqrt()
    };
    let fields = [
        ("proc.exepath", Value::from(format!("/usr/bin/tool-{}", skewed(100, 3)))),
        ("user.name", Value::from(format!("user-{}", skewed(20, 5)))),
        ("fd.num", Value::from(number % 300)),
        ("proc.cmdline", Value::from("tool --with some --arguments of=usual length")),
    ];
    Alert {
        id: AlertId { host: format!("host-{}", skewed(HOSTS, 7)), sequence: number },
        time_ns: 0,
        utc_offset: 0,
        rule: format!("rule {}", skewed(RULES, 11)),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec!["host".to_owned(), "mitre_execution".to_owned()],
        message: "tool ran".to_owned(),
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    }
}
