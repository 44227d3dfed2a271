//! Policies to the form the kernel programs are given, for one host.

use peregrine_filter::ast::Span;

use crate::calls::{CALLS, Calls, View};
use crate::compiled::{Compiled, CompiledPolicy, PolicyAct};
use crate::cond::Cond;
use crate::diagnostic::{Diagnostic, PolicyDiagnostic, PolicyError};
use crate::layout::{Act, ActEntry, Action, END, MATCH, MAX_STEPS, Mode, POLICIES, STEPS};
use crate::leaf::Accounts;
use crate::level::{Capabilities, Level};
use crate::lower::{Undecided, lower};
use crate::policy::{Policies, Policy};
use crate::program::{Builder, Goto};
use crate::sets::{Sets, needs_of};

/// What one policy asks at one act.
struct AtAct {
    act: Act,
    cond: Cond,
    /// What is left of it for an object without a name in any set. It may reference sets of its own: two that
    /// the object kept apart become one.
    no_object: Cond,
    level: Level,
    exact: bool,
}

/// Policies for a host.
///
/// # Errors
/// What a policy asks and no hook can decide, what this host cannot prevent, and what does not fit, each with
/// its place.
pub fn compile(
    policies: &Policies,
    host: &Capabilities,
    accounts: &dyn Accounts,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile_for(policies, host, accounts, &|_| true)
}

/// The same, with the programs and tables of what is decided at some levels only. The policies, their numbers and the
/// levels at which they decide are the same whichever levels those are.
///
/// # Errors
/// As [`compile`].
pub fn compile_for(
    policies: &Policies,
    host: &Capabilities,
    accounts: &dyn Accounts,
    levels: &dyn Fn(Level) -> bool,
) -> Result<Compiled, Vec<Diagnostic>> {
    let is_here = |at: &&AtAct| at.level.is_by_facts() && levels(at.level);
    let mut compiler = Compiler { policies, host, accounts, diagnostics: Vec::new() };
    let on = policies.policies.iter().filter(|policy| policy.mode != Mode::Off);
    let mut chain: Vec<(&Policy, Vec<AtAct>)> =
        on.map(|policy| (policy, compiler.policy(policy))).collect();
    // What only shadows never hides what denies, nor what ends with the agent what stays.
    chain.sort_by_key(|(policy, _)| (policy.mode != Mode::Enforce, !policy.stays()));
    compiler.fits(&chain);
    let mut sets = Sets::default();
    let mut fits = true;
    for (policy, acts) in &chain {
        for cond in acts.iter().filter(is_here).flat_map(|at| [&at.cond, &at.no_object]) {
            let mut full = None;
            cond.facts(&mut |fact| full = full.or_else(|| sets.add(fact).err()));
            if let Some((of, limit)) = full {
                compiler.report(PolicyError::TooManySets { of, limit }, policy);
                fits = false;
                break;
            }
        }
    }
    // A program is made only where each of its sets has a bit.
    if !fits {
        return Err(compiler.diagnostics);
    }
    let policies = chain.iter().map(|(policy, acts)| compiler.entry(policy, acts)).collect();
    let mut compiled = Compiled { policies, ..Compiled::none() };
    sets.tables(&mut compiled);
    compiler.programs(&chain, &is_here, &sets, &mut compiled);
    if compiler.diagnostics.is_empty() { Ok(compiled) } else { Err(compiler.diagnostics) }
}

struct Compiler<'p> {
    policies: &'p Policies,
    host: &'p Capabilities,
    accounts: &'p dyn Accounts,
    diagnostics: Vec<Diagnostic>,
}

/// What a policy asks at an act, of all its conditions and calls.
struct Asks {
    act: Act,
    /// Conditions, and the flags of the calls they are about; 0: the act has no other calls.
    parts: Vec<(Cond, u64)>,
    undecided: Vec<Undecided>,
    /// Whether it is about the act's own calls, not only about what is the same by another way.
    own: bool,
    /// Whether something of the other way is left out.
    inexact: bool,
}

impl Asks {
    fn cond(&self) -> Cond {
        let parts = self.parts.iter().map(|(cond, flags)| {
            let calls = if *flags == 0 { Cond::True } else { Cond::flags(*flags) };
            Cond::and([calls, cond.clone()])
        });
        Cond::or(parts)
    }
}

impl Compiler<'_> {
    fn report(&mut self, kind: PolicyError, policy: &Policy) {
        let file = self.policies.file(policy.file);
        let one = PolicyDiagnostic::new(kind, file, policy.span, &policy.name);
        self.diagnostics.push(one.into());
    }

    fn entry(&self, policy: &Policy, acts: &[AtAct]) -> CompiledPolicy {
        let (file, place) = self.policies.place(policy);
        let named = policy.conditions.iter().filter(|_| !policy.own_condition);
        let output = policy.conditions.first().filter(|_| policy.own_condition);
        CompiledPolicy {
            name: policy.name.clone(),
            id: hash(&policy.name),
            rules: named.map(|rule| rule.name.clone()).collect(),
            action: policy.action,
            mode: policy.mode,
            fail_closed: policy.stays(),
            even_the_way_in: policy.even_the_way_in,
            output: output.map(|rule| rule.output_text.clone()).filter(|text| !text.is_empty()),
            file: file.to_owned(),
            place,
            acts: acts
                .iter()
                .map(|at| PolicyAct {
                    act: at.act,
                    level: at.level,
                    exact: at.exact,
                    words: at.cond.to_string(),
                })
                .collect(),
        }
    }

    /// What a policy asks, act by act.
    fn asks(&self, policy: &Policy) -> Vec<Asks> {
        let mut asks: Vec<Asks> = Vec::new();
        for calls in CALLS {
            for condition in 0..policy.conditions.len() {
                let lowered = lower(policy, condition, calls, self.accounts);
                // Programs map libraries too. What would hold for any of these held when the program was started,
                // or its loader.
                let cond = match calls.view {
                    View::Mapped => lowered.cond.by_object(),
                    _ => lowered.cond,
                };
                if cond == Cond::False && lowered.undecided.is_empty() {
                    continue;
                }
                add(&mut asks, calls, cond, lowered.undecided);
            }
        }
        // What is the same by another way counts only where the own way does.
        asks.retain(|one| one.own || one.cond() != Cond::False);
        asks
    }

    /// How a policy decides about each act it asks about.
    fn policy(&mut self, policy: &Policy) -> Vec<AtAct> {
        let asks = self.asks(policy);
        let before = self.diagnostics.len();
        let (mut acts, mut lacking) = (Vec::new(), Vec::new());
        let mut undecided: Vec<(Undecided, Vec<Act>)> = Vec::new();
        for one in asks {
            let decided = one.undecided.is_empty();
            let level = self.level(policy, one.act, decided);
            if !decided
                && !level.is_some_and(|level| !level.is_by_facts() && level != Level::Detect)
                && !policy.best_effort
            {
                for part in one.undecided {
                    let known = undecided.iter_mut().find(|(other, _)| *other == part);
                    match known {
                        Some((_, acts)) => acts.push(one.act),
                        None => undecided.push((part, vec![one.act])),
                    }
                }
                continue;
            }
            let exact = decided && !one.inexact;
            match level {
                Some(level) => {
                    let (act, cond) = (one.act, one.cond());
                    let no_object = cond.without_object();
                    acts.push(AtAct { act, cond, no_object, level, exact });
                }
                None if one.own => lacking.push(one.act),
                None => {}
            }
        }
        for (part, acts) in undecided {
            self.undecided(policy, part, acts);
        }
        if self.diagnostics.len() == before {
            if !lacking.is_empty() {
                self.no_level(policy, lacking);
            } else if acts.is_empty() {
                self.report(PolicyError::NoAct, policy);
            }
        }
        acts
    }

    /// The best level of this host for a policy at an act.
    fn level(&self, policy: &Policy, act: Act, decided: bool) -> Option<Level> {
        let offered = self.host.of_act(act);
        let able = |level: Level| {
            (decided || policy.best_effort || !level.is_by_facts())
                && (self.stays_at(policy, level) || policy.best_effort)
        };
        let enough = |level: Level| match policy.action {
            Action::Deny => level.prevents(),
            Action::Kill => level != Level::Detect,
            // A process that is killed as it starts a program leaves those below it to somebody else.
            Action::KillTree => !matches!(level, Level::KillBefore | Level::Detect),
        };
        let level = offered.iter().find(|level| able(*level) && enough(*level));
        // What only shadows may be seen from anywhere.
        let lower = policy.best_effort || policy.mode == Mode::Shadow;
        level.or_else(|| lower.then_some(Level::Detect))
    }

    /// Whether a policy lasts at a level as long as it says.
    fn stays_at(&self, policy: &Policy, level: Level) -> bool {
        match level {
            _ if !policy.fail_closed => true,
            Level::Fanotify => false,
            Level::FmodRet => !self.host.skips_fmod_ret,
            _ => true,
        }
    }

    /// Refuses what this host cannot do, and says why where it could but for `fail: closed`.
    fn no_level(&mut self, policy: &Policy, acts: Vec<Act>) {
        let offers = |level: Level| acts.iter().any(|act| self.host.of_act(*act).contains(level));
        let mut help = Vec::new();
        if policy.fail_closed && offers(Level::FmodRet) {
            help.push(
                "`fail: closed` is refused at P2 on a kernel that may preempt its programs \
                 (preempt=full): while one is preempted the kernel skips it for all others on that CPU; \
                 boot with preempt=voluntary, or with bpf in lsm= for P1",
            );
        }
        if policy.fail_closed && offers(Level::Fanotify) {
            help.push(
                "`fail: closed` is refused at P4, which ends with the agent; `fail: open` can be decided there",
            );
        }
        let file = self.policies.file(policy.file);
        let kind = PolicyError::NoLevel { acts };
        let one = PolicyDiagnostic::new(kind, file, policy.span, &policy.name);
        let one = help.into_iter().fold(one, PolicyDiagnostic::help);
        self.diagnostics.push(one.into());
    }

    /// Refuses a part of a condition, where it was written.
    fn undecided(&mut self, policy: &Policy, part: Undecided, acts: Vec<Act>) {
        let rule = part.piece.of(policy);
        let written = rule.and_then(|rule| rule.written.get(part.number)?.clone());
        let kind = match part.why {
            Some(why) => PolicyError::Undecidable { part: format!("`{}`", part.text), why, acts },
            None => PolicyError::TwoNames { acts },
        };
        let place = written.map_or((policy.file, policy.span), |at| (at.file, at.span));
        let (file, span): (usize, Span) = place;
        let mut one = PolicyDiagnostic::new(kind, self.policies.file(file), span, &policy.name);
        if let Some(rule) = rule.filter(|rule| rule.name != policy.name) {
            one = one.help(format!("the policy enforces the rule '{}'", rule.name));
        }
        one = one.help(
            "with `best_effort: true` the policy leaves out what cannot be decided, and matches less",
        );
        self.diagnostics.push(one.into());
    }

    /// Refuses more policies than there are numbers.
    fn fits(&mut self, chain: &[(&Policy, Vec<AtAct>)]) {
        if let Some((policy, _)) = chain.get(POLICIES) {
            self.report(PolicyError::TooManyPolicies { limit: POLICIES }, policy);
        }
    }

    /// The programs of all acts.
    fn programs(
        &mut self,
        chain: &[(&Policy, Vec<AtAct>)],
        is_here: &dyn Fn(&&AtAct) -> bool,
        sets: &Sets,
        compiled: &mut Compiled,
    ) {
        for act in Act::ALL {
            let mut builder = Builder::default();
            let (mut all, mut no_object) = (Goto::End(END), Goto::End(END));
            let mut needs = 0;
            let mut last = None;
            // The program for objects without a name in any set stands behind the other one.
            for without in [true, false] {
                let mut next = Goto::End(END);
                for (number, (policy, acts)) in chain.iter().enumerate().rev() {
                    let at = acts.iter().filter(is_here).find(|at| at.act == act);
                    let Some(at) = at else { continue };
                    let matched = Goto::End(MATCH | u16::try_from(number).unwrap_or_default());
                    at.cond.facts(&mut |fact| needs |= needs_of(fact));
                    let cond = if without { &at.no_object } else { &at.cond };
                    next = builder.add(cond, sets, matched, next);
                    last = Some(*policy);
                }
                *(if without { &mut no_object } else { &mut all }) = next;
            }
            let base = compiled.steps.len();
            if let Some(policy) =
                last.filter(|_| builder.len() > MAX_STEPS || base + builder.len() > STEPS)
            {
                self.report(PolicyError::TooManySteps { act, limit: MAX_STEPS }, policy);
                continue;
            }
            let (steps, turn) = builder.finish(base);
            if let Some(entry) = compiled.acts.get_mut(act as usize) {
                *entry = ActEntry { all: turn(all), no_object: turn(no_object), needs };
            }
            compiled.steps.extend(steps);
        }
    }
}

/// Adds what some calls of an act ask.
fn add(asks: &mut Vec<Asks>, calls: &Calls, cond: Cond, undecided: Vec<Undecided>) {
    let own = calls.view == View::Own;
    let place = asks.iter().position(|one| one.act == calls.act).unwrap_or_else(|| {
        asks.push(Asks {
            act: calls.act,
            parts: Vec::new(),
            undecided: Vec::new(),
            own: false,
            inexact: false,
        });
        asks.len() - 1
    });
    let Some(one) = asks.get_mut(place) else { return };
    match one.parts.iter_mut().find(|(other, _)| *other == cond) {
        Some((_, flags)) => *flags |= calls.flag,
        None => one.parts.push((cond, calls.flag)),
    }
    one.own |= own;
    // The other way is refused with the own one.
    if own {
        let new = undecided.into_iter().filter(|part| !one.undecided.contains(part));
        let new: Vec<Undecided> = new.collect();
        one.undecided.extend(new);
    } else {
        one.inexact |= !undecided.is_empty();
    }
}

/// FNV-1a: the same number for a name on every host and in every release.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
