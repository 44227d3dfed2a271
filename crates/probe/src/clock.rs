//! The clock of events, and the rest of the programs' configuration.
//!
//! The kernel stamps events with its clock since boot and adds an offset for the time of day. When somebody
//! sets the clock, or it is slowed, the offset is taken anew; what waits in the rings was stamped before.
//! The programs see the clock of the machine: where the agent lives in a time namespace, its own clock since
//! boot is another one.

#![expect(unsafe_code, reason = "clocks are asked through libc, memory is shared with the kernel")]

use std::os::fd::BorrowedFd;
use std::os::linux::fs::MetadataExt as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ring::Mapping;

/// What the offset may be wrong by before it is taken anew, nanoseconds.
const TOLERATED_NS: u64 = 1_000_000;
/// Two looks at a clock with another one between are this close, or they say too little.
const CLOSE_NS: u64 = 50_000;
/// A record may be made after the clock was looked at for the one who reads it.
const SINCE_NS: u64 = 10_000_000;
/// So long after the clock moved a ring may hold a record stamped before, nanoseconds.
const REMEMBERED_NS: u64 = 60_000_000_000;

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec; the call touches nothing else.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec
        .cast_unsigned()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(time.tv_nsec.cast_unsigned())
}

/// What this process's clock since boot is ahead of the machine's, from `/proc/self/timens_offsets`.
fn ahead(offsets: &str) -> i64 {
    let line = offsets.lines().find_map(|line| line.trim().strip_prefix("boottime"));
    let numbers = line.map(|line| line.split_whitespace().map(str::parse::<i64>));
    let Some(mut numbers) = numbers else { return 0 };
    match (numbers.next(), numbers.next()) {
        (Some(Ok(seconds)), Some(Ok(ns))) => seconds.wrapping_mul(1_000_000_000).wrapping_add(ns),
        _ => 0,
    }
}

/// The same of this process now. The file has what its children get: what it has itself where it did
/// not make a namespace for them.
fn own_ahead() -> i64 {
    let link = |name: &str| std::fs::read_link(format!("/proc/self/ns/{name}")).ok();
    if link("time") != link("time_for_children") {
        return 0;
    }
    ahead(&std::fs::read_to_string("/proc/self/timens_offsets").unwrap_or_default())
}

/// Reads the machine's clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    ahead: i64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { ahead: own_ahead() }
    }

    /// The machine's clock since boot, nanoseconds.
    pub(crate) fn since_boot(self) -> u64 {
        read(libc::CLOCK_BOOTTIME).wrapping_sub(self.ahead.cast_unsigned())
    }

    /// One look: how far apart its ends are, and the offset.
    fn look(self) -> (u64, u64) {
        let before = self.since_boot();
        let now = read(libc::CLOCK_REALTIME);
        let after = self.since_boot();
        (
            after.wrapping_sub(before),
            now.wrapping_sub(before.wrapping_add(after.wrapping_sub(before) / 2)),
        )
    }

    /// Nanoseconds to add to the machine's clock since boot for the time of day. Of a few looks the one that
    /// was interrupted least is the most exact.
    pub(crate) fn offset(self) -> u64 {
        (0..5).map(|_| self.look()).min().map_or(0, |(_, offset)| offset)
    }

    /// The offset if it is another one than `known`.
    pub(crate) fn moved(self, known: u64) -> Option<u64> {
        let differs = |(apart, offset): (u64, u64)| {
            let by = offset.wrapping_sub(known).cast_signed().unsigned_abs();
            apart <= CLOSE_NS && by > TOLERATED_NS
        };
        if !differs(self.look()) {
            return None;
        }
        // It was not this thread that lost the CPU.
        Some(self.offset()).filter(|offset| differs((0, *offset)))
    }
}

/// The configuration of the programs: `pg_config` of `record/scratch.h`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Config {
    pub(crate) offset: u64,
    pub(crate) own_net: u32,
    pub(crate) arguments_max: u32,
}

impl Config {
    /// Bytes of it.
    pub(crate) const SIZE: usize = 16;

    pub(crate) fn now(clock: Clock, arguments_max: u32) -> Self {
        let net = std::fs::metadata("/proc/self/ns/net").map_or(0, |about| about.st_ino());
        Self { offset: clock.offset(), own_net: u32::try_from(net).unwrap_or(0), arguments_max }
    }

    pub(crate) fn bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..8].copy_from_slice(&self.offset.to_ne_bytes());
        bytes[8..12].copy_from_slice(&self.own_net.to_ne_bytes());
        bytes[12..].copy_from_slice(&self.arguments_max.to_ne_bytes());
        bytes
    }
}

/// The programs' offset, in the memory they read it from.
#[derive(Debug)]
pub(crate) struct SharedOffset(Mapping);

impl SharedOffset {
    /// Maps the variables of an object's programs.
    pub(crate) fn map(variables: BorrowedFd<'_>) -> std::io::Result<Self> {
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).map_err(std::io::Error::other)?;
        Ok(Self(Mapping::new(variables, page, 0, true)?))
    }

    /// Has the programs add this from now on.
    pub(crate) fn set(&self, offset: u64) {
        // SAFETY: the page begins with `boot_offset`, an aligned u64 that programs only read.
        unsafe { self.0.start().cast::<AtomicU64>().as_ref() }.store(offset, Ordering::Release);
    }
}

/// The offsets that records in the rings may have been stamped with.
#[derive(Debug)]
pub(crate) struct Offsets {
    now: u64,
    /// Former ones, and until when on the clock since boot they count.
    former: Vec<(u64, u64)>,
}

impl Offsets {
    pub(crate) fn new(now: u64) -> Self {
        Self { now, former: Vec::new() }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The clock has moved; `boot` is the time since boot.
    pub(crate) fn moved(&mut self, to: u64, boot: u64) {
        let until = boot.saturating_add(REMEMBERED_NS);
        self.former.push((std::mem::replace(&mut self.now, to), until));
    }

    /// Forgets what no record can be stamped with any more.
    pub(crate) fn forget(&mut self, boot: u64) {
        self.former.retain(|(_, until)| boot < *until);
    }

    /// When since boot a record was made. It can hardly be younger than `boot`, and of the times it may stand for
    /// the youngest is the most likely: records do not wait for long.
    pub(crate) fn since_boot(&self, ts: u64, boot: u64) -> u64 {
        let own = ts.wrapping_sub(self.now);
        if self.former.is_empty() {
            return own;
        }
        let all = self.former.iter().map(|(offset, _)| ts.wrapping_sub(*offset));
        all.chain([own]).filter(|at| *at <= boot.saturating_add(SINCE_NS)).max().unwrap_or(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_time_namespaces_are_read() {
        let text = "monotonic           0         0\nboottime        1000       500\n";
        assert_eq!(ahead(text), 1_000_000_000_500);
        assert_eq!(ahead("boottime -1 0\n"), -1_000_000_000);
        for text in ["", "monotonic 1 0\n", "boottime x 0\n", "boottime 1\n"] {
            assert_eq!(ahead(text), 0, "{text}");
        }
    }

    #[test]
    fn a_clock_that_stands_has_not_moved() {
        let clock = Clock::new();
        let offset = clock.offset();
        assert_eq!(clock.moved(offset), None);
        for by in [3_600_000_000_000, 2_000_000] {
            for known in [offset + by, offset - by] {
                let moved = clock.moved(known).unwrap();
                assert!(moved.abs_diff(offset) < TOLERATED_NS, "{moved} {offset}");
            }
        }
    }

    #[test]
    fn records_are_told_apart_by_when_they_were_stamped() {
        const HOUR: u64 = 3_600_000_000_000;
        let (boot, old) = (50 * HOUR, 1000 * HOUR);
        for new in [old + HOUR, old - HOUR, old + 10 * HOUR, old - 10 * HOUR] {
            let mut offsets = Offsets::new(old);
            offsets.moved(new, boot);
            for age in [0, 1_000, 500_000, 30_000_000_000] {
                let made = boot - age;
                assert_eq!(offsets.since_boot(made + old, boot), made, "{new} {age}");
                assert_eq!(offsets.since_boot(made + new, boot), made, "{new} {age}");
            }
            offsets.forget(boot + REMEMBERED_NS);
            assert_eq!((offsets.now(), offsets.former.len()), (new, 0));
        }
    }
}
