//! A condition that is evaluated for many events.

use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{
    CheckError, Checked, DEFAULT_DEPTH, ParseError, Plan, Scratch, check, parse,
};

/// Why a text is not a condition.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It cannot be parsed.
    #[error("the filter is no condition: {}", marked(text, error.offset, error))]
    Parse {
        /// The text.
        text: String,
        /// What is wrong, and where.
        error: ParseError,
    },
    /// It references unknown fields, or compares what cannot be compared.
    #[error("invalid filter: {}", all_marked(text, errors))]
    Check {
        /// The text.
        text: String,
        /// What is wrong, and where.
        errors: Vec<CheckError>,
    },
}

/// An error message with the part of the text it is about.
fn marked(text: &str, at: usize, error: &dyn std::error::Error) -> String {
    let column = text.get(..at).unwrap_or(text).chars().count();
    format!("{error}\n  | {text}\n  | {:column$}^", "")
}

fn all_marked(text: &str, errors: &[CheckError]) -> String {
    let errors = errors.iter().map(|error| marked(text, error.span.start, error));
    errors.collect::<Vec<_>>().join("\n")
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
    let tree = parse(text, DEFAULT_DEPTH)
        .map_err(|error| FilterError::Parse { text: text.to_owned(), error })?;
    check(&tree, &Catalogue::default())
        .map_err(|errors| FilterError::Check { text: text.to_owned(), errors })
}
