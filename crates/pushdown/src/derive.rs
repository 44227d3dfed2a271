//! From rules to the filter of each call.

use peregrine_event::{EventType, SyscallSet, syscalls};
use peregrine_kfilter::{Pushdown, Step};
use peregrine_rules::RuleSet;

use crate::blockers::Blockers;
use crate::cond::Cond;
use crate::lower::decided;
use crate::program::compile;
use crate::relax::relax;

/// How much of a condition the kernel evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    Whole,
    /// Everything but tests of the process.
    WithoutWho,
    /// See [`relax`].
    Relaxed,
}

/// The condition under which the kernel emits an event of one call.
fn condition(rules: &RuleSet, code: EventType, precision: Precision) -> Cond {
    let rules = rules.rules.iter().filter(|rule| rule.enabled);
    let of_code = rules.filter(|rule| rule.condition.kinds.contains(code.0));
    let cond = Cond::or(of_code.map(|rule| decided(rule, code, precision == Precision::Whole)));
    if precision == Precision::Relaxed { relax(cond) } else { cond }
}

/// The condition of a call, as precise as the kernel's table allows. None: every event is emitted.
pub(crate) fn asked(
    rules: &RuleSet,
    blockers: &Blockers,
    code: EventType,
) -> Option<(Precision, Vec<Step>)> {
    [Precision::Whole, Precision::WithoutWho, Precision::Relaxed].into_iter().find_map(
        |precision| {
            let cond = Cond::or([blockers.needed(code), condition(rules, code, precision)]);
            compile(&cond).map(|steps| (precision, steps))
        },
    )
}

/// The kernel's filter for the enabled rules. `whole`: calls of which every event is emitted, because
/// the state of the host is built from them.
pub fn pushdown(rules: &RuleSet, wanted: &SyscallSet, whole: &SyscallSet) -> Pushdown {
    let blockers = Blockers::of(rules);
    let mut calls = Vec::new();
    for call in syscalls::all() {
        let Some(code) = call.exit.filter(|_| !call.tracepoint && !call.generic) else { continue };
        if !wanted.contains(call.id) || whole.contains(call.id) || blockers.against(code).is_some()
        {
            continue;
        }
        if let Some((_, steps)) = asked(rules, &blockers, code) {
            calls.push((call.id, steps));
        }
    }
    Pushdown { calls }
}
