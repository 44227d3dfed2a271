//! Where the alerts of a watched host go: into the journal first, then to the outputs.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink};
use peregrine_config::Config;
use peregrine_config::model::{Fsync, JournalSwitch};
use peregrine_journal::{
    Anchor, Appender, FileStorage, Fsync as JournalFsync, Journal, JournalError, JournalNotice,
    JournalStats, Now, Options,
};
use peregrine_outputs::{OutputStats, Outputs};

use crate::live::error::MonitorError;

/// The journal, where there is one, and the outputs.
#[derive(Debug)]
pub(crate) struct Sinks {
    journal: Option<Appender>,
    outputs: Outputs,
}

impl Sinks {
    /// Starts the journal where the configuration turns it on.
    ///
    /// # Errors
    /// When the key lies in the journal's folder, or there can be no thread.
    pub(crate) fn start(config: &Config, outputs: Outputs) -> Result<Self, MonitorError> {
        let on = match config.journal.enabled {
            JournalSwitch::On => true,
            JournalSwitch::Off => false,
            JournalSwitch::Auto => is_service(std::env::var("SYSTEMD_EXEC_PID").ok().as_deref()),
        };
        let journal = on.then(|| journal(config)).transpose()?;
        Ok(Self { journal, outputs })
    }

    pub(crate) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What became of alerts that the journal was given; zeros where there is none.
    pub(crate) fn journal_stats(&self) -> JournalStats {
        self.journal.as_ref().map(Appender::stats).unwrap_or_default()
    }

    /// What the journal has to say since this was asked last.
    pub(crate) fn journal_notices(&self) -> Vec<JournalNotice> {
        self.journal.as_ref().map(Appender::take_notices).unwrap_or_default()
    }

    /// Waits for all of them to finish, `patience` at most.
    pub(crate) fn close(
        self,
        patience: Duration,
    ) -> (Vec<OutputStats>, JournalStats, Vec<JournalNotice>) {
        let end = Instant::now() + patience;
        // It writes, syncs and signs while outputs finish: one that hangs takes none of its time.
        let journal = self.journal.map(Appender::hang_up);
        let outputs = self.outputs.close(patience);
        let left = end.saturating_duration_since(Instant::now());
        let journal = journal.map(|journal| journal.finish(left)).unwrap_or_default();
        (outputs, journal.0, journal.1)
    }
}

impl AlertSink for Sinks {
    fn deliver(&mut self, alert: Arc<Alert>) {
        if let Some(journal) = &self.journal {
            journal.send(&alert, alert.weight());
        }
        self.outputs.deliver(alert);
    }
}

/// Whether a service manager started this very process: systemd says so to it, and whoever inherits the
/// variable has another number.
fn is_service(exec_pid: Option<&str>) -> bool {
    exec_pid.is_some_and(|pid| pid.parse() == Ok(std::process::id()))
}

fn journal(config: &Config) -> Result<Appender, MonitorError> {
    let keys = &config.journal;
    let (path, (kept, stem)) = (keys.path.clone(), keys.key.parts());
    if kept.starts_with(&path) {
        return Err(MonitorError::JournalKey { path: kept });
    }
    let bytes = config.outputs_queue.bytes.size();
    let options = Options {
        max_size: keys.max_size.0,
        max_age: keys.max_age.0,
        fsync: match keys.fsync {
            Fsync::Always => JournalFsync::Always,
            Fsync::Interval(interval) => JournalFsync::Interval(interval.0),
            Fsync::Never => JournalFsync::Never,
        },
        waiting: bytes.min(Options::default().waiting),
        ..Options::default()
    };
    let open = move |now: Now| -> Result<Journal<FileStorage>, JournalError> {
        let anchor = Anchor { storage: FileStorage::new(&kept), stem: stem.clone() };
        Journal::open(FileStorage::exclusive(&path)?, anchor, options, now)
    };
    let begin = Instant::now();
    let clock = move || {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
        Now { wall_ns, elapsed: begin.elapsed() }
    };
    Appender::start(open, clock, config.outputs_queue.capacity.size(), bytes)
        .map_err(MonitorError::Journal)
}

/// Counts the alerts the journal lost, to say each time it became more.
#[derive(Debug, Default)]
pub(crate) struct LostRecords(u64);

impl LostRecords {
    pub(crate) fn look(&mut self, stats: JournalStats) -> Option<JournalNotice> {
        let lost = stats.lost.saturating_sub(self.0);
        self.0 = stats.lost;
        (lost > 0).then_some(JournalNotice::AlertsLost { lost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_what_systemd_started_itself() {
        let own = std::process::id().to_string();
        assert!(is_service(Some(&own)));
        for other in [None, Some(""), Some("1"), Some("x"), Some("-1")] {
            assert!(!is_service(other), "{other:?}");
        }
    }

    #[test]
    fn losses_are_said_once() {
        let mut lost = LostRecords::default();
        let stats = |lost| JournalStats { written: 9, lost, queued: 1 };
        assert_eq!(lost.look(stats(0)), None);
        assert_eq!(lost.look(stats(3)), Some(JournalNotice::AlertsLost { lost: 3 }));
        assert_eq!(lost.look(stats(3)), None);
        assert_eq!(lost.look(stats(4)), Some(JournalNotice::AlertsLost { lost: 1 }));
    }
}
