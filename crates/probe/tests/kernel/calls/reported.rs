//! Rows in few words: an event as the values it must have, and memory for the kernel to write to.

use std::path::{Path, PathBuf};

use crate::watch::{P, Seen};

/// `reported!("lseek", 3_i64, fd, 3_u64, 0_u8)`: an event and its parameters; `()` is one that is empty.
macro_rules! reported {
    ($name:literal $(, $value:expr)* $(,)?) => {
        $crate::watch::Expected($name, vec![$($crate::calls::reported::Reported::reported($value)),*])
    };
}
pub(super) use reported;

/// What a parameter can be expected as.
pub trait Reported {
    fn reported(self) -> P;
}

macro_rules! numbers {
    ($($ty:ty => $variant:ident),*) => {$(impl Reported for $ty {
        fn reported(self) -> P {
            P::$variant(self)
        }
    })*};
}
numbers!(i64 => I64, u64 => U64, u32 => U32, i32 => I32, u16 => U16, u8 => U8, Vec<u8> => Bytes);

impl Reported for () {
    fn reported(self) -> P {
        P::Nothing
    }
}

impl Reported for P {
    fn reported(self) -> P {
        self
    }
}

impl Reported for &str {
    fn reported(self) -> P {
        P::text(self)
    }
}

impl Reported for &Path {
    fn reported(self) -> P {
        P::text(self)
    }
}

impl Reported for &PathBuf {
    fn reported(self) -> P {
        P::text(self)
    }
}

/// The directory calls begin at without another.
pub const CWD: i64 = -100;
/// An address nothing stands at.
pub const NOWHERE: usize = 1;
/// A number no descriptor has.
pub const NO_FD: i64 = 12345;

/// A page the kernel may read and write.
pub struct Room(Box<[u8; 4096]>);

impl Room {
    pub fn new() -> Self {
        Self(Box::new([0; 4096]))
    }

    /// Filled from the start.
    pub fn with(bytes: &[u8]) -> Self {
        let mut room = Self::new();
        room.0[..bytes.len()].copy_from_slice(bytes);
        room
    }

    /// Where it is.
    pub fn at(&mut self) -> usize {
        self.0.as_mut_ptr() as usize
    }

    pub fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    pub fn i32(&self, at: usize) -> i64 {
        i64::from(self.u32(at).cast_signed())
    }
}

/// Numbers as they stand in memory.
pub fn words<const N: usize>(words: [u64; N]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// An argument as the event has it.
pub fn bits(argument: i64) -> u64 {
    argument.cast_unsigned()
}

/// Device and inode of a file as events have them.
pub fn dev_ino(path: &Path) -> (u32, u64) {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).unwrap();
    let (major, minor) = (libc::major(meta.dev()), libc::minor(meta.dev()));
    ((minor & 0xff) | (major << 8) | ((minor & !0xff) << 12), meta.ino())
}

/// The event says of descriptor `fd` that it is `name`: a path, or the name of what has none.
#[track_caller]
pub fn is_named(seen: &Seen, fd: i64, name: impl AsRef<Path>) {
    let descriptor =
        seen.trailer().descriptor(fd).unwrap_or_else(|| panic!("{fd} is not reported"));
    let reported = String::from_utf8_lossy(descriptor.payload).into_owned();
    assert_eq!(Path::new(&reported), name.as_ref(), "what descriptor {fd} is");
}

/// The event says nothing of any descriptor.
#[track_caller]
pub fn is_silent(seen: &Seen) {
    let descriptors = seen
        .trailer()
        .iter()
        .filter(|item| matches!(item, peregrine_event::TrailerItem::Descriptor(_)));
    assert_eq!(descriptors.count(), 0, "{seen:?}");
}
