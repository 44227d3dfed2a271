//! Lines at the end of a file.

use std::fs::{File as Handle, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::lines::Lines;
use crate::sink::{OutputType, Record, Sink, SinkError};

/// `file_output`.
pub(super) const TYPE: OutputType = OutputType {
    name: "file",
    open: |config| {
        let (file, mut sinks) = (&config.file_output, Vec::<Box<dyn Sink>>::new());
        if file.enabled {
            sinks.push(Box::new(File::open(&file.filename, file.keep_alive)?));
        }
        Ok(sinks)
    },
};

struct File {
    path: PathBuf,
    /// Kept open, or opened anew for every alert (so that it may be moved away).
    keep_open: bool,
    open: Option<Handle>,
    lines: Lines,
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

/// Whether the file's last line lacks its end; nothing where that cannot be told.
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
    fn open(path: &Path, keep_open: bool) -> Result<Self, SinkError> {
        let mut file = Self {
            path: path.to_path_buf(),
            keep_open,
            open: Some(append_to(path)?),
            lines: Lines::default(),
        };
        file.look_at_end();
        file.release();
        Ok(file)
    }

    fn look_at_end(&mut self) {
        let torn = self.open.as_ref().and_then(|file| is_torn(file, &self.path));
        if let Some(torn) = torn {
            self.lines.set_torn(torn);
        }
    }

    /// A FIFO stays open: a reader would take each closing for the end.
    fn release(&mut self) {
        let pipe = |file: &Handle| file.metadata().is_ok_and(|meta| meta.file_type().is_fifo());
        if !self.keep_open && !self.open.as_ref().is_some_and(pipe) {
            self.open = None;
        }
    }

    fn opened(&mut self) -> Result<(), SinkError> {
        if self.open.is_none() {
            self.open = Some(append_to(&self.path)?);
            self.look_at_end();
        }
        Ok(())
    }

    fn push(&mut self, line: &str) -> Result<(), SinkError> {
        self.opened()?;
        let Some(file) = &mut self.open else { return Ok(()) };
        let done = self.lines.push(line, file);
        if done.is_err() {
            self.open = None;
        }
        Ok(done?)
    }
}

impl Sink for File {
    fn name(&self) -> String {
        format!("file {}", self.path.display())
    }

    fn write(&mut self, record: Record<'_>) -> Result<(), SinkError> {
        self.push(record.line)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let Some(file) = &mut self.open else { return Ok(()) };
        let done = self.lines.pass(file);
        if done.is_err() {
            self.open = None;
        }
        self.release();
        Ok(done?)
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        let done = self.flush();
        self.open = None;
        self.opened()?;
        self.release();
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("peregrine-outputs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn lines_are_appended_also_after_the_file_was_moved_away() {
        let folder = scratch("moved");
        let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
        std::fs::write(&path, "old\n").unwrap();
        let mut file = File::open(&path, false).unwrap();
        file.push("one").unwrap();
        file.flush().unwrap();
        std::fs::rename(&path, &moved).unwrap();
        file.push("two").unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "old\none\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
        let error = File::open(&folder, true).map(|_| ()).unwrap_err();
        let SinkError::Open { path, source } = &error else { panic!("{error}") };
        assert_eq!((path, source.kind()), (&folder, io::ErrorKind::IsADirectory));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_kept_open_is_made_anew_when_asked() {
        let folder = scratch("anew");
        let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
        let mut file = File::open(&path, true).unwrap();
        file.push("one").unwrap();
        file.flush().unwrap();
        std::fs::rename(&path, &moved).unwrap();
        file.push("two").unwrap();
        file.reopen().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        file.push("three").unwrap();
        file.flush().unwrap();
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
                let mut file = File::open(&path, keep_open).unwrap();
                file.push("new").unwrap();
                file.flush().unwrap();
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
        let error = File::open(&path, true).map(|_| ()).unwrap_err();
        assert!(matches!(error, SinkError::NoReader { .. }), "{error}");
        let socket = folder.join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = File::open(&socket, true).map(|_| ()).unwrap_err();
        assert!(matches!(error, SinkError::Socket { .. }), "{error}");
        let reader = || {
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
            OpenOptions::new().read(true).custom_flags(flags).open(&path).unwrap()
        };
        let mut end = reader();
        let mut file = File::open(&path, false).unwrap();
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
            file.push(&line).unwrap();
            file.flush().unwrap();
            read.join().unwrap()
        });
        assert_eq!(text.len(), line.len() + 1);
        // Its reader is gone: an error each, and again an output when there is one.
        assert!(file.push("lost").and_then(|()| file.flush()).is_err());
        assert!(file.push("lost").and_then(|()| file.flush()).is_err());
        let mut end = reader();
        file.push("back").unwrap();
        file.flush().unwrap();
        let mut text = [0; 5];
        end.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"back\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
