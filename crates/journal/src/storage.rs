//! Where segments are kept: what the journal asks of a folder.

use std::io;

/// A folder of files. What it cannot do is an error; nothing is retried here.
pub trait Storage {
    /// The names of all files.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// How many bytes a file has.
    ///
    /// # Errors
    /// When there is none, or it cannot be looked at.
    fn size(&self, name: &str) -> io::Result<u64>;

    /// At most `size` bytes from `offset` on: fewer at the end of the file.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>>;

    /// Makes an empty file; its name survives a power cut.
    ///
    /// # Errors
    /// When there is one already, or it cannot be made.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes behind the end of a file. Where it fails a part may be written.
    ///
    /// # Errors
    /// When not all is written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes a file survive a power cut as it is now.
    ///
    /// # Errors
    /// When that is not certain.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Cuts a file.
    ///
    /// # Errors
    /// When it cannot be cut.
    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()>;

    /// Puts a whole file in the place of what was there: whoever reads it finds the one or the other.
    /// `durable`: the new one survives a power cut.
    ///
    /// # Errors
    /// When the new one is not there.
    fn replace(&mut self, name: &str, bytes: &[u8], durable: bool) -> io::Result<()>;

    /// Gives a file another name; what had that name is gone.
    ///
    /// # Errors
    /// When it still has the old one.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Deletes a file.
    ///
    /// # Errors
    /// When it is still there.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// All of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_all(&self, name: &str) -> io::Result<Vec<u8>> {
        let size = usize::try_from(self.size(name)?).unwrap_or(usize::MAX);
        self.read(name, 0, size)
    }
}

/// Where the key and the last checkpoint are kept: a folder that is not the journal's.
#[derive(Debug)]
pub struct Anchor<S> {
    /// The folder.
    pub storage: S,
    /// What the names of the files begin with: `journal` has `journal.key`, `journal.pub` and
    /// `journal.head`.
    pub stem: String,
}

impl<S> Anchor<S> {
    pub(crate) fn name(&self, extension: &str) -> String {
        format!("{}.{extension}", self.stem)
    }
}

impl<S: Storage> Anchor<S> {
    /// A file of it; none where there is none.
    pub(crate) fn load(&self, extension: &str) -> io::Result<Option<Vec<u8>>> {
        match self.storage.read_all(&self.name(extension)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
