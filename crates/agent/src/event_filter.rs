//! A condition that is evaluated for many events.

use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{Checked, DEFAULT_DEPTH, Plan, Scratch, check, parse};
use peregrine_rules::{Diagnostic, filter_diagnostics};

/// Why a text is not a condition: everything that is wrong with it, with its place.
#[derive(Debug, thiserror::Error)]
#[error("the filter is invalid\n{}", shown(diagnostics))]
pub struct FilterError {
    /// The mistakes, as rules have them.
    pub diagnostics: Vec<Diagnostic>,
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A condition on events; an empty one is true for all.
pub(crate) struct EventFilter {
    plan: Option<Plan<Field>>,
    scratch: Scratch,
    hits: Vec<u32>,
}

impl std::fmt::Debug for EventFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventFilter").finish_non_exhaustive()
    }
}

impl EventFilter {
    /// Compiles a condition.
    ///
    /// # Errors
    /// An invalid condition.
    pub(crate) fn new(text: &str) -> Result<Self, FilterError> {
        let condition = (!text.is_empty()).then(|| condition(text)).transpose()?;
        let plan = condition.as_ref().map(|condition| Plan::new([(0, condition)]));
        Ok(Self { plan, scratch: Scratch::new(), hits: Vec::new() })
    }

    /// Whether it can be true for an event of this code.
    pub(crate) fn looks_at(&self, code: u16) -> bool {
        self.plan.as_ref().is_none_or(|plan| plan.looks_at(code))
    }

    /// Whether it is true for an event.
    pub(crate) fn fits(&mut self, context: &EventContext<'_>) -> bool {
        let Some(plan) = &self.plan else { return true };
        self.hits.clear();
        let code = context.event.view.event_type().0;
        plan.evaluate(code, context, &mut self.scratch, true, &mut self.hits);
        !self.hits.is_empty()
    }
}

/// A condition on containers needs their users too.
pub(crate) fn names_container(text: &str) -> bool {
    text.contains("container.") || text.contains("k8s.")
}

fn condition(text: &str) -> Result<Checked<Field>, FilterError> {
    let tree = parse(text, DEFAULT_DEPTH).ok();
    let checked = tree.and_then(|tree| check(&tree, &Catalogue::default()).ok());
    checked.ok_or_else(|| FilterError { diagnostics: filter_diagnostics("filter", text) })
}
