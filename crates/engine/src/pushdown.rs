//! What the kernel may drop: for each call the weakest condition it can decide, such that an event
//! some rule matches always passes.
//!
//! A condition is walked with its negations pushed down to the comparisons. Each becomes a test the
//! kernel can make, a constant of the event type, or "unknown", which passes either way. What rules
//! see of an event must not depend on events that were dropped: a call is only filtered where what
//! it leaves behind is looked at by nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use peregrine_event::{EventFlags, EventType, SyscallSet, syscalls};
use peregrine_fields::Field;
use peregrine_filter::{Asked, Node, Predicate};
use peregrine_kfilter::{Goto, MAX_STEPS, Pushdown, Step, Test, kinds};
use peregrine_rules::{Rule, RuleSet};

use crate::decidable::{self, Known};
use crate::facts::{self, EXCHANGES, ON_DESCRIPTORS};
use crate::looks_back;
use crate::shorten::shorten;

/// A condition over what the kernel can test; negations only at the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cond {
    True,
    False,
    Test(Test, bool),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Cond {
    pub(crate) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(more) => more.into_iter().for_each(|one| push(&mut all, one)),
                one => push(&mut all, one),
            }
        }
        single(all, Self::True, Self::And)
    }

    pub(crate) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(more) => more.into_iter().for_each(|one| push(&mut any, one)),
                one => push(&mut any, one),
            }
        }
        single(any, Self::False, Self::Or)
    }

    pub(crate) fn test(test: Test) -> Self {
        Self::Test(test, false)
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Test(test, not) => Self::Test(test, !not),
            Self::And(parts) => Self::or(parts.into_iter().map(Self::not)),
            Self::Or(parts) => Self::and(parts.into_iter().map(Self::not)),
        }
    }

    /// Whether a test in it is such a one.
    pub(crate) fn asks(&self, such: &dyn Fn(&Test) -> bool) -> bool {
        match self {
            Self::True | Self::False => false,
            Self::Test(test, _) => such(test),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.asks(such)),
        }
    }

    /// Whether it only holds for some names of files.
    fn is_about_names(&self) -> bool {
        match self {
            Self::Test(test, not) => matches!(test, Test::Name(_) | Test::Dots) && !not,
            Self::And(parts) => parts.iter().any(Self::is_about_names),
            Self::Or(parts) => parts.iter().all(Self::is_about_names),
            Self::True | Self::False => false,
        }
    }

    /// Cheap tests first: those of numbers before those of names.
    fn cost(&self) -> usize {
        match self {
            Self::Test(Test::Name(_) | Test::Dots, _) => 2,
            Self::Test(
                Test::ProcessName(..) | Test::Net { .. } | Test::Uid { .. } | Test::Container,
                _,
            ) => 1,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).sum::<usize>() + 1,
            _ => 0,
        }
    }
}

fn push(all: &mut Vec<Cond>, one: Cond) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn single(mut all: Vec<Cond>, none: Cond, many: impl FnOnce(Vec<Cond>) -> Cond) -> Cond {
    match all.len() {
        0 => none,
        1 => all.pop().unwrap_or(none),
        _ => {
            all.sort_by_key(Cond::cost);
            many(all)
        }
    }
}

/// What one rule lets the kernel decide of one event type. `who`: the process is asked for, but where
/// the name of a file decides, for who opens that at all is seldom another one.
fn decided(rule: &Rule, code: EventType, who: bool) -> Cond {
    let without = weaken(&rule.condition.root, code, false, false);
    if !who || without.is_about_names() {
        return without;
    }
    weaken(&rule.condition.root, code, false, true)
}

fn weaken(node: &Node<Field>, code: EventType, not: bool, who: bool) -> Cond {
    match node {
        Node::Not(inner) => weaken(inner, code, !not, who),
        Node::And(parts) | Node::Or(parts) => {
            let parts = parts.iter().map(|part| weaken(part, code, not, who));
            if matches!(node, Node::And(_)) == not { Cond::or(parts) } else { Cond::and(parts) }
        }
        Node::Predicate(predicate) => match known(predicate, code, who) {
            Known::Unknown => Cond::True,
            Known::As(cond) if not => cond.not(),
            Known::As(cond) => cond,
        },
    }
}

fn known(predicate: &Arc<Predicate<Field>>, code: EventType, who: bool) -> Known {
    let constant = |truth| Known::As(if truth { Cond::True } else { Cond::False });
    match &predicate.kinds {
        Some(kinds) if !kinds.contains(code.0) => constant(false),
        Some(_) if predicate.sure.contains(code.0) => constant(true),
        Some(_) => Known::Unknown,
        None => predicate
            .asked()
            .map_or(Known::Unknown, |(field, asked)| decidable::known(field, &asked, code, who)),
    }
}

/// The events of the calls that open; all they leave behind is a descriptor.
pub(crate) const OPENS: [EventType; 4] = [
    EventType::SYSCALL_OPEN_X,
    EventType::SYSCALL_OPENAT_2_X,
    EventType::SYSCALL_OPENAT2_X,
    EventType::SYSCALL_CREAT_X,
];

/// Whether a field has its value from the events before this one, dropped ones too.
fn is_about_the_stream(predicate: &Predicate<Field>) -> bool {
    let mut about = false;
    predicate.fields(&mut |field| {
        let name = field.info.name;
        about |= ["evt.num", "evt.around", "evt.reltime", "evt.deltatime"]
            .iter()
            .any(|one| name.starts_with(one));
    });
    // `evt.num = 0`, the placeholder for "never", asks nothing.
    let never = matches!(
        predicate.asked(),
        Some((field, Asked::Numbers(numbers)))
            if field.info.name == "evt.num" && numbers.iter().all(|number| *number <= 0)
    );
    about && !never
}

/// Whether a comparison looks at the table of descriptors, which lacks those that were dropped.
fn counts_descriptors(predicate: &Predicate<Field>) -> bool {
    let mut counts = false;
    predicate.fields(&mut |field| {
        let name = field.info.name;
        counts |= ["proc.fd", "fdlist.", "fd.types"].iter().any(|one| name.starts_with(one));
    });
    counts
}

/// How much the kernel is asked of what it could decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Not who calls.
    WithoutWho,
    /// See [`shorten`].
    Short,
}

/// The condition under which one call is told.
fn condition(rules: &RuleSet, code: EventType, extent: Extent) -> Cond {
    let rules = rules.rules.iter().filter(|rule| rule.enabled);
    let of_code = rules.filter(|rule| rule.condition.kinds.contains(code.0));
    let cond = Cond::or(of_code.map(|rule| decided(rule, code, extent == Extent::Whole)));
    if extent == Extent::Short { shorten(cond) } else { cond }
}

/// What the kernel is asked of a call: as much as it takes. None: nothing, every event is told.
fn asked(rules: &RuleSet, obstacles: &Obstacles, code: EventType) -> Option<(Extent, Vec<Step>)> {
    [Extent::Whole, Extent::WithoutWho, Extent::Short].into_iter().find_map(|extent| {
        let cond = Cond::or([obstacles.needed(code), condition(rules, code, extent)]);
        compile(&cond).map(|steps| (extent, steps))
    })
}

/// Why the kernel may not decide about all, or about opens.
struct Obstacles {
    /// A rule looks at a field about the stream of events.
    stream: bool,
    /// A rule looks at the descriptors a process has.
    descriptors: bool,
    /// A rule looks at names of descriptors, of sockets too.
    names: bool,
}

impl Obstacles {
    fn of(rules: &RuleSet) -> Self {
        let mut obstacles = Self { stream: false, descriptors: false, names: false };
        for rule in rules.rules.iter().filter(|rule| rule.enabled) {
            for code in rule.condition.kinds.iter().map(EventType) {
                let root = &rule.condition.root;
                obstacles.names |= looks_back::asks(root, code);
                obstacles.descriptors |= looks_back::asks_for_streams(root, code);
            }
            rule.condition.root.predicates(&mut |predicate| {
                obstacles.stream |= is_about_the_stream(predicate);
                obstacles.descriptors |= counts_descriptors(predicate);
            });
        }
        obstacles
    }

    /// Why events of a type are told whole; none: they need not be.
    fn against(&self, code: EventType) -> Option<&'static str> {
        if self.stream {
            Some("every event is told: a rule looks at the stream of all events")
        } else if OPENS.contains(&code) {
            (self.descriptors || self.names)
                .then_some("every event is told: a rule looks at what opens leave behind")
        } else if self.descriptors && ON_DESCRIPTORS.contains(&code) {
            Some("every event is told: a rule looks at the descriptors a process has")
        } else if leaves_nothing(code) || EXCHANGES.contains(&code) {
            None
        } else {
            Some("every event is told: the picture of the host needs it")
        }
    }

    /// What is told of an event type whatever rules match.
    fn needed(&self, code: EventType) -> Cond {
        let mut needed = Vec::new();
        // A folder that was opened names the files opened below it.
        if OPENS.contains(&code) {
            needed.push(Cond::test(Test::Kind(kinds::DIRECTORY)));
        }
        // Whom a socket that is no connection speaks with, and who of the two began.
        if EXCHANGES.contains(&code) {
            needed.push(Cond::test(Test::Unmet));
        }
        // A unix socket has its name from the first event that tells one.
        if self.names && ON_DESCRIPTORS.contains(&code) {
            needed.push(facts::unix());
        }
        Cond::or(needed)
    }
}

/// What the kernel may decide for the enabled rules. `whole`: calls that must be told whatever rules
/// say, because the picture of the host needs them.
pub fn pushdown(rules: &RuleSet, wanted: &SyscallSet, whole: &SyscallSet) -> Pushdown {
    let obstacles = Obstacles::of(rules);
    let mut calls = Vec::new();
    for call in syscalls::all() {
        let Some(code) = call.exit.filter(|_| !call.tracepoint && !call.generic) else { continue };
        if !wanted.contains(call.id) || whole.contains(call.id) || obstacles.against(code).is_some()
        {
            continue;
        }
        if let Some((_, steps)) = asked(rules, &obstacles, code) {
            calls.push((call.id, steps));
        }
    }
    Pushdown { calls }
}

/// Whether an event changes nothing in the picture of the host, and the probe writes its result as
/// the kernel gave it.
fn leaves_nothing(code: EventType) -> bool {
    code.info().is_some_and(|info| {
        !info.flags.has(EventFlags::MODIFIES_STATE)
            && !info.flags.has(EventFlags::CREATES_FD)
            && !info.flags.has(EventFlags::DESTROYS_FD)
            && info.params.first().is_some_and(|param| param.name == "res")
    })
}

/// Jump code, forwards; none where it is too long, or always holds.
fn compile(cond: &Cond) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let begin = emit(cond, Goto::Pass, Goto::Drop, &mut steps);
    if begin == Goto::Pass || steps.len() > MAX_STEPS {
        return None;
    }
    // Written backwards: the last step is the first.
    let last = u16::try_from(steps.len()).ok()?;
    let turn = |goto| match goto {
        Goto::Step(step) => Goto::Step(last - 1 - step),
        other => other,
    };
    steps.reverse();
    for step in &mut steps {
        (step.yes, step.no) = (turn(step.yes), turn(step.no));
    }
    Some(steps)
}

fn emit(cond: &Cond, yes: Goto, no: Goto, steps: &mut Vec<Step>) -> Goto {
    match cond {
        Cond::True => yes,
        Cond::False => no,
        Cond::And(parts) => parts.iter().rev().fold(yes, |next, part| emit(part, next, no, steps)),
        Cond::Or(parts) => parts.iter().rev().fold(no, |next, part| emit(part, yes, next, steps)),
        Cond::Test(test, not) => {
            steps.push(Step { test: test.clone(), not: *not, yes, no });
            u16::try_from(steps.len() - 1).map_or(Goto::Pass, Goto::Step)
        }
    }
}

/// What the kernel decides of one rule among all of `rules`, in words, and for which event types.
pub fn explain(
    rules: &RuleSet,
    rule: &Rule,
    whole: &SyscallSet,
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let obstacles = Obstacles::of(rules);
    let mut words: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for call in syscalls::all() {
        let Some(code) = call.exit.filter(|_| !call.tracepoint && !call.generic) else { continue };
        if !rule.condition.kinds.contains(code.0) {
            continue;
        }
        let told = if whole.contains(call.id) {
            "every event is told: the picture of the host needs it".to_owned()
        } else if let Some(why) = obstacles.against(code) {
            why.to_owned()
        } else {
            match (decided(rule, code, true), asked(rules, &obstacles, code)) {
                (Cond::True, _) => "every event is told: the kernel can decide nothing".to_owned(),
                (_, Some((Extent::Short, _))) => {
                    let short = decidable::words(&shorten(decided(rule, code, false)));
                    format!("{short} (all rules together ask more than the kernel takes: in short)")
                }
                (cond, _) => decidable::words(&cond),
            }
        };
        words.entry(told).or_default().insert(code.name());
    }
    words
}
