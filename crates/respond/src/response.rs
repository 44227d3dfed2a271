//! A response as its file says it.

use std::time::Duration;

use peregrine_alert::AlertField;

use crate::action::Action;
use crate::matching::Match;
use crate::occurrence::Need;

/// What happens with later actions of an alert where one failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They are done.
    Continue,
    /// They are left out.
    Stop,
}

/// What happens at the next start with an action that was planned and not done when the agent died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCrash {
    /// It is done: the target is known exactly, so it hits nobody else.
    Finish,
    /// It is given up.
    GiveUp,
}

/// How often a response acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Alerts with the same values of these fields are of one key.
    pub per: Vec<AlertField>,
    /// So many alerts are answered within this time at most, of all keys together; with more the response is stopped
    /// for that time.
    pub at_most: (u32, Duration),
    /// For this long a key is not answered again.
    pub cooldown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per: Vec::new(), at_most: (60, Duration::from_hours(1)), cooldown: Duration::ZERO }
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is there at all.
    pub enabled: bool,
    /// It only reports what it would do, whatever the configuration says.
    pub dry_run: bool,
    /// Which alerts it answers.
    pub matches: Match,
    /// What it does, in order.
    pub actions: Vec<Action>,
    /// How often.
    pub limits: Limits,
    /// Where an action fails.
    pub on_failure: OnFailure,
    /// Where the agent died in between.
    pub after_crash: AfterCrash,
}

impl Response {
    /// Whether it begins with what is done within milliseconds.
    pub fn is_fast(&self) -> bool {
        self.enabled && !self.dry_run && self.actions.first().is_some_and(Action::is_fast)
    }

    /// What it reads of an alert.
    pub fn needs(&self, need: &mut Need) {
        self.matches.needs(need);
        self.limits.per.iter().for_each(|field| need.add(field));
        self.actions.iter().for_each(|action| action.needs(need));
        let takes = |action: &Action| action.name() == "evidence";
        need.evidence |= !self.dry_run && self.actions.iter().any(takes);
    }
}
