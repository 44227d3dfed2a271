//! A capture as lines for people.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use peregrine_alert::format_event;
use peregrine_event::{Category, Event};
use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{Checked, DEFAULT_DEPTH, Plan, Scratch, Template, check, parse};
use peregrine_state::{Limits, State};
use serde_json::Value as Json;

use crate::capture::{Capture, Captured, Place, Shown, Window, time_of};
use crate::pipeline::ForRules;

/// What a line shows where nothing else is asked for.
pub const DEFAULT_FORMAT: &str =
    "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info";

/// What is printed of a capture.
#[derive(Debug)]
pub struct Print<'p> {
    /// The line. Without a leading `*` an event that lacks one of its fields is passed over.
    pub format: &'p str,
    /// A condition; empty: every event.
    pub filter: &'p str,
    /// One JSON object a line instead.
    pub json: bool,
    /// The part that is looked at.
    pub window: Window,
    /// Of buffers among the arguments this many bytes are shown; 0: all.
    pub shown_bytes: usize,
    /// Lines at most.
    pub limit: Option<u64>,
}

/// Prints a capture's events. What the host tells of itself beside the events (`procinfo` and the
/// like) is not shown.
///
/// # Errors
/// A filter or format that is none, with its place; a file that is no capture; damage, after what
/// stands before it; a writer that fails.
pub fn print(file: &Path, print: &Print<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let template = Template::parse(print.format, &Catalogue::default())
        .map_err(|error| anyhow::anyhow!("-p {}: {}", print.format, error.message))?;
    let condition = (!print.filter.is_empty()).then(|| condition(print.filter)).transpose()?;
    let plan = condition.as_ref().map(|condition| Plan::new([(0, condition)]));
    // Who asks for a container means its users too.
    let containers = template.tokens().any(|token| names_container(&token.text))
        || names_container(print.filter);
    let mut capture = Capture::open(file)?;
    let outside = Captured::default();
    let mut state = State::new(Limits::default());
    let mut scratch = Scratch::new();
    let mut hits = Vec::new();
    let mut first = None;
    let mut for_rules = ForRules::default();
    let mut times = Times::default();
    let mut lines = 0;
    while let Some(shown) = capture.next(&outside)? {
        let (cpu, state_only, record) = match shown {
            Shown::Known(record) => {
                if let Ok(event) = Event::parse(0, &record) {
                    state.apply(&event, &outside);
                }
                continue;
            }
            Shown::Event { cpu, state_only, record } => (cpu, state_only, record),
        };
        times.number += 1;
        let place = print.window.place(&mut first, time_of(&record));
        if place == Place::Behind {
            break;
        }
        let Ok(mut event) = Event::parse(times.number, &record) else { continue };
        event.cpu = cpu;
        times.meet(event.view.ts());
        state.apply(&event, &outside);
        let info = event.view.info();
        if !for_rules.takes(info)
            || place == Place::Before
            || state_only
            || info.categories.first() == Some(&Category::Internal)
        {
            continue;
        }
        let context = EventContext {
            event: &event,
            state: &state,
            outside: &outside,
            first_ts: times.first,
            previous_ts: times.previous,
            containers,
            shown_bytes: print.shown_bytes,
        };
        if let Some(plan) = &plan {
            hits.clear();
            plan.evaluate(event.view.event_type().0, &context, &mut scratch, true, &mut hits);
            if hits.is_empty() {
                continue;
            }
        }
        let line = format_event(&template, &context, false);
        if !line.whole {
            continue;
        }
        if print.json {
            writeln!(out, "{}", Json::Object(line.fields))?;
        } else {
            writeln!(out, "{}", line.text)?;
        }
        lines += 1;
        if print.limit == Some(lines) {
            break;
        }
    }
    if let Some((count, why)) = capture.left_out() {
        anyhow::bail!("{}: {count} events are left out: {why}", file.display());
    }
    Ok(())
}

pub(crate) fn names_container(text: &str) -> bool {
    text.contains("container.") || text.contains("k8s.")
}

/// Where the stream of events stands.
#[derive(Debug, Default)]
struct Times {
    number: u64,
    first: u64,
    previous: u64,
    now: u64,
}

impl Times {
    fn meet(&mut self, ts: u64) {
        if self.number == 1 {
            (self.first, self.now) = (ts, ts);
        }
        self.previous = self.now;
        self.now = ts;
    }
}

/// A condition on the fields of events, ready to be asked.
pub(crate) fn condition(text: &str) -> anyhow::Result<Checked<Field>> {
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
