//! Conditions as programs of steps.

use peregrine_kfilter::{Goto, MAX_STEPS, Step};

use crate::cond::Cond;

/// A condition as jump code, forwards; none where it is too long, or always true.
pub(crate) fn compile(cond: &Cond) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let begin = emit(cond, Goto::Pass, Goto::Drop, &mut steps);
    if begin == Goto::Pass || steps.len() > MAX_STEPS {
        return None;
    }
    // Built backwards: the last step first.
    let last = u16::try_from(steps.len()).ok()?;
    let turn = |goto| match goto {
        Goto::Step(step) => Goto::Step(last - 1 - step),
        other => other,
    };
    steps.reverse();
    for step in &mut steps {
        (step.yes, step.no) = (turn(step.yes), turn(step.no));
    }
    Some(steps)
}

fn emit(cond: &Cond, yes: Goto, no: Goto, steps: &mut Vec<Step>) -> Goto {
    match cond {
        Cond::True => yes,
        Cond::False => no,
        Cond::And(parts) => parts.iter().rev().fold(yes, |next, part| emit(part, next, no, steps)),
        Cond::Or(parts) => parts.iter().rev().fold(no, |next, part| emit(part, yes, next, steps)),
        Cond::Test(test, not) => {
            steps.push(Step { test: test.clone(), not: *not, yes, no });
            u16::try_from(steps.len() - 1).map_or(Goto::Pass, Goto::Step)
        }
    }
}
