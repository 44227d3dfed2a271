//! The bytes of `struct pushdown`.

use zerocopy::{FromZeros, IntoBytes};

use crate::facts_table::FactTables;
use crate::layout::{self, DROP, FILES, MAX_STEPS, PASS, Row, SALT_DIRECTORY, Table, test};
use crate::names_table::{NAMES, Names};
use crate::{Goto, Pushdown, Step, Test};

/// The bytes of the probe's `known_files`: a bit for each of these files, by device (as the kernel
/// encodes it) and inode.
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
    /// The bytes of `struct pushdown`. `row` is the index of a call in the table of calls; `seed`
    /// prevents others from choosing names that collide with those of rules.
    ///
    /// # Panics
    /// Without memory for it.
    pub fn encode(&self, seed: u64, row: impl Fn(u16) -> Option<u16>) -> Vec<u8> {
        let mut table = Table::new_box_zeroed().expect("memory for the table");
        let mut names = Names::new(seed);
        let mut facts = FactTables::new();
        table.rows.fill(Row { begin: PASS, wants: 0 });
        let mut used = 0;
        for (call, steps) in &self.calls {
            let Some(place) = row(*call).and_then(|row| table.rows.get_mut(usize::from(row)))
            else {
                continue;
            };
            let room = table.steps.get_mut(used..used + steps.len());
            let (Some(room), Ok(begin)) = (room, u16::try_from(used)) else { continue };
            if steps.len() > MAX_STEPS {
                continue;
            }
            place.begin = if steps.is_empty() { DROP } else { begin };
            for (place_of_step, step) in room.iter_mut().zip(steps) {
                let (encoded, wants) = one_step(step, begin, &mut names, &mut facts);
                *place_of_step = encoded;
                place.wants |= wants;
            }
            used += steps.len();
        }
        names.write(&mut table);
        facts.write(&mut table);
        table.as_bytes().to_vec()
    }
}

/// One step of a row that begins at `begin`, and what the row needs gathered.
fn one_step(
    step: &Step,
    begin: u16,
    names: &mut Names,
    facts: &mut FactTables,
) -> (layout::Step, u16) {
    let unknown = (test::UNKNOWN, 0, 0);
    let (kind, arg, wants) = match &step.test {
        Test::ResultBelow(number) => (test::RESULT_BELOW, number.cast_unsigned(), 0),
        Test::ResultIs(number) => (test::RESULT_IS, number.cast_unsigned(), 0),
        Test::Flags(bits) => (test::FLAGS, u64::from(*bits), 0),
        Test::Mode(bits) => (test::MODE, u64::from(*bits), 0),
        Test::Kind(bits) => (test::KIND, u64::from(*bits), 0),
        Test::Name(set) => names.bit(set).map_or(unknown, |bit| (test::NAME, bit, 0)),
        Test::Dots => (test::NAME, NAMES as u64, 0),
        other => facts.step(other).unwrap_or(unknown),
    };
    let goto = |goto: Goto| match goto {
        Goto::Step(step) => begin.saturating_add(step),
        Goto::Pass => PASS,
        Goto::Drop => DROP,
    };
    let (yes, no) = (goto(step.yes), goto(step.no));
    (layout::Step { kind, not: u8::from(step.not), yes, no, pad: 0, arg }, wants)
}
