//! `container.*`: what control groups tell. What only a container engine knows has no value yet.

use peregrine_filter::Value;
use peregrine_state::Thread;

use crate::catalogue::Get;

/// The full id of the container a thread runs in, taken from its control groups: the last part of
/// 64 hexadecimal digits in a path, as docker, containerd, CRI-O and podman write it.
pub(crate) fn full_id(thread: &Thread) -> Option<&[u8]> {
    thread.cgroups.iter().find_map(|group| {
        let path = group.splitn(2, |byte| *byte == b'=').last()?;
        path.split(|byte| b"/-:.".contains(byte))
            .rev()
            .find(|part| part.len() == 64 && part.iter().all(u8::is_ascii_hexdigit))
    })
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "container.id" => |c, _| {
            let id = full_id(c.thread()?);
            Some(Value::str(id.and_then(|id| id.get(..12)).unwrap_or(b"host")))
        },
        "container.full_id" => |c, _| Some(Value::str(full_id(c.thread()?).unwrap_or(b"host"))),
        // On the host itself the names of Falco's container support are these words.
        "container.name" | "container.type" => {
            |c, _| full_id(c.thread()?).is_none().then(|| Value::str(b"host"))
        }
        // The host has no image; of a container's only an engine knows it.
        "container.image"
        | "container.image.id"
        | "container.image.repository"
        | "container.image.tag"
        | "container.image.digest" => {
            |c, _| full_id(c.thread()?).is_none().then(|| Value::str(b""))
        }
        // A container begins with its pid namespace.
        "container.start_ts" => |c, _| {
            let thread = c.thread()?;
            full_id(thread).map(|_| Value::Uint(thread.pidns_start_ts))
        },
        _ => return None,
    };
    Some(get)
}
