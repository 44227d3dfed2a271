//! Calls that change who a thread is and where it stands.

use std::sync::Arc;

use peregrine_event::{Event, EventType};

use crate::fd::FdInfo;
use crate::path;
use crate::table::State;
use crate::thread::Thread;

/// Stands for the current folder where a call takes a folder's descriptor.
const AT_FDCWD: i64 = -100;
/// An option of `prctl`.
const PR_SET_NAME: u32 = 15;
/// The kernel keeps so many bytes of a thread's name.
const COMM_MOST: usize = 15;

impl State {
    /// Calls that change who a thread is or where it stands.
    pub(crate) fn identity(&mut self, event: &Event<'_>, code: EventType, tid: i64) {
        let view = &event.view;
        let changes = matches!(
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
                | EventType::SYSCALL_PRCTL_X
                | EventType::SYSCALL_UNSHARE_X
                | EventType::SYSCALL_SETNS_X
        );
        if !changes || view.i64(0).is_none_or(|result| result < 0) {
            return;
        }
        // -1 leaves what is: Falco takes it for a user of its own, and in its captures so is it here.
        let ours = event.facts.origin().is_some();
        let id = |index: usize| view.u32(index).filter(|id| !ours || *id != u32::MAX);
        let pid = self.threads.get(&tid).map_or(tid, |thread| thread.pid);
        self.capable(event, tid);
        match code {
            EventType::SYSCALL_CHDIR_X => {
                if let Some(target) = view.str(1) {
                    let (base, from) = self
                        .processes
                        .get(&pid)
                        .map(|process| (Arc::clone(&process.cwd), process.walked_cwd.clone()))
                        .unwrap_or_default();
                    let walked = event.facts.walked(1).map(|walked| walked.path);
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
                let told = event.facts.descriptor(view.i64(1).unwrap_or(-1));
                let walked =
                    told.filter(|told| !told.payload.is_empty()).map(|told| told.payload.to_vec());
                let known = || {
                    let info = self.fd(pid, view.i64(1)?)?;
                    Some(info.name.to_vec())
                };
                if let Some(target) = walked.or_else(known) {
                    self.set_cwd(pid, target);
                }
            }
            EventType::SYSCALL_SETUID_X
            | EventType::SYSCALL_SETRESUID_X
            | EventType::SYSCALL_SETREUID_X => {
                let index = if code == EventType::SYSCALL_SETUID_X { 1 } else { 2 };
                if let Some(uid) = id(index) {
                    self.each_thread(pid, |thread| thread.uid = uid);
                }
            }
            EventType::SYSCALL_SETGID_X
            | EventType::SYSCALL_SETRESGID_X
            | EventType::SYSCALL_SETREGID_X => {
                let index = if code == EventType::SYSCALL_SETGID_X { 1 } else { 2 };
                if let Some(gid) = id(index) {
                    self.each_thread(pid, |thread| thread.gid = gid);
                }
            }
            EventType::SYSCALL_SETSID_X => {
                if let Some(session) = view.i64(0) {
                    self.each_thread(pid, |thread| {
                        thread.sid = session;
                        thread.tty = 0;
                        if ours {
                            (thread.pgid, thread.vpgid) = (thread.pid, thread.vpid);
                        }
                    });
                }
            }
            EventType::SYSCALL_PRCTL_X
                if self.follows_names && view.u32(1) == Some(PR_SET_NAME) =>
            {
                let name = view.str(2).unwrap_or_default();
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.comm = Arc::from(name.get(..COMM_MOST).unwrap_or(name));
                }
            }
            EventType::SYSCALL_SETPGID_X if ours => self.moved_to_group(event, tid),
            EventType::SYSCALL_CAPSET_X => {
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.cap_inheritable = view.u64(1).unwrap_or(thread.cap_inheritable);
                    thread.cap_permitted = view.u64(2).unwrap_or(thread.cap_permitted);
                    thread.cap_effective = view.u64(3).unwrap_or(thread.cap_effective);
                }
            }
            _ => {}
        }
    }

    /// What the probe told that a thread may do now.
    pub(crate) fn capable(&mut self, event: &Event<'_>, tid: i64) {
        let Some(told) = event.facts.capabilities() else { return };
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.cap_inheritable = told.inheritable;
            thread.cap_permitted = told.permitted;
            thread.cap_effective = told.effective;
        }
    }

    /// A process was put into a group, by itself or by its parent. The numbers are those of the caller's pid
    /// namespace.
    fn moved_to_group(&mut self, event: &Event<'_>, tid: i64) {
        let view = &event.view;
        let (Some(who), Some(group)) = (view.i64(1), view.i64(2)) else { return };
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
            // A group there is already: of one of those that the caller knows by its number.
            let known = if group == own_vpid { Some(own) } else { child(self, group) };
            let known = known.or_else(|| {
                let same = |one: &&Thread| one.vpgid == group && one.sid == thread.sid;
                self.threads.values().find(same).map(|one| one.pgid)
            });
            (known.unwrap_or(-1), group)
        };
        self.each_thread(target, |thread| (thread.pgid, thread.vpgid) = (pgid, vpgid));
    }

    fn set_cwd(&mut self, pid: i64, cwd: Vec<u8>) {
        if let Some(process) = self.processes.get_mut(&pid) {
            process.cwd = cwd.into();
            process.walked_cwd = None;
        }
    }

    fn each_thread(&mut self, pid: i64, mut change: impl FnMut(&mut Thread)) {
        let threads =
            self.processes.get(&pid).map(|process| process.threads.clone()).unwrap_or_default();
        for tid in threads {
            if let Some(thread) = self.threads.get_mut(&tid) {
                change(thread);
            }
        }
    }

    /// The folder a relative path begins at by the path the kernel walked, where it was told.
    pub fn walked_base_of<'a>(&'a self, event: &Event<'a>, dirfd: i64) -> Option<&'a [u8]> {
        if dirfd == AT_FDCWD {
            let process = self.process_of(self.thread(event.view.tid())?)?;
            return process.walked_cwd.as_deref();
        }
        let told = event.facts.descriptor(dirfd)?;
        (told.kind.cast_signed() == crate::fd::kinds::DIRECTORY && !told.payload.is_empty())
            .then_some(told.payload)
    }

    /// The folder a relative path begins at: `dirfd`, or the current one.
    pub fn base_of(&self, tid: i64, dirfd: i64) -> Option<Arc<[u8]>> {
        let thread = self.thread(tid)?;
        if dirfd == AT_FDCWD {
            return Some(
                self.process_of(thread).map(|process| Arc::clone(&process.cwd)).unwrap_or_default(),
            );
        }
        self.fd(thread.pid, dirfd)
            .map(|info: &FdInfo| Arc::clone(&info.name))
            .filter(|name| !name.is_empty())
    }
}

/// Whether a relative path led, through a link, to a folder of the same name elsewhere. The probe's
/// filter cannot see that: when the call returns it knows where the path led, not any more where it
/// began. Rules then know the folder as the kernel does.
fn led_elsewhere(from: &[u8], target: &[u8], walked: &[u8]) -> bool {
    let below = path::join(b"", target);
    target.first() != Some(&b'/')
        && walked.strip_suffix(below.as_slice()).is_some_and(|folder| folder.ends_with(b"/"))
        && walked != path::join(from, target)
}
