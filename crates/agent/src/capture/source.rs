//! A capture file as a source of records.

use std::fs::File;
use std::path::{Path, PathBuf};

use peregrine_scap::{Item, Reader};

use super::error::CaptureError;
use super::host::CapturedHost;
use super::window::{Place, Window};
use crate::source::{EventRecord, Poll, Record, Source};

/// A capture file, or a part of it: events before that part only change the state.
pub struct CaptureSource {
    file: PathBuf,
    reader: Reader<'static>,
    host: CapturedHost,
    window: Window,
    /// When its first event happened.
    first: Option<u64>,
}

impl std::fmt::Debug for CaptureSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaptureSource").field("file", &self.file).finish_non_exhaustive()
    }
}

impl CaptureSource {
    /// Opens a capture.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a capture.
    pub fn open(file: &Path, window: Window) -> Result<Self, CaptureError> {
        let input = File::open(file)
            .map_err(|source| CaptureError::Open { file: file.to_owned(), source })?;
        let reader = Reader::new(input)
            .map_err(|source| CaptureError::Read { file: file.to_owned(), source })?;
        let host = CapturedHost::default();
        Ok(Self { file: file.to_owned(), reader, host, window, first: None })
    }

    /// Its host, as described up to the last poll.
    pub(crate) fn host(&self) -> CapturedHost {
        self.host.clone()
    }

    /// Fails where events could not be converted to the current schema.
    ///
    /// # Errors
    /// How many, and why, for the first of them.
    pub fn left_out(&self) -> Result<(), CaptureError> {
        match self.reader.left_out() {
            None => Ok(()),
            Some((count, why)) => {
                Err(CaptureError::LeftOut { file: self.file.clone(), count, why: why.clone() })
            }
        }
    }
}

impl Source for CaptureSource {
    type Error = CaptureError;

    /// Hands out one record; metadata of the host is stored on the way.
    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, CaptureError> {
        let item = self.reader.next_item();
        let item = item.map_err(|source| CaptureError::Read { file: self.file.clone(), source })?;
        match item {
            None => return Ok(Poll::End),
            Some(Item::Snapshot(record)) => sink(Record::Snapshot(&record)),
            Some(Item::Event { cpu, state_only, record }) => {
                let mut event = EventRecord { bytes: &record, cpu: Some(cpu), state_only };
                match self.window.place(&mut self.first, event.ts()) {
                    Place::Behind => return Ok(Poll::End),
                    Place::Before => event.state_only = true,
                    Place::Within => {}
                }
                self.host.learn_event(&record);
                sink(Record::Event(event));
            }
            Some(Item::Machine(machine)) => self.host.learn_machine(machine),
            Some(Item::UserEntry(account)) => self.host.learn_account(account),
            Some(Item::Interfaces(interfaces)) => self.host.learn_interfaces(interfaces),
            Some(_) => {}
        }
        Ok(Poll::More)
    }
}
