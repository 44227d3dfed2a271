//! Where alerts go: one file per type of output, each output behind a bounded queue and a thread of its
//! own.
//!
//! In: [`Alert`]s, through [`Outputs::deliver`], which never waits. Out: lines on stdout and in files,
//! and how many were written, dropped and failed.
//! Never: an output that hangs or fails and stops the pipeline or another output; a loss that is
//! not counted and reported.

mod any_of;
mod channels;
mod cut;
mod error;
mod facts;
mod halves;
pub mod http;
mod notice;
mod options;
pub mod output;
mod over_http;
mod queue;
mod sign;
mod sinks;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use peregrine_alert::{Alert, AlertSink, Sequence};
use peregrine_config::Config;

pub use error::{OutputError, SinkError};
pub use notice::{Notify, OutputNotice};
pub use options::Options;
pub use queue::OutputStats;

use crate::queue::Queue;

/// All outputs.
#[derive(Debug)]
pub struct Outputs {
    queues: Vec<Queue>,
}

impl Outputs {
    /// Starts every output that a configuration turns on, on a thread of its own. `sequence` numbers
    /// the alerts about lost ones.
    ///
    /// # Errors
    /// When one cannot be opened or its thread not be started: better known at the start.
    pub fn start(
        config: &Config,
        options: &Options,
        sequence: &Arc<Sequence>,
        notify: &Notify,
    ) -> Result<Self, OutputError> {
        let mut queues = Vec::new();
        for opened in channels::open(config)? {
            queues.push(Queue::start(opened, options, Arc::clone(sequence), Arc::clone(notify))?);
        }
        Ok(Self { queues })
    }

    /// Has every output close its file and open it anew, before the next line: it was moved away.
    pub fn reopen(&self) {
        self.queues.iter().for_each(Queue::reopen);
    }

    /// How many alerts each output lost so far, by its name.
    pub fn lost(&self) -> impl Iterator<Item = (&str, u64)> {
        self.queues.iter().map(|queue| (queue.name(), queue.lost()))
    }

    /// What became of the alerts given to each output so far.
    pub fn stats(&self) -> Vec<OutputStats> {
        self.queues.iter().map(Queue::stats).collect()
    }

    /// Waits for every output to finish, `patience` at most, and accounts for each.
    pub fn close(self, patience: Duration) -> Vec<OutputStats> {
        let end = std::time::Instant::now() + patience;
        let closing: Vec<_> = self.queues.into_iter().map(Queue::hang_up).collect();
        closing.into_iter().map(|queue| queue.finish(end)).collect()
    }
}

impl AlertSink for Outputs {
    /// Gives an alert to every output. Where an output's queue is full it is dropped there, counted
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
    use std::error::Error as _;
    use std::io;

    use peregrine_alert::{AlertId, Priority};
    use peregrine_config::{Channel, Common, ConfiguredOutput, Webhook};

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
        let channel = Channel::Webhook(Webhook::default());
        let mut output =
            ConfiguredOutput { name: "ops".to_owned(), common: Common::default(), channel };
        let mut config = Config { outputs: vec![output.clone()], ..Config::default() };
        config.stdout_output.enabled = false;
        let error = start(&config).unwrap_err();
        assert_eq!(error.to_string(), "output ops");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "this peregrine has no outputs of type webhook");
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
