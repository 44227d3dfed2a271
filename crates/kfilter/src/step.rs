//! Programs of steps.

use peregrine_event::{SyscallSet, syscalls};

use crate::Test;

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goto {
    /// To a later step of the row.
    Step(u16),
    /// The event is told.
    Pass,
    /// It is not.
    Drop,
}

/// One test and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is asked.
    pub test: Test,
    /// Whether the opposite is asked.
    pub not: bool,
    /// Where it holds or cannot be known.
    pub yes: Goto,
    /// Where it does not hold.
    pub no: Goto,
}

/// The steps of each call that is filtered; every other call is told whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushdown {
    /// By id of the call. A call without steps is dropped whole.
    pub calls: Vec<(u16, Vec<Step>)>,
}

impl Pushdown {
    /// Whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether a test of some call is such a one.
    pub fn asks(&self, such: &dyn Fn(&Test) -> bool) -> bool {
        self.calls.iter().any(|(_, steps)| steps.iter().any(|step| such(&step.test)))
    }

    /// The calls that are filtered.
    pub fn filtered(&self) -> SyscallSet {
        self.calls.iter().map(|(call, _)| *call).collect()
    }

    /// What is asked of a call, for people; none: it is told whole.
    pub fn describe(&self, call: &str) -> Option<&[Step]> {
        let id = syscalls::by_name(call)?.id;
        self.calls.iter().find(|(one, _)| *one == id).map(|(_, steps)| steps.as_slice())
    }
}
