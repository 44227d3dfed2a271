//! Rules against events.
//!
//! In: a [`RuleSet`]; then one [`EventContext`] after the other. Out: the numbers of the rules that
//! hit, and before that [`Needs`]: which events and calls the rules reference.
//! Never: I/O, a clock, an allocation for an event without a hit.
//!
//! Conditions are compiled once into jump code per event code over predicates that all rules share
//! (`peregrine_filter::Plan`).

mod aliases;
mod cost;
mod generic_calls;

use std::collections::BTreeSet;

use peregrine_event::{CodeSet, EventFlags, EventType, SyscallSet, syscalls};
use peregrine_fields::{Depends, EventContext, Field};
use peregrine_filter::{Node, Plan, Scratch, Template};
use peregrine_rules::{MANY_CODES, RuleSet};

use crate::aliases::PathAliases;
pub use crate::cost::{Clock, Cost, Meter};

/// How many rules may report one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matching {
    /// The first in the order of the files.
    #[default]
    First,
    /// Every one.
    All,
}

/// What the rules reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Codes of events some rule can be true for.
    pub codes: CodeSet,
    /// The system calls (and tracepoints) that make those events today.
    pub syscalls: SyscallSet,
    /// Others that make them, which only rules for nearly every event look at: calls that move
    /// data and tracepoints, which are many. Whoever wants one of these names it.
    pub unnamed: SyscallSet,
}

/// Compiled rules.
#[derive(Debug)]
pub struct Engine {
    plan: Plan<Field>,
    scratch: Scratch,
    matching: Matching,
    needs: Needs,
    hosts: Vec<String>,
    aliases: PathAliases,
    /// Codes of events for which some rule references the metadata of containers.
    container_metadata: CodeSet,
    counts: Vec<u64>,
}

impl Engine {
    /// Compiles the enabled rules of a set.
    pub fn new(rules: &RuleSet, matching: Matching) -> Self {
        let enabled = || {
            (0_u32..)
                .zip(&rules.rules)
                .filter(|(_, rule)| rule.enabled)
                .map(|(number, rule)| (number, &rule.condition))
        };
        let plan = Plan::new(enabled());
        let (mut codes, mut named) = (CodeSet::new(), CodeSet::new());
        let (mut calls, mut unnamed) = (SyscallSet::new(), SyscallSet::new());
        let mut hosts = BTreeSet::new();
        let generic = generic_calls::all();
        for (_, condition) in enabled() {
            named_hosts(&condition.root, &mut hosts);
            let names = condition.kinds.len() <= MANY_CODES;
            for code in condition.kinds.iter().map(EventType) {
                codes.insert(code);
                if names {
                    named.insert(code);
                }
            }
            if condition.kinds.contains(EventType::GENERIC_X.0) {
                calls = calls.union(&generic_calls::of(&condition.root, false, &generic));
            }
        }
        let live = |code: EventType| {
            code.info().is_some_and(|info| info.live && !info.flags.has(EventFlags::OLD_VERSION))
        };
        let moves_data = syscalls::io().intersection(&syscalls::state().complement());
        for call in syscalls::all().iter().filter(|call| !call.generic) {
            let Some(code) = call.event().filter(|code| live(*code) && codes.contains(*code))
            else {
                continue;
            };
            let many = call.tracepoint || moves_data.contains(call.id);
            if many && !named.contains(code) {
                unnamed.insert(call.id);
            } else {
                calls.insert(call.id);
            }
        }
        Self {
            plan,
            scratch: Scratch::new(),
            matching,
            needs: Needs { codes, syscalls: calls, unnamed },
            hosts: hosts.into_iter().collect(),
            aliases: PathAliases::new(rules),
            container_metadata: container_metadata(rules),
            counts: vec![0; rules.rules.len()],
        }
    }

    /// What the rules reference.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// The hosts whose names rules compare addresses with.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// The paths that rules ask for as a whole: files are known by these whatever the path to them,
    /// where `HostInfo::file_names` of `state` knows them.
    pub fn exact_paths(&self) -> &[Vec<u8>] {
        self.aliases.exact()
    }

    /// Whether rules ask for a path among the parameters of events of a code: where that leads is
    /// worth knowing.
    pub fn asks_for_paths(&self, code: EventType) -> bool {
        self.aliases.asks_for_params(code)
    }

    /// Whether an alert about an event of a code may depend on what an engine answers about the container:
    /// a rule for it references that in its condition or its output.
    pub fn asks_for_containers(&self, code: EventType) -> bool {
        self.container_metadata.contains(code)
    }

    /// How many different comparisons the rules make.
    pub fn predicate_count(&self) -> usize {
        self.plan.predicate_count()
    }

    /// Whether any rule may hit an event of a code.
    pub fn looks_at(&self, code: EventType) -> bool {
        self.plan.looks_at(code.0)
    }

    /// Adds the numbers of the rules that hit.
    pub fn evaluate(&mut self, context: &EventContext<'_>, hits: &mut Vec<u32>) {
        let before = hits.len();
        let code = context.event.view.event_type();
        let first = self.matching == Matching::First;
        self.plan.evaluate(code.0, context, &mut self.scratch, first, hits);
        self.aliases.evaluate(context, first, before, hits);
        for hit in hits.iter().skip(before) {
            if let Some(count) = self.counts.get_mut(*hit as usize) {
                *count += 1;
            }
        }
    }

    /// How often each rule hit.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

/// Adds the names of hosts that a condition compares addresses with.
/// Codes of events for which some rule references the metadata of containers.
fn container_metadata(rules: &RuleSet) -> CodeSet {
    let mut codes = CodeSet::new();
    for rule in rules.rules.iter().filter(|rule| rule.enabled) {
        let mut asks = false;
        let mut look = |field: &Field| asks |= field.info.is_container_metadata();
        rule.condition.root.predicates(&mut |predicate| predicate.fields(&mut look));
        let outputs =
            std::iter::once(&rule.output).chain(rule.extra_fields.iter().map(|(_, of)| of));
        for token in outputs.flat_map(Template::tokens) {
            token.getter.fields(&mut look);
        }
        if asks {
            for code in rule.condition.kinds.iter() {
                codes.insert(EventType(code));
            }
        }
    }
    codes
}

fn named_hosts(root: &Node<Field>, hosts: &mut BTreeSet<String>) {
    root.predicates(&mut |predicate| {
        let mut of_host = false;
        predicate.fields(&mut |field| of_host |= field.info.depends == Depends::HostName);
        if of_host {
            predicate.texts(&mut |text| {
                hosts.insert(String::from_utf8_lossy(text).into_owned());
            });
        }
    });
}
