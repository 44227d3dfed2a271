//! Lines at the end of a file, which is put aside for a new one when it is large or old.

mod plan;
mod rotation;

use std::fs::{File as Handle, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use peregrine_config::{Delivery, File as Keys};
use rustix::fs::OFlags;
use rustix::io::Errno;

use self::rotation::{Rotation, now_ms};
use super::lines::{self, Lines};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

struct File {
    path: PathBuf,
    /// Kept open, or opened anew for every alert (so that it may be moved away).
    keep_open: bool,
    open: Option<Handle>,
    lines: Lines,
    batch: Batch,
    /// None: it is left to others.
    rotation: Option<Rotation>,
}

/// Opens a file. `keep_open`: it is not opened anew for every batch. `buffered`: lines are written when many
/// have come, instead of one by one.
pub(crate) fn open(
    path: &Path,
    keep_open: bool,
    buffered: bool,
) -> Result<Box<dyn Output>, SinkError> {
    Ok(Box::new(File::open(path, keep_open, lines::batch(buffered))?))
}

/// An output of this type.
///
/// # Errors
/// When the file cannot be opened for a reason that waiting does not mend.
pub(crate) fn open_channel(common: &Delivery, keys: &Keys) -> Result<Box<dyn Output>, SinkError> {
    let alerts = common.batch.map_or(1000, peregrine_config::Whole::size);
    let mut file = File {
        path: keys.path.clone(),
        keep_open: keys.keep_alive,
        open: None,
        lines: Lines::default(),
        batch: Batch { alerts, ..lines::batch(true) },
        rotation: keys.rotation.0.as_ref().map(|keys_of| Rotation::new(&keys.path, keys_of)),
    };
    match file.reopen() {
        Err(SinkError::Open { source, .. }) if is_full(&source) => {}
        opened => opened?,
    }
    if let Some(rotation) = &mut file.rotation {
        rotation.look();
    }
    Ok(Box::new(file))
}

/// Whether the disk takes nothing at the moment: that is no reason not to start.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}

/// Opens it without waiting: a FIFO that nobody reads would hold the start for ever.
fn append_to(path: &Path) -> Result<Handle, SinkError> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    // Alerts name users, commands and files: they are nobody else's to read.
    let opened =
        OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(flags).open(path);
    opened.map_err(|source| {
        let kind = path.metadata().map(|meta| meta.file_type());
        let path = path.to_path_buf();
        match kind {
            Ok(kind) if kind.is_fifo() && is(&source, Errno::NXIO) => {
                SinkError::NoReader { path, source }
            }
            Ok(kind) if kind.is_socket() => SinkError::Socket { path, source },
            _ => SinkError::Open { path, source },
        }
    })
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

/// Whether the file's last line lacks its end; nothing where that is not known.
fn is_torn(file: &Handle, path: &Path) -> Option<bool> {
    let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    if about.len() == 0 {
        return Some(false);
    }
    let mut last = [0];
    let mut same = OpenOptions::new().read(true).open(path).ok()?;
    same.seek(SeekFrom::End(-1)).ok()?;
    same.read_exact(&mut last).ok()?;
    Some(last != *b"\n")
}

impl File {
    fn open(path: &Path, keep_open: bool, batch: Batch) -> Result<Self, SinkError> {
        let path = path.to_path_buf();
        let (lines, rotation) = (Lines::default(), None);
        let mut file = Self { path, keep_open, open: None, lines, batch, rotation };
        file.reopen()?;
        Ok(file)
    }

    /// A FIFO stays open: a reader would take each closing for the end.
    fn keep(&mut self, file: Handle) {
        let is_pipe = || file.metadata().is_ok_and(|meta| meta.file_type().is_fifo());
        if self.keep_open || is_pipe() {
            self.open = Some(file);
        }
    }

    /// Writes alerts, or as many as fit into the file. Of those the report is.
    fn write(&mut self, batch: &[Record<'_>]) -> Result<Report, SinkError> {
        let mut file = self.take()?;
        let mut count = batch.len();
        if let Some(rotation) = &mut self.rotation
            && let Some(mut len) = rotation.opened(&file)
        {
            let bytes = |record: &Record<'_>| record.text.len() as u64 + 1;
            let first = batch.first().map_or(0, bytes);
            if rotation.is_due(len, first, now_ms()) && rotation.put_aside() {
                file = self.take()?;
                len = 0;
            }
            if let Some(rotation) = &self.rotation {
                let mut room = rotation.room(len);
                let fits = |record: &&Record<'_>| {
                    let left = room.checked_sub(bytes(record));
                    room = left.unwrap_or_default();
                    left.is_some()
                };
                // One that fits into no file has one of its own.
                count = batch.iter().take_while(fits).count().max(1);
            }
        }
        let report = self.lines.deliver(batch.get(..count).unwrap_or(batch), &mut file);
        if report.error.is_none() {
            self.keep(file);
        }
        Ok(report)
    }

    /// The file, opened where it is not: it is put back once it has taken what is written.
    fn take(&mut self) -> Result<Handle, SinkError> {
        if let Some(file) = self.open.take() {
            return Ok(file);
        }
        let file = append_to(&self.path)?;
        if let Some(torn) = is_torn(&file, &self.path) {
            self.lines.set_torn(torn);
        }
        Ok(file)
    }
}

impl Output for File {
    fn batch(&self) -> Batch {
        self.batch
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut fates = Vec::with_capacity(batch.len());
        let mut error = None;
        while let Some(rest) = batch.get(fates.len()..).filter(|rest| !rest.is_empty()) {
            match self.write(rest) {
                Ok(report) => {
                    fates.extend(report.fates);
                    error = report.error;
                }
                Err(why) => error = Some(why),
            }
            if error.is_some() {
                break;
            }
        }
        fates.resize_with(batch.len(), || Fate::Again);
        Report { fates, error, retry_after: None }
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        let Some(rotation) = &mut self.rotation else { return Ok(()) };
        rotation.look();
        rotation.take_error().map_or(Ok(()), |source| {
            let what = format!("{} cannot be put aside or compressed", self.path.display());
            Err(SinkError::Exchange { what, source: source.into() })
        })
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.open = None;
        let file = self.take()?;
        self.keep(file);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
