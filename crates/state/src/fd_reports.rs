//! What the probe reports of descriptors with an event: the one the call used, directories that paths
//! are relative to, standard streams of a new program.

use std::sync::Arc;

use peregrine_event::{Descriptor, Event, EventFlags, TrailerItem};

use crate::fd::{FdInfo, kinds};
use crate::host_info::{HostInfo, SeenFile};
use crate::sockets::unix_name;
use crate::state::State;

/// Inserts a descriptor, updated by the probe's report.
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

/// The same, and notes whether the event changed the descriptor's name from `before`.
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

/// Inserts a descriptor, and notes whether the event changed its name from `before`.
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

/// A descriptor updated by the probe's report, where the event has one.
pub(crate) fn with_report(state: &State, event: &Event<'_>, fd: i64, mut info: FdInfo) -> FdInfo {
    if let Some(descriptor) = event.trailer.descriptor(fd) {
        info.learn(&descriptor);
        let found = state.resolved_fd_paths.iter().find(|(found, _)| *found == fd);
        if let Some((_, path)) = found.filter(|_| info.is_path()) {
            info.learn_path(path);
        }
        info.overlay_lower = event.trailer.overlay_lower(fd).map(|below| (below.dev, below.ino));
        info.fs_path = event.trailer.fs_path(fd).map(Arc::from);
        if info.kind == kinds::UNIX_SOCK {
            info.resolved = event.trailer.bound(fd).map(Arc::from);
            let reported = descriptor.payload.get(1..).filter(|_| info.resolved.is_some());
            info.bound = reported.and_then(unix_name).map(Arc::from);
        }
    }
    info
}

/// Applies the probe's report of the event's descriptor alone.
#[inline]
pub(crate) fn report(state: &mut State, event: &Event<'_>, pid: i64) {
    if !event.trailer.bytes().is_empty() {
        apply_report(state, event, pid);
    }
}

fn apply_report(state: &mut State, event: &Event<'_>, pid: i64) {
    let Some(fd) = state.event_fd_number() else { return };
    if let Some(reported) = event.trailer.descriptor(fd) {
        // A different socket under this number: the old entry is stale.
        let same = |info: &&FdInfo| !info.is_inet() || [0, reported.ino].contains(&info.ino);
        let known = state.fd(pid, fd).filter(same).cloned();
        state.counters.fds_reported += u64::from(known.is_none());
        insert_reported(state, event, pid, fd, known.unwrap_or_default());
    } else if state.fd(pid, fd).is_none() {
        state.counters.fds_unknown += 1;
    }
}

/// Applies the kernel's reports of directories that the event's paths are relative to, whichever calls
/// opened them. Where the kernel's walk to any file did not end, the path is looked up on the host.
pub(crate) fn directories(state: &mut State, event: &Event<'_>, pid: i64, host: &dyn HostInfo) {
    let makes = event.view.info().flags.has(EventFlags::CREATES_FD);
    for item in event.trailer.iter() {
        let TrailerItem::Descriptor(reported) = item else { continue };
        let (fd, kind) = (i64::from(reported.fd), reported.kind.cast_signed());
        if fd < 0 || !matches!(kind, kinds::FILE_V2 | kinds::DIRECTORY) {
            continue;
        }
        if reported.payload.is_empty() {
            let (generation, at) = (event.trailer.generation(fd), event.view.ts());
            let file = SeenFile { dev: reported.dev, ino: reported.ino, generation, at };
            match host.descriptor_path(pid, fd, &file) {
                Some(path) => state.resolved_fd_paths.push((fd, path.into())),
                None => state.counters.paths_unresolved += 1,
            }
        }
        // A descriptor the call created is inserted by itself, with the name as requested.
        if kind != kinds::DIRECTORY || makes && event.view.result() == Some(fd) {
            continue;
        }
        let known = state.fd(pid, fd);
        let same = |info: &FdInfo| {
            info.kind == kinds::DIRECTORY
                && [0, reported.dev].contains(&info.dev)
                && info.ino == reported.ino
                && info.resolved.as_deref() == Some(reported.payload)
        };
        if !known.is_some_and(same) {
            let info = known.cloned().unwrap_or_default();
            insert_reported(state, event, pid, fd, info);
        }
    }
}

/// Applies the kernel's report of the first three descriptors of a new program.
pub(crate) fn std_streams(state: &mut State, event: &Event<'_>, pid: i64) {
    let Some(streams) = event.trailer.streams() else { return };
    for fd in 0..3_i64 {
        if streams.open & 1 << fd == 0 {
            state.remove_fd(pid, fd);
        } else if let Some(reported) = event.trailer.descriptor(fd) {
            let info = with_report(state, event, fd, known_if_same(state, pid, fd, &reported));
            // A child shares its parent's table until an entry differs.
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

/// The known entry of a descriptor, if it can be the reported one.
pub(crate) fn known_if_same(state: &State, pid: i64, fd: i64, reported: &Descriptor<'_>) -> FdInfo {
    // A different object under this number: the old entry is stale.
    let same = |info: &&FdInfo| [0, reported.ino].contains(&info.ino);
    state.fd(pid, fd).filter(same).cloned().unwrap_or_default()
}
