//! Lines at the end of a file.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::lane::Channel;

pub(crate) struct File {
    path: PathBuf,
    keep_open: bool,
    open: Option<BufWriter<std::fs::File>>,
}

fn append_to(path: &Path) -> io::Result<std::fs::File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl File {
    pub(crate) fn open(path: &Path, keep_open: bool) -> io::Result<Self> {
        let file = append_to(path).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot append to {}: {error}", path.display()))
        })?;
        let open = keep_open.then(|| BufWriter::new(file));
        Ok(Self { path: path.to_path_buf(), keep_open, open })
    }

    /// After an error what is left in the buffer would come out twice or torn: begin anew.
    fn abandon(&mut self) {
        if let Some(broken) = self.open.take() {
            let _ = broken.into_parts();
        }
    }
}

impl Channel for File {
    fn name(&self) -> String {
        format!("file {}", self.path.display())
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.open.is_none() {
            self.open = Some(BufWriter::new(append_to(&self.path)?));
        }
        let Some(file) = &mut self.open else { return Ok(()) };
        let done = file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n"));
        if done.is_err() {
            self.abandon();
        }
        done
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.open else { return Ok(()) };
        let done = file.flush();
        if done.is_err() {
            self.abandon();
        }
        if !self.keep_open {
            self.open = None;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_also_after_the_file_was_moved_away() {
        let folder = std::env::temp_dir().join(format!("peregrine-outputs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
        std::fs::write(&path, "old\n").unwrap();
        let mut file = File::open(&path, false).unwrap();
        file.write("one").unwrap();
        file.flush().unwrap();
        std::fs::rename(&path, &moved).unwrap();
        file.write("two").unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "old\none\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
        let error = File::open(&folder, true).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(&*folder.to_string_lossy()), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
