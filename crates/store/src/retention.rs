//! Retention: whole files go, the oldest first.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::error::StoreError;
use crate::sqlite::state::State;
use crate::store::Part;
use crate::writer::Writer;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Alerts that were received longer ago go.
    pub age: Duration,
    /// Bytes of all files together; the oldest go beyond that.
    pub bytes: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self { age: Duration::from_hours(30 * 24), bytes: 64 << 30 }
    }
}

/// A file that retention took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// Its name.
    pub file: String,
    /// Alerts it had.
    pub alerts: u64,
    /// Its bytes.
    pub bytes: u64,
    /// When it went, nanoseconds since the epoch.
    pub at_ns: u64,
    /// `age` or `bytes`.
    pub why: String,
}

impl Writer {
    /// Takes the files away that `keep` no longer covers at `now_ns`, nanoseconds since the epoch. Each is written down
    /// in `state` before it goes.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn retire(
        &mut self,
        keep: Keep,
        now_ns: u64,
        state: &mut State,
    ) -> Result<Vec<Retired>, StoreError> {
        let now_us = i64::try_from(now_ns / 1000).unwrap_or(i64::MAX);
        let age_us = i64::try_from(keep.age.as_micros()).unwrap_or(i64::MAX);
        let mut parts = self.store().parts();
        let mut bytes: u64 = parts.iter().map(|part| part.bytes()).sum();
        let mut gone = Vec::new();
        while let Some(oldest) = parts.first().cloned() {
            let meta = oldest.meta();
            let old = meta.rows > 0 && meta.received_us < now_us.saturating_sub(age_us);
            if !old && bytes <= keep.bytes {
                break;
            }
            if parts.len() == 1 {
                // It is the one that is written, and has the cursor: the next one gets that first.
                if meta.rows == 0 {
                    break;
                }
                self.begin_next(now_us)?;
            }
            let size = oldest.bytes();
            let retired = Retired {
                file: oldest.name(),
                alerts: meta.rows,
                bytes: size,
                at_ns: now_ns,
                why: if old { "age" } else { "bytes" }.to_owned(),
            };
            state.retire(&retired)?;
            self.unlink(&oldest)?;
            bytes = bytes.saturating_sub(size);
            parts.remove(0);
            gone.push(retired);
        }
        Ok(gone)
    }

    fn unlink(&self, part: &Arc<Part>) -> Result<(), StoreError> {
        let parts = &self.store().parts;
        let mut all = parts.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.number != part.number);
        drop(all);
        part.retire();
        // The file itself last: what is beside it alone is nothing to anybody.
        for beside in ["-wal", "-shm", ""] {
            let mut name = part.path.clone().into_os_string();
            name.push(beside);
            match std::fs::remove_file(Path::new(&name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::file("delete", &part.path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
