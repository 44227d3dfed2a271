//! The system calls of interest as the bitmaps the programs read.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use peregrine_event::SyscallSet;
use peregrine_event::kernel::rows::{
    NUMBERS, ONLY_CONNECTS_SENDMMSG, ONLY_CONNECTS_SENDMSG, ONLY_CONNECTS_SENDTO, ROWS,
    SOCKETCALL_ROWS,
};
use peregrine_event::syscalls::{self, Syscall};
use peregrine_kfilter::{self as kfilter, Pushdown};

/// 32-bit numbers that stand for many calls.
const SOCKETCALL: u16 = 102;
const IPC: u16 = 117;
const IPC_CALLS: [&str; 12] = [
    "semop",
    "semget",
    "semctl",
    "semtimedop",
    "msgsnd",
    "msgrcv",
    "msgget",
    "msgctl",
    "shmat",
    "shmdt",
    "shmget",
    "shmctl",
];
/// 32-bit calls whose event is that of another one, beside those of the map of the capture format.
const ALSO: [(u16, &str); 3] = [(142, "select"), (414, "ppoll"), (417, "recvmmsg")];

/// Calls that are of interest for `connect` alone: with a flag they connect.
const ONLY_CONNECTS: [(&str, u16); 3] = [
    ("sendto", ONLY_CONNECTS_SENDTO),
    ("sendmsg", ONLY_CONNECTS_SENDMSG),
    ("sendmmsg", ONLY_CONNECTS_SENDMMSG),
];

const BYTES: usize = (ROWS as usize + NUMBERS as usize) / 8;

/// Where the program of a call stands: at its native number, or, where only 32-bit programs have
/// it, above all of those.
pub(crate) fn row(call: &Syscall) -> Option<u16> {
    let own = || Some(NUMBERS + call.i386.filter(|number| *number < SOCKETCALL_ROWS)?);
    let sub = || {
        let sub = syscalls::socketcalls().iter().find(|sub| sub.id == call.id)?;
        Some(NUMBERS + SOCKETCALL_ROWS + sub.call)
    };
    call.x86_64.or_else(own).or_else(sub)
}

/// `struct interest` of `record/deliver.h`: a bit per row, then one per 32-bit number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterestSet([u8; BYTES]);

impl Default for InterestSet {
    fn default() -> Self {
        Self([0; BYTES])
    }
}

impl InterestSet {
    /// Bytes of the bitmaps.
    pub(crate) const SIZE: u32 = 192;
    /// Bytes of the bitmaps and of what may be dropped.
    pub(crate) const WHOLE: u32 = Self::SIZE + kfilter::SIZE;

    pub(crate) fn new(calls: &SyscallSet) -> Self {
        let called = |name| syscalls::by_name(name).map(|call| call.id);
        let has = |name| called(name).is_some_and(|id| calls.contains(id));
        let mut looked_at = *calls;
        let mut interest = Self::default();
        for (name, mark) in
            ONLY_CONNECTS.into_iter().filter(|(name, _)| has("connect") && !has(name))
        {
            if let Some(id) = called(name) {
                looked_at.insert(id);
            }
            interest.set(mark);
        }
        interest.add(&Self::of(&looked_at));
        interest
    }

    fn of(calls: &SyscallSet) -> Self {
        let mut interest = Self::default();
        for call in syscalls::all().iter().filter(|call| calls.contains(call.id)) {
            if let Some(row) = row(call) {
                interest.set(row);
            }
            if let Some(number) = call.i386 {
                interest.set(ROWS + number);
            }
        }
        let has = |name| syscalls::by_name(name).is_some_and(|call| calls.contains(call.id));
        for i386 in syscalls::i386() {
            let native = i386.x86_64.and_then(syscalls::by_x86_64);
            let ids = [native.map(|call| call.id), i386.id];
            if ids.into_iter().flatten().any(|id| calls.contains(id)) {
                interest.set(ROWS + i386.number);
            }
            // A 32-bit call whose event is that of its native kin has its kin's program.
            let named = syscalls::all().iter().find(|call| {
                call.x86_64.is_none() && call.i386 == Some(i386.number) && calls.contains(call.id)
            });
            if let (Some(native), Some(named)) = (native, named)
                && native.exit == named.exit
                && let Some(row) = native.x86_64
            {
                interest.set(row);
            }
        }
        for (number, name) in ALSO {
            if has(name) {
                interest.set(ROWS + number);
            }
        }
        if syscalls::socketcalls().iter().any(|call| calls.contains(call.id)) {
            interest.set(ROWS + SOCKETCALL);
        }
        if IPC_CALLS.into_iter().any(has) {
            interest.set(ROWS + IPC);
        }
        interest
    }

    /// Whether calls of this row are of interest.
    pub(crate) fn has_row(&self, row: u16) -> bool {
        let byte = self.0.get(usize::from(row) / 8).copied().unwrap_or(0);
        row < ROWS && byte >> (row % 8) & 1 == 1
    }

    /// Whether this includes all of `other`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| other & !own == 0)
    }

    /// Adds what `other` includes.
    pub(crate) fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }

    fn set(&mut self, bit: u16) {
        let bit = usize::from(bit);
        if let Some(byte) = self.0.get_mut(bit / 8) {
            *byte |= 1 << (bit % 8);
        }
    }

    /// The bytes with what the kernel may drop behind them.
    pub(crate) fn with(&self, pushdown: &Pushdown) -> Vec<u8> {
        // So that nobody can make names that hash like those of the rules.
        let seed = RandomState::new().build_hasher().finish();
        let row = |call| syscalls::by_id(call).and_then(row);
        [self.bytes(), &pushdown.encode(seed, row)].concat()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_of_interest_whichever_way_it_comes() {
        assert_eq!(InterestSet::SIZE as usize, BYTES);
        let set = |names: &[&str]| {
            names.iter().map(|name| syscalls::by_name(name).unwrap().id).collect::<SyscallSet>()
        };
        // The bits that are set: rows, 32-bit numbers.
        let bits = |names: &[&str]| {
            let interest = InterestSet::new(&set(names));
            let set = |bit: &u16| interest.bytes()[usize::from(*bit) / 8] >> (bit % 8) & 1 == 1;
            let rows: Vec<u16> = (0..ROWS).filter(set).collect();
            let numbers: Vec<u16> =
                (ROWS..ROWS + NUMBERS).filter(set).map(|bit| bit - ROWS).collect();
            (rows, numbers)
        };
        assert_eq!(bits(&["open"]), (vec![2], vec![5]));
        assert_eq!(
            bits(&["connect"]),
            (vec![42, 44, 46, 307, 1021, 1022, 1023], vec![102, 345, 362, 369, 370])
        );
        assert_eq!(
            bits(&["connect", "sendto", "sendmsg", "sendmmsg"]),
            (vec![42, 44, 46, 307], vec![102, 345, 362, 369, 370])
        );
        assert_eq!(bits(&["setuid32"]), (vec![105, 512 + 213], vec![213]));
        assert_eq!(bits(&["stat64"]), (vec![512 + 195], vec![195]));
        assert_eq!(bits(&["send"]), (vec![512 + 489], vec![102]));
        assert_eq!(bits(&["semop"]), (vec![65], vec![117]));
        assert_eq!(bits(&["select"]), (vec![23], vec![82, 142]));
        assert_eq!(bits(&[]), (vec![], vec![]));
        assert_eq!(bits(&["signal_deliver"]), (vec![], vec![]));
    }
}
