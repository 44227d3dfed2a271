//! The writer: alerts become records, records are written in groups, segments fill up, are sealed and go.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use peregrine_alert::Alert;

use crate::checkpoint::{Checkpoint, Key};
use crate::cursors::{CURSORS, Cursors};
use crate::error::JournalError;
use crate::index::{Index, Row};
use crate::notice::JournalNotice;
use crate::options::{Fsync, Now, Options};
use crate::record::{self, Chain, HASH, Kind, MAX_PAYLOAD};
use crate::segment::{SEGMENT_HEADER, Seal, SegmentHeader, segment_name};
use crate::storage::{Anchor, Storage};

/// How often the last checkpoint is kept aside where nothing is synced.
const KEEP_HEAD: Duration = Duration::from_secs(1);
/// How often the cursors of consumers are saved at most.
const SAVE_CURSORS: Duration = Duration::from_millis(200);

/// How far records are safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The last record that survives the end of this process.
    pub written: u64,
    /// The last record that survives a power cut.
    pub durable: u64,
}

/// A segment that gets nothing more.
#[derive(Debug, Clone)]
pub(crate) struct Full {
    pub(crate) first: u64,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) alerts: u64,
    pub(crate) newest_ns: u64,
}

/// The segment that is written.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) first: u64,
    pub(crate) name: String,
    /// Bytes that were written.
    pub(crate) size: u64,
    pub(crate) created_ns: u64,
    pub(crate) index: Index,
    /// A write failed: there may be more than `size` bytes.
    pub(crate) torn: bool,
}

/// Writes the journal of one folder.
#[derive(Debug)]
pub struct Journal<S> {
    pub(crate) folder: S,
    pub(crate) anchor: Anchor<S>,
    pub(crate) key: Key,
    pub(crate) options: Options,
    pub(crate) full: VecDeque<Full>,
    /// None: the next record begins a segment.
    pub(crate) active: Option<Active>,
    /// The last record of a segment whose syncing failed: whether it survives a power cut nobody knows, for the
    /// kernel may call bytes synced that it could not write.
    pub(crate) uncertain: u64,
    /// The hash of the last record that is written, then the records that wait.
    pub(crate) waiting: Vec<u8>,
    /// The alerts that wait; their offsets are those in `waiting`.
    pub(crate) rows: Vec<Row>,
    /// The number of the next record.
    pub(crate) next: u64,
    pub(crate) since_checkpoint: u64,
    pub(crate) checkpointed: Duration,
    pub(crate) latest: Option<Checkpoint>,
    /// The checkpoint that is kept beside the key.
    pub(crate) head: u64,
    pub(crate) head_kept: Duration,
    pub(crate) acknowledged: Acknowledged,
    pub(crate) synced: Duration,
    pub(crate) looked: Duration,
    /// What retention has announced.
    pub(crate) kept_from: u64,
    pub(crate) cursors: Cursors,
    pub(crate) cursors_changed: bool,
    pub(crate) cursors_saved: Option<Duration>,
    pub(crate) failing: bool,
    pub(crate) notices: Vec<JournalNotice>,
}

impl<S: Storage> Journal<S> {
    /// Takes an alert; it is written by the next [`Self::commit`]. Returns its record's number.
    ///
    /// # Errors
    /// When it is too long, or so much waits that nothing more is taken: it is not in the journal then.
    pub fn append(&mut self, alert: &Alert, now: Now) -> Result<u64, JournalError> {
        let text = alert.encode();
        if text.len() > MAX_PAYLOAD {
            return Err(JournalError::TooLong(text.len()));
        }
        if self.waiting.len() > HASH && self.waiting.len() + text.len() > self.options.waiting {
            return Err(JournalError::Full);
        }
        let offset = self.waiting.len();
        let number = self.push(Kind::Alert, alert.time_ns, text.as_bytes());
        let first = self.active.as_ref().map_or(number, |active| active.first);
        let row = Row {
            time_ns: alert.time_ns,
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            number: u32::try_from(number - first).unwrap_or(u32::MAX),
            group: 0,
        };
        match &mut self.active {
            Some(active) => {
                let group = active.index.group(&alert.rule, alert.priority, &alert.source);
                self.rows.push(Row { group, ..row });
            }
            // The index is made of what waits when the segment begins.
            None => self.rows.clear(),
        }
        if self.since_checkpoint >= self.options.checkpoint_records {
            self.sign(now);
        }
        Ok(number)
    }

    /// Takes bytes that are no alert of this program, received at the wall time of `now`; they are written by the
    /// next [`Self::commit`], read by [`crate::Follower::next_bytes`]. Returns their record's number.
    ///
    /// # Errors
    /// When they are too long, or so much waits that nothing more is taken: they are not in the journal then.
    pub fn append_bytes(&mut self, bytes: &[u8], now: Now) -> Result<u64, JournalError> {
        if bytes.len() > MAX_PAYLOAD {
            return Err(JournalError::TooLong(bytes.len()));
        }
        if self.waiting.len() > HASH && self.waiting.len() + bytes.len() > self.options.waiting {
            return Err(JournalError::Full);
        }
        let number = self.push(Kind::Bytes, now.wall_ns, bytes);
        if self.since_checkpoint >= self.options.checkpoint_records {
            self.sign(now);
        }
        Ok(number)
    }

    /// Forgets what waits: after a [`Self::commit`] that failed, for who answers that it is not written.
    pub fn discard_waiting(&mut self) {
        let written = self.acknowledged.written;
        self.waiting.truncate(HASH);
        self.rows.clear();
        self.next = written + 1;
        self.latest.take_if(|latest| latest.number > written);
        self.since_checkpoint = self.since_checkpoint.max(1);
    }

    /// Bytes that wait to be written.
    pub fn waiting(&self) -> usize {
        self.waiting.len() - HASH
    }

    /// Writes what waits, and does what is due: checkpoints, new segments, retention. Call it also where
    /// nothing waits, a few times a second.
    ///
    /// # Errors
    /// When something could not be written: what waits stays in memory, the next call tries again.
    pub fn commit(&mut self, now: Now) -> Result<Acknowledged, JournalError> {
        let done = self.try_commit(now);
        match &done {
            Err(error) if !self.failing => {
                self.failing = true;
                self.notices.push(JournalNotice::Fails { why: error.to_string() });
            }
            Ok(_) if self.failing => {
                self.failing = false;
                self.notices.push(JournalNotice::WorksAgain);
            }
            _ => {}
        }
        done
    }

    /// Signs what there is and makes it survive a power cut: what a writer does last.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn close(mut self, now: Now) -> Result<Vec<JournalNotice>, JournalError> {
        self.sign(now);
        self.flush(now)?;
        if self.options.fsync != Fsync::Never {
            self.sync_segment(now)?;
        }
        self.keep_head(now)?;
        self.save_cursors(now)?;
        Ok(self.notices)
    }

    /// What there is to say since this was asked last.
    pub fn take_notices(&mut self) -> Vec<JournalNotice> {
        std::mem::take(&mut self.notices)
    }

    /// The last record a consumer has had. One that is new begins behind the last record there is.
    pub fn register(&mut self, consumer: &str) -> u64 {
        if let Some(number) = self.cursors.0.get(consumer) {
            return *number;
        }
        let number = self.next - 1;
        self.set_cursor(consumer, number);
        number
    }

    /// A consumer has had all records up to this one. Saved by the next [`Self::commit`]: after a crash
    /// a consumer may get records it has had.
    pub fn set_cursor(&mut self, consumer: &str, number: u64) {
        self.cursors.0.insert(consumer.to_owned(), number);
        self.cursors_changed = true;
    }

    /// The same, but never back.
    pub(crate) fn move_cursor(&mut self, consumer: &str, number: u64) {
        if self.cursors.0.get(consumer).is_some_and(|cursor| *cursor < number) {
            self.set_cursor(consumer, number);
        }
    }

    /// There is no such consumer any more: retention does not ask for it.
    pub fn forget(&mut self, consumer: &str) {
        self.cursors_changed |= self.cursors.0.remove(consumer).is_some();
    }

    /// These are all consumers there are.
    pub(crate) fn keep_consumers<'c>(&mut self, consumers: impl Iterator<Item = &'c str>) {
        let known: Vec<&str> = consumers.collect();
        let before = self.cursors.0.len();
        self.cursors.0.retain(|name, _| known.contains(&name.as_str()));
        self.cursors_changed |= self.cursors.0.len() != before;
    }

    /// The last record there is, written or not.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    fn try_commit(&mut self, now: Now) -> Result<Acknowledged, JournalError> {
        let due = now.elapsed.saturating_sub(self.checkpointed) >= self.options.checkpoint_interval;
        if due && self.since_checkpoint > 0 {
            self.sign(now);
        }
        self.flush(now)?;
        if self.is_full(now) {
            self.rotate(now)?;
        }
        let synced = self.sync(now);
        // Bounds hold also where nothing can be synced.
        self.retire(now)?;
        self.look(now)?;
        if self.cursors_saved.is_none_or(|saved| now.elapsed.saturating_sub(saved) >= SAVE_CURSORS)
        {
            self.save_cursors(now)?;
        }
        synced.map(|()| self.acknowledged)
    }

    /// Adds a record to what waits.
    pub(crate) fn push(&mut self, kind: Kind, time_ns: u64, payload: &[u8]) -> u64 {
        let number = self.next;
        record::write(&mut self.waiting, number, time_ns, kind, payload);
        self.next = self.next.saturating_add(1);
        self.since_checkpoint += 1;
        number
    }

    /// The hash of the last record, written or waiting.
    fn tip(&self) -> Chain {
        self.waiting.last_chunk().copied().unwrap_or_default()
    }

    /// Adds a checkpoint over all there is, unless the last one is the last record.
    pub(crate) fn sign(&mut self, now: Now) {
        self.checkpointed = now.elapsed;
        if self.since_checkpoint == 0 {
            return;
        }
        let checkpoint = self.key.sign(self.next - 1, &self.tip(), now.wall_ns);
        self.push(Kind::Checkpoint, now.wall_ns, &checkpoint.bytes());
        self.since_checkpoint = 0;
        self.latest = Some(checkpoint);
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self, now: Now) -> Result<(), JournalError> {
        self.look_at_active()?;
        if self.waiting.len() == HASH {
            return Ok(());
        }
        if self.active.is_none() {
            self.begin_segment(now)?;
        }
        let Some(active) = &mut self.active else { return Ok(()) };
        let records = self.waiting.get(HASH..).unwrap_or_default();
        if let Err(error) = self.folder.append(&active.name, records) {
            active.torn = true;
            return Err(JournalError::storage("append to", &active.name)(error));
        }
        let base = active.size.saturating_sub(HASH as u64);
        for row in self.rows.drain(..) {
            let offset = u32::try_from(base + u64::from(row.offset)).unwrap_or(u32::MAX);
            active.index.rows.push(Row { offset, ..row });
        }
        active.size += records.len() as u64;
        let tip = self.waiting.len() - HASH;
        self.waiting.drain(..tip);
        self.acknowledged.written = self.next - 1;
        Ok(())
    }

    /// Looks whether the segment is as it was left.
    fn look_at_active(&mut self) -> Result<(), JournalError> {
        let Some(active) = &mut self.active else { return Ok(()) };
        let what = match self.folder.size(&active.name) {
            Ok(size) if size == active.size => {
                active.torn = false;
                return Ok(());
            }
            Ok(size) if active.torn && size > active.size => {
                let cut = self.folder.truncate(&active.name, active.size);
                cut.map_err(JournalError::storage("truncate", &active.name))?;
                active.torn = false;
                return Ok(());
            }
            Ok(size) => format!(
                "{} has {size} bytes, {} were written: somebody else changed it",
                active.name, active.size
            ),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                format!("{} is gone: somebody else deleted it", active.name)
            }
            Err(error) => return Err(JournalError::storage("look at", &active.name)(error)),
        };
        self.notices.push(JournalNotice::Damaged(what));
        // It stays as it is, for whoever examines it; what waits begins another.
        self.active = None;
        self.rows.clear();
        Ok(())
    }

    /// Begins a segment with what waits.
    fn begin_segment(&mut self, now: Now) -> Result<(), JournalError> {
        let first = record::Record::parse(&self.waiting, HASH).map_or(self.next, |one| one.number);
        let before = self.waiting.first_chunk().copied().unwrap_or_default();
        let header = SegmentHeader { first, created_ns: now.wall_ns, before };
        let name = segment_name(first);
        match self.folder.create(&name) {
            // Begun before, without success.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.folder.truncate(&name, 0).map_err(JournalError::storage("truncate", &name))?;
            }
            done => done.map_err(JournalError::storage("create", &name))?,
        }
        self.folder
            .append(&name, &header.bytes())
            .map_err(JournalError::storage("append to", &name))?;
        let mut index = Index::default();
        for piece in record::Records::new(&self.waiting, HASH) {
            if let record::Piece::Record(record) = piece {
                index.add_record(&record, first);
            }
        }
        self.rows = std::mem::take(&mut index.rows);
        let size = SEGMENT_HEADER as u64;
        let created_ns = now.wall_ns;
        self.active = Some(Active { first, name, size, created_ns, index, torn: false });
        Ok(())
    }

    fn is_full(&self, now: Now) -> bool {
        self.active.as_ref().is_some_and(|active| {
            let age = now.wall_ns.saturating_sub(active.created_ns);
            active.size >= self.options.segment_bytes()
                || (age >= self.options.segment_age_ns() && !active.index.rows.is_empty())
        })
    }

    /// Ends the segment with its index and a seal, and begins another with a checkpoint.
    fn rotate(&mut self, now: Now) -> Result<(), JournalError> {
        let Some(active) = &self.active else { return Ok(()) };
        let newest = active.index.rows.iter().map(|row| row.time_ns).max().unwrap_or_default();
        let alerts = active.index.rows.len() as u64;
        let seal = Seal { index_at: active.size, alerts, newest_ns: newest.max(now.wall_ns) };
        let index = active.index.bytes();
        let (next, since) = (self.next, self.since_checkpoint);
        self.push(Kind::Index, now.wall_ns, &index);
        self.push(Kind::Seal, now.wall_ns, &seal.bytes());
        if let Err(error) = self.flush(now) {
            // Nothing may stand behind a seal: the next try makes another.
            self.waiting.truncate(HASH);
            (self.next, self.since_checkpoint) = (next, since);
            return Err(error);
        }
        let synced =
            if self.options.fsync == Fsync::Never { Ok(()) } else { self.sync_segment(now) };
        // Sealed is sealed, synced or not: nothing may stand behind a seal.
        self.leave_active(now);
        synced?;
        self.sign(now);
        self.flush(now)
    }

    /// The segment gets nothing more.
    fn leave_active(&mut self, now: Now) {
        if let Some(Active { first, name, size, index, .. }) = self.active.take() {
            let newest = index.rows.iter().map(|row| row.time_ns).max().unwrap_or_default();
            let (alerts, newest_ns) = (index.rows.len() as u64, newest.max(now.wall_ns));
            self.full.push_back(Full { first, name, size, alerts, newest_ns });
        }
    }

    pub(crate) fn sync_segment(&mut self, now: Now) -> Result<(), JournalError> {
        let Acknowledged { written, durable } = self.acknowledged;
        if written > durable.max(self.uncertain) {
            if let Some(Active { name, .. }) = &self.active
                && let Err(error) = self.folder.sync(name)
            {
                let error = JournalError::storage("sync", name)(error);
                // A later success would say nothing about what is in it: what comes begins another.
                self.notices.push(JournalNotice::NotDurable {
                    segment: name.clone(),
                    first: durable.max(self.uncertain) + 1,
                    last: written,
                });
                self.uncertain = written;
                self.leave_active(now);
                return Err(error);
            }
            self.acknowledged.durable = written;
        }
        self.synced = now.elapsed;
        Ok(())
    }

    fn sync(&mut self, now: Now) -> Result<(), JournalError> {
        match self.options.fsync {
            Fsync::Always => self.sync_segment(now)?,
            Fsync::Interval(interval) if now.elapsed.saturating_sub(self.synced) >= interval => {
                self.sync_segment(now)?;
            }
            Fsync::Interval(_) => {}
            Fsync::Never if now.elapsed.saturating_sub(self.head_kept) < KEEP_HEAD => return Ok(()),
            Fsync::Never => {}
        }
        self.keep_head(now)
    }

    /// Keeps the last checkpoint beside the key, once what it is about is as safe as it gets.
    fn keep_head(&mut self, now: Now) -> Result<(), JournalError> {
        let Some(latest) = self.latest.as_ref().filter(|latest| latest.number > self.head) else {
            return Ok(());
        };
        let durable = self.options.fsync != Fsync::Never;
        let safe = if durable { self.acknowledged.durable } else { self.acknowledged.written };
        if latest.number <= safe {
            let name = self.anchor.name("head");
            let mut bytes = latest.bytes();
            bytes.push(b'\n');
            self.anchor
                .storage
                .replace(&name, &bytes, durable)
                .map_err(JournalError::storage("write", &name))?;
            (self.head, self.head_kept) = (latest.number, now.elapsed);
        }
        Ok(())
    }

    /// Saves how far consumers have come, as safely as the records are. None is ahead of what is written: those
    /// numbers may be another's after a crash.
    fn save_cursors(&mut self, now: Now) -> Result<(), JournalError> {
        if self.cursors_changed {
            let mut cursors = self.cursors.clone();
            let written = self.acknowledged.written;
            let mut ahead = false;
            for cursor in cursors.0.values_mut() {
                ahead |= *cursor > written;
                *cursor = written.min(*cursor);
            }
            let durable = self.options.fsync != Fsync::Never;
            self.folder
                .replace(CURSORS, cursors.text().as_bytes(), durable)
                .map_err(JournalError::storage("write", CURSORS))?;
            (self.cursors_changed, self.cursors_saved) = (ahead, Some(now.elapsed));
        }
        Ok(())
    }
}
