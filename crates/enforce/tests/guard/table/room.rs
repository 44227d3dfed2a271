//! Where the acts of the table are tried: what is protected, what leads there, and what shows that it was reached.

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::fmt::Write as _;
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};

use peregrine_testkit::Folder;

use super::ways::pass;
use super::wires::Wires;
use crate::acts::{begun, call};

/// What protected files say.
pub(crate) const SECRET: &[u8] = b"secret";
/// What others say.
const PUBLIC: &[u8] = b"public";
/// A module that guests bring.
pub(crate) const MODULE: &str = "/modules/dummy.ko";
pub(crate) const GROUP: &str = "/sys/fs/cgroup/table";

/// The files and sockets of the table.
pub(crate) struct Room {
    root: Folder,
    pub(crate) wires: Wires,
    /// Of the protected file, from before any policy.
    pub(crate) opened: RefCell<Option<File>>,
    /// Here a descriptor of the protected file arrives, which this process opened and sent.
    pub(crate) passed: RefCell<Option<OwnedFd>>,
    /// A process that does nothing, with the program of this test.
    pub(crate) victim: Cell<i32>,
    stream: UnixListener,
    datagrams: UnixDatagram,
    arrived: Cell<u32>,
}

impl Room {
    pub(crate) fn new() -> Self {
        let root = Folder::new("table");
        let stream = UnixListener::bind(root.join("stream")).unwrap();
        stream.set_nonblocking(true).unwrap();
        let datagrams = UnixDatagram::bind(root.join("datagrams")).unwrap();
        datagrams.set_nonblocking(true).unwrap();
        symlink(root.join("stream"), root.join("to-stream")).unwrap();
        let room = Self {
            root,
            wires: Wires::new(),
            opened: RefCell::default(),
            passed: RefCell::default(),
            victim: Cell::new(0),
            stream,
            datagrams,
            arrived: Cell::new(0),
        };
        room.fill();
        room
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn c(&self, name: &str) -> CString {
        CString::new(self.path(name).as_os_str().as_bytes()).unwrap()
    }

    fn fill(&self) {
        for folder in
            ["dir/deep", "dir/empty", "free", "elsewhere", "mnt", "point", "out", "up", "work"]
        {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
        for file in ["file", "dir/a", "dir/deep/b"] {
            std::fs::write(self.path(file), SECRET).unwrap();
        }
        for file in ["free/c", "free/d"] {
            std::fs::write(self.path(file), PUBLIC).unwrap();
        }
        std::fs::hard_link(self.path("file"), self.path("free/before")).unwrap();
        symlink(self.path("file"), self.path("free/link")).unwrap();
        symlink(self.path("dir"), self.path("free/dirlink")).unwrap();
        self.programs();
        self.mode("out", 0o777);
        let file = File::options().read(true).write(true).open(self.path("file")).unwrap();
        *self.opened.borrow_mut() = Some(file);
        if self.victim.get() == 0 {
            self.victim.set(begun(|| {
                // Not those of this process: programs live as long as there is one of their links.
                call!(close_range(3, u32::MAX, 0))?;
                loop {
                    std::thread::sleep(std::time::Duration::from_mins(1));
                }
            }));
        }
    }

    /// Protected: `program`, `script`. Each makes `out/ran` when it runs.
    fn programs(&self) {
        let ran = self.path("out/ran").display().to_string();
        for program in ["program", "free/program", "free/of-another"] {
            std::fs::copy("/usr/bin/touch", self.path(program)).unwrap();
        }
        let _ = std::fs::remove_file(self.path("free/same-program"));
        std::fs::hard_link(self.path("program"), self.path("free/same-program")).unwrap();
        let _ = std::fs::remove_file(self.path("free/to-program"));
        symlink(self.path("program"), self.path("free/to-program")).unwrap();
        std::fs::write(self.path("script"), format!("#!/bin/sh\n: >{ran}\n")).unwrap();
        let program = self.path("program").display().to_string();
        std::fs::write(self.path("free/script"), format!("#!{program} {ran}\n")).unwrap();
        for script in ["script", "free/script"] {
            self.mode(script, 0o755);
        }
        std::os::unix::fs::chown(self.path("free/of-another"), Some(1), Some(1)).unwrap();
        self.mode("free/of-another", 0o4755);
    }

    fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Before each attempt: a descriptor of the protected file waits to be received.
    pub(crate) fn offer(&self) {
        let opened = self.opened.borrow();
        *self.passed.borrow_mut() = Some(pass(opened.as_ref().unwrap().as_raw_fd()));
    }

    /// All that an act could have changed, or have brought here.
    pub(crate) fn state(&self) -> String {
        let mut all = String::new();
        for name in ["file", "dir/a", "dir/deep/b"] {
            let path = self.path(name);
            let text = std::fs::read(&path).map(|text| String::from_utf8_lossy(&text).into_owned());
            write!(all, "{name} {text:?} ").unwrap();
            if let Ok(meta) = path.metadata() {
                let (mode, owner, links) = (meta.mode(), meta.uid(), meta.nlink());
                write!(all, "{mode:o} {owner} {links} {}.{}", meta.mtime(), meta.mtime_nsec())
                    .unwrap();
            }
            let c = self.c(name);
            let names = call!(listxattr(c.as_ptr(), std::ptr::null_mut(), 0));
            writeln!(all, " names {names:?} flags {:?}", flags(&path)).unwrap();
        }
        for folder in ["dir", "dir/deep", "elsewhere"] {
            let names = std::fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
            let mut names: Vec<_> = names.map(|entry| entry.file_name()).collect();
            names.sort();
            writeln!(all, "{folder} {names:?}").unwrap();
        }
        let mut arrived = self.arrived.get();
        while self.stream.accept().is_ok() {
            arrived += 1;
        }
        while self.datagrams.recv(&mut [0; 8]).is_ok() {
            arrived += 1;
        }
        self.arrived.set(arrived);
        let ran = self.path("out/ran").exists();
        let module = Path::new("/sys/module/dummy").exists();
        let wires = self.wires.arrived();
        writeln!(all, "ran {ran} module {module} unix {arrived} wires {wires}").unwrap();
        all
    }

    /// After an act that had an effect: as before.
    pub(crate) fn fill_again(&self) {
        let _ = call!(syscall(libc::SYS_delete_module, c"dummy".as_ptr(), libc::O_NONBLOCK));
        let _ = std::fs::remove_dir(GROUP);
        for name in ["dir", "moved", "free", "elsewhere", "out", "file", "program", "script"] {
            let path = self.path(name);
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
        }
        let victim = self.victim.get();
        if call!(waitpid(victim, std::ptr::null_mut(), libc::WNOHANG)) != Ok(0) {
            self.victim.set(0);
        }
        self.fill();
    }
}

/// What `chattr` changes.
fn flags(path: &Path) -> Option<i32> {
    let file = File::open(path).ok()?;
    let mut flags = 0;
    call!(ioctl(file.as_raw_fd(), libc::FS_IOC_GETFLAGS, &raw mut flags)).ok()?;
    Some(flags)
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = call!(kill(self.victim.get(), libc::SIGKILL));
        let _ = call!(waitpid(self.victim.get(), std::ptr::null_mut(), 0));
    }
}
