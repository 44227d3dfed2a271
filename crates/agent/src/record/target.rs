//! One file of a recording, which always ends with a whole block.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Blocks are written in pieces of this size. A compressed piece is a gzip member or zstd frame of its
/// own: readers concatenate them, and pieces before a damaged one stay readable.
const PIECE: usize = 256 << 10;
/// The longest time that blocks wait.
const LONGEST: Duration = Duration::from_secs(1);
/// The fastest regular level of zstd compresses better than gzip.
const ZSTD_LEVEL: i32 = 1;

/// How a capture is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// As gzip: Falco and sysdig read it too.
    Gzip,
    /// As zstd: smaller and faster.
    Zstd,
}

impl Packing {
    /// The compression by the name of a file.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Creates a capture, in the place of one that is there. A capture holds all that was read and written:
/// it is nobody else's to read.
fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Creates a capture where there is nothing: no file is written over, no link followed.
fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A file being written.
#[derive(Debug)]
pub(crate) struct Target {
    file: File,
    packing: Packing,
    /// Waiting blocks; whole ones except while one is written.
    waiting: Vec<u8>,
    packed: Vec<u8>,
    /// Bytes of the file.
    written: u64,
    passed: Instant,
}

impl Target {
    pub(crate) fn create(path: &Path, packing: Packing) -> io::Result<Self> {
        Ok(Self::of(create(path)?, packing))
    }

    /// Fails where there is a file, or a link, of that name.
    pub(crate) fn create_new(path: &Path, packing: Packing) -> io::Result<Self> {
        Ok(Self::of(create_new(path)?, packing))
    }

    fn of(file: File, packing: Packing) -> Self {
        let (waiting, packed) = (Vec::new(), Vec::new());
        Self { file, packing, waiting, packed, written: 0, passed: Instant::now() }
    }

    /// Whether the file has a name yet: somebody may have removed it.
    pub(crate) fn is_linked(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.nlink() > 0)
    }

    /// The size of the file, with waiting blocks uncompressed.
    pub(crate) fn size(&self) -> u64 {
        self.written + u64::try_from(self.waiting.len()).unwrap_or(u64::MAX)
    }

    /// Whether waiting blocks may become smaller in the file.
    pub(crate) fn packs(&self) -> bool {
        self.packing != Packing::Plain
    }

    /// Writes the waiting blocks if they fill a piece.
    pub(crate) fn pass_if_full(&mut self) -> io::Result<()> {
        if self.waiting.len() >= PIECE { self.pass() } else { Ok(()) }
    }

    /// Writes the waiting blocks if they waited long.
    pub(crate) fn pass_if_due(&mut self) -> io::Result<()> {
        if self.passed.elapsed() >= LONGEST { self.pass() } else { Ok(()) }
    }

    /// Writes the waiting blocks. On failure the file is cut after its last whole block or piece.
    pub(crate) fn pass(&mut self) -> io::Result<()> {
        self.passed = Instant::now();
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.pack()?;
        let bytes = if self.packs() { &self.packed } else { &self.waiting };
        let (done, result) = write(&mut self.file, bytes);
        let whole = match &result {
            Ok(()) => done,
            Err(_) if self.packs() => 0,
            Err(_) => whole_blocks(bytes, done),
        };
        self.written += u64::try_from(whole).unwrap_or(0);
        self.waiting.clear();
        result.map_err(|error| match self.file.set_len(self.written) {
            Ok(()) => error,
            // A pipe, for instance: its reader learns where it ends.
            Err(cut) => io::Error::new(error.kind(), format!("{error}; its end is torn: {cut}")),
        })
    }

    /// Syncs the file to disk.
    pub(crate) fn reach_disk(&self) -> io::Result<()> {
        match self.file.sync_data() {
            // What is not a regular file cannot be synced.
            Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }

    fn pack(&mut self) -> io::Result<()> {
        self.packed.clear();
        match self.packing {
            Packing::Plain => {}
            Packing::Gzip => {
                let mut packer = GzEncoder::new(&mut self.packed, Compression::fast());
                packer.write_all(&self.waiting)?;
                packer.finish()?;
            }
            Packing::Zstd => {
                zstd::stream::copy_encode(&*self.waiting, &mut self.packed, ZSTD_LEVEL)?;
            }
        }
        Ok(())
    }
}

/// Never fails: the file is written by [`Target::pass`], between blocks.
impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all bytes; on failure it returns how many were written.
fn write(file: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (done, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => done += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}

/// How many of the first `end` bytes belong to whole blocks.
fn whole_blocks(bytes: &[u8], end: usize) -> usize {
    let mut whole = 0;
    loop {
        let total = bytes.get(whole + 4..whole + 8).and_then(|bytes| bytes.try_into().ok());
        let total = total.and_then(|bytes| usize::try_from(u32::from_le_bytes(bytes)).ok());
        match total.and_then(|total| whole.checked_add(total)) {
            Some(next) if next > whole && next <= end => whole = next,
            _ => return whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(len: u32) -> Vec<u8> {
        let total = len + 12;
        let mut block = [1_u32.to_le_bytes(), total.to_le_bytes()].concat();
        block.extend(vec![0; usize::try_from(len).unwrap_or(0)]);
        block.extend(total.to_le_bytes());
        block
    }

    #[test]
    fn only_whole_blocks_count() {
        let bytes = [block(4), block(0), block(40)].concat();
        for end in 0..=bytes.len() {
            let expected = [0, 16, 28, 80].into_iter().filter(|whole| *whole <= end).max();
            assert_eq!(Some(whole_blocks(&bytes, end)), expected, "{end}");
        }
        assert_eq!(whole_blocks(&[0; 64], 64), 0);
    }

    #[test]
    fn a_writer_that_fails_tells_how_far_it_came() {
        struct Room(usize);
        impl Write for Room {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let taken = bytes.len().min(self.0).min(10);
                self.0 -= taken;
                if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (done, result) = write(&mut Room(25), &[0; 40]);
        assert_eq!((done, result.map_err(|e| e.kind())), (25, Err(io::ErrorKind::StorageFull)));
        assert!(matches!(write(&mut Room(50), &[0; 40]), (40, Ok(()))));
    }

    #[test]
    fn names_say_the_packing() {
        for (name, expected) in [
            ("a.scap", Packing::Plain),
            ("a.scap.gz", Packing::Gzip),
            ("a.scap.zst", Packing::Zstd),
            ("gz", Packing::Plain),
        ] {
            assert_eq!(Packing::of(Path::new(name)), expected, "{name}");
        }
    }
}
