//! This host as recordings ask it: what is looked up has to be in the file, for a replay cannot look it up.

use std::cell::RefCell;
use std::rc::Rc;

use peregrine_event::Standing;
use peregrine_hostinfo::Host;
use peregrine_state::{ContainerThreads, Group, HostInfo, Interface, PathQuery, ProgramFile, User};

use super::container_accounts::ContainerAccounts;

/// This host, with the accounts that were looked up.
#[derive(Debug, Default)]
pub(super) struct RecordingHost {
    pub(super) host: Host,
    /// Records of threads that were looked up.
    pub(super) seen: RefCell<Vec<Vec<u8>>>,
    pub(super) accounts: ContainerAccounts,
}

impl HostInfo for RecordingHost {
    fn user(&self, uid: u32) -> Option<User> {
        self.host.user(uid)
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.host.group(gid)
    }

    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        let user = self.host.container_user(inside, uid)?;
        self.accounts.user(inside, &user);
        Some(user)
    }

    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        let group = self.host.container_group(inside, gid)?;
        self.accounts.group(inside, &group);
        Some(group)
    }

    fn hostname(&self) -> String {
        self.host.hostname()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        self.host.interfaces()
    }

    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        self.host.program(asked, take);
    }

    fn resolve_path(&self, asked: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) {
        self.host.resolve_path(asked, take);
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.host.utc_offset(time_ns)
    }

    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8])) {
        self.host.thread(tid, &mut |record| {
            self.seen.borrow_mut().push(record.to_vec());
            write(record);
        });
    }
}
