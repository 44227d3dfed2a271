//! The ring of verdicts, for whoever reads it first.

use std::os::fd::{BorrowedFd, RawFd};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libbpf_rs::{RingBuffer, RingBufferBuilder};

use super::error::{EnforceError, refused};
use super::maps::Maps;
use super::verdict;
use crate::Verdict;

/// The verdicts of a [`Guard`](super::Guard), in the order in which the kernel decided. Several threads may read it; each record is
/// handed out once.
pub struct Ring {
    reader: Mutex<Reader>,
    fd: RawFd,
}

struct Reader {
    ring: RingBuffer<'static>,
    records: Receiver<Verdict>,
}

impl Ring {
    pub(super) fn new(maps: &Maps) -> Result<Self, EnforceError> {
        let wrong = || refused("read the ring of verdicts");
        let (sender, records) = channel();
        let mut builder = RingBufferBuilder::new();
        builder
            .add(maps.get("verdicts")?, move |bytes| {
                // Nobody reads any more only when this ends.
                verdict::read(bytes).map_or(0, |verdict| i32::from(sender.send(verdict).is_err()))
            })
            .map_err(wrong())?;
        let ring = builder.build().map_err(wrong())?;
        let fd = ring.epoll_fd();
        Ok(Self { reader: Mutex::new(Reader { ring, records }), fd })
    }

    /// Hands out the records that have come.
    ///
    /// # Errors
    /// When the ring cannot be read.
    pub fn drain(&self, each: &mut dyn FnMut(Verdict)) -> Result<(), EnforceError> {
        self.poll(None, each)
    }

    pub(super) fn poll(
        &self,
        timeout: Option<Duration>,
        each: &mut dyn FnMut(Verdict),
    ) -> Result<(), EnforceError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let read = match timeout {
            Some(timeout) => reader.ring.poll(timeout),
            None => reader.ring.consume(),
        };
        read.map_err(refused("read the ring of verdicts"))?;
        reader.records.try_iter().for_each(each);
        Ok(())
    }

    /// Readable when there are records.
    pub fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is the ring's, which lives as long as this.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("fd", &self.fd).finish_non_exhaustive()
    }
}
