//! Other calls of interest and another filter, while events go on to be read: what takes long (the kernel checks
//! programs, and waits until none runs any more that saw the former calls) is done on another thread.
//!
//! [`Probe::change`], [`Change::prepare`] on any thread: from then on the kernel emits what either set needs.
//! [`Probe::adopt`], [`Replaced::finish`] on any thread: from then on it emits what the new one needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use libbpf_rs::MapHandle;
use peregrine_event::SyscallSet;
use peregrine_kfilter::Pushdown;

use super::intact::{Attached, with_canary};
use super::maps::{again, create_interest, fill_interest, set_inner};
use super::prepare::programs;
use super::{Probe, attach_missing};
use crate::error::ProbeError;
use crate::interest::InterestSet;
use crate::on_demand;
use crate::programs::Programs;
use crate::uring::{self, Unavailable, Uring};

/// While it lives nobody compares what stands in the kernel with what is to be there.
type UnderWay = Arc<()>;

/// What a change is prepared from.
pub struct Change {
    under_way: UnderWay,
    programs: Programs,
    generation: MapHandle,
    interest: SyscallSet,
    pushdown: Pushdown,
    /// Programs that run on demand.
    running: Vec<&'static str>,
    needs_uring: bool,
    remembers_tasks: bool,
}

/// A change that is prepared.
pub struct Changed {
    under_way: UnderWay,
    programs: Programs,
    calls: SyscallSet,
    pushdown: Pushdown,
    started: BTreeMap<&'static str, Attached>,
    uring: Option<Result<Uring, Unavailable>>,
    /// The calls of interest and the filter; none where they are the former ones.
    next: Option<MapHandle>,
    /// The kernel emits more than these.
    is_wide: bool,
}

/// What is over once a change was adopted.
pub struct Replaced {
    generation: MapHandle,
    /// Put in place of what emits more.
    next: Option<MapHandle>,
    /// Stopped when this is dropped.
    stopped: Vec<Attached>,
    uring: Option<Uring>,
    former: Option<MapHandle>,
    under_way: UnderWay,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changed").field("is_wide", &self.is_wide).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Replaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replaced").field("stopped", &self.stopped.len()).finish_non_exhaustive()
    }
}

impl Probe {
    /// Begins a change of the calls of interest. One change at a time.
    ///
    /// # Errors
    /// When the descriptor of a map cannot be duplicated.
    pub fn change(&mut self) -> Result<Change, ProbeError> {
        self.settle();
        let under_way = Arc::new(());
        self.under_way = Arc::downgrade(&under_way);
        Ok(Change {
            under_way,
            programs: self.programs.clone(),
            generation: again(&self.generation)?,
            interest: self.interest,
            pushdown: self.desired.pushdown.clone(),
            running: self.on_demand.keys().copied().collect(),
            needs_uring: self.uring.is_none(),
            remembers_tasks: self.remembers_tasks,
        })
    }

    /// Whether a change is under way.
    pub(super) fn is_changing(&self) -> bool {
        self.under_way.strong_count() > 0
    }

    /// Takes a change that is prepared over.
    ///
    /// # Errors
    /// When the descriptor of a map cannot be duplicated: nothing changed.
    pub fn adopt(&mut self, changed: Changed) -> Result<Replaced, ProbeError> {
        let Changed { under_way, programs, calls, pushdown, started, uring, next, is_wide } =
            changed;
        let generation = again(&self.generation)?;
        let put = next.as_ref().filter(|_| is_wide).map(again).transpose()?;
        self.programs.take_over(programs);
        self.canary.is_alone(&calls);
        self.on_demand.extend(started);
        let needed: Vec<&'static str> = on_demand::programs(&calls).collect();
        let over = self.on_demand.extract_if(.., |name, _| !needed.contains(name));
        let stopped = over.map(|(_, program)| program).collect();
        if let Some(uring) = uring {
            self.uring = Some(uring);
        }
        let does_none = |uring: &mut Result<Uring, _>| uring.is_ok() && !Uring::does_any(&calls);
        let uring = self.uring.take_if(does_none).and_then(Result::ok);
        let former = next.map(|next| std::mem::replace(&mut self.current, next));
        self.desired.pushdown = pushdown;
        self.interest = calls;
        Ok(Replaced { generation, next: put, stopped, uring, former, under_way })
    }
}

impl Change {
    /// Loads and starts what these calls need; from the end on the kernel emits what the former calls need or
    /// these. Takes a while.
    ///
    /// # Errors
    /// When the kernel refuses a program or a map: the former set stays in force.
    pub fn prepare(
        mut self,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<Changed, ProbeError> {
        let names = programs(calls, self.remembers_tasks);
        let (with_own, kept) = with_canary(calls, pushdown);
        self.programs.need(&names, &InterestSet::new(&with_own))?;
        // What programs at the entry of a call save is there from its first event on.
        let started = attach_missing(&self.programs, calls, |name| self.running.contains(&name))?;
        let uring = self.start_uring(calls)?;
        let is_same = self.interest == *calls && self.pushdown == *pushdown;
        let mut next = None;
        let mut is_wide = false;
        if !is_same {
            let (wide, filter) = either((&self.interest, &self.pushdown), (calls, pushdown));
            is_wide = wide != *calls || filter != *pushdown;
            let exact = filled(&with_own, &kept)?;
            // The kernel waits here (about 15 ms) until no program runs any more that saw the former set.
            if is_wide {
                let (wide, filter) = with_canary(&wide, &filter);
                set_inner(&self.generation, 0, &filled(&wide, &filter)?)?;
            } else {
                set_inner(&self.generation, 0, &exact)?;
            }
            next = Some(exact);
        }
        let Self { under_way, programs, .. } = self;
        let (calls, pushdown) = (*calls, pushdown.clone());
        Ok(Changed { under_way, programs, calls, pushdown, started, uring, next, is_wide })
    }

    /// Loads and starts the programs for rings, where one of these calls can be done by them and they do not run.
    fn start_uring(
        &self,
        calls: &SyscallSet,
    ) -> Result<Option<Result<Uring, Unavailable>>, ProbeError> {
        if !self.needs_uring || !Uring::does_any(calls) {
            return Ok(None);
        }
        let shared = self.programs.share(&uring::SHARED)?;
        let Some(variables) = self.programs.variables().transpose()? else { return Ok(None) };
        let mut uring = Uring::load(&shared, &variables);
        if let Ok(uring) = &mut uring {
            uring.attach()?;
        }
        Ok(Some(uring))
    }
}

impl Replaced {
    /// Has the kernel emit no more than the new calls need, and stops what nobody needs any more. Takes a while.
    ///
    /// # Errors
    /// When the kernel refuses: it goes on to emit more, until the next look for damage.
    pub fn finish(mut self) -> Result<(), ProbeError> {
        let put = self.next.take();
        let done = put.map_or(Ok(()), |next| set_inner(&self.generation, 0, &next));
        if let Some(uring) = &mut self.uring {
            uring.detach();
        }
        self.stopped.clear();
        drop(self.former.take());
        drop(self.under_way);
        done
    }
}

/// A map with these calls and this filter, which nobody is to change.
fn filled(calls: &SyscallSet, pushdown: &Pushdown) -> Result<MapHandle, ProbeError> {
    let map = create_interest()?;
    fill_interest(&map, &InterestSet::new(calls).with(pushdown))?;
    // Where that cannot be had it is compared.
    let _ = map.freeze();
    Ok(map)
}

/// All calls of both, and a filter that drops nothing one of both needs: of a call whose filters differ, nothing.
/// What the filter of a call that is new names the kernel may not know yet.
fn either(
    (former, dropped): (&SyscallSet, &Pushdown),
    (calls, drops): (&SyscallSet, &Pushdown),
) -> (SyscallSet, Pushdown) {
    let filters = dropped.calls.iter().filter(|(call, steps)| {
        !calls.contains(*call) || drops.calls.iter().any(|(one, new)| one == call && new == steps)
    });
    (former.union(calls), Pushdown { calls: filters.cloned().collect() })
}

#[cfg(test)]
mod tests {
    use peregrine_kfilter::{Goto, Step, Test};

    use super::*;

    #[test]
    fn what_either_needs_is_emitted() {
        let steps = |not| vec![Step { test: Test::Unmet, not, yes: Goto::Pass, no: Goto::Drop }];
        let filter = |calls: &[(u16, bool)]| Pushdown {
            calls: calls.iter().map(|(call, not)| (*call, steps(*not))).collect(),
        };
        let set = |calls: &[u16]| calls.iter().copied().collect::<SyscallSet>();
        // Call 1: filters alike, 2: they differ, 3: was not filtered, 4: will not be, 5: goes, 6: comes.
        let former =
            (set(&[1, 2, 3, 4, 5]), filter(&[(1, false), (2, false), (4, true), (5, true)]));
        let new = (set(&[1, 2, 3, 4, 6]), filter(&[(1, false), (2, true), (3, true), (6, true)]));
        let (calls, filtered) = either((&former.0, &former.1), (&new.0, &new.1));
        assert_eq!(calls, set(&[1, 2, 3, 4, 5, 6]));
        assert_eq!(filtered, filter(&[(1, false), (5, true)]));
        assert_eq!(either((&new.0, &new.1), (&new.0, &new.1)), new);
    }
}
