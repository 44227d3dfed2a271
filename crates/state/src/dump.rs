//! The state written as records of a first snapshot.

use std::net::IpAddr;

use peregrine_event::{
    Descriptor, EventBuilder, EventType, Origin, Standing, TrailerWriter, arguments,
};

use crate::endpoints::Endpoint;
use crate::fd::{FdInfo, L4, kinds};
use crate::snapshot_codec;
use crate::state::State;
use crate::thread::Thread;

impl State {
    /// Passes `take` a record for every known thread, parents first, then one for every descriptor: a
    /// state that applies them is equal to this one. What the last event ended is left out.
    pub fn dump(&mut self, take: &mut dyn FnMut(&[u8])) {
        self.settle();
        let mut threads: Vec<(usize, &Thread)> = self
            .threads
            .values()
            .filter(|thread| thread.known)
            .map(|thread| (self.ancestors(thread).count(), thread))
            .collect();
        // A process comes before its other threads, a parent before its children.
        threads.sort_unstable_by_key(|(depth, thread)| (*depth, !thread.is_main(), thread.tid));
        for (_, thread) in threads {
            take(&task(self, thread));
        }
        let mut processes: Vec<_> = self.processes.iter().collect();
        processes.sort_unstable_by_key(|(pid, _)| **pid);
        for (pid, process) in processes {
            let mut fds: Vec<_> = process.fds.iter().collect();
            fds.sort_unstable_by_key(|(fd, _)| *fd);
            for (fd, info) in fds {
                take(&descriptor(*pid, fd, info));
            }
        }
    }
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(-1)
}

fn origin(pid: i64) -> TrailerWriter {
    let pid = u32::try_from(pid).unwrap_or(0);
    TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid })
}

fn task(state: &State, thread: &Thread) -> Vec<u8> {
    let image = &thread.image;
    let argv = std::iter::once(&*image.exe).chain(&image.args);
    let block = EventBuilder::new(EventType::ITER_TASK_E, 0, thread.tid)
        .i32(small(thread.ptid))
        .i32(small(thread.pgid))
        .i32(small(thread.vpgid))
        .i32(small(thread.sid))
        .str(&thread.comm)
        .strs(argv)
        .str(&image.exepath)
        .u32(image.flags)
        .strs(image.env.iter())
        .str(state.cwd(thread))
        .u64(thread.fdlimit.cast_unsigned())
        .u32(thread.uid)
        .u32(thread.gid)
        .u64(thread.cap_permitted)
        .u64(thread.cap_effective)
        .u64(thread.cap_inheritable)
        .u64(image.ino)
        .u64(image.ctime)
        .u64(image.mtime)
        .u32(thread.vm_size)
        .u32(thread.vm_rss)
        .u32(thread.vm_swap)
        .u64(thread.pgft_maj)
        .u64(thread.pgft_min)
        .i32(small(thread.vtid))
        .i32(small(thread.vpid))
        .u64(thread.pidns_start_ts)
        .strs(thread.cgroups.iter().map(AsRef::as_ref))
        // The root directory, which state does not track.
        .str(b"/")
        .u64(thread.start_ts)
        .u32(thread.tty)
        .u32(thread.loginuid);
    let standing = Standing {
        whose: image.whose,
        removed: image.removed,
        raised: image.raised,
        known_as: image.known_as.as_deref().unwrap_or_default(),
    };
    let trailer = origin(thread.pid)
        .kept(&snapshot_codec::thread_bytes(thread))
        .standing(&standing)
        .argument(arguments::PATH, &image.program);
    [block.finish(), trailer.finish()].concat()
}

fn descriptor(pid: i64, fd: i64, info: &FdInfo) -> Vec<u8> {
    use EventType as E;
    let block = |code| EventBuilder::new(code, 0, pid).i32(small(fd));
    let name: &[u8] = &info.name;
    let block = match info.kind {
        kinds::FILE | kinds::FILE_V2 => block(E::ITER_TASK_FILE_REGULAR_E)
            .str(name)
            .u32(info.open_flags)
            .u32(info.mnt)
            .u64(info.ino),
        kinds::DIRECTORY => block(E::ITER_TASK_FILE_DIRECTORY_E).str(name).u64(info.ino),
        kinds::FIFO => block(E::ITER_TASK_FILE_PIPE_E).str(name).u64(info.ino),
        kinds::MEMFD => block(E::ITER_TASK_FILE_MEMFD_E).str(name).u64(info.ino),
        kinds::IPV4_SOCK | kinds::IPV4_SERVSOCK => {
            inet(block(E::ITER_TASK_FILE_SOCKET_INET_E), info, v4)
        }
        kinds::IPV6_SOCK | kinds::IPV6_SERVSOCK => {
            inet(block(E::ITER_TASK_FILE_SOCKET_INET6_E), info, v6)
        }
        kinds::UNIX_SOCK => block(E::ITER_TASK_FILE_SOCKET_UNIX_E)
            .u16(1)
            .u16(0)
            .u64(info.unix.unwrap_or_default().0)
            .str(name)
            .u64(info.ino),
        kinds::NETLINK => block(E::ITER_TASK_FILE_SOCKET_NETLINK_E).u16(3).u16(0).u64(info.ino),
        kind => {
            block(E::ITER_TASK_FILE_ANON_INODE_E).u8(kind.cast_unsigned()).str(name).u64(info.ino)
        }
    };
    let mut trailer = origin(pid);
    if info.dev != 0 {
        trailer = trailer.descriptor(&Descriptor {
            fd: small(fd),
            kind: 0,
            role: 0,
            open_flags: 0,
            dev: info.dev,
            mnt: 0,
            ino: info.ino,
            payload: &[],
        });
    }
    if let Some(kept) = snapshot_codec::descriptor_bytes(info) {
        trailer = trailer.kept(&kept);
    }
    [block.finish(), trailer.finish()].concat()
}

/// Type, protocol and endpoints of a socket: the client first, a listening socket's own endpoint alone.
fn inet(block: EventBuilder, info: &FdInfo, bytes: fn(IpAddr) -> Vec<u8>) -> EventBuilder {
    const NOBODY: Endpoint = Endpoint { ip: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), port: 0 };
    let (kind, protocol) = match info.socket.ends.l4(info.kind) {
        L4::Tcp => (1, 6),
        L4::Udp => (2, 17),
        L4::Icmp => (3, 1),
        L4::Raw => (3, 255),
        L4::Unknown | L4::Na => (1, 0),
    };
    let (first, second) = match (info.source(), info.destination()) {
        (Some(first), second) => (first, second.unwrap_or(NOBODY)),
        (None, first) => (first.unwrap_or(NOBODY), NOBODY),
    };
    block
        .u16(kind)
        .u16(protocol)
        .bytes(&bytes(first.ip))
        .u16(first.port)
        .bytes(&bytes(second.ip))
        .u16(second.port)
        .u64(info.ino)
}

fn v4(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => {
            ip.to_ipv4_mapped().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED).octets().to_vec()
        }
    }
}

fn v6(ip: IpAddr) -> Vec<u8> {
    match ip {
        // The unspecified address is the same in both families.
        IpAddr::V4(ip) if ip.is_unspecified() => vec![0; 16],
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}
