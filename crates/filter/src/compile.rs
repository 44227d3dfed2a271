//! Conditions -> a program per kind of event.
//!
//! For each kind the comparisons of the kind of event are constants, and rules that become false are
//! not there. What a rule begins with, as long as it is comparisons that must all hold (or all fail),
//! are its guards: rules with the same guards share them, in a tree written one node behind the
//! other. Exclusions come last. The rest of the rule is a list of jumps: one predicate, where to go when it is true, where
//! when it is false.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::scratch::SLOTS;
use crate::typed::{Checked, Getter, Node, Predicate};

/// The rule is true.
pub(crate) const ACCEPT: u32 = u32::MAX;
/// The rule is false.
const REJECT: u32 = u32::MAX - 1;
/// The value is not kept.
const NO_SLOT: u32 = u32::MAX;

/// A predicate of a plan.
#[derive(Debug)]
pub(crate) struct Numbered<F> {
    pub(crate) predicate: Arc<Predicate<F>>,
    /// Its number among those whose value follows from a key.
    pub(crate) memo: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) predicate: u32,
    /// Where its value is kept.
    pub(crate) slot: u32,
    pub(crate) yes: u32,
    pub(crate) no: u32,
}

/// A node of the tree of guards, those below it behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    /// What stands between here and `behind` counts only where the predicate answers as wanted.
    /// `least` is the lowest number of a rule there.
    Guard { predicate: u32, slot: u32, wanted: bool, behind: u32, least: u32 },
    /// A rule, its guards passed: where the rest of it begins.
    Rule { entry: u32, rule: u32 },
}

/// All rules that look at one kind of event.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) code: Vec<Step>,
}

/// A guard and what stands below it, while the tree grows.
#[derive(Default)]
struct Branch {
    below: Vec<Child>,
}

enum Child {
    Guard((u32, bool), Branch),
    Rule { entry: u32, rule: u32 },
}

impl Branch {
    fn insert(&mut self, guards: &[(u32, bool)], entry: u32, rule: u32) {
        let Some((guard, rest)) = guards.split_first() else {
            self.below.push(Child::Rule { entry, rule });
            return;
        };
        let known = self.below.iter_mut().find_map(|child| match child {
            Child::Guard(known, branch) if known == guard => Some(branch),
            _ => None,
        });
        if let Some(branch) = known {
            branch.insert(rest, entry, rule);
        } else {
            let mut branch = Self::default();
            branch.insert(rest, entry, rule);
            self.below.push(Child::Guard(*guard, branch));
        }
    }

    /// The lowest number of a rule below. Rules come in their order, so the first has it.
    fn least(&self) -> u32 {
        match self.below.first() {
            Some(Child::Rule { rule, .. }) => *rule,
            Some(Child::Guard(_, branch)) => branch.least(),
            None => u32::MAX,
        }
    }

    fn write(&self, ops: &mut Vec<Op>) {
        for child in &self.below {
            match child {
                Child::Rule { entry, rule } => ops.push(Op::Rule { entry: *entry, rule: *rule }),
                Child::Guard((predicate, wanted), branch) => {
                    let (predicate, wanted) = (*predicate, *wanted);
                    let place = ops.len();
                    let least = branch.least();
                    ops.push(Op::Guard { predicate, slot: NO_SLOT, wanted, behind: 0, least });
                    branch.write(ops);
                    let end = u32::try_from(ops.len()).unwrap_or(u32::MAX);
                    if let Some(Op::Guard { behind, .. }) = ops.get_mut(place) {
                        *behind = end;
                    }
                }
            }
        }
    }
}

/// More guards than this in a row are jump code: the tree is no deeper.
const MOST_GUARDS: usize = 64;

/// A program for each kind of event.
pub(crate) fn compile<F: Eq + Hash>(
    conditions: &[(u32, &Checked<F>)],
    predicates: &[Numbered<F>],
    numbers: &HashMap<String, u32>,
) -> Vec<Program> {
    let getters = getters(predicates);
    let mut programs: Vec<Program> = Vec::new();
    let kinds = conditions.iter().map(|(_, checked)| checked.kinds.kinds()).max().unwrap_or(0);
    for kind in 0..kinds {
        let mut program = Program::default();
        let mut tree = Branch::default();
        for (rule, checked) in conditions.iter().filter(|(_, one)| one.kinds.contains(kind)) {
            let mut compiler = Compiler { kind, numbers, steps: &mut program.code };
            if let Some((guards, entry)) = compiler.rule(&checked.root) {
                tree.insert(&guards, entry, *rule);
            }
        }
        tree.write(&mut program.ops);
        program.give_slots(&getters);
        programs.push(program);
    }
    programs
}

/// By predicate: the number of its getter, where its value may be kept.
fn getters<F: Eq + Hash>(predicates: &[Numbered<F>]) -> Vec<Option<u32>> {
    let mut numbers: HashMap<&Getter<F>, u32> = HashMap::new();
    predicates
        .iter()
        .map(|one| {
            let next = u32::try_from(numbers.len()).ok()?;
            (!one.predicate.multi_valued)
                .then(|| *numbers.entry(&one.predicate.left).or_insert(next))
        })
        .collect()
}

impl Program {
    /// Keeps the values that most predicates look at.
    fn give_slots(&mut self, getters: &[Option<u32>]) {
        let of = |predicate: u32| getters.get(predicate as usize).copied().flatten();
        let mut asked: Vec<u32> = self.code.iter().map(|step| step.predicate).collect();
        asked.extend(self.ops.iter().filter_map(|op| match op {
            Op::Guard { predicate, .. } => Some(*predicate),
            Op::Rule { .. } => None,
        }));
        asked.sort_unstable();
        asked.dedup();
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for getter in asked.into_iter().filter_map(of) {
            *counts.entry(getter).or_default() += 1;
        }
        let mut shared: Vec<(u32, u32)> =
            counts.into_iter().filter(|(_, count)| *count > 1).collect();
        shared.sort_unstable_by_key(|(getter, count)| (std::cmp::Reverse(*count), *getter));
        let slots: HashMap<u32, u32> =
            (0..).zip(shared).take(SLOTS).map(|(slot, (getter, _))| (getter, slot)).collect();
        let slot = |predicate: u32| {
            of(predicate).and_then(|getter| slots.get(&getter)).copied().unwrap_or(NO_SLOT)
        };
        for step in &mut self.code {
            step.slot = slot(step.predicate);
        }
        for op in &mut self.ops {
            if let Op::Guard { predicate, slot: place, .. } = op {
                *place = slot(*predicate);
            }
        }
    }
}

struct Compiler<'c> {
    kind: u16,
    numbers: &'c HashMap<String, u32>,
    steps: &'c mut Vec<Step>,
}

impl Compiler<'_> {
    /// The guards of a rule and where the rest of it begins; none where it cannot be true.
    fn rule<F>(&mut self, root: &Node<F>) -> Option<(Vec<(u32, bool)>, u32)> {
        let mut parts = Vec::new();
        conjuncts(root, false, &mut parts);
        // What must hold rejects most events, what must not (a directory, a program that may) few: it is
        // asked last, and beside that the author's order is kept.
        parts.sort_by_key(|(_, negated)| *negated);
        let mut guards = Vec::new();
        let mut rest = parts.as_slice();
        while let Some(((Node::Predicate(predicate), negated), behind)) = rest.split_first() {
            match self.constant(predicate) {
                Some(holds) if holds == *negated => return None,
                Some(_) => {}
                None if guards.len() == MOST_GUARDS => break,
                None => guards.push((self.number(predicate), !negated)),
            }
            rest = behind;
        }
        let entry = rest.iter().rev().fold(ACCEPT, |next, (part, negated)| {
            if *negated { self.node(part, REJECT, next) } else { self.node(part, next, REJECT) }
        });
        (entry != REJECT).then_some((guards, entry))
    }

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
        match self.constant(predicate) {
            Some(true) => return yes,
            Some(false) => return no,
            None if yes == no => return no,
            None => {}
        }
        let number = self.number(predicate);
        self.steps.push(Step { predicate: number, slot: NO_SLOT, yes, no });
        u32::try_from(self.steps.len() - 1).unwrap_or(REJECT)
    }

    /// What a comparison is for every event of the kind.
    fn constant<F>(&self, predicate: &Predicate<F>) -> Option<bool> {
        let impossible = predicate.kinds.as_ref().is_some_and(|kinds| !kinds.contains(self.kind))
            || predicate.never_for.contains(self.kind);
        if impossible {
            return Some(false);
        }
        predicate.always_for.contains(self.kind).then_some(true)
    }

    fn number<F>(&self, predicate: &Predicate<F>) -> u32 {
        self.numbers.get(&predicate.text).copied().unwrap_or(REJECT)
    }
}

/// What must hold for a condition to hold, in its order; the flag says what must not.
fn conjuncts<'n, F>(node: &'n Node<F>, negated: bool, parts: &mut Vec<(&'n Node<F>, bool)>) {
    crate::deep::deep(|| match node {
        Node::And(all) if !negated => all.iter().for_each(|one| conjuncts(one, false, parts)),
        Node::Or(any) if negated => any.iter().for_each(|one| conjuncts(one, true, parts)),
        Node::Not(inner) => conjuncts(inner, !negated, parts),
        other => parts.push((other, negated)),
    });
}
