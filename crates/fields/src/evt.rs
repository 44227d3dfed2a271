//! `evt.*` and `syscall.type`.

use std::sync::LazyLock;

use peregrine_event::{
    Category, EventFlags, EventInfo, EventType, ParamType, arguments, names, origin_flags,
};
use peregrine_filter::Value;
use peregrine_state::kinds;

use crate::arg::Arg;
use crate::call;
use crate::context::EventContext;
use crate::fspath;
use crate::getter::Get;
use crate::param::{of_flags, param_value};
use crate::render::{clean, little, param_text};
use crate::time::{iso8601, local_clock, local_date};

fn call_name(c: &EventContext<'_>) -> Option<&'static str> {
    c.event.view.info().is(Category::Syscall).then(|| c.event.view.type_name())
}

/// Every parameter: `res=0 fd=3(<f>/etc/passwd)`.
fn args(c: &EventContext<'_>) -> Option<String> {
    let view = &c.event.view;
    // Which call it is says its name; its numbers are for machines.
    if matches!(view.event_type(), EventType::GENERIC_E | EventType::GENERIC_X) {
        return Some(String::new());
    }
    let mut text = String::new();
    for (index, info) in view.info().params.iter().enumerate() {
        let Some(param) = param_text(c, index) else { break };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(info.name);
        text.push('=');
        text.push_str(&param.plain);
        if let Some(resolved) = param.resolved {
            text.push('(');
            text.push_str(&resolved);
            text.push(')');
        }
    }
    (!text.is_empty() || view.nparams() == 0).then_some(text)
}

fn param_index(c: &EventContext<'_>, arg: &Arg) -> Option<usize> {
    match arg {
        Arg::Index(index) => usize::try_from(*index).ok(),
        Arg::Param { places, .. } => places.of(c.event.view.event_type()),
        Arg::Key(name) => c.event.view.index_of(name),
        Arg::None | Arg::Static(..) => None,
    }
}

fn arg<'c>(c: &'c EventContext<'c>, arg: &Arg) -> Option<Value<'c>> {
    let index = param_index(c, arg)?;
    if let Some(other) = c.other_param(index) {
        return Some(clean(other));
    }
    param_value(c, index)
}

/// Flags read the same wherever the same event has the same number: both, as one.
pub(crate) fn flags_key(c: &EventContext<'_>, arg: &Arg) -> Option<u64> {
    const CODE: u32 = 48;
    let view = &c.event.view;
    let index = param_index(c, arg)?;
    if !of_flags(view.info().params.get(index)?.ty) {
        return None;
    }
    let number = little(view.param(index).filter(|bytes| !bytes.is_empty())?);
    (number >> CODE == 0).then_some(u64::from(view.event_type().0) << CODE | number)
}

fn raw_arg<'c>(c: &'c EventContext<'c>, arg: &Arg) -> Option<Value<'c>> {
    let view = &c.event.view;
    let index = param_index(c, arg)?;
    let info = view.info().params.get(index)?;
    let bytes = view.param(index)?;
    let is_text = matches!(info.ty, ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath);
    if bytes.is_empty() {
        // A text that is not there reads so; numbers have no value then.
        return is_text.then(|| Value::str(b"<NA>"));
    }
    Some(match info.ty {
        ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => {
            Value::str(view.str(index)?)
        }
        ParamType::Int8
        | ParamType::Int16
        | ParamType::Int32
        | ParamType::Int64
        | ParamType::Errno
        | ParamType::Fd
        | ParamType::Pid
        | ParamType::Fd32
        | ParamType::Pid32 => Value::Int(match bytes.len() {
            4 => view.i32(index)?.into(),
            _ => view.i64(index)?,
        }),
        ty if ty.size().is_some_and(|size| size <= 8) => Value::Uint(match bytes.len() {
            1 => view.u8(index)?.into(),
            2 => view.u16(index)?.into(),
            4 => view.u32(index)?.into(),
            _ => view.u64(index)?,
        }),
        _ => Value::Bytes(bytes.into()),
    })
}

/// The result; 0 of a call that cannot fail and has none of its own.
fn raw_result(c: &EventContext<'_>) -> Option<i64> {
    let info = c.event.view.info();
    let cannot_fail = info.is(Category::Syscall)
        && info.event_type().is_exit()
        && c.event.view.nparams() > 0
        && !matches!(info.event_type(), EventType::GENERIC_X)
        && c.result().is_none();
    // Of such a call the number it gives stands for it.
    let given = || {
        c.event.view.u32(0).filter(|_| info.params.first().is_some_and(|p| p.ty.size() == Some(4)))
    };
    if cannot_fail { Some(given().map_or(0, i64::from)) } else { c.result() }
}

/// `SUCCESS`, or the name of the error.
fn result(c: &EventContext<'_>) -> Option<Value<'static>> {
    let result = raw_result(c)?;
    if result >= 0 {
        return Some(Value::str(b"SUCCESS"));
    }
    // Calls that return the number of a process or thread: what fails is no number, and no name either.
    let number = c.event.view.info().params.first().is_some_and(|res| res.ty == ParamType::Pid);
    Some(match names::errno_name(result).filter(|_| !number) {
        Some(name) => Value::str(name.as_bytes()),
        None => Value::string(result.to_string()),
    })
}

fn has(c: &EventContext<'_>, flag: EventFlags) -> bool {
    c.event.view.info().flags.has(flag)
}

fn is_io(c: &EventContext<'_>) -> bool {
    has(c, EventFlags::READS_FROM_FD) || has(c, EventFlags::WRITES_TO_FD)
}

/// Whether the call is of those that read, write or otherwise work on a descriptor's data.
fn moves_data(c: &EventContext<'_>) -> bool {
    let info = c.event.view.info();
    [Category::IoRead, Category::IoWrite, Category::IoOther].iter().any(|io| info.is(*io))
}

fn buffer<'c>(c: &EventContext<'c>) -> Option<&'c [u8]> {
    if !is_io(c) {
        return None;
    }
    let view = &c.event.view;
    let index = view.info().params.iter().position(|param| param.name == "data")?;
    c.event.view.param(index)
}

const O_RDONLY: u32 = 1;
const O_WRONLY: u32 = 2;
const O_CREAT: u32 = 4;
const O_TMPFILE: u32 = 1 << 13;
const F_CREATED: u32 = 1 << 14;

/// The flags of an open in the capture format's numbers; `creat` has none and means these.
fn open_flags(c: &EventContext<'_>) -> Option<u32> {
    /// Where each kind of event has the flags.
    static FLAGS: LazyLock<Vec<Option<usize>>> = LazyLock::new(|| {
        let opens = |info: &EventInfo| {
            matches!(info.name, "open" | "openat" | "openat2" | "open_by_handle_at")
        };
        let place = |info: &EventInfo| opens(info).then(|| info.index_of("flags")).flatten();
        EventType::all().filter_map(EventType::info).map(place).collect()
    });
    let view = &c.event.view;
    if let Some(place) = *FLAGS.get(usize::from(view.event_type().0))? {
        return view.u32(place);
    }
    (view.info().name == "creat").then_some(O_WRONLY | O_CREAT)
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a getter")]
fn opens(c: &EventContext<'_>, test: fn(u32) -> bool) -> Option<Value<'static>> {
    Some(Value::Bool(open_flags(c).is_some_and(test)))
}

fn is_from(c: &EventContext<'_>, flag: u16) -> bool {
    c.event.trailer.origin().is_some_and(|origin| origin.flags & flag != 0)
}

const ANY_EXEC: u32 = 0o111;
const S_ISUID: u32 = 0o4000;

/// A file is made with one of these permissions.
fn creates_with(c: &EventContext<'_>, bits: u32) -> bool {
    let view = &c.event.view;
    let creates = open_flags(c).is_some_and(|flags| flags & (O_CREAT | O_TMPFILE) != 0);
    let mode = view.index_of("mode").and_then(|index| view.u32(index)).unwrap_or(0);
    creates && mode & bits != 0
}

fn category(c: &EventContext<'_>) -> Option<&'static str> {
    use Category::{
        File, Internal, IoOther, IoRead, IoWrite, Ipc, Memory, Net, Other, Process, Processing,
        Scheduler, Signal, Sleep, System, Time, User, Wait,
    };
    Some(match c.event.view.info().categories.first() {
        Other => "other",
        File => "file",
        Net => "net",
        Ipc => "IPC",
        Memory => "memory",
        Process => "process",
        Sleep => "sleep",
        System => "system",
        Signal => "signal",
        User => "user",
        Time => "time",
        Processing => "processing",
        IoRead | IoWrite | IoOther => match c.fd() {
            Some(info) if info.is_path() => "file",
            Some(info) if info.is_inet() => "net",
            Some(info)
                if matches!(
                    info.kind_row().and_then(|kind| kind.letter),
                    Some('p' | 'u' | 'e' | 's' | 'i')
                ) =>
            {
                "ipc"
            }
            _ => "unknown",
        },
        Wait => "wait",
        Scheduler => "scheduler",
        Internal => "internal",
        _ => return None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a getter")]
fn yes(truth: bool) -> Option<Value<'static>> {
    Some(Value::Bool(truth))
}

fn one_if(truth: bool) -> Option<Value<'static>> {
    truth.then_some(Value::Uint(1))
}

fn tells_of_thread(c: &EventContext<'_>) -> bool {
    c.event.view.event_type() == EventType::PROCINFO_E
}

/// No act of a thread but a message about the host.
fn is_message(c: &EventContext<'_>) -> bool {
    c.event.view.info().is(Category::Metaevent)
}

/// What an error is counted as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ErrorOf {
    File,
    Net,
    Other,
}

/// By the descriptor; without one by the call that was to make one.
fn error_of(c: &EventContext<'_>) -> ErrorOf {
    match c.fd() {
        Some(info) if info.is_path() => ErrorOf::File,
        Some(info) if info.is_inet() || info.kind == kinds::UNIX_SOCK => ErrorOf::Net,
        Some(_) => ErrorOf::Other,
        None => match c.event.view.info().name {
            "open" | "openat" | "openat2" | "creat" => ErrorOf::File,
            "accept" | "accept4" | "connect" | "bind" => ErrorOf::Net,
            _ => ErrorOf::Other,
        },
    }
}

fn is_of_memory(c: &EventContext<'_>) -> bool {
    c.event.view.info().categories.first() == Category::Memory
}

/// 1 for an error and 0 for a success; nothing for what has no result, or is counted elsewhere.
fn errors(c: &EventContext<'_>, here: bool) -> Option<Value<'static>> {
    let result = raw_result(c).filter(|_| here)?;
    Some(Value::Uint((result < 0).into()))
}

fn dated(c: &EventContext<'_>) -> String {
    let ts = c.event.view.ts();
    local_date(ts, c.outside.utc_offset(ts))
}

fn clock(c: &EventContext<'_>) -> String {
    let ts = c.event.view.ts();
    local_clock(ts, c.outside.utc_offset(ts))
}

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "evt.num" => |c, _| Some(Value::Uint(c.event.num)),
        "evt.time" | "evt.outputtime" => |c, _| Some(Value::string(clock(c))),
        "evt.time.s" => |c, _| Some(Value::string(clock(c).get(..8)?)),
        "evt.time.iso8601" => |c, _| Some(Value::string(iso8601(c.event.view.ts(), "+0000"))),
        "evt.datetime" => |c, _| Some(Value::string(dated(c))),
        "evt.datetime.s" => |c, _| Some(Value::string(dated(c).get(..19)?)),
        "evt.rawtime" => |c, _| Some(Value::Uint(c.event.view.ts())),
        // The distance in milliseconds, a begun one counted.
        "evt.around" => |c, arg| {
            let middle = u64::try_from(arg.index()?).ok()?;
            Some(Value::Uint(c.event.view.ts().abs_diff(middle).div_ceil(MILLISECOND)))
        },
        "evt.rawtime.s" => |c, _| Some(Value::Uint(c.event.view.ts() / SECOND)),
        "evt.rawtime.ns" => |c, _| Some(Value::Uint(c.event.view.ts() % SECOND)),
        "evt.reltime" => |c, _| Some(Value::Uint(c.event.view.ts().saturating_sub(c.first_ts))),
        "evt.reltime.s" => {
            |c, _| Some(Value::Uint(c.event.view.ts().saturating_sub(c.first_ts) / SECOND))
        }
        "evt.reltime.ns" => {
            |c, _| Some(Value::Uint(c.event.view.ts().saturating_sub(c.first_ts) % SECOND))
        }
        // Falco has taken the event in when it reckons: it is its own predecessor.
        "evt.deltatime" | "evt.deltatime.s" | "evt.deltatime.ns" => |_, _| Some(Value::Uint(0)),
        // Events of the entry of a call are gone: between it and the exit there is no time any more.
        "evt.latency" | "evt.latency.s" | "evt.latency.ns" | "evt.latency.quantized" => {
            |_, _| Some(Value::Uint(0))
        }
        "evt.latency.human" => |_, _| Some(Value::str(b"0ns")),
        "evt.wait_latency" => |c, _| {
            let info = c.event.view.info();
            let waits = info.flags.has(EventFlags::WAITS) && info.event_type().is_exit();
            waits.then_some(Value::Uint(0))
        },
        "evt.source" => |_, _| Some(Value::str(b"syscall")),
        "evt.is_async" => |c, _| yes(is_message(c)),
        "evt.hostname" => |c, _| Some(Value::string(c.outside.hostname())),
        "evt.dir" => {
            |c, _| Some(Value::str(if c.event.view.event_type().is_exit() { b"<" } else { b">" }))
        }
        "evt.type" => |c, _| Some(Value::str(c.event.view.type_name().as_bytes())),
        "evt.type.is" => |c, arg| {
            let named = match arg {
                Arg::Key(name) => c.event.view.type_name() == name,
                Arg::Index(id) => i64::from(c.event.view.event_type().0) == *id,
                Arg::None | Arg::Param { .. } | Arg::Static(..) => false,
            };
            Some(Value::Uint(named.into()))
        },
        "syscall.type" => |c, _| call_name(c).map(|name| Value::str(name.as_bytes())),
        "evt.category" => |c, _| category(c).map(|name| Value::str(name.as_bytes())),
        "evt.cpu" => |c, _| Some(Value::Int(c.event.cpu.into())),
        "evt.args" | "evt.info" => |c, _| args(c).map(Value::string),
        "evt.abspath" => |c, a| fspath::abspath(c, a.key()),
        "evt.asynctype" => |c, _| {
            let view = &c.event.view;
            if view.event_type() == EventType::ASYNCEVENT_E {
                return view.str(1).map(Value::str);
            }
            is_message(c).then(|| Value::str(c.event.view.type_name().as_bytes()))
        },
        "evt.arg" => |c, a| arg(c, a),
        "evt.rawarg" => |c, a| raw_arg(c, a),
        "evt.buffer" => |c, _| buffer(c).map(|bytes| Value::Bytes(bytes.into())),
        "evt.buflen" => |c, _| {
            (moves_data(c) && c.fd().is_some())
                .then(|| c.result())
                .flatten()
                .and_then(|n| u64::try_from(n).ok())
                .map(Value::Uint)
        },
        "evt.res" => |c, _| result(c),
        "evt.rawres" => |c, _| raw_result(c).map(Value::Int),
        "evt.failed" => |c, _| raw_result(c).map(|result| Value::Bool(result < 0)),
        "evt.is_io" => |c, _| yes(is_io(c)),
        "evt.is_io_read" => |c, _| yes(has(c, EventFlags::READS_FROM_FD)),
        "evt.is_io_write" => |c, _| yes(has(c, EventFlags::WRITES_TO_FD)),
        "evt.io_dir" => |c, _| {
            if has(c, EventFlags::READS_FROM_FD) {
                return Some(Value::str(b"read"));
            }
            has(c, EventFlags::WRITES_TO_FD).then(|| Value::str(b"write"))
        },
        "evt.is_wait" => |c, _| yes(has(c, EventFlags::WAITS)),
        "evt.is_syslog" => |c, _| {
            let log =
                c.fd().is_some_and(|info| info.name.windows(8).any(|part| part == b"/dev/log"));
            yes(has(c, EventFlags::WRITES_TO_FD) && log)
        },
        "evt.count" => |_, _| Some(Value::Uint(1)),
        "evt.count.error" => |c, _| errors(c, true),
        "evt.count.error.file" => |c, _| errors(c, error_of(c) == ErrorOf::File),
        "evt.count.error.net" => |c, _| errors(c, error_of(c) == ErrorOf::Net),
        "evt.count.error.memory" => |c, _| errors(c, is_of_memory(c)),
        "evt.count.error.other" => {
            |c, _| errors(c, error_of(c) == ErrorOf::Other && !is_of_memory(c))
        }
        "evt.count.procinfo" => |c, _| {
            let main = c.thread().is_some_and(peregrine_state::Thread::is_main);
            Some(Value::Uint((tells_of_thread(c) && main).into()))
        },
        "evt.count.threadinfo" => |c, _| Some(Value::Uint(tells_of_thread(c).into())),
        "evt.count.exit" => |c, _| one_if(c.event.view.event_type().is_exit()),
        "evt.is_open_read" => |c, _| opens(c, |flags| flags & O_RDONLY != 0),
        "evt.is_open_write" => |c, _| opens(c, |flags| flags & O_WRONLY != 0),
        "evt.is_open_exec" => |c, _| yes(creates_with(c, ANY_EXEC)),
        "evt.is_open_create" => |c, _| opens(c, |flags| flags & (F_CREATED | O_TMPFILE) != 0),
        "evt.is_open_setuid" => |c, _| yes(creates_with(c, S_ISUID)),
        "evt.call.name" => |c, _| c.event.trailer.argument(arguments::NAME).map(Value::str),
        "evt.call.value" => |c, _| call::value(c),
        "evt.is_io_uring" => |c, _| yes(is_from(c, origin_flags::IO_URING)),
        "evt.is_open_place" => |c, _| yes(is_from(c, origin_flags::PLACE)),
        _ => return None,
    };
    Some(get)
}
