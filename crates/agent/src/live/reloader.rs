//! Reloads: another configuration and other rules are read, compiled and prepared on a thread of their own, then
//! take the place of those that run. What is wrong with them changes nothing.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use peregrine_config::{Config, Values};

use super::Monitor;
use super::change::{Former, Preparation, Prepared};
use super::error::MonitorError;
use crate::notice::Notice;
use crate::reload::{Load, Next, Rejected, Remark, Trigger};

/// What a reload is made to.
struct Ready {
    config: Config,
    prepared: Prepared,
    remarks: Vec<Remark>,
}

/// A reload under way.
struct Job {
    trigger: Trigger,
    begin: Instant,
    /// The longest time this took between two polls.
    pause: Duration,
    stage: Stage,
}

/// What is done on another thread.
enum Stage {
    /// Rules are read, compiled and prepared.
    Building(JoinHandle<Result<Ready, Rejected>>),
    /// They have taken hold; what the former ones took is freed.
    Finishing(JoinHandle<Result<(), MonitorError>>),
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

    /// Takes a reload one step further, where it is time for one. To be called after a poll; it does not wait.
    pub(crate) fn tick(&mut self, monitor: &mut Monitor) {
        let begin = Instant::now();
        match self.job.take() {
            None => {
                if let Some(trigger) = self.requested.take() {
                    self.begin(monitor, trigger, begin);
                }
            }
            Some(Job { stage: Stage::Building(thread), trigger, begin: since, pause })
                if thread.is_finished() =>
            {
                match joined(thread) {
                    Ok(ready) => self.swap(monitor, trigger, since, pause, ready),
                    Err(rejected) => reject(monitor, trigger, rejected),
                }
            }
            Some(Job { stage: Stage::Finishing(thread), .. }) if thread.is_finished() => {
                if let Err(error) = joined(thread) {
                    monitor.report(&Notice::ReloadUnfinished { why: error.to_string() });
                }
            }
            Some(job) => {
                self.job = Some(job);
                return;
            }
        }
        let pause = begin.elapsed();
        if let Some(job) = &mut self.job {
            job.pause = job.pause.max(pause);
            if matches!(job.stage, Stage::Finishing(_)) {
                monitor.reloads_mut().paused(job.pause);
            }
        }
    }

    /// Has the next rules built.
    fn begin(&mut self, monitor: &mut Monitor, trigger: Trigger, begin: Instant) {
        let load = Arc::clone(&self.load);
        let started = monitor.preparation().map_err(|error| error.to_string());
        let started = started.and_then(|preparation| {
            spawn(move || build(&load, preparation)).map_err(|error| no_thread(&error))
        });
        match started {
            Ok(thread) => {
                let (pause, stage) = (Duration::ZERO, Stage::Building(thread));
                self.job = Some(Job { trigger, begin, pause, stage });
            }
            Err(why) => reject(monitor, trigger, Rejected { why, remarks: Vec::new() }),
        }
    }

    /// Has the next rules take hold.
    fn swap(
        &mut self,
        monitor: &mut Monitor,
        trigger: Trigger,
        begin: Instant,
        pause: Duration,
        ready: Ready,
    ) {
        let Ready { config, prepared, remarks } = ready;
        let rules = prepared.enabled();
        let former = match monitor.swap(prepared) {
            Ok(former) => former,
            Err(error) => {
                let why = error.to_string();
                return reject(monitor, trigger, Rejected { why, remarks });
            }
        };
        let took = begin.elapsed();
        monitor.reloads_mut().applied(took);
        match spawn(move || Former::finish(former)) {
            Ok(thread) => {
                let stage = Stage::Finishing(thread);
                self.job = Some(Job { trigger, begin, pause, stage });
            }
            Err(error) => monitor.report(&Notice::ReloadUnfinished { why: no_thread(&error) }),
        }
        report_remarks(monitor, remarks);
        let mut values = Values::new(&config);
        let keys = values.keep_until_restart(&self.values);
        self.values = values;
        if !keys.is_empty() {
            monitor.report(&Notice::RestartNeeded { keys });
        }
        monitor.report(&Notice::Reloaded { trigger, rules, took });
    }
}

/// Reads, compiles and prepares the next rules.
fn build(load: &Load, preparation: Preparation) -> Result<Ready, Rejected> {
    let Next { config, generation, remarks } = load()?;
    match preparation.prepare(generation) {
        Ok(prepared) => Ok(Ready { config, prepared, remarks }),
        Err(error) => Err(Rejected { why: error.to_string(), remarks }),
    }
}

fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name("reload".to_owned()).spawn(work)
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn no_thread(error: &io::Error) -> String {
    format!("cannot start a thread for it: {error}")
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
