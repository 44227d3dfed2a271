//! Alerts that a receiver refuses for good, or that were given up: kept beside the journal, one JSON object a
//! line, the oldest half gone where there are too many.

use std::io;

use peregrine_alert::Alert;
use serde::{Deserialize, Serialize};

use crate::error::JournalError;
use crate::storage::Storage;

/// Their file, beside the segments.
const FILE: &str = "dead-letters";

/// An alert that an output did not deliver and will not send again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The output.
    pub output: String,
    /// Why not.
    pub reason: String,
    /// When it was kept aside, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Its record in the journal; none where the journal could not take it.
    pub record: Option<u64>,
    /// The alert.
    pub alert: Alert,
}

/// The dead letters of a folder, to add to them.
pub struct DeadLetters {
    storage: Box<dyn Storage + Send>,
    /// Bytes of all of them at most.
    most: u64,
}

impl std::fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetters").field("most", &self.most).finish_non_exhaustive()
    }
}

impl DeadLetters {
    /// Those of a journal's folder; where there are more than so many bytes of them, the older half goes.
    pub fn new(storage: Box<dyn Storage + Send>, most: u64) -> Self {
        Self { storage, most }
    }

    /// Adds one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, letter: &DeadLetter) -> Result<(), JournalError> {
        // It always has a text: its keys are strings.
        let mut line = serde_json::to_vec(letter).unwrap_or_default();
        line.push(b'\n');
        let fail = |action| JournalError::storage(action, FILE);
        let size = match self.storage.size(FILE) {
            Ok(size) => size,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.storage.create(FILE).map_err(fail("create"))?;
                0
            }
            Err(error) => return Err(fail("look at")(error)),
        };
        if size > 0 && size + line.len() as u64 > self.most {
            let bytes = self.storage.read_all(FILE).map_err(fail("read"))?;
            let half = bytes.get(bytes.len() / 2..).unwrap_or_default();
            let begin = half.iter().position(|byte| *byte == b'\n').map_or(half.len(), |at| at + 1);
            let kept = half.get(begin..).unwrap_or_default();
            self.storage.replace(FILE, kept, true).map_err(fail("write"))?;
        } else if size > 0 && self.storage.read(FILE, size - 1, 1).map_err(fail("read"))? != b"\n" {
            // A full disk took half a line.
            line.insert(0, b'\n');
        }
        self.storage.append(FILE, &line).map_err(fail("append to"))
    }
}

/// All dead letters, oldest first, and how many lines are none.
///
/// # Errors
/// When they cannot be read.
pub fn dead_letters<S: Storage>(storage: &S) -> Result<(Vec<DeadLetter>, usize), JournalError> {
    let bytes = match storage.read_all(FILE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(JournalError::storage("read", FILE)(error)),
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut letters, mut broken) = (Vec::new(), 0);
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(letter) => letters.push(letter),
            Err(_) => broken += 1,
        }
    }
    Ok((letters, broken))
}
