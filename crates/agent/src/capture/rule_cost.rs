//! What each rule costs on the events of a capture.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use peregrine_engine::{Clock, Matching, Meter};
use peregrine_fields::Texts;
use peregrine_rules::RuleSet;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::source::CaptureSource;
use super::window::Window;

pub use peregrine_engine::Cost;

/// What was measured.
#[derive(Debug)]
pub struct Costs {
    /// Events of the capture for which rules may be evaluated.
    pub events: u64,
    /// By the index of a rule in its set.
    pub rules: Vec<(usize, Cost)>,
    /// All enabled rules together, where the first match reports. None where one rule is measured.
    pub together: Option<Cost>,
    /// The damage of the capture; everything before it is measured.
    pub damage: Option<CaptureError>,
}

/// Reads a capture and measures each enabled rule by itself, or only the rule `only`, enabled or not.
///
/// # Errors
/// When the file cannot be opened or is not a capture.
pub fn rule_costs(
    file: &Path,
    rules: &RuleSet,
    only: Option<usize>,
) -> Result<Costs, CaptureError> {
    let mut source = CaptureSource::open(file, Window::default())?;
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
    let (mut texts, mut events) = (Texts::default(), 0);
    let read = for_each(&mut source, &mut |entry| {
        let Entry::Event(at) = entry else { return Ok(ControlFlow::Continue(())) };
        if at.state_only || !at.for_rules {
            return Ok(ControlFlow::Continue(()));
        }
        events += 1;
        let code = at.context.event.view.event_type();
        for meter in alone.iter_mut().chain(&mut together) {
            if meter.looks_at(code) {
                texts.clear();
                meter.ask(&at.context.with_texts(&texts), &clock);
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    Ok(Costs {
        events,
        rules: measured.into_iter().zip(alone.iter().map(Meter::cost)).collect(),
        together: together.map(|meter| meter.cost()),
        damage: read.err(),
    })
}
