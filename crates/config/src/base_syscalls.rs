//! `base_syscalls.custom_set`: calls that are wanted or not, whatever rules look at.

use peregrine_event::{SyscallSet, names, syscalls};
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

/// `base_syscalls`: the configuration of calls of interest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BaseSyscalls {
    /// Reported beside what rules look at, instead of what the picture of the host is kept from.
    pub instead: Option<SyscallSet>,
    /// Never reported.
    pub never: SyscallSet,
    /// Calls that the state of the host needs are reported all the same.
    pub repair: bool,
    /// The picture of threads follows the names they give themselves.
    pub names: bool,
    /// Rules for nearly every event get those of reads and writes too.
    pub all: bool,
}

/// The names of `base_syscalls.custom_set` as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomSet(pub Vec<String>);

impl CustomSet {
    /// Puts the calls where [`BaseSyscalls`] has them; `!name` is never reported.
    pub fn put_in(&self, base: &mut BaseSyscalls) {
        for text in &self.0 {
            let name = text.strip_prefix('!').unwrap_or(text);
            let calls = calls(name);
            if calls.is_empty() {
                continue;
            }
            if name == text {
                let instead = base.instead.get_or_insert_default();
                *instead = instead.union(&calls);
            } else {
                base.never = base.never.union(&calls);
            }
        }
    }
}

/// The calls a name stands for: those whose events have it, or else the one that is called so.
fn calls(name: &str) -> SyscallSet {
    let by_event = syscalls::by_event_name(name);
    if by_event.is_empty() {
        return syscalls::by_name(name).map(|call| call.id).into_iter().collect();
    }
    by_event
}

impl Value for CustomSet {
    fn kind() -> Kind {
        Kind {
            words: "a list of system calls".to_owned(),
            schema: json!({"type": "array", "items": {"type": "string"}}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let names = reader.texts(node, key)?;
        let mut all_known = true;
        for (at, text) in names.iter().enumerate() {
            let name = text.strip_prefix('!').unwrap_or(text);
            if calls(name).is_empty() {
                let near = names::nearest(name, syscalls::all().iter().map(|call| call.name));
                let kind = ProblemKind::UnknownSyscall { name: name.to_owned(), near };
                let place = if let Body::List(list) = &node.body { list.get(at) } else { None };
                reader.refuse(place.unwrap_or(node), key, kind);
                all_known = false;
            }
        }
        all_known.then_some(Self(names))
    }

    fn json(&self) -> Json {
        json!(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_events_or_calls() {
        let check = |name: &str, expected: &[&str]| {
            let found = calls(name);
            let found: Vec<&str> =
                found.iter().filter_map(syscalls::by_id).map(|call| call.name).collect();
            assert_eq!(found, expected, "{name}");
        };
        check("openat", &["openat"]);
        check("prlimit", &["prlimit64"]);
        check("prlimit64", &["prlimit64"]);
        // Its 32-bit form is the same call.
        check("setuid", &["setuid", "setuid32"]);
        check("procexit", &["sched_process_exit"]);
        // It has no event of its own.
        check("statx", &["statx"]);
        check("syscall", &[]);
        check("nosuch", &[]);
    }
}
