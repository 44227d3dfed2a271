//! The readers' side of the kernel's rings, and their merge by time.
//!
//! A ring is mapped as the kernel lays it out: a page with the position we have read to, a page
//! with the position written to, then the data twice in a row so that no record ever wraps.

#![expect(unsafe_code, reason = "memory shared with the kernel")]

use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::clock::Offsets;

const BUSY: u32 = 1 << 31;
const DISCARDED: u32 = 1 << 30;
const HEADER: u64 = 8;

/// One mapped ring.
#[derive(Debug)]
pub(crate) struct Ring {
    consumer: Mapping,
    producer: Mapping,
    page: usize,
    mask: u64,
    /// Read up to here: everything before is the kernel's again.
    position: u64,
    /// Records behind `position` that were handed out already.
    ahead: Vec<u64>,
    /// Somebody else wrote another position, and it was written over with ours.
    moved: bool,
    /// The time of the youngest record handed out.
    last: u64,
}

#[derive(Debug)]
pub(crate) struct Mapping {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping belongs to whoever holds it; only positions are shared with the kernel, and
// they are read and written as atomics.
unsafe impl Send for Mapping {}

impl Mapping {
    pub(crate) fn new(
        fd: BorrowedFd<'_>,
        len: usize,
        offset: usize,
        write: bool,
    ) -> std::io::Result<Self> {
        let protection = if write { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        let offset = i64::try_from(offset).map_err(std::io::Error::other)?;
        // SAFETY: a fresh mapping at an address of the kernel's choice; nothing else points there.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                protection,
                libc::MAP_SHARED,
                fd.as_raw_fd(),
                offset,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let at = NonNull::new(at.cast()).ok_or_else(|| std::io::Error::other("mapped at 0"))?;
        Ok(Self { at, len })
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.at
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is ours and no slice into it outlives the ring that hands it out.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.len) };
    }
}

/// Where a record lies.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// When it was made, since boot.
    ts: u64,
    ring: usize,
    /// The position of its header in the ring's stream.
    position: u64,
    len: u32,
}

/// What a look at the next record finds.
enum Next {
    End,
    Busy,
    Record { len: u32, discarded: bool, following: u64 },
}

impl Ring {
    /// Maps the ring behind `fd`, of `size` bytes of data.
    pub(crate) fn map(fd: BorrowedFd<'_>, size: u32) -> std::io::Result<Self> {
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).map_err(std::io::Error::other)?;
        let consumer = Mapping::new(fd, page, 0, true)?;
        let producer = Mapping::new(fd, page + 2 * size as usize, page, false)?;
        let mut ring = Self {
            consumer,
            producer,
            page,
            mask: u64::from(size) - 1,
            position: 0,
            ahead: Vec::new(),
            moved: false,
            last: 0,
        };
        ring.position = ring.read_position().load(Ordering::Acquire);
        Ok(ring)
    }

    fn read_position(&self) -> &AtomicU64 {
        // SAFETY: the first page of the ring is one u64 the kernel only reads; pages are aligned.
        unsafe { self.consumer.at.cast::<AtomicU64>().as_ref() }
    }

    /// Whether somebody else wrote another position, which is ours again.
    fn put_back_position(&mut self) -> bool {
        let was = self.read_position().swap(self.position, Ordering::AcqRel);
        std::mem::take(&mut self.moved) || was != self.position
    }

    fn written_position(&self) -> u64 {
        // SAFETY: the second page of the ring begins with one u64; pages are aligned.
        unsafe { self.producer.at.cast::<AtomicU64>().as_ref() }.load(Ordering::Acquire)
    }

    fn data(&self, position: u64) -> NonNull<u8> {
        // `position & mask` is below the ring's size, so it lies in the mapping.
        let offset = self.page + usize::try_from(position & self.mask).unwrap_or(0);
        // SAFETY: page + offset is inside the mapping of page + 2 * size bytes.
        unsafe { self.producer.at.add(offset) }
    }

    fn look(&self, position: u64, end: u64) -> Next {
        if position >= end {
            return Next::End;
        }
        // SAFETY: a record's header begins at an aligned u32, and lies whole before `end`.
        let head = unsafe { self.data(position).cast::<AtomicU32>().as_ref() };
        let head = head.load(Ordering::Acquire);
        if head & BUSY != 0 {
            return Next::Busy;
        }
        let len = head & !(BUSY | DISCARDED);
        let following = position + (HEADER + u64::from(len)).next_multiple_of(8);
        Next::Record { len, discarded: head & DISCARDED != 0, following }
    }

    fn record(&self, position: u64, len: u32) -> &[u8] {
        // SAFETY: the record was committed (its header was read with acquire), is `len` bytes long,
        // lies whole in the doubled data area, and the kernel does not touch it before our
        // position passes it, which needs `&mut self`.
        unsafe { std::slice::from_raw_parts(self.data(position + HEADER).as_ptr(), len as usize) }
    }

    /// Gives everything before the first record not handed out back to the kernel.
    fn release(&mut self, end: u64) {
        let before = self.position;
        self.ahead.sort_unstable();
        let mut passed = 0;
        loop {
            match self.look(self.position, end) {
                Next::Record { discarded: true, following, .. } => self.position = following,
                Next::Record { following, .. }
                    if self.ahead.get(passed) == Some(&self.position) =>
                {
                    passed += 1;
                    self.position = following;
                }
                Next::Record { .. } | Next::End | Next::Busy => break,
            }
        }
        self.ahead.drain(..passed);
        if self.position != before {
            self.moved |= self.read_position().swap(self.position, Ordering::AcqRel) != before;
        }
    }
}

fn time_of(record: &[u8]) -> u64 {
    record.get(..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_ne_bytes)
}

/// Records a ring gives to one batch at most, so that its memory is free again soon.
const BATCH: usize = 4096;
/// How long a record being written may hold the others back.
const PATIENCE_NS: u64 = 100_000_000;

/// All rings, read in order of time.
#[derive(Debug)]
pub(crate) struct Rings {
    all: Vec<Ring>,
    batch: Vec<Found>,
    /// Since when a record being written holds others back, on the caller's clock.
    waiting_since: Option<u64>,
    /// What the records' times are ahead of the clock since boot.
    pub(crate) offsets: Offsets,
}

impl Rings {
    pub(crate) fn new(rings: Vec<Ring>, offset: u64) -> Self {
        let offsets = Offsets::new(offset);
        Self { all: rings, batch: Vec::new(), waiting_since: None, offsets }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Bytes of data in all of them.
    pub(crate) fn bytes(&self) -> usize {
        let sizes = self.all.iter().map(|ring| usize::try_from(ring.mask + 1).unwrap_or(0));
        sizes.sum()
    }

    /// Writes down again up to where rings were read, where somebody else wrote something since this was
    /// called last; says in how many. The kernel would overwrite what was not read yet, or find no room.
    pub(crate) fn put_back_positions(&mut self) -> usize {
        self.all.iter_mut().map(Ring::put_back_position).filter(|wrong| *wrong).count()
    }

    /// Hands out, in order of time, the records up to time `limit` that were there when the call
    /// began. Both times are of the clock since boot; `now` is what it says.
    pub(crate) fn drain(&mut self, limit: u64, now: u64, take: &mut dyn FnMut(&[u8])) -> usize {
        let ends: Vec<u64> = self.all.iter().map(Ring::written_position).collect();
        let mut taken = 0;
        loop {
            let more = self.gather(&ends, limit, now);
            if self.batch.is_empty() {
                return taken;
            }
            taken += self.batch.len();
            for found in &self.batch {
                if let Some(ring) = self.all.get(found.ring) {
                    take(ring.record(found.position, found.len));
                }
            }
            for found in self.batch.drain(..) {
                if let Some(ring) = self.all.get_mut(found.ring) {
                    ring.last = ring.last.max(found.ts);
                    ring.ahead.push(found.position);
                }
            }
            for (ring, end) in self.all.iter_mut().zip(&ends) {
                ring.release(*end);
            }
            if !more {
                return taken;
            }
        }
    }

    /// Fills the batch; says whether a ring has more than fitted.
    fn gather(&mut self, ends: &[u64], limit: u64, now: u64) -> bool {
        let mut limit = limit;
        let mut more = false;
        let mut busy = false;
        self.batch.clear();
        for (index, (ring, end)) in self.all.iter().zip(ends).enumerate() {
            let mut position = ring.position;
            let mut count = 0;
            let mut youngest = ring.last;
            loop {
                match ring.look(position, *end) {
                    Next::End => break,
                    Next::Busy => {
                        busy = true;
                        // Its time is not known; it is not older than what came before it.
                        let patient =
                            self.waiting_since.is_none_or(|since| now < since + PATIENCE_NS);
                        if patient {
                            limit = limit.min(youngest);
                        }
                        break;
                    }
                    Next::Record { len, discarded, following } => {
                        if !discarded && !ring.ahead.contains(&position) {
                            let stamp = time_of(ring.record(position, len));
                            let ts = self.offsets.since_boot(stamp, now);
                            youngest = youngest.max(ts);
                            self.batch.push(Found { ts, ring: index, position, len });
                            count += 1;
                        }
                        position = following;
                        if count == BATCH {
                            more = true;
                            limit = limit.min(youngest);
                            break;
                        }
                    }
                }
            }
        }
        self.waiting_since = if busy { self.waiting_since.or(Some(now)) } else { None };
        self.batch.retain(|found| found.ts <= limit);
        // Rings are nearly sorted runs: a stable sort merges them.
        self.batch.sort_by_key(|found| found.ts);
        more
    }
}
