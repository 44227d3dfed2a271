//! What calls were given that the capture format has no event for, and whose processes' files they name in `/proc`.

use crate::trailer::{Trailer, TrailerItem};

pub use crate::kernel::arguments;

/// What a call without an event of its own was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument<'a> {
    /// One of [`arguments`].
    pub which: u8,
    /// A text, or eight bytes of a number.
    pub bytes: &'a [u8],
}

impl Trailer<'_> {
    /// The process in whose folder of `/proc` the file of descriptor `fd` lies.
    pub fn process_folder(self, fd: i64) -> Option<i64> {
        self.iter().find_map(|item| match item {
            TrailerItem::ProcessFolder { fd: reported, pid } if i64::from(reported) == fd => {
                Some(pid.into())
            }
            _ => None,
        })
    }
}
