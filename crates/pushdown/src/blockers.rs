//! Why events are told whatever rules match: what rules see of an event must not depend on events that
//! were dropped, so a call is only filtered where what it leaves behind is looked at by nobody else.

use peregrine_event::{EventFlags, EventType};
use peregrine_fields::Field;
use peregrine_filter::{Asked, Predicate};
use peregrine_kfilter::{Test, kinds};
use peregrine_rules::RuleSet;

use crate::calls::{EXCHANGES, ON_DESCRIPTORS, OPENS};
use crate::cond::Cond;
use crate::lower::unix;
use crate::opened;

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

/// Why the kernel may not decide about all, or about opens.
pub(crate) struct Blockers {
    /// A rule looks at a field about the stream of events.
    stream: bool,
    /// A rule looks at the descriptors a process has.
    descriptors: bool,
    /// A rule looks at names of descriptors, of sockets too.
    names: bool,
}

impl Blockers {
    pub(crate) fn of(rules: &RuleSet) -> Self {
        let mut blockers = Self { stream: false, descriptors: false, names: false };
        for rule in rules.rules.iter().filter(|rule| rule.enabled) {
            for code in rule.condition.kinds.iter().map(EventType) {
                let root = &rule.condition.root;
                blockers.names |= opened::asks(root, code);
                blockers.descriptors |= opened::asks_for_streams(root, code);
            }
            rule.condition.root.predicates(&mut |predicate| {
                blockers.stream |= is_about_the_stream(predicate);
                blockers.descriptors |= counts_descriptors(predicate);
            });
        }
        blockers
    }

    /// Why events of a type are told whole; none: they need not be.
    pub(crate) fn against(&self, code: EventType) -> Option<&'static str> {
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
    pub(crate) fn needed(&self, code: EventType) -> Cond {
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
            needed.push(unix());
        }
        Cond::or(needed)
    }
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
