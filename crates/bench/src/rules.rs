//! What each rule costs: compiled alone, asked about every event of a capture, several times over;
//! of each event the fastest time counts, and what the clock itself takes is no part of it. All rules
//! together are measured in the same way: they share comparisons, so they cost less than their sum.

use std::fs::File;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use peregrine_engine::{Engine, Matching};
use peregrine_event::Event;
use peregrine_fields::{EventContext, Texts};
use peregrine_rules::RuleSet;
use peregrine_scap::{Item, Reader};
use peregrine_state::{Limits, NoHostInfo, State};
use serde::Serialize;

use super::Bench;
use super::replay::{Capture, rule_set};
use super::stats::{quantile, real, real64};

/// Events of a capture that are taken.
const EVENTS: (usize, usize) = (40_000, 100_000);
/// Turns of which each event's fastest counts.
const TURNS: usize = 3;
/// No rule asked about one event takes longer; what does was disturbed.
const CLOCK: usize = 10_001;

/// What the rules of a set cost over one capture.
#[derive(Debug, Serialize)]
pub(super) struct Costs {
    pub(super) rules: String,
    pub(super) capture: String,
    pub(super) events: usize,
    /// All together, nanoseconds an event of the capture, and an event that is asked about.
    pub(super) together: Cost,
    /// The dearest first.
    pub(super) each: Vec<Cost>,
}

/// What a rule costs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cost {
    pub(super) rule: String,
    /// Nanoseconds, spread over all events.
    pub(super) event_ns: f64,
    /// Nanoseconds, of those it is asked about.
    pub(super) asked_ns: f64,
    /// Events it is asked about.
    pub(super) asked: usize,
    pub(super) hits: u64,
}

/// A record, and whether it is an event rules are asked about.
struct Record {
    event: bool,
    bytes: Vec<u8>,
}

pub(super) fn run(bench: &Bench, captures: &[Capture]) -> Result<Vec<Costs>> {
    let most = bench.either(EVENTS.0, EVENTS.1);
    // The first holds the events rules are about, the others much else beside.
    let capture = captures.first().context("no capture")?;
    let records = read(capture, most)?;
    let events = records.iter().filter(|record| record.event).count();
    ensure!(events > 0, "the capture {} has no events", capture.file.display());
    let clock = clock();
    let mut all = Vec::new();
    for (name, files) in bench.sets() {
        let (_, rules) = rule_set(&files)?;
        let enabled: Vec<usize> = (0..rules.rules.len())
            .filter(|n| rules.rules.get(*n).is_some_and(|r| r.enabled))
            .collect();
        bench.progress(&format!(
            "rules: {} rules alone over {events} events: {name}",
            enabled.len()
        ));
        let together = cost("all together", &rules, &records, clock);
        let mut each = Vec::new();
        for number in enabled {
            let mut alone = rules.clone();
            for (place, rule) in alone.rules.iter_mut().enumerate() {
                rule.enabled = place == number;
            }
            let name = alone.rules.get(number).map_or("", |rule| rule.name.as_str()).to_owned();
            each.push(cost(&name, &alone, &records, clock));
        }
        each.sort_by(|a, b| b.event_ns.total_cmp(&a.event_ns).then_with(|| a.rule.cmp(&b.rule)));
        all.push(Costs { rules: name, capture: capture.name.clone(), events, together, each });
    }
    Ok(all)
}

/// The begin of a capture, in memory.
fn read(capture: &Capture, most: usize) -> Result<Vec<Record>> {
    let name = capture.file.display().to_string();
    let input = File::open(&capture.file).with_context(|| name.clone())?;
    let mut reader = Reader::new(input).with_context(|| name.clone())?;
    let (mut records, mut events) = (Vec::new(), 0);
    while events < most {
        match reader.next_item().with_context(|| name.clone())? {
            None => break,
            Some(Item::Snapshot(record)) => {
                records.push(Record { event: false, bytes: record.into_owned() });
            }
            Some(Item::Event { state_only, record, .. }) => {
                events += usize::from(!state_only);
                records.push(Record { event: !state_only, bytes: record.into_owned() });
            }
            Some(_) => {}
        }
    }
    Ok(records)
}

/// Nanoseconds between two looks at the clock with nothing between them.
fn clock() -> f64 {
    let times: Vec<f64> = (0..CLOCK).map(|_| nanoseconds(Instant::now())).collect();
    quantile(&times, 0.25)
}

fn nanoseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1e9
}

/// Asks the enabled rules about each event.
fn cost(name: &str, rules: &RuleSet, records: &[Record], clock: f64) -> Cost {
    let mut fastest: Vec<f64> = Vec::new();
    let mut hits_of_all = 0;
    for turn in 0..TURNS {
        let mut engine = Engine::new(rules, Matching::First);
        let mut state = State::new(Limits::default());
        let (mut texts, mut hits) = (Texts::default(), Vec::new());
        let mut place = 0;
        for (num, record) in (1..).zip(records) {
            let Ok(event) = Event::parse(num, &record.bytes) else { continue };
            state.apply(&event, &NoHostInfo);
            let info = event.view.info();
            if !record.event || !info.event_type().is_exit() || !engine.looks_at(info.event_type())
            {
                continue;
            }
            texts.clear();
            hits.clear();
            let context = EventContext::new(&event, &state, &NoHostInfo).with_texts(&texts);
            let begin = Instant::now();
            engine.evaluate(black_box(&context), &mut hits);
            let time = (nanoseconds(begin) - clock).max(0.0);
            match fastest.get_mut(place) {
                Some(least) if turn > 0 => *least = least.min(time),
                _ => fastest.push(time),
            }
            place += 1;
        }
        hits_of_all = engine.counts().iter().sum();
    }
    let sum: f64 = fastest.iter().sum();
    let events = real(records.iter().filter(|record| record.event).count().max(1));
    Cost {
        rule: name.to_owned(),
        event_ns: sum / events,
        asked_ns: sum / real64(fastest.len().max(1) as u64),
        asked: fastest.len(),
        hits: hits_of_all,
    }
}
