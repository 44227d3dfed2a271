//! `fs.path.*`: the paths of calls that change the file system.

use peregrine_event::{CallRoles, ParamType};
use peregrine_filter::Value;
use peregrine_state::{join_into, kinds};

use crate::call;
use crate::context::EventContext;
use crate::getter::Get;

/// The parameters that hold the one path a call works on, in order of preference.
const NAMES: [&str; 6] = ["name", "path", "filename", "pathname", "dir", "special"];
const FROM: [&str; 4] = ["oldpath", "target", "source", "dev"];
const TO: [&str; 4] = ["newpath", "linkpath", "dir", "dest"];

/// Falco has no path of a call that failed, unless it opens.
fn worked(c: &EventContext<'_>) -> bool {
    let opens = c.event.view.info().roles.has(CallRoles::OPENS);
    opens || c.result().is_none_or(|result| result >= 0)
}

/// Links name what they point at: the old path is their target, the new one their source.
fn is_link(c: &EventContext<'_>) -> bool {
    matches!(c.event.view.info().name, "link" | "linkat" | "symlink" | "symlinkat")
}

fn source_names(c: &EventContext<'_>) -> &'static [&'static str] {
    if is_link(c) { &TO } else { &FROM }
}

fn target_names(c: &EventContext<'_>) -> &'static [&'static str] {
    if is_link(c) { &FROM } else { &TO }
}

fn has_two_paths(c: &EventContext<'_>) -> bool {
    worked(c)
        && matches!(
            c.event.view.info().name,
            "rename"
                | "renameat"
                | "renameat2"
                | "link"
                | "linkat"
                | "symlink"
                | "symlinkat"
                | "mount"
        )
}

fn has_one_path(c: &EventContext<'_>) -> bool {
    worked(c)
        && matches!(
            c.event.view.info().name,
            "mkdir"
                | "mkdirat"
                | "rmdir"
                | "unlink"
                | "unlinkat"
                | "open"
                | "openat"
                | "openat2"
                | "creat"
                | "chmod"
                | "fchmodat"
                | "chown"
                | "lchown"
                | "fchownat"
                | "mount"
                | "umount"
                | "umount2"
                | "quotactl"
        )
}

fn find<'c>(c: &EventContext<'c>, names: &[&str]) -> Option<(usize, &'c [u8])> {
    let view = &c.event.view;
    let index = names.iter().find_map(|name| view.index_of(name))?;
    Some((index, c.event.view.str(index)?))
}

/// A path below a folder, or an absolute one.
fn joined<'v>(c: &EventContext<'v>, base: &[u8], path: &[u8]) -> Option<Value<'v>> {
    c.text(|out| {
        join_into(base, path, out);
        Some(())
    })
}

/// What a relative path is joined with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// The folder the call gives by its descriptor.
    Descriptor,
    /// The working folder, whatever the descriptor.
    Working,
}

/// Falco joins what a link points at and what is renamed with the working folder.
fn base_of(c: &EventContext<'_>, target: bool) -> Base {
    let rename = c.event.view.info().name.starts_with("rename");
    if (is_link(c) && target) || (rename && !target) { Base::Working } else { Base::Descriptor }
}

fn absolute<'v>(c: &EventContext<'v>, names: &[&str], base: Base) -> Option<Value<'v>> {
    let (index, raw) = find(c, names)?;
    if let Some(other) = c.other_param(index) {
        return Some(Value::str(other));
    }
    // An empty path is none; what our own probe saw is what the descriptor stands for.
    if raw.is_empty() && c.event.trailer.origin().is_none() {
        return None;
    }
    if raw.first() == Some(&b'/') {
        return joined(c, b"/", raw);
    }
    let info = c.event.view.info().params.get(index)?;
    let dirfd = info.dirfd.and_then(|place| c.event.view.i64(usize::from(place)));
    // What our own probe saw is known.
    let reported = c.event.trailer.origin().is_some();
    let dirfd = dirfd.filter(|_| reported || base == Base::Descriptor);
    // Of paths below a descriptor Falco knows those whose folder was opened as one, and no target of
    // `symlinkat`. -100 is the current folder; of `fchownat` not even that.
    let info = c.event.view.info();
    let below = dirfd.is_some_and(|fd| fd != -100 || info.name == "fchownat")
        || (dirfd.is_none() && info.name == "symlinkat");
    if below && !info.name.starts_with("open") && !reported {
        let folder = |fd: i64| {
            let folder = c.state.fd(c.thread()?.files(), fd)?;
            (folder.kind == kinds::DIRECTORY).then_some(folder)
        };
        if dirfd.and_then(folder).is_none() {
            return c.text(|out| {
                out.extend_from_slice(b"<UNKNOWN>");
                out.extend_from_slice(raw);
                Some(())
            });
        }
    }
    let dirfd = dirfd.unwrap_or(-100);
    let tid = c.event.view.tid();
    match c.state.base_of(tid, dirfd) {
        Some(base) => joined(c, &base, raw),
        None => joined(c, c.state.walked_base_of(c.event, dirfd)?, raw),
    }
}

fn raw<'c>(c: &EventContext<'c>, names: &[&str]) -> Option<Value<'c>> {
    find(c, names).map(|(_, raw)| Value::str(raw))
}

/// The whole path of a call below a folder given by its descriptor: the first it names, or with `src`
/// and `dst` the one or the other of two.
pub(crate) fn abspath<'v>(c: &EventContext<'v>, which: Option<&str>) -> Option<Value<'v>> {
    let view = &c.event.view;
    let info = view.info();
    let mut paths = info
        .params
        .iter()
        .enumerate()
        .filter(|(_, param)| matches!(param.ty, ParamType::Fsrelpath | ParamType::Fspath));
    let below = info.params.iter().any(|param| param.ty == ParamType::Fsrelpath);
    // Falco knows no path of `newfstatat` and `mknodat`.
    let below = below && !matches!(info.name, "newfstatat" | "mknodat");
    if !below && info.name != "open_by_handle_at" {
        return None;
    }
    let (index, param) = match which {
        Some("dst" | "newpath") => paths.next_back()?,
        Some("src" | "oldpath") | None => paths.next()?,
        Some(_) => return None,
    };
    if let Some(other) = c.other_param(index) {
        return Some(Value::str(other));
    }
    let raw = view.str(index)?;
    let dirfd = param.dirfd.and_then(|place| view.i64(usize::from(place))).unwrap_or(-100);
    if raw.first() == Some(&b'/') {
        return joined(c, b"/", raw);
    }
    joined(c, &c.state.base_of(view.tid(), dirfd)?, raw)
}

/// The path of a call without an event of its own.
fn of_call<'v>(c: &EventContext<'v>) -> Option<Value<'v>> {
    let (raw, dirfd) = call::path(c.event)?;
    if !worked(c) {
        return None;
    }
    if let Some(other) = c.other_param(call::PATH) {
        return Some(Value::str(other));
    }
    if raw.first() == Some(&b'/') {
        return joined(c, b"/", raw);
    }
    match c.state.base_of(c.event.view.tid(), dirfd) {
        Some(base) => joined(c, &base, raw),
        None => joined(c, c.state.walked_base_of(c.event, dirfd)?, raw),
    }
}

/// Calls that work on an open file name it by its descriptor.
fn by_descriptor<'c>(c: &'c EventContext<'c>) -> Option<&'c [u8]> {
    let named = matches!(c.event.view.info().name, "fchmod" | "fchown");
    (named && worked(c)).then(|| c.fd()).flatten().map(|info| c.fd_name(info))
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "fs.path.name" => |c, _| match by_descriptor(c) {
            Some(name) => Some(Value::str(name)),
            None if has_one_path(c) => absolute(c, &NAMES, Base::Descriptor),
            None => of_call(c),
        },
        "fs.path.nameraw" => |c, _| match by_descriptor(c) {
            Some(name) => Some(Value::str(name)),
            None if has_one_path(c) => raw(c, &NAMES),
            None => call::path(c.event).filter(|_| worked(c)).map(|(raw, _)| Value::str(raw)),
        },
        "fs.path.source" => |c, _| {
            let base = base_of(c, false);
            has_two_paths(c).then(|| absolute(c, source_names(c), base)).flatten()
        },
        "fs.path.sourceraw" => |c, _| has_two_paths(c).then(|| raw(c, source_names(c))).flatten(),
        "fs.path.target" => |c, _| {
            let base = base_of(c, true);
            has_two_paths(c).then(|| absolute(c, target_names(c), base)).flatten()
        },
        "fs.path.targetraw" => |c, _| has_two_paths(c).then(|| raw(c, target_names(c))).flatten(),
        _ => return None,
    };
    Some(get)
}
