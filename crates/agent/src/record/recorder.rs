//! Records in, captures out: each file begins with the picture of the host as it is then.

use std::cell::RefCell;
use std::net::IpAddr;
use std::path::PathBuf;
use std::rc::Rc;

use peregrine_event::{EventFlags, Standing, SyscallSet, syscalls};
use peregrine_fields::{ask_accounts, only_looks};
use peregrine_hostinfo::Host;
use peregrine_scap::{Machine, UserEntry, Writer};
use peregrine_state::{
    ContainerThreads, Group, HostInfo, Interface, Limits, PathQuery, ProgramFile, State, User,
};

use super::container_accounts::Insides;
use super::error::RecordError;
use super::files::{Files, Written};
use super::target::{Packing, Target};
use crate::event_filter::{EventFilter, FilterError, names_container};
use crate::resolve_paths::led;
use crate::source::{EventRecord, Record};
use crate::stream::{Stream, extend_trailer};

/// What an event takes in a file besides its record: block, CPU, flags, padding.
const AROUND: u64 = 64;
/// A compressed file with less room than this is full: pieces would become too small to pack well.
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
    /// Bytes of a file at most.
    pub max_size: Option<u64>,
    /// A ring of so many files; without it the recording ends when the file is full.
    pub files: Option<usize>,
    /// A process whose own acts are left out: the recorder's.
    pub without: Option<u32>,
}

impl Options {
    /// All events into one file, as its name says.
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
        }
    }
}

/// Why a recording ended by itself.
#[derive(Debug)]
pub enum Ended {
    /// The file is as large as it may be.
    Full,
    /// It could not be written any more.
    Failed(RecordError),
}

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events written to be shown.
    pub events: u64,
    /// Events the filter left out, or acts of the recorder itself.
    pub filtered_out: u64,
    /// Of those, the ones written all the same, unseen, as they change the picture of the host.
    pub state_only: u64,
    /// Records that were no events.
    pub damaged: u64,
    /// Bytes of all files, those removed too.
    pub bytes: u64,
}

/// Writes captures of what a source tells.
pub struct Recorder {
    stream: Stream,
    outside: Witness,
    filter: EventFilter,
    containers: bool,
    files: Files,
    writer: Option<Writer<Target>>,
    /// Bytes of files that are finished.
    finished: u64,
    max_size: Option<u64>,
    /// Bytes this file may have; a picture of the host must find room in it.
    limit: u64,
    without: Option<u32>,
    /// When the first snapshot began and when it stood, nanoseconds since the epoch.
    snapshot: (u64, u64),
    /// Facts of the event at hand, where user space adds to them.
    trailers: [Vec<u8>; 2],
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
    /// A filter that is none; a file that cannot be written.
    pub fn new(options: &Options) -> Result<Self, RecordError> {
        let filter = EventFilter::new(&options.filter)?;
        let mut files = Files::new(options.path.clone(), options.packing, options.files);
        let outside = Witness::default();
        let target = files.next()?;
        let writer = header(target, &outside.host).map_err(|source| files.failed(source))?;
        Ok(Self {
            stream: Stream::new(Limits::default()),
            containers: names_container(&options.filter),
            outside,
            filter,
            files,
            writer: Some(writer),
            finished: 0,
            max_size: options.max_size,
            limit: options.max_size.unwrap_or(u64::MAX),
            without: options.without,
            snapshot: (0, 0),
            trailers: [Vec::new(), Vec::new()],
            counts: Counts::default(),
            ended: None,
        })
    }

    /// Takes a record: of the first snapshot, or an event.
    pub fn take(&mut self, record: Record<'_>) {
        match record {
            Record::Snapshot(bytes) => self.stream.snapshot(bytes, &self.outside),
            Record::Event(event) if self.ended.is_none() => {
                if let Err(error) = self.event(event) {
                    self.fail(error);
                }
            }
            Record::Event(_) => {}
        }
    }

    /// Writes the picture of the host, that was taken between two moments (nanoseconds since the
    /// epoch): what was before the first is in it, of what was before the second nobody can say who
    /// did it. That is not shown.
    ///
    /// # Errors
    /// When the file cannot be written, or has hardly room for more than the picture.
    pub fn begin(&mut self, began: u64, stood: u64) -> Result<(), RecordError> {
        self.snapshot = (began, stood);
        // What the snapshot itself asked for is in the picture.
        self.outside.seen.take();
        let size = self.tell().map_err(|source| self.files.failed(source))?;
        if let Some(max) = self.max_size.filter(|max| size > max / 2) {
            self.files.discard();
            return Err(RecordError::TooSmall { max, size });
        }
        Ok(())
    }

    /// The picture of the host.
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

    /// Why it ended by itself, if it did: nothing is recorded any more.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Writes what has waited long.
    pub fn look(&mut self) {
        if let Some(writer) = &mut self.writer
            && let Err(error) = writer.output().pass_if_due()
        {
            self.fail(self.files.failed(error));
        }
    }

    /// Ends the last file. What was recorded, the files, oldest first, and how many of the ring were
    /// removed; and why it ended by itself, if it did.
    pub fn finish(mut self) -> (Counts, Vec<Written>, u64, Option<Ended>) {
        // Nothing waits for the recorder any more: it can wait for the disk.
        if let Err(error) = self.close(true) {
            self.fail(error);
        }
        let damaged = self.stream.damaged();
        let counts = Counts { bytes: self.finished, damaged, ..self.counts };
        let (written, removed) = self.files.into_written();
        (counts, written, removed, self.ended)
    }

    fn fail(&mut self, error: RecordError) {
        if let Some(mut writer) = self.writer.take() {
            // The file ends where its last whole block ends; what waits may still find room.
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

    /// Writes the picture as it is and says how large the file is with it.
    fn tell(&mut self) -> std::io::Result<u64> {
        let Some(writer) = &mut self.writer else { return Ok(0) };
        let mut result = Ok(());
        self.stream.state_mut().dump(&mut |record| {
            if result.is_ok() {
                result = writer.snapshot(record);
            }
        });
        result?;
        writer.tell()?;
        writer.output().pass()?;
        Ok(writer.output().size())
    }

    /// Goes on in the next file.
    fn rotate(&mut self) -> Result<(), RecordError> {
        self.close(false)?;
        let target = self.files.next()?;
        let writer =
            header(target, &self.outside.host).map_err(|source| self.files.failed(source))?;
        self.writer = Some(writer);
        self.outside.insides.forget();
        let size = self.tell().map_err(|source| self.files.failed(source))?;
        // A host that has grown so much that its picture fills a file gets larger files.
        self.limit = self.max_size.map_or(u64::MAX, |max| max.max(size.saturating_mul(2)));
        Ok(())
    }

    /// Whether the file has room for so many bytes more.
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
        // What waits may become less.
        target.pass().map_err(|source| self.files.failed(source))?;
        Ok(target.size().saturating_add(more.max(SMALLEST_PIECE)) <= limit)
    }

    fn event(&mut self, record: EventRecord<'_>) -> Result<(), RecordError> {
        let bytes = record.bytes;
        let ts = record.ts();
        let (began, stood) = self.snapshot;
        // The state has it in already.
        if ts < began {
            return Ok(());
        }
        // Before the state takes the event in: the next file's is the one before it.
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !self.has_room(size.saturating_add(AROUND))? {
            if !self.files.rotates() {
                self.ended = Some(Ended::Full);
                return Ok(());
            }
            self.rotate()?;
        }
        let Self { stream, outside, trailers: [trailer, longer], .. } = self;
        let Some(mut event) = stream.event(record, trailer, outside) else { return Ok(()) };
        let Some(writer) = &mut self.writer else { return Ok(()) };
        // Threads no event told of: who replays the file has nobody to ask.
        let asked = outside.seen.take();
        let known = asked.iter().try_for_each(|record| writer.snapshot(record));
        let own = self.without.is_some()
            && event.trailer.origin().map(|origin| origin.pid) == self.without;
        // Where its paths lead now nobody can find out later.
        if !own && !only_looks(&event) {
            let found = led(&event, stream.state(), outside);
            if !found.is_empty() {
                extend_trailer(&mut event, &found, longer);
            }
        }
        let mut context = stream.context(&event, outside);
        context.containers = self.containers;
        let shown = !own && ts >= stood && self.filter.fits(&context);
        let changes = event.view.info().flags.has(EventFlags::MODIFIES_STATE);
        if shown {
            // Who reads the recording may look at containers, whatever the filter does.
            context.containers = true;
            if context.thread().is_some_and(|one| outside.insides.are_due(one, ts)) {
                ask_accounts(&context);
            }
        }
        let accounts = outside.insides.take(ts);
        let told = accounts.iter().try_for_each(|record| writer.event(event.cpu, true, record));
        let added = event.trailer.bytes().len() > bytes.len() - event.view.bytes().len();
        let written = known.and(told).and_then(|()| match (shown || changes, added) {
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

/// Begins a file with what does not change from event to event.
fn header(target: Target, host: &Host) -> std::io::Result<Writer<Target>> {
    let (cpus, boot_ns) = host.machine();
    let machine = Machine { cpus, hostname: host.hostname(), boot_ns };
    let interfaces: Vec<(IpAddr, IpAddr)> =
        host.interfaces().iter().map(|one| (one.address, one.netmask)).collect();
    let (users, groups) = host.accounts();
    let users = users.into_iter().map(|user| {
        let User { uid, gid, name, home, shell } = user;
        let [name, home, shell] = [name, home, shell].map(|text| text.to_string());
        UserEntry::User { uid, gid, name, home, shell }
    });
    let groups = groups
        .into_iter()
        .map(|Group { gid, name }| UserEntry::Group { gid, name: name.to_string() });
    let accounts: Vec<UserEntry> = users.chain(groups).collect();
    Writer::new(target, &machine, &interfaces, &accounts)
}

/// The calls to be told of: those the picture is kept from, whatever is looked for, and of the
/// others those the filter can be true for.
///
/// # Errors
/// A filter that is none.
pub fn calls(filter: &str, all_syscalls: bool) -> Result<SyscallSet, FilterError> {
    let filter = EventFilter::new(filter)?;
    let wanted = syscalls::all().iter().filter(|call| {
        !call.tracepoint
            && (all_syscalls || !call.generic)
            && call.event().is_some_and(|code| filter.looks_at(code.0))
    });
    Ok(wanted.map(|call| call.id).collect::<SyscallSet>().union(&syscalls::state()))
}

/// This host, and what it was asked for.
#[derive(Debug, Default)]
struct Witness {
    host: Host,
    seen: RefCell<Vec<Vec<u8>>>,
    insides: Insides,
}

impl HostInfo for Witness {
    fn user(&self, uid: u32) -> Option<User> {
        self.host.user(uid)
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.host.group(gid)
    }

    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        let user = self.host.container_user(inside, uid)?;
        self.insides.user(inside, &user);
        Some(user)
    }

    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        let group = self.host.container_group(inside, gid)?;
        self.insides.group(inside, &group);
        Some(group)
    }

    fn hostname(&self) -> String {
        self.host.hostname()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        self.host.interfaces()
    }

    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        self.host.program(asked, take);
    }

    fn resolve_path(&self, asked: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) {
        self.host.resolve_path(asked, take);
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.host.utc_offset(time_ns)
    }

    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8])) {
        self.host.thread(tid, &mut |record| {
            self.seen.borrow_mut().push(record.to_vec());
            write(record);
        });
    }
}
