//! The account on disk: what was planned, done, failed and taken back, a line each. A line is there before anything
//! happens, so that whoever reads it after a crash knows what may be half done. Several programs append to it (the
//! agent, `peregrine respond`): a lock gives each action a number of its own.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use peregrine_respond::Task;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::error::{ActError, tried};
use crate::identity::now_ns;

/// What happened with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is about to be done.
    Planned,
    /// It was done.
    Done,
    /// It was not done, or not whole.
    Failed,
    /// It would have been done.
    DryRun,
    /// It was left out.
    Skipped,
    /// It was planned when the agent died, and is given up.
    GivenUp,
    /// It was taken back.
    Undone,
    /// It could not be taken back.
    UndoFailed,
    /// Its time is over.
    Expired,
}

impl Step {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::DryRun => "dry run",
            Self::Skipped => "skipped",
            Self::GivenUp => "given up",
            Self::Undone => "undone",
            Self::UndoFailed => "undo failed",
            Self::Expired => "expired",
        }
    }
}

/// Who asked for an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// A response to an alert.
    Response {
        /// Its name.
        response: String,
        /// The rule of the alert.
        rule: String,
        /// The host of the alert.
        host: String,
        /// The number of the alert.
        alert: u64,
        /// Whether it is finished after a crash.
        #[serde(default)]
        finish: bool,
    },
    /// Somebody at this host.
    Person {
        /// Whom the system knows them as.
        user: String,
    },
}

impl std::fmt::Display for AskedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Response { response, rule, alert, .. } => {
                write!(f, "response {response}, rule {rule}, alert {alert}")
            }
            Self::Person { user } => write!(f, "{user}"),
        }
    }
}

/// A line of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The number of the action.
    pub id: u64,
    /// When, nanoseconds since the epoch.
    pub time_ns: u64,
    /// What happened.
    pub step: Step,
    /// What the action is.
    pub task: Task,
    /// Who asked for this step.
    pub asked_by: AskedBy,
    /// What came of it, in words.
    #[serde(default)]
    pub detail: String,
    /// What its undo needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// What the undo of an action needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Processes that were stopped.
    Wake(Vec<crate::signals::Stopped>),
    /// A control group that was frozen.
    Thaw(PathBuf),
    /// A file in the store, under the number of the action.
    PutBack,
    /// A file in the store whose changed version is replaced.
    PutOver {
        /// SHA-256 of the changed version.
        sha256: String,
    },
    /// Elements of the sets of the packet filter.
    Unblock,
    /// An account as it was: the line of `/etc/shadow` without its password stays on the host.
    EnableUser {
        /// Whether its password was usable before.
        unlocked: bool,
        /// When it expired before, days since the epoch.
        expires: String,
    },
    /// A container.
    Container {
        /// What its engine listens on.
        socket: PathBuf,
        /// Networks it was taken off.
        networks: Vec<String>,
    },
}

/// An action with all that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The lines about it, in order.
    pub lines: Vec<Line>,
}

impl Record {
    /// The last line.
    pub fn last(&self) -> Option<&Line> {
        self.lines.last()
    }

    /// What its undo needs, while it is done and not undone.
    pub fn undo(&self) -> Option<&Undo> {
        let last = self.last()?;
        if !matches!(last.step, Step::Done | Step::UndoFailed | Step::Failed) {
            return None;
        }
        self.lines.iter().rev().find_map(|line| line.undo.as_ref())
    }
}

/// The account.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    path: PathBuf,
    /// How far it was read.
    read: u64,
    next: u64,
}

impl Ledger {
    /// Opens the account in the folder of the store.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(folder: &Path) -> Result<Self, ActError> {
        let path = folder.join("ledger.jsonl");
        let shown = path.display().to_string();
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(&path);
        Ok(Self { file: file.map_err(tried(shown))?, path, read: 0, next: 1 })
    }

    /// The lines that nobody has read here yet, those of other programs among them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn news(&mut self) -> Result<Vec<Line>, ActError> {
        let shown = self.path.display().to_string();
        let failed = || tried::<std::io::Error>(shown.clone());
        self.file.seek(SeekFrom::Start(self.read)).map_err(failed())?;
        let mut lines = Vec::new();
        let mut reader = BufReader::new(&self.file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let len = reader.read_until(b'\n', &mut text).map_err(failed())?;
            // A line without an end is being written, or was when the power went.
            if len == 0 || text.last() != Some(&b'\n') {
                break;
            }
            self.read += len as u64;
            if let Ok(line) = serde_json::from_slice::<Line>(&text) {
                self.next = self.next.max(line.id + 1);
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// Where the next unread line begins.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// Reads on from there, if the account has so many bytes; else from its beginning.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read_from(&mut self, position: u64) -> Result<(), ActError> {
        let len = self.file.metadata().map_err(tried(self.path.display().to_string()))?.len();
        self.read = if position <= len { position } else { 0 };
        Ok(())
    }

    /// Appends the first line of an action, under a number that nobody has; returns it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(
        &mut self,
        step: Step,
        task: Task,
        asked_by: AskedBy,
        detail: String,
    ) -> Result<Line, ActError> {
        let shown = self.path.display().to_string();
        flock(&self.file, FlockOperation::LockExclusive).map_err(tried(shown.clone()))?;
        let known = self.next;
        // Lines of others count, and are read again by whoever follows.
        let position = self.read;
        let done = self.news().and_then(|_| {
            self.read = position;
            let id = self.next.max(known);
            let line = Line { id, time_ns: now_ns(), step, task, asked_by, detail, undo: None };
            self.next = id + 1;
            self.write(&line)?;
            Ok(line)
        });
        flock(&self.file, FlockOperation::Unlock).map_err(tried(shown))?;
        done
    }

    /// Appends a later line of an action.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn append(&mut self, line: &Line) -> Result<(), ActError> {
        self.write(line)
    }

    fn write(&mut self, line: &Line) -> Result<(), ActError> {
        let shown = self.path.display().to_string();
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        self.file.write_all(&text).map_err(tried(shown.clone()))?;
        // What is done within milliseconds does not wait for the disk: the end of this process takes nothing of it.
        if line.task.is_fast() { Ok(()) } else { self.file.sync_data().map_err(tried(shown)) }
    }

    /// All actions, by number.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn records(folder: &Path) -> Result<BTreeMap<u64, Record>, ActError> {
        let mut ledger = Self::open(folder)?;
        let mut records: BTreeMap<u64, Record> = BTreeMap::new();
        for line in ledger.news()? {
            let record = records.entry(line.id).or_insert_with(|| Record { lines: Vec::new() });
            record.lines.push(line);
        }
        Ok(records)
    }

    /// The end of a line that was being written when the power went is ended, so that the next one stands alone.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn mend(&mut self) -> Result<(), ActError> {
        let shown = self.path.display().to_string();
        let len = self.file.metadata().map_err(tried(shown.clone()))?.len();
        if len == 0 {
            return Ok(());
        }
        let mut last = [0];
        self.file.seek(SeekFrom::Start(len - 1)).map_err(tried(shown.clone()))?;
        self.file.read_exact(&mut last).map_err(tried(shown.clone()))?;
        if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n").map_err(tried(shown)) }
    }
}
