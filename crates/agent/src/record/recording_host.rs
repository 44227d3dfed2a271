//! A host whose answers are to be in a file: what is looked up has to be there, for a replay cannot look it up.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use peregrine_event::Standing;
use peregrine_state::{
    ContainerThreads, Group, HostInfo, Interface, PathQuery, ProgramFile, SeenFile, User,
};

use super::container_accounts::ContainerAccounts;

/// What was looked up and is not in a file yet.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    /// Records of threads.
    pub(crate) threads: RefCell<Vec<Vec<u8>>>,
    pub(crate) accounts: ContainerAccounts,
}

/// A host that keeps what is looked up.
pub(crate) struct RecordingHost<'h> {
    host: &'h dyn HostInfo,
    looked_up: &'h LookedUp,
}

impl<'h> RecordingHost<'h> {
    pub(crate) fn new(host: &'h dyn HostInfo, looked_up: &'h LookedUp) -> Self {
        Self { host, looked_up }
    }
}

impl HostInfo for RecordingHost<'_> {
    fn user(&self, uid: u32) -> Option<User> {
        self.host.user(uid)
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.host.group(gid)
    }

    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        let user = self.host.container_user(inside, uid)?;
        self.looked_up.accounts.user(inside, &user);
        Some(user)
    }

    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        let group = self.host.container_group(inside, gid)?;
        self.looked_up.accounts.group(inside, &group);
        Some(group)
    }

    fn hostname(&self) -> String {
        self.host.hostname()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        self.host.interfaces()
    }

    fn host_names(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        self.host.host_names(ip, take);
    }

    fn file_names(&self, file: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        self.host.file_names(file, take);
    }

    fn resolve_path(&self, asked: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) {
        self.host.resolve_path(asked, take);
    }

    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        self.host.program(asked, take);
    }

    fn descriptor_path(&self, pid: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
        self.host.descriptor_path(pid, fd, file)
    }

    fn program_path(&self, pid: i64) -> Option<Vec<u8>> {
        self.host.program_path(pid)
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.host.utc_offset(time_ns)
    }

    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8])) {
        self.host.thread(tid, &mut |record| {
            self.looked_up.threads.borrow_mut().push(record.to_vec());
            write(record);
        });
    }
}
