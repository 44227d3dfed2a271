//! What a reload is made from and what became of it: another configuration and other rules in the place of
//! those that run.

mod gate;
mod plan;
mod status;
mod watch;

use std::sync::Arc;

use peregrine_alert::Priority;
use peregrine_config::Config;

pub(crate) use gate::{Asked, Gate};
pub(crate) use plan::Outline;
pub use status::ReloadStatus;
pub use watch::Watched;
pub(crate) use watch::{FileWatch, WatchList};

use crate::generation::Generation;
use crate::metrics::Metrics;

/// Reads the configuration and the rules as the start did. It is called on a thread of its own.
pub type Load = Arc<dyn Fn() -> Result<Next, Rejected> + Send + Sync>;

/// Is called once a configuration and its rules have taken hold, on a thread of its own.
pub enum Applied {
    /// It needs to know nothing.
    Call(Box<dyn FnOnce() + Send>),
    /// It gets the metrics of that moment: events wait while they are counted.
    WithMetrics(Box<dyn FnOnce(&Metrics) + Send>),
}

impl std::fmt::Debug for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Applied").finish_non_exhaustive()
    }
}

/// A configuration and its rules, ready to run.
pub struct Next {
    /// Settings.
    pub config: Config,
    /// The rules.
    pub generation: Generation,
    /// What people should know of both.
    pub remarks: Vec<Remark>,
    /// The files whose changes ask for the next reload, where the configuration says so.
    pub watched: Vec<Watched>,
    /// What whoever read them does when they have taken hold.
    pub applied: Applied,
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Next").field("watched", &self.watched).finish_non_exhaustive()
    }
}

/// Why a configuration or its rules cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The first mistake with its place, in one line.
    pub why: String,
    /// All of them, and warnings.
    pub remarks: Vec<Remark>,
}

impl Rejected {
    /// All there is to say, a line or more for each mistake.
    pub(crate) fn text(&self) -> String {
        let errors = self.remarks.iter().filter(|remark| remark.level <= Priority::Error);
        let errors: Vec<&str> = errors.map(|remark| remark.text.as_str()).collect();
        if errors.is_empty() { self.why.clone() } else { errors.join("\n") }
    }
}

/// Something to know of a configuration or a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its severity.
    pub level: Priority,
    /// What it is, with its place.
    pub text: String,
}

/// What requested a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// SIGHUP.
    Signal,
    /// Files that changed.
    Files,
    /// A request to the control socket.
    Request,
}

impl Trigger {
    /// In a word or two, for notices.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::Files => "files changed",
            Self::Request => "peregrine reload",
        }
    }
}
