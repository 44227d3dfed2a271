//! Reloads: another configuration, other rules and outputs are read, compiled and prepared on a thread of their own, then
//! take the place of those that run. What is wrong with them changes nothing.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use peregrine_alert::Priority;
use peregrine_config::{Config, EngineKind};
use peregrine_control::{ReloadAnswer, ReloadPlan};

use super::Monitor;
use super::change::{Former, Preparation, Prepared};
use super::error::MonitorError;
use super::reports::{PreparedReports, Reports, ReportsPreparation};
use crate::guard::Guard;
use crate::notice::Notice;
use crate::reload::{
    Applied, Asked, FileWatch, Gate, Load, Next, Outline, Rejected, Remark, Trigger, WatchList,
    Watched,
};
use crate::respond::ResponseSet;

/// What a reload is made to.
struct Ready {
    prepared: Prepared,
    reports: PreparedReports,
    responses: Option<ResponseSet>,
    outline: Outline,
    plan: ReloadPlan,
    remarks: Vec<Remark>,
    applied: Applied,
}

/// A reload under way.
struct Job {
    trigger: Trigger,
    begin: Instant,
    /// The longest time this took between two polls.
    pause: Duration,
    asked: Vec<Asked>,
    stage: Stage,
}

/// What is done on another thread.
enum Stage {
    /// What would change is found out.
    Planning(JoinHandle<Result<(ReloadPlan, Vec<Remark>), Rejected>>),
    /// Rules are read, compiled and prepared.
    Building(JoinHandle<Result<Ready, Rejected>>),
    /// They have taken hold; what the former ones took is freed.
    Finishing(JoinHandle<Result<(), MonitorError>>),
}

/// Carries reloads out, one after the other.
pub(crate) struct Reloader {
    load: Load,
    /// What runs: of keys that need a restart with the values of the start.
    running: Arc<Outline>,
    files: Option<FileWatch>,
    gate: Gate,
    guard: Option<Arc<Guard>>,
    job: Option<Job>,
    /// Requested while a reload is under way: files may have changed after it read them.
    requested: Option<Trigger>,
}

impl Reloader {
    /// `config` and the rules of the monitor are those that run. Where the configuration says so `watched` are
    /// watched for changes.
    pub(crate) fn new(
        config: &Config,
        monitor: &mut Monitor,
        watched: &[Watched],
        load: Load,
    ) -> Self {
        let files = match FileWatch::start() {
            Ok(files) => {
                files.list().set(if config.watch_config_files { watched } else { &[] });
                Some(files)
            }
            Err(error) => {
                monitor.report(&Notice::FilesUnwatched { why: error.to_string() });
                None
            }
        };
        let running = Arc::new(Outline::new(config, monitor.generation()));
        Self {
            load,
            running,
            files,
            gate: Gate::default(),
            guard: None,
            job: None,
            requested: None,
        }
    }

    /// Has other policies take hold together with other rules.
    pub(crate) fn with_guard(mut self, guard: Option<Arc<Guard>>) -> Self {
        self.guard = guard;
        self
    }

    /// Where other threads ask for reloads.
    pub(crate) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Requests a reload.
    pub(crate) fn request(&mut self, trigger: Trigger) {
        self.requested = Some(trigger);
    }

    /// Whether other rules are on their way. What only would change does not count.
    pub(crate) fn is_reloading(&self) -> bool {
        self.job.as_ref().is_some_and(|job| !matches!(job.stage, Stage::Planning(_)))
    }

    /// Takes a reload one step further, where it is time for one. To be called after a poll; it does not wait.
    pub(super) fn tick(&mut self, monitor: &mut Monitor, reports: &mut Reports) {
        let begin = Instant::now();
        if self.files.as_ref().is_some_and(FileWatch::take_changed) {
            self.request(Trigger::Files);
        }
        match self.job.take() {
            None => self.begin(monitor, reports, begin),
            Some(job) if !job.stage.is_done() => {
                self.job = Some(job);
                return;
            }
            Some(job) => self.go_on(monitor, reports, job),
        }
        let pause = begin.elapsed();
        if let Some(job) = &mut self.job {
            job.pause = job.pause.max(pause);
            if matches!(job.stage, Stage::Finishing(_)) {
                monitor.reloads_mut().paused(job.pause);
            }
        }
    }

    /// Waits for the end of a reload that has taken hold.
    pub(crate) fn finish(self, monitor: &mut Monitor) {
        if let Some(Job { stage: Stage::Finishing(thread), .. }) = self.job
            && let Err(error) = joined(thread)
        {
            monitor.report(&Notice::ReloadUnfinished { why: error.to_string() });
        }
    }

    /// Begins what was requested.
    fn begin(&mut self, monitor: &mut Monitor, reports: &Reports, begin: Instant) {
        let (dry, mut asked): (Vec<Asked>, Vec<Asked>) =
            self.gate.take().into_iter().partition(|asked| asked.dry_run);
        let trigger =
            self.requested.take().or_else(|| (!asked.is_empty()).then_some(Trigger::Request));
        if trigger.is_none() && dry.is_empty() {
            return;
        }
        let (load, running) = (Arc::clone(&self.load), Arc::clone(&self.running));
        let started = if trigger.is_some() {
            self.gate.put_back(dry);
            let list = self.files.as_ref().map(FileWatch::list);
            let guard = self.guard.clone();
            let started = monitor.preparation().map_err(|error| error.to_string());
            let reports = reports.preparation();
            let answers = monitor.has_lane();
            started.and_then(|preparation| {
                let work = move || {
                    let kernel = (preparation, reports);
                    let beside = Beside { list: list.as_ref(), guard: guard.as_deref(), answers };
                    build(&load, &running, kernel, &beside)
                };
                spawn(work).map(Stage::Building).map_err(|error| no_thread(&error))
            })
        } else {
            asked = dry;
            let work = move || plan(&load, &running);
            spawn(work).map(Stage::Planning).map_err(|error| no_thread(&error))
        };
        match started {
            Ok(stage) => {
                let trigger = trigger.unwrap_or(Trigger::Request);
                self.job = Some(Job { trigger, begin, pause: Duration::ZERO, asked, stage });
            }
            Err(why) => {
                let rejected = Rejected { why, remarks: Vec::new() };
                reject(monitor, trigger.unwrap_or(Trigger::Request), asked, rejected);
            }
        }
    }

    /// Goes on with what another thread has done.
    fn go_on(&mut self, monitor: &mut Monitor, reports: &mut Reports, job: Job) {
        let Job { trigger, begin, pause, asked, stage } = job;
        match stage {
            Stage::Planning(thread) => {
                let planned = joined(thread);
                let answer = planned.map(|(plan, remarks)| answer(false, begin, plan, &remarks));
                answer_all(asked, &answer);
            }
            Stage::Building(thread) => match joined(thread) {
                Ok(ready) => {
                    self.swap((monitor, reports), (trigger, begin, pause), asked, ready);
                }
                Err(rejected) => reject(monitor, trigger, asked, rejected),
            },
            Stage::Finishing(thread) => {
                if let Err(error) = joined(thread) {
                    monitor.report(&Notice::ReloadUnfinished { why: error.to_string() });
                }
            }
        }
    }

    /// Has the next rules take hold.
    fn swap(
        &mut self,
        (monitor, reports): (&mut Monitor, &mut Reports),
        (trigger, begin, pause): (Trigger, Instant, Duration),
        asked: Vec<Asked>,
        ready: Ready,
    ) {
        let Ready {
            prepared,
            reports: next_reports,
            responses,
            mut outline,
            plan,
            remarks,
            applied,
        } = ready;
        let rules = prepared.enabled();
        let former = match monitor.swap(prepared) {
            Ok(former) => former,
            Err(error) => {
                let rejected = Rejected { why: error.to_string(), remarks };
                return reject(monitor, trigger, asked, rejected);
            }
        };
        let former_reports = reports.swap(next_reports);
        if let Some(responses) = responses {
            monitor.replace_responses(responses);
        }
        let took = begin.elapsed();
        monitor.reloads_mut().applied(took);
        let applied: Box<dyn FnOnce() + Send> = match applied {
            Applied::Call(call) => call,
            Applied::WithMetrics(call) => {
                let metrics = monitor.metrics();
                Box::new(move || call(&metrics))
            }
        };
        let finish = move || {
            applied();
            drop(former_reports);
            Former::finish(former)
        };
        match spawn(finish) {
            Ok(thread) => {
                let stage = Stage::Finishing(thread);
                self.job = Some(Job { trigger, begin, pause, asked: Vec::new(), stage });
            }
            Err(error) => monitor.report(&Notice::ReloadUnfinished { why: no_thread(&error) }),
        }
        let answer = answer(true, begin, plan, &remarks);
        report_remarks(monitor, remarks);
        let mut keys = outline.keep_until_restart(&self.running);
        // Of some keys it depends on what was started.
        keys.extend(answer.plan.restart.iter().filter(|key| *key == RESPONSES).cloned());
        self.running = Arc::new(outline);
        if !keys.is_empty() {
            monitor.report(&Notice::RestartNeeded { keys });
        }
        let plan = answer.plan.clone();
        monitor.report(&Notice::Reloaded { trigger, rules, took, plan });
        answer_all(asked, &Ok(answer));
    }
}

impl Stage {
    fn is_done(&self) -> bool {
        match self {
            Self::Planning(thread) => thread.is_finished(),
            Self::Building(thread) => thread.is_finished(),
            Self::Finishing(thread) => thread.is_finished(),
        }
    }
}

/// Finds out what would change.
fn plan(load: &Load, running: &Outline) -> Result<(ReloadPlan, Vec<Remark>), Rejected> {
    let Next { config, generation, remarks, .. } = load()?;
    responses(&config, &remarks)?;
    Ok((running.plan(&Outline::new(&config, &generation)), remarks))
}

/// Reads the next responses.
fn responses(config: &Config, remarks: &[Remark]) -> Result<ResponseSet, Rejected> {
    ResponseSet::read(config).map_err(|error| {
        let mistakes = error.0.iter();
        let errors =
            mistakes.map(|mistake| Remark { level: Priority::Error, text: mistake.to_string() });
        let remarks = remarks.iter().cloned().chain(errors).collect();
        Rejected { why: error.first(), remarks }
    })
}

/// The files of responses, in the configuration. Without any at the start nobody has the rights to act.
const RESPONSES: &str = "respond.files";

/// What else runs.
struct Beside<'b> {
    list: Option<&'b WatchList>,
    guard: Option<&'b Guard>,
    /// Whether alerts are answered.
    answers: bool,
}

/// Reads, compiles and prepares the next rules.
fn build(
    load: &Load,
    running: &Outline,
    (preparation, reports): (Preparation, ReportsPreparation),
    Beside { list, guard, answers }: &Beside<'_>,
) -> Result<Ready, Rejected> {
    // Links may lead elsewhere now; what changes from here on asks for the next reload.
    if let Some(list) = list {
        list.again();
    }
    let Next { config, generation, remarks, watched, applied } = load()?;
    if let Some(list) = list {
        list.set(if config.watch_config_files { &watched } else { &[] });
    }
    let outline = Outline::new(&config, &generation);
    let mut plan = running.plan(&outline);
    let responses = responses(&config, &remarks)?;
    if !answers && !config.respond.files.is_empty() && config.engine.kind != EngineKind::NoDriver {
        plan.restart.push(RESPONSES.to_owned());
    }
    let policies = generation.guard.clone();
    if policies.is_some() && guard.is_none() {
        plan.restart.push("guard.policies".to_owned());
    }
    // What cannot be opened is found before the kernel emits more.
    let prepared = reports
        .prepare(&config)
        .and_then(|reports| Ok((preparation.prepare(generation, &config)?, reports)));
    let (prepared, reports) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Err(Rejected { why: with_sources(&error), remarks }),
    };
    if let Some(guard) = guard
        && let Err(why) = guard.load(&config, policies.unwrap_or_default())
    {
        return Err(Rejected { why, remarks });
    }
    let responses = answers.then_some(responses);
    Ok(Ready { prepared, reports, responses, outline, plan, remarks, applied })
}

/// An error and its sources, on one line.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let _ = write!(text, ": {source}");
        next = source.source();
    }
    text
}

fn answer(applied: bool, begin: Instant, plan: ReloadPlan, remarks: &[Remark]) -> ReloadAnswer {
    let warnings = remarks.iter().filter(|remark| remark.level <= Priority::Warning);
    ReloadAnswer {
        applied,
        took_seconds: begin.elapsed().as_secs_f64(),
        plan,
        warnings: warnings.map(|remark| remark.text.clone()).collect(),
    }
}

fn answer_all(asked: Vec<Asked>, answer: &Result<ReloadAnswer, Rejected>) {
    for asked in asked {
        asked.answer(answer.clone());
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
fn reject(monitor: &mut Monitor, trigger: Trigger, asked: Vec<Asked>, rejected: Rejected) {
    answer_all(asked, &Err(rejected.clone()));
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
