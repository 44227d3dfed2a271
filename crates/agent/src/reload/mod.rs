//! What a reload is made from and what became of it: another configuration and other rules in the place of
//! those that run.

mod status;

use std::sync::Arc;

use peregrine_alert::Priority;
use peregrine_config::Config;

pub use status::ReloadStatus;

use crate::generation::Generation;

/// Reads the configuration and the rules as the start did. It is called on a thread of its own.
pub type Load = Arc<dyn Fn() -> Result<Next, Rejected> + Send + Sync>;

/// A configuration and its rules, ready to run.
#[derive(Debug)]
pub struct Next {
    /// Settings.
    pub config: Config,
    /// The rules.
    pub generation: Generation,
    /// What people should know of both.
    pub remarks: Vec<Remark>,
}

/// Why a configuration or its rules cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The first mistake with its place, in one line.
    pub why: String,
    /// All of them, and warnings.
    pub remarks: Vec<Remark>,
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
}

impl Trigger {
    /// In a word or two, for notices.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
        }
    }
}
