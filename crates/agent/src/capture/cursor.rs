//! The events of a capture, one after the other, each with the picture of the host around it.

use std::ops::ControlFlow;

use anyhow::Context as _;
use peregrine_event::Event;
use peregrine_fields::{Catalogue, EventContext, Field, counts_as_first};
use peregrine_filter::{Checked, DEFAULT_DEPTH, Plan, Scratch, check, parse};
use peregrine_state::{Limits, State};

use super::{Capture, Captured, Place, Shown, Window, time_of};

/// What a capture shows.
pub(crate) enum Step<'s> {
    /// A record of the first snapshot.
    Known(&'s [u8]),
    /// An event; the picture has taken it in already.
    Event(Met<'s>),
}

/// An event as it is met.
pub(crate) struct Met<'s> {
    pub(crate) context: EventContext<'s>,
    /// The block as the capture holds it, of today's schema.
    pub(crate) record: &'s [u8],
    /// It is there for the picture, not to be shown.
    pub(crate) state_only: bool,
    /// Whether it stands in the part that is looked at.
    pub(crate) within: bool,
}

/// Walks through a capture until it, its part or `see` ends.
///
/// # Errors
/// Damage, after what stands before it; events that could not be brought to today's schema, after
/// all others; what `see` fails with.
pub(crate) fn walk(
    mut capture: Capture,
    captured: &Captured,
    window: Window,
    see: &mut dyn FnMut(Step<'_>) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    let mut state = State::new(Limits::default());
    let (mut first, mut number) = (None, 0);
    let mut first_ts = 0;
    while let Some(shown) = capture.next(captured)? {
        let (cpu, state_only, record) = match shown {
            Shown::Nothing => continue,
            Shown::Known(record) => {
                if let Ok(event) = Event::parse(0, &record) {
                    state.apply(&event, captured);
                }
                if see(Step::Known(&record))?.is_break() {
                    break;
                }
                continue;
            }
            Shown::Event { cpu, state_only, record } => (cpu, state_only, record),
        };
        number += 1;
        let place = window.place(&mut first, time_of(&record));
        if place == Place::Behind {
            break;
        }
        let Ok(mut event) = Event::parse(number, &record) else { continue };
        event.cpu = cpu;
        if first_ts == 0 && counts_as_first(&event) {
            first_ts = event.view.ts();
        }
        state.apply(&event, captured);
        let mut context = EventContext::new(&event, &state, captured);
        context.first_ts = first_ts;
        let within = place == Place::Within;
        let met = Met { context, record: &record, state_only, within };
        if see(Step::Event(met))?.is_break() {
            break;
        }
    }
    match capture.left_out() {
        Some((count, why)) => {
            anyhow::bail!("{}: {count} events are left out: {why}", capture.name())
        }
        None => Ok(()),
    }
}

/// A condition asked of many events; an empty one is true for all.
pub(crate) struct Filter {
    plan: Option<Plan<Field>>,
    scratch: Scratch,
    hits: Vec<u32>,
}

impl Filter {
    pub(crate) fn new(text: &str) -> anyhow::Result<Self> {
        let condition = (!text.is_empty()).then(|| condition(text)).transpose()?;
        let plan = condition.as_ref().map(|condition| Plan::new([(0, condition)]));
        Ok(Self { plan, scratch: Scratch::new(), hits: Vec::new() })
    }

    /// Whether it can be true for an event of this code.
    pub(crate) fn looks_at(&self, code: u16) -> bool {
        self.plan.as_ref().is_none_or(|plan| plan.looks_at(code))
    }

    pub(crate) fn fits(&mut self, context: &EventContext<'_>) -> bool {
        let Some(plan) = &self.plan else { return true };
        self.hits.clear();
        let code = context.event.view.event_type().0;
        plan.evaluate(code, context, &mut self.scratch, true, &mut self.hits);
        !self.hits.is_empty()
    }
}

/// Who asks for a container means its users too.
pub(crate) fn names_container(text: &str) -> bool {
    text.contains("container.") || text.contains("k8s.")
}

/// A condition on the fields of events, ready to be asked.
fn condition(text: &str) -> anyhow::Result<Checked<Field>> {
    let shown = |at: usize, message: &str| {
        let column = text.get(..at).unwrap_or(text).chars().count();
        format!("{message}\n  | {text}\n  | {:column$}^", "")
    };
    let tree = parse(text, DEFAULT_DEPTH)
        .map_err(|error| anyhow::anyhow!(shown(error.offset, &error.message)))
        .context("the filter is no condition")?;
    check(&tree, &Catalogue::default()).map_err(|errors| {
        let told: Vec<String> =
            errors.iter().map(|error| shown(error.span.start, &error.message)).collect();
        anyhow::anyhow!("the filter cannot be: {}", told.join("\n"))
    })
}
