//! The threads that act. Matches come to the first one, which plans, and does at once what takes no time (kill, stop)
//! as long as nothing slower comes before it in the response; the rest of the response is the second one's, so that no
//! slow action of one alert holds up the fast ones of another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use peregrine_act::{ActError, AskedBy, Host, Line, Signer, Step};
use peregrine_alert::AlertId;
use peregrine_config::Config;
use peregrine_config::model::RespondMode;
use peregrine_journal::{Anchor, FileStorage};
use peregrine_respond::{
    Admission, AfterCrash, Occurrence, OnFailure, Plan, PlannedAction, Planner, Response, Task,
};
use serde_json::{Value as Json, json};

use super::feed::{HitSink, ResponseFeed, ResponseHit};
use super::files::response_files;
use crate::live::MonitorError;

/// Matches that wait to be planned.
const WAITING: usize = 4096;
/// Responses that wait for slower ones.
const WAITING_SLOW: usize = 256;
/// How often lines of other programs are looked for.
const LOOK: Duration = Duration::from_millis(500);
/// How long a text is waited for that is being rendered.
const RENDERED: Duration = Duration::from_secs(1);

/// What becomes an alert.
#[derive(Debug, Clone)]
pub(crate) enum Report {
    /// A line of the account, whoever wrote it.
    Line(Box<Line>),
    /// An action that an alert has not enough for.
    Impossible { response: String, rule: String, alert: AlertId, action: &'static str, why: String },
    /// A response that acts too often.
    Stopped { response: String, rule: String, alert: AlertId, until_ns: u64 },
}

/// To the first thread.
enum Message {
    Hit(ResponseHit),
    /// The account has something new.
    Look,
    /// Nothing comes any more.
    End,
}

/// The rest of a response.
struct Rest {
    response: usize,
    of: Occurrence,
    message: Option<Receiver<String>>,
    actions: Vec<(usize, PlannedAction)>,
    /// An action before these failed.
    failed: bool,
}

/// The threads, and what comes back from them.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) responses: Arc<[Response]>,
    /// Whether they act.
    pub(crate) acts: bool,
    to: Option<SyncSender<Message>>,
    reports: Receiver<Report>,
    failures: Receiver<String>,
    missed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

/// Where the pipeline leaves matches.
struct Queue {
    to: SyncSender<Message>,
    missed: Arc<AtomicU64>,
}

impl HitSink for Queue {
    fn take(&mut self, hit: ResponseHit) {
        if let Err(TrySendError::Full(_)) = self.to.try_send(Message::Hit(hit)) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Signs with the key of the journal.
pub fn signer(config: &Config) -> Option<Signer> {
    let (folder, stem) = config.journal.key.parts();
    let anchor = Anchor { storage: FileStorage::new(&folder), stem };
    let signer = peregrine_journal::Signer::open(anchor).ok()?;
    Some(Box::new(move |hash: &[u8]| Ok(signer.sign(hash))))
}

impl Lane {
    /// Starts the threads, where the configuration has responses. To be called before rights are given up: acting takes
    /// more of them than monitoring.
    ///
    /// # Errors
    /// When the responses have mistakes, the store cannot be used, or there can be no thread.
    pub(crate) fn start(config: &Config) -> Result<Option<Self>, MonitorError> {
        let keys = &config.respond;
        if keys.files.is_empty() {
            return Ok(None);
        }
        let responses: Arc<[Response]> = response_files(&keys.files)?.0.into();
        let acts = keys.mode == RespondMode::On;
        let fast = Host::open(&keys.path, None)?;
        let slow = fast.beside(signer(config))?;
        let (to, messages) = sync_channel(WAITING);
        let (to_slow, rests) = sync_channel(WAITING_SLOW);
        let (reports_out, reports) = channel();
        let (failures_out, failures) = channel();
        let wake = to.clone();
        let worker = Slow { host: slow, responses: Arc::clone(&responses), wake };
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        named("slow responses")
            .spawn(move || worker.run(&rests))
            .map_err(MonitorError::ResponseThreads)?;
        let worker = Fast {
            host: fast,
            planner: Planner::new(Arc::clone(&responses)),
            acts,
            slow: to_slow,
            reports: reports_out,
            failures: failures_out,
            cursor: keys.path.join("reported"),
        };
        let thread = named("responses")
            .spawn(move || worker.run(&messages))
            .map_err(MonitorError::ResponseThreads)?;
        let missed = Arc::default();
        let (to, thread) = (Some(to), Some(thread));
        Ok(Some(Self { responses, acts, to, reports, failures, missed, thread }))
    }

    /// What the pipeline passes matches to.
    pub(crate) fn feed(&self) -> Option<ResponseFeed> {
        let queue = Queue { to: self.to.clone()?, missed: Arc::clone(&self.missed) };
        Some(ResponseFeed::new(Arc::clone(&self.responses), Box::new(queue)))
    }

    /// What is to become alerts since this was asked last.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.reports.try_iter().collect()
    }

    /// Why the account could not be kept, since this was asked last.
    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.try_iter().collect()
    }

    /// Matches that found no room since this was asked last.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }

    /// Waits until what is fast is done; nothing is passed to it any more.
    pub(crate) fn finish(&mut self) -> Vec<Report> {
        if let Some(to) = self.to.take() {
            // Where nobody is there any more nothing has to end.
            let _ = to.send(Message::End);
        }
        if let Some(thread) = self.thread.take() {
            // It panics nowhere; where it did there is nothing to wait for.
            let _ = thread.join();
        }
        self.reports()
    }
}

fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

fn asked_by(response: &Response, of: &Occurrence) -> AskedBy {
    AskedBy::Response {
        response: response.name.clone(),
        rule: of.rule.clone(),
        host: of.alert.host.clone(),
        alert: of.alert.sequence,
        finish: response.after_crash == AfterCrash::Finish,
    }
}

/// The first thread.
struct Fast {
    host: Host,
    planner: Planner,
    acts: bool,
    slow: SyncSender<Rest>,
    reports: Sender<Report>,
    failures: Sender<String>,
    /// Where it is kept how far the account has become alerts.
    cursor: PathBuf,
}

impl Fast {
    fn run(mut self, messages: &Receiver<Message>) {
        let position = std::fs::read_to_string(&self.cursor).unwrap_or_default();
        let position = position.trim().parse().unwrap_or(0);
        let begun = self.host.ledger().read_from(position).and_then(|()| self.host.recover());
        self.check(begun.map(drop));
        self.publish();
        loop {
            match messages.recv_timeout(LOOK) {
                Ok(Message::Hit(hit)) => self.hit(hit),
                Ok(Message::Look) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => break,
            }
            self.publish();
        }
    }

    fn check(&self, done: Result<(), ActError>) {
        if let Err(error) = done {
            // Whoever reports it may have ended.
            let _ = self.failures.send(error.to_string());
        }
    }

    /// Has what is new in the account become alerts.
    fn publish(&mut self) {
        match self.host.ledger().news() {
            Ok(lines) if lines.is_empty() => {}
            Ok(lines) => {
                for line in lines {
                    let _ = self.reports.send(Report::Line(Box::new(line)));
                }
                let position = self.host.ledger().position();
                self.check(keep(&self.cursor, position));
            }
            Err(error) => self.check(Err(error)),
        }
    }

    fn hit(&mut self, hit: ResponseHit) {
        let ResponseHit { occurrence: of, mut message } = hit;
        for plan in self.planner.plan(&of, now_ns()) {
            let Some(response) = self.planner.responses().get(plan.response).cloned() else {
                continue;
            };
            let Plan { response: number, admission, actions } = plan;
            if let Admission::TooMany { until_ns, first: true } = admission {
                let (rule, alert) = (of.rule.clone(), of.alert.clone());
                let response = response.name.clone();
                let _ = self.reports.send(Report::Stopped { response, rule, alert, until_ns });
            }
            let acts = self.acts && !response.dry_run;
            if acts {
                actions.iter().flatten().for_each(|task| self.host.hold(task));
            }
            let mut rest: Vec<(usize, PlannedAction)> = Vec::new();
            let mut failed = false;
            for (at, action) in actions.into_iter().enumerate() {
                let action = match action {
                    Ok(task) if rest.is_empty() && task.is_fast() => task,
                    Ok(task) if !acts => task,
                    other => {
                        rest.push((at, other));
                        continue;
                    }
                };
                let asked = asked_by(&response, &of);
                let done = if !acts {
                    self.host.note(Step::DryRun, action, asked, String::new())
                } else if failed && response.on_failure == OnFailure::Stop {
                    let why = "an action before it failed".to_owned();
                    self.host.note(Step::Skipped, action, asked, why)
                } else {
                    self.host.act(action, asked, &Json::Null)
                };
                failed |= done.as_ref().is_ok_and(|line| line.step == Step::Failed);
                self.check(done.map(drop));
            }
            // What cannot be done needs no other thread to be said.
            rest.retain(|(at, action)| match action {
                Ok(_) => true,
                Err(why) => {
                    let action = response.actions.get(*at).map_or("", |action| action.name());
                    let (rule, alert) = (of.rule.clone(), of.alert.clone());
                    let (response, why) = (response.name.clone(), why.to_string());
                    let report = Report::Impossible { response, rule, alert, action, why };
                    let _ = self.reports.send(report);
                    failed = true;
                    false
                }
            });
            if rest.is_empty() {
                continue;
            }
            let of = of.clone();
            let rest =
                Rest { response: number, of, message: message.take(), actions: rest, failed };
            if let Err(TrySendError::Full(rest)) = self.slow.try_send(rest) {
                self.leave_out(&response, rest);
            }
        }
    }

    /// Writes down that too many wait.
    fn leave_out(&mut self, response: &Response, rest: Rest) {
        for task in rest.actions.into_iter().filter_map(|(_, action)| action.ok()) {
            let why = "too many actions wait".to_owned();
            let noted = self.host.note(Step::Skipped, task, asked_by(response, &rest.of), why);
            self.check(noted.map(drop));
        }
    }
}

/// Keeps how far the account has become alerts.
fn keep(path: &Path, position: u64) -> Result<(), ActError> {
    let new = path.with_extension("new");
    let kept =
        std::fs::write(&new, format!("{position}\n")).and_then(|()| std::fs::rename(&new, path));
    kept.map_err(|source| ActError::System { what: path.display().to_string(), source })
}

/// The second thread.
struct Slow {
    host: Host,
    responses: Arc<[Response]>,
    wake: SyncSender<Message>,
}

impl Slow {
    fn run(mut self, rests: &Receiver<Rest>) {
        for rest in rests {
            self.rest(rest);
        }
    }

    fn rest(&mut self, rest: Rest) {
        let Rest { response, mut of, message, actions, mut failed } = rest;
        let Some(response) = self.responses.get(response).cloned() else { return };
        if let Some(message) = message {
            of.message = message.recv_timeout(RENDERED).unwrap_or_default();
        }
        let about = json!({
            "alert": format!("{}:{}", of.alert.host, of.alert.sequence), "rule": of.rule,
            "time_ns": of.time_ns, "tags": of.tags, "output": of.message, "response": response.name,
        });
        for (at, planned) in actions {
            // With the output, which was not there when it was planned.
            let again = response.actions.get(at).and_then(|action| action.plan(&of).ok());
            let Some(task): Option<Task> = again.or_else(|| planned.ok()) else { continue };
            let asked = asked_by(&response, &of);
            let done = if failed && response.on_failure == OnFailure::Stop {
                let why = "an action before it failed".to_owned();
                self.host.note(Step::Skipped, task, asked, why)
            } else {
                self.host.act(task, asked, &about)
            };
            failed |= done.is_ok_and(|line| line.step == Step::Failed);
            // The first one looks soon where this finds no room.
            let _ = self.wake.try_send(Message::Look);
        }
    }
}
