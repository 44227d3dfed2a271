//! Calls that change a thread's credentials, session, name or working directory.

use std::sync::{Arc, LazyLock};

use peregrine_event::{Event, EventType, param};

use crate::fd::FdInfo;
use crate::path;
use crate::state::State;
use crate::thread::{Thread, clone_flags};

/// Stands for the working directory where a call takes the descriptor of a directory.
const AT_FDCWD: i64 = -100;
/// An option of `prctl`.
const PR_SET_NAME: u32 = 15;
/// The kernel stores this many bytes of a thread's name.
const COMM_MOST: usize = 15;
/// All capabilities.
const EVERY_CAPABILITY: u64 = (1 << 41) - 1;

/// The working directory of a thread whose process is unknown.
static HERE: LazyLock<Arc<[u8]>> = LazyLock::new(|| Arc::from(&b"./"[..]));

/// Whether [`State::identity`] has to apply events of this type.
#[inline]
pub(crate) fn changes_identity(code: EventType) -> bool {
    matches!(
        code,
        EventType::SYSCALL_CHDIR_X
            | EventType::SYSCALL_FCHDIR_X
            | EventType::SYSCALL_SETUID_X
            | EventType::SYSCALL_SETRESUID_X
            | EventType::SYSCALL_SETREUID_X
            | EventType::SYSCALL_SETGID_X
            | EventType::SYSCALL_SETRESGID_X
            | EventType::SYSCALL_SETREGID_X
            | EventType::SYSCALL_SETSID_X
            | EventType::SYSCALL_CAPSET_X
            | EventType::SYSCALL_SETPGID_X
            | EventType::SYSCALL_UNSHARE_X
            | EventType::SYSCALL_SETNS_X
            | EventType::SYSCALL_PRCTL_X
            | EventType::SYSCALL_PRLIMIT_X
            | EventType::SYSCALL_SETRLIMIT_X
            | EventType::SYSCALL_GETRLIMIT_X
    )
}

impl State {
    /// Applies the calls of [`changes_identity`].
    pub(crate) fn identity(&mut self, event: &Event<'_>, code: EventType, tid: i64) {
        let view = &event.view;
        if view.result().is_none_or(|result| result < 0) {
            return;
        }
        // -1 changes nothing. Falco takes it for a user, and so do its captures here.
        let ours = event.trailer.origin().is_some();
        let id = |index: usize| view.u32(index).filter(|id| !ours || *id != u32::MAX);
        self.capable(event, tid);
        let Some(thread) = self.threads.get(&tid) else { return };
        let (pid, files, rootless) = (thread.pid, thread.files(), self.is_rootless(thread));
        let moves = matches!(code, EventType::SYSCALL_CHDIR_X | EventType::SYSCALL_FCHDIR_X);
        if moves && rootless {
            return;
        }
        // Falco uses the thread's own working directory, which a later thread does not have.
        let from = if files == tid { tid } else { pid };
        let lost = self.falco_semantics && from != tid && thread.start_ts != 0;
        match code {
            EventType::SYSCALL_CHDIR_X => {
                if let Some(target) = view.str(param::chdir_x::PATH) {
                    let (base, from) = self
                        .processes
                        .get(&from)
                        .filter(|_| !lost)
                        .map(|process| (Arc::clone(&process.cwd), process.walked_cwd.clone()))
                        .unwrap_or_default();
                    let walked = event.trailer.resolved_path(1).map(|walked| walked.path);
                    let led = walked.filter(|walked| {
                        led_elsewhere(from.as_deref().unwrap_or(&base), target, walked)
                    });
                    let cwd = led.map_or_else(|| path::join(&base, target), <[u8]>::to_vec);
                    self.set_cwd(pid, cwd);
                    if let Some((process, walked)) = self.processes.get_mut(&pid).zip(walked)
                        && *process.cwd != *walked
                    {
                        process.walked_cwd = Some(Arc::from(walked));
                    }
                }
            }
            EventType::SYSCALL_FCHDIR_X => {
                let reported =
                    event.trailer.descriptor(view.i64(param::fchdir_x::FD).unwrap_or(-1));
                let walked = reported
                    .filter(|reported| !reported.payload.is_empty())
                    .map(|reported| reported.payload.to_vec());
                let known = || {
                    let info = self.fd(files, view.i64(param::fchdir_x::FD)?)?;
                    Some(info.name.to_vec())
                };
                if let Some(target) = walked.or_else(known) {
                    self.set_cwd(pid, target);
                }
            }
            // These change only the calling thread. Libraries repeat the call in every thread.
            EventType::SYSCALL_SETUID_X
            | EventType::SYSCALL_SETRESUID_X
            | EventType::SYSCALL_SETREUID_X => {
                let index = match code {
                    EventType::SYSCALL_SETUID_X => param::setuid_x::UID,
                    EventType::SYSCALL_SETRESUID_X => param::setresuid_x::EUID,
                    _ => param::setreuid_x::EUID,
                };
                if let Some((thread, uid)) = self.threads.get_mut(&tid).zip(id(index)) {
                    thread.uid = uid;
                }
            }
            EventType::SYSCALL_SETGID_X
            | EventType::SYSCALL_SETRESGID_X
            | EventType::SYSCALL_SETREGID_X => {
                let index = match code {
                    EventType::SYSCALL_SETGID_X => param::setgid_x::GID,
                    EventType::SYSCALL_SETRESGID_X => param::setresgid_x::EGID,
                    _ => param::setregid_x::EGID,
                };
                if let Some((thread, gid)) = self.threads.get_mut(&tid).zip(id(index)) {
                    thread.gid = gid;
                }
            }
            EventType::SYSCALL_SETSID_X => self.new_session(event, pid, tid),
            EventType::SYSCALL_SETPGID_X if ours => self.moved_to_group(event, tid),
            EventType::SYSCALL_UNSHARE_X | EventType::SYSCALL_SETNS_X => {
                let flags = view.u32(match code {
                    EventType::SYSCALL_UNSHARE_X => param::unshare_x::FLAGS,
                    _ => param::setns_x::NSTYPE,
                });
                // The probe's report is more exact.
                if event.trailer.capabilities().is_none()
                    && flags.is_some_and(|flags| flags & clone_flags::NEWUSER != 0)
                    && let Some(thread) = self.threads.get_mut(&tid)
                {
                    thread.cap_inheritable = EVERY_CAPABILITY;
                    thread.cap_permitted = EVERY_CAPABILITY;
                    thread.cap_effective = EVERY_CAPABILITY;
                }
            }
            EventType::SYSCALL_PRCTL_X => {
                const CHILD_SUBREAPER: u32 = 36;
                if self.follows_names
                    && view.u32(param::prctl_x::OPTION) == Some(PR_SET_NAME)
                    && let Some(thread) = self.threads.get_mut(&tid)
                {
                    let name = view.str(param::prctl_x::ARG2_STR).unwrap_or_default();
                    thread.comm = Arc::from(name.get(..COMM_MOST).unwrap_or(name));
                }
                if view.u32(param::prctl_x::OPTION) == Some(CHILD_SUBREAPER)
                    && let Some(process) = self.processes.get_mut(&pid)
                {
                    process.reaps = view.i64(param::prctl_x::ARG2_INT).unwrap_or(0) != 0;
                }
            }
            EventType::SYSCALL_PRLIMIT_X => {
                let of = view.i64(param::prlimit_x::PID).filter(|of| *of > 0).unwrap_or(tid);
                self.limited(event, of, view.u8(param::prlimit_x::RESOURCE));
            }
            EventType::SYSCALL_SETRLIMIT_X | EventType::SYSCALL_GETRLIMIT_X => {
                self.limited(event, tid, view.u8(param::setrlimit_x::RESOURCE));
            }
            EventType::SYSCALL_CAPSET_X => {
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.cap_inheritable = view
                        .u64(param::capset_x::CAP_INHERITABLE)
                        .unwrap_or(thread.cap_inheritable);
                    thread.cap_permitted =
                        view.u64(param::capset_x::CAP_PERMITTED).unwrap_or(thread.cap_permitted);
                    thread.cap_effective =
                        view.u64(param::capset_x::CAP_EFFECTIVE).unwrap_or(thread.cap_effective);
                }
            }
            _ => {}
        }
    }

    /// Applies the capabilities the probe reports.
    pub(crate) fn capable(&mut self, event: &Event<'_>, tid: i64) {
        let Some(reported) = event.trailer.capabilities() else { return };
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.cap_inheritable = reported.inheritable;
            thread.cap_permitted = reported.permitted;
            thread.cap_effective = reported.effective;
        }
    }

    /// A process was moved to a process group, by itself or by its parent. The numbers are those of the
    /// caller's pid namespace.
    fn moved_to_group(&mut self, event: &Event<'_>, tid: i64) {
        let view = &event.view;
        let (Some(who), Some(group)) =
            (view.i64(param::setpgid_x::PID), view.i64(param::setpgid_x::PGID))
        else {
            return;
        };
        let Some(caller) = self.threads.get(&tid) else { return };
        let (own, own_vpid, on_host) = (caller.pid, caller.vpid, caller.pid == caller.vpid);
        let child = |state: &Self, number: i64| {
            let children = &state.processes.get(&own)?.children;
            let is = |pid: &&i64| {
                let thread = state.main_thread(**pid);
                if on_host { **pid == number } else { thread.is_some_and(|one| one.vpid == number) }
            };
            children.iter().find(is).copied()
        };
        let target = if who == 0 || who == own_vpid { Some(own) } else { child(self, who) };
        let Some(target) = target else { return };
        let Some(thread) = self.main_thread(target) else { return };
        let (leads, in_own) = (group == 0 || group == who, thread.vpid);
        let (pgid, vpgid) = if leads || (target == own && group == own_vpid) {
            (target, in_own)
        } else if on_host {
            let leader = self.main_thread(group).map(|leader| leader.vpid);
            (group, if in_own == target { group } else { leader.unwrap_or(group) })
        } else {
            // An existing group: of a process that the caller knows by its number.
            let known = if group == own_vpid { Some(own) } else { child(self, group) };
            let known = known.or_else(|| {
                let same = |one: &&Thread| one.vpgid == group && one.sid == thread.sid;
                self.threads.values().find(same).map(|one| one.pgid)
            });
            (known.unwrap_or(-1), group)
        };
        let threads = self.processes.get(&target).map(|process| process.threads.clone());
        for tid in threads.unwrap_or_default() {
            if let Some(thread) = self.threads.get_mut(&tid) {
                (thread.pgid, thread.vpgid) = (pgid, vpgid);
            }
        }
    }

    fn set_cwd(&mut self, pid: i64, cwd: Vec<u8>) {
        if let Some(process) = self.processes.get_mut(&pid) {
            process.cwd = cwd.into();
            process.walked_cwd = None;
        }
    }

    /// A session belongs to a process. In Falco and in its captures it belongs to a thread, which also
    /// keeps its terminal.
    fn new_session(&mut self, event: &Event<'_>, pid: i64, tid: i64) {
        let Some(session) = event.view.result() else { return };
        let falco_semantics = self.falco_semantics;
        let threads = self.processes.get(&pid).map(|process| process.threads.clone());
        for other in threads.unwrap_or_default() {
            if let Some(thread) =
                self.threads.get_mut(&other).filter(|_| !falco_semantics || other == tid)
            {
                thread.sid = session;
                if !falco_semantics {
                    thread.tty = 0;
                }
                if event.trailer.origin().is_some() {
                    (thread.pgid, thread.vpgid) = (thread.pid, thread.vpid);
                }
            }
        }
    }

    /// A limit on descriptors, of a call about limits of the process of thread `of`.
    fn limited(&mut self, event: &Event<'_>, of: i64, resource: Option<u8>) {
        const DESCRIPTORS: u8 = 7;
        // All these calls begin with the limit that holds now.
        const _: () = assert!(
            param::prlimit_x::NEWCUR == param::setrlimit_x::CUR
                && param::prlimit_x::NEWMAX == param::setrlimit_x::MAX
        );
        let view = &event.view;
        let limit = view
            .i64(param::prlimit_x::NEWCUR)
            .filter(|limit| *limit != -1 && resource == Some(DESCRIPTORS));
        let Some(limit) = limit else { return };
        // For a prlimit that only reads, the probe reports a new limit of 0. Falco applies it.
        let asks = view.event_type() == EventType::SYSCALL_PRLIMIT_X
            && (limit, view.i64(param::prlimit_x::NEWMAX)) == (0, Some(0));
        if asks && !self.falco_semantics {
            return;
        }
        let pid =
            self.threads.get(&of).filter(|thread| thread.known).map_or(of, |thread| thread.pid);
        if let Some(main) = self.threads.get_mut(&pid).filter(|main| main.known) {
            main.fdlimit = limit;
        }
    }

    /// The memory of a thread after a call that changed it.
    pub(crate) fn apply_memory_usage(&mut self, event: &Event<'_>, tid: i64) {
        let view = &event.view;
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.vm_size = view.u32(param::brk_4_x::VM_SIZE).unwrap_or(thread.vm_size);
            thread.vm_rss = view.u32(param::brk_4_x::VM_RSS).unwrap_or(thread.vm_rss);
            thread.vm_swap = view.u32(param::brk_4_x::VM_SWAP).unwrap_or(thread.vm_swap);
        }
    }

    /// The directory a relative path starts at, as the kernel walked it, where that is known.
    pub fn walked_base_of<'a>(&'a self, event: &Event<'a>, dirfd: i64) -> Option<&'a [u8]> {
        if dirfd == AT_FDCWD {
            let process = self.process_of(self.thread(event.view.tid())?)?;
            return process.walked_cwd.as_deref();
        }
        let reported = event.trailer.descriptor(dirfd)?;
        (reported.kind.cast_signed() == crate::fd::kinds::DIRECTORY && !reported.payload.is_empty())
            .then_some(reported.payload)
    }

    /// The directory a relative path starts at: `dirfd`, or the working directory.
    pub fn base_of(&self, tid: i64, dirfd: i64) -> Option<Arc<[u8]>> {
        let thread = self.thread(tid)?;
        if dirfd == AT_FDCWD {
            if self.is_rootless(thread) {
                return Some(Arc::clone(&HERE));
            }
            return Some(
                self.process_of(thread).map(|process| Arc::clone(&process.cwd)).unwrap_or_default(),
            );
        }
        self.fd(thread.files(), dirfd)
            .map(|info: &FdInfo| Arc::clone(&info.name))
            .filter(|name| !name.is_empty())
    }
}

/// Whether a relative path led through a symbolic link to a directory of the same name elsewhere. The
/// kernel filter cannot see this: at the return of the call it knows where the path led, not where it
/// started. Rules then see the directory as the kernel does.
fn led_elsewhere(from: &[u8], target: &[u8], walked: &[u8]) -> bool {
    let below = path::join(b"", target);
    target.first() != Some(&b'/')
        && walked.strip_suffix(below.as_slice()).is_some_and(|folder| folder.ends_with(b"/"))
        && walked != path::join(from, target)
}
