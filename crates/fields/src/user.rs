//! `user.*` and `group.*`.

use std::sync::Arc;

use peregrine_filter::Value;
use peregrine_state::{ContainerThreads, Group, Thread, User};

use crate::container;
use crate::context::EventContext;
use crate::getter::Get;

/// As many threads are named that may live in a container.
const KIN: usize = 6;

/// Asks about the container the thread runs in, where it does and that is looked at.
#[expect(clippy::option_option, reason = "in no container is not the same as not known in it")]
fn inside<T>(
    c: &EventContext<'_>,
    ask: impl FnOnce(&ContainerThreads<'_>) -> Option<T>,
) -> Option<Option<T>> {
    let thread = c.thread()?;
    let found = container::inside(thread).filter(|_| c.containers)?;
    let mut threads = [0; KIN];
    let mut count = 0;
    let own = [thread.tid, thread.pid].into_iter();
    let same = |one: &&Thread| {
        container::inside(one).is_some_and(|other| other.short_id() == found.short_id())
    };
    let above = c.state.ancestors(thread).take_while(same).map(|one| one.tid);
    for (place, tid) in threads.iter_mut().zip(own.chain(above)) {
        *place = tid;
        count += 1;
    }
    let container = std::str::from_utf8(found.short_id()).ok()?;
    Some(ask(&ContainerThreads { container, threads: threads.get(..count)? }))
}

/// An account of the thread's own files: inside a container a number need not be the host's user.
/// Only the superuser is the same everywhere.
fn account(c: &EventContext<'_>, uid: u32) -> Option<User> {
    if uid != 0
        && let Some(found) = inside(c, |inside| c.outside.container_user(inside, uid))
    {
        return found;
    }
    c.thread()?;
    c.outside.user(uid)
}

fn group(c: &EventContext<'_>, gid: u32) -> Option<Group> {
    if gid != 0
        && let Some(found) = inside(c, |inside| c.outside.container_group(inside, gid))
    {
        return found;
    }
    c.thread()?;
    c.outside.group(gid)
}

/// Looks up on the host the accounts that fields of an event can show: a recording stores the answers.
pub fn ask_accounts(c: &EventContext<'_>) {
    if let Some(thread) = c.thread() {
        _ = (account(c, thread.uid), account(c, thread.loginuid), group(c, thread.gid));
    }
}

/// The text for an unknown name.
const UNKNOWN: &[u8] = b"<NA>";

fn named<'v>(c: &EventContext<'v>, name: Option<Arc<str>>) -> Option<Value<'v>> {
    let Some(name) = name else { return Some(Value::str(UNKNOWN)) };
    c.text(|out| {
        out.extend_from_slice(name.as_bytes());
        Some(())
    })
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "user.uid" => |c, _| Some(Value::Uint(c.thread()?.uid.into())),
        "user.name" => |c, _| named(c, account(c, c.thread()?.uid).map(|user| user.name)),
        "user.homedir" => |c, _| named(c, account(c, c.thread()?.uid).map(|user| user.home)),
        "user.shell" => |c, _| named(c, account(c, c.thread()?.uid).map(|user| user.shell)),
        "user.loginuid" => |c, _| {
            let uid = c.thread()?.loginuid;
            Some(Value::Int(if uid == u32::MAX { -1 } else { uid.into() }))
        },
        "user.loginname" => |c, _| named(c, account(c, c.thread()?.loginuid).map(|user| user.name)),
        "group.gid" => |c, _| Some(Value::Uint(c.thread()?.gid.into())),
        "group.name" => |c, _| named(c, group(c, c.thread()?.gid).map(|group| group.name)),
        _ => return None,
    };
    Some(get)
}
