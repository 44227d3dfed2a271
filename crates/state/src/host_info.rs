//! What the pure layers need to know of the host beyond the stream of events.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::sync::Arc;

use peregrine_event::{Program, Root, Standing};

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub uid: u32,
    /// The primary group.
    pub gid: u32,
    /// The name.
    pub name: Arc<str>,
    /// The home directory.
    pub home: Arc<str>,
    /// The login shell.
    pub shell: Arc<str>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The number.
    pub gid: u32,
    /// The name.
    pub name: Arc<str>,
}

/// An address of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// The address.
    pub address: IpAddr,
    /// The network mask.
    pub netmask: IpAddr,
}

impl Interface {
    /// Whether an address is of the same network.
    fn reaches(&self, ip: IpAddr) -> bool {
        match (self.address, self.netmask, ip) {
            (IpAddr::V4(own), IpAddr::V4(mask), IpAddr::V4(ip)) => {
                own.to_bits() & mask.to_bits() == ip.to_bits() & mask.to_bits()
            }
            (IpAddr::V6(own), _, IpAddr::V6(ip)) => network(own) == network(ip),
            _ => false,
        }
    }
}

/// The network of an address of IPv6, as Falco sees it.
fn network(ip: Ipv6Addr) -> Option<[u16; 4]> {
    ip.segments().first_chunk().copied()
}

/// Whether an address is one of the host's.
pub fn is_local(host: &dyn HostInfo, ip: IpAddr) -> bool {
    host.interfaces().iter().any(|interface| match (interface.address, ip) {
        // For IPv6 the whole network counts, as in Falco.
        (IpAddr::V6(own), IpAddr::V6(ip)) => network(own) == network(ip),
        (own, ip) => own == ip,
    })
}

/// The host's address towards another: that address where it is the host's own; that of an interface on
/// the same network; else the first one that is not a loopback address.
pub(crate) fn address_towards(host: &dyn HostInfo, ip: IpAddr) -> Option<IpAddr> {
    const LOOPS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let interfaces = host.interfaces();
    let find = |wanted: &dyn Fn(&Interface) -> bool| {
        let found = interfaces.iter().find(|interface| wanted(interface))?;
        Some(found.address)
    };
    find(&|interface| interface.address == ip)
        .or_else(|| find(&|interface| interface.reaches(ip)))
        .or_else(|| {
            find(&|interface| {
                interface.address.is_ipv4() == ip.is_ipv4() && !LOOPS.contains(&interface.address)
            })
        })
}

/// Which object a path given to a call stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// The target of the whole path, symbolic links followed.
    Followed,
    /// The last component itself, even if it is a symbolic link.
    Standing,
    /// The parent directory; the last component is removed or new.
    Folder,
}

/// A file, as an event identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenFile {
    /// Device, as captures encode it.
    pub dev: u32,
    /// Inode.
    pub ino: u64,
    /// The inode's generation, since inode numbers are reused; 0: unknown.
    pub generation: u32,
    /// The time of the event, nanoseconds since the epoch; 0: now.
    pub at: u64,
}

/// Takes the number and the path of a descriptor.
pub type TakeDescriptor<'t> = &'t mut dyn FnMut(i64, &[u8]);

/// A path given to a call, to be resolved in user space.
pub struct PathQuery<'a> {
    /// The root directory of the process.
    pub root: Root<'a>,
    /// The path relative to it, not cleaned.
    pub path: &'a [u8],
    /// Which object is meant.
    pub last: Last,
    /// The call changed what paths resolve to.
    pub changes: bool,
    /// The call changed nothing: under load others are resolved first.
    pub only_looks: bool,
    /// The process of the calling thread, in its own pid namespace and the host's.
    pub pids: [i64; 2],
    /// Threads that may have the same root, most likely ones first.
    pub threads: &'a [i64],
    /// The working directory of the process.
    pub cwd: Option<&'a [u8]>,
    /// Whether the last component has to exist after the call, or not to exist; `None`: either.
    pub stands: Option<bool>,
    /// The target of the symbolic link that the call created at the path.
    pub link: Option<&'a [u8]>,
    /// The descriptors the probe reported with the event, by number and path.
    pub reported: &'a [(i64, &'a [u8])],
    /// Passes on the known paths of the process's descriptors.
    pub descriptors: &'a dyn Fn(TakeDescriptor<'_>),
}

impl std::fmt::Debug for PathQuery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = String::from_utf8_lossy(self.path);
        f.debug_struct("PathQuery")
            .field("root", &self.root)
            .field("path", &path)
            .finish_non_exhaustive()
    }
}

/// The file of a program whose origin the kernel could not decide.
#[derive(Debug, Clone, Copy)]
pub struct ProgramFile<'a> {
    /// What the kernel reports of it.
    pub program: Program<'a>,
    /// Its path relative to the process's root.
    pub path: &'a [u8],
    /// Its inode.
    pub ino: u64,
    /// Change time of the inode, nanoseconds since the epoch.
    pub ctime: u64,
    /// The process and its parent.
    pub pids: [i64; 2],
    /// Whether the exec was just seen; otherwise the program was running before.
    pub started: bool,
}

/// A container whose accounts are requested.
#[derive(Debug, Clone, Copy)]
pub struct ContainerThreads<'a> {
    /// Its id.
    pub container: &'a str,
    /// Threads that run in it, most likely ones first; some may have exited.
    pub threads: &'a [i64],
}

/// Information about the host. `hostinfo` implements it on a live host, captures from their lists,
/// tests from tables. Callers may call often: implementations cache.
pub trait HostInfo {
    /// The account with this number.
    fn user(&self, uid: u32) -> Option<User>;

    /// The group with this number.
    fn group(&self, gid: u32) -> Option<Group>;

    /// The account with this number of the host's namespace, in a container. `None` where unknown.
    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        let _ = (inside, uid);
        None
    }

    /// The group with this number in a container.
    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        let _ = (inside, gid);
        None
    }

    /// The host's name.
    fn hostname(&self) -> String;

    /// The addresses of the host's network interfaces.
    fn interfaces(&self) -> Rc<[Interface]>;

    /// Passes on the names of hosts that have this address, among those the rules reference. `None`
    /// where unknown: addresses of a capture had their names elsewhere, at another time.
    fn host_names(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        let _ = (ip, take);
    }

    /// Passes on the paths this file had at that time, among those the rules reference: this is how a
    /// file is known under every hard link. Nothing where unknown.
    fn file_names(&self, file: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        let _ = (file, take);
    }

    /// Resolves a path now: passes on first the resolved path, then other paths of its file. Nothing
    /// where unknown.
    fn resolve_path(&self, query: &PathQuery<'_>, take: &mut dyn FnMut(&[u8])) {
        let _ = (query, take);
    }

    /// Passes on the origin of a program's file. Nothing where unknown.
    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        let _ = (asked, take);
    }

    /// The path of a process's descriptor if it still is this file, for descriptors at which the
    /// kernel's walk did not end. `None` where unknown.
    fn descriptor_path(&self, pid: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
        let _ = (pid, fd, file);
        None
    }

    /// The path of the program a process runs, where the kernel's walk did not end. `None` where
    /// unknown.
    fn program_path(&self, pid: i64) -> Option<Vec<u8>> {
        let _ = pid;
        None
    }

    /// Seconds east of Greenwich at a time (nanoseconds since the epoch).
    fn utc_offset(&self, time_ns: u64) -> i32;

    /// Writes records of the first snapshot for a thread without an earlier event: an `ITER_TASK`
    /// block, then blocks of its descriptors. Writes nothing for a thread that does not exist.
    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8]));
}

/// Knows nothing: for captures without lists, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHostInfo;

impl HostInfo for NoHostInfo {
    fn user(&self, _uid: u32) -> Option<User> {
        None
    }
    fn group(&self, _gid: u32) -> Option<Group> {
        None
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::default()
    }
    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }
    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}
