//! The thread that writes captures. It has a state of the host of its own, which is as it was before the
//! oldest record in memory: a file begins with it, then come the records of the time before the match.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use peregrine_hostinfo::Host;
use peregrine_state::{Group, HostInfo, Interface, User};

use super::accounts::Accounts;
use super::batch::{Batch, Change, Kind, Match};
use super::file::{CaptureFile, Ended, Opening, name};
use super::ring::{Front, Ring, Taken};
use super::{Notices, Settings, Shared};
use crate::notice::CaptureNotice;
use crate::record::{Beginning, now};
use crate::source::EventRecord;
use crate::stream::Stream;

/// How often a file is looked after while no records come.
const LOOK: Duration = Duration::from_millis(500);
/// How long after its end a file waits for an event that ends it, nanoseconds.
const PATIENCE: u64 = 1_000_000_000;
/// How long after a failure no other file is begun, nanoseconds.
const PAUSE: u64 = 10_000_000_000;

/// The host as far as replays know it.
#[derive(Debug, Default)]
struct Addresses(Rc<[Interface]>);

impl HostInfo for Addresses {
    fn user(&self, _uid: u32) -> Option<User> {
        None
    }

    fn group(&self, _gid: u32) -> Option<Group> {
        None
    }

    fn hostname(&self) -> String {
        String::new()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::clone(&self.0)
    }

    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }

    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}

/// A match that has a file, or waits for one.
#[derive(Debug, Clone, Copy)]
struct Found {
    num: u64,
    ts: u64,
    until: u64,
}

/// Writes captures.
pub(super) struct Writer {
    settings: Settings,
    shared: Arc<Shared>,
    /// The host before the oldest record in memory.
    stream: Stream,
    host: Addresses,
    accounts: Accounts,
    ring: Ring,
    /// Descriptions of containers that stand before an event in memory.
    descriptions: BTreeMap<u64, Vec<Vec<u8>>>,
    /// Matches that no file has yet.
    matches: BTreeMap<u64, Match>,
    /// Who waits for the file of a match, by the number of its event.
    wanted: Vec<(u64, Sender<PathBuf>)>,
    held_from: u64,
    /// When the last event was.
    newest: u64,
    file: Option<CaptureFile>,
    /// The last match whose time it covers.
    last: Option<Found>,
    /// How files begin where it is not this host that is watched.
    beginning: Option<Box<Beginning>>,
    /// No file begins before an event of this time: the last one failed.
    not_before: u64,
    /// Nothing is kept in memory for now.
    shed: bool,
    trailer: Vec<u8>,
}

impl Writer {
    pub(super) fn new(settings: Settings, shared: Arc<Shared>) -> Self {
        Self {
            stream: Stream::new(settings.limits),
            settings,
            shared,
            host: Addresses::default(),
            accounts: Accounts::default(),
            ring: Ring::default(),
            descriptions: BTreeMap::new(),
            matches: BTreeMap::new(),
            wanted: Vec::new(),
            held_from: u64::MAX,
            newest: 0,
            file: None,
            last: None,
            beginning: None,
            not_before: 0,
            shed: false,
            trailer: Vec::new(),
        }
    }

    /// Takes batches until there will be no more.
    pub(super) fn run(mut self, batches: &Receiver<Batch>) {
        loop {
            match batches.recv_timeout(LOOK) {
                Ok(batch) => {
                    self.take(batch);
                    self.shared.queued.fetch_sub(1, Ordering::Relaxed);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look();
        }
        self.held_from = u64::MAX;
        self.take_matches();
        self.drain();
        self.end();
    }

    /// Takes the next batch.
    pub(super) fn take(&mut self, mut batch: Batch) {
        if batch.anew {
            self.end();
            self.ring.clear();
            self.descriptions.clear();
            self.matches.clear();
            self.wanted.clear();
            self.accounts.clear();
            self.stream.restart();
        }
        self.ring.push(&mut batch);
        let Batch { matches, wanted, descriptions, held_from, newest, shed, .. } = batch;
        self.wanted.extend(wanted);
        self.held_from = held_from;
        self.newest = self.newest.max(newest);
        self.shed |= shed;
        for (num, description) in descriptions {
            self.descriptions.entry(num).or_default().push(description);
        }
        self.matches.extend(matches.into_iter().map(|one| (one.num, one)));
        self.take_matches();
        self.drain();
        let bytes = u64::try_from(self.ring.bytes()).unwrap_or(u64::MAX);
        self.shared.ring_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Begins files for matches, or lets the one that is written go on longer.
    fn take_matches(&mut self) {
        // An earlier event may still turn out to have matched.
        while let Some(first) = self.matches.first_entry()
            && *first.key() < self.held_from
        {
            let Match { num, ts, duration, beginning } = first.remove();
            if beginning.is_some() {
                self.beginning = beginning;
            }
            let from = ts.saturating_sub(self.settings.before);
            while let Some(front) = self.ring.front() {
                let is_before = match front {
                    Front::Other => true,
                    // What is written has no gaps.
                    Front::Record { num: one, ts: at } => {
                        one < num && (self.file.is_some() || at < from)
                    }
                };
                if !is_before {
                    break;
                }
                self.pop();
            }
            let found = Found { num, ts, until: ts.saturating_add(duration) };
            match &mut self.file {
                Some(file) => {
                    file.until = file.until.max(found.until);
                    self.last = Some(found);
                }
                None if ts < self.not_before => self.wanted.retain(|(of, _)| *of != num),
                None => {
                    let first = match self.ring.front() {
                        Some(Front::Record { ts, .. }) => ts,
                        _ => ts,
                    };
                    self.begin(found, first);
                }
            }
        }
    }

    /// Begins the file of a match, of which the first event is at `ts`.
    fn begin(&mut self, found: Found, ts: u64) {
        let path = name(&self.settings.path_prefix, found.ts, found.num);
        let this;
        let beginning = if self.settings.live {
            this = Beginning::of(&Host::new());
            Some(&this)
        } else {
            self.beginning.as_deref()
        };
        let Some(beginning) = beginning else { return };
        let (most, until) = (self.settings.max_size, found.until);
        let opening = Opening { path: path.clone(), beginning, most, until, ts };
        match CaptureFile::begin(opening, self.stream.state_mut(), self.accounts.records()) {
            Ok(file) => (self.file, self.last) = (Some(file), Some(found)),
            Err(error) => self.failed(path, &error, found.ts),
        }
    }

    /// Ends a file that has no room for a record. Where the last match of its time is yet to come, that
    /// has another file.
    fn make_room(&mut self, num: u64, ts: u64, bytes: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let path = file.path().to_owned();
        match file.has_room(bytes) {
            Ok(true) => {}
            Ok(false) => {
                if let Some(bytes) = self.end() {
                    let most = self.settings.max_size.unwrap_or(0);
                    self.notify(CaptureNotice::Full { path, most, bytes });
                }
                if let Some(found) = self.last.take_if(|last| last.num >= num) {
                    self.begin(found, ts);
                }
            }
            Err(error) => {
                self.file = None;
                self.failed(path, &error, self.newest);
            }
        }
    }

    fn failed(&mut self, path: PathBuf, error: &io::Error, ts: u64) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        self.not_before = ts.saturating_add(PAUSE);
        // Nobody waits for what does not come.
        self.wanted.clear();
        self.notify(CaptureNotice::Failed { path, why: error.to_string() });
    }

    /// Takes from memory what need not wait: everything while a file is written, else what is older than
    /// captures go back or has no room.
    fn drain(&mut self) {
        let before = self.settings.before;
        while let Some(front) = self.ring.front() {
            let goes = match front {
                Front::Other => true,
                _ if self.ring.bytes() > self.settings.ring_bytes || self.shed => true,
                Front::Record { num, .. } if num >= self.held_from => false,
                Front::Record { ts, .. } => {
                    self.file.is_some() || ts.saturating_add(before) < self.newest
                }
            };
            if !goes {
                break;
            }
            self.pop();
        }
        self.shed = false;
    }

    /// Takes the oldest record from memory: the state applies it, and the file gets it.
    fn pop(&mut self) {
        if let Some(Front::Record { num, .. }) = self.ring.front() {
            while let Some(first) = self.descriptions.first_entry()
                && *first.key() <= num
            {
                for description in first.remove() {
                    self.record(num, 0, Kind::StateOnly, &description);
                }
            }
        }
        let mut ring = std::mem::take(&mut self.ring);
        ring.pop(|taken| match taken {
            Taken::Record { num, cpu, kind, bytes } => self.record(num, cpu, kind, bytes),
            Taken::Change(change) => self.change(change),
        });
        self.ring = ring;
    }

    /// Applies a record to the state and writes it. `num` is that of the event before which it stands, or of
    /// itself.
    fn record(&mut self, num: u64, cpu: u16, kind: Kind, bytes: &[u8]) {
        let record = EventRecord { bytes, cpu: Some(cpu), state_only: kind == Kind::StateOnly };
        let ts = record.ts();
        // A file begins with the state before the record.
        self.make_room(num, ts, bytes);
        let mut trailer = std::mem::take(&mut self.trailer);
        let Self { stream, host, accounts, .. } = self;
        if kind == Kind::Looked {
            stream.snapshot(bytes, &mut trailer, host);
        } else if let Some(event) = stream.event(record, &mut trailer, host) {
            accounts.learn(&event, bytes);
        }
        self.trailer = trailer;
        let Some(file) = &mut self.file else { return };
        match file.write(cpu, kind, bytes) {
            Ok(()) => {
                if kind == Kind::Event && ts >= file.until {
                    self.end();
                }
            }
            Err(error) => {
                let path = file.path().to_owned();
                self.file = None;
                self.failed(path, &error, self.newest);
            }
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Restart => {
                self.end();
                self.stream.restart();
                self.accounts.clear();
            }
            Change::FollowNames(on) => self.stream.state_mut().follow_names(on),
            Change::ClockMoved(by) => self.stream.state_mut().clock_moved(by),
            Change::Stale(gone) => _ = self.stream.state_mut().remove_stale(&gone),
            Change::Forgotten(containers) => {
                for container in containers {
                    self.stream.state_mut().forget_container(&container);
                    self.accounts.forget(&container);
                }
            }
            Change::Shed(most) => _ = self.stream.state_mut().shed_to(most),
            Change::Interfaces(interfaces) => self.host = Addresses(interfaces.into()),
        }
    }

    /// Writes what waited long, and ends a file whose time is over while no event comes.
    fn look(&mut self) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.pass_if_due() {
            let path = file.path().to_owned();
            self.file = None;
            self.failed(path, &error, self.newest);
            return;
        }
        if self.settings.live
            && self.ring.front().is_none()
            && now() > file.until.saturating_add(PATIENCE)
        {
            self.end();
        }
    }

    /// Ends the file, where one is written; returns its bytes.
    fn end(&mut self) -> Option<u64> {
        let file = self.file.take()?;
        let path = file.path().to_owned();
        match file.end() {
            Ok(ended) => {
                let bytes = ended.bytes;
                self.ended(ended);
                Some(bytes)
            }
            Err(error) => {
                self.failed(path, &error, self.newest);
                None
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        let Ended { path, events, bytes, removed } = ended;
        let last = self.last.map_or(0, |last| last.num);
        for (_, by) in self.wanted.extract_if(.., |(of, _)| *of <= last) {
            // Who waited long has gone.
            let _ = by.send(path.clone());
        }
        let Shared { files, events: written, bytes: sum, .. } = &*self.shared;
        files.fetch_add(1, Ordering::Relaxed);
        written.fetch_add(events, Ordering::Relaxed);
        sum.fetch_add(bytes, Ordering::Relaxed);
        self.notify(if removed {
            CaptureNotice::Removed { path }
        } else {
            CaptureNotice::Written { path, events, bytes }
        });
    }

    fn notify(&self, notice: CaptureNotice) {
        let notices: &Notices = &self.shared.notices;
        notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(notice);
    }
}
