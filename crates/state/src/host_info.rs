//! What the pure layers cannot know and ask for.

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
    /// The home folder.
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

/// An address of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// The address.
    pub address: IpAddr,
    /// The bits of an address that name its network.
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

/// Whether an address is the machine's own.
pub fn is_local(outside: &dyn Outside, ip: IpAddr) -> bool {
    outside.interfaces().iter().any(|interface| match (interface.address, ip) {
        // Of the newer protocol a whole network counts, as in Falco.
        (IpAddr::V6(own), IpAddr::V6(ip)) => network(own) == network(ip),
        (own, ip) => own == ip,
    })
}

/// The machine's address towards another: this one, where it is its own; that of the interface on the
/// same network, else the first one that is not the loop's.
pub(crate) fn address_towards(outside: &dyn Outside, ip: IpAddr) -> Option<IpAddr> {
    const LOOPS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let interfaces = outside.interfaces();
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

/// What of a path a call named is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Where the whole path leads, through links to its end.
    Followed,
    /// The last name as it stands in its folder, be it a link.
    Standing,
    /// The folder; what the last name stood for is gone or new.
    Folder,
}

/// A file, as an event tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenFile {
    /// Device, as captures encode it.
    pub dev: u32,
    /// Inode.
    pub ino: u64,
    /// The inode's generation: numbers of inodes are used again. 0: not known.
    pub generation: u32,
    /// When, nanoseconds since the epoch; 0: now.
    pub at: u64,
}

/// Takes the number and the path of a descriptor.
pub type TakeDescriptor<'t> = &'t mut dyn FnMut(i64, &[u8]);

/// A path a call named, to be walked once more.
pub struct AskedPath<'a> {
    /// The folder below which the process lives.
    pub root: Root<'a>,
    /// The path from there, not cleaned.
    pub path: &'a [u8],
    /// What of it is looked at.
    pub last: Last,
    /// The call changed where paths lead.
    pub changes: bool,
    /// The call changed nothing: others go before it where there are too many.
    pub only_looks: bool,
    /// The numbers of the thread that asked: its process's in the process's own namespace and the
    /// host's.
    pub pids: [i64; 2],
    /// Threads that may live below the same root, most likely ones first.
    pub threads: &'a [i64],
    /// Its current folder.
    pub cwd: Option<&'a [u8]>,
    /// Whether the last name has to stand there once the call is over, or to be gone; none: either.
    pub stands: Option<bool>,
    /// What the symbolic link leads to that the call made at the path.
    pub link: Option<&'a [u8]>,
    /// The descriptors that the kernel told with the event, by number and path.
    pub told: &'a [(i64, &'a [u8])],
    /// Hands out the paths of its descriptors, as far as they are known.
    pub descriptors: &'a dyn Fn(TakeDescriptor<'_>),
}

impl std::fmt::Debug for AskedPath<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = String::from_utf8_lossy(self.path);
        f.debug_struct("AskedPath")
            .field("root", &self.root)
            .field("path", &path)
            .finish_non_exhaustive()
    }
}

/// A program's file of which the kernel's word is not enough.
#[derive(Debug, Clone, Copy)]
pub struct ProgramFile<'a> {
    /// What the kernel tells of it.
    pub program: Program<'a>,
    /// Its path below the process's root.
    pub path: &'a [u8],
    /// Its inode.
    pub ino: u64,
    /// When that changed, nanoseconds since the epoch.
    pub ctime: u64,
    /// The process, and its parent.
    pub pids: [i64; 2],
    /// It was started just now, not before anybody watched.
    pub started: bool,
}

/// A container, for questions about what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Inside<'a> {
    /// Its id.
    pub container: &'a str,
    /// Threads that run in it, most likely ones first; some may have ended.
    pub threads: &'a [i64],
}

/// Answers from outside the stream of events. `hostinfo` answers from the live host, a capture from
/// its own lists, tests from tables. Answers are cheap: who implements it keeps them.
pub trait Outside {
    /// The account with this number.
    fn user(&self, uid: u32) -> Option<User>;

    /// The group with this number.
    fn group(&self, gid: u32) -> Option<Group>;

    /// The account with this number, which is the host's, in a container. None where nobody can know.
    fn user_inside(&self, inside: &Inside<'_>, uid: u32) -> Option<User> {
        let _ = (inside, uid);
        None
    }

    /// The group with this number in a container.
    fn group_inside(&self, inside: &Inside<'_>, gid: u32) -> Option<Group> {
        let _ = (inside, gid);
        None
    }

    /// The host's name.
    fn hostname(&self) -> String;

    /// The addresses of the machine's network interfaces.
    fn interfaces(&self) -> Rc<[Interface]>;

    /// Hands out the names of hosts that have this address, of those somebody asked for. None where
    /// nobody can know: addresses of a capture had their names elsewhere, at another time.
    fn host_names(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        let _ = (ip, take);
    }

    /// Hands out the paths this file had at that time, of those somebody asked for: by them a file is
    /// known under every hard link. None where nobody can know.
    fn file_names(&self, file: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        let _ = (file, take);
    }

    /// Hands out where a path leads now, from the root it was asked below: first the path walked, then
    /// other paths its file has. Nothing where nobody can know.
    fn walk(&self, asked: &AskedPath<'_>, take: &mut dyn FnMut(&[u8])) {
        let _ = (asked, take);
    }

    /// Hands out whose file a program's path means. Nothing where nobody can know.
    fn program(&self, asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
        let _ = (asked, take);
    }

    /// The path of a process's descriptor, if it is still this file: asked where the kernel's walk to it did
    /// not end. Nothing where nobody can know.
    fn descriptor_path(&self, pid: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
        let _ = (pid, fd, file);
        None
    }

    /// The path of the program a process runs, asked where the kernel's walk to it did not end. Nothing
    /// where nobody can know.
    fn program_path(&self, pid: i64) -> Option<Vec<u8>> {
        let _ = pid;
        None
    }

    /// Seconds east of Greenwich at a time (nanoseconds since the epoch).
    fn utc_offset(&self, time_ns: u64) -> i32;

    /// Writes what is known of a thread no event told of, as records of the first snapshot (an
    /// `ITER_TASK` block, then blocks of its descriptors). Writes nothing when it is gone.
    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8]));
}

/// Knows nothing: for captures without lists, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOutside;

impl Outside for NoOutside {
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
