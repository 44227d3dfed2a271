//! Programs, evaluated: what `include/guard/eval.h` does, in Rust.

use crate::compiled::Compiled;
use crate::layout::{
    Act, ActEntry, END, FLAGS, Facts, MATCH, NET, NET_WORDS, OBJECT, OBJECT_WORDS, Step, WORDS,
};

impl Facts {
    /// Adds a fixed bit of the word of flags.
    pub fn flag(&mut self, bits: u64) {
        self.add(FLAGS, &[bits]);
    }

    /// Adds sets of the object.
    pub fn object(&mut self, sets: &[u64; OBJECT_WORDS]) {
        self.add(OBJECT, sets);
    }

    /// Adds sets of the address.
    pub fn net(&mut self, sets: &[u64; NET_WORDS]) {
        self.add(NET, sets);
    }

    /// Adds bits to the words from one on.
    pub fn add(&mut self, from: usize, sets: &[u64]) {
        for (word, set) in self.words.iter_mut().skip(from).zip(sets) {
            *word |= set;
        }
    }

    /// Whether the object is in any set.
    pub fn has_object(&self) -> bool {
        self.words.iter().skip(OBJECT).take(OBJECT_WORDS).any(|word| *word != 0)
    }
}

/// Where a program ends: `END`, or `MATCH` and the number of a policy.
pub(crate) fn run(steps: &[Step], entry: ActEntry, facts: &Facts) -> u16 {
    let mut at = if facts.has_object() { entry.all } else { entry.no_object };
    while at & MATCH == 0 {
        let Some(step) = steps.get(usize::from(at)) else { return END };
        let word = facts.words.get(usize::from(step.word) & (WORDS - 1)).copied().unwrap_or(0);
        at = if word & step.mask != 0 { step.yes } else { step.no };
    }
    at
}

impl Compiled {
    /// The number of the policy that an act with these facts matches first.
    pub fn decide(&self, act: Act, facts: &Facts) -> Option<usize> {
        let entry = self.acts.get(act as usize)?;
        let end = run(&self.steps, *entry, facts);
        (end != END).then(|| usize::from(end & !MATCH))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zerocopy::FromZeros;

    use super::*;
    use crate::host;
    use crate::layout::{Program, STEPS};

    /// A program that leads only forwards: for each step its bit, its word, and how far its two ways go.
    fn steps(rows: &[(u32, u16, u16, u16)]) -> Vec<Step> {
        let last = rows.len();
        let to = |from: usize, far: u16| {
            let next = from + 1 + usize::from(far % 7);
            let end = if far.is_multiple_of(5) { END } else { MATCH | far };
            if next < last { u16::try_from(next).unwrap() } else { end }
        };
        let step = |(at, (bit, word, yes, no)): (usize, &(u32, u16, u16, u16))| Step {
            mask: 1 << (bit % 64),
            word: word % 14,
            yes: to(at, *yes),
            no: to(at, *no),
            pad: 0,
        };
        rows.iter().enumerate().map(step).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn the_kernels_evaluator_ends_where_ours_does(
            rows in prop::collection::vec((0_u32..64, 0_u16..14, 0_u16..4000, 0_u16..4000), 1..40),
            words in prop::array::uniform16(any::<u64>()),
            entry in 0_usize..40,
        ) {
            let steps = steps(&rows);
            let all = u16::try_from(entry % steps.len()).unwrap();
            let entry = ActEntry { all, no_object: END, needs: 0 };
            let mut program = Program::new_box_zeroed().unwrap();
            for (slot, step) in program.steps.iter_mut().zip(&steps) {
                *slot = *step;
            }
            program.acts[Act::Exec as usize] = entry;
            for object in [words[OBJECT], 0] {
                let mut facts = Facts { words };
                if object == 0 {
                    facts.words[OBJECT..OBJECT + OBJECT_WORDS].fill(0);
                }
                let ours = run(&steps, entry, &facts);
                prop_assert_eq!(host::decide(&program, Act::Exec, &facts), ours);
                prop_assert!(facts.has_object() || ours == END);
            }
        }
    }

    #[test]
    fn ends_are_told_from_steps() {
        assert!(STEPS.is_power_of_two() && STEPS <= usize::from(MATCH));
        assert!(crate::layout::POLICIES.is_power_of_two());
        assert!(crate::layout::POLICIES < usize::from(END & !MATCH));
        assert!(WORDS.is_power_of_two());
    }
}
