//! From an alert to what is to be done.

use std::sync::Arc;

use peregrine_alert::Priority;

use crate::action::Refusal;
use crate::limits::{Admission, Ledger};
use crate::occurrence::{Need, Occurrence};
use crate::response::Response;
use crate::task::Task;
use crate::text::Text;

/// What one response plans for one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The response, by its number.
    pub response: usize,
    /// Whether it may act now.
    pub admission: Admission,
    /// Its actions, in order; empty where it may not act.
    pub actions: Vec<PlannedAction>,
}

/// What is to be done, or why it cannot.
pub type PlannedAction = Result<Task, Refusal>;

/// What the responses to alerts of a rule read of them; none where no response can answer it.
pub fn need(
    responses: &[Response],
    rule: &str,
    tags: &[String],
    source: &str,
    priority: Priority,
) -> Option<Need> {
    let mut need = None;
    for response in responses.iter().filter(|response| response.enabled) {
        if response.matches.may_fit(rule, tags, source, priority) {
            response.needs(need.get_or_insert_default());
        }
    }
    need
}

/// What every response reads.
pub fn need_of_all(responses: &[Response]) -> Need {
    let mut need = Need::default();
    for response in responses {
        response.needs(&mut need);
    }
    need
}

/// Responses, and how often they acted.
#[derive(Debug)]
pub struct Planner {
    responses: Arc<[Response]>,
    ledger: Ledger,
}

impl Planner {
    /// Of these responses; those that are not enabled plan nothing.
    pub fn new(responses: Arc<[Response]>) -> Self {
        Self { responses, ledger: Ledger::default() }
    }

    /// Plans with other responses from now on. What those of the same names did lately goes on to count.
    pub fn replace(&mut self, responses: Arc<[Response]>) {
        let former = responses.iter().map(|response| {
            let before = self.responses.iter().position(|one| one.name == response.name)?;
            let same = self.responses.get(before).is_some_and(|one| one.limits == response.limits);
            Some((before, same))
        });
        self.ledger.renumber(&former.collect::<Vec<_>>());
        self.responses = responses;
    }

    /// The responses, in order.
    pub fn responses(&self) -> &[Response] {
        &self.responses
    }

    /// Plans for an alert at a time, nanoseconds since the epoch: one plan for each response that answers it.
    pub fn plan(&mut self, of: &Occurrence, now: u64) -> Vec<Plan> {
        let mut plans = Vec::new();
        for (number, response) in self.responses.iter().enumerate() {
            if !response.enabled || !response.matches.fits(of) {
                continue;
            }
            let admission = self.ledger.admit(number, &response.limits, key(response, of), now);
            let actions = match admission {
                Admission::Go => response.actions.iter().map(|action| action.plan(of)).collect(),
                _ => Vec::new(),
            };
            plans.push(Plan { response: number, admission, actions });
        }
        plans
    }
}

/// The values that make two alerts of one key.
fn key(response: &Response, of: &Occurrence) -> Vec<u8> {
    let mut key = Vec::new();
    for field in &response.limits.per {
        let value = Text::of_field(&field.to_string()).bytes(of).unwrap_or_default();
        key.extend_from_slice(&value.0);
        key.push(0);
    }
    key
}
