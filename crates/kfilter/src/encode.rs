//! The bytes of `struct pushdown`.

use crate::facts_table::FactTables;
use crate::layout::{DROP, FILES, MAX_STEPS, PASS, ROWS, SALT_DIRECTORY, STEPS, SUFFIXES};
use crate::names_table::{NAMES, Names};
use crate::{Goto, Pushdown, Test};

const STEP_BYTES: usize = STEPS * 16;

/// The bytes of the probe's `known_files`: a bit for each of these files, by device (as the kernel's
/// facts tell it) and inode.
pub fn known_files(files: impl IntoIterator<Item = (u32, u64)>) -> Vec<u8> {
    let mut bits = vec![0_u8; FILES / 8];
    for (dev, ino) in files {
        let place = (ino ^ u64::from(dev) << 32).wrapping_mul(SALT_DIRECTORY) >> 48;
        if let Some(byte) = bits.get_mut(place as usize / 8) {
            *byte |= 1 << (place % 8);
        }
    }
    bits
}

impl Pushdown {
    /// The bytes of `struct pushdown`. `row` says where a call stands in the table of calls;
    /// `seed` keeps others from making names that hash like those of the rules.
    pub fn encode(&self, seed: u64, row: impl Fn(u16) -> Option<u16>) -> Vec<u8> {
        let mut names = Names::new(seed);
        let mut facts = FactTables::new();
        let mut rows = vec![(PASS, 0_u16); ROWS];
        let mut steps: Vec<u8> = Vec::new();
        for (call, row_steps) in &self.calls {
            let Some(place) = row(*call).and_then(|row| rows.get_mut(usize::from(row))) else {
                continue;
            };
            let begin = steps.len() / 16;
            if row_steps.len() > MAX_STEPS || begin + row_steps.len() > STEPS {
                continue;
            }
            let mut wants = 0;
            for step in row_steps {
                let (kind, arg): (u8, u64) = match &step.test {
                    Test::ResultBelow(number) => (0, number.cast_unsigned()),
                    Test::ResultIs(number) => (1, number.cast_unsigned()),
                    Test::Flags(bits) => (2, u64::from(*bits)),
                    Test::Mode(bits) => (3, u64::from(*bits)),
                    Test::Kind(bits) => (4, u64::from(*bits)),
                    Test::Name(set) => names.bit(set).map_or((6, 0), |bit| (5, bit)),
                    Test::Dots => (5, NAMES as u64),
                    other => {
                        let (kind, arg, gathered) = facts.step(other).unwrap_or((6, 0, 0));
                        wants |= gathered;
                        (kind, arg)
                    }
                };
                let goto = |goto: Goto| match goto {
                    Goto::Step(step) => u16::try_from(begin).unwrap_or(PASS).saturating_add(step),
                    Goto::Pass => PASS,
                    Goto::Drop => DROP,
                };
                steps.extend([kind, u8::from(step.not)]);
                steps.extend(goto(step.yes).to_le_bytes());
                steps.extend(goto(step.no).to_le_bytes());
                steps.extend([0; 2]);
                steps.extend(arg.to_le_bytes());
            }
            let first = u16::try_from(begin).unwrap_or(PASS);
            *place = (if row_steps.is_empty() { DROP } else { first }, wants);
        }
        let mut bytes = Vec::new();
        bytes.extend(seed.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(names.partly.to_le_bytes());
        for word in names.starts.iter().flatten().copied() {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(names.files.to_le_bytes());
        bytes.extend(names.hidden.to_le_bytes());
        let ends = |all, (value, ..): &(u64, u64, u64)| all | 1_u64 << (value >> 56 & 63);
        bytes.extend(names.suffixes.iter().fold(0, ends).to_le_bytes());
        bytes.extend((names.suffixes.len() as u64).to_le_bytes());
        names.suffixes.resize(SUFFIXES, (u64::MAX, 0, 0));
        for (value, cover, mask) in names.suffixes {
            for word in [value, cover, mask] {
                bytes.extend(word.to_le_bytes());
            }
        }
        for (begin, wants) in rows {
            bytes.extend(begin.to_le_bytes());
            bytes.extend(wants.to_le_bytes());
        }
        steps.resize(STEP_BYTES, 0);
        bytes.extend(steps);
        for (key, mask) in names.slots.iter().flatten() {
            bytes.extend(key.to_le_bytes());
            bytes.extend(mask.to_le_bytes());
        }
        bytes.extend(facts.bytes());
        bytes
    }
}
