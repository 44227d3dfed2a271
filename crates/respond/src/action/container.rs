//! Actions on the container of the event: `pause_container`, `stop_container`, `disconnect_container`.

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::occurrence::Occurrence;
use crate::task::Task;

pub(super) const NAMES: &[&str] = &["pause_container", "stop_container", "disconnect_container"];

pub(super) const FIELDS: &[&str] = &["container.full_id", "container.id"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContainerAction {
    Pause,
    Stop,
    Disconnect,
}

impl ContainerAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        of.keys(&[], &[]).then_some(match of.word {
            "pause_container" => Self::Pause,
            "stop_container" => Self::Stop,
            _ => Self::Disconnect,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause_container",
            Self::Stop => "stop_container",
            Self::Disconnect => "disconnect_container",
        }
    }

    pub(super) fn plan(self, of: &Occurrence) -> Result<Task, Refusal> {
        let id = super::process::container(of).ok_or(Refusal::NoContainer)?;
        Ok(match self {
            Self::Pause => Task::PauseContainer { id },
            Self::Stop => Task::StopContainer { id },
            Self::Disconnect => Task::DisconnectContainer { id },
        })
    }
}
