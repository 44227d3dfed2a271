//! Many conditions -> jump code over shared predicates, folded per event code.
//!
//! Comparisons with the same text are one predicate, asked once per event. For each event code the
//! comparisons of the kind of event are constants, rules that become false are not there, and the
//! rest is a list of jumps: one predicate, where to go when it is true, where when it is false.
//! The author's order is kept: rule writers put the selective test first.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::scheme::Source;
use crate::typed::{Checked, Node, Predicate};

const ACCEPT: u32 = u32::MAX;
const REJECT: u32 = u32::MAX - 1;

#[derive(Debug, Clone, Copy)]
struct Step {
    predicate: u32,
    yes: u32,
    no: u32,
}

#[derive(Debug, Default)]
struct Program {
    code: Vec<Step>,
    /// Where each rule begins, in the order of the rules.
    entries: Vec<(u32, u32)>,
}

/// Conditions ready to be asked about events.
#[derive(Debug)]
pub struct Plan<F> {
    predicates: Vec<Arc<Predicate<F>>>,
    /// By event code.
    programs: Vec<Program>,
}

/// What the plan remembers while it looks at one event; kept between events to allocate nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    epoch: u32,
    /// By predicate: the epoch it was asked in, doubled, plus its answer.
    answers: Vec<u32>,
}

impl<F> Plan<F> {
    /// Compiles conditions; each is known by its number from then on.
    pub fn new<'c>(conditions: impl IntoIterator<Item = (u32, &'c Checked<F>)>) -> Self
    where
        F: 'c,
    {
        let mut predicates: Vec<Arc<Predicate<F>>> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut programs: Vec<Program> = (0..512).map(|_| Program::default()).collect();
        for (rule, checked) in conditions {
            checked.root.predicates(&mut |predicate| {
                numbers.entry_ref(predicate.text.as_str()).or_insert_with(|| {
                    predicates.push(Arc::clone(predicate));
                    u32::try_from(predicates.len() - 1).unwrap_or(REJECT)
                });
            });
            for code in checked.codes.iter() {
                let Some(program) = programs.get_mut(usize::from(code)) else { continue };
                let mut compiler = Compiler { code, numbers: &numbers, steps: &mut program.code };
                let entry = compiler.node(&checked.root, ACCEPT, REJECT);
                if entry != REJECT {
                    program.entries.push((entry, rule));
                }
            }
        }
        Self { predicates, programs }
    }

    /// How many different comparisons there are.
    pub fn predicate_count(&self) -> usize {
        self.predicates.len()
    }

    /// Whether any condition can be true for a code.
    pub fn looks_at(&self, code: u16) -> bool {
        self.programs.get(usize::from(code)).is_some_and(|program| !program.entries.is_empty())
    }

    /// Adds the numbers of the conditions that are true for one event, in their order; with
    /// `first` only the first.
    pub fn evaluate(
        &self,
        code: u16,
        source: &impl Source<F>,
        scratch: &mut Scratch,
        first: bool,
        hits: &mut Vec<u32>,
    ) {
        let Some(program) = self.programs.get(usize::from(code)) else { return };
        scratch.next(self.predicates.len());
        for (entry, rule) in &program.entries {
            let mut at = *entry;
            while let Some(step) = program.code.get(at as usize) {
                let holds = scratch.answer(step.predicate, || {
                    self.predicates
                        .get(step.predicate as usize)
                        .is_some_and(|predicate| predicate.holds(source))
                });
                at = if holds { step.yes } else { step.no };
            }
            if at == ACCEPT {
                hits.push(*rule);
                if first {
                    return;
                }
            }
        }
    }
}

impl Scratch {
    /// Nothing remembered.
    pub fn new() -> Self {
        Self::default()
    }

    fn next(&mut self, predicates: usize) {
        self.epoch += 1;
        if self.answers.len() != predicates || self.epoch > u32::MAX / 2 - 1 {
            self.answers.clear();
            self.answers.resize(predicates, 0);
            self.epoch = 1;
        }
    }

    fn answer(&mut self, predicate: u32, ask: impl FnOnce() -> bool) -> bool {
        let Some(place) = self.answers.get_mut(predicate as usize) else { return ask() };
        if *place >> 1 == self.epoch {
            return *place & 1 == 1;
        }
        let holds = ask();
        *place = self.epoch << 1 | u32::from(holds);
        holds
    }
}

struct Compiler<'c> {
    code: u16,
    numbers: &'c HashMap<String, u32>,
    steps: &'c mut Vec<Step>,
}

impl Compiler<'_> {
    /// Writes a node backwards and returns where it begins.
    fn node<F>(&mut self, node: &Node<F>, yes: u32, no: u32) -> u32 {
        crate::deep::deep(|| match node {
            Node::And(parts) => {
                parts.iter().rev().fold(yes, |next, part| self.node(part, next, no))
            }
            Node::Or(parts) => parts.iter().rev().fold(no, |next, part| self.node(part, yes, next)),
            Node::Not(inner) => self.node(inner, no, yes),
            Node::Predicate(predicate) => self.predicate(predicate, yes, no),
        })
    }

    fn predicate<F>(&mut self, predicate: &Predicate<F>, yes: u32, no: u32) -> u32 {
        let impossible = predicate.codes.is_some_and(|codes| !codes.contains(self.code))
            || predicate.absent.contains(self.code);
        if impossible || yes == no {
            return no;
        }
        if predicate.sure.contains(self.code) {
            return yes;
        }
        let number = self.numbers.get(&predicate.text).copied().unwrap_or(REJECT);
        self.steps.push(Step { predicate: number, yes, no });
        u32::try_from(self.steps.len() - 1).unwrap_or(REJECT)
    }
}
