//! Why the kernel emits every event of a call, whatever rules match. What rules see of an event must not
//! depend on dropped events, so a call is only filtered where no rule reads what it leaves behind.

use peregrine_event::{CallRoles, EventFlags, EventType};
use peregrine_fields::{Depends, Field};
use peregrine_filter::{Constraint, Predicate};
use peregrine_kfilter::{Test, kinds};
use peregrine_rules::RuleSet;

use crate::cond::Cond;
use crate::lower::unix;
use crate::opened;

/// Why the kernel cannot filter at all, or not filter opens.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of the rules")]
pub(crate) struct Blockers {
    /// A rule references a field of which it is not known what its value depends on.
    unknown: bool,
    /// A rule references a field about the stream of events.
    stream: bool,
    /// A rule references the descriptors of a process.
    descriptors: bool,
    /// A rule references names of descriptors, of sockets too.
    names: bool,
}

/// Whether a comparison is `evt.num = 0`, the placeholder for "never": it reads nothing.
fn is_never(predicate: &Predicate<Field>) -> bool {
    matches!(
        predicate.constraint(),
        Some((field, Constraint::Numbers(numbers)))
            if field.info.name == "evt.num" && numbers.iter().all(|number| *number <= 0)
    )
}

impl Blockers {
    pub(crate) fn of(rules: &RuleSet) -> Self {
        let mut blockers = Self::default();
        for rule in rules.rules.iter().filter(|rule| rule.enabled) {
            for code in rule.condition.kinds.iter().map(EventType) {
                let root = &rule.condition.root;
                blockers.names |= opened::asks(root, code);
                blockers.descriptors |= opened::asks_for_streams(root, code);
            }
            rule.condition.root.predicates(&mut |predicate| {
                if !is_never(predicate) {
                    predicate.fields(&mut |field| blockers.read(field.info.depends));
                }
            });
        }
        blockers
    }

    /// A rule references a field, for whatever events.
    fn read(&mut self, depends: Depends) {
        match depends {
            Depends::Unknown => self.unknown = true,
            Depends::Stream => self.stream = true,
            // The descriptors of dropped events would be missing.
            Depends::FdTable => self.descriptors = true,
            // The event types of the rule decide it (`opened`).
            Depends::StandardStreams | Depends::OpenedPath | Depends::Argument => {}
            // Events that change these are never dropped, or the event itself has the value.
            Depends::Descriptor
            | Depends::Event
            | Depends::Process
            | Depends::Lineage
            | Depends::Container
            | Depends::Host
            | Depends::HostName => {}
        }
    }

    /// Why every event of a type is emitted; none where it may be filtered.
    pub(crate) fn against(&self, code: EventType) -> Option<&'static str> {
        if self.unknown {
            Some("every event is emitted: it is not known what a field of a rule depends on")
        } else if self.stream {
            Some("every event is emitted: a rule references the stream of all events")
        } else if code.has_role(CallRoles::OPENS) {
            (self.descriptors || self.names)
                .then_some("every event is emitted: a rule references what opens leave behind")
        } else if self.descriptors && code.has_role(CallRoles::ON_DESCRIPTOR) {
            Some("every event is emitted: a rule references the descriptors of a process")
        } else if leaves_nothing(code) || code.has_role(CallRoles::EXCHANGES) {
            None
        } else {
            Some("every event is emitted: the state of the host is built from it")
        }
    }

    /// The events of a type that are emitted whatever rules match.
    pub(crate) fn needed(&self, code: EventType) -> Cond {
        let mut needed = Vec::new();
        // An open folder names the files opened below it.
        if code.has_role(CallRoles::OPENS) {
            needed.push(Cond::test(Test::Kind(kinds::DIRECTORY)));
        }
        // The state learns from these events the peer of an unconnected socket, and which end is the
        // client.
        if code.has_role(CallRoles::EXCHANGES) {
            needed.push(Cond::test(Test::Unmet));
        }
        // A unix socket has its name from the first event that reports one.
        if self.names && code.has_role(CallRoles::ON_DESCRIPTOR) {
            needed.push(unix());
        }
        Cond::or(needed)
    }
}

/// Whether an event changes nothing in the state of the host, and the probe writes its result as the
/// kernel returned it.
fn leaves_nothing(code: EventType) -> bool {
    code.info().is_some_and(|info| {
        !info.flags.has(EventFlags::MODIFIES_STATE)
            && !info.flags.has(EventFlags::CREATES_FD)
            && !info.flags.has(EventFlags::DESTROYS_FD)
            && info.params.first().is_some_and(|param| param.name == "res")
    })
}

#[cfg(test)]
mod tests {
    use peregrine_event::syscalls;

    use super::*;

    #[test]
    fn where_nobody_knows_what_a_field_depends_on_nothing_is_dropped() {
        for (depends, drops) in [
            (Depends::Unknown, false),
            (Depends::Stream, false),
            (Depends::Event, true),
            (Depends::Process, true),
        ] {
            let mut blockers = Blockers::default();
            blockers.read(depends);
            let exits = syscalls::all().iter().filter_map(|call| call.exit);
            let dropped: Vec<_> = exits.filter(|code| blockers.against(*code).is_none()).collect();
            assert_eq!(!dropped.is_empty(), drops, "{depends:?}: {dropped:?}");
        }
    }
}
