//! What the guard's thread is asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use peregrine_config::Config;
use peregrine_config::model::GuardMode;

use super::levels::WAY_IN;
use super::policies::PolicySet;

/// What the thread takes of a configuration.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) mode: GuardMode,
    pub(super) within: Duration,
    pub(super) way_in: Vec<PathBuf>,
    pub(super) state: PathBuf,
    pub(super) pins: PathBuf,
    pub(super) glass: PathBuf,
    pub(super) key: PathBuf,
}

impl Settings {
    pub(super) fn new(config: &Config) -> Self {
        let guard = &config.guard;
        let own = guard.way_in.iter().cloned();
        Self {
            mode: guard.mode,
            within: guard.confirm_within.0,
            way_in: WAY_IN.iter().map(PathBuf::from).chain(own).collect(),
            state: guard.state.clone(),
            pins: guard.pins.clone(),
            glass: guard.break_glass.file.clone(),
            key: guard.break_glass.key.clone(),
        }
    }
}

/// What the thread is to do.
pub(super) enum Command {
    Load(Arc<PolicySet>, Settings),
    Confirm(Option<String>),
    Try(String),
    Switch(bool),
}

/// That, and where its answer goes: the policies it concerned, or why not.
pub(super) type Asked = (Command, Sender<Result<Vec<String>, String>>);
