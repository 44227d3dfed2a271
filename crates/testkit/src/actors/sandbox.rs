//! Where acts happen: nothing they do reaches the machine.

use std::ffi::CString;
use std::fs;
use std::io::Error;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::calls::sys;
use super::opens::FILES;
use super::processes::NAMES;

const MOUNT_ATTR_RDONLY: u64 = 1;
const AT_RECURSIVE: usize = 0x8000;

/// A folder for acts, and the only one they can write in: for this thread and what it starts from now
/// on all other files can only be read. It is gone with the last of them.
#[derive(Debug)]
pub struct Sandbox {
    base: PathBuf,
    /// Where control groups `0`, `1` and `2` are, where there is one hierarchy of all.
    groups: Option<PathBuf>,
    /// Stays outside, and takes all of it away when the other end of the channel is gone.
    outside: Option<(Sender<()>, JoinHandle<()>)>,
}

fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path")
}

fn done(what: &str, result: i64) {
    let error = || Error::from_raw_os_error(i32::try_from(-result).unwrap_or(0));
    assert!(result >= 0, "{what}: {}", error());
}

/// Whether files below can be written, at mounts of our own.
fn read_only(path: &Path, on: bool) {
    let attributes = if on { [MOUNT_ATTR_RDONLY, 0, 0, 0] } else { [0, MOUNT_ATTR_RDONLY, 0, 0] };
    let (path, at) = (c(path), attributes.as_ptr() as usize);
    // All below it, or this one only.
    let how = if on { AT_RECURSIVE } else { 0 };
    let args = [usize::MAX - 99, path.as_ptr() as usize, how, at, size_of_val(&attributes)];
    done("make a mount read-only, or not", sys(libc::SYS_mount_setattr, &args));
}

impl Sandbox {
    /// Makes one, named so.
    ///
    /// # Panics
    /// When it cannot.
    pub fn new(name: &str) -> Self {
        let name = format!("{name}-{}", std::process::id());
        let base = std::env::temp_dir().canonicalize().expect("a folder").join(&name);
        let program = base.join("program");
        fs::create_dir_all(base.join("acts")).expect("a folder");
        fs::copy(std::env::current_exe().expect("its own program"), &program).expect("a copy");
        for name in NAMES {
            symlink(&program, base.join(name)).expect("a link");
        }
        let hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
        let unified = hierarchies.into_iter().find(|path| path.join("cgroup.procs").exists());
        let groups = unified.map(|path| path.join(&name));
        for group in groups.iter().flat_map(|path| ["0", "1", "2"].map(|one| path.join(one))) {
            fs::create_dir_all(group).expect("a control group");
        }
        let outside = taken_away(base.clone(), groups.clone());
        let acts = c(&base.join("acts"));
        let (slash, kind) = (c(Path::new("/")), c"tmpfs".as_ptr() as usize);
        let private = usize::try_from(libc::MS_REC | libc::MS_PRIVATE).unwrap_or(0);
        done("have mounts of its own", sys(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize]));
        let args = [kind, slash.as_ptr() as usize, 0, private, 0];
        done("have mounts nobody else sees", sys(libc::SYS_mount, &args));
        read_only(Path::new("/"), true);
        let args = [kind, acts.as_ptr() as usize, kind, 0, 0];
        done("mount a folder for acts", sys(libc::SYS_mount, &args));
        // Names of threads and control groups are written there.
        for path in [Some(Path::new("/proc")), unified].into_iter().flatten() {
            read_only(path, false);
        }
        let sandbox = Self { base, groups, outside: Some(outside) };
        assert!(fs::write(sandbox.base.join("here"), "").is_err(), "the machine is kept from acts");
        sandbox
    }

    /// Where programs are.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The folder of the control groups.
    pub fn groups(&self) -> Option<&Path> {
        self.groups.as_deref()
    }

    /// Where acts find their files and folders.
    pub fn scene(&self) -> PathBuf {
        scene(&self.base)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.outside.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// A thread that does not go with the caller, and removes what is left on the machine in the end.
fn taken_away(base: PathBuf, groups: Option<PathBuf>) -> (Sender<()>, JoinHandle<()>) {
    let (end, wait) = channel();
    let thread = std::thread::spawn(move || {
        let _ = wait.recv();
        for group in groups.iter().flat_map(|path| ["0", "1", "2", ""].map(|one| path.join(one))) {
            let _ = fs::remove_dir(group);
        }
        let _ = fs::remove_dir_all(&base);
    });
    (end, thread)
}

pub(super) fn scene(base: &Path) -> PathBuf {
    base.join("acts/scene")
}

/// Makes the scene anew.
pub(super) fn set_scene(base: &Path) {
    let scene = scene(base);
    let _ = fs::remove_dir_all(&scene);
    for root in [scene.clone(), scene.join("jail")] {
        for folder in ["", "below/deep", "sub", ".hid", "near/far", "bound"] {
            fs::create_dir_all(root.join(folder)).expect("a folder of the scene");
        }
        for folder in ["", "below", "below/deep", "sub", ".hid", "near", "near/far", "bound"] {
            let all = fs::Permissions::from_mode(0o777);
            fs::set_permissions(root.join(folder), all).expect("a folder for everybody");
        }
        for (link, to) in [("points", "sub"), ("alias", "."), ("linked", "secret")] {
            symlink(to, root.join(link)).expect("a link of the scene");
        }
        for file in FILES.iter().filter(|file| !file.contains("none") && **file != "hard") {
            let path = root.join(file);
            fs::write(&path, "some bytes of a file").expect("a file of the scene");
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("for everybody");
        }
        fs::hard_link(root.join("other"), root.join("hard")).expect("a second name");
    }
}
