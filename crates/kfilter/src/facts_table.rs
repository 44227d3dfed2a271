//! Tests of the process and of the descriptor, and their tables as the probe's C reads them
//! (`kfilter/process.h`, `kfilter/socket.h`).

use std::net::IpAddr;

use crate::layout::FACTS_SIZE;
use crate::{Test, Whose};

/// As `PD_WANTS_*`.
const WANTS_PROCESS: u16 = 2;
const WANTS_PARENT: u16 = 4;
const WANTS_ABOVE: u16 = 8;
const WANTS_FD: u16 = 16;
/// The test nobody can answer.
const UNKNOWN: u8 = 6;
const BUCKETS: usize = 256;
const WAYS: usize = 4;
const SETS: usize = 64;
const NETS: usize = 64;
/// Letters of a process's name in the kernel.
const LONGEST: usize = 15;
const EITHER: u64 = 1 << 32;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    name: [u64; 2],
    mask: u64,
}

/// Names of processes and networks that rules ask for.
#[derive(Debug)]
pub(crate) struct FactTables {
    sets: Vec<Vec<Vec<u8>>>,
    /// Sets that cannot be put into the table: never known.
    given_up: u64,
    slots: Vec<[Slot; WAYS]>,
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
    let mixed = last.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    let mut hash = (first ^ mixed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^= hash >> 32;
    (hash.wrapping_mul(0xc2b2_ae3d_27d4_eb4f) >> 56) as usize
}

impl FactTables {
    pub(crate) fn new() -> Self {
        Self {
            sets: Vec::new(),
            given_up: 0,
            slots: vec![[Slot::default(); WAYS]; BUCKETS],
            nets: Vec::new(),
        }
    }

    /// Kind and argument of a step, and what its row wants gathered. None: the test is another's.
    pub(crate) fn step(&mut self, test: &Test) -> Option<(u8, u64, u16)> {
        let either = |either: bool| if either { EITHER } else { 0 };
        Some(match test {
            Test::FdKind(kinds) => (7, u64::from(*kinds), WANTS_FD),
            Test::Transport(transports) => (8, u64::from(*transports), WANTS_FD),
            Test::Unmet => (9, 0, WANTS_FD),
            Test::Port { from, to, either: any } => {
                (10, u64::from(*from) | u64::from(*to) << 16 | either(*any), WANTS_FD)
            }
            Test::Net { net, prefix, either: any } => match self.net(*net, *prefix) {
                Some(index) => (11, index | either(*any), WANTS_FD),
                None => (UNKNOWN, 0, 0),
            },
            Test::ProcessName(whose, names) => match self.bit(names) {
                None => (UNKNOWN, 0, 0),
                Some(bit) => match whose {
                    Whose::Own => (12, bit, WANTS_PROCESS),
                    Whose::Parent => (13, bit, WANTS_PARENT),
                    Whose::Above => (14, bit, WANTS_ABOVE),
                },
            },
            Test::Uid { from, to } => (15, u64::from(*from) | u64::from(*to) << 32, WANTS_PROCESS),
            Test::Container => (16, 0, WANTS_PROCESS),
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

    /// The bit of a set. None: it cannot be known.
    fn bit(&mut self, names: &[Vec<u8>]) -> Option<u64> {
        let known = self.sets.iter().position(|one| one == names);
        let index = known.or_else(|| {
            (self.sets.len() < SETS).then(|| {
                self.sets.push(names.to_vec());
                let index = self.sets.len() - 1;
                // A longer one no process has.
                let fit = |name: &&Vec<u8>| name.len() <= LONGEST && !name.contains(&0);
                if !names.iter().filter(fit).all(|name| self.insert(name, 1 << index)) {
                    self.given_up |= 1 << index;
                }
                index
            })
        })?;
        (self.given_up & 1 << index == 0).then_some(index as u64)
    }

    /// Whether there was room.
    fn insert(&mut self, name: &[u8], mask: u64) -> bool {
        let name = words(name);
        let Some(slots) = self.slots.get_mut(bucket(name)) else { return false };
        match slots.iter_mut().find(|slot| slot.mask == 0 || slot.name == name) {
            Some(slot) => {
                *slot = Slot { name, mask: slot.mask | mask };
                true
            }
            None => false,
        }
    }

    /// `struct pd_process_names` and `struct pd_nets`.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Slot { name: [first, last], mask } in self.slots.iter().flatten() {
            for word in [first, last, mask] {
                bytes.extend(word.to_le_bytes());
            }
        }
        for (net, prefix) in &self.nets {
            let (address, prefix) = match net {
                IpAddr::V4(net) => (net.to_ipv6_mapped(), 96 + u32::from(*prefix)),
                IpAddr::V6(net) => (*net, u32::from(*prefix)),
            };
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0).to_be_bytes();
            bytes.extend(address.octets());
            bytes.extend(mask);
            bytes.extend(u64::from(net.is_ipv4()).to_le_bytes());
        }
        bytes.resize(FACTS_SIZE as usize, 0);
        bytes
    }
}
