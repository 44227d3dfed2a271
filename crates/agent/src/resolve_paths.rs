//! Resolves the paths of an event once the state has applied it, and appends them to its trailer like
//! those of the kernel, so that a recording has them.

use peregrine_event::{Alias, Event, EventType, ResolvedPath, TrailerItem, TrailerWriter};
use peregrine_fields::{PathParam, changes_paths, only_looks, path_params};
use peregrine_state::{HostInfo, PathQuery, State, TakeDescriptor, join};

/// The working directory of the process.
const AT_FDCWD: i64 = -100;
/// The maximum number of threads that are named as having the same root.
const KIN: usize = 12;

/// Whether an event creates a symbolic link through which paths of later events may lead: its target is
/// stored, because the link may be removed by the time those are resolved.
pub(crate) fn makes_link(code: EventType) -> bool {
    matches!(code, EventType::SYSCALL_SYMLINK_X | EventType::SYSCALL_SYMLINKAT_X)
}

/// The resolved paths of an event that leaves no descriptor, as items for its trailer. Empty where there
/// are none.
pub(crate) fn resolve_paths(event: &Event<'_>, state: &State, host: &dyn HostInfo) -> Vec<u8> {
    let mut trailer = TrailerWriter::default();
    let Some(root) = event.trailer.root() else { return Vec::new() };
    let tid = event.view.tid();
    let mut threads = Vec::new();
    let mut next = Some(tid);
    while let Some(thread) = next.and_then(|tid| state.thread(tid))
        && threads.len() < KIN
    {
        threads.push(thread.tid);
        let main = thread.is_main();
        next =
            Some(if main { thread.ptid } else { thread.pid }).filter(|tid| !threads.contains(tid));
    }
    let thread = state.thread(tid);
    let pids = thread.map_or([tid, tid], |thread| [thread.vpid, thread.pid]);
    let process = thread.and_then(|thread| state.process_of(thread));
    let cwd = process.map(|process| process.walked_cwd.as_deref().unwrap_or(&process.cwd));
    // The number -100 stands for it where a path leads through it.
    let current = event.trailer.descriptor(AT_FDCWD).map(|reported| reported.payload);
    let current = current.filter(|path| path.first() == Some(&b'/'));
    let descriptors = |take: TakeDescriptor<'_>| {
        for (fd, info) in process.iter().flat_map(|process| process.fds.iter()) {
            if info.is_path() {
                take(fd, info.resolved.as_deref().unwrap_or(&info.name));
            }
        }
    };
    let reported: Vec<(i64, &[u8])> = event
        .trailer
        .iter()
        .filter_map(|item| match item {
            TrailerItem::Descriptor(reported) if reported.payload.first() == Some(&b'/') => {
                Some((i64::from(reported.fd), reported.payload))
            }
            _ => None,
        })
        .collect();
    path_params(event, state, |param| {
        let PathParam { index, path, last, within, stands, link } = param;
        let Ok(param) = u8::try_from(index) else { return };
        if let Some(fd) = within.filter(|_| link.is_none()) {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let walked =
                reported.iter().find(|(reported, _)| *reported == fd).map(|(_, folder)| *folder);
            let inside = event.trailer.fs_path(fd);
            let mut now = std::mem::take(&mut trailer);
            if let Some(folder) = walked {
                now = now.resolved_path(&ResolvedPath { param, path: &join(folder, name) });
            }
            if let Some(folder) = inside {
                now = now.alias(&Alias { param, path: &join(folder, name) });
            }
            trailer = now;
            return;
        }
        let asked = PathQuery {
            root,
            path: &path,
            last,
            changes: changes_paths(event),
            only_looks: only_looks(event),
            pids,
            threads: &threads,
            cwd: current.or(cwd),
            stands,
            link: link.as_deref(),
            reported: &reported,
            descriptors: &descriptors,
        };
        let mut first = true;
        host.resolve_path(&asked, &mut |path| {
            let items = std::mem::take(&mut trailer);
            trailer = if std::mem::take(&mut first) {
                items.resolved_path(&ResolvedPath { param, path })
            } else {
                items.alias(&Alias { param, path })
            };
        });
    });
    trailer.finish()
}
