//! A set of system calls as the bitmaps the programs ask.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use peregrine_event::pushdown::{self, Pushdown};
use peregrine_event::{SyscallSet, syscalls};

/// Native numbers and 32-bit numbers the bitmaps have room for.
const NUMBERS: usize = 512;
/// The 32-bit number of `socketcall`, which stands for all calls on sockets.
const SOCKETCALL: u16 = 102;
const BYTES: usize = NUMBERS / 8;

/// `struct wanted` of `bpf/capture.bpf.c`: a bit per native number, then one per 32-bit number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted([u8; 2 * BYTES]);

impl Wanted {
    /// Bytes of the bitmaps.
    pub(crate) const SIZE: u32 = 128;
    /// Bytes of the bitmaps and of what may be dropped.
    pub(crate) const WHOLE: u32 = Self::SIZE + pushdown::SIZE;

    pub(crate) fn new(calls: &SyscallSet) -> Self {
        let mut wanted = Self([0; 2 * BYTES]);
        for call in syscalls::all().iter().filter(|call| calls.contains(call.id)) {
            if let Some(number) = call.x86_64 {
                wanted.set(0, number);
            }
            if let Some(number) = call.i386 {
                wanted.set(BYTES, number);
            }
        }
        for row in syscalls::i386() {
            let native = row.x86_64.and_then(syscalls::by_x86_64).map(|call| call.id);
            if [native, row.id].into_iter().flatten().any(|id| calls.contains(id)) {
                wanted.set(BYTES, row.number);
            }
        }
        if syscalls::socketcalls().iter().any(|call| calls.contains(call.id)) {
            wanted.set(BYTES, SOCKETCALL);
        }
        wanted
    }

    fn set(&mut self, from: usize, number: u16) {
        let number = usize::from(number);
        if number < NUMBERS
            && let Some(byte) = self.0.get_mut(from + number / 8)
        {
            *byte |= 1 << (number % 8);
        }
    }

    /// The bytes with what the kernel may drop behind them.
    pub(crate) fn with(&self, pushdown: &Pushdown) -> Vec<u8> {
        // So that nobody can make names that hash like those of the rules.
        let seed = RandomState::new().build_hasher().finish();
        let row = |call| syscalls::by_id(call)?.x86_64;
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
    fn a_call_is_wanted_whichever_way_it_comes() {
        assert_eq!(Wanted::SIZE as usize, 2 * BYTES);
        let set = |names: &[&str]| {
            names.iter().map(|name| syscalls::by_name(name).unwrap().id).collect::<SyscallSet>()
        };
        let bit = |wanted: &Wanted, from: usize, number: usize| {
            wanted.bytes()[from + number / 8] >> (number % 8) & 1 == 1
        };
        let open = Wanted::new(&set(&["open"]));
        assert!(bit(&open, 0, 2) && bit(&open, BYTES, 5));
        assert!(!bit(&open, 0, 5) && !bit(&open, BYTES, 2) && !bit(&open, BYTES, 102));
        let connect = Wanted::new(&set(&["connect"]));
        assert!(bit(&connect, 0, 42) && bit(&connect, BYTES, 362) && bit(&connect, BYTES, 102));
        assert!(Wanted::new(&SyscallSet::new()).bytes().iter().all(|byte| *byte == 0));
    }
}
