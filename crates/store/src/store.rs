//! The files of a store, for those who ask.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::Connection;

use crate::codec::Codec;
use crate::error::StoreError;
use crate::sqlite::part::{self, Meta};
use crate::sqlite::read;

/// What the name of a file of alerts ends with.
const SUFFIX: &str = ".alerts.db";

/// How a store is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Alerts of one file at most.
    pub file_rows: u64,
    /// Bytes of one file after which the next begins.
    pub file_bytes: u64,
    /// Hits up to which bars are counted over all; above that they are sampled.
    pub exact_hits: u64,
    /// Hits that facets of a condition are counted over.
    pub facet_hits: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { file_rows: 2_000_000, file_bytes: 8 << 30, exact_hits: 300_000, facet_hits: 20_000 }
    }
}

/// A file of alerts.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) meta: Mutex<Meta>,
    codec: Mutex<Arc<Codec>>,
    readers: Mutex<Vec<Connection>>,
    /// Retention took it: it is read to the end of the question and no more.
    gone: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Part {
    /// A file as its name and its database say.
    pub(crate) fn new(
        number: u64,
        path: PathBuf,
        connection: &Connection,
    ) -> Result<Self, StoreError> {
        let failed = || StoreError::sqlite("read", &path);
        let meta = part::load_meta(connection).map_err(failed())?;
        let dictionary = part::load_dictionary(connection).map_err(failed())?;
        let codec = Arc::new(Codec::new(dictionary.as_deref()));
        Ok(Self {
            number,
            path,
            meta: Mutex::new(meta),
            codec: Mutex::new(codec),
            readers: Mutex::default(),
            gone: AtomicBool::new(false),
        })
    }

    pub(crate) fn meta(&self) -> Meta {
        *locked(&self.meta)
    }

    pub(crate) fn set_meta(&self, meta: Meta) {
        *locked(&self.meta) = meta;
    }

    pub(crate) fn codec(&self) -> Arc<Codec> {
        Arc::clone(&locked(&self.codec))
    }

    pub(crate) fn set_codec(&self, codec: Arc<Codec>) {
        *locked(&self.codec) = codec;
    }

    pub(crate) fn retire(&self) {
        self.gone.store(true, Ordering::Relaxed);
        locked(&self.readers).clear();
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Bytes of the file and what is written beside it.
    pub(crate) fn bytes(&self) -> u64 {
        let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let mut beside = self.path.clone().into_os_string();
        beside.push("-wal");
        size(&self.path) + size(Path::new(&beside))
    }

    /// The ids of a range that the file may have.
    pub(crate) fn overlap(&self, ids: &Range<i64>) -> Option<Range<i64>> {
        let (first, last) = self.meta().ids?;
        let range = first.max(ids.start)..last.saturating_add(1).min(ids.end);
        (!range.is_empty()).then_some(range)
    }

    /// Asks the file, over a connection that nobody else uses meanwhile.
    pub(crate) fn ask<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = locked(&self.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => part::open_to_read(&self.path)?,
        };
        let answer = ask(&connection).map_err(StoreError::sqlite("read", &self.path));
        if !self.gone.load(Ordering::Relaxed) {
            locked(&self.readers).push(connection);
        }
        answer
    }
}

/// What is known of a file of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Its name.
    pub name: String,
    /// How many alerts it has.
    pub alerts: u64,
    /// Its bytes.
    pub bytes: u64,
    /// The times of its first and last alert, microseconds since the epoch.
    pub times_us: Option<(i64, i64)>,
    /// It gets nothing more.
    pub sealed: bool,
}

/// Alerts of many hosts. Any number of threads may ask at once, also while a [`crate::Writer`] writes.
#[derive(Debug)]
pub struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) options: Options,
    /// The oldest first.
    pub(crate) parts: RwLock<Vec<Arc<Part>>>,
    /// Held as long as this is there.
    _lock: File,
}

impl Store {
    /// Opens the store of a folder, which is made where there is none.
    ///
    /// # Errors
    /// When a file cannot be read, or another process has the store.
    pub fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(StoreError::file("create", folder))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(StoreError::file("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(StoreError::Locked(folder.display().to_string()));
            }
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(StoreError::file("lock", &lock_path)(error));
            }
        }
        let mut parts = Vec::new();
        for (number, path) in files(folder)? {
            // Whoever opens it to write it first brings back what the last writer committed.
            let connection = part::open_to_write(&path, Meta::default())?;
            parts.push(Arc::new(Part::new(number, path, &connection)?));
        }
        Ok(Self { folder: folder.to_path_buf(), options, parts: RwLock::new(parts), _lock: lock })
    }

    /// The files there are now, oldest first.
    pub(crate) fn parts(&self) -> Vec<Arc<Part>> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The record of the log up to which all is in the store.
    pub fn cursor(&self) -> u64 {
        self.parts().iter().map(|part| part.meta().cursor).max().unwrap_or_default()
    }

    /// How many alerts there are.
    pub fn alerts(&self) -> u64 {
        self.parts().iter().map(|part| part.meta().rows).sum()
    }

    /// The files, oldest first.
    pub fn files(&self) -> Vec<FileInfo> {
        let info = |part: &Arc<Part>| {
            let meta = part.meta();
            FileInfo {
                name: part.name(),
                alerts: meta.rows,
                bytes: part.bytes(),
                times_us: meta.ids.map(|(first, last)| (first >> 10, last >> 10)),
                sealed: meta.sealed,
            }
        };
        self.parts().iter().map(info).collect()
    }

    /// The JSON of one alert, as it was received.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn alert(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        for part in self.parts().iter().rev() {
            if part.overlap(&(id..id.saturating_add(1))).is_none() {
                continue;
            }
            let codec = part.codec();
            let mut unpacker = codec.unpacker().map_err(StoreError::file("read", &part.path))?;
            if let Some(body) = part.ask(|connection| read::body(connection, &mut unpacker, id))? {
                return Ok(Some(body));
            }
        }
        Ok(None)
    }
}

/// Path of the file with a number; `day` are days since the epoch.
pub(crate) fn file_path(folder: &Path, number: u64, day: i64) -> PathBuf {
    let date = jiff::civil::date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(day).unwrap_or_default())
        .map_or_else(|_| "later".to_owned(), |date| date.to_string());
    folder.join(format!("{number:08}-{date}{SUFFIX}"))
}

/// The files of alerts of a folder with their numbers, in order.
fn files(folder: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let failed = || StoreError::file("list", folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let number = name
            .as_deref()
            .and_then(|name| name.strip_suffix(SUFFIX)?.split_once('-'))
            .and_then(|(number, _)| number.parse().ok());
        if let Some(number) = number {
            files.push((number, path));
        }
    }
    files.sort();
    Ok(files)
}
