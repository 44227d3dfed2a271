//! What policies would have denied in captures.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use peregrine_alert::format_line;
use peregrine_engine::{Engine, Matching};
use peregrine_fields::{Catalogue, EventContext, Field, Texts};
use peregrine_filter::Template;
use peregrine_guard::Policies;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::input::Input;
use super::source::CaptureSource;
use super::window::{Span, Window};
use crate::event_filter::EventFilter;

/// Acts that failed without any policy are denied by none; a connection that is being made has not failed.
const NOT_FAILED: &str = "evt.failed = false or evt.res in (EINPROGRESS, SUCCESS)";

/// Where the name of what an act is about may be, in order of preference.
const OBJECTS: [&str; 4] = ["%fs.path.name", "%fs.path.target", "%fs.path.source", "%fd.name"];

/// Acts that one policy would have denied one program on one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    /// The policy, by its place.
    pub policy: usize,
    /// The type of the event.
    pub call: String,
    /// The program; of one that would have been started, its parent's.
    pub process: String,
    /// The path or the connection it is about; empty where it is about none.
    pub object: String,
}

/// What policies would have done.
#[derive(Debug)]
pub struct Rehearsal {
    /// Acts, and how often each happened.
    pub denied: BTreeMap<Denied, u64>,
    /// Events that were looked at.
    pub events: u64,
    /// The window, where no event lies in it.
    pub empty_window: Option<Span>,
    /// Where a capture broke off: what stands before counts.
    pub damage: Option<CaptureError>,
}

/// The fields that are shown, compiled once.
struct Shown {
    call: Template<Field>,
    /// The program's path, else its name: old captures have no paths.
    program: [Template<Field>; 2],
    parent: [Template<Field>; 2],
    objects: Vec<Template<Field>>,
}

impl Shown {
    fn new() -> Result<Self, CaptureError> {
        let catalogue = Catalogue::default();
        let one = |format: &str| {
            Template::parse(format, &catalogue)
                .map_err(|error| CaptureError::Format { format: format.to_owned(), error })
        };
        Ok(Self {
            call: one("%evt.type")?,
            program: [one("%proc.exepath")?, one("%proc.name")?],
            parent: [one("%proc.pexepath")?, one("%proc.pname")?],
            objects: OBJECTS.iter().map(|format| one(format)).collect::<Result<_, _>>()?,
        })
    }

    /// What the first template comes to that has a value.
    fn text(templates: &[Template<Field>], context: &EventContext<'_>) -> String {
        let lines = templates.iter().map(|template| format_line(template, context));
        let mut lines = lines.filter(|line| line.whole && !line.text.is_empty());
        lines.next().map(|line| line.text).unwrap_or_default()
    }

    /// What a policy would have denied at an event.
    fn denied(&self, policy: usize, context: &EventContext<'_>) -> Denied {
        let call = Self::text(std::slice::from_ref(&self.call), context);
        let (process, object) = if matches!(call.as_str(), "execve" | "execveat") {
            (Self::text(&self.parent, context), Self::text(&self.program, context))
        } else {
            (Self::text(&self.program, context), Self::text(&self.objects, context))
        };
        Denied { policy, call, process, object }
    }
}

/// Asks policies about the acts of captures that did not fail, each policy for itself.
///
/// # Errors
/// When a file cannot be opened or is no capture.
pub fn rehearse<'p>(
    input: impl Into<Input<'p>>,
    policies: &Policies,
    window: Window,
) -> Result<Rehearsal, CaptureError> {
    let (rules, numbers) = policies.as_rules();
    let mut engine = Engine::new(&rules, Matching::All);
    let mut worked = EventFilter::new(NOT_FAILED)?;
    let shown = Shown::new()?;
    let mut source = CaptureSource::open(input, window)?;
    let (mut denied, mut events) = (BTreeMap::new(), 0);
    let (mut texts, mut hits) = (Texts::default(), Vec::new());
    let read = for_each(&mut source, &mut |entry| {
        let Entry::Event(at) = entry else { return Ok(ControlFlow::Continue(())) };
        if at.state_only || !at.for_rules {
            return Ok(ControlFlow::Continue(()));
        }
        events += 1;
        let mut context = at.context;
        context.containers = true;
        if !engine.looks_at(context.event.view.event_type()) {
            return Ok(ControlFlow::Continue(()));
        }
        texts.clear();
        hits.clear();
        engine.evaluate(&context.with_texts(&texts), &mut hits);
        if hits.is_empty() || !worked.fits(&context) {
            return Ok(ControlFlow::Continue(()));
        }
        let mut policies: Vec<usize> =
            hits.iter().filter_map(|hit| numbers.get(*hit as usize).copied()).collect();
        policies.dedup();
        for policy in policies {
            *denied.entry(shown.denied(policy, &context)).or_default() += 1;
        }
        Ok(ControlFlow::Continue(()))
    });
    Ok(Rehearsal { denied, events, empty_window: source.empty_window(), damage: read.err() })
}
