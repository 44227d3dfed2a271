//! `user.*` and `group.*`.

use peregrine_filter::Value;
use peregrine_state::{Group, User};

use crate::catalogue::Get;
use crate::container;
use crate::context::EventContext;

/// Whether the thread runs in a container, where that is looked at.
fn inside(c: &EventContext<'_>) -> Option<bool> {
    Some(c.containers && container::inside(c.thread()?).is_some())
}

/// An account of the thread's own files: inside a container a number need not be the host's user.
/// Only the superuser is the same everywhere.
fn account(c: &EventContext<'_>, uid: u32) -> Option<User> {
    let user = c.outside.user(uid)?;
    (uid == 0 || !inside(c)?).then_some(user)
}

fn group(c: &EventContext<'_>, gid: u32) -> Option<Group> {
    let group = c.outside.group(gid)?;
    (gid == 0 || !inside(c)?).then_some(group)
}

/// What stands for a name nobody knows.
const UNKNOWN: &[u8] = b"<NA>";

fn named<'v>(name: Option<String>) -> Value<'v> {
    name.map_or_else(|| Value::str(UNKNOWN), Value::string)
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "user.uid" => |c, _| Some(Value::Uint(c.thread()?.uid.into())),
        "user.name" => |c, _| Some(named(account(c, c.thread()?.uid).map(|user| user.name))),
        "user.homedir" => |c, _| Some(named(account(c, c.thread()?.uid).map(|user| user.home))),
        "user.shell" => |c, _| Some(named(account(c, c.thread()?.uid).map(|user| user.shell))),
        "user.loginuid" => |c, _| {
            let uid = c.thread()?.loginuid;
            Some(Value::Int(if uid == u32::MAX { -1 } else { uid.into() }))
        },
        "user.loginname" => {
            |c, _| Some(named(account(c, c.thread()?.loginuid).map(|user| user.name)))
        }
        "group.gid" => |c, _| Some(Value::Uint(c.thread()?.gid.into())),
        "group.name" => |c, _| Some(named(group(c, c.thread()?.gid).map(|group| group.name))),
        _ => return None,
    };
    Some(get)
}
