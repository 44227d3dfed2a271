//! How severe notices are.

use peregrine_alert::Priority;
use peregrine_journal::JournalNotice;
use peregrine_outputs::OutputNotice;

use super::Notice;
use crate::control::ControlError;

impl Notice {
    /// Its severity.
    pub fn level(&self) -> Priority {
        match self {
            Self::SensorDamaged(_)
            | Self::ReloadRejected { .. }
            | Self::LossEnds
            | Self::RecordingLost { .. } => Priority::Critical,
            Self::EventsLost { level, .. } => *level,
            Self::LossActionsSkipped => Priority::Debug,
            Self::ReloadRemark(remark) => remark.level,
            Self::KnownFilesRefused(_) | Self::MetricsFileFails { .. } => Priority::Error,
            Self::Journal(journal) => match journal {
                JournalNotice::Damaged(_) | JournalNotice::Missing { .. } => Priority::Critical,
                JournalNotice::Fails { .. } | JournalNotice::Hangs { .. } => Priority::Error,
                JournalNotice::WorksAgain => Priority::Notice,
                _ => Priority::Warning,
            },
            Self::Capture(capture) => capture.level(),
            Self::Guard(guard) => guard.level(),
            Self::Response(response) => response.level(),
            Self::Output(output) => match output {
                OutputNotice::Fails { .. } | OutputNotice::NotReopened { .. } => Priority::Error,
                OutputNotice::QueueFull { .. }
                | OutputNotice::Slow { .. }
                | OutputNotice::Refused { .. }
                | OutputNotice::Template { .. } => Priority::Warning,
                OutputNotice::WorksAgain { .. } => Priority::Notice,
            },
            Self::RightMissing(_)
            | Self::SandboxIncomplete(_)
            | Self::ForeignPidNamespace
            | Self::HostUnresolved { .. }
            | Self::HardLinksUnknown { .. }
            | Self::CallsExcluded(_)
            | Self::ContainerEngineFails { .. }
            | Self::UringUnavailable(_)
            | Self::EventsLeftOut(_)
            | Self::MemoryLimit(_)
            | Self::AlertsLost { .. }
            | Self::AlertsRefused { .. }
            | Self::NoticesDropped { .. }
            | Self::ReloadUnfinished { .. }
            | Self::OutputsStay { .. }
            | Self::CapturesStay { .. }
            | Self::RemovedUndelivered { .. }
            | Self::FilesUnwatched { .. }
            | Self::RestartNeeded { .. } => Priority::Warning,
            Self::SnapshotFromProc(_) | Self::RingsTooLarge { .. } | Self::NoReopen => {
                Priority::Notice
            }
            Self::NoControl(why) if !matches!(**why, ControlError::Taken { .. }) => {
                Priority::Warning
            }
            Self::Monitoring { .. }
            | Self::NoDriver { .. }
            | Self::Recording { .. }
            | Self::Reloaded { .. }
            | Self::Reopening
            | Self::SimulatingLoss
            | Self::NoControl(_) => Priority::Informational,
        }
    }
}
