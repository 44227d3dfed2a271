//! Writes records to captures: each file begins with the state of the host at that time.

use std::path::PathBuf;
use std::time::Duration;

use peregrine_config::model::ContainerEngines;
use peregrine_containers::Problem;
use peregrine_event::{Event, EventFlags, SyscallSet, syscalls};
use peregrine_fields::{ask_accounts, only_looks};
use peregrine_hostinfo::Host;
use peregrine_scap::Writer;
use peregrine_state::{Container, Limits, State};

use super::beginning::{Beginning, header, write_state};
use super::clock::now;
use super::descriptions::{Descriptions, Held, description};
use super::error::RecordError;
use super::files::{Files, Written};
use super::recording_host::{LookedUp, RecordingHost};
use super::target::{Packing, Target};
use crate::event_filter::{EventFilter, FilterError, names_container};
use crate::pipeline::LAST_WAIT;
use crate::resolve_paths::resolve_paths;
use crate::source::{EventRecord, Record};
use crate::stream::{Stream, extend_trailer};

/// Bytes of an event in a file besides its record: block, CPU, flags, padding.
const AROUND: u64 = 64;
/// A compressed file with less room than this is full: smaller pieces compress badly.
const SMALLEST_PIECE: u64 = 64 << 10;

/// What is recorded, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; with `files` its name gets a number.
    pub path: PathBuf,
    /// How it is compressed.
    pub packing: Packing,
    /// A condition; empty: every event.
    pub filter: String,
    /// Also calls without an event of their own.
    pub all_syscalls: bool,
    /// The maximum size of a file in bytes.
    pub max_size: Option<u64>,
    /// The number of files in the ring; without it the recording ends when the file is full.
    pub files: Option<usize>,
    /// A process whose events are left out: the recorder itself.
    pub without: Option<u32>,
    /// Who is asked about containers; none: nobody.
    pub engines: Option<ContainerEngines>,
}

impl Options {
    /// All events in one file, compressed as its name says.
    pub fn new(path: PathBuf) -> Self {
        let packing = Packing::of(&path);
        Self {
            path,
            packing,
            filter: String::new(),
            all_syscalls: false,
            max_size: None,
            files: None,
            without: None,
            engines: Some(ContainerEngines::default()),
        }
    }
}

/// Why a recording ended by itself.
#[derive(Debug)]
pub enum Ended {
    /// The file has its maximum size.
    Full,
    /// The file cannot be written any more.
    Failed(RecordError),
}

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events written to be shown.
    pub events: u64,
    /// Events left out by the filter, or made by the recorder itself.
    pub filtered_out: u64,
    /// Of those, the ones written as hidden events, because they change the state of the host.
    pub state_only: u64,
    /// Malformed records.
    pub damaged: u64,
    /// Bytes of all files, those removed too.
    pub bytes: u64,
}

/// Writes the records of a source to captures.
pub struct Recorder {
    stream: Stream,
    host: Host,
    looked_up: LookedUp,
    filter: EventFilter,
    containers: bool,
    files: Files,
    writer: Option<Writer<Target>>,
    /// Bytes of complete files.
    finished: u64,
    max_size: Option<u64>,
    /// The maximum size of this file; the state of the host must fit into it.
    limit: u64,
    without: Option<u32>,
    /// When the first snapshot began and ended, nanoseconds since the epoch.
    snapshot: (u64, u64),
    /// Buffer for the trailer of the event, where user space extends it.
    trailers: [Vec<u8>; 2],
    /// Who is asked about containers, and what waits for the answers.
    descriptions: Option<Descriptions>,
    problems: Vec<Problem>,
    counts: Counts,
    ended: Option<Ended>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Opens the first file.
    ///
    /// # Errors
    /// An invalid filter; a file that cannot be written.
    pub fn new(options: &Options) -> Result<Self, RecordError> {
        let filter = EventFilter::new(&options.filter)?;
        let mut files = Files::new(options.path.clone(), options.packing, options.files);
        let host = Host::default();
        let target = files.next()?;
        let writer =
            header(target, &Beginning::of(&host)).map_err(|source| files.failed(source))?;
        let mut stream = Stream::new(Limits::default());
        let descriptions = options.engines.as_ref().map(Descriptions::start).transpose();
        let descriptions = descriptions.map_err(RecordError::Containers)?;
        if descriptions.is_some() {
            stream.state_mut().watch_containers();
        }
        Ok(Self {
            stream,
            containers: names_container(&options.filter),
            host,
            looked_up: LookedUp::default(),
            filter,
            files,
            writer: Some(writer),
            finished: 0,
            max_size: options.max_size,
            limit: options.max_size.unwrap_or(u64::MAX),
            without: options.without,
            snapshot: (0, 0),
            trailers: [Vec::new(), Vec::new()],
            descriptions,
            problems: Vec::new(),
            counts: Counts::default(),
            ended: None,
        })
    }

    /// Takes a record: of the first snapshot, or an event.
    pub fn take(&mut self, record: Record<'_>) {
        match record {
            Record::Snapshot(bytes) => {
                let host = RecordingHost::new(&self.host, &self.looked_up);
                let mut trailer = std::mem::take(&mut self.trailers[0]);
                self.stream.snapshot(bytes, &mut trailer, &host);
                self.trailers[0] = trailer;
            }
            Record::Event(event) if self.ended.is_none() => {
                let waits = self.descriptions.as_mut().is_some_and(|all| all.hold(event.bytes));
                if !waits && let Err(error) = self.event(event) {
                    self.fail(error);
                }
            }
            // This host is the only one.
            Record::Event(_) | Record::Restart => {}
        }
    }

    /// Writes the state of the host, of which the snapshot was taken between two moments (nanoseconds
    /// since the epoch). Events before the first are part of it; for events before the second it is not
    /// known whether they are. Neither are shown.
    ///
    /// # Errors
    /// When the file cannot be written, or the state leaves hardly any room in it.
    pub fn begin(&mut self, began: u64, stood: u64) -> Result<(), RecordError> {
        self.snapshot = (began, stood);
        // What taking the snapshot itself looked up is part of the state.
        self.looked_up.threads.take();
        let size = self.write_state().map_err(|source| self.files.failed(source))?;
        if let Some(max) = self.max_size.filter(|max| size > max / 2) {
            self.files.discard();
            return Err(RecordError::TooSmall { max, size });
        }
        Ok(())
    }

    /// The state of the host.
    pub fn state(&self) -> &State {
        self.stream.state()
    }

    /// What was recorded so far.
    pub fn counts(&mut self) -> Counts {
        let size = self.writer.as_mut().map_or(0, |writer| writer.output().size());
        Counts {
            bytes: self.finished + size,
            damaged: self.stream.damaged(),
            ..self.counts.clone()
        }
    }

    /// Why it ended by itself, if it did: nothing more is recorded.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Writes what waited for the metadata of containers that is there now, and blocks that waited long.
    pub fn look(&mut self) {
        if let Err(error) = self.take_descriptions() {
            self.fail(error);
        }
        if let Some(writer) = &mut self.writer
            && let Err(error) = writer.output().pass_if_due()
        {
            self.fail(self.files.failed(error));
        }
    }

    /// Ends the last file. Returns what was recorded, the files, oldest first, how many of the ring were
    /// removed, and why it ended by itself, if it did.
    pub fn finish(mut self) -> (Counts, Vec<Written>, u64, Option<Ended>) {
        if let Some(descriptions) = &mut self.descriptions {
            descriptions.hurry(LAST_WAIT);
        }
        while self.descriptions.as_ref().is_some_and(Descriptions::holds) && self.ended.is_none() {
            std::thread::sleep(Duration::from_millis(1));
            self.look();
        }
        // The recorder may wait for the disk now.
        if let Err(error) = self.close(true) {
            self.fail(error);
        }
        let damaged = self.stream.damaged();
        let counts = Counts { bytes: self.finished, damaged, ..self.counts };
        let (written, removed) = self.files.into_written();
        (counts, written, removed, self.ended)
    }

    /// Container engines that failed since the last call.
    pub(crate) fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// Takes what engines said, and writes the events that waited for it.
    fn take_descriptions(&mut self) -> Result<(), RecordError> {
        let Some(descriptions) = &mut self.descriptions else { return Ok(()) };
        let (described, problems) = descriptions.take();
        let due = descriptions.due();
        self.problems.extend(problems);
        for container in described {
            self.describe(container)?;
        }
        let Some(Held { first: (num, cpu, record), later, .. }) = due else { return Ok(()) };
        if let Ok(mut event) = Event::parse(num, &record) {
            event.cpu = cpu;
            self.write(event, &record)?;
        }
        for record in later {
            self.take(Record::live(&record));
        }
        Ok(())
    }

    /// Writes the description of a container.
    fn describe(&mut self, container: Container) -> Result<(), RecordError> {
        let record = description(&container, now());
        self.stream.state_mut().describe_container(container);
        let size = u64::try_from(record.len()).unwrap_or(u64::MAX);
        // The next file begins with the descriptions of all.
        if self.make_room(size)? || self.ended.is_some() {
            return Ok(());
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.event(0, true, &record).map_err(|source| self.files.failed(source))
    }

    /// Goes on in the next file where so many bytes do not fit into this one, and returns whether it did.
    /// Where there is no next file the recording ends.
    fn make_room(&mut self, size: u64) -> Result<bool, RecordError> {
        if self.has_room(size.saturating_add(AROUND))? {
            return Ok(false);
        }
        if !self.files.rotates() {
            self.ended = Some(Ended::Full);
            return Ok(false);
        }
        self.rotate()?;
        Ok(true)
    }

    fn fail(&mut self, error: RecordError) {
        if let Some(mut writer) = self.writer.take() {
            // The file ends with its last whole block; waiting blocks may still fit.
            let _ = writer.output().pass();
            self.grown(writer.output().size());
        }
        self.ended.get_or_insert(Ended::Failed(error));
    }

    fn grown(&mut self, bytes: u64) {
        self.files.grown(bytes);
        self.finished += bytes;
    }

    fn close(&mut self, reach_disk: bool) -> Result<(), RecordError> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let mut target = writer.finish().map_err(|source| self.files.failed(source))?;
        let done =
            target.pass().and_then(|()| if reach_disk { target.reach_disk() } else { Ok(()) });
        self.grown(target.size());
        done.map_err(|source| self.files.failed(source))
    }

    /// Writes the current state and returns the size of the file with it.
    fn write_state(&mut self) -> std::io::Result<u64> {
        let Some(writer) = &mut self.writer else { return Ok(0) };
        write_state(writer, self.stream.state_mut(), now())?;
        writer.output().pass()?;
        Ok(writer.output().size())
    }

    /// Continues in the next file.
    fn rotate(&mut self) -> Result<(), RecordError> {
        self.close(false)?;
        let target = self.files.next()?;
        let beginning = Beginning::of(&self.host);
        let writer = header(target, &beginning).map_err(|source| self.files.failed(source))?;
        self.writer = Some(writer);
        self.looked_up.accounts.forget();
        let size = self.write_state().map_err(|source| self.files.failed(source))?;
        // Where the state has grown so much that it fills a file, files get larger.
        self.limit = self.max_size.map_or(u64::MAX, |max| max.max(size.saturating_mul(2)));
        Ok(())
    }

    /// Whether so many more bytes fit into the file.
    fn has_room(&mut self, more: u64) -> Result<bool, RecordError> {
        let limit = self.limit;
        let Some(writer) = &mut self.writer else { return Ok(false) };
        let target = writer.output();
        if target.size().saturating_add(more) <= limit {
            return Ok(true);
        }
        if !target.packs() {
            return Ok(false);
        }
        // Waiting blocks may become smaller.
        target.pass().map_err(|source| self.files.failed(source))?;
        Ok(target.size().saturating_add(more.max(SMALLEST_PIECE)) <= limit)
    }

    fn event(&mut self, record: EventRecord<'_>) -> Result<(), RecordError> {
        let bytes = record.bytes;
        let ts = record.ts();
        // The state has applied it already.
        if ts < self.snapshot.0 {
            return Ok(());
        }
        // Before the state applies the event: the next file begins with the state before it.
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.make_room(size)?;
        if self.ended.is_some() {
            return Ok(());
        }
        let mut trailer = std::mem::take(&mut self.trailers[0]);
        let Self { stream, host, looked_up, descriptions, .. } = self;
        let host = RecordingHost::new(host, looked_up);
        let written = match stream.event(record, &mut trailer, &host) {
            None => Ok(()),
            Some(event) => {
                let waits = descriptions.as_mut().is_some_and(|descriptions| {
                    stream.state().has_seen_containers()
                        && descriptions.request(stream.state_mut().take_seen_containers(), &event)
                });
                if waits { Ok(()) } else { self.write(event, bytes) }
            }
        };
        self.trailers[0] = trailer;
        written
    }

    /// Writes an event that the state has applied, of a record with these bytes.
    fn write(&mut self, event: Event<'_>, bytes: &[u8]) -> Result<(), RecordError> {
        let mut event = event;
        let ts = event.view.ts();
        let (_, stood) = self.snapshot;
        let Self { stream, host, looked_up, trailers: [_, longer], .. } = self;
        let host = &RecordingHost::new(host, looked_up);
        let Some(writer) = &mut self.writer else { return Ok(()) };
        // Threads that no event described: a replay cannot look them up.
        let asked = looked_up.threads.take();
        let known = asked.iter().try_for_each(|record| writer.snapshot(record));
        let own = self.without.is_some()
            && event.trailer.origin().map(|origin| origin.pid) == self.without;
        // Paths cannot be resolved later.
        if !own && !only_looks(&event) {
            let found = resolve_paths(&event, stream.state(), host);
            if !found.is_empty() {
                extend_trailer(&mut event, &found, longer);
            }
        }
        let mut context = stream.context(&event, host);
        context.containers = self.containers;
        let shown = !own && ts >= stood && self.filter.fits(&context);
        let changes = event.view.info().flags.has(EventFlags::MODIFIES_STATE);
        if shown {
            // Rules may test for containers in a replay, whatever the filter does.
            context.containers = true;
            if context.thread().is_some_and(|one| looked_up.accounts.are_due(one, ts)) {
                ask_accounts(&context);
            }
        }
        let accounts = looked_up.accounts.take(ts);
        let reported = accounts.iter().try_for_each(|record| writer.event(event.cpu, true, record));
        let added = event.trailer.bytes().len() > bytes.len() - event.view.bytes().len();
        let written = known.and(reported).and_then(|()| match (shown || changes, added) {
            (false, _) => Ok(()),
            (true, false) => writer.event(event.cpu, !shown, bytes),
            (true, true) => {
                let whole = [event.view.bytes(), event.trailer.bytes()].concat();
                writer.event(event.cpu, !shown, &whole)
            }
        });
        written
            .and_then(|()| writer.output().pass_if_full())
            .map_err(|source| self.files.failed(source))?;
        self.counts.events += u64::from(shown);
        self.counts.filtered_out += u64::from(!shown);
        self.counts.state_only += u64::from(!shown && changes);
        Ok(())
    }
}

/// The calls of interest: those that the state is built from, whatever the filter is, and of the others
/// those for which the filter can be true.
///
/// # Errors
/// An invalid filter.
pub fn calls(filter: &str, all_syscalls: bool) -> Result<SyscallSet, FilterError> {
    let filter = EventFilter::new(filter)?;
    let wanted = syscalls::all().iter().filter(|call| {
        !call.tracepoint
            && (all_syscalls || !call.generic)
            && call.event().is_some_and(|code| filter.looks_at(code.0))
    });
    Ok(wanted.map(|call| call.id).collect::<SyscallSet>().union(&syscalls::state()))
}
