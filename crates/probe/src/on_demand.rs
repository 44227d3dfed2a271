//! Programs that run only while somebody wants what they are for.

use peregrine_event::kernel::KEPT_AT_ENTRY;
use peregrine_event::{SyscallSet, syscalls};

/// Programs that run only while a call or tracepoint is of interest: what a descriptor was can only be
/// seen before it is closed, and tracepoints come by the thousand.
pub(crate) const ON_DEMAND: [(&str, &[&str]); 7] = [
    ("closing", &["close"]),
    (AT_ENTRY, &IN_MEMORY),
    ("new_task", &["clone3"]),
    ("deliver_signal", &["signal_deliver"]),
    ("switch_task", &["sched_switch"]),
    ("fault_of_user", &["page_fault_user"]),
    ("fault_of_kernel", &["page_fault_kernel"]),
];

/// The program that keeps what calls may write over.
const AT_ENTRY: &str = "entering";

/// Calls that 32-bit programs make with all their arguments in memory, where those may be written over.
const IN_MEMORY: [&str; 6] =
    ["recv", "recvfrom", "getsockopt", "socketpair", "getsockname", "getpeername"];

/// Whose pieces nobody but the caller itself can hide: the shipped rules look at it, and the entry of every
/// call would cost.
const NOT_AT_ENTRY: &str = "process_vm_writev";

/// The programs that these calls need.
pub(crate) fn programs(calls: &SyscallSet) -> impl Iterator<Item = &'static str> + '_ {
    let wants = |call: &str| syscalls::by_name(call).is_some_and(|call| calls.contains(call.id));
    let kept = KEPT_AT_ENTRY.iter().filter(|call| **call != NOT_AT_ENTRY).any(|call| wants(call));
    let needed = ON_DEMAND.iter().filter(move |(name, calls)| {
        calls.iter().any(|call| wants(call)) || (kept && *name == AT_ENTRY)
    });
    needed.map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_wants_a_program_is_one() {
        for call in ON_DEMAND.iter().flat_map(|(_, calls)| *calls).chain(&KEPT_AT_ENTRY) {
            assert!(syscalls::by_name(call).is_some(), "{call}");
        }
        let check = |name, programs: &[&str]| {
            let calls = syscalls::by_name(name).map(|call| call.id).into_iter().collect();
            assert_eq!(super::programs(&calls).collect::<Vec<_>>(), programs, "{name}");
        };
        check("close", &["closing"]);
        check("recvmsg", &["entering"]);
        check("recv", &["entering"]);
        check("process_vm_readv", &["entering"]);
        check("process_vm_writev", &[]);
        check("clone3", &["new_task"]);
        check("read", &[]);
    }
}
