//! The writer: prepares alerts on several threads, writes them into the newest file, begins and seals files.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;

use crate::codec::{self, Codec};
use crate::document::Refused;
use crate::error::StoreError;
use crate::prepare::{Prepared, Received, Stored};
use crate::sqlite::part::{self, Meta};
use crate::sqlite::read;
use crate::sqlite::write::{self, Dictionary};
use crate::store::{Part, Store, file_path};

/// Alerts that a thread prepares at least.
const SHARE: usize = 256;
/// Microseconds of a day.
const DAY_US: i64 = 24 * write::HOUR_US;

/// The file that is written.
#[derive(Debug)]
struct Active {
    part: Arc<Part>,
    connection: Connection,
    dictionary: Dictionary,
    codec: Arc<Codec>,
    has_dictionary: bool,
}

/// Writes a store. There is one.
#[derive(Debug)]
pub struct Writer {
    store: Arc<Store>,
    active: Option<Active>,
    /// The newest bodies: the dictionary of the next file is made of them.
    samples: VecDeque<Vec<u8>>,
    /// The file whose first writes may be lost at a power cut still.
    unsynced: bool,
}

impl Writer {
    /// Goes on with a store.
    ///
    /// # Errors
    /// When its newest file cannot be opened.
    pub fn new(store: Arc<Store>) -> Result<Self, StoreError> {
        let mut writer = Self { store, active: None, samples: VecDeque::new(), unsynced: true };
        if let Some(newest) = writer.store.parts().pop()
            && !newest.meta().sealed
        {
            writer.active = Some(Active::open(newest)?);
        }
        Ok(writer)
    }

    /// The record of the log up to which all is written.
    pub fn cursor(&self) -> u64 {
        self.store.cursor()
    }

    /// Prepares alerts, on as many threads as there are CPUs. What is no alert is refused, in its place.
    pub fn prepare(&self, alerts: &[Received<'_>]) -> Vec<Result<Prepared, Refused>> {
        let codec = self.active.as_ref().map(|active| (active.number(), Arc::clone(&active.codec)));
        let prepare = |share: &[Received<'_>]| {
            let mut packer =
                codec.as_ref().and_then(|(number, codec)| Some((*number, codec.packer().ok()?)));
            let each = |received: &Received<'_>| {
                let packer = packer.as_mut().map(|(number, packer)| (*number, packer));
                Prepared::of(*received, packer)
            };
            share.iter().map(each).collect::<Vec<_>>()
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = alerts.len().div_ceil(threads).max(SHARE);
        std::thread::scope(|scope| {
            let mut shares = alerts.chunks(share);
            let Some(own) = shares.next() else { return Vec::new() };
            let others: Vec<_> = shares.map(|share| scope.spawn(move || prepare(share))).collect();
            let mut all = prepare(own);
            for thread in others {
                match thread.join() {
                    Ok(part) => all.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        })
    }

    /// Writes alerts, and that all records of the log up to `cursor` are in the store: both or neither. Says which
    /// id each has.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(
        &mut self,
        mut alerts: Vec<Prepared>,
        cursor: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let received_us = alerts.iter().map(|alert| alert.received_us).max();
        self.make_room(received_us)?;
        let Some(active) = &mut self.active else { return Ok(Vec::new()) };
        alerts.sort_by_key(|alert| alert.time_us);
        let number = active.number();
        let meta = Meta { cursor, ..active.part.meta() };
        let others: Vec<Arc<Part>> = self.store.parts();
        let taken = |id: i64| {
            let mut last = None;
            for part in others.iter().filter(|part| part.number != active.part.number) {
                if part.overlap(&(id..id.saturating_add(1))).is_some() {
                    let found = part.ask(|connection| read::last_of_microsecond(connection, id));
                    // What cannot be read has no alert anybody finds.
                    last = last.max(found.unwrap_or_default());
                }
            }
            Ok(last)
        };
        let codec = (number, &*active.codec);
        let written = write::write(
            &mut active.connection,
            &mut active.dictionary,
            codec,
            &mut alerts,
            meta,
            &taken,
        );
        let stored = match written {
            Ok((meta, stored)) => {
                active.part.set_meta(meta);
                stored
            }
            Err(error) => {
                let path = active.part.path.clone();
                // Numbers of values that were not written either.
                match Dictionary::load(&active.connection) {
                    Ok(dictionary) => active.dictionary = dictionary,
                    Err(_) => self.active = None,
                }
                return Err(StoreError::sqlite("write to", &path)(error));
            }
        };
        self.unsynced = true;
        for alert in alerts {
            if self.samples.len() == codec::SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(alert.body);
        }
        self.learn();
        Ok(stored)
    }

    /// Gives a file that has none a dictionary as soon as there are bodies to make it of. One that cannot be saved is
    /// no failure of the write before it, whose alerts are in the file: without a dictionary the file only grows faster.
    fn learn(&mut self) {
        let Some(active) = &mut self.active else { return };
        if active.has_dictionary || self.samples.len() < codec::SAMPLES {
            return;
        }
        active.has_dictionary = true;
        let samples = self.samples.make_contiguous();
        if let Some(dictionary) = codec::train(samples)
            && part::save_dictionary(&active.connection, &dictionary).is_ok()
        {
            active.codec = Arc::new(Codec::new(Some(&dictionary)));
            active.part.set_codec(Arc::clone(&active.codec));
        }
    }

    /// Begins the next file where there is none, it is full, or a day is over.
    fn make_room(&mut self, received_us: Option<i64>) -> Result<(), StoreError> {
        let newest = self.store.parts().pop().map(|part| part.meta());
        let day = received_us.map_or_else(
            || newest.map_or(0, |meta| meta.day),
            |received| received.div_euclid(DAY_US),
        );
        if let Some(active) = &self.active {
            let meta = active.part.meta();
            let full = meta.rows >= self.store.options.file_rows
                || active.part.bytes() >= self.store.options.file_bytes;
            // A clock that was set back begins no file.
            if meta.rows == 0 || !(full || day > meta.day) {
                return Ok(());
            }
            self.seal()?;
        }
        self.begin(day)
    }

    /// Ends the file that is written, and begins the next one.
    pub(crate) fn begin_next(&mut self, received_us: i64) -> Result<(), StoreError> {
        self.seal()?;
        self.begin(received_us.div_euclid(DAY_US))
    }

    fn begin(&mut self, day: i64) -> Result<(), StoreError> {
        let number = self.store.parts().last().map_or(0, |part| part.number) + 1;
        let path = file_path(&self.store.folder, number, day);
        let first = Meta { cursor: self.store.cursor(), day, ..Meta::default() };
        let connection = part::open_to_write(&path, first)?;
        if self.samples.len() >= codec::SAMPLES
            && let Some(dictionary) = codec::train(self.samples.make_contiguous())
        {
            part::save_dictionary(&connection, &dictionary)
                .map_err(StoreError::sqlite("write to", &path))?;
        }
        let part = Arc::new(Part::new(number, path, &connection)?);
        self.active = Some(Active::with(Arc::clone(&part), connection)?);
        self.store.parts.write().unwrap_or_else(PoisonError::into_inner).push(part);
        Ok(())
    }

    /// Ends the file that is written: it gets nothing more.
    pub(crate) fn seal(&mut self) -> Result<(), StoreError> {
        let Some(active) = self.active.take() else { return Ok(()) };
        let sealed = write::seal(&active.connection, active.part.meta());
        active.part.set_meta(sealed.map_err(StoreError::sqlite("write to", &active.part.path))?);
        Ok(())
    }

    /// Makes what is written survive a power cut; the record of the log up to which all does, where that could be
    /// done just now.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&mut self) -> Result<Option<u64>, StoreError> {
        let Some(active) = &self.active else { return Ok(Some(self.cursor())) };
        if self.unsynced {
            let done = part::checkpoint(&active.connection, false)
                .map_err(StoreError::sqlite("write to", &active.part.path))?;
            if !done {
                return Ok(None);
            }
            self.unsynced = false;
        }
        Ok(Some(self.cursor()))
    }

    /// The store it writes.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }
}

impl Active {
    fn open(part: Arc<Part>) -> Result<Self, StoreError> {
        let connection = part::open_to_write(&part.path, Meta::default())?;
        Self::with(part, connection)
    }

    fn with(part: Arc<Part>, connection: Connection) -> Result<Self, StoreError> {
        let failed = || StoreError::sqlite("read", &part.path);
        let dictionary = Dictionary::load(&connection).map_err(failed())?;
        let has_dictionary = part::load_dictionary(&connection).map_err(failed())?.is_some();
        let codec = part.codec();
        Ok(Self { part, connection, dictionary, codec, has_dictionary })
    }

    /// The number of its codec: it has one without a dictionary and one with.
    fn number(&self) -> u64 {
        self.part.number * 2 + u64::from(self.has_dictionary)
    }
}
