//! Many conditions, evaluated together.
//!
//! Comparisons with the same text are one predicate, evaluated once per event, and so is each value that
//! several predicates look at. For each kind of event there is a program (`compile.rs`): what rules begin
//! with is asked once for all rules that begin with it, the rest of a rule is jump code. The author's
//! order is kept, for rule writers put the selective test first, but for exclusions: these come last.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;

use crate::compile::{ACCEPT, Numbered, Op, Program, compile};
use crate::scheme::Source;
use crate::scratch::{Known, SLOTS, Scratch, Slot};
use crate::typed::Checked;

/// How many plans there have been: each has a number of its own.
static PLANS: AtomicU64 = AtomicU64::new(1);

/// Compiled conditions.
#[derive(Debug)]
pub struct Plan<F> {
    /// No other plan has it: what is remembered for one is not for another.
    id: u64,
    predicates: Vec<Numbered<F>>,
    /// By kind of event.
    programs: Vec<Program>,
}

impl<F> Plan<F> {
    /// Compiles conditions; each is known by its number from then on.
    pub fn new<'c>(conditions: impl IntoIterator<Item = (u32, &'c Checked<F>)>) -> Self
    where
        F: Eq + Hash + 'c,
    {
        let conditions: Vec<_> = conditions.into_iter().collect();
        let mut predicates: Vec<Numbered<F>> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut memoizable = 0;
        for (_, checked) in &conditions {
            checked.root.predicates(&mut |predicate| {
                numbers.entry_ref(predicate.text.as_str()).or_insert_with(|| {
                    let memo = predicate.memoizable.then_some(memoizable);
                    memoizable += u32::from(predicate.memoizable);
                    predicates.push(Numbered { predicate: predicate.clone(), memo });
                    u32::try_from(predicates.len() - 1).unwrap_or(u32::MAX)
                });
            });
        }
        let id = PLANS.fetch_add(1, Ordering::Relaxed);
        let programs = compile(&conditions, &predicates, &numbers);
        Self { id, predicates, programs }
    }

    /// How many different comparisons there are.
    pub fn predicate_count(&self) -> usize {
        self.predicates.len()
    }

    /// Whether any condition can be true for a kind of event.
    pub fn looks_at(&self, kind: u16) -> bool {
        self.programs.get(usize::from(kind)).is_some_and(|program| !program.ops.is_empty())
    }

    /// Adds the numbers of the conditions that are true for one event, in their order; with
    /// `first` only the first.
    pub fn evaluate(
        &self,
        kind: u16,
        source: &impl Source<F>,
        scratch: &mut Scratch,
        first: bool,
        hits: &mut Vec<u32>,
    ) {
        let Some(program) = self.programs.get(usize::from(kind)) else { return };
        let mut asking = Asking {
            plan: self,
            source,
            known: scratch.next(self.id, self.predicates.len()),
            values: [const { Slot::Unasked }; SLOTS],
        };
        let before = hits.len();
        // Rules that begin alike stand together, so they are not asked in their order.
        let mut best = u32::MAX;
        let mut at = 0;
        while let Some(op) = program.ops.get(at) {
            at += 1;
            match *op {
                // A later rule than one that hit already reports nothing.
                Op::Guard { least: rule, behind, .. } if first && rule > best => {
                    at = behind as usize;
                }
                Op::Guard { predicate, slot, wanted, behind, .. } => {
                    if asking.answer(predicate, slot) != wanted {
                        at = behind as usize;
                    }
                }
                Op::Rule { rule, .. } if first && rule > best => {}
                Op::Rule { entry, rule } => {
                    let mut pc = entry;
                    while let Some(step) = program.code.get(pc as usize) {
                        let holds = asking.answer(step.predicate, step.slot);
                        pc = if holds { step.yes } else { step.no };
                    }
                    if pc == ACCEPT {
                        best = best.min(rule);
                        hits.push(rule);
                    }
                }
            }
        }
        if best != u32::MAX {
            if first {
                hits.truncate(before);
                hits.push(best);
            } else {
                hits.get_mut(before..).unwrap_or_default().sort_unstable();
            }
        }
    }
}

/// The evaluation of one event.
struct Asking<'s, F, S> {
    plan: &'s Plan<F>,
    source: &'s S,
    known: Known<'s>,
    values: [Slot<'s>; SLOTS],
}

impl<F, S: Source<F>> Asking<'_, F, S> {
    #[inline]
    fn answer(&mut self, number: u32, slot: u32) -> bool {
        match self.known.answer(number) {
            Some(holds) => holds,
            None => self.ask(number, slot),
        }
    }

    #[inline(never)]
    fn ask(&mut self, number: u32, slot: u32) -> bool {
        let (plan, source) = (self.plan, self.source);
        let Some(Numbered { predicate, memo }) = plan.predicates.get(number as usize) else {
            return false;
        };
        let key = memo.and_then(|memo| Some((memo, predicate.key(source)?)));
        let holds = match (key, self.values.get_mut(slot as usize)) {
            (Some((memo, key)), _) => self.known.answer_for(memo, key, || predicate.holds(source)),
            (None, Some(slot)) => {
                if matches!(slot, Slot::Unasked) {
                    *slot = predicate.left.value(source).map_or(Slot::Missing, Slot::Value);
                }
                match slot {
                    Slot::Value(value) => predicate.holds_for(value, source),
                    _ => false,
                }
            }
            (None, None) => predicate.holds(source),
        };
        self.known.remember(number, holds);
        holds
    }
}
