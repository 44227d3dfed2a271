//! The kernel's evaluator, compiled for user space from the header that the kernel programs include.

use crate::layout::{Act, Facts, Program};

unsafe extern "C" {
    fn peregrine_guard_decide(program: *const Program, act: u32, facts: *const Facts) -> u32;
}

/// Where the program of an act ends: `END`, or `MATCH` and the number of a policy.
pub fn decide(program: &Program, act: Act, facts: &Facts) -> u16 {
    // SAFETY: both are laid out as C's and whole, and only read during the call; numbers that C takes from
    // them are masked before it uses them.
    let end = unsafe { peregrine_guard_decide(program, act as u32, facts) };
    u16::try_from(end).unwrap_or(crate::layout::END)
}
