//! Where alerts go: one file per type of output, each output with a thread of its own that has its alerts from
//! a bounded queue, or from the journal.
//!
//! In: [`Alert`]s, through [`Outputs::deliver`], which never waits, or through subscriptions to the journal.
//! Out: alerts at their receivers, and what became of each: delivered, refused, dropped, given up.
//! Never: an output that hangs or fails and stops the pipeline or another output; a loss that is
//! not counted and reported.

mod any_of;
mod channels;
mod cut;
mod dead_letters;
mod error;
mod facts;
mod feed;
mod halves;
pub mod http;
mod notice;
mod options;
pub mod output;
mod over_http;
mod queue;
mod requests;
mod retry;
mod select;
mod short_text;
mod sign;
mod sinks;
mod status;
mod swap;
mod tls;
mod trial;
mod variables;
mod watchdog;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use peregrine_alert::{Alert, AlertSink, Sequence};
use peregrine_config::Config;
use peregrine_journal::{DeadLetters, Subscription};

pub use error::{OutputError, SinkError};
pub use notice::{Notify, OutputNotice};
pub use options::Options;
pub use status::{LastError, OutputState, OutputStats, StatsReader};
pub use swap::{NextOutputs, RemovedOutputs, RunningOutputs};
pub use trial::{Reason, TEST_RULE, Trial, TrialError, Verdict, test_alert, try_outputs};

use crate::channels::{Next, Opened};
use crate::dead_letters::SharedDeadLetters;
use crate::queue::{Queue, Shared};
use crate::watchdog::Watchdog;

/// Outputs that were opened and get no alerts yet.
pub struct OpenOutputs(Vec<Opened>);

/// What outputs have of the journal.
#[derive(Debug)]
pub struct FromJournal {
    /// A subscription for each output, by the order of [`OpenOutputs::names`].
    pub subscriptions: Vec<Subscription>,
    /// Where they keep what receivers refuse.
    pub dead_letters: DeadLetters,
}

impl std::fmt::Debug for OpenOutputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpenOutputs").field(&self.names()).finish()
    }
}

impl OpenOutputs {
    /// Opens every output that a configuration turns on.
    ///
    /// # Errors
    /// When one cannot be opened: better known at the start.
    pub fn open(config: &Config) -> Result<Self, OutputError> {
        let next = channels::open(config, |_, _| false)?;
        let opened = next.into_iter().filter_map(|next| match next {
            Next::Opened(opened) => Some(*opened),
            Next::Runs(_) => None,
        });
        Ok(Self(opened.collect()))
    }

    /// What they are known by.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|opened| opened.name.clone()).collect()
    }

    /// Starts them, each on a thread of its own: with queues in memory, or from the journal, where alerts are
    /// appended by somebody else. `sequence` numbers the alerts about lost ones. `notify` must not wait.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        self,
        options: &Options,
        sequence: &Arc<Sequence>,
        notify: &Notify,
        journal: Option<FromJournal>,
    ) -> Result<Outputs, OutputError> {
        let (subscriptions, dead_letters) = match journal {
            Some(FromJournal { subscriptions, dead_letters }) => {
                (subscriptions, Some(SharedDeadLetters::new(dead_letters)))
            }
            None => (Vec::new(), None),
        };
        let shared = Shared {
            options: *options,
            sequence: Arc::clone(sequence),
            notify: Arc::clone(notify),
            dead_letters,
        };
        let mut subscriptions = subscriptions.into_iter();
        let start = |opened| Queue::start(opened, &shared, subscriptions.next());
        let queues = self.0.into_iter().map(start).collect::<Result<Vec<_>, _>>()?;
        let watchdog = watchdog(&queues, options.slow_after, notify)?;
        Ok(Outputs { queues, watchdog, slow_after: options.slow_after, shared })
    }
}

/// Watches outputs whose attempts take longer than a limit, where there is one.
fn watchdog(
    queues: &[Queue],
    limit: Option<Duration>,
    notify: &Notify,
) -> Result<Option<Watchdog>, OutputError> {
    let watch = |limit| {
        let statuses = queues.iter().map(Queue::status).collect();
        Watchdog::start(statuses, limit, Arc::clone(notify)).map_err(OutputError::Watchdog)
    };
    limit.filter(|_| !queues.is_empty()).map(watch).transpose()
}

/// All outputs.
pub struct Outputs {
    queues: Vec<Queue>,
    watchdog: Option<Watchdog>,
    slow_after: Option<Duration>,
    shared: Shared,
}

impl std::fmt::Debug for Outputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Outputs").field(&self.queues).finish()
    }
}

impl Outputs {
    /// Starts every output that a configuration turns on, with queues in memory.
    ///
    /// # Errors
    /// When one cannot be opened or its thread not be started.
    pub fn start(
        config: &Config,
        options: &Options,
        sequence: &Arc<Sequence>,
        notify: &Notify,
    ) -> Result<Self, OutputError> {
        OpenOutputs::open(config)?.start(options, sequence, notify, None)
    }

    /// Has every output close its file and open it anew, before the next line: it was moved away.
    pub fn reopen(&self) {
        self.queues.iter().for_each(Queue::reopen);
    }

    /// How many alerts each output lost so far, by its name.
    pub fn lost(&self) -> impl Iterator<Item = (&str, u64)> {
        self.queues.iter().map(|queue| (queue.name(), queue.lost()))
    }

    /// How often each receiver began to refuse alerts, by the name of its output.
    pub fn refusals(&self) -> impl Iterator<Item = (&str, u64)> {
        self.queues.iter().map(|queue| (queue.name(), queue.refusals()))
    }

    /// What became of the alerts given to each output so far.
    pub fn stats(&self) -> Vec<OutputStats> {
        self.queues.iter().map(Queue::stats).collect()
    }

    /// Reads the same on any thread.
    pub fn stats_reader(&self) -> StatsReader {
        StatsReader::new(self.queues.iter().map(Queue::source).collect())
    }

    /// Waits for every output to finish, `patience` at most, and accounts for each.
    pub fn close(self, patience: Duration) -> Vec<OutputStats> {
        let end = std::time::Instant::now() + patience;
        let closing: Vec<_> = self.queues.into_iter().map(|queue| queue.hang_up(end)).collect();
        let stats = closing.into_iter().map(queue::Closing::finish).collect();
        // What hangs at the end is reported, too.
        drop(self.watchdog);
        stats
    }
}

impl AlertSink for Outputs {
    /// Gives an alert to every output that has a queue. Where it is full it is dropped there, counted
    /// and reported.
    fn deliver(&mut self, alert: Arc<Alert>) {
        let weight = alert.weight();
        for queue in &self.queues {
            queue.send(&alert, weight);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    mod from_journal;

    use std::error::Error as _;
    use std::io;

    use peregrine_alert::{AlertId, Priority};
    use peregrine_config::{Channel, ConfiguredOutput, Delivery, HttpUrl, Secret, Webhook};

    use super::*;

    pub(crate) fn alert(n: u64) -> Arc<Alert> {
        Arc::new(Alert {
            id: AlertId { host: "h".to_owned(), sequence: n },
            time_ns: n,
            utc_offset: 0,
            rule: "r".to_owned(),
            priority: Priority::Notice,
            source: "syscall".to_owned(),
            tags: Vec::new(),
            message: format!("alert {n}"),
            fields: serde_json::Map::new(),
        })
    }

    fn start(config: &Config) -> Result<Vec<String>, OutputError> {
        let notify: Notify = Arc::new(|notice| panic!("{notice}"));
        let sequence = Arc::new(Sequence::new(0));
        let outputs = Outputs::start(config, &Options::new(config), &sequence, &notify)?;
        let names = outputs.lost().map(|(name, _)| name.to_owned()).collect();
        outputs.close(Duration::from_secs(5));
        Ok(names)
    }

    #[test]
    fn outputs_are_those_a_configuration_turns_on() {
        let folder = std::env::temp_dir().join(format!("peregrine-outputs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("alerts");
        let mut config = Config::default();
        config.file_output.filename.clone_from(&path);
        let file = format!("file {}", path.display());
        for (stdout, to_file, expected) in [
            (true, false, vec!["stdout"]),
            (true, true, vec!["stdout", &file]),
            (false, true, vec![&*file]),
            (false, false, vec![]),
        ] {
            (config.stdout_output.enabled, config.file_output.enabled) = (stdout, to_file);
            assert_eq!(start(&config).unwrap(), expected);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_output_that_cannot_be_opened_is_named_with_the_reason() {
        let mut config = Config::default();
        config.file_output.enabled = true;
        config.file_output.filename = "/proc/none/alerts".into();
        let error = start(&config).unwrap_err();
        assert_eq!(error.to_string(), "output file /proc/none/alerts");
        let cause = error.source().unwrap();
        assert_eq!(cause.to_string(), "cannot append to /proc/none/alerts");
        let system = cause.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(system.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn an_output_of_the_list_that_cannot_be_opened_is_named() {
        let url = HttpUrl(Secret::File("/none/url".into()));
        let channel = Channel::Webhook(Webhook { url, ..Webhook::default() });
        let mut output = ConfiguredOutput {
            name: "ops".to_owned(),
            common: Delivery::default(),
            http: None,
            channel,
        };
        let mut config = Config { outputs: vec![output.clone()], ..Config::default() };
        config.stdout_output.enabled = false;
        let error = start(&config).unwrap_err();
        assert_eq!(error.to_string(), "output ops");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "url: /none/url: No such file or directory (os error 2)");
        output.common.enabled = false;
        config.outputs = vec![output];
        assert_eq!(start(&config).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_notice_says_the_whole_reason() {
        let path = "/alerts".into();
        let source = io::Error::other("no such device");
        let why = Arc::new(SinkError::Open { path, source });
        let notice = OutputNotice::NotReopened { output: "file /alerts".to_owned(), why };
        let expected =
            "output file /alerts cannot be opened anew: cannot append to /alerts: no such device";
        assert_eq!(notice.to_string(), expected);
    }
}
