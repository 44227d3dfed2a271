//! `thread.exectime`, `thread.totexectime`, `thread.cpu*`: time on a CPU.
//!
//! Falco keeps no account of it: a thread has spent none, and of its share of a CPU it reports
//! only where `procinfo` says how much that was.

use peregrine_filter::Value;

use crate::context::EventContext;
use crate::getter::Get;

fn share(c: &EventContext<'_>) -> Option<Value<'static>> {
    let reported = c.event.view.info().name == "procinfo";
    c.thread().filter(|_| reported).map(|_| Value::Double(0.0))
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "thread.exectime" => |_, _| Some(Value::Uint(0)),
        "thread.totexectime" => |c, _| c.thread().map(|_| Value::Uint(0)),
        "thread.cpu" | "thread.cpu.user" | "thread.cpu.system" => |c, _| share(c),
        _ => return None,
    };
    Some(get)
}
