//! Lines at the end of a file.

use std::fs::{File as Handle, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::lines::{self, Lines};
use crate::error::SinkError;
use crate::output::{Batch, Output, Record, Report};

struct File {
    path: PathBuf,
    /// Kept open, or opened anew for every alert (so that it may be moved away).
    keep_open: bool,
    open: Option<Handle>,
    lines: Lines,
    batch: Batch,
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
        let mut file = Self { path, keep_open, open: None, lines: Lines::default(), batch };
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
        let mut file = match self.take() {
            Ok(file) => file,
            Err(error) => return Report::failed(batch.len(), error),
        };
        let report = self.lines.deliver(batch, &mut file);
        if report.error.is_none() {
            self.keep(file);
        }
        report
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.open = None;
        let file = self.take()?;
        self.keep(file);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Fate;

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("peregrine-outputs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn open_file(path: &Path, keep_open: bool) -> Result<File, SinkError> {
        File::open(path, keep_open, Batch::ONE)
    }

    fn deliver(file: &mut File, text: &str) -> Report {
        file.deliver(&[Record { alert: &crate::tests::alert(1), text }])
    }

    fn write(file: &mut File, text: &str) {
        let report = deliver(file, text);
        assert!(matches!(report.fates[..], [Fate::Delivered]), "{report:?}");
    }

    #[test]
    fn lines_are_appended_also_after_the_file_was_moved_away() {
        let folder = scratch("moved");
        let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
        std::fs::write(&path, "old\n").unwrap();
        let mut file = open_file(&path, false).unwrap();
        write(&mut file, "one");
        std::fs::rename(&path, &moved).unwrap();
        write(&mut file, "two");
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "old\none\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
        let error = open_file(&folder, true).map(|_| ()).unwrap_err();
        let SinkError::Open { path, source } = &error else { panic!("{error}") };
        assert_eq!((path, source.kind()), (&folder, io::ErrorKind::IsADirectory));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_kept_open_is_made_anew_when_asked() {
        let folder = scratch("anew");
        let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
        let mut file = open_file(&path, true).unwrap();
        write(&mut file, "one");
        std::fs::rename(&path, &moved).unwrap();
        write(&mut file, "two");
        file.reopen().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        write(&mut file, "three");
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_line_that_an_earlier_run_left_torn_is_ended() {
        let folder = scratch("torn");
        for keep_open in [true, false] {
            let check = |before: &str, after: &str| {
                let path = folder.join("alerts");
                std::fs::write(&path, before).unwrap();
                let mut file = open_file(&path, keep_open).unwrap();
                write(&mut file, "new");
                assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
            };
            check("", "new\n");
            check("whole\n", "whole\nnew\n");
            check("half", "half\nnew\n");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_fifo_is_an_output_while_somebody_reads_it() {
        let folder = scratch("fifo");
        let path = folder.join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let error = open_file(&path, true).map(|_| ()).unwrap_err();
        assert!(matches!(error, SinkError::NoReader { .. }), "{error}");
        let socket = folder.join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = open_file(&socket, true).map(|_| ()).unwrap_err();
        assert!(matches!(error, SinkError::Socket { .. }), "{error}");
        let reader = || {
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
            OpenOptions::new().read(true).custom_flags(flags).open(&path).unwrap()
        };
        let mut end = reader();
        let mut file = open_file(&path, false).unwrap();
        // More than a pipe holds: the writer waits for its reader.
        let line = "x".repeat(300_000);
        let text = std::thread::scope(|scope| {
            let read = scope.spawn(move || {
                let mut text = Vec::new();
                while !text.ends_with(b"\n") {
                    let mut piece = [0; 4096];
                    match end.read(&mut piece) {
                        Ok(count) => text.extend(piece.iter().take(count)),
                        Err(_) => std::thread::sleep(std::time::Duration::from_millis(1)),
                    }
                }
                text
            });
            write(&mut file, &line);
            read.join().unwrap()
        });
        assert_eq!(text.len(), line.len() + 1);
        // Its reader is gone: an error each, and again an output when there is one.
        assert!(deliver(&mut file, "lost").error.is_some());
        assert!(deliver(&mut file, "lost").error.is_some());
        let mut end = reader();
        write(&mut file, "back");
        let mut text = [0; 5];
        end.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"back\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
