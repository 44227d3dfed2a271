//! Events that create, change and close descriptors.

use std::sync::{Arc, LazyLock};

use peregrine_event::{Event, EventInfo, EventType, param};

use crate::fd::{FdInfo, Role, kinds, nameless_kind};
use crate::fd_reports::{directories, insert_renamed, insert_reported, report};
use crate::host_info::HostInfo;
use crate::path;
use crate::snapshot_codec;
use crate::snapshot_sockets::inet;
use crate::sockets::{Direction, accepted, apply_data, bound, connected, new_socket, used};
use crate::state::{CLOEXEC, Pending, State};

const UNKNOWN_BASE: &[u8] = b"<UNKNOWN>";
/// A command of `fcntl` in the capture format's numbers.
const F_SETFD: u8 = 3;
/// An error number.
const EBADF: i64 = 9;
/// Stands for the working directory.
const AT_FDCWD: i64 = -100;

/// Applies one system call to the descriptors of process `pid`.
pub(crate) fn apply(state: &mut State, event: &Event<'_>, pid: i64, host: &dyn HostInfo) {
    let view = &event.view;
    let result = view.result().unwrap_or(-1);
    // Live, EBADF shows that the number is closed, whatever closed it.
    if result == -EBADF
        && event.trailer.origin().is_some()
        && let Some(fd) = state.event_fd_number()
        && event.trailer.descriptor(fd).is_none()
    {
        state.remove_fd(pid, fd);
    }
    if !event.trailer.bytes().is_empty() {
        directories(state, event, pid, host);
    }
    match view.event_type() {
        EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X => {
            opened(state, event, pid, -100, param::open_x::NAME);
        }
        EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => {
            opened(
                state,
                event,
                pid,
                view.i64(param::openat_2_x::DIRFD).unwrap_or(-100),
                param::openat_2_x::NAME,
            );
        }
        EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => {
            opened(state, event, pid, -100, param::open_by_handle_at_x::PATH);
        }
        EventType::SYSCALL_CLOSE_X => {
            report(state, event, pid);
            if result == 0
                && let Some(fd) = view.i64(param::close_x::FD)
            {
                state.pending = Pending::Close { pid, fd };
            }
        }
        EventType::SYSCALL_CLOSE_RANGE_X => {
            if result == 0
                && let (Some(first), Some(last)) =
                    (view.u32(param::close_range_x::FIRST), view.u32(param::close_range_x::LAST))
            {
                state.pending = Pending::CloseRange { pid, first: first.into(), last: last.into() };
            }
        }
        EventType::SYSCALL_DUP_1_X | EventType::SYSCALL_DUP2_X | EventType::SYSCALL_DUP3_X => {
            if result >= 0
                && let Some(old) = view.i64(param::dup_1_x::OLDFD)
            {
                let closes = view.event_type() == EventType::SYSCALL_DUP3_X
                    && view.u32(param::dup3_x::FLAGS).is_some_and(|flags| flags & CLOEXEC != 0);
                copied(state, event, pid, old, result, closes);
            }
        }
        EventType::SYSCALL_FCNTL_X => {
            // F_DUPFD and F_DUPFD_CLOEXEC in the capture format's numbers.
            if result >= 0
                && matches!(view.u8(param::fcntl_x::CMD), Some(1 | 26))
                && let Some(old) = view.i64(param::fcntl_x::FD)
            {
                copied(state, event, pid, old, result, view.u8(param::fcntl_x::CMD) == Some(26));
            } else {
                if result >= 0
                    && view.u8(param::fcntl_x::CMD) == Some(F_SETFD)
                    && let (Some(fd), Some(arg)) =
                        (view.i64(param::fcntl_x::FD), view.u64(param::fcntl_x::ARG))
                    && let Some(info) = state.fd_mut(pid, fd)
                {
                    set_closes(info, arg & 1 != 0);
                }
                report(state, event, pid);
            }
        }
        EventType::SOCKET_SOCKETPAIR_X => {
            if result == 0 {
                let ends =
                    view.u64(param::socketpair_x::SOURCE).zip(view.u64(param::socketpair_x::PEER));
                for index in [param::socketpair_x::FD1, param::socketpair_x::FD2] {
                    if let Some(fd) = view.i64(index) {
                        let info =
                            FdInfo { unix: ends, ..FdInfo::new(kinds::UNIX_SOCK, Vec::new()) };
                        insert_reported(state, event, pid, fd, info);
                        state.event_fd = Some(fd);
                    }
                }
            }
        }
        EventType::SOCKET_SOCKET_X => {
            if result >= 0 {
                let (domain, kind, protocol) = (
                    view.u32(param::socket_x::DOMAIN),
                    view.u32(param::socket_x::TYPE),
                    view.u32(param::socket_x::PROTO),
                );
                insert_reported(state, event, pid, result, new_socket(domain, kind, protocol));
            }
        }
        EventType::SOCKET_CONNECT_X => connected(state, event, pid, result),
        EventType::SOCKET_ACCEPT_5_X | EventType::SOCKET_ACCEPT4_6_X => {
            if result >= 0 {
                state.event_fd = Some(result);
                let info = accepted(view.param(param::accept4_6_x::TUPLE).unwrap_or_default());
                // Captures carry nothing about other kinds of sockets.
                let live = event.trailer.descriptor(result).is_some();
                if let Some(info) = info.or_else(|| live.then(FdInfo::default)) {
                    insert_renamed(state, event, pid, result, info, b"");
                }
            }
        }
        EventType::SOCKET_BIND_X => {
            if result >= 0
                && let Some(fd) = view.i64(param::bind_x::FD)
            {
                bound(state, event, pid, fd);
            }
        }
        EventType::SYSCALL_PIPE_X | EventType::SYSCALL_PIPE2_X => {
            if result == 0 {
                for index in [param::pipe_x::FD1, param::pipe_x::FD2] {
                    if let Some(fd) = view.i64(index) {
                        // The event's descriptor is the last one it names.
                        state.event_fd = Some(fd);
                        let ino = view.u64(param::pipe_x::INO).unwrap_or(0);
                        insert_reported(
                            state,
                            event,
                            pid,
                            fd,
                            FdInfo { ino, ..FdInfo::new(kinds::FIFO, Vec::new()) },
                        );
                    }
                }
            }
        }
        EventType::SYSCALL_MEMFD_CREATE_X => {
            made_with_name(
                state,
                event,
                pid,
                kinds::MEMFD,
                view.str(param::memfd_create_x::NAME).unwrap_or_default(),
            );
        }
        EventType::SYSCALL_EVENTFD_X | EventType::SYSCALL_EVENTFD2_X => {
            made(state, event, pid, kinds::EVENT, b"");
        }
        EventType::SYSCALL_INOTIFY_INIT_X | EventType::SYSCALL_INOTIFY_INIT1_X => {
            made(state, event, pid, kinds::INOTIFY, b"");
        }
        EventType::SYSCALL_TIMERFD_CREATE_X => made(state, event, pid, kinds::TIMERFD, b""),
        EventType::SYSCALL_SIGNALFD_X | EventType::SYSCALL_SIGNALFD4_X => {
            made(state, event, pid, kinds::SIGNALFD, b"");
        }
        EventType::SYSCALL_EPOLL_CREATE_X | EventType::SYSCALL_EPOLL_CREATE1_X => {
            made(state, event, pid, kinds::EVENTPOLL, b"");
        }
        EventType::SYSCALL_USERFAULTFD_X => made(state, event, pid, kinds::USERFAULTFD, b""),
        EventType::SYSCALL_IO_URING_SETUP_X => made(state, event, pid, kinds::IOURING, b""),
        EventType::SYSCALL_PIDFD_GETFD_X => {
            // A copy of a descriptor of the process that a pidfd refers to.
            let owner = view.i64(param::pidfd_getfd_x::PID_FD).and_then(|pidfd| {
                let info = state.fd(pid, pidfd)?;
                std::str::from_utf8(info.name.strip_prefix(b"/proc/")?).ok()?.parse().ok()
            });
            let found =
                owner.and_then(|owner: i64| Some(state.thread(owner)?.files())).and_then(|owner| {
                    state.fd(owner, view.i64(param::pidfd_getfd_x::TARGET_FD)?).cloned()
                });
            if result >= 0 {
                state.event_fd = Some(result);
                if let Some(mut info) = found {
                    set_closes(&mut info, true);
                    insert_reported(state, event, pid, result, info);
                }
            }
        }
        EventType::SYSCALL_BPF_2_X => {
            // Most commands do not return a descriptor. Live, the probe reports which did. A capture
            // does not have this: there any result is taken for one, as in Falco.
            let live = event.trailer.origin().is_some();
            if !live || event.trailer.descriptor(result).is_some() {
                made(state, event, pid, kinds::BPF, b"");
            }
        }
        EventType::SYSCALL_PIDFD_OPEN_X => {
            let name = format!("/proc/{}", view.i64(param::pidfd_open_x::PID).unwrap_or(-1));
            made_with_name(state, event, pid, kinds::PIDFD, name.as_bytes());
        }
        EventType::SOCKET_SENDTO_X
        | EventType::SOCKET_SENDMSG_X
        | EventType::SOCKET_SENDMMSG_X
        | EventType::SOCKET_SEND_X => {
            apply_data(state, event, pid, Direction::Out, host);
        }
        EventType::SOCKET_RECVFROM_X
        | EventType::SOCKET_RECVMSG_X
        | EventType::SOCKET_RECVMMSG_X
        | EventType::SOCKET_RECV_X => {
            apply_data(state, event, pid, Direction::In, host);
        }
        EventType::SYSCALL_READ_X
        | EventType::SYSCALL_READV_X
        | EventType::SYSCALL_PREAD_X
        | EventType::SYSCALL_PREADV_X
        | EventType::SYSCALL_WRITE_X
        | EventType::SYSCALL_WRITEV_X
        | EventType::SYSCALL_PWRITE_X
        | EventType::SYSCALL_PWRITEV_X => {
            report(state, event, pid);
            if result >= 0
                && state.falco_semantics
                && let Some(fd) = state.event_fd_number()
            {
                used(state, pid, fd);
            }
        }
        _ => report(state, event, pid),
    }
}

/// A call returned a new descriptor.
fn made(state: &mut State, event: &Event<'_>, pid: i64, kind: i8, name: &[u8]) {
    if let Some(fd) = event.view.result().filter(|fd| *fd >= 0) {
        state.event_fd = Some(fd);
        insert_renamed(state, event, pid, fd, FdInfo::new(kind, name.to_vec()), b"");
    }
}

/// The same with a name; in captures, like Falco, also a failed call gets an entry.
fn made_with_name(state: &mut State, event: &Event<'_>, pid: i64, kind: i8, name: &[u8]) {
    made(state, event, pid, kind, name);
    if let Some(fd) = event.view.result().filter(|fd| *fd < 0)
        && event.trailer.origin().is_none()
    {
        let info = FdInfo::new(kinds::UNINITIALIZED, Vec::new());
        state.event_fd = Some(fd);
        state.unstored_fd = Some(info.clone());
        state.insert_fd(pid, fd, info);
    }
}

/// A copy of a descriptor. A copy of an unknown one is known only if the probe reports it.
fn copied(state: &mut State, event: &Event<'_>, pid: i64, old: i64, new: i64, closes: bool) {
    let known = state.fd(pid, old).cloned();
    state.event_fd = Some(new);
    if known.is_none() && event.trailer.descriptor(new).is_none() {
        // Live, the call closed whatever had the new number before.
        if event.trailer.origin().is_some() {
            state.remove_fd(pid, new);
        }
        state.event_fd = Some(old);
        return;
    }
    let mut info = known.unwrap_or_default();
    set_closes(&mut info, closes);
    insert_reported(state, event, pid, new, info);
}

/// Close-on-exec is a property of the descriptor, not of the open file.
fn set_closes(info: &mut FdInfo, closes: bool) {
    info.open_flags = if closes { info.open_flags | CLOEXEC } else { info.open_flags & !CLOEXEC };
}

/// Flags of an open that show the file's layer in an overlay.
const LOWER_LAYER: u32 = 1 << 16;
const UPPER_LAYER: u32 = 1 << 15;

/// Indexes of parameters about the file, in events that open.
#[derive(Clone, Copy, Default)]
struct OpenPlaces {
    flags: Option<usize>,
    dev: Option<usize>,
    ino: Option<usize>,
}

fn places_of_open(code: EventType) -> OpenPlaces {
    /// By event type.
    static PLACES: LazyLock<Vec<OpenPlaces>> = LazyLock::new(|| {
        let places = |info: &EventInfo| OpenPlaces {
            flags: info.index_of("flags"),
            dev: info.index_of("dev"),
            ino: info.index_of("ino"),
        };
        EventType::all().filter_map(EventType::info).map(places).collect()
    });
    PLACES.get(usize::from(code.0)).copied().unwrap_or_default()
}

fn opened(state: &mut State, event: &Event<'_>, pid: i64, dirfd: i64, name_index: usize) {
    const DIRECTORY: u32 = 1024;
    let view = &event.view;
    let live = event.trailer.origin().is_some();
    let failed = view.result().is_none_or(|fd| fd < 0);
    // The path read at the entry is used, since the memory may change until the return. A failed call
    // reports the path at its return.
    let asked = state.take_enter_event(event, &OPENS, |enter| {
        let name = enter.str(enter.index_of("name")?)?;
        let dirfd = enter.index_of("dirfd").and_then(|index| enter.i64(index));
        (name != b"<NA>").then(|| (name.to_vec(), dirfd.unwrap_or(AT_FDCWD)))
    });
    let (raw, dirfd) = match &asked {
        Some((name, dirfd)) if !failed => (name.as_slice(), *dirfd),
        _ => (view.str(name_index).unwrap_or_default(), dirfd),
    };
    let code = view.event_type();
    let name_raw: Arc<[u8]> = Arc::from(raw);
    // Falco does not clean the absolute path of such a call that failed.
    let as_written = failed
        && !live
        && matches!(code, EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X)
        && raw.first() == Some(&b'/');
    let name = if path::is_clean(raw) || as_written {
        Arc::clone(&name_raw)
    } else if raw.first() == Some(&b'/') || code == EventType::SYSCALL_OPEN_BY_HANDLE_AT_X {
        path::join(b"", raw).into()
    } else {
        // Live, only a directory can be the base of a path: opens of files may not have been reported.
        let is_folder = || match event.trailer.descriptor(dirfd) {
            Some(reported) => reported.kind.cast_signed() == kinds::DIRECTORY,
            None => state.fd(pid, dirfd).is_some_and(|info| info.kind == kinds::DIRECTORY),
        };
        let begins = !live || dirfd == AT_FDCWD || view.result() != Some(-EBADF) && is_folder();
        let base = state.base_of(view.tid(), dirfd).filter(|_| begins);
        // A directory that the full table refused is still known from the event.
        let base = base.or_else(|| state.walked_base_of(event, dirfd).map(Arc::from));
        let base = base.unwrap_or_else(|| Arc::from(UNKNOWN_BASE));
        path::join(&base, raw).into()
    };
    // The other calls have only the name joined to the directory.
    let name_raw = match code {
        EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X if failed => Arc::clone(&name),
        _ => name_raw,
    };
    let places = places_of_open(code);
    let flags = places.flags.and_then(|index| view.u32(index)).unwrap_or(0);
    let kind = if flags & DIRECTORY != 0 { kinds::DIRECTORY } else { kinds::FILE_V2 };
    let mut info = FdInfo { kind, name, name_raw, ..FdInfo::default() };
    info.open_flags = flags;
    info.lower_layer = flags & LOWER_LAYER != 0;
    info.upper_layer = flags & UPPER_LAYER != 0;
    info.dev = places.dev.and_then(|index| view.u32(index)).unwrap_or(0);
    info.ino = places.ino.and_then(|index| view.u64(index)).unwrap_or(0);
    match view.result() {
        Some(fd) if fd >= 0 => {
            insert_renamed(state, event, pid, fd, info, b"");
        }
        _ => state.unstored_fd = Some(info),
    }
}

const OPENS: [EventType; 4] = [
    EventType::SYSCALL_OPEN_E,
    EventType::SYSCALL_OPENAT_2_E,
    EventType::SYSCALL_OPENAT2_E,
    EventType::SYSCALL_CREAT_E,
];

/// A descriptor of the first snapshot.
pub(crate) fn snapshot(state: &mut State, event: &Event<'_>) {
    use param::{
        iter_task_file_anon_inode_e as anon, iter_task_file_directory_e as directory,
        iter_task_file_memfd_e as memfd, iter_task_file_pipe_e as pipe,
        iter_task_file_regular_e as regular, iter_task_file_socket_netlink_e as netlink,
        iter_task_file_socket_unix_e as unix,
    };
    let view = &event.view;
    let tid = view.tid();
    let pid = event.trailer.origin().map_or_else(
        || state.thread(tid).map_or(tid, |thread| thread.pid),
        |origin| i64::from(origin.pid),
    );
    let Some(fd) = view.i32(regular::FD).map(i64::from) else { return };
    if let Some(info) = event.trailer.kept().and_then(snapshot_codec::descriptor) {
        state.insert_fd(pid, fd, info);
        return;
    }
    let path = |index: usize| view.str(index).unwrap_or_default().to_vec();
    let with_ino =
        |info: FdInfo, index: usize| FdInfo { ino: view.u64(index).unwrap_or(0), ..info };
    let info = match view.event_type() {
        EventType::ITER_TASK_FILE_PIPE_E => {
            with_ino(FdInfo::new(kinds::FIFO, path(pipe::PATH)), pipe::INO_NUM)
        }
        EventType::ITER_TASK_FILE_MEMFD_E => {
            with_ino(FdInfo::new(kinds::MEMFD, path(memfd::PATH)), memfd::INO_NUM)
        }
        EventType::ITER_TASK_FILE_REGULAR_E => FdInfo {
            dev: event.trailer.descriptor(fd).map_or(0, |reported| reported.dev),
            open_flags: view.u32(regular::FLAGS).unwrap_or(0),
            mnt: view.u32(regular::MNT_ID).unwrap_or(0),
            ..with_ino(FdInfo::new(kinds::FILE_V2, path(regular::PATH)), regular::INO_NUM)
        },
        EventType::ITER_TASK_FILE_DIRECTORY_E => {
            let folder =
                with_ino(FdInfo::new(kinds::DIRECTORY, path(directory::PATH)), directory::INO_NUM);
            // Live it is the kernel's path: a directory renamed since then has its new name.
            let walked = event.trailer.origin().map(|_| Arc::clone(&folder.name));
            FdInfo { resolved: walked.filter(|path| !path.is_empty()), ..folder }
        }
        EventType::ITER_TASK_FILE_SOCKET_INET_E | EventType::ITER_TASK_FILE_SOCKET_INET6_E => {
            inet(event)
        }
        EventType::ITER_TASK_FILE_SOCKET_UNIX_E => {
            let mut info =
                with_ino(FdInfo::new(kinds::UNIX_SOCK, path(unix::SUN_PATH)), unix::INO_NUM);
            info.unix = view.u64(unix::SK_POINTER).map(|pointer| (pointer, 0));
            // A bound unix socket is taken for a server.
            info.socket.role = if info.name.is_empty() { Role::Client } else { Role::Server };
            info
        }
        EventType::ITER_TASK_FILE_SOCKET_NETLINK_E => {
            with_ino(FdInfo::new(kinds::NETLINK, Vec::new()), netlink::INO_NUM)
        }
        EventType::ITER_TASK_FILE_ANON_INODE_E => {
            let name = path(anon::PATH);
            let kind = match view.u8(anon::FD_TYPE).map_or(kinds::UNKNOWN, u8::cast_signed) {
                kinds::UNSUPPORTED => nameless_kind(&name),
                kind => kind,
            };
            with_ino(FdInfo::new(kind, name), anon::INO_NUM)
        }
        _ => return,
    };
    state.listed(&info);
    state.insert_fd(pid, fd, info);
}
