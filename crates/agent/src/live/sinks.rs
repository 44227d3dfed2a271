//! Where the alerts of a watched host go: into the journal first, from where outputs read them; where there is no
//! journal, to the outputs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink, Sequence};
use peregrine_config::Config;
use peregrine_config::model::{Fsync, JournalSwitch};
use peregrine_journal::{
    Anchor, Appender, Consumers, DeadLetters, FileStorage, Fsync as JournalFsync, Journal,
    JournalError, JournalNotice, JournalStats, Now, Options, Subscription, Unread,
};
use peregrine_outputs::{
    FromJournal, NextOutputs, Notify, OpenOutputs, Options as OutputOptions, OutputStats, Outputs,
    RemovedOutputs, RunningOutputs,
};

use crate::live::error::MonitorError;
use crate::notice::{self, Notice};

/// How long the journal may take to sign and end once the outputs have.
const JOURNAL_CLOSE: Duration = Duration::from_secs(2);
/// How long an output that is in the configuration no more may take for the alerts that were for it.
const LAST_ALERTS: Duration = Duration::from_secs(5);
/// Bytes of dead letters at most; fewer where the journal is small.
const DEAD_LETTERS: u64 = 16 << 20;

/// The journal, where there is one, and the outputs.
#[derive(Debug)]
pub(crate) struct Sinks {
    journal: Option<Appender>,
    /// The journal's folder.
    path: PathBuf,
    outputs: Outputs,
}

/// What other outputs are prepared from, on any thread.
#[derive(Debug)]
pub(crate) struct SinksPreparation {
    running: RunningOutputs,
    consumers: Option<Consumers>,
    journal: PathBuf,
}

/// Other outputs, opened; those that are new have joined the journal.
#[derive(Debug)]
pub(crate) struct PreparedSinks {
    next: NextOutputs,
    subscriptions: Vec<Subscription>,
    joined: Joined,
}

/// Consumers that leave the journal again with this value, unless they stay.
#[derive(Debug)]
struct Joined {
    /// None: they stay.
    consumers: Option<Consumers>,
    names: Vec<String>,
}

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(consumers) = &self.consumers {
            self.names.iter().for_each(|name| consumers.leave(name));
        }
    }
}

impl SinksPreparation {
    /// Opens what another configuration adds and changes.
    ///
    /// # Errors
    /// When an output cannot be opened: nothing has changed.
    pub(crate) fn prepare(self, config: &Config) -> Result<PreparedSinks, MonitorError> {
        let Self { running, consumers, journal } = self;
        let next = running.prepare(config)?;
        let names = next.added().to_vec();
        let join = |consumers: &Consumers| {
            let join = |name: &String| consumers.join(name, Box::new(FileStorage::new(&journal)));
            names.iter().map(join).collect()
        };
        let subscriptions = consumers.as_ref().map(join).unwrap_or_default();
        Ok(PreparedSinks { next, subscriptions, joined: Joined { consumers, names } })
    }
}

/// Outputs that are in the configuration no more.
#[derive(Debug)]
pub(crate) struct FormerSinks {
    removed: RemovedOutputs,
    consumers: Option<Consumers>,
}

impl FormerSinks {
    /// Waits until they have had what was for them, and forgets how far they came in the journal. What they did not
    /// get is reported.
    pub(crate) fn finish(self, notify: &notice::Notify) {
        for (output, lost) in self.removed.finish() {
            if let Some(consumers) = &self.consumers {
                consumers.leave(&output);
            }
            if lost > 0 {
                notify(&Notice::RemovedUndelivered { output, lost });
            }
        }
    }
}

impl Sinks {
    /// Opens the outputs, and starts the journal where the configuration turns it on.
    ///
    /// # Errors
    /// When an output cannot be opened, the key lies in the journal's folder, or there can be no thread.
    pub(crate) fn start(
        config: &Config,
        sequence: &Arc<Sequence>,
        notify: &Notify,
    ) -> Result<Self, MonitorError> {
        let on = match config.journal.enabled {
            JournalSwitch::On => true,
            JournalSwitch::Off => false,
            JournalSwitch::Auto => is_service(std::env::var("SYSTEMD_EXEC_PID").ok().as_deref()),
        };
        let outputs = OpenOutputs::open(config)?;
        let options = OutputOptions::new(config);
        let journal = on.then(|| journal(config, &outputs.names())).transpose()?;
        let from_journal =
            journal.as_ref().map(|journal| from_journal(config, &outputs.names(), journal));
        let outputs = outputs.start(&options, sequence, notify, from_journal)?;
        Ok(Self { journal, path: config.journal.path.clone(), outputs })
    }

    pub(crate) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What other outputs are prepared from.
    pub(crate) fn preparation(&self) -> SinksPreparation {
        let consumers = self.journal.as_ref().map(Appender::consumers);
        SinksPreparation { running: self.outputs.running(), consumers, journal: self.path.clone() }
    }

    /// Has other outputs take the place of these.
    ///
    /// # Errors
    /// When there can be no thread: all stays as it was.
    pub(crate) fn swap(&mut self, prepared: PreparedSinks) -> Result<FormerSinks, MonitorError> {
        let PreparedSinks { next, subscriptions, mut joined } = prepared;
        let removed = self.outputs.swap(next, subscriptions, LAST_ALERTS)?;
        let consumers = joined.consumers.take();
        Ok(FormerSinks { removed, consumers })
    }

    /// Whether alerts are written to a journal.
    pub(crate) fn has_journal(&self) -> bool {
        self.journal.is_some()
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
        let Self { journal, outputs, .. } = self;
        // It writes what waits, then outputs get the last of it; it keeps how far they came and ends. One that
        // hangs takes none of the other's time.
        let journal = journal.map(Appender::hang_up);
        let mut stats = outputs.close(patience);
        let Some(journal) = journal else {
            return (stats, JournalStats::default(), Vec::new());
        };
        let (written, notices, unread) = journal.finish(JOURNAL_CLOSE);
        for Unread { consumer, alerts } in unread {
            if let Some(output) = stats.iter_mut().find(|output| output.name == consumer) {
                output.queued = alerts;
            }
        }
        (stats, written, notices)
    }
}

impl AlertSink for Sinks {
    fn deliver(&mut self, alert: Arc<Alert>) {
        match &self.journal {
            Some(journal) => journal.send(&alert, alert.weight()),
            None => self.outputs.deliver(alert),
        }
    }
}

/// Whether a service manager started this very process: systemd says so to it, and whoever inherits the
/// variable has another number.
fn is_service(exec_pid: Option<&str>) -> bool {
    exec_pid.is_some_and(|pid| pid.parse() == Ok(std::process::id()))
}

/// What outputs have of the journal.
fn from_journal(config: &Config, names: &[String], journal: &Appender) -> FromJournal {
    let path = &config.journal.path;
    let read = || Box::new(FileStorage::new(path));
    let subscriptions = names.iter().filter_map(|name| journal.subscribe(name, read())).collect();
    let most = (config.journal.max_size.0 / 16).min(DEAD_LETTERS);
    FromJournal { subscriptions, dead_letters: DeadLetters::new(read(), most) }
}

/// Starts the journal; `outputs` will read it.
fn journal(config: &Config, outputs: &[String]) -> Result<Appender, MonitorError> {
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
    Appender::start(open, clock, config.outputs_queue.capacity.size(), bytes, outputs)
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
    mod under_load;

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
