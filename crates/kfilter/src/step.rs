//! Programs of steps.

use peregrine_event::{SyscallSet, syscalls};

use crate::Test;

/// Where a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goto {
    /// To a later step of the row.
    Step(u16),
    /// The event is emitted.
    Pass,
    /// The event is dropped.
    Drop,
}

/// One test and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The test.
    pub test: Test,
    /// Whether its opposite is tested.
    pub not: bool,
    /// Where it is true or unknown.
    pub yes: Goto,
    /// Where it is false.
    pub no: Goto,
}

/// The steps of each filtered call; every event of any other call is emitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushdown {
    /// By id of the call. Every event of a call without steps is dropped.
    pub calls: Vec<(u16, Vec<Step>)>,
}

impl Pushdown {
    /// Whether no call is filtered.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether a test of some call satisfies `is`.
    pub fn asks(&self, such: &dyn Fn(&Test) -> bool) -> bool {
        self.calls.iter().any(|(_, steps)| steps.iter().any(|step| such(&step.test)))
    }

    /// The filtered calls.
    pub fn filtered(&self) -> SyscallSet {
        self.calls.iter().map(|(call, _)| *call).collect()
    }

    /// The condition of a call, for people; none where it is not filtered.
    pub fn describe(&self, call: &str) -> Option<&[Step]> {
        let id = syscalls::by_name(call)?.id;
        self.calls.iter().find(|(one, _)| *one == id).map(|(_, steps)| steps.as_slice())
    }
}
