//! Where alerts go: one file per channel, each behind a bounded queue and a thread of its own.
//!
//! In: [`Alert`]s, through [`Outputs::deliver`], which never waits. Out: lines on stdout and in files,
//! and an account of what was written, dropped and failed.
//! Never: an output that hangs or fails and stops the pipeline or another output; a loss that is
//! not counted and told.

mod file;
mod lane;
mod lines;
mod notice;
mod stdout;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use peregrine_alert::{Alert, AlertSink, Form, Sequence};

pub use lane::{Account, Channel};
pub use notice::OutputNotice;

use crate::lane::Lane;

/// Takes what outputs have to say about themselves.
pub type Notify = Arc<dyn Fn(&OutputNotice) + Send + Sync>;

/// One output to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Lines on stdout.
    Stdout,
    /// Lines at the end of a file.
    File {
        /// The file; made where it is missing.
        path: PathBuf,
        /// Kept open, or opened anew for every alert (so that it may be moved away).
        keep_open: bool,
    },
}

/// How outputs are made.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What a line holds.
    pub form: Form,
    /// Alerts that may wait for one output; 0: any number.
    pub capacity: usize,
    /// Bytes of memory that alerts may take which wait for one output.
    pub bytes: usize,
    /// Whether lines are written when many have come, instead of one by one.
    pub buffered: bool,
}

/// All outputs.
#[derive(Debug)]
pub struct Outputs {
    lanes: Vec<Lane>,
}

impl Outputs {
    /// Starts every output on a thread of its own. `sequence` numbers the alerts about lost ones.
    ///
    /// # Errors
    /// When a file cannot be opened or a thread not be started: better known at the start.
    pub fn start(
        targets: &[Target],
        options: &Options,
        sequence: &Arc<Sequence>,
        notify: &Notify,
    ) -> std::io::Result<Self> {
        let mut lanes = Vec::new();
        for target in targets {
            let channel: Box<dyn Channel> = match target {
                Target::Stdout => Box::new(stdout::Stdout::new()?),
                Target::File { path, keep_open } => Box::new(file::File::open(path, *keep_open)?),
            };
            lanes.push(Lane::start(channel, options, Arc::clone(sequence), Arc::clone(notify))?);
        }
        Ok(Self { lanes })
    }

    /// Has every output let go of its file and open it anew, before the next line: it was moved away.
    pub fn reopen(&self) {
        self.lanes.iter().for_each(Lane::reopen);
    }

    /// How many alerts each output lost so far, by its name.
    pub fn lost(&self) -> impl Iterator<Item = (&str, u64)> {
        self.lanes.iter().map(|lane| (lane.name(), lane.lost()))
    }

    /// Waits for every output to finish, `patience` at most, and accounts for each.
    pub fn close(self, patience: Duration) -> Vec<Account> {
        let end = std::time::Instant::now() + patience;
        let closing: Vec<_> = self.lanes.into_iter().map(Lane::hang_up).collect();
        closing.into_iter().map(|lane| lane.finish(end)).collect()
    }
}

impl AlertSink for Outputs {
    /// Gives an alert to every output. Where an output's queue is full it is dropped there, counted
    /// and told.
    fn deliver(&mut self, alert: Arc<Alert>) {
        let weight = alert.weight();
        for lane in &self.lanes {
            lane.send(&alert, weight);
        }
    }
}
