//! The acts by which hooks are tried: each is seen by one hook, changes nothing of others, and what it changes of its
//! own when nobody denies it is put back. They run in a forked process, so they allocate nothing and take no lock.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use libc::{c_int, c_long, c_void};

macro_rules! call {
    ($name:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: strings that end, numbers, and structures that live through the call.
        c_long::from(unsafe { libc::$name($($argument),*) })
    };
}
macro_rules! raw {
    ($number:ident $(, $argument:expr)* $(,)?) => {
        // SAFETY: the same.
        unsafe { libc::syscall(libc::$number $(, $argument)*) }
    };
}

/// What acts need: made before the process is forked, but for the descriptors.
#[derive(Debug)]
pub(super) struct Room {
    file: CString,
    folder: CString,
    new: CString,
    /// A file that is no program, and a small program with the set-user-id bit; -1 until [`Self::open`].
    text: c_int,
    program: c_int,
    /// The file, opened while nobody denies it.
    held: c_int,
}

/// An act: below zero and `errno`, or what the call said.
pub(super) type Attempt = fn(&Room) -> c_long;

impl Room {
    /// Makes the files in a folder that is root's; without one there are none, and acts on them fail.
    pub(super) fn new(at: Option<&Path>) -> io::Result<Self> {
        if let Some(at) = at {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(at.join("folder"))?;
            if !at.join("file").exists() {
                std::fs::write(at.join("file"), "canary\n")?;
            }
        }
        let path = |name: &str| {
            let path = at.map_or_else(Default::default, |at| at.join(name));
            CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
        };
        let (file, folder, new) = (path("file")?, path("folder")?, path("new")?);
        Ok(Self { file, folder, new, text: -1, program: -1, held: -1 })
    }

    /// Opens what has no name, in the process that acts.
    pub(super) fn open(&mut self) {
        self.text = memory(c"canary", b"canary\n", 0o700);
        self.program = memory(c"canary", &PROGRAM, 0o4700);
        let held = call!(open(self.file.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC));
        self.held = c_int::try_from(held).unwrap_or(-1);
    }
}

/// A program that ends at once.
static PROGRAM: [u8; 132] = {
    let (machine, code): (u8, [u8; 12]) = if cfg!(target_arch = "x86_64") {
        // mov eax, 60; xor edi, edi; syscall
        (62, [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0x90, 0x90, 0x90])
    } else {
        // mov x8, #93; mov x0, #0; svc #0
        (183, [0xa8, 0x0b, 0x80, 0xd2, 0, 0, 0x80, 0xd2, 1, 0, 0, 0xd4])
    };
    let mut file = [0; 132];
    let parts: [(usize, u8); 29] = [
        // ELF, 64 bits, little endian, version 1; executable; the machine; version 1.
        (0, 0x7f),
        (1, b'E'),
        (2, b'L'),
        (3, b'F'),
        (4, 2),
        (5, 1),
        (6, 1),
        (16, 2),
        (18, machine),
        (20, 1),
        // It begins at 0x10078; one program header behind this one.
        (24, 0x78),
        (26, 1),
        (32, 64),
        (52, 64),
        (54, 56),
        (56, 1),
        // To be loaded whole, readable and executable, at 0x10000; 132 bytes.
        (64, 1),
        (68, 5),
        (82, 1),
        (90, 1),
        (96, 132),
        (104, 132),
        (114, 1),
        (120, code[0]),
        (121, code[1]),
        (122, code[2]),
        (123, code[3]),
        (124, code[4]),
        (125, code[5]),
    ];
    let mut at = 0;
    while at < parts.len() {
        file[parts[at].0] = parts[at].1;
        at += 1;
    }
    let mut at = 6;
    while at < 12 {
        file[120 + at] = code[at];
        at += 1;
    }
    file
};

fn memory(name: &CStr, bytes: &[u8], mode: libc::mode_t) -> c_int {
    // SAFETY: a string with an end, and bytes with their length.
    unsafe {
        let fd = libc::memfd_create(name.as_ptr(), 0);
        libc::write(fd, bytes.as_ptr().cast(), bytes.len());
        libc::fchmod(fd, mode);
        // A file that is open for writing is no program.
        let path = own_path(fd);
        let again = libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC);
        libc::close(fd);
        again
    }
}

/// `/proc/self/fd/FD` without an allocation.
fn own_path(fd: c_int) -> [u8; 32] {
    let mut path = [0; 32];
    let begin = b"/proc/self/fd/";
    path[..begin.len()].copy_from_slice(begin);
    let (mut digits, mut rest) = (1, fd);
    while rest >= 10 {
        (digits, rest) = (digits + 1, rest / 10);
    }
    rest = fd;
    for at in (begin.len()..begin.len() + digits).rev() {
        path[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    path
}

const NULL: *mut c_void = std::ptr::null_mut();
const XATTR: &CStr = c"user.peregrine";
const ACL: &CStr = c"system.posix_acl_access";
/// Owner and nobody else: the version, then tag, rights and number of each.
const ACL_VALUE: [u8; 28] = [
    2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 4, 0, 0, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255,
    255, 255, 255,
];
/// `FS_IOC_SETFLAGS`.
const SETFLAGS: libc::Ioctl = 0x4008_6602u32 as libc::Ioctl;
/// "discard", where nobody listens.
const PORT: u16 = 9;

fn errno() -> c_int {
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() }
}

fn set_errno(number: c_int) {
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() = number };
}

/// Does something, and closes the descriptor without losing `errno`.
fn with(fd: c_long, work: impl FnOnce(c_int) -> c_long) -> c_long {
    let Ok(fd) = c_int::try_from(fd) else { return -1 };
    if fd < 0 {
        return -1;
    }
    let result = work(fd);
    let number = errno();
    let _ = call!(close(fd));
    set_errno(number);
    result
}

/// Undoes what was not denied.
fn undo(result: c_long, work: impl FnOnce() -> c_long) -> c_long {
    if result >= 0 {
        work();
    }
    result
}

fn socket(family: c_int, kind: c_int, work: impl FnOnce(c_int) -> c_long) -> c_long {
    with(call!(socket(family, kind | libc::SOCK_CLOEXEC, 0)), work)
}

/// An address of this host, as its calls take it.
fn loopback(family: c_int, port: u16) -> ([u8; 28], libc::socklen_t) {
    let mut address = [0; 28];
    address[..2].copy_from_slice(&u16::try_from(family).unwrap_or(0).to_ne_bytes());
    address[2..4].copy_from_slice(&port.to_be_bytes());
    if family == libc::AF_INET {
        address[4..8].copy_from_slice(&[127, 0, 0, 1]);
        return (address, 16);
    }
    address[23] = 1;
    (address, 28)
}

fn connect(family: c_int) -> c_long {
    let (address, length) = loopback(family, PORT);
    socket(family, libc::SOCK_DGRAM, |fd| call!(connect(fd, address.as_ptr().cast(), length)))
}

fn send(family: c_int) -> c_long {
    let (address, length) = loopback(family, PORT);
    socket(family, libc::SOCK_DGRAM, |fd| {
        let to = address.as_ptr().cast();
        // SAFETY: no bytes, and an address with its length.
        i64::try_from(unsafe { libc::sendto(fd, NULL, 0, 0, to, length) }).unwrap_or(-1)
    })
}

fn bind(family: c_int) -> c_long {
    let (address, length) = loopback(family, 0);
    socket(family, libc::SOCK_DGRAM, |fd| call!(bind(fd, address.as_ptr().cast(), length)))
}

/// Sends a descriptor to itself over a unix socket: where that is denied, the message arrives without it.
fn receive(fd: c_int) -> c_long {
    const SPACE: usize = 24;
    let mut ends: [c_int; 2] = [-1; 2];
    if call!(socketpair(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0, ends.as_mut_ptr()))
        < 0
    {
        return -1;
    }
    let mut byte = 0_u8;
    let mut part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let mut control = [0_u64; SPACE / 8];
    // SAFETY: numbers and pointers: all zeros are such a structure.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
    (message.msg_control, message.msg_controllen) = (control.as_mut_ptr().cast(), SPACE);
    with(c_long::from(ends[1]), |to| {
        with(c_long::from(ends[0]), |from| {
            // SAFETY: the first header lies in `control`, which has room for it and for one descriptor.
            unsafe {
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(4) as usize;
                libc::CMSG_DATA(header).cast::<c_int>().write_unaligned(fd);
                if libc::sendmsg(from, &raw const message, libc::MSG_NOSIGNAL) < 0
                    || libc::recvmsg(to, &raw mut message, libc::MSG_CMSG_CLOEXEC) < 0
                {
                    return -1;
                }
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                if header.is_null() || (*header).cmsg_len < libc::CMSG_LEN(4) as usize {
                    set_errno(libc::EPERM);
                    return -1;
                }
                libc::close(libc::CMSG_DATA(header).cast::<c_int>().read_unaligned());
            }
            0
        })
    })
}

/// To a socket of its own, which has a name that the kernel chose.
fn to_unix(kind: c_int) -> c_long {
    let mut address = [0_u8; 110];
    address[..2].copy_from_slice(&1_u16.to_ne_bytes());
    socket(libc::AF_UNIX, kind, |bound| {
        let mut length: libc::socklen_t = 110;
        if call!(bind(bound, address.as_ptr().cast(), 2)) < 0
            || call!(getsockname(bound, address.as_mut_ptr().cast(), &raw mut length)) < 0
            || kind == libc::SOCK_STREAM && call!(listen(bound, 1)) < 0
        {
            return -1;
        }
        socket(libc::AF_UNIX, kind, |fd| call!(connect(fd, address.as_ptr().cast(), length)))
    })
}

fn map(fd: c_int, protection: c_int, flags: c_int) -> c_long {
    // SAFETY: a new mapping that nothing uses.
    let at = unsafe { libc::mmap(NULL, 4096, protection, flags | libc::MAP_PRIVATE, fd, 0) };
    if at == libc::MAP_FAILED {
        return -1;
    }
    let result =
        if flags == 0 { 0 } else { call!(mprotect(at, 4096, libc::PROT_READ | libc::PROT_EXEC)) };
    let number = errno();
    let _ = call!(munmap(at, 4096));
    set_errno(number);
    result
}

/// Starts the program of a descriptor, which has no arguments.
fn exec(fd: c_int) -> c_long {
    let none = [std::ptr::null::<libc::c_char>()];
    let name = [c"canary".as_ptr(), std::ptr::null()];
    let (arguments, variables) = (name.as_ptr(), none.as_ptr());
    raw!(SYS_execveat, fd, c"".as_ptr(), arguments, variables, libc::AT_EMPTY_PATH)
}

/// Starts the small program in a process of its own: denied where it does not begin, or does not get to its end.
fn exec_beside(room: &Room) -> c_long {
    const FAILED: c_int = 99;
    // SAFETY: the child makes system calls only.
    let child = unsafe { libc::fork() };
    if child == 0 {
        exec(room.program);
        // SAFETY: it ends.
        unsafe { libc::_exit(if errno() == libc::EPERM { FAILED } else { FAILED + 1 }) };
    }
    let mut status = 0;
    if child < 0 || call!(waitpid(child, &raw mut status, 0)) < 0 {
        return -1;
    }
    let killed = libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL;
    let denied = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == FAILED;
    if killed || denied {
        set_errno(libc::EPERM);
        return -1;
    }
    if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
        return 0;
    }
    set_errno(libc::ENOEXEC);
    -1
}

fn agent() -> libc::pid_t {
    // SAFETY: a number.
    unsafe { libc::getppid() }
}

fn read_agent() -> c_long {
    let mut byte = 0_u8;
    let own = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let other = libc::iovec { iov_base: (&raw const PROGRAM).cast_mut().cast(), iov_len: 1 };
    // SAFETY: one byte of this process is written; the agent is a copy of it and has one there.
    let read =
        unsafe { libc::process_vm_readv(agent(), &raw const own, 1, &raw const other, 1, 0) };
    i64::try_from(read).unwrap_or(-1)
}

fn with_file(room: &Room, flags: c_int, work: impl FnOnce(c_int) -> c_long) -> c_long {
    with(call!(open(room.file.as_ptr(), flags | libc::O_CLOEXEC)), work)
}

fn set_xattr(room: &Room, name: &CStr, value: &[u8]) -> c_long {
    let (value, length) = (value.as_ptr().cast(), value.len());
    call!(setxattr(room.file.as_ptr(), name.as_ptr(), value, length, 0))
}

/// By the name of the program that must deny it. `file_ioctl_compat` sees calls of 32 bits only and has none.
pub(super) const ATTEMPTS: &[(&str, Attempt)] = &[
    ("file_open", |r| with_file(r, libc::O_RDONLY, |_| 0)),
    ("file_receive", |r| receive(r.held)),
    ("path_mknod", |r| {
        undo(call!(mknod(r.new.as_ptr(), libc::S_IFREG | 0o600, 0)), || {
            call!(unlink(r.new.as_ptr()))
        })
    }),
    ("path_mkdir", |r| undo(call!(mkdir(r.new.as_ptr(), 0o700)), || call!(rmdir(r.new.as_ptr())))),
    ("path_symlink", |r| {
        undo(call!(symlink(c"file".as_ptr(), r.new.as_ptr())), || call!(unlink(r.new.as_ptr())))
    }),
    ("path_link", |r| {
        undo(call!(link(r.file.as_ptr(), r.new.as_ptr())), || call!(unlink(r.new.as_ptr())))
    }),
    ("path_rename", |r| {
        undo(call!(rename(r.file.as_ptr(), r.new.as_ptr())), || {
            call!(rename(r.new.as_ptr(), r.file.as_ptr()))
        })
    }),
    ("path_unlink", |r| {
        undo(call!(unlink(r.file.as_ptr())), || with(call!(creat(r.file.as_ptr(), 0o600)), |_| 0))
    }),
    ("path_rmdir", |r| {
        undo(call!(rmdir(r.folder.as_ptr())), || call!(mkdir(r.folder.as_ptr(), 0o700)))
    }),
    ("path_truncate", |r| call!(truncate(r.file.as_ptr(), 7))),
    ("file_truncate", |r| with_file(r, libc::O_RDWR, |fd| call!(ftruncate(fd, 7)))),
    ("path_chmod", |r| call!(chmod(r.file.as_ptr(), 0o600))),
    ("path_chown", |r| call!(chown(r.file.as_ptr(), 0, 0))),
    ("inode_setattr", |r| call!(utimensat(-1, r.file.as_ptr(), std::ptr::null(), 0))),
    ("inode_setattr_of_two", |r| call!(utimensat(-1, r.file.as_ptr(), std::ptr::null(), 0))),
    ("inode_setxattr", |r| set_xattr(r, XATTR, b"x")),
    ("inode_removexattr", |r| call!(removexattr(r.file.as_ptr(), XATTR.as_ptr()))),
    ("inode_set_acl", |r| set_xattr(r, ACL, &ACL_VALUE)),
    ("inode_remove_acl", |r| call!(removexattr(r.file.as_ptr(), ACL.as_ptr()))),
    ("file_ioctl", |r| {
        let none: c_long = 0;
        with_file(r, libc::O_RDONLY, |fd| call!(ioctl(fd, SETFLAGS, &raw const none)))
    }),
    ("bprm_check", |r| exec(r.text)),
    ("mmap_file", |r| map(r.text, libc::PROT_READ | libc::PROT_EXEC, 0)),
    ("file_mprotect", |_| map(-1, libc::PROT_READ, libc::MAP_ANONYMOUS)),
    ("socket_create", |_| socket(libc::AF_INET, libc::SOCK_DGRAM, |_| 0)),
    ("socket_bind", |_| bind(libc::AF_INET)),
    ("socket_connect", |_| connect(libc::AF_INET)),
    ("socket_sendmsg", |_| send(libc::AF_INET)),
    ("socket_listen", |_| socket(libc::AF_INET, libc::SOCK_STREAM, |fd| call!(listen(fd, 1)))),
    ("unix_stream_connect", |_| to_unix(libc::SOCK_STREAM)),
    ("unix_may_send", |_| to_unix(libc::SOCK_DGRAM)),
    ("ptrace_access_check", |_| read_agent()),
    // Nobody minds this signal.
    ("task_kill", |_| call!(kill(agent(), libc::SIGURG))),
    ("kernel_read_file", |r| raw!(SYS_finit_module, r.text, c"".as_ptr(), 0)),
    ("kernel_load_data", |_| raw!(SYS_init_module, PROGRAM.as_ptr(), PROGRAM.len(), c"".as_ptr())),
    ("bpf_call", |_| raw!(SYS_bpf, 0, NULL, 0)),
    ("sb_mount", |r| {
        let (at, none) = (r.folder.as_ptr(), std::ptr::null());
        call!(mount(c"none".as_ptr(), at, none, 0, NULL))
    }),
    ("move_mount", |r| {
        let at = r.folder.as_ptr();
        raw!(SYS_move_mount, libc::AT_FDCWD, at, libc::AT_FDCWD, at, 0)
    }),
    ("sb_pivotroot", |r| raw!(SYS_pivot_root, r.folder.as_ptr(), r.folder.as_ptr())),
    // With both flags it is refused in any case, once the hook was asked.
    ("sb_umount", |_| call!(umount2(c"/proc".as_ptr(), libc::MNT_EXPIRE | libc::MNT_FORCE))),
    ("task_fix_setuid", |_| raw!(SYS_setuid, 0)),
    ("task_fix_setgid", |_| raw!(SYS_setgid, 0)),
    ("bprm_creds_from_file", exec_beside),
    // Sets nothing, but asks whether it might.
    ("capable", |_| raw!(SYS_settimeofday, NULL, NULL)),
    ("guard_connect4", |_| connect(libc::AF_INET)),
    ("guard_connect6", |_| connect(libc::AF_INET6)),
    ("guard_sendmsg4", |_| send(libc::AF_INET)),
    ("guard_sendmsg6", |_| send(libc::AF_INET6)),
    ("guard_bind4", |_| bind(libc::AF_INET)),
    ("guard_bind6", |_| bind(libc::AF_INET6)),
    ("guard_socket", |_| socket(libc::AF_INET, libc::SOCK_DGRAM, |_| 0)),
    ("guard_kill_exec", exec_beside),
];

#[cfg(test)]
mod tests {
    use super::super::hooks::{CGROUP_HOOKS, HOOKS};
    use super::*;

    #[test]
    fn every_hook_has_an_attempt() {
        let hooks = HOOKS.iter().map(|hook| hook.program);
        for name in hooks.chain(CGROUP_HOOKS.map(|(name, _)| name)) {
            let there = ATTEMPTS.iter().any(|(program, _)| *program == name);
            assert_eq!(there, name != "file_ioctl_compat", "{name}");
        }
    }

    #[test]
    fn a_descriptor_arrives_where_nobody_denies_it() {
        assert_eq!(receive(0), 0);
        assert_eq!(receive(-1), -1);
    }

    #[test]
    fn paths_of_descriptors_have_their_number() {
        for (fd, text) in [(0, "0"), (7, "7"), (10, "10"), (4095, "4095")] {
            let path = own_path(fd);
            let path = CStr::from_bytes_until_nul(&path).unwrap();
            assert_eq!(path.to_str().unwrap(), format!("/proc/self/fd/{text}"));
        }
    }
}
