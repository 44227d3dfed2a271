//! What each rule costs on the events of a capture.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use peregrine_engine::{Clock, Matching, Meter};
use peregrine_fields::Texts;
use peregrine_rules::RuleSet;

use super::cursor::{Step, walk};
use super::{Capture, Captured, Window};
use crate::pipeline::ForRules;

pub use peregrine_engine::Cost;

/// What was measured.
#[derive(Debug)]
pub struct Costs {
    /// Events of the capture that rules may be asked about.
    pub events: u64,
    /// By the place of a rule in its set.
    pub rules: Vec<(usize, Cost)>,
    /// All enabled rules, asked together, the first that hits reporting. Not where one rule is
    /// measured.
    pub together: Option<Cost>,
    /// Where the capture is damaged; what stands before is measured.
    pub damage: Option<String>,
}

/// Walks through a capture and measures each enabled rule alone, or `only` one of them, on or off.
///
/// # Errors
/// When the file cannot be opened or is no capture.
pub fn rule_costs(file: &Path, rules: &RuleSet, only: Option<usize>) -> anyhow::Result<Costs> {
    let capture = Capture::open(file)?;
    let begin = Instant::now();
    let now = || u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let clock = Clock::new(&now);
    let mut together = only.is_none().then(|| Meter::new(rules, Matching::First));
    let enabled = || rules.rules.iter().enumerate().filter(|(_, rule)| rule.enabled);
    let measured: Vec<usize> = match only {
        Some(one) => vec![one],
        None => enabled().map(|(place, _)| place).collect(),
    };
    let mut alone: Vec<Meter> =
        measured.iter().map(|place| Meter::of_rule(rules, *place)).collect();
    let (mut texts, mut for_rules, mut events) = (Texts::default(), ForRules::default(), 0);
    let walked = walk(capture, &Captured::default(), Window::default(), &mut |step| {
        let Step::Event(met) = step else { return Ok(ControlFlow::Continue(())) };
        let info = met.context.event.view.info();
        if met.state_only || !for_rules.takes(info) {
            return Ok(ControlFlow::Continue(()));
        }
        events += 1;
        for meter in alone.iter_mut().chain(&mut together) {
            if meter.looks_at(info.event_type()) {
                texts.clear();
                meter.ask(&met.context.with_texts(&texts), &clock);
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    Ok(Costs {
        events,
        rules: measured.into_iter().zip(alone.iter().map(Meter::cost)).collect(),
        together: together.map(|meter| meter.cost()),
        damage: walked.err().map(|error| error.to_string()),
    })
}
