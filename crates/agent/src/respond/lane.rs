//! The threads that act. Matches come to the first one, which plans, and does at once what takes no time (kill, stop)
//! as long as nothing slower comes before it in the response; the rest of the response is the second one's, so that no
//! slow action of one alert holds up the fast ones of another.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use peregrine_act::{ActError, Bounds, Host, Line, Step};
use peregrine_alert::AlertId;
use peregrine_config::Config;
use peregrine_config::model::RespondMode;
use peregrine_respond::{Admission, OnFailure, Plan, PlannedAction, Planner, Response};
use serde_json::Value as Json;

use super::feed::{HitSink, ResponseFeed, ResponseHit};
use super::files::{ResponseFilesError, response_files};
use super::host::{bounds, open_host, signer};
use super::slow::{Account, Later, Rest, Slow, asked_by};
use crate::live::MonitorError;

/// Matches that wait to be planned.
const WAITING: usize = 4096;
/// Responses that wait for slower ones.
const WAITING_SLOW: usize = 256;
/// How often lines of other programs are looked for.
const LOOK: Duration = Duration::from_millis(500);

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
#[expect(clippy::large_enum_variant, reason = "nearly all are matches")]
enum Message {
    /// A match, with what answers it: other responses take hold with the first match they are asked about.
    Hit(ResponseHit, Arc<ResponseSet>),
    /// The account has something new.
    Look,
    /// Nothing comes any more.
    End,
}

/// What alerts are answered with.
#[derive(Debug)]
pub(crate) struct ResponseSet {
    pub(crate) responses: Arc<[Response]>,
    /// Whether they act.
    pub(crate) acts: bool,
    bounds: Bounds,
}

impl ResponseSet {
    /// That of a configuration.
    ///
    /// # Errors
    /// All mistakes of its files.
    pub(crate) fn read(config: &Config) -> Result<Self, ResponseFilesError> {
        let responses = response_files(&config.respond.files)?.0.into();
        let acts = config.respond.mode == RespondMode::On;
        Ok(Self { responses, acts, bounds: bounds(config) })
    }

    /// Whether some are to act within milliseconds.
    pub(crate) fn is_fast(&self) -> bool {
        self.acts && self.responses.iter().any(Response::is_fast)
    }
}

/// The threads, and what comes back from them.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) set: Arc<ResponseSet>,
    bounds: Arc<Mutex<Bounds>>,
    to: Option<SyncSender<Message>>,
    reports: Receiver<Report>,
    failures: Receiver<String>,
    missed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

/// Where the pipeline leaves matches.
struct Queue {
    set: Arc<ResponseSet>,
    to: SyncSender<Message>,
    missed: Arc<AtomicU64>,
}

impl HitSink for Queue {
    fn take(&mut self, hit: ResponseHit) {
        let hit = Message::Hit(hit, Arc::clone(&self.set));
        if let Err(TrySendError::Full(_)) = self.to.try_send(hit) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
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
        let set = Arc::new(ResponseSet::read(config)?);
        let fast = open_host(config)?;
        let slow = fast.beside(signer(config))?;
        let (to, messages) = sync_channel(WAITING);
        let (to_slow, rests) = sync_channel(WAITING_SLOW);
        let (reports_out, reports) = channel();
        let (failures_out, failures) = channel();
        let messages_in = to.clone();
        // The first one looks soon where this finds no room.
        let wake = Box::new(move || _ = messages_in.try_send(Message::Look));
        let bounds = Arc::new(Mutex::new(set.bounds));
        let cursor = keys.path.join("reported");
        let worker = Slow {
            host: slow,
            wake,
            failures: failures_out.clone(),
            account: Account::new(&keys.path, Arc::clone(&bounds)),
        };
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        named("slow responses")
            .spawn(move || worker.run(&rests))
            .map_err(MonitorError::ResponseThreads)?;
        let worker = Fast {
            host: fast,
            planner: Planner::new(Arc::clone(&set.responses)),
            set: Arc::clone(&set),
            slow: to_slow,
            reports: reports_out,
            failures: failures_out,
            cursor,
        };
        let thread = named("responses")
            .spawn(move || worker.run(&messages))
            .map_err(MonitorError::ResponseThreads)?;
        let missed = Arc::default();
        let (to, thread) = (Some(to), Some(thread));
        Ok(Some(Self { set, bounds, to, reports, failures, missed, thread }))
    }

    /// What the pipeline passes matches to.
    pub(crate) fn feed(&self) -> Option<ResponseFeed> {
        let (set, missed) = (Arc::clone(&self.set), Arc::clone(&self.missed));
        let queue = Queue { to: self.to.clone()?, set, missed };
        let feed = ResponseFeed::new(Arc::clone(&self.set.responses), Box::new(queue));
        Some(feed.acting(self.set.acts))
    }

    /// Answers with other responses whoever is fed by [`Self::feed`] from now on. What is under way, and what responses
    /// of the same names did lately, stays.
    pub(crate) fn replace(&mut self, set: ResponseSet) {
        *self.bounds.lock().unwrap_or_else(PoisonError::into_inner) = set.bounds;
        self.set = Arc::new(set);
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

/// The first thread.
struct Fast {
    host: Host,
    planner: Planner,
    set: Arc<ResponseSet>,
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
                Ok(Message::Hit(hit, set)) => {
                    if !Arc::ptr_eq(&self.set, &set) {
                        self.planner.replace(Arc::clone(&set.responses));
                        self.set = set;
                    }
                    self.hit(hit);
                }
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
        let ResponseHit { occurrence: of, message, events } = hit;
        // More than one response may wait for them.
        let (message, events) = (message.map(Later::new), events.map(Later::new));
        for plan in self.planner.plan(&of, now_ns()) {
            let Some(response) = self.planner.responses().get(plan.response).cloned() else {
                continue;
            };
            let Plan { admission, actions, .. } = plan;
            if let Admission::TooMany { until_ns, first: true } = admission {
                let (rule, alert) = (of.rule.clone(), of.alert.clone());
                let response = response.name.clone();
                let _ = self.reports.send(Report::Stopped { response, rule, alert, until_ns });
            }
            let acts = self.set.acts && !response.dry_run;
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
            let (message, events) = (message.clone(), events.clone());
            let rest = Rest { response, of, message, events, actions: rest, failed };
            if let Err(TrySendError::Full(rest)) = self.slow.try_send(rest) {
                self.leave_out(rest);
            }
        }
    }

    /// Writes down that too many wait.
    fn leave_out(&mut self, rest: Rest) {
        for task in rest.actions.into_iter().filter_map(|(_, action)| action.ok()) {
            let why = "too many actions wait".to_owned();
            let noted =
                self.host.note(Step::Skipped, task, asked_by(&rest.response, &rest.of), why);
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
