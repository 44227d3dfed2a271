//! Captures as a source of records.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use peregrine_scap::{ConvertError, Item, Reader};
use peregrine_state::HostInfo as _;

use super::error::CaptureError;
use super::host::CapturedHost;
use super::input::{Input, Progress, is_stdin, open, size};
use super::window::{Known, Place, Span, Window};
use crate::source::{EventRecord, Poll, Record, Source};

/// Events between two reports of progress.
const LOOK: u64 = 50_000;

/// Captures one behind the other, or a part of them: events before that part are for the state only.
pub struct CaptureSource<'p> {
    /// The one that is read, and those behind it.
    file: PathBuf,
    waiting: VecDeque<PathBuf>,
    reader: Reader<'static>,
    host: CapturedHost,
    part: Part,
    /// Of files that were read: events left out, and why the first.
    left_out: Option<(PathBuf, u64, ConvertError)>,
    reports: Reports<'p>,
}

/// The part that is looked at, and what lies in it.
#[derive(Debug)]
struct Part {
    window: Window,
    span: Option<Span>,
    /// When the last event of all happened, where the window asks for it.
    last: u64,
    times: Times,
}

impl Part {
    /// The place of an event. Events without a time (0) belong to the first snapshot and are no
    /// beginning.
    fn place(&mut self, ts: u64, host: &CapturedHost) -> Place {
        if ts == 0 {
            let before = self.window.has_start() && self.span.is_none();
            return if before { Place::Before } else { Place::Within };
        }
        let span = *self.span.get_or_insert_with(|| {
            let utc_offset = host.utc_offset(ts);
            self.times.first = ts;
            self.window.span(&Known { first: ts, last: self.last, utc_offset })
        });
        self.times.last = self.times.last.max(ts);
        let place = span.place(ts);
        self.times.within += u64::from(place == Place::Within);
        place
    }
}

/// How far reading has come, for a progress line.
struct Reports<'p> {
    to: Option<&'p dyn Fn(&Progress)>,
    events: u64,
    bytes: Rc<Cell<u64>>,
    of: u64,
}

impl Reports<'_> {
    fn event(&mut self) {
        self.events += 1;
        if let Some(to) = self.to.filter(|_| self.events.is_multiple_of(LOOK)) {
            to(&Progress { events: self.events, bytes: self.bytes.get(), of: self.of });
        }
    }
}

/// When the events happened that were read, nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
    /// How many lie in the window.
    pub within: u64,
}

impl Times {
    /// From the first to the last.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.last.saturating_sub(self.first))
    }
}

impl std::fmt::Debug for CaptureSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaptureSource").field("file", &self.file).finish_non_exhaustive()
    }
}

impl<'p> CaptureSource<'p> {
    /// Opens captures.
    ///
    /// # Errors
    /// When the first file cannot be opened or is no capture; when a window that is counted from the end
    /// is asked of what can be read once.
    pub fn open(input: impl Into<Input<'p>>, window: Window) -> Result<Self, CaptureError> {
        let Input { files, progress } = input.into();
        let last = if window.asks_for_end() { last_event(&files)? } else { 0 };
        let reports = Reports { to: progress, events: 0, bytes: Rc::default(), of: size(&files) };
        let mut waiting: VecDeque<PathBuf> = files.into();
        let file = waiting.pop_front().unwrap_or_default();
        let reader = open(&file, &reports.bytes)?;
        let part = Part { window, span: None, last, times: Times::default() };
        let host = CapturedHost::default();
        Ok(Self { file, waiting, reader, host, part, left_out: None, reports })
    }

    /// Its host, as described up to the last poll.
    pub(crate) fn host(&self) -> CapturedHost {
        self.host.clone()
    }

    /// When the events happened that were read so far.
    pub fn times(&self) -> Times {
        self.part.times
    }

    /// The window, where it is not all of the capture and no event that was read lies in it.
    pub fn empty_window(&self) -> Option<Span> {
        let Part { window, span, times, .. } = &self.part;
        span.filter(|_| !window.is_whole() && times.within == 0)
    }

    /// Fails where events could not be brought to today's schema.
    ///
    /// # Errors
    /// How many, and why, for the first of them.
    pub fn left_out(&self) -> Result<(), CaptureError> {
        let now = self.reader.left_out().map(|(count, why)| (&self.file, count, why));
        let before = self.left_out.as_ref().map(|(file, count, why)| (file, *count, why));
        match before.or(now) {
            None => Ok(()),
            Some((file, count, why)) => {
                Err(CaptureError::LeftOut { file: file.clone(), count, why: why.clone() })
            }
        }
    }

    /// Goes on to the next file, where there is one.
    fn next_file(&mut self) -> Result<(), CaptureError> {
        let Some(next) = self.waiting.pop_front() else { return Ok(()) };
        if let (None, Some((count, why))) = (&self.left_out, self.reader.left_out()) {
            self.left_out = Some((self.file.clone(), count, why.clone()));
        }
        self.reader = open(&next, &self.reports.bytes)?;
        self.file = next;
        self.host.forget();
        Ok(())
    }
}

/// When the last event of files happened.
fn last_event(files: &[PathBuf]) -> Result<u64, CaptureError> {
    if let Some(file) = files.iter().find(|file| is_stdin(file)) {
        return Err(CaptureError::NoEnd(file.clone()));
    }
    let mut last = 0;
    for file in files {
        let mut reader = open(file, &Rc::default())?;
        // What follows damage is not read later either.
        while let Ok(Some(item)) = reader.next_item() {
            if let Item::Event { cpu, state_only, record } = item {
                last = last.max(EventRecord { bytes: &record, cpu: Some(cpu), state_only }.ts());
            }
        }
    }
    Ok(last)
}

impl Source for CaptureSource<'_> {
    type Error = CaptureError;

    /// Hands out one record; metadata of the host is stored on the way.
    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, CaptureError> {
        let Self { file, reader, host, part, reports, .. } = self;
        let item = reader.next_item();
        let item = item.map_err(|source| CaptureError::Read { file: file.clone(), source })?;
        match item {
            None if self.waiting.is_empty() => return Ok(Poll::End),
            None => {
                self.next_file()?;
                sink(Record::Restart);
            }
            Some(Item::Snapshot(record)) => sink(Record::Snapshot(&record)),
            Some(Item::Event { cpu, state_only, record }) => {
                let mut event = EventRecord { bytes: &record, cpu: Some(cpu), state_only };
                match part.place(event.ts(), host) {
                    Place::Behind => return Ok(Poll::End),
                    Place::Before => event.state_only = true,
                    Place::Within => {}
                }
                reports.event();
                host.learn_event(&record);
                sink(Record::Event(event));
            }
            Some(Item::Machine(machine)) => host.learn_machine(machine),
            Some(Item::UserEntry(account)) => host.learn_account(account),
            Some(Item::Interfaces(interfaces)) => host.learn_interfaces(interfaces),
            Some(_) => {}
        }
        Ok(Poll::More)
    }
}
