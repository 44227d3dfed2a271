//! Memory that the agent and its watchdog share: which events were read and wait for their answer, and since when.
//!
//! Either may answer an event. That an answer of the watchdog never hits another event, which got the same
//! descriptor, is sure by two words: the watchdog announces the descriptor (`writing`), then looks whether the event
//! still waits; the agent says that it does not wait any more, then looks whether the watchdog is writing, and closes
//! the descriptor only when it is not.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::kernel::{BATCH, millis};

/// `writing`: the watchdog answers every descriptor.
const EVERY: u32 = u32::MAX;
/// How long the agent waits for a watchdog that is writing: it may have been killed in the midst of it.
const WRITING_MS: u32 = 100;

/// What lies in the memory.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Words {
    /// Grows with each step of the agent's reader; odd while it reads, before it has published what it read.
    steps: AtomicU64,
    /// Events that the watchdog answered.
    late: AtomicU64,
    /// One more than the descriptor that the watchdog answers now.
    writing: AtomicU32,
    /// The highest descriptor that an event had.
    highest: AtomicU32,
    /// The events that wait: in the low half one more than the descriptor, in the high half the time it was read.
    waiting: [AtomicU64; BATCH],
}

/// The memory.
#[derive(Debug)]
pub(super) struct Shared(*mut Words);

// SAFETY: what it points to is atomics, mapped until it is dropped.
unsafe impl Send for Shared {}
// SAFETY: the same.
unsafe impl Sync for Shared {}

impl Shared {
    /// Maps it; a process that is forked has it too.
    pub(super) fn new() -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let length = size_of::<Words>();
        // SAFETY: a new mapping, of zeroes, which are valid atomics.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
        if at == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Self(at.cast())) }
    }

    fn words(&self) -> &Words {
        // SAFETY: it is mapped as long as `self` lives, and atomics are written by both sides.
        unsafe { &*self.0 }
    }

    /// The agent reads from here on.
    pub(super) fn reading(&self) {
        self.words().steps.fetch_add(1, Ordering::SeqCst);
        // Descriptors that are answered one and all are not to be those that are read now.
        self.wait_until_written(|writing| writing == EVERY);
    }

    /// The agent has read these descriptors.
    pub(super) fn read(&self, fds: impl Iterator<Item = RawFd>) {
        let words = self.words();
        let now = u64::from(millis()) << 32;
        for (slot, fd) in words.waiting.iter().zip(fds) {
            let fd = number(fd);
            words.highest.fetch_max(fd, Ordering::SeqCst);
            slot.store(now | u64::from(fd), Ordering::SeqCst);
        }
        words.steps.fetch_add(1, Ordering::SeqCst);
    }

    /// The agent has answered the event it read as number `slot`: afterwards its descriptor may be closed.
    pub(super) fn answered(&self, slot: usize) {
        let words = self.words();
        let Some(slot) = words.waiting.get(slot) else { return };
        let value = slot.swap(0, Ordering::SeqCst);
        words.steps.fetch_add(2, Ordering::SeqCst);
        let fd = u64::from(u32::MAX) & value;
        self.wait_until_written(|writing| writing == EVERY || u64::from(writing) == fd);
    }

    fn wait_until_written(&self, is_in_the_way: impl Fn(u32) -> bool) {
        let begin = millis();
        while is_in_the_way(self.words().writing.load(Ordering::SeqCst))
            && millis().wrapping_sub(begin) < WRITING_MS
        {
            std::thread::yield_now();
        }
    }

    /// Events that the watchdog answered.
    pub(super) fn late(&self) -> u64 {
        self.words().late.load(Ordering::Relaxed)
    }

    // What only the watchdog calls: none of it allocates.

    /// Counts events that the watchdog answered.
    pub(super) fn add_late(&self, events: u64) {
        self.words().late.fetch_add(events, Ordering::Relaxed);
    }

    /// How far the agent is.
    pub(super) fn steps(&self) -> u64 {
        self.words().steps.load(Ordering::SeqCst)
    }

    /// Answers by `answer` the events that have waited for so many milliseconds.
    pub(super) fn answer_late(&self, deadline: u32, answer: &dyn Fn(RawFd) -> bool) {
        let words = self.words();
        for slot in &words.waiting {
            let value = slot.load(Ordering::SeqCst);
            #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
            let (since, fd) = ((value >> 32) as u32, value as u32);
            if fd == 0 || millis().wrapping_sub(since) < deadline {
                continue;
            }
            words.writing.store(fd, Ordering::SeqCst);
            if slot.load(Ordering::SeqCst) == value && answer(descriptor(fd)) {
                self.add_late(1);
            }
            words.writing.store(0, Ordering::SeqCst);
        }
    }

    /// Answers every descriptor that an event may have: the agent stopped between reading and publishing, at these
    /// steps.
    pub(super) fn answer_every(&self, steps: u64, answer: &dyn Fn(RawFd) -> bool) {
        let words = self.words();
        words.writing.store(EVERY, Ordering::SeqCst);
        let beyond = u32::try_from(4 * BATCH).unwrap_or(u32::MAX);
        let last = words.highest.load(Ordering::SeqCst).saturating_add(beyond);
        for fd in 1..=last {
            if words.steps.load(Ordering::SeqCst) != steps {
                break;
            }
            if answer(descriptor(fd)) {
                self.add_late(1);
            }
        }
        words.writing.store(0, Ordering::SeqCst);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing refers to it any more.
        unsafe { libc::munmap(self.0.cast(), size_of::<Words>()) };
    }
}

fn number(fd: RawFd) -> u32 {
    u32::try_from(fd).unwrap_or(0).saturating_add(1)
}

fn descriptor(number: u32) -> RawFd {
    RawFd::try_from(number.saturating_sub(1)).unwrap_or(RawFd::MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_waits_is_answered_once_and_only_when_late() {
        let shared = Shared::new().unwrap();
        let seen = RefCell::new(Vec::new());
        let answer = |fd| {
            seen.borrow_mut().push(fd);
            true
        };
        shared.reading();
        shared.read([7, 9].into_iter());
        shared.answer_late(60_000, &answer);
        assert_eq!(seen.borrow().as_slice(), [] as [RawFd; 0]);
        shared.answered(0);
        shared.answer_late(0, &answer);
        assert_eq!(seen.borrow().as_slice(), [9]);
        assert_eq!(shared.late(), 1);
        shared.answered(1);
        shared.answer_late(0, &answer);
        assert_eq!(shared.late(), 1);
    }

    #[test]
    fn every_descriptor_is_answered_until_the_agent_goes_on() {
        let shared = Shared::new().unwrap();
        shared.reading();
        shared.read([3].into_iter());
        shared.answered(0);
        shared.reading();
        let steps = shared.steps();
        assert_eq!(steps % 2, 1, "it reads");
        let seen = RefCell::new(Vec::new());
        shared.answer_every(steps, &|fd| {
            seen.borrow_mut().push(fd);
            // The agent goes on.
            if fd == 5 {
                shared.words().steps.fetch_add(1, Ordering::SeqCst);
            }
            fd == 5
        });
        assert_eq!(seen.borrow().as_slice(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shared.late(), 1);
    }
}
