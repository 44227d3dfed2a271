//! Tests of the process and of the descriptor, and their tables in the layout of the probe's C
//! (`kfilter/process.h`, `kfilter/socket.h`).

use std::net::IpAddr;

use crate::layout::{
    EITHER, NAME_BUCKETS, NAME_WAYS, NETS, ProcessSlot, SALT_DIRECTORY, SALT_EXACT, Table,
    WANTS_ABOVE, WANTS_FD, WANTS_PARENT, WANTS_PROCESS, test,
};
use crate::{Test, Whose};

/// The maximum number of sets of names, a bit each.
const SETS: usize = 64;
/// An empty slot.
const NO_NAME: ProcessSlot = ProcessSlot { first: 0, last: 0, mask: 0 };
/// Bytes of a process's name in the kernel.
const LONGEST: usize = 15;

/// Names of processes and networks in tests.
#[derive(Debug)]
pub(crate) struct FactTables {
    sets: Vec<Vec<Vec<u8>>>,
    /// Sets that do not fit into the table: unknown.
    given_up: u64,
    slots: Vec<[ProcessSlot; NAME_WAYS]>,
    nets: Vec<(IpAddr, u8)>,
}

/// The name as the kernel has it: 16 bytes, zeros behind it.
fn words(name: &[u8]) -> [u64; 2] {
    let word = |from: usize| {
        let part = name.get(from..).unwrap_or_default();
        part.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    [word(0), word(8)]
}

/// As in `pd_process_name`.
fn bucket([first, last]: [u64; 2]) -> usize {
    let mixed = last.wrapping_mul(SALT_DIRECTORY);
    let mut hash = (first ^ mixed).wrapping_mul(SALT_EXACT);
    hash ^= hash >> 32;
    (hash.wrapping_mul(SALT_DIRECTORY) >> 56) as usize
}

impl FactTables {
    pub(crate) fn new() -> Self {
        Self {
            sets: Vec::new(),
            given_up: 0,
            slots: vec![[NO_NAME; NAME_WAYS]; NAME_BUCKETS],
            nets: Vec::new(),
        }
    }

    /// Kind and argument of a step, and what its row needs gathered. None: it is not a test of this
    /// table.
    pub(crate) fn step(&mut self, asked: &Test) -> Option<(u8, u64, u16)> {
        let either = |either: bool| if either { EITHER } else { 0 };
        Some(match asked {
            Test::FdKind(kinds) => (test::FD_KIND, u64::from(*kinds), WANTS_FD),
            Test::Transport(transports) => (test::TRANSPORT, u64::from(*transports), WANTS_FD),
            Test::Unmet => (test::UNMET, 0, WANTS_FD),
            Test::Port { from, to, either: any } => {
                (test::PORT, u64::from(*from) | u64::from(*to) << 16 | either(*any), WANTS_FD)
            }
            Test::Net { net, prefix, either: any } => match self.net(*net, *prefix) {
                Some(index) => (test::NET, index | either(*any), WANTS_FD),
                None => (test::UNKNOWN, 0, 0),
            },
            Test::ProcessName(whose, names) => match self.bit(names) {
                None => (test::UNKNOWN, 0, 0),
                Some(bit) => match whose {
                    Whose::Own => (test::PROCESS_NAME, bit, WANTS_PROCESS),
                    Whose::Parent => (test::PARENT_NAME, bit, WANTS_PARENT),
                    Whose::Above => (test::ABOVE_NAME, bit, WANTS_ABOVE),
                },
            },
            Test::Uid { from, to } => {
                (test::UID, u64::from(*from) | u64::from(*to) << 32, WANTS_PROCESS)
            }
            Test::Container => (test::CONTAINER, 0, WANTS_PROCESS),
            _ => return None,
        })
    }

    fn net(&mut self, net: IpAddr, prefix: u8) -> Option<u64> {
        let known = self.nets.iter().position(|one| *one == (net, prefix));
        let index = known.or_else(|| {
            (self.nets.len() < NETS).then(|| {
                self.nets.push((net, prefix));
                self.nets.len() - 1
            })
        });
        index.map(|index| index as u64)
    }

    /// The bit of a set. None: it is unknown.
    fn bit(&mut self, names: &[Vec<u8>]) -> Option<u64> {
        let known = self.sets.iter().position(|one| one == names);
        let index = known.or_else(|| {
            (self.sets.len() < SETS).then(|| {
                self.sets.push(names.to_vec());
                let index = self.sets.len() - 1;
                // No process has a longer name.
                let fit = |name: &&Vec<u8>| name.len() <= LONGEST && !name.contains(&0);
                if !names.iter().filter(fit).all(|name| self.insert(name, 1 << index)) {
                    self.given_up |= 1 << index;
                }
                index
            })
        })?;
        (self.given_up & 1 << index == 0).then_some(index as u64)
    }

    /// Returns whether it fits.
    fn insert(&mut self, name: &[u8], mask: u64) -> bool {
        let [first, last] = words(name);
        let Some(slots) = self.slots.get_mut(bucket([first, last])) else { return false };
        let fits =
            |slot: &&mut ProcessSlot| slot.mask == 0 || (slot.first, slot.last) == (first, last);
        match slots.iter_mut().find(fits) {
            Some(slot) => {
                *slot = ProcessSlot { first, last, mask: slot.mask | mask };
                true
            }
            None => false,
        }
    }

    /// Writes names of processes and networks.
    pub(crate) fn write(&self, table: &mut Table) {
        for (place, slot) in table.process_names.slots.iter_mut().zip(self.slots.as_flattened()) {
            *place = *slot;
        }
        for (place, (net, prefix)) in table.nets.nets.iter_mut().zip(&self.nets) {
            let (address, prefix) = match net {
                IpAddr::V4(net) => (net.to_ipv6_mapped(), 96 + u32::from(*prefix)),
                IpAddr::V6(net) => (*net, u32::from(*prefix)),
            };
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            place.address = on_the_wire(address.to_bits());
            place.mask = on_the_wire(mask);
            place.is_v4 = u64::from(net.is_ipv4());
        }
    }
}

/// Two words in memory as the number is on the wire.
fn on_the_wire(number: u128) -> [u64; 2] {
    let bytes = number.to_be_bytes();
    let (words, _) = bytes.as_chunks::<8>();
    [0, 1].map(|place| words.get(place).map_or(0, |word| u64::from_ne_bytes(*word)))
}
