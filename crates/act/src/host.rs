//! This host: actions done, written down before and after, and taken back.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peregrine_respond::{FileTarget, RemovedPart, Task, What, shown_duration};
use serde_json::Value as Json;

use crate::container::{self, Verb};
use crate::control_group::{freeze, thaw};
use crate::error::ActError;
use crate::evidence::{RecentEvents, Signer, collect};
use crate::identity::{Held, now_ns};
use crate::kubernetes::Kubernetes;
use crate::ledger::{AskedBy, Ledger, Line, Record, Step, Undo};
use crate::lines::{has_text, has_word, put_lines_back, remove_lines};
use crate::packet_filter::{block, is_blocked, unblock};
use crate::protect::Protection;
use crate::recording::record;
use crate::run::run;
use crate::shrink::{Bounds, shrink};
use crate::signals::{Signalled, go_on, kill, stop, wake};
use crate::store::{Store, Stored};
use crate::taskstats::TaskStats;
use crate::user::Accounts;
use crate::webhook::post;

/// For so long a command of a person may do what it planned, nanoseconds.
const PERSON_NS: u64 = 3_600_000_000_000;

/// This host, as actions see it.
pub struct Host {
    store: Store,
    ledger: Ledger,
    protection: Protection,
    stats: Option<TaskStats>,
    accounts: Accounts,
    /// Where engines of containers listen.
    engines: Vec<PathBuf>,
    pub(crate) kubernetes: Kubernetes,
    signer: Option<Signer>,
    /// What evidence has of the moments before the alert at hand.
    recent: Option<RecentEvents>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("store", &self.store).finish_non_exhaustive()
    }
}

/// What came of an action.
struct Outcome {
    detail: String,
    undo: Option<Undo>,
}

impl Outcome {
    fn new(detail: impl Into<String>, undo: Option<Undo>) -> Self {
        Self { detail: detail.into(), undo }
    }
}

impl Host {
    /// Opens the store and the account in a folder.
    ///
    /// # Errors
    /// When others may enter the folder, or the system refuses.
    pub fn open(folder: &Path, signer: Option<Signer>) -> Result<Self, ActError> {
        let store = Store::open(folder)?;
        let mut ledger = Ledger::open(folder)?;
        ledger.mend()?;
        Ok(Self {
            store,
            ledger,
            protection: Protection::new(),
            stats: TaskStats::connect(),
            accounts: Accounts { root: PathBuf::from("/") },
            engines: container::SOCKETS.iter().map(PathBuf::from).collect(),
            kubernetes: Kubernetes::of_environment(),
            signer,
            recent: None,
        })
    }

    /// What the next evidence is to have of the moments before.
    pub fn set_recent_events(&mut self, recent: Option<RecentEvents>) {
        self.recent = recent;
    }

    /// Asks engines of containers at these sockets.
    #[must_use]
    pub fn with_engines(mut self, sockets: Vec<PathBuf>) -> Self {
        self.engines = sockets;
        self
    }

    /// The same store and account for another thread; what is held is shared.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn beside(&self, signer: Option<Signer>) -> Result<Self, ActError> {
        let mut other = Self::open(self.store.folder(), signer)?;
        other.store.roots = self.store.roots.clone();
        other.engines.clone_from(&self.engines);
        other.kubernetes.clone_from(&self.kubernetes);
        Ok(other)
    }

    /// Holds what a later action takes of a process that may be gone by then.
    pub fn hold(&self, task: &Task) {
        if let Task::Quarantine { file } | Task::RemovePersistence { file, .. } = task
            && let Some(process) = &file.root_of
        {
            self.store.roots.hold(process, self.stats.as_ref());
        }
    }

    /// Leaves old actions out of the account, those alone whose lines up to a position became alerts; how many.
    ///
    /// # Errors
    /// When it cannot be read or written: it stays as it is.
    pub fn shrink(&mut self, bounds: Bounds, reported: u64) -> Result<usize, ActError> {
        shrink(&mut self.ledger, &self.store, bounds, reported)
    }

    /// The account.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Writes down that something was not done: a dry run, a limit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(
        &mut self,
        step: Step,
        task: Task,
        asked_by: AskedBy,
        detail: String,
    ) -> Result<Line, ActError> {
        self.ledger.begin(step, task, asked_by, detail)
    }

    /// Does something: written down before, and what came of it afterwards. `about`: the alert.
    ///
    /// # Errors
    /// When it cannot be written down: then nothing is done.
    pub fn act(&mut self, task: Task, asked_by: AskedBy, about: &Json) -> Result<Line, ActError> {
        let planned = self.ledger.begin(Step::Planned, task, asked_by, String::new())?;
        self.finish(planned, about, "")
    }

    /// Does what was written down; `before` stands before what came of it.
    fn finish(&mut self, planned: Line, about: &Json, before: &str) -> Result<Line, ActError> {
        let (step, detail, undo) = match self.execute(planned.id, &planned.task, about) {
            Ok(Outcome { detail, undo }) => (Step::Done, detail, undo),
            Err(error) => (Step::Failed, error.to_string(), None),
        };
        let detail = format!("{before}{detail}");
        let line = Line { time_ns: now_ns(), step, detail, undo, ..planned };
        self.ledger.append(&line)?;
        Ok(line)
    }

    fn execute(&self, id: u64, task: &Task, about: &Json) -> Result<Outcome, ActError> {
        let Self { store, protection, accounts, engines, signer, .. } = self;
        let stats = self.stats.as_ref();
        match task {
            Task::Kill { what, process, signal } => {
                let done = kill(*what, process, *signal, stats, protection)?;
                Ok(Outcome::new(signalled("got the signal", &done), None))
            }
            Task::Stop { what, process } => {
                let done = stop(*what, process, stats, protection)?;
                let detail = signalled("stopped", &done);
                Ok(Outcome::new(detail, Some(Undo::Wake(done.stopped))))
            }
            Task::Continue { what, process } => {
                Ok(Outcome::new(signalled("go on", &go_on(*what, process, stats)?), None))
            }
            Task::Freeze { process } => {
                let folder = freeze(process, stats, protection)?;
                let detail = format!("{} is frozen", folder.display());
                Ok(Outcome::new(detail, Some(Undo::Thaw(folder))))
            }
            Task::Quarantine { file }
            | Task::RemovePersistence { file, part: RemovedPart::Whole } => {
                let stored = store.take(id, file, stats, protection)?;
                let Stored { size, sha256, .. } = stored;
                let detail = format!("{size} bytes, sha256 {sha256}");
                Ok(Outcome::new(detail, Some(Undo::PutBack)))
            }
            Task::RemovePersistence { file, part: RemovedPart::LinesWith(text) } => {
                let goes = |line: &[u8]| has_text(line, &text.0);
                let (lines, undo) = remove_lines(store, id, file, &goes, stats)?;
                Ok(Outcome::new(format!("{lines} lines removed"), Some(undo)))
            }
            Task::RemoveKey { user, key } => {
                let account = accounts.find(user)?;
                let path = format!("{}/.ssh/authorized_keys", account.home);
                let file = FileTarget { path: (&*path).into(), ino: None, root_of: None };
                let goes = |line: &[u8]| has_word(line, &key.0);
                let (lines, undo) = remove_lines(store, id, &file, &goes, stats)?;
                Ok(Outcome::new(format!("{lines} keys removed from {path}"), Some(undo)))
            }
            Task::BlockAddress { hold, .. }
            | Task::BlockPort { hold, .. }
            | Task::Isolate { hold, .. } => {
                block(task, *hold)?;
                let detail = format!("for {}", shown_duration(*hold));
                Ok(Outcome::new(detail, Some(Undo::Unblock)))
            }
            Task::DisableUser { user } => {
                Ok(Outcome::new("locked and expired", Some(accounts.disable(user)?)))
            }
            Task::EndSessions { user } => {
                let ended = accounts.end_sessions(user, protection)?;
                Ok(Outcome::new(format!("{ended} processes ended"), None))
            }
            Task::PauseContainer { id } => {
                Ok(Outcome::new("paused", Some(container::set(id, Verb::Pause, engines)?)))
            }
            Task::StopContainer { id } => {
                Ok(Outcome::new("stopped", Some(container::set(id, Verb::Stop, engines)?)))
            }
            Task::DisconnectContainer { id } => {
                Ok(Outcome::new("on no network", Some(container::disconnect(id, engines)?)))
            }
            Task::Kubernetes { what } => {
                self.kubernetes.act(what).map(|(detail, undo)| Outcome::new(detail, undo))
            }
            Task::Capture { hold } => {
                let file = record(store, id, *hold)?;
                Ok(Outcome::new(format!("{} for {}", file.display(), shown_duration(*hold)), None))
            }
            Task::Evidence { process } => {
                let file = collect(
                    (store, id),
                    process,
                    (about, self.recent.as_ref()),
                    stats,
                    signer.as_ref(),
                )?;
                Ok(Outcome::new(file.display().to_string(), None))
            }
            Task::Run { argv, user, timeout } => {
                let ended = run(argv, user, *timeout)?;
                let program = argv.first().map(ToString::to_string).unwrap_or_default();
                if ended.success {
                    Ok(Outcome::new(ended.said, None))
                } else {
                    Err(ActError::Tool { program, said: ended.said })
                }
            }
            Task::Webhook { url, body, timeout } => {
                Ok(Outcome::new(post(url, body, *timeout)?, None))
            }
        }
    }

    /// Takes an action back.
    ///
    /// # Errors
    /// When there is no such action, it cannot be taken back, or it cannot be written down.
    pub fn undo(&mut self, id: u64, asked_by: AskedBy) -> Result<Line, ActError> {
        let records = Ledger::records(self.store.folder())?;
        let record = records.get(&id).ok_or(ActError::NoRecord(id))?;
        let last = record.last().ok_or(ActError::NoRecord(id))?;
        let undo = record.undo().ok_or_else(|| match last.step {
            Step::Undone => ActError::NothingToUndo("it was taken back already"),
            Step::Expired => ActError::NothingToUndo("its time is over"),
            _ if last.task.is_undoable() => ActError::NothingToUndo("it was not done"),
            _ => ActError::NothingToUndo("an action of this kind cannot be taken back"),
        })?;
        let (step, detail) = match self.take_back(id, &last.task, undo) {
            Ok(detail) => (Step::Undone, detail),
            Err(error) => (Step::UndoFailed, error.to_string()),
        };
        let line = Line {
            id,
            time_ns: now_ns(),
            step,
            task: last.task.clone(),
            asked_by,
            detail,
            undo: None,
        };
        self.ledger.append(&line)?;
        Ok(line)
    }

    fn take_back(&self, id: u64, task: &Task, undo: &Undo) -> Result<String, ActError> {
        let (stats, engines) = (self.stats.as_ref(), &self.engines);
        match (undo, task) {
            (Undo::Wake(stopped), _) => {
                let woken = wake(stopped)?;
                Ok(format!("{woken} of {} processes go on", stopped.len()))
            }
            (Undo::Thaw(folder), _) => {
                thaw(folder).map(|()| format!("{} goes on", folder.display()))
            }
            (Undo::PutBack, _) => {
                self.store.put_back(id, stats).map(|stored| format!("back at {}", stored.file))
            }
            (Undo::PutOver { sha256 }, _) => put_lines_back(&self.store, id, sha256, stats)
                .map(|path| format!("{path} is as it was")),
            (Undo::Unblock, task) => Ok(if unblock(task)? {
                "let through again".to_owned()
            } else {
                "it had ended by itself".to_owned()
            }),
            (Undo::EnableUser { unlocked, expires }, Task::DisableUser { user }) => {
                self.accounts.enable(user, *unlocked, expires)?;
                Ok(format!("{user} is as it was"))
            }
            (Undo::Labels { .. } | Undo::Uncordon { .. }, task) => {
                self.kubernetes.take_back(undo, task)
            }
            (Undo::Container { networks, .. }, task) => {
                let (id, done) = match task {
                    Task::PauseContainer { id } => {
                        (id, container::set(id, Verb::Unpause, engines).map(drop))
                    }
                    Task::StopContainer { id } => {
                        (id, container::set(id, Verb::Start, engines).map(drop))
                    }
                    Task::DisconnectContainer { id } => {
                        (id, container::connect(id, networks, engines))
                    }
                    _ => return Err(ActError::NothingToUndo("it is of no container")),
                };
                done.map(|()| format!("{id} is as it was"))
            }
            (Undo::EnableUser { .. }, _) => Err(ActError::NothingToUndo("it is of no user")),
        }
    }

    /// What was planned when the agent died is found out about, then finished or given up as its response says; blocks
    /// whose time is not over are put in place again, as after a reboot. Returns what was written down.
    ///
    /// # Errors
    /// When the account cannot be read or written.
    pub fn recover(&mut self) -> Result<Vec<Line>, ActError> {
        let mut written = Vec::new();
        for (id, record) in Ledger::records(self.store.folder())? {
            let Some(last) = record.last() else { continue };
            match last.step {
                // Somebody's command may be doing it now.
                Step::Planned
                    if matches!(last.asked_by, AskedBy::Person { .. })
                        && now_ns().saturating_sub(last.time_ns) < PERSON_NS => {}
                Step::Planned => written.push(self.recover_planned(id, last)?),
                Step::Done if record.undo() == Some(&Undo::Unblock) => {
                    if let Some(line) = self.block_again(&record, last)? {
                        written.push(line);
                    }
                }
                _ => {}
            }
        }
        Ok(written)
    }

    fn recover_planned(&mut self, id: u64, planned: &Line) -> Result<Line, ActError> {
        let finish = match &planned.asked_by {
            AskedBy::Response { finish, .. } => *finish,
            AskedBy::Person { .. } => false,
        };
        let (found, undo) = self.find_out(id, &planned.task);
        let line = match found {
            Found::Done(how) => Line {
                time_ns: now_ns(),
                step: Step::Done,
                detail: format!("the agent had died before it was written down: {how}"),
                undo,
                ..planned.clone()
            },
            Found::NotDone(how) if !finish => Line {
                time_ns: now_ns(),
                step: Step::GivenUp,
                detail: format!("the agent had died before: {how}"),
                ..planned.clone()
            },
            Found::NotDone(how) => {
                self.store.forget(id);
                let before = format!("the agent had died before: {how}; now: ");
                return self.finish(planned.clone(), &Json::Null, &before);
            }
        };
        self.ledger.append(&line)?;
        Ok(line)
    }

    /// Whether what was planned is done.
    fn find_out(&self, id: u64, task: &Task) -> (Found, Option<Undo>) {
        let stats = self.stats.as_ref();
        match task {
            // A container may be there without the process of the event.
            Task::Kill { process, what, .. } if *what != What::Container => {
                match Held::of(process, stats) {
                    Err(ActError::Gone(_) | ActError::AnotherProcess(_)) => {
                        (Found::Done("the process is gone".to_owned()), None)
                    }
                    _ => (Found::NotDone("the process is still there".to_owned()), None),
                }
            }
            Task::Quarantine { file }
            | Task::RemovePersistence { file, part: RemovedPart::Whole } => {
                let gone = self.store.find(file, stats).and_then(|found| found.open());
                let gone = matches!(gone, Err(ActError::Missing(_)))
                    || matches!(&gone, Err(ActError::System { source, .. }) if source.kind() == std::io::ErrorKind::NotFound);
                if gone && self.store.stored(id).is_some() {
                    (Found::Done("the file is in the store".to_owned()), Some(Undo::PutBack))
                } else if gone {
                    (Found::NotDone("the file is not there any more".to_owned()), None)
                } else {
                    (Found::NotDone("the file is where it was".to_owned()), None)
                }
            }
            Task::BlockAddress { .. } | Task::BlockPort { .. } | Task::Isolate { .. } => {
                if is_blocked(task) {
                    (Found::Done("it is in place".to_owned()), Some(Undo::Unblock))
                } else {
                    (Found::NotDone("it is not in place".to_owned()), None)
                }
            }
            Task::DisableUser { user } if self.accounts.is_disabled(user) => {
                let undo = Undo::EnableUser { unlocked: true, expires: String::new() };
                (Found::Done("the user is disabled".to_owned()), Some(undo))
            }
            Task::Run { .. } | Task::Webhook { .. } => {
                (Found::NotDone("nobody knows whether it ran".to_owned()), None)
            }
            _ => (Found::NotDone("it was not done, or not whole".to_owned()), None),
        }
    }

    /// Puts a block in place again that is gone before its time, or says that its time is over.
    fn block_again(&mut self, record: &Record, last: &Line) -> Result<Option<Line>, ActError> {
        let (Task::BlockAddress { hold, .. }
        | Task::BlockPort { hold, .. }
        | Task::Isolate { hold, .. }) = &last.task
        else {
            return Ok(None);
        };
        let begin = record.lines.first().map_or(last.time_ns, |line| line.time_ns);
        let left = hold.saturating_sub(Duration::from_nanos(now_ns().saturating_sub(begin)));
        let (step, detail) = if left < Duration::from_secs(1) {
            (Step::Expired, String::new())
        } else if is_blocked(&last.task) {
            return Ok(None);
        } else {
            match block(&last.task, left) {
                Ok(()) => {
                    let left = shown_duration(Duration::from_secs(left.as_secs()));
                    (Step::Done, format!("in place again for {left}"))
                }
                Err(error) => (Step::Failed, error.to_string()),
            }
        };
        let undo = last.undo.clone();
        let line = Line { time_ns: now_ns(), step, detail, undo, ..last.clone() };
        self.ledger.append(&line)?;
        Ok(Some(line))
    }
}

/// What became of an action that was planned.
enum Found {
    Done(String),
    NotDone(String),
}

fn signalled(verb: &str, done: &Signalled) -> String {
    let noun = if done.processes == 1 { "process" } else { "processes" };
    let mut text = format!("{} {noun} {verb}", done.processes);
    for (pid, why) in &done.spared {
        // Writing into a text cannot fail.
        let _ = write!(text, "; process {pid} is spared: {why}");
    }
    text
}
