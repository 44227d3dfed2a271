//! The thread for what takes longer: it does the rest of responses, and makes the account smaller.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use peregrine_act::{ActError, AskedBy, Bounds, Host, RecentEvents, Step};
use peregrine_respond::{AfterCrash, Occurrence, OnFailure, PlannedAction, Response, Task};
use serde_json::json;

/// How long a text is waited for that is being rendered.
const RENDERED: Duration = Duration::from_secs(1);
/// How long a capture is waited for that is being written.
const CAPTURED: Duration = Duration::from_secs(10);
/// How often it is looked whether the account is larger than it may be, and how often whether some of it is older.
const LOOK: Duration = Duration::from_secs(10);
const LOOK_AT_AGE: Duration = Duration::from_hours(1);

/// What comes later, for all who wait for it.
#[derive(Debug)]
pub(super) struct Later<T> {
    from: Mutex<Receiver<T>>,
    came: OnceLock<Option<T>>,
}

impl<T: Clone> Later<T> {
    pub(super) fn new(from: Receiver<T>) -> Arc<Self> {
        Arc::new(Self { from: Mutex::new(from), came: OnceLock::new() })
    }

    /// Waits for it; none where it does not come in time.
    fn get(&self, most: Duration) -> Option<T> {
        let wait = || {
            let from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
            from.recv_timeout(most).ok()
        };
        self.came.get_or_init(wait).clone()
    }
}

/// The rest of a response.
pub(super) struct Rest {
    pub(super) response: Response,
    pub(super) of: Occurrence,
    /// The output, once it is rendered.
    pub(super) message: Option<Arc<Later<String>>>,
    /// The capture of what led to the event, once it is complete.
    pub(super) events: Option<Arc<Later<PathBuf>>>,
    pub(super) actions: Vec<(usize, PlannedAction)>,
    /// An action before these failed.
    pub(super) failed: bool,
}

pub(super) fn asked_by(response: &Response, of: &Occurrence) -> AskedBy {
    AskedBy::Response {
        response: response.name.clone(),
        rule: of.rule.clone(),
        host: of.alert.host.clone(),
        alert: of.alert.sequence,
        finish: response.after_crash == AfterCrash::Finish,
    }
}

/// The second thread.
pub(super) struct Slow {
    pub(super) host: Host,
    /// Has what is new in the account become alerts.
    pub(super) wake: Box<dyn Fn() + Send>,
    pub(super) failures: Sender<String>,
    pub(super) account: Account,
}

/// When the account is made smaller.
pub(super) struct Account {
    path: PathBuf,
    /// Where it is kept how far the account has become alerts.
    cursor: PathBuf,
    bounds: Arc<Mutex<Bounds>>,
    /// Bytes it had when that was done last, and when.
    before: Option<(u64, Instant)>,
}

impl Account {
    pub(super) fn new(folder: &Path, bounds: Arc<Mutex<Bounds>>) -> Self {
        let (path, cursor) = (folder.join("ledger.jsonl"), folder.join("reported"));
        Self { path, cursor, bounds, before: None }
    }

    /// Makes it smaller where it is time for that.
    fn look(&mut self, host: &mut Host) -> Result<(), ActError> {
        let size = || std::fs::metadata(&self.path).map_or(0, |meta| meta.len());
        let bounds = *self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let now = size();
        let due = self.before.is_none_or(|(before, at)| {
            // What holds may be more than the bound: then it is read again once it has grown.
            (now > bounds.size && now > before.saturating_add(bounds.size / 4))
                || at.elapsed() >= LOOK_AT_AGE
        });
        if due {
            let reported = std::fs::read_to_string(&self.cursor).unwrap_or_default();
            let done = host.shrink(bounds, reported.trim().parse().unwrap_or(0));
            self.before = Some((size(), Instant::now()));
            done?;
        }
        Ok(())
    }
}

impl Slow {
    pub(super) fn run(mut self, rests: &Receiver<Rest>) {
        loop {
            if let Err(error) = self.account.look(&mut self.host) {
                // Whoever reports it may have ended.
                let _ = self.failures.send(error.to_string());
            }
            match rests.recv_timeout(LOOK) {
                Ok(rest) => self.rest(rest),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn rest(&mut self, rest: Rest) {
        let Rest { response, mut of, message, events, actions, mut failed } = rest;
        if let Some(message) = message {
            of.message = message.get(RENDERED).unwrap_or_default();
        }
        let recent = events.map(|events| Box::new(move || events.get(CAPTURED)) as RecentEvents);
        self.host.set_recent_events(recent);
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
            (self.wake)();
        }
    }
}
