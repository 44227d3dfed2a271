//! What the probe says of descriptors with an event: of the one the call used, of folders paths begin at,
//! of the first three of a program.

use std::sync::Arc;

use peregrine_event::{Descriptor, Event, EventFlags, Fact};

use crate::fd::{FdInfo, kinds};
use crate::host_info::{Outside, SeenFile};
use crate::sockets::unix_name;
use crate::state::State;

/// Keeps a descriptor, after the probe's word on it.
pub(crate) fn insert_reported(
    state: &mut State,
    event: &Event<'_>,
    pid: i64,
    fd: i64,
    info: FdInfo,
) {
    let info = with_report(state, event, fd, info);
    state.insert_fd(pid, fd, info);
}

/// The same, and notes whether the event gave the descriptor another name than it had `before`.
pub(crate) fn insert_renamed(
    state: &mut State,
    event: &Event<'_>,
    pid: i64,
    fd: i64,
    info: FdInfo,
    before: &[u8],
) {
    let info = with_report(state, event, fd, info);
    insert_noting_name(state, pid, fd, info, before);
}

/// Keeps a descriptor, and notes whether the event gave it another name than it had `before`.
pub(crate) fn insert_noting_name(
    state: &mut State,
    pid: i64,
    fd: i64,
    info: FdInfo,
    before: &[u8],
) {
    let renamed = *info.name != *before;
    state.fd_renamed = if state.insert_fd(pid, fd, info) {
        renamed
    } else {
        state.fd(pid, fd).is_some_and(|info| *info.name != *before)
    };
}

/// What is known of a descriptor after the probe's word on it.
pub(crate) fn with_report(state: &State, event: &Event<'_>, fd: i64, mut info: FdInfo) -> FdInfo {
    if let Some(descriptor) = event.facts.descriptor(fd) {
        info.learn(&descriptor);
        let found = state.resolved_fd_paths.iter().find(|(found, _)| *found == fd);
        if let Some((_, path)) = found.filter(|_| info.is_path()) {
            info.learn_path(path);
        }
        info.below = event.facts.below(fd).map(|below| (below.dev, below.ino));
        info.inside = event.facts.inside(fd).map(Arc::from);
        if info.kind == kinds::UNIX_SOCK {
            info.resolved = event.facts.bound(fd).map(Arc::from);
            let told = descriptor.payload.get(1..).filter(|_| info.resolved.is_some());
            info.bound = told.and_then(unix_name).map(Arc::from);
        }
    }
    info
}

/// Nothing but the probe's word on the event's descriptor.
#[inline]
pub(crate) fn report(state: &mut State, event: &Event<'_>, pid: i64) {
    if !event.facts.bytes().is_empty() {
        apply_report(state, event, pid);
    }
}

fn apply_report(state: &mut State, event: &Event<'_>, pid: i64) {
    let Some(fd) = state.event_fd_number() else { return };
    if let Some(told) = event.facts.descriptor(fd) {
        // Another socket under an old number: nothing of the former holds for it.
        let same = |info: &&FdInfo| !info.is_inet() || [0, told.ino].contains(&info.ino);
        let info = state.fd(pid, fd).filter(same).cloned().unwrap_or_default();
        insert_reported(state, event, pid, fd, info);
    }
}

/// The kernel's word on folders that relative paths of the event begin at, by whatever call each came to
/// be. Where its walk did not reach the root, of any file, the path is asked for.
pub(crate) fn directories(state: &mut State, event: &Event<'_>, pid: i64, outside: &dyn Outside) {
    let makes = event.view.info().flags.has(EventFlags::CREATES_FD);
    for fact in event.facts.iter() {
        let Fact::Descriptor(told) = fact else { continue };
        let (fd, kind) = (i64::from(told.fd), told.kind.cast_signed());
        if fd < 0 || !matches!(kind, kinds::FILE_V2 | kinds::DIRECTORY) {
            continue;
        }
        if told.payload.is_empty() {
            let (generation, at) = (event.facts.generation(fd), event.view.ts());
            let file = SeenFile { dev: told.dev, ino: told.ino, generation, at };
            match outside.descriptor_path(pid, fd, &file) {
                Some(path) => state.resolved_fd_paths.push((fd, path.into())),
                None => state.counters.paths_untold += 1,
            }
        }
        // What the call made is taken in by itself, with the name that was asked for.
        if kind != kinds::DIRECTORY || makes && event.view.i64(0) == Some(fd) {
            continue;
        }
        let known = state.fd(pid, fd);
        let same = |info: &FdInfo| {
            info.kind == kinds::DIRECTORY
                && [0, told.dev].contains(&info.dev)
                && info.ino == told.ino
                && info.resolved.as_deref() == Some(told.payload)
        };
        if !known.is_some_and(same) {
            let info = known.cloned().unwrap_or_default();
            insert_reported(state, event, pid, fd, info);
        }
    }
}

/// What a program starts with: its first three descriptors are what the kernel says.
pub(crate) fn std_streams(state: &mut State, event: &Event<'_>, pid: i64) {
    let Some(streams) = event.facts.streams() else { return };
    for fd in 0..3_i64 {
        if streams.open & 1 << fd == 0 {
            state.remove_fd(pid, fd);
        } else if let Some(told) = event.facts.descriptor(fd) {
            let info = with_report(state, event, fd, known_if_same(state, pid, fd, &told));
            // A child has its parent's table until something in it is another thing.
            let same = |known: &FdInfo| {
                (known.kind, known.ino, &known.name, known.socket)
                    == (info.kind, info.ino, &info.name, info.socket)
            };
            if !state.fd(pid, fd).is_some_and(same) {
                state.insert_fd(pid, fd, info);
            }
        }
    }
}

/// What was known of a descriptor, if it can be the one that is told.
pub(crate) fn known_if_same(state: &State, pid: i64, fd: i64, told: &Descriptor<'_>) -> FdInfo {
    // Another object under an old number: nothing of the former holds for it.
    let same = |info: &&FdInfo| [0, told.ino].contains(&info.ino);
    state.fd(pid, fd).filter(same).cloned().unwrap_or_default()
}
