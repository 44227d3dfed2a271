//! Acts by every way there is, at every level of this kernel: the effect is absent.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::{Act, Level, Mode, PathKind};
use peregrine_testkit::Folder;

use crate::acts::forked;
use crate::policies;

const SECRET: &[u8] = b"secret";

/// Where the acts are tried: a protected file, a protected folder, a protected program, and what leads to them.
struct Room {
    root: Folder,
}

impl Room {
    fn new() -> Self {
        let root = Folder::new("table");
        let room = Self { root };
        room.fill();
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn c(&self, name: &str) -> CString {
        CString::new(self.path(name).as_os_str().as_bytes()).unwrap()
    }

    fn fill(&self) {
        for folder in ["dir", "dir/deep", "free", "elsewhere", "mnt"] {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
        for file in ["file", "dir/a", "dir/deep/b", "free/c"] {
            std::fs::write(self.path(file), SECRET).unwrap();
        }
        std::fs::hard_link(self.path("file"), self.path("free/before")).unwrap();
        symlink(self.path("file"), self.path("free/link")).unwrap();
        symlink(self.path("dir"), self.path("free/dirlink")).unwrap();
        std::fs::copy("/bin/true", self.path("program")).unwrap();
        std::fs::copy("/bin/true", self.path("free/program")).unwrap();
        std::fs::write(self.path("script"), "#!/bin/sh\nexit 0\n").unwrap();
        std::process::Command::new("/bin/busybox")
            .args(["chmod", "755"])
            .arg(self.path("script"))
            .status()
            .unwrap();
    }

    /// Whether all that is protected is as it was.
    fn is_whole(&self) -> bool {
        ["file", "dir/a", "dir/deep/b"]
            .iter()
            .all(|file| std::fs::read(self.path(file)).is_ok_and(|text| text == SECRET))
            && !self.path("dir/new").exists()
            && !self.path("elsewhere/a").exists()
            && self.path("file").metadata().is_ok_and(|meta| {
                std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777 != 0o777
            })
    }
}

fn open(path: &CString, flags: i32) -> i64 {
    // SAFETY: a path with an end.
    let fd = unsafe { libc::open(path.as_ptr(), flags, 0o600) };
    i64::from(fd)
}

macro_rules! call {
    ($call:ident($($argument:expr),*)) => {{
        // SAFETY: paths with an end, numbers and buffers that live through the call.
        i64::from(unsafe { libc::$call($($argument),*) })
    }};
}

/// One attempt: the act, the way, what is done in a process of its own.
type Attempt = (&'static str, &'static str, fn(&Room) -> i64);

/// An act on what is not protected.
type Free = (&'static str, fn(&Room) -> i64);

const READ: i32 = libc::O_RDONLY;

const ATTEMPTS: &[Attempt] = &[
    ("open", "plain", |r| open(&r.c("file"), READ)),
    ("open", "for writing", |r| open(&r.c("file"), libc::O_WRONLY)),
    ("open", "O_TRUNC", |r| open(&r.c("file"), libc::O_WRONLY | libc::O_TRUNC)),
    ("open", "O_PATH, then /proc/self/fd", |r| {
        let fd = open(&r.c("file"), libc::O_PATH);
        open(&CString::new(format!("/proc/self/fd/{fd}")).unwrap(), READ)
    }),
    ("open", "symbolic link", |r| open(&r.c("free/link"), READ)),
    ("open", "hard link made before", |r| open(&r.c("free/before"), READ)),
    ("open", "in a folder", |r| open(&r.c("dir/a"), READ)),
    ("open", "deep in a folder", |r| open(&r.c("dir/deep/b"), READ)),
    ("open", "symbolic link to the folder", |r| open(&r.c("free/dirlink/deep/b"), READ)),
    ("open", "relative to a descriptor of the folder", |r| {
        let fd = call!(open(r.c("dir/deep").as_ptr(), libc::O_PATH));
        call!(openat(i32::try_from(fd).unwrap(), c"b".as_ptr(), READ))
    }),
    ("open", "bind mount of a part", |r| {
        in_mounts(|| {
            let _ = call!(mount(
                r.c("dir/deep").as_ptr(),
                r.c("mnt").as_ptr(),
                std::ptr::null(),
                libc::MS_BIND,
                std::ptr::null()
            ));
            open(&r.c("mnt/b"), READ)
        })
    }),
    ("open", "bind mount of the file", |r| {
        in_mounts(|| {
            let _ = call!(mount(
                r.c("file").as_ptr(),
                r.c("free/c").as_ptr(),
                std::ptr::null(),
                libc::MS_BIND,
                std::ptr::null()
            ));
            open(&r.c("free/c"), READ)
        })
    }),
    ("open", "chroot", |r| {
        let _ = call!(chroot(r.c("dir/deep").as_ptr()));
        open(&c"/b".to_owned(), READ)
    }),
    ("open", "detached mount", |r| {
        // SAFETY: a path with an end and numbers.
        let tree = unsafe {
            libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, r.c("dir/deep").as_ptr(), 1)
        };
        call!(openat(i32::try_from(tree).unwrap(), c"b".as_ptr(), READ))
    }),
    ("open", "open_by_handle_at", by_handle),
    ("create", "O_CREAT", |r| open(&r.c("dir/new"), libc::O_CREAT | libc::O_WRONLY)),
    ("create", "mkdir", |r| call!(mkdir(r.c("dir/new").as_ptr(), 0o755))),
    ("create", "mknod", |r| call!(mknod(r.c("dir/new").as_ptr(), libc::S_IFREG | 0o600, 0))),
    ("create", "symlink", |r| call!(symlink(c"/".as_ptr(), r.c("dir/new").as_ptr()))),
    ("create", "link", |r| call!(link(r.c("free/c").as_ptr(), r.c("dir/new").as_ptr()))),
    ("create", "rename", |r| call!(rename(r.c("free/c").as_ptr(), r.c("dir/new").as_ptr()))),
    ("create", "over the file", |r| call!(rename(r.c("free/c").as_ptr(), r.c("file").as_ptr()))),
    ("create", "O_TMPFILE and linkat", |r| {
        let fd = open(&r.c("dir"), libc::O_TMPFILE | libc::O_WRONLY);
        if fd < 0 {
            return fd;
        }
        let from = CString::new(format!("/proc/self/fd/{fd}")).unwrap();
        call!(linkat(
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            r.c("dir/new").as_ptr(),
            libc::AT_SYMLINK_FOLLOW
        ))
    }),
    ("remove", "unlink", |r| call!(unlink(r.c("file").as_ptr()))),
    ("remove", "in a folder", |r| call!(unlink(r.c("dir/a").as_ptr()))),
    ("remove", "rename", |r| call!(rename(r.c("dir/a").as_ptr(), r.c("elsewhere/a").as_ptr()))),
    ("remove", "exchange", |r| exchange(&r.c("free/c"), &r.c("file"))),
    ("remove", "exchange, the other way", |r| exchange(&r.c("file"), &r.c("free/c"))),
    ("link", "out of the folder", |r| {
        call!(link(r.c("dir/a").as_ptr(), r.c("elsewhere/a").as_ptr()))
    }),
    ("attributes", "chmod", |r| call!(chmod(r.c("file").as_ptr(), 0o777))),
    ("attributes", "fchmod of O_PATH's file", |r| {
        let fd = open(&r.c("file"), libc::O_PATH);
        let path = CString::new(format!("/proc/self/fd/{fd}")).unwrap();
        call!(chmod(path.as_ptr(), 0o777))
    }),
    ("attributes", "chown", |r| call!(chown(r.c("file").as_ptr(), 1, 1))),
    ("attributes", "utimensat", |r| {
        call!(utimensat(libc::AT_FDCWD, r.c("file").as_ptr(), std::ptr::null(), 0))
    }),
    ("attributes", "truncate", |r| call!(truncate(r.c("file").as_ptr(), 0))),
    ("attributes", "setxattr", |r| {
        call!(setxattr(r.c("file").as_ptr(), c"trusted.x".as_ptr(), c"x".as_ptr().cast(), 1, 0))
    }),
    ("attributes", "an ACL", set_acl),
    ("exec", "plain", |r| exec(&r.c("program"))),
    ("exec", "script", |r| exec(&r.c("script"))),
    ("exec", "execveat of a descriptor", |r| {
        let fd = open(&r.c("program"), libc::O_PATH);
        exec_fd(i32::try_from(fd).unwrap())
    }),
    ("exec", "memfd", |_| {
        let fd = i32::try_from(call!(memfd_create(c"x".as_ptr(), 0))).unwrap();
        let bytes = std::fs::read("/bin/true").unwrap();
        std::fs::write(format!("/proc/self/fd/{fd}"), bytes).unwrap();
        exec_fd(fd)
    }),
    ("map_exec", "the program loader", |r| {
        let loader = CString::new("/lib64/ld-linux-x86-64.so.2").unwrap();
        let program = r.c("program");
        let arguments = [loader.as_ptr(), program.as_ptr(), std::ptr::null()];
        let environment = [std::ptr::null()];
        call!(execve(loader.as_ptr(), arguments.as_ptr(), environment.as_ptr()))
    }),
];

fn in_mounts(act: impl FnOnce() -> i64) -> i64 {
    let _ = call!(unshare(libc::CLONE_NEWNS));
    let _ = call!(mount(
        c"none".as_ptr(),
        c"/".as_ptr(),
        std::ptr::null(),
        libc::MS_REC | libc::MS_PRIVATE,
        std::ptr::null()
    ));
    act()
}

fn exchange(from: &CString, to: &CString) -> i64 {
    // SAFETY: paths with an end and numbers.
    unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    }
}

fn by_handle(room: &Room) -> i64 {
    #[repr(C)]
    struct Handle {
        bytes: u32,
        kind: i32,
        room: [u8; 128],
    }
    let mut handle = Handle { bytes: 128, kind: 0, room: [0; 128] };
    let mut mount = 0;
    let named = call!(name_to_handle_at(
        libc::AT_FDCWD,
        room.c("file").as_ptr(),
        (&raw mut handle).cast(),
        &raw mut mount,
        0
    ));
    if named < 0 {
        return -2;
    }
    let at = i32::try_from(open(&room.c("free"), libc::O_DIRECTORY)).unwrap();
    call!(open_by_handle_at(at, (&raw mut handle).cast(), READ))
}

fn set_acl(room: &Room) -> i64 {
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
    call!(setxattr(
        room.c("file").as_ptr(),
        c"system.posix_acl_access".as_ptr(),
        acl.as_ptr().cast(),
        acl.len(),
        0
    ))
}

fn exec(program: &CString) -> i64 {
    let arguments = [program.as_ptr(), std::ptr::null()];
    let environment = [std::ptr::null()];
    call!(execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()))
}

fn exec_fd(fd: i32) -> i64 {
    let arguments = [c"x".as_ptr(), std::ptr::null()];
    let environment: [*const libc::c_char; 1] = [std::ptr::null()];
    // SAFETY: the lists end with nothing and live through the call.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            fd,
            c"".as_ptr(),
            arguments.as_ptr(),
            environment.as_ptr(),
            libc::AT_EMPTY_PATH,
        )
    }
}

/// The file, all below the folder, the programs, memory that has no file: everything on them is denied.
fn deny_all(room: &Room) -> peregrine_guard::Compiled {
    use peregrine_guard::layout::{self, flag, needs};
    let mut compiled = policies::none();
    let number = policies::policy(&mut compiled, "room", Mode::Enforce, true);
    policies::path(&mut compiled, &room.path("file"), PathKind::Exact, 0);
    policies::path(&mut compiled, &room.path("dir"), PathKind::Below, 0);
    policies::path(&mut compiled, &room.path("program"), PathKind::Exact, 1);
    policies::path(&mut compiled, &room.path("script"), PathKind::Exact, 1);
    for act in [Act::Open, Act::Create, Act::Remove, Act::Link, Act::Attributes] {
        policies::deny_object(&mut compiled, act, number, 0);
    }
    policies::deny_object(&mut compiled, Act::Exec, number, 1);
    policies::deny_object(&mut compiled, Act::MapExec, number, 1);
    policies::on(&mut compiled, Act::Exec, number, needs::OBJECT, &[(layout::FLAGS, flag::MEMFD)]);
    compiled
}

#[test]
fn the_effect_of_denied_acts_is_absent() {
    if !peregrine_testkit::root("the_effect_of_denied_acts_is_absent") {
        return;
    }
    let host = capabilities();
    for level in [Level::Lsm, Level::FmodRet] {
        if !host.of_act(Act::Open).contains(level) {
            println!("TABLE {} is not offered by this kernel", level.name());
            continue;
        }
        let room = Room::new();
        let options = Options { level: Some(level), ..Options::default() };
        let guard = Guard::start(&deny_all(&room), &options).unwrap();
        let mut wrong = Vec::new();
        for (act, way, attempt) in ATTEMPTS {
            let said = forked(|| attempt(&room));
            // A way this kernel or file system does not have.
            let is_none = matches!(said, Some(libc::ENOSYS | libc::EOPNOTSUPP | libc::EINVAL));
            let denied = matches!(said, Some(libc::EPERM | libc::EACCES))
                || (*act == "map_exec" && said != Some(0));
            let word = if is_none {
                "not here"
            } else if denied {
                "denied"
            } else {
                "NOT DENIED"
            };
            println!("TABLE | {} | {act} | {way} | {word} | {said:?}", level.name());
            if (!is_none && !denied) || !room.is_whole() {
                wrong.push(format!(
                    "{} {act} {way}: {said:?}, whole: {}",
                    level.name(),
                    room.is_whole()
                ));
                room.fill_again();
            }
        }
        // What is not protected goes on.
        let free: &[Free] = &[
            ("open", |r| open(&r.c("free/c"), READ)),
            ("create", |r| open(&r.c("free/new"), libc::O_CREAT | libc::O_WRONLY)),
            ("remove", |r| call!(unlink(r.c("free/new").as_ptr()))),
            ("exec", |r| exec(&r.c("free/program"))),
        ];
        for (act, attempt) in free {
            let said = forked(|| attempt(&room));
            if said != Some(0) {
                wrong.push(format!("{} free {act}: {said:?}", level.name()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        println!(
            "TABLE {} {} attempts, losses {:?}",
            level.name(),
            ATTEMPTS.len(),
            guard.counts().unwrap().losses
        );
    }
}

impl Room {
    /// After an act that had an effect: as before.
    fn fill_again(&self) {
        for path in ["dir", "free", "elsewhere", "file"].map(|name| self.path(name)) {
            remove(&path);
        }
        self.fill();
    }
}

fn remove(path: &Path) {
    let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}
