//! What a reload changes, or would change.

use serde::{Deserialize, Serialize};

/// What became of a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReloadAnswer {
    /// Whether it took hold; not where only a plan was asked for.
    pub applied: bool,
    /// How long it took, from the request on.
    pub took_seconds: f64,
    /// What it changes.
    pub plan: ReloadPlan,
    /// Warnings about configuration and rules.
    pub warnings: Vec<String>,
}

/// What a reload changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadPlan {
    /// Rules.
    pub rules: RuleChanges,
    /// System calls that are watched from then on, in the order of their names.
    pub syscalls_added: Vec<CallAdded>,
    /// System calls that are not watched any more.
    pub syscalls_removed: Vec<String>,
    /// Keys of the configuration whose new values hold at once.
    pub settings: Vec<String>,
    /// Keys whose new values need a restart.
    pub restart: Vec<String>,
}

/// What changes of the rules, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChanges {
    /// There were none of these names.
    pub added: Vec<String>,
    /// They do something else.
    pub changed: Vec<String>,
    /// They are gone.
    pub removed: Vec<String>,
    /// They were there and not evaluated.
    pub enabled: Vec<String>,
    /// They are there and not evaluated any more.
    pub disabled: Vec<String>,
}

/// A system call that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallAdded {
    /// Its name.
    pub name: String,
    /// Whether the kernel drops those of its events that no rule can match: such a call costs less.
    pub filtered: bool,
}
