//! The account on disk: what was planned, done, failed and taken back, a line each. A line is there before anything
//! happens, so that whoever reads it after a crash knows what may be half done. Several programs append to it (the
//! agent, `peregrine respond`): a lock gives each action a number of its own.
//!
//! A shorter file may take its place (`shrink.rs`). Positions go on counting what was left out: the first line of such
//! a file says how much that was, so that who has read up to a position reads on there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use peregrine_respond::Task;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::error::{ActError, tried};
use crate::identity::now_ns;

/// Bytes of the line that says what was left out.
const LONGEST: u64 = 100;

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
    /// Labels of a pod.
    Labels {
        /// The pod's unique id: a later pod of the name is left alone.
        uid: String,
        /// What they were before; none: there was no such label.
        before: BTreeMap<String, Option<String>>,
    },
    /// A node that was cordoned.
    Uncordon {
        /// Its name.
        node: String,
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
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    /// What a position is greater by than the place in this file.
    pub(crate) left_out: u64,
    /// Up to which position lines were handed out.
    read: u64,
    /// Up to which position numbers were looked for.
    counted: u64,
    next: u64,
}

/// The first line of a file from which lines were left out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LeftOut {
    /// What a position is greater by than the place in the file.
    pub(crate) left_out: u64,
}

impl Ledger {
    /// Opens the account in the folder of the store.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(folder: &Path) -> Result<Self, ActError> {
        let path = folder.join("ledger.jsonl");
        let (file, left_out) = open(&path)?;
        Ok(Self { file, path, left_out, read: left_out, counted: left_out, next: 1 })
    }

    pub(crate) fn tried(&self) -> impl FnOnce(std::io::Error) -> ActError + use<> {
        tried(self.path.display().to_string())
    }

    /// Hands out the whole lines from a position on, each with the position behind it; returns that behind the last.
    pub(crate) fn lines(
        &self,
        from: u64,
        take: &mut dyn FnMut(&[u8], u64),
    ) -> Result<u64, ActError> {
        let mut at = from.max(self.left_out);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at - self.left_out)).map_err(self.tried())?;
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let len = reader.read_until(b'\n', &mut text).map_err(self.tried())?;
            // A line without an end is being written, or was when the power went.
            if len == 0 || text.last() != Some(&b'\n') {
                return Ok(at);
            }
            at += len as u64;
            take(&text, at);
        }
    }

    /// The lines that nobody has read here yet, those of other programs among them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn news(&mut self) -> Result<Vec<Line>, ActError> {
        self.follow()?;
        let mut lines = Vec::new();
        self.read = self.lines(self.read, &mut |text, _| {
            lines.extend(serde_json::from_slice::<Line>(text));
        })?;
        Ok(lines)
    }

    /// Where the next unread line begins.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// Reads on from there, if the account reaches so far; else from its beginning.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read_from(&mut self, position: u64) -> Result<(), ActError> {
        self.follow()?;
        let len = self.file.metadata().map_err(self.tried())?.len();
        self.read = if position <= self.left_out + len { position } else { 0 };
        Ok(())
    }

    /// Takes the file that has the name now.
    fn follow(&mut self) -> Result<bool, ActError> {
        let own = self.file.metadata().map_err(self.tried())?;
        let is_it = |now: std::fs::Metadata| (now.dev(), now.ino()) == (own.dev(), own.ino());
        if std::fs::metadata(&self.path).is_ok_and(is_it) {
            return Ok(false);
        }
        (self.file, self.left_out) = open(&self.path)?;
        Ok(true)
    }

    /// Holds the lock of the file that has the name while it is held.
    pub(crate) fn lock(&mut self) -> Result<(), ActError> {
        loop {
            flock(&self.file, FlockOperation::LockExclusive)
                .map_err(|error| self.tried()(error.into()))?;
            if !self.follow()? {
                return Ok(());
            }
        }
    }

    pub(crate) fn unlock(&self) -> Result<(), ActError> {
        flock(&self.file, FlockOperation::Unlock).map_err(|error| self.tried()(error.into()))
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
        self.lock()?;
        let mut next = self.next;
        let counted = self.lines(self.counted, &mut |text, _| {
            if let Ok(Numbered { id }) = serde_json::from_slice(text) {
                next = next.max(id + 1);
            }
        });
        let done = counted.and_then(|counted| {
            (self.counted, self.next) = (counted, next + 1);
            let line =
                Line { id: next, time_ns: now_ns(), step, task, asked_by, detail, undo: None };
            self.write(&line).map(|()| line)
        });
        self.unlock()?;
        let line = done?;
        self.sync(&line)?;
        Ok(line)
    }

    /// Appends a later line of an action.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn append(&mut self, line: &Line) -> Result<(), ActError> {
        self.lock()?;
        let done = self.write(line);
        self.unlock()?;
        done.and_then(|()| self.sync(line))
    }

    fn write(&mut self, line: &Line) -> Result<(), ActError> {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        self.file.write_all(&text).map_err(self.tried())
    }

    /// What is done within milliseconds does not wait for the disk: the end of this process takes nothing of it.
    fn sync(&self, line: &Line) -> Result<(), ActError> {
        if line.task.is_fast() { Ok(()) } else { self.file.sync_data().map_err(self.tried()) }
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
        let len = self.file.metadata().map_err(self.tried())?.len();
        if len == 0 {
            return Ok(());
        }
        let mut last = [0];
        self.file.seek(SeekFrom::Start(len - 1)).map_err(self.tried())?;
        self.file.read_exact(&mut last).map_err(self.tried())?;
        if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n").map_err(self.tried()) }
    }
}

/// What of a line gives its action a number.
#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

/// Opens the file, and reads what was left out of it.
fn open(path: &Path) -> Result<(File, u64), ActError> {
    let failed = || tried::<std::io::Error>(path.display().to_string());
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    let file = options.open(path).map_err(failed())?;
    let mut first = String::new();
    // A text that is none is no such line.
    let _ = BufReader::new(&file).take(LONGEST).read_line(&mut first);
    let left_out = serde_json::from_str::<LeftOut>(&first).map_or(0, |line| line.left_out);
    Ok((file, left_out))
}
