//! Information about this host for the pure layers.
//!
//! In: `/proc`, `/etc/passwd`, `/etc/group`, `/proc/net`, the time zone, BPF iterators.
//! Out: [`Host`], which implements the trait `HostInfo`; [`Snapshots`]: the threads and descriptors at
//! the start, and threads again later, as records.
//! Never: a network request while an event waits (host names are resolved on a thread of their own); an
//! invented value: what cannot be found is unknown.

mod accounts;
mod by_directory;
mod container_accounts;
mod file_history;
mod host_files;
mod inodes;
mod interfaces;
mod names;
mod process;
mod programs;
mod resolve;
mod resolve_blocking;
mod resolve_text;
mod roots;
mod snapshot;
mod sockets;
mod usual_mounts;

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use peregrine_event::Standing;
use peregrine_state::{
    ContainerThreads, Group, HostInfo, Interface, PathQuery, ProgramFile, SeenFile, User,
};

pub use host_files::{own_pid, root as host_root, sees_all};
pub use snapshot::{FirstSnapshot, Snapshots, first_snapshot};

use crate::accounts::Accounts;
use crate::container_accounts::ContainerAccounts;
use crate::inodes::Inodes;
use crate::interfaces::Interfaces;
use crate::names::HostNames;
use crate::resolve::Resolver;

/// This host.
#[derive(Debug)]
pub struct Host {
    hostname: String,
    accounts: RefCell<Accounts>,
    container_accounts: RefCell<ContainerAccounts>,
    interfaces: RefCell<Interfaces>,
    names: HostNames,
    inodes: Inodes,
    resolver: RefCell<Resolver>,
    zone: TimeZone,
}

impl Host {
    /// Reads what does not change.
    pub fn new() -> Self {
        Self {
            hostname: hostname(),
            accounts: RefCell::new(Accounts::below(host_files::root())),
            container_accounts: RefCell::default(),
            interfaces: RefCell::default(),
            names: HostNames::default(),
            inodes: Inodes::default(),
            resolver: RefCell::default(),
            zone: TimeZone::system(),
        }
    }

    /// What the rules name, to be set on any thread.
    pub fn wanted(&self) -> Wanted {
        Wanted { names: self.names.shared(), files: self.inodes.shared() }
    }

    /// Further events are later than all before: the paths they may have changed are checked again.
    pub fn later(&self) {
        self.inodes.later();
    }

    /// The device (as the kernel reports it) and inode of each file at the paths of
    /// [`Wanted::set_files`]; `None` if they are those of the last call.
    pub fn changed_files(&self) -> Option<Vec<(u32, u64)>> {
        self.inodes.changed()
    }
}

impl Host {
    /// All users and groups of the host's own files, by number.
    pub fn accounts(&self) -> (Vec<User>, Vec<Group>) {
        self.accounts.borrow_mut().all()
    }

    /// How many paths of calls were not resolved: there were too many at once, or no process with their
    /// root directory was left.
    pub fn paths_unknown(&self) -> u64 {
        self.resolver.borrow().unknown()
    }

    /// The number of CPUs in use, and the boot time (nanoseconds since the epoch; 0 unknown).
    pub fn machine(&self) -> (u32, u64) {
        machine(
            &std::fs::read_to_string(format!("{}/stat", host_files::proc())).unwrap_or_default(),
        )
    }
}

/// `cpu0 ...` and the like, a line each, and `btime SECONDS`.
fn machine(stat: &str) -> (u32, u64) {
    let cpus = stat.lines().filter(|line| {
        let number = line.strip_prefix("cpu").and_then(|rest| rest.split(' ').next());
        number.is_some_and(|number| !number.is_empty())
    });
    let cpus = u32::try_from(cpus.count()).unwrap_or(u32::MAX).max(1);
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok());
    (cpus, boot.map_or(0, |seconds: u64| seconds.saturating_mul(1_000_000_000)))
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// The host's name: `FALCO_HOSTNAME` where it is set (a container's own name says little), if empty too, else
/// the kernel's.
pub fn hostname() -> String {
    std::env::var("FALCO_HOSTNAME").unwrap_or_else(|_| {
        std::fs::read_to_string("/proc/sys/kernel/hostname")
            .map(|name| name.trim().to_owned())
            .unwrap_or_default()
    })
}

/// What the rules name: hosts, and files by whole paths. Setting it may wait for files of a network; who asks
/// the host about events does not.
#[derive(Debug)]
pub struct Wanted {
    names: Arc<names::Shared>,
    files: Arc<inodes::Shared>,
}

impl Wanted {
    /// Resolves these names of hosts from now on, and no others, beside everything else: what is known
    /// of names that stay is kept. `unknown` is called once for each that has no address, with its name and why.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn set_names(
        &self,
        names: &[String],
        unknown: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> std::io::Result<()> {
        self.names.set(names, unknown)
    }

    /// Knows the files at these paths by their inodes from now on, and no others: what is known of paths
    /// that stay is kept. `unclear` is called once for each file system whose inodes do not say which file is
    /// meant, by one path on it.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn set_files(
        &self,
        paths: &[Vec<u8>],
        unclear: impl Fn(&str) + Send + Sync + 'static,
    ) -> std::io::Result<()> {
        self.files.set(paths, unclear)
    }
}

impl HostInfo for Host {
    fn user(&self, uid: u32) -> Option<User> {
        self.accounts.borrow_mut().user(uid)
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.accounts.borrow_mut().group(gid)
    }

    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        self.container_accounts.borrow_mut().user(inside, uid)
    }

    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        self.container_accounts.borrow_mut().group(inside, gid)
    }

    fn hostname(&self) -> String {
        self.hostname.clone()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        self.interfaces.borrow_mut().now()
    }

    fn host_names(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        self.names.of(ip, take);
    }

    fn file_names(&self, file: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        self.inodes.of(file, take);
    }

    fn resolve_path(&self, asked: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) {
        if let Some(file) = self.resolver.borrow_mut().walk(asked, take) {
            self.inodes.of(&file, take);
        }
    }

    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        programs::find(asked, take);
    }

    fn descriptor_path(&self, pid: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
        process::descriptor_path(pid, fd, file)
    }

    fn program_path(&self, pid: i64) -> Option<Vec<u8>> {
        process::program_path(pid)
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        let time = Timestamp::from_nanosecond(i128::from(time_ns)).unwrap_or_default();
        self.zone.to_offset(time).seconds()
    }

    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8])) {
        process::write(tid, write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_read() {
        let text = "cpu  1 2\ncpu0 1 2\ncpu11 3 4\nintr 5\nbtime 1700000000\nprocesses 7\n";
        assert_eq!(machine(text), (2, 1_700_000_000_000_000_000));
        assert_eq!(machine(""), (1, 0));
    }
}
