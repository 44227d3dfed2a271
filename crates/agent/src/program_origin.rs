//! Whose file the path of a new program means: resolved before the state applies the event, and appended
//! to its trailer, so that a recording has it.

use peregrine_event::{Event, EventType, TrailerWriter};
use peregrine_state::{HostInfo, ProgramFile};

/// Where the file of an event's program comes from, as an item for its trailer. None where the kernel's
/// report decides it, and for every other event.
pub(crate) fn program_origin(event: &Event<'_>, host: &dyn HostInfo) -> Option<Vec<u8>> {
    let view = &event.view;
    let started = match view.event_type() {
        EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => true,
        EventType::ITER_TASK_E => false,
        _ => return None,
    };
    let program = event.trailer.program()?;
    if program.plain().is_some() || event.trailer.standing().is_some() {
        return None;
    }
    let [path, ino, ctime, parent] = if started { [27, 23, 24, 5] } else { [6, 16, 17, 0] };
    let parent = view.i64(parent).or_else(|| view.i32(parent).map(i64::from)).unwrap_or(0);
    let asked = ProgramFile {
        program,
        path: view.str(path).unwrap_or_default(),
        ino: view.u64(ino).unwrap_or(0),
        ctime: view.u64(ctime).unwrap_or(0),
        pids: [view.tid(), parent],
        started,
    };
    let mut found = None;
    host.program(&asked, &mut |standing| {
        found = Some(TrailerWriter::default().standing(standing).finish());
    });
    found
}
