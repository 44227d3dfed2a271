//! Ways to files: read, written, made, removed, changed.

use std::ffi::CString;
use std::os::fd::AsRawFd as _;

use peregrine_guard::Level;
use peregrine_testkit::ring::op;

use super::room::Room;
use super::ways::{
    bind, by_descriptor, by_handle, by_ring, entered, exchanged_descriptor, in_mounts, low,
    of_path, old, open, overlay, pivot, read, reads, received, renamed_meanwhile, write, writes,
};
use super::{Case, left, told};
use crate::acts::{Outcome, call};

const READ: i32 = libc::O_RDONLY;
const HERE: i32 = libc::AT_FDCWD;
const BOTH: &[Level] = &[Level::Lsm, Level::FmodRet];

pub(super) const OPENS: &[Case] = &[
    told("open", "plain", |r| read(&r.c("file"))),
    left("open", "for writing", |r| write(&r.c("file"))),
    left("open", "O_TRUNC", |r| open(&r.c("file"), libc::O_WRONLY | libc::O_TRUNC).map(drop)),
    left("open", "O_TRUNC for reading", |r| open(&r.c("file"), libc::O_TRUNC).map(drop)),
    told("open", "O_PATH, then /proc/self/fd", |r| {
        read(&by_descriptor(open(&r.c("file"), libc::O_PATH)?))
    }),
    told("open", "symbolic link", |r| read(&r.c("free/link"))),
    told("open", "hard link made before", |r| read(&r.c("free/before"))),
    told("open", "in a folder", |r| read(&r.c("dir/a"))),
    told("open", "deep in a folder", |r| read(&r.c("dir/deep/b"))),
    told("open", "symbolic link to the folder", |r| read(&r.c("free/dirlink/deep/b"))),
    told("open", "relative to a descriptor of the folder", |r| {
        let fd = open(&r.c("dir/deep"), libc::O_PATH)?;
        reads(call!(openat(fd, c"b".as_ptr(), READ))?)
    }),
    told("open", "the folder renamed", |r| {
        call!(rename(r.c("dir").as_ptr(), r.c("moved").as_ptr()))?;
        let outcome = read(&r.c("moved/deep/b"));
        // Back: the room is compared by its paths.
        let _ = call!(rename(r.c("moved").as_ptr(), r.c("dir").as_ptr()));
        outcome
    }),
    told("open", "bind mount of a part", |r| {
        in_mounts(|| {
            bind(&r.c("dir/deep"), &r.c("mnt"), 0)?;
            read(&r.c("mnt/b"))
        })
    }),
    told("open", "bind mount of the file", |r| {
        in_mounts(|| {
            bind(&r.c("file"), &r.c("free/c"), 0)?;
            read(&r.c("free/c"))
        })
    }),
    told("open", "unshare: mounts of its own", |r| in_mounts(|| read(&r.c("file")))),
    told("open", "unshare: a user namespace", |r| {
        call!(unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID))?;
        read(&r.c("file"))
    }),
    told("open", "setns: the mounts of another", entered),
    told("open", "chroot", |r| {
        call!(chroot(r.c("dir/deep").as_ptr()))?;
        read(&c"/b".to_owned())
    }),
    told("open", "pivot_root", |r| in_mounts(|| pivot(r))),
    told("open", "detached mount", |r| {
        // OPEN_TREE_CLONE
        let tree = call!(syscall(libc::SYS_open_tree, HERE, r.c("dir/deep").as_ptr(), 1))?;
        reads(call!(openat(tree, c"b".as_ptr(), READ))?)
    }),
    told("open", "lower folder of an overlay", |r| in_mounts(|| overlay(r))),
    told("open", "open_by_handle_at", by_handle),
    told("open", "io_uring openat", |r| reads(by_ring(of_path(op::OPENAT, &r.c("file"), READ))?)),
    told("open", "32-bit open", |r| reads(old(5, &[low(&r.c("file")), 0, 0])?)),
    left("open", "32-bit creat", |r| old(8, &[low(&r.c("file")), 0o600]).map(drop)),
    told("open", "renamed meanwhile by a thread", renamed_meanwhile),
    told("open", "accomplice with CLONE_FILES", exchanged_descriptor),
    told("open", "descriptor passed over a unix socket", |r| {
        let end = r.passed.borrow().as_ref().unwrap().as_raw_fd();
        reads(received(end)?)
    }),
    told("open", "descriptor from before the policy", |r| {
        reads(r.opened.borrow().as_ref().unwrap().as_raw_fd())
    })
    .passes(BOTH),
    left("open", "descriptor from before, written", |r| {
        writes(r.opened.borrow().as_ref().unwrap().as_raw_fd())
    })
    .passes(BOTH),
];

pub(super) const NAMES: &[Case] = &[
    left("create", "O_CREAT", |r| open(&r.c("dir/new"), libc::O_CREAT | libc::O_WRONLY).map(drop)),
    left("create", "O_TMPFILE and linkat", |r| {
        // Of a folder elsewhere in the file system: opening one here is denied already.
        let fd = open(&r.c("elsewhere"), libc::O_TMPFILE | libc::O_WRONLY)?;
        let (from, to) = (by_descriptor(fd), r.c("dir/new"));
        let follow = libc::AT_SYMLINK_FOLLOW;
        call!(linkat(HERE, from.as_ptr(), HERE, to.as_ptr(), follow)).map(drop)
    }),
    left("create", "mkdir", |r| call!(mkdir(r.c("dir/new").as_ptr(), 0o755)).map(drop)),
    left("create", "mknod", |r| {
        call!(mknod(r.c("dir/new").as_ptr(), libc::S_IFREG | 0o600, 0)).map(drop)
    }),
    left("create", "symlink", |r| call!(symlink(c"/".as_ptr(), r.c("dir/new").as_ptr())).map(drop)),
    left("create", "link", |r| {
        call!(link(r.c("free/c").as_ptr(), r.c("dir/new").as_ptr())).map(drop)
    }),
    left("create", "rename", |r| rename(&r.c("free/c"), &r.c("dir/new"))),
    left("create", "rename over the file", |r| rename(&r.c("free/c"), &r.c("file"))),
    left("create", "a unix socket", |r| {
        std::os::unix::net::UnixListener::bind(r.path("dir/new"))
            .map(drop)
            .map_err(|error| crate::acts::number(&error))
    }),
    left("create", "through a bind mount", |r| {
        in_mounts(|| {
            bind(&r.c("dir/deep"), &r.c("mnt"), 0)?;
            open(&r.c("mnt/new"), libc::O_CREAT | libc::O_WRONLY).map(drop)
        })
    }),
    left("create", "in a chroot", |r| {
        call!(chroot(r.c("dir/deep").as_ptr()))?;
        open(&c"/new".to_owned(), libc::O_CREAT | libc::O_WRONLY).map(drop)
    }),
    left("create", "io_uring openat", |r| {
        by_ring(of_path(op::OPENAT, &r.c("dir/new"), libc::O_CREAT | libc::O_WRONLY)).map(drop)
    }),
    left("create", "io_uring mkdirat", |r| {
        let path = r.c("dir/new");
        let mut request = of_path(op::MKDIRAT, &path, 0);
        request.len = 0o755;
        by_ring(request).map(drop)
    }),
    left("create", "32-bit mkdir", |r| old(39, &[low(&r.c("dir/new")), 0o755]).map(drop)),
    left("remove", "unlink", |r| call!(unlink(r.c("file").as_ptr())).map(drop)),
    left("remove", "in a folder", |r| call!(unlink(r.c("dir/a").as_ptr())).map(drop)),
    left("remove", "rmdir", |r| call!(rmdir(r.c("dir/empty").as_ptr())).map(drop)),
    left("remove", "rename", |r| rename(&r.c("dir/a"), &r.c("elsewhere/a"))),
    left("remove", "exchange", |r| exchange(&r.c("free/c"), &r.c("file"))),
    left("remove", "exchange, the other way", |r| exchange(&r.c("file"), &r.c("free/c"))),
    left("remove", "through a bind mount", |r| {
        in_mounts(|| {
            bind(&r.c("dir/deep"), &r.c("mnt"), 0)?;
            call!(unlink(r.c("mnt/b").as_ptr())).map(drop)
        })
    }),
    left("remove", "io_uring unlinkat", |r| {
        by_ring(of_path(op::UNLINKAT, &r.c("file"), 0)).map(drop)
    }),
    left("remove", "32-bit unlink", |r| old(10, &[low(&r.c("file"))]).map(drop)),
    left("remove", "32-bit rename", |r| {
        old(38, &[low(&r.c("dir/a")), low(&r.c("elsewhere/a"))]).map(drop)
    }),
    left("link", "out of the folder", |r| {
        call!(link(r.c("dir/a").as_ptr(), r.c("elsewhere/a").as_ptr())).map(drop)
    }),
    left("link", "of a descriptor", |r| {
        let from = by_descriptor(open(&r.c("dir/a"), libc::O_PATH)?);
        let (to, follow) = (r.c("elsewhere/a"), libc::AT_SYMLINK_FOLLOW);
        call!(linkat(HERE, from.as_ptr(), HERE, to.as_ptr(), follow)).map(drop)
    }),
    left("link", "32-bit link", |r| {
        old(9, &[low(&r.c("dir/a")), low(&r.c("elsewhere/a"))]).map(drop)
    }),
];

pub(super) const ATTRIBUTES: &[Case] = &[
    left("attributes", "chmod", |r| call!(chmod(r.c("file").as_ptr(), 0o777)).map(drop)),
    left("attributes", "chmod through O_PATH", |r| {
        let path = by_descriptor(open(&r.c("file"), libc::O_PATH)?);
        call!(chmod(path.as_ptr(), 0o777)).map(drop)
    }),
    left("attributes", "fchmod, opened before", |r| {
        call!(fchmod(r.opened.borrow().as_ref().unwrap().as_raw_fd(), 0o777)).map(drop)
    }),
    left("attributes", "chown", |r| call!(chown(r.c("file").as_ptr(), 1, 1)).map(drop)),
    left("attributes", "utimensat", |r| {
        let times = [libc::timespec { tv_sec: 1, tv_nsec: 0 }; 2];
        call!(utimensat(HERE, r.c("file").as_ptr(), times.as_ptr(), 0)).map(drop)
    }),
    left("attributes", "truncate", |r| call!(truncate(r.c("file").as_ptr(), 0)).map(drop)),
    left("attributes", "truncate of a hard link", |r| {
        call!(truncate(r.c("free/before").as_ptr(), 0)).map(drop)
    }),
    left("attributes", "ftruncate, opened before", |r| {
        call!(ftruncate(r.opened.borrow().as_ref().unwrap().as_raw_fd(), 0)).map(drop)
    }),
    left("attributes", "setxattr", |r| {
        let (path, name) = (r.c("file"), c"trusted.x".as_ptr());
        call!(setxattr(path.as_ptr(), name, c"x".as_ptr().cast(), 1, 0)).map(drop)
    }),
    left("attributes", "an ACL", set_acl),
    left("attributes", "chattr, opened before", |r| {
        let (fd, nodump) = (r.opened.borrow().as_ref().unwrap().as_raw_fd(), 0x40_i32);
        call!(ioctl(fd, libc::FS_IOC_SETFLAGS, &raw const nodump)).map(drop)
    }),
    left("attributes", "32-bit chmod", |r| old(15, &[low(&r.c("file")), 0o777]).map(drop)),
    left("attributes", "32-bit truncate", |r| old(92, &[low(&r.c("file")), 0]).map(drop)),
    left("attributes", "32-bit chattr, opened before", |r| {
        let fd = r.opened.borrow().as_ref().unwrap().as_raw_fd().cast_unsigned();
        let nodump = peregrine_testkit::i386::low(&0x40_u32.to_ne_bytes());
        // FS_IOC32_SETFLAGS
        old(54, &[fd, 0x4004_6602, nodump]).map(drop)
    }),
];

fn rename(from: &CString, to: &CString) -> Outcome {
    call!(rename(from.as_ptr(), to.as_ptr())).map(drop)
}

fn exchange(from: &CString, to: &CString) -> Outcome {
    let (from, to, how) = (from.as_ptr(), to.as_ptr(), libc::RENAME_EXCHANGE);
    call!(syscall(libc::SYS_renameat2, HERE, from, HERE, to, how)).map(drop)
}

fn set_acl(room: &Room) -> Outcome {
    // Version 2; owner, a user, group, mask, others, each with its rights.
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in [
        (1_u16, 6_u16, u32::MAX),
        (2, 4, 1),
        (4, 4, u32::MAX),
        (16, 4, u32::MAX),
        (32, 0, u32::MAX),
    ] {
        acl.extend(tag.to_le_bytes());
        acl.extend(rights.to_le_bytes());
        acl.extend(id.to_le_bytes());
    }
    let (path, name) = (room.c("file"), c"system.posix_acl_access".as_ptr());
    call!(setxattr(path.as_ptr(), name, acl.as_ptr().cast(), acl.len(), 0)).map(drop)
}
