//! The memory the state takes, and what is dropped above the limit.
//!
//! Growth is estimated where entries are added, rather too high; after much growth everything is
//! measured. Users above their share lose their oldest entries: first tables of descriptors, then
//! processes without children. The probe reports a descriptor again with the next event that uses it,
//! and an unknown thread is looked up on the host.

use std::collections::BTreeMap;
use std::mem::size_of;
use std::sync::Arc;

use peregrine_event::{Category, Event, EventType};

use crate::fd::FdInfo;
use crate::fd_table::FdTable;
use crate::state::State;
use crate::thread::{ProcImage, Process, Thread};

/// The overhead of an allocation.
const PIECE: usize = 32;
/// The part of the limit that may be added before everything is measured again.
const SLACK: usize = 8;
/// The part of everything that an unprivileged user may have.
const SHARE: usize = 2;
/// The longest path.
const LONGEST: usize = 4096;
/// A node of an ordered set.
const NODE: usize = 128;

/// The memory of one user's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// Bytes of memory.
    pub bytes: usize,
    /// Descriptors.
    pub fds: usize,
}

/// A table of descriptors and its owners.
struct Table {
    weight: Weight,
    uid: u32,
    used: u64,
    pids: Vec<i64>,
}

/// A measurement of everything.
struct Measured {
    total: usize,
    users: BTreeMap<u32, Weight>,
    /// By address.
    tables: BTreeMap<usize, Table>,
}

fn text(text: &Arc<[u8]>) -> usize {
    // A shared text counts in part.
    (text.len() + PIECE) / Arc::strong_count(text).max(1) + 1
}

impl FdInfo {
    /// The memory of a descriptor's copy in another table: texts are shared.
    pub(crate) const COPY: usize = 2 * size_of::<(i64, Self)>();

    /// The memory it takes, estimated.
    pub(crate) fn weight(&self) -> usize {
        let more = [&self.resolved, &self.fs_path].into_iter().flatten();
        size_of::<(i64, Self)>()
            + [&self.name, &self.name_raw].into_iter().chain(more).map(text).sum::<usize>()
    }
}

fn weight_of_table(fds: &FdTable) -> usize {
    PIECE + fds.spare() + fds.iter().map(|(_, info)| info.weight()).sum::<usize>()
}

fn weight_of_image(image: &Arc<ProcImage>) -> usize {
    let words = image.args.size() + image.env.size();
    let own = size_of::<ProcImage>() + words + 2 * PIECE + text(&image.exe) + text(&image.exepath);
    own / Arc::strong_count(image).max(1)
}

fn weight_of_thread(thread: &Thread) -> usize {
    let groups: usize = thread.cgroups.iter().map(text).sum::<usize>() + PIECE;
    let groups = groups / Arc::strong_count(&thread.cgroups).max(1);
    size_of::<(i64, Thread)>() + NODE + text(&thread.comm) + weight_of_image(&thread.image) + groups
}

fn weight_of_process(process: &Process) -> usize {
    let walked = process.walked_cwd.as_ref().map_or(0, text);
    size_of::<(i64, Process)>() + NODE + text(&process.cwd) + walked
}

impl State {
    /// The estimated memory of the state in bytes, by the user of the process.
    pub fn weights(&self) -> BTreeMap<u32, Weight> {
        self.measure().users
    }

    /// The estimated memory of everything in bytes, rather too high: what it was when it was measured last, and what
    /// was added since.
    pub fn memory(&self) -> usize {
        self.measured.saturating_add(self.grown)
    }

    /// Notes that an event may have made the state larger.
    pub(crate) fn note_growth(&mut self, event: &Event<'_>) {
        // Descriptors are counted when they are inserted.
        let folder = matches!(
            event.view.event_type(),
            EventType::SYSCALL_CHDIR_X | EventType::SYSCALL_FCHDIR_X
        );
        if folder || event.view.info().is(Category::Process) {
            self.add_growth(LONGEST * usize::from(folder) + Self::growth_of(event));
        }
    }

    /// The growth by a thread that this event describes.
    pub(crate) fn growth_of(event: &Event<'_>) -> usize {
        // Texts are also stored cleaned.
        2 * event.view.bytes().len() + size_of::<Thread>() + size_of::<Process>()
    }

    /// Adds to the growth since the last measurement.
    pub(crate) fn add_growth(&mut self, bytes: usize) {
        self.grown = self.grown.saturating_add(bytes);
    }

    /// Drops what is above the limit, after enough growth since the last measurement.
    pub(crate) fn enforce_limit(&mut self) {
        if self.grown > self.limits.bytes / SLACK {
            let most = self.limits.bytes - self.limits.bytes / SLACK;
            self.shed_to(most);
        }
    }

    /// Drops the oldest entries of the largest users until the state takes no more than `most` bytes,
    /// or hardly anything is left. Returns the bytes it took before.
    pub fn shed_to(&mut self, most: usize) -> usize {
        self.grown = 0;
        let measured = self.measure();
        let before = measured.total;
        self.measured = before.min(most);
        let all_fds = self.limits.all_fds;
        let level = level(measured.users.values().map(|weight| weight.bytes), most);
        for (uid, weight) in &measured.users {
            let ordinary = *uid != 0;
            let bytes = if ordinary { level.min(most / SHARE) } else { level };
            let fds = if ordinary { all_fds / SHARE } else { all_fds };
            if weight.bytes > bytes || weight.fds > fds {
                self.shed_user(&measured, *uid, *weight, Weight { bytes, fds });
            }
        }
        if before > most {
            self.threads.shrink_to_fit();
            self.processes.shrink_to_fit();
        }
        before
    }

    fn measure(&self) -> Measured {
        let mut measured = Measured { total: 0, users: BTreeMap::new(), tables: BTreeMap::new() };
        let spare = |len: usize, capacity: usize, each: usize| capacity.saturating_sub(len) * each;
        measured.total += spare(self.threads.len(), self.threads.capacity(), size_of::<Thread>())
            + spare(self.processes.len(), self.processes.capacity(), size_of::<Process>());
        for thread in self.threads.values() {
            let bytes = weight_of_thread(thread);
            measured.total += bytes;
            measured.users.entry(thread.uid).or_default().bytes += bytes;
        }
        for (pid, process) in &self.processes {
            let uid = self.main_thread(*pid).map_or(u32::MAX, |thread| thread.uid);
            let mut bytes = weight_of_process(process);
            let place = Arc::as_ptr(&process.fds).addr();
            let table = measured.tables.entry(place).or_insert_with(|| {
                let weight = weight_of_table(&process.fds);
                bytes += weight;
                let weight = Weight { bytes: weight, fds: process.fds.len() };
                Table { weight, uid, used: 0, pids: Vec::new() }
            });
            if table.pids.is_empty() {
                measured.users.entry(uid).or_default().fds += process.fds.len();
            }
            table.used = table.used.max(process.used);
            table.pids.push(*pid);
            measured.total += bytes;
            measured.users.entry(uid).or_default().bytes += bytes;
        }
        measured
    }

    fn shed_user(&mut self, measured: &Measured, uid: u32, now: Weight, most: Weight) {
        let mut left = now;
        let mut tables: Vec<&Table> = measured
            .tables
            .values()
            .filter(|table| table.uid == uid && table.weight.fds > 0)
            .collect();
        tables.sort_by_key(|table| table.used);
        for table in tables {
            if left.bytes <= most.bytes && left.fds <= most.fds {
                return;
            }
            for pid in &table.pids {
                self.share_fds(*pid, (Arc::default(), 0));
            }
            self.counters.fds_shed += u64::try_from(table.weight.fds).unwrap_or(0);
            left.bytes = left.bytes.saturating_sub(table.weight.bytes);
            left.fds = left.fds.saturating_sub(table.weight.fds);
        }
        // A process that loses its children has none in the next round.
        for _ in 0..64 {
            if left.bytes <= most.bytes {
                return;
            }
            let is_own = |pid: i64| self.main_thread(pid).is_none_or(|thread| thread.uid == uid);
            let own = self
                .processes
                .iter()
                .filter(|(pid, process)| process.children.is_empty() && is_own(**pid));
            let mut own: Vec<(u64, i64)> = own.map(|(pid, process)| (process.used, *pid)).collect();
            if own.is_empty() {
                return;
            }
            own.sort_unstable();
            for (_, pid) in own {
                if left.bytes <= most.bytes {
                    break;
                }
                left.bytes = left.bytes.saturating_sub(self.shed_process(pid));
            }
        }
    }

    /// Drops a process with its threads; returns about how many bytes that freed.
    fn shed_process(&mut self, pid: i64) -> usize {
        let Some(process) = self.processes.get(&pid) else { return 0 };
        let mut bytes = weight_of_process(process);
        let threads: Vec<i64> = process.threads.iter().copied().collect();
        for tid in &threads {
            bytes += self.threads.get(tid).map_or(0, weight_of_thread);
            self.remove_thread(*tid, 0);
        }
        if threads.is_empty() {
            self.remove_process(pid);
        }
        self.counters.threads_shed += u64::try_from(threads.len()).unwrap_or(0);
        bytes
    }
}

/// The limit per user at which all users together take no more than `most`.
fn level(users: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut users: Vec<usize> = users.collect();
    users.sort_unstable();
    let (mut room, mut left) = (most, users.len());
    for weight in users {
        // Each remaining user may have an equal part of what smaller users leave.
        let share = room / left.max(1);
        if weight > share {
            return share;
        }
        room -= weight;
        left -= 1;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_users_are_limited() {
        let check = |users: &[usize], most: usize, expected: usize| {
            assert_eq!(level(users.iter().copied(), most), expected, "{users:?} {most}");
        };
        check(&[], 10, usize::MAX);
        check(&[3, 4], 10, usize::MAX);
        check(&[3, 100], 10, 7);
        check(&[100, 3, 100], 23, 10);
        check(&[100, 100, 100], 30, 10);
        check(&[5], 0, 0);
    }
}
