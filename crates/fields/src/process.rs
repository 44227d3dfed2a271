//! `proc.*` and `thread.*`.

use std::io::Write as _;

use peregrine_event::{EventType, Whose};
use peregrine_filter::{Together, Value};
use peregrine_state::{StrList, Thread, exe_flags};

use crate::arg::Arg;
use crate::container;
use crate::context::EventContext;
use crate::getter::{Each, Get};
use crate::render::{clean, replaced};

/// Texts with a blank between.
fn joined<'v>(c: &EventContext<'v>, parts: &StrList) -> Option<Value<'v>> {
    c.text(|out| {
        join(out, parts);
        Some(())
    })
}

/// Of arguments and variables control characters are replaced, as in Falco.
fn join(out: &mut Vec<u8>, parts: &StrList) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(&replaced(part));
    }
}

/// `proc.name` and its arguments.
fn cmdline<'v>(c: &EventContext<'v>, thread: &Thread) -> Option<Value<'v>> {
    c.text(|out| {
        out.extend_from_slice(&thread.comm);
        for arg in &thread.image.args {
            out.push(b' ');
            out.extend_from_slice(&replaced(arg));
        }
        Some(())
    })
}

/// `proc.exe`, a blank, and the arguments.
fn exeline<'v>(c: &EventContext<'v>, thread: &Thread) -> Option<Value<'v>> {
    c.text(|out| {
        out.extend_from_slice(&thread.image.exe);
        out.push(b' ');
        join(out, &thread.image.args);
        Some(())
    })
}

/// One variable's value, or all of them: those of the first thread of the process.
fn env<'c>(c: &EventContext<'c>, thread: &'c Thread, arg: &Arg) -> Option<Value<'c>> {
    let main = c.state.main_thread(thread.pid).or_else(|| thread.has_env().then_some(thread));
    let Some(main) = main else { return Some(Value::str(b"")) };
    match arg {
        // A variable that is not set is empty.
        Arg::Key(name) => {
            let value =
                |variable: &'c [u8]| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"=");
            Some(clean(main.image.env.iter().find_map(value).unwrap_or_default()))
        }
        _ => joined(c, &main.image.env),
    }
}

fn parent<'c>(c: &EventContext<'c>) -> Option<&'c Thread> {
    c.state.parent(c.thread()?)
}

/// An ancestor by number (0 the process itself, 1 its parent), or every one of them.
fn ancestors<'c>(
    c: &'c EventContext<'c>,
    arg: &Arg,
    get: fn(&EventContext<'c>, &'c Thread) -> Option<Value<'c>>,
) -> Option<Value<'c>> {
    let thread = c.main_thread()?;
    match arg.index() {
        Some(0) => get(c, thread),
        Some(level) => {
            let level = usize::try_from(level).ok()?.checked_sub(1)?;
            c.state.ancestors(thread).nth(level).and_then(|ancestor| get(c, ancestor))
        }
        None => {
            let ancestors = c.state.ancestor_threads(thread);
            let all: Vec<Value<'_>> = ancestors.filter_map(|ancestor| get(c, ancestor)).collect();
            // Nothing but empty texts is nothing.
            let reported =
                all.iter().any(|one| !matches!(one, Value::Str(text) if text.is_empty()));
            reported.then_some(Value::Any(all))
        }
    }
}

/// What names a session or group, and whether its numbers are those of the thread's pid namespace.
#[derive(Clone, Copy)]
struct Leads {
    number: fn(&Thread) -> i64,
    inside: bool,
}

const SESSION: Leads = Leads { number: |thread| thread.sid, inside: true };
const GROUP: Leads = Leads { number: |thread| thread.vpgid, inside: true };
const HOST_GROUP: Leads = Leads { number: |thread| thread.pgid, inside: false };

/// The thread that leads a session or group: the one with its number, or where that is gone or
/// numbered in another namespace the eldest ancestor in it.
fn leader<'c>(c: &EventContext<'c>, leads: Leads) -> Option<&'c Thread> {
    let thread = c.thread()?;
    let number = (leads.number)(thread);
    if number == -1 {
        return None;
    }
    if !(leads.inside && thread.in_pid_namespace())
        && let Some(leader) = c.state.thread(number)
    {
        return Some(leader);
    }
    let from = c.state.main_thread(thread.pid).unwrap_or(thread);
    c.state.threads_above(from).take_while(|ancestor| (leads.number)(ancestor) == number).last()
}

/// A text of the leader; empty where there is none.
fn of_leader<'c>(
    c: &EventContext<'c>,
    leads: Leads,
    text: fn(&'c Thread) -> &'c [u8],
) -> Option<Value<'c>> {
    c.thread()?;
    Some(Value::str(leader(c, leads).map(text).unwrap_or_default()))
}

/// A number of a thread or process; more than the kernel has are none.
fn id(number: i64) -> Option<Value<'static>> {
    i32::try_from(number).is_ok().then_some(Value::Int(number))
}

/// A number that is not known is none.
fn known(number: i64) -> Option<Value<'static>> {
    (number != -1).then_some(Value::Int(number))
}

/// The eldest shell among a process and its ancestors: shells have names that end in `sh`.
fn login_shell(c: &EventContext<'_>) -> Option<i64> {
    let thread = c.main_thread()?;
    let shell = |thread: &&Thread| thread.comm.ends_with(b"sh");
    let eldest = c.state.ancestor_threads(thread).filter(shell).last();
    eldest.or_else(|| Some(thread).filter(shell)).map(|thread| thread.pid)
}

/// The first thread of the event's process. Where no event described it there is none.
fn first<'c>(c: &EventContext<'c>) -> Option<&'c Thread> {
    let thread = c.thread().filter(|thread| thread.known)?;
    c.state.main_thread(thread.pid)
}

/// A number Falco keeps as 0 where it has none.
fn nonzero(number: u64) -> Option<Value<'static>> {
    (number != 0).then_some(Value::Uint(number))
}

fn open_fds(c: &EventContext<'_>) -> u64 {
    let process = first(c).and_then(|main| c.state.fd_count_of(main.pid));
    process.map_or(0, |count| count as u64)
}

/// What a process may open; of an unknown one nothing.
fn fd_limit(c: &EventContext<'_>) -> i64 {
    first(c).map_or(0, |main| main.fdlimit)
}

/// What a thread runs, as far as its path can be believed: an image's file counts in its container.
fn program(thread: &Thread) -> &[u8] {
    let image = &thread.image;
    let counts = image.whose != Whose::Image || container::inside(thread).is_some();
    if counts { &image.program } else { b"" }
}

fn known_program(thread: &Thread) -> Option<Value<'_>> {
    Some(program(thread)).filter(|path| !path.is_empty()).map(Value::str)
}

fn flag(c: &EventContext<'_>, bit: u32) -> Option<Value<'static>> {
    Some(Value::Bool(c.main_thread()?.image.flags & bit != 0))
}

fn since(now: u64, then: u64) -> Option<Value<'static>> {
    (then != 0).then(|| Value::Uint(now.saturating_sub(then)))
}

fn stream<'c>(c: &'c EventContext<'c>, fd: i64) -> Option<&'c peregrine_state::FdInfo> {
    c.state.fd(c.thread()?.files(), fd)
}

fn stream_type(c: &EventContext<'_>, fd: i64) -> Option<Value<'static>> {
    stream(c, fd)?.kind_row()?.word.map(|word| Value::str(word.as_bytes()))
}

fn stream_name<'c>(c: &'c EventContext<'c>, fd: i64) -> Option<Value<'c>> {
    Some(Value::str(&stream(c, fd)?.name))
}

fn threads(c: &EventContext<'_>, thread: &Thread) -> u64 {
    let process = c.state.process_of(thread).filter(|_| thread.known);
    // The thread that ends does not count any more.
    let ends = u64::from(c.event.view.event_type() == EventType::PROCEXIT_1_E);
    process.map_or(0, |process| (process.threads.len() as u64).saturating_sub(ends))
}

/// Threads besides the first.
fn others(c: &EventContext<'_>, thread: &Thread) -> u64 {
    let Some(process) = c.state.process_of(thread).filter(|_| thread.known) else { return 0 };
    let ends = c.event.view.event_type() == EventType::PROCEXIT_1_E;
    let lives = |tid: &&i64| **tid != thread.pid && !(ends && **tid == thread.tid);
    process.threads.iter().filter(lives).count() as u64
}

/// A control group's controller by its name in `/proc` (kernels have others for some: `io`,
/// `mem_cgroup`), and its
/// path behind `=`.
fn controller(group: &[u8]) -> (&[u8], &[u8]) {
    let end = group.iter().position(|byte| *byte == b'=').unwrap_or(group.len());
    let (name, path) = group.split_at(end);
    let name = name.strip_suffix(b"_cgroup").unwrap_or(name);
    let name: &[u8] = match name {
        b"io" => b"blkio",
        b"mem" => b"memory",
        b"perf" => b"perf_event",
        name => name,
    };
    (name, path)
}

fn capabilities<'v>(c: &EventContext<'v>, set: u64) -> Option<Value<'v>> {
    c.text(|out| {
        for name in peregrine_event::names::capability_names(set) {
            if !out.is_empty() {
                out.push(b' ');
            }
            out.extend_from_slice(name.as_bytes());
        }
        Some(())
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every getter has one shape")]
fn any_process(value: Value<'_>) -> Option<Value<'_>> {
    Some(value)
}

/// Fields about every ancestor, one value each.
pub(crate) fn each(name: &str) -> Option<Each> {
    /// Hands out a text of each ancestor.
    fn texts(
        c: &EventContext<'_>,
        take: &mut dyn FnMut(&Value<'_>),
        text: fn(&Thread) -> &[u8],
    ) -> Together {
        if let Some(thread) = c.main_thread() {
            c.state.ancestor_threads(thread).for_each(|ancestor| take(&Value::str(text(ancestor))));
        }
        Together::Any
    }
    let each: Each = match name {
        "proc.aname" => |c, take| texts(c, take, |thread| &thread.comm),
        "proc.aexe" => |c, take| texts(c, take, |thread| &thread.image.exe),
        "proc.aexepath" => |c, take| texts(c, take, |thread| &thread.image.exepath),
        "proc.aprogram" => |c, take| texts(c, take, program),
        "proc.apid" => |c, take| {
            if let Some(thread) = c.main_thread() {
                c.state.ancestors(thread).for_each(|ancestor| take(&Value::Int(ancestor.pid)));
            }
            Together::Any
        },
        _ => return None,
    };
    Some(each)
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "proc.name" => |c, _| any_process(Value::str(&c.thread()?.comm)),
        "proc.exe" => |c, _| Some(Value::str(&c.thread()?.image.exe)),
        "proc.exepath" => |c, _| Some(Value::str(&c.thread()?.image.exepath)),
        "proc.pexe" => |c, _| Some(Value::str(&parent(c)?.image.exe)),
        "proc.pexepath" => |c, _| Some(Value::str(&parent(c)?.image.exepath)),
        "proc.pname" => |c, _| Some(Value::str(&parent(c)?.comm)),
        "proc.pcmdline" => |c, _| cmdline(c, parent(c)?),
        "proc.args" => |c, arg| {
            let args = &c.thread()?.image.args;
            match arg.index() {
                // One that is not there is empty.
                Some(index) => {
                    let arg = args.get(usize::try_from(index).ok()?);
                    Some(clean(arg.unwrap_or_default()))
                }
                None => joined(c, args),
            }
        },
        "proc.cmdline" => |c, _| cmdline(c, c.thread()?),
        "proc.exeline" => |c, _| exeline(c, c.thread()?),
        "proc.cmdnargs" => |c, _| Some(Value::Uint(c.thread()?.image.args.len() as u64)),
        "proc.cmdlenargs" => |c, _| Some(Value::Uint(c.thread()?.image.args.bytes() as u64)),
        "proc.env" => |c, arg| env(c, c.thread()?, arg),
        "proc.aname" => |c, arg| ancestors(c, arg, |_, t| Some(Value::str(&t.comm))),
        "proc.aexe" => |c, arg| ancestors(c, arg, |_, t| Some(Value::str(&t.image.exe))),
        "proc.aexepath" => |c, arg| ancestors(c, arg, |_, t| Some(Value::str(&t.image.exepath))),
        "proc.exepath.resolved" => |c, _| {
            let image = &c.thread()?.image;
            Some(Value::str(image.known_as.as_deref().unwrap_or(&image.exepath)))
        },
        "proc.program" => |c, _| known_program(c.thread()?),
        "proc.pprogram" => |c, _| known_program(parent(c)?),
        "proc.aprogram" => |c, arg| ancestors(c, arg, |_, t| known_program(t)),
        "proc.acmdline" => |c, arg| ancestors(c, arg, cmdline),
        "proc.aargs" => |c, arg| ancestors(c, arg, |c, t| joined(c, &t.image.args)),
        // Without a number the process itself is meant, but for conditions.
        "proc.apid" => |c, arg| {
            let level = Arg::Index(arg.index().unwrap_or(0));
            match ancestors(c, &level, |_, t| t.known.then_some(Value::Int(t.pid)))? {
                Value::Int(pid) => id(pid),
                other => Some(other),
            }
        },
        "proc.aenv" => |c, arg| {
            if let Arg::Key(_) = arg {
                let ancestors = c.state.ancestors(c.main_thread()?).take(20);
                return Some(Value::Any(ancestors.filter_map(|t| env(c, t, arg)).collect()));
            }
            // The ancestors are unknown: in Falco their fields have no values.
            if !c.thread()?.known {
                return Some(Value::str(b""));
            }
            let level = Arg::Index(arg.index().unwrap_or(0));
            ancestors(c, &level, |c, t| joined(c, &t.image.env))
        },
        "proc.cwd" => |c, _| {
            let thread = c.thread()?;
            if !thread.known {
                return Some(Value::str(b"./"));
            }
            let cwd = c.state.cwd(thread);
            if cwd.last().is_none_or(|last| *last == b'/') {
                return Some(Value::str(cwd));
            }
            c.text(|out| {
                out.extend_from_slice(cwd);
                out.push(b'/');
                Some(())
            })
        },
        "proc.loginshellid" => |c, _| login_shell(c).map(Value::Int),
        "proc.tty" => |c, _| Some(Value::Uint(c.thread()?.tty.into())),
        "proc.pid" => |c, _| id(c.thread().map(|t| if t.known { t.pid } else { -1 })?),
        // An unknown parent has no number: of the first process, and of the kernel's helpers.
        "proc.ppid" => |c, _| id(parent(c)?.pid),
        "proc.vpid" => |c, _| known(c.thread()?.vpid),
        "proc.pvpid" => |c, _| Some(Value::Int(c.state.parent_thread(c.thread()?)?.vpid)),
        "proc.sid" => |c, _| Some(Value::Int(c.thread()?.sid)),
        "proc.sname" => |c, _| of_leader(c, SESSION, |t| &t.comm),
        "proc.sid.exe" => |c, _| of_leader(c, SESSION, |t| &t.image.exe),
        "proc.sid.exepath" => |c, _| of_leader(c, SESSION, |t| &t.image.exepath),
        "proc.vpgid" => |c, _| Some(Value::Int(c.thread()?.vpgid)),
        "proc.vpgid.name" => |c, _| of_leader(c, GROUP, |t| &t.comm),
        "proc.vpgid.exe" => |c, _| of_leader(c, GROUP, |t| &t.image.exe),
        "proc.vpgid.exepath" => |c, _| of_leader(c, GROUP, |t| &t.image.exepath),
        "proc.pgid" => |c, _| Some(Value::Int(c.thread()?.pgid)),
        "proc.pgid.name" => |c, _| of_leader(c, HOST_GROUP, |t| &t.comm),
        "proc.pgid.exe" => |c, _| of_leader(c, HOST_GROUP, |t| &t.image.exe),
        "proc.pgid.exepath" => |c, _| of_leader(c, HOST_GROUP, |t| &t.image.exepath),
        "proc.is_sid_leader" => |c, _| c.thread().map(|t| Value::Bool(t.sid == t.vpid)),
        "proc.is_vpgid_leader" => |c, _| c.thread().map(|t| Value::Bool(t.vpgid == t.vpid)),
        "proc.is_pgid_leader" => |c, _| {
            // Of an unknown thread neither number is known: they are equal, in Falco.
            c.thread().map(|t| Value::Bool(t.pgid == t.pid || !t.known))
        },
        "proc.duration" => |c, _| since(c.event.view.ts(), c.thread()?.start_ts),
        "proc.ppid.duration" => |c, _| since(c.event.view.ts(), parent(c)?.start_ts),
        "proc.pid.ts" => |c, _| nonzero(c.thread()?.start_ts),
        // A parent is a thread where a capture has it: it began later than its process.
        "proc.ppid.ts" => |c, _| Some(Value::Uint(c.state.parent_thread(c.thread()?)?.start_ts)),
        "proc.is_exe_writable" => |c, _| flag(c, exe_flags::WRITABLE),
        "proc.is_exe_upper_layer" => |c, _| flag(c, exe_flags::UPPER_LAYER),
        "proc.is_exe_lower_layer" => |c, _| flag(c, exe_flags::LOWER_LAYER),
        "proc.is_exe_from_memfd" => |c, _| flag(c, exe_flags::FROM_MEMFD),
        "proc.is_exe_removed" => |c, _| Some(Value::Bool(c.main_thread()?.image.removed)),
        // An inode 0 is none.
        "proc.exe_ino" => |c, _| {
            let ino = c.thread()?.image.ino;
            (ino != 0).then(|| Value::Int(ino.cast_signed()))
        },
        "proc.exe_ino.ctime" => |c, _| nonzero(c.thread()?.image.ctime),
        "proc.exe_ino.mtime" => |c, _| nonzero(c.thread()?.image.mtime),
        // Both are reckoned when the program starts, and stay with it and what it forks.
        "proc.exe_ino.ctime_duration_proc_start" => {
            |c, _| nonzero(c.thread()?.image.ctime_to_start)
        }
        "proc.exe_ino.ctime_duration_pidns_start" => {
            |c, _| nonzero(c.thread()?.image.pidns_to_ctime)
        }
        "proc.pidns_init_start_ts" => |c, _| nonzero(c.thread()?.pidns_start_ts),
        "thread.cap_permitted" => |c, _| capabilities(c, c.thread()?.cap_permitted),
        "thread.cap_inheritable" => |c, _| capabilities(c, c.thread()?.cap_inheritable),
        "thread.cap_effective" => |c, _| capabilities(c, c.thread()?.cap_effective),
        "proc.fdopencount" => |c, _| c.thread().map(|_| Value::Uint(open_fds(c))),
        "proc.fdlimit" => |c, _| c.thread().map(|_| Value::Int(fd_limit(c))),
        "proc.fdusage" => |c, _| {
            c.thread()?;
            let open = u32::try_from(open_fds(c)).unwrap_or(u32::MAX);
            let limit = u32::try_from(fd_limit(c)).unwrap_or(0);
            let full = f64::from(open) * 100.0 / f64::from(limit);
            Some(Value::Double(if limit > 0 { full } else { 0.0 }))
        },
        "proc.vmsize" => |c, _| Some(Value::Uint(c.thread()?.vm_size.into())),
        "proc.vmrss" => |c, _| Some(Value::Uint(c.thread()?.vm_rss.into())),
        // Memory is the process': it is reported for its first thread.
        "thread.vmsize" => |c, _| {
            let thread = c.thread()?;
            Some(Value::Uint(if thread.is_main() { thread.vm_size.into() } else { 0 }))
        },
        "thread.vmrss" => |c, _| {
            let thread = c.thread()?;
            Some(Value::Uint(if thread.is_main() { thread.vm_rss.into() } else { 0 }))
        },
        "proc.vmswap" => |c, _| Some(Value::Uint(c.thread()?.vm_swap.into())),
        "thread.pfmajor" => |c, _| Some(Value::Uint(c.thread()?.pgft_maj)),
        "thread.pfminor" => |c, _| Some(Value::Uint(c.thread()?.pgft_min)),
        "thread.tid" => |c, _| id(c.event.view.tid()),
        "thread.vtid" => |c, _| known(c.thread()?.vtid),
        "thread.nametid" => |c, _| {
            let name = &c.thread()?.comm;
            c.text(|out| {
                out.extend_from_slice(name);
                write!(out, "{}", c.event.view.tid()).ok()
            })
        },
        "thread.ismain" => |c, _| Some(Value::Bool(c.thread()?.is_main())),
        "thread.cgroups" => |c, _| {
            let groups = &c.thread()?.cgroups;
            groups.iter().next()?;
            c.text(|out| {
                for (index, group) in groups.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    let (controller, path) = controller(group);
                    out.extend_from_slice(controller);
                    out.extend_from_slice(path);
                }
                Some(())
            })
        },
        "thread.cgroup" => |c, arg| {
            let wanted = arg.key()?.as_bytes();
            let groups = &c.thread()?.cgroups;
            groups
                .iter()
                .find_map(|group| {
                    let (controller, path) = controller(group);
                    path.strip_prefix(b"=").filter(|_| controller == wanted)
                })
                .map(Value::str)
        },
        "proc.nthreads" => |c, _| Some(Value::Uint(threads(c, c.thread()?))),
        "proc.nchilds" => |c, _| Some(Value::Uint(others(c, c.thread()?))),
        "proc.stdin.type" => |c, _| stream_type(c, 0),
        "proc.stdout.type" => |c, _| stream_type(c, 1),
        "proc.stderr.type" => |c, _| stream_type(c, 2),
        "proc.stdin.name" => |c, _| stream_name(c, 0),
        "proc.stdout.name" => |c, _| stream_name(c, 1),
        "proc.stderr.name" => |c, _| stream_name(c, 2),
        _ => return None,
    };
    Some(get)
}
