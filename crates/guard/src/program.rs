//! Conditions as jump code over facts whose bits are numbered.

use crate::cond::{Cond, Fact};
use crate::layout::{END, FLAGS, Step, WORDS};
use crate::sets::Sets;

/// Where a step leads while the program is built backwards: to a step counted from the end, or to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goto {
    Step(usize),
    End(u16),
}

/// A step of a program that is built backwards.
struct Backward {
    mask: u64,
    word: usize,
    yes: Goto,
    no: Goto,
}

/// The program of one act, built backwards: the last policy first.
#[derive(Default)]
pub(crate) struct Builder {
    steps: Vec<Backward>,
}

impl Builder {
    /// Adds a condition in front of what is there; where it begins.
    pub(crate) fn add(&mut self, cond: &Cond, sets: &Sets, yes: Goto, no: Goto) -> Goto {
        match cond {
            Cond::True => yes,
            Cond::False => no,
            Cond::And(parts) => {
                parts.iter().rev().fold(yes, |next, part| self.add(part, sets, next, no))
            }
            Cond::Or(parts) => {
                parts.iter().rev().fold(no, |next, part| self.add(part, sets, yes, next))
            }
            Cond::Fact(fact, not) => {
                let (word, mask) = match fact {
                    Fact::Flags(bits) => (FLAGS, *bits),
                    other => sets.bit(other),
                };
                let (yes, no) = if *not { (no, yes) } else { (yes, no) };
                // A step that leads to one place only asks nothing.
                if yes == no {
                    return yes;
                }
                self.steps.push(Backward { mask, word, yes, no });
                Goto::Step(self.steps.len() - 1)
            }
        }
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The steps, the first of them standing at `base`, and where a place of them is then.
    pub(crate) fn finish(self, base: usize) -> (Vec<Step>, impl Fn(Goto) -> u16) {
        let len = self.steps.len();
        let turn = move |goto| match goto {
            Goto::Step(step) => u16::try_from(base + len - 1 - step).unwrap_or(END),
            Goto::End(end) => end,
        };
        let steps = self.steps.into_iter().rev().map(|step| Step {
            mask: step.mask,
            word: u16::try_from(step.word.min(WORDS - 1)).unwrap_or_default(),
            yes: turn(step.yes),
            no: turn(step.no),
            pad: 0,
        });
        (steps.collect(), turn)
    }
}
