//! The pipeline's end of the guard: decisions become alerts, and the events of the acts they were about become none.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use peregrine_alert::Alert;
use peregrine_enforce::Verdict;
use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{Plan, Scratch, Template};
use peregrine_guard::{Act, Compiled, CompiledPolicy, Mode};

use super::Shared;
use super::act::is_of;
use crate::generation::Generation;

/// Decisions whose acts' own events may still come.
const RECENT: usize = 4096;
/// How long after a decision the event of its act may come, nanoseconds.
const LONG: u64 = 5_000_000_000;
/// The output of a policy without rules that has none of its own.
const OUTPUT: &str = "A policy decided about %evt.type (path=%fs.path.name fd=%fd.name \
     process=%proc.name exe=%proc.exepath command=%proc.cmdline user=%user.name container_id=%container.id)";

/// Decisions, and what is known of the policies that made them.
pub(crate) struct Denials {
    verdicts: Receiver<Verdict>,
    shared: Arc<Shared>,
    /// The generation that `policies` is of.
    compiled: Option<Arc<Compiled>>,
    policies: BTreeMap<u32, KnownPolicy>,
    recent: VecDeque<Recent>,
    /// In the order of their times: reported once all that happened before is known.
    waiting: VecDeque<Verdict>,
    scratch: Scratch,
    hits: Vec<u32>,
}

impl std::fmt::Debug for Denials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Denials").field("recent", &self.recent.len()).finish_non_exhaustive()
    }
}

/// A policy, and which of its rules an act breaks.
pub(crate) struct KnownPolicy {
    pub(crate) policy: CompiledPolicy,
    /// The places of its rules among those that are evaluated.
    rules: Arc<[u32]>,
    plan: Option<Plan<Field>>,
    /// The output where it has no rules.
    output: Option<Arc<Template<Field>>>,
}

/// A decision that was reported.
#[derive(Debug)]
struct Recent {
    tid: i64,
    act: Act,
    time_ns: u64,
    rules: Arc<[u32]>,
}

/// Of which rule the alert is.
pub(crate) enum Reported {
    /// That at this place.
    Rule(u32),
    /// None: the policy has a condition of its own.
    Policy(String, Arc<Template<Field>>),
}

impl Denials {
    pub(super) fn new(verdicts: Receiver<Verdict>, shared: Arc<Shared>) -> Self {
        Self {
            verdicts,
            shared,
            compiled: None,
            policies: BTreeMap::new(),
            recent: VecDeque::new(),
            waiting: VecDeque::new(),
            scratch: Scratch::new(),
            hits: Vec::new(),
        }
    }

    /// Takes decisions that were made; each waits until what happened before it is known.
    pub(crate) fn collect(&mut self) {
        let Self { verdicts, shared, waiting, .. } = self;
        let mut wait = |verdict: Verdict| {
            let later = |other: &&Verdict| other.time_ns > verdict.time_ns;
            let at = waiting.len() - waiting.iter().rev().take_while(later).count();
            waiting.insert(at, verdict);
        };
        while let Ok(verdict) = verdicts.try_recv() {
            wait(verdict);
        }
        // What the kernel decided is taken here too: it is there before the event of its act. A ring that cannot be
        // read is said by the guard's thread, which reads it too.
        let _ = shared.drain(&mut wait);
    }

    /// Whether a process is the one that tries hooks, or its child: what it does is no event for rules.
    pub(crate) fn is_canary(&self, pid: u32, parent: impl FnOnce() -> Option<i64>) -> bool {
        let canary = self.shared.canary.load(std::sync::atomic::Ordering::Relaxed);
        canary != 0 && (pid == canary || parent() == Some(i64::from(canary)))
    }

    /// Whether one was made before that time, nanoseconds since the epoch.
    pub(crate) fn is_due(&self, time_ns: u64) -> bool {
        self.waiting.front().is_some_and(|first| first.time_ns < time_ns)
    }

    /// The next decision of before that time. Of a generation of rules; it need not be the same each time.
    pub(crate) fn next(&mut self, generation: &Generation, time_ns: u64) -> Option<Verdict> {
        let verdict = self.waiting.pop_front_if(|first| first.time_ns < time_ns)?;
        let compiled = self.shared.compiled()?;
        if !self.compiled.as_ref().is_some_and(|known| Arc::ptr_eq(known, &compiled)) {
            self.learn(&compiled, generation);
            self.compiled = Some(compiled);
        }
        self.shared.count(&verdict);
        Some(verdict)
    }

    /// Other rules are evaluated: their places are others.
    pub(crate) fn forget_rules(&mut self) {
        self.compiled = None;
        self.recent.clear();
    }

    fn learn(&mut self, compiled: &Compiled, generation: &Generation) {
        let known = |policy: &CompiledPolicy| {
            let rules = (0..).zip(generation.rules());
            let rules: Vec<_> =
                rules.filter(|(_, rule)| policy.rules.contains(&rule.name)).collect();
            let plan = (rules.len() > 1)
                .then(|| Plan::new(rules.iter().map(|(place, rule)| (*place, &rule.condition))));
            let text = policy.output.as_deref().unwrap_or(OUTPUT);
            let parse = |text: &str| Template::parse(text, &Catalogue::default());
            // A wrong output was a mistake of the policy's file.
            let output = parse(text).or_else(|_| parse(OUTPUT)).ok();
            KnownPolicy {
                policy: policy.clone(),
                rules: rules.iter().map(|(place, _)| *place).collect(),
                plan,
                output: output.map(Arc::new),
            }
        };
        self.policies = compiled.policies.iter().map(|policy| (policy.id, known(policy))).collect();
    }

    /// Of which rule the alert of a decision is: the first of its policy's that the act breaks.
    pub(crate) fn reported(&mut self, id: u32, context: &EventContext<'_>) -> Option<Reported> {
        let known = self.policies.get(&id)?;
        if let Some(plan) = &known.plan {
            self.hits.clear();
            let code = context.event.view.event_type().0;
            plan.evaluate(code, context, &mut self.scratch, false, &mut self.hits);
        }
        let first = self.hits.first().filter(|_| known.plan.is_some());
        Some(match first.or_else(|| known.rules.first()) {
            Some(rule) => Reported::Rule(*rule),
            None => Reported::Policy(known.policy.name.clone(), known.output.clone()?),
        })
    }

    /// Adds to an alert what was decided, and expects the event of the act, which makes no other.
    pub(crate) fn complete(&mut self, alert: &mut Alert, verdict: &Verdict) {
        let Some(known) = self.policies.get(&verdict.policy) else { return };
        let did = match (verdict.mode, verdict.late) {
            (Mode::Enforce, false) => verdict.action.name().to_owned(),
            (Mode::Enforce, true) => format!("{}, too late", verdict.action.name()),
            _ => format!("would {}", verdict.action.name()),
        };
        let name = &known.policy.name;
        let (level, mode) = (verdict.level.name(), verdict.mode.name());
        let _ = write!(
            alert.message,
            " | guard.action={did} guard.level={level} guard.policy={name} guard.mode={mode}"
        );
        for (key, value) in [
            ("guard.action", did.as_str()),
            ("guard.level", level),
            ("guard.policy", name),
            ("guard.mode", mode),
        ] {
            alert.fields.insert(key.to_owned(), value.into());
        }
        if known.rules.is_empty() {
            return;
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent {
            tid: verdict.tid.into(),
            act: verdict.act,
            time_ns: verdict.time_ns,
            rules: Arc::clone(&known.rules),
        });
    }

    /// Takes from the rules that an event matched those that were reported when its act was decided about.
    pub(crate) fn leave_out_reported(&mut self, context: &EventContext<'_>, hits: &mut Vec<u32>) {
        if self.recent.is_empty() || hits.is_empty() {
            return;
        }
        let (tid, now) = (context.event.view.tid(), context.event.view.ts());
        while self.recent.front().is_some_and(|first| first.time_ns.saturating_add(LONG) < now) {
            self.recent.pop_front();
        }
        let call = context.event.view.info().name;
        let found = self.recent.iter().position(|recent| {
            recent.tid == tid
                && is_of(recent.act, call)
                && hits.iter().any(|hit| recent.rules.contains(hit))
        });
        if let Some(recent) = found.and_then(|at| self.recent.remove(at)) {
            hits.retain(|hit| !recent.rules.contains(hit));
        }
    }
}
