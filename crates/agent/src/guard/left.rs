//! What agents left in the kernel that have ended, where none with policies runs.

use std::path::PathBuf;

use peregrine_config::Config;
use peregrine_enforce::{EnforceError, Guard, Options};

use super::trials::Trials;
use super::{is_off_by_boot, now};
use crate::notice::GuardNotice;

/// Why policies could not be switched off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeftError {
    /// The kernel refused.
    #[error(transparent)]
    Kernel(#[from] EnforceError),
    /// Nothing is denied now, but what is denied after a restart cannot be changed.
    #[error("nothing is denied now, but after a restart it is: {0}: {1} (guard.state)")]
    State(PathBuf, std::io::Error),
}

fn options(config: &Config) -> Options {
    Options { pin: Some(config.guard.pins.clone()), ..Options::default() }
}

/// Switches all policies off without an agent: removes what agents left in the kernel, and has the next one deny
/// nothing until somebody says so.
///
/// # Errors
/// When something cannot be removed, or the state not be written.
pub fn off(config: &Config) -> Result<(), LeftError> {
    Guard::off(&options(config))?;
    let state = &config.guard.state;
    let wrong = |error| LeftError::State(state.clone(), error);
    let mut trials = Trials::read(state).map_err(wrong)?;
    trials.set_off(trials.off().or_else(|| Some(now())));
    trials.write(state).map_err(wrong)
}

/// What an agent without policies says of those that earlier ones left; the boot parameter has it remove them.
pub(crate) fn look_at_left(config: &Config) -> Option<GuardNotice> {
    let options = options(config);
    if !Guard::is_left(&options) {
        return None;
    }
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    if !is_off_by_boot(&line) {
        return Some(GuardNotice::Left { pins: config.guard.pins.clone() });
    }
    Some(match Guard::off(&options) {
        Ok(()) => GuardNotice::OffByBoot,
        Err(error) => GuardNotice::Fails(error.to_string()),
    })
}
