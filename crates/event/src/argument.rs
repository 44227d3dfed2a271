//! What calls were given that the capture format has no event for, and whose processes' files they name in `/proc`.

use crate::fact::Fact;
use crate::facts::Facts;

/// What [`Argument`]s are, of calls without an event of their own.
pub mod arguments {
    /// What the call returned.
    pub const RESULT: u8 = 1;
    /// The descriptor of the folder its path begins at.
    pub const FOLDER: u8 = 2;
    /// Its path; of an open file the one it is known by.
    pub const PATH: u8 = 3;
    /// A name: of an attribute, a kind of file system, a process.
    pub const NAME: u8 = 4;
    /// A number: a size, a mode, a signal.
    pub const NUMBER: u8 = 5;
}

/// What a call without an event of its own was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument<'a> {
    /// One of [`arguments`].
    pub which: u8,
    /// A text, or eight bytes of a number.
    pub bytes: &'a [u8],
}

impl Facts<'_> {
    /// The process in whose folder of `/proc` the file of descriptor `fd` lies.
    pub fn process_folder(self, fd: i64) -> Option<i64> {
        self.iter().find_map(|fact| match fact {
            Fact::ProcessFolder { fd: told, pid } if i64::from(told) == fd => Some(pid.into()),
            _ => None,
        })
    }
}
