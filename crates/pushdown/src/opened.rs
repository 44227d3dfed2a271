//! Rules that read, at an event that opens nothing, how its descriptor was opened. The probe reports
//! again what the descriptor is, but not the requested name. Where there is such a rule, every open is
//! emitted.

use peregrine_event::{CallRoles, Category, EventFlags, EventType, ParamType};
use peregrine_fields::{Arg, Depends, Field};
use peregrine_filter::{Node, Predicate};

/// Whether a rule reads this for events of a type.
pub(crate) fn asks(root: &Node<Field>, code: EventType) -> bool {
    is_told_beside_opens(code) && look(root, code, is_about_an_open) == Look::Back
}

/// Whether a rule reads the standard streams for events of a type. The probe reports them again where a
/// program starts.
pub(crate) fn asks_for_streams(root: &Node<Field>, code: EventType) -> bool {
    const TELLS: [EventType; 2] = [EventType::SYSCALL_EXECVE_19_X, EventType::SYSCALL_EXECVEAT_X];
    !TELLS.contains(&code) && is_told(code) && look(root, code, is_about_a_stream) == Look::Back
}

fn is_about_a_stream(predicate: &Predicate<Field>, _: EventType) -> bool {
    let mut about = false;
    predicate.fields(&mut |field| about |= field.info.depends == Depends::StandardStreams);
    about
}

/// Whether a comparison reads an earlier open.
type Asks = fn(&Predicate<Field>, EventType) -> bool;

/// What remains of a condition once the event type is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It has the same value for every event of the type.
    Constant(bool),
    /// It reads the event only.
    Here,
    /// It reads an earlier open.
    Back,
}

fn look(node: &Node<Field>, code: EventType, asks: Asks) -> Look {
    match node {
        Node::Not(inner) => match look(inner, code, asks) {
            Look::Constant(truth) => Look::Constant(!truth),
            other => other,
        },
        Node::And(parts) => all(parts, code, asks, true),
        Node::Or(parts) => all(parts, code, asks, false),
        Node::Predicate(predicate) => match &predicate.kinds {
            Some(kinds) if !kinds.contains(code.0) => Look::Constant(false),
            Some(_) if predicate.always_for.contains(code.0) => Look::Constant(true),
            _ if asks(predicate, code) => Look::Back,
            _ => Look::Here,
        },
    }
}

/// Combines parts of which each leaves the whole open while it is `idle`; a part that never is decides
/// it.
fn all(parts: &[Node<Field>], code: EventType, asks: Asks, idle: bool) -> Look {
    let mut found = Look::Constant(idle);
    for part in parts {
        match look(part, code, asks) {
            Look::Constant(truth) if truth == idle => {}
            Look::Constant(truth) => return Look::Constant(truth),
            Look::Back => found = Look::Back,
            Look::Here if found == Look::Back => {}
            Look::Here => found = Look::Here,
        }
    }
    found
}

fn is_about_an_open(predicate: &Predicate<Field>, code: EventType) -> bool {
    let mut about = false;
    predicate.fields(&mut |field| {
        about |= match field.info.depends {
            Depends::Argument => names_descriptor(&field.arg),
            // The event opens one too, and reports its name.
            Depends::OpenedPath => code != EventType::SYSCALL_OPEN_BY_HANDLE_AT_X,
            Depends::Unknown
            | Depends::Stream
            | Depends::FdTable
            | Depends::StandardStreams
            | Depends::Descriptor
            | Depends::Event
            | Depends::Process
            | Depends::Lineage
            | Depends::Container
            | Depends::Host
            | Depends::HostName => false,
        };
    });
    about
}

/// Whether an argument of this name is a descriptor in some event.
fn names_descriptor(arg: &Arg) -> bool {
    let Some(key) = arg.key() else { return true };
    EventType::all().filter_map(EventType::info).any(|info| {
        info.params.iter().any(|param| {
            param.name == key
                && matches!(param.ty, ParamType::Fd | ParamType::Fd32 | ParamType::Fdlist)
        })
    })
}

/// Whether the current probe emits an event of this type for which rules are evaluated.
fn is_told(code: EventType) -> bool {
    code.info().is_some_and(|info| {
        let entry = info.is(Category::Syscall) && !code.is_exit();
        info.live && !entry && !info.flags.has(EventFlags::OLD_VERSION)
    })
}

/// The same, of an event that opens nothing.
fn is_told_beside_opens(code: EventType) -> bool {
    is_told(code) && !code.has_role(CallRoles::OPENS)
}
