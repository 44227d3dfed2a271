//! Reloads: another configuration and other rules are read and compiled on a thread of their own, then take
//! the place of those that run. What is wrong with them changes nothing.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use peregrine_config::{Config, Values};

use super::Monitor;
use crate::notice::Notice;
use crate::reload::{Load, Next, Rejected, Remark, Trigger};

/// A reload under way.
struct Job {
    trigger: Trigger,
    begin: Instant,
    thread: JoinHandle<Result<Next, Rejected>>,
}

/// Carries reloads out, one after the other.
pub(crate) struct Reloader {
    load: Load,
    /// The values that hold: of keys that need a restart those of the start.
    values: Values,
    job: Option<Job>,
    /// Requested while a reload is under way: files may have changed after it read them.
    requested: Option<Trigger>,
}

impl Reloader {
    /// `config` is the configuration that runs.
    pub(crate) fn new(config: &Config, load: Load) -> Self {
        Self { load, values: Values::new(config), job: None, requested: None }
    }

    /// Requests a reload.
    pub(crate) fn request(&mut self, trigger: Trigger) {
        self.requested = Some(trigger);
    }

    /// Begins a reload that was requested, or applies one that is ready. To be called between two polls; it
    /// does not wait for files.
    pub(crate) fn tick(&mut self, monitor: &mut Monitor) {
        if let Some(job) = self.job.take_if(|job| job.thread.is_finished()) {
            let Job { trigger, begin, thread } = job;
            let loaded = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match loaded {
                Ok(next) => self.apply(monitor, trigger, begin, next),
                Err(rejected) => reject(monitor, trigger, rejected),
            }
        }
        if self.job.is_none()
            && let Some(trigger) = self.requested.take()
        {
            match self.begin() {
                Ok(thread) => self.job = Some(Job { trigger, begin: Instant::now(), thread }),
                Err(error) => {
                    let why = format!("cannot start the thread that reads the rules: {error}");
                    reject(monitor, trigger, Rejected { why, remarks: Vec::new() });
                }
            }
        }
    }

    fn begin(&self) -> io::Result<JoinHandle<Result<Next, Rejected>>> {
        let load = Arc::clone(&self.load);
        std::thread::Builder::new().name("reload".to_owned()).spawn(move || load())
    }

    fn apply(&mut self, monitor: &mut Monitor, trigger: Trigger, begin: Instant, next: Next) {
        let Next { config, generation, remarks } = next;
        let rules = generation.enabled();
        if let Err(error) = monitor.apply(generation) {
            return reject(monitor, trigger, Rejected { why: error.to_string(), remarks });
        }
        report_remarks(monitor, remarks);
        let mut values = Values::new(&config);
        let keys = values.keep_until_restart(&self.values);
        self.values = values;
        if !keys.is_empty() {
            monitor.report(&Notice::RestartNeeded { keys });
        }
        let took = begin.elapsed();
        monitor.reloads_mut().applied(took);
        monitor.report(&Notice::Reloaded { trigger, rules, took });
    }
}

/// Says why everything stays as it was.
fn reject(monitor: &mut Monitor, trigger: Trigger, rejected: Rejected) {
    let Rejected { why, remarks } = rejected;
    report_remarks(monitor, remarks);
    monitor.reloads_mut().rejected(&why);
    monitor.report(&Notice::ReloadRejected { trigger, why });
}

fn report_remarks(monitor: &mut Monitor, remarks: Vec<Remark>) {
    for remark in remarks {
        monitor.report(&Notice::ReloadRemark(remark));
    }
}
