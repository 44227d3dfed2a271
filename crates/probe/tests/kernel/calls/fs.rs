//! Calls on the tree of files: what stands where, whose it is, what is mounted.

use super::Row;
use super::reported::{
    CWD, NO_FD, NOWHERE, Room, bits, dev_ino, is_named, is_silent, reported, words,
};
use crate::call;
use crate::watch::{Expected, Folder, P, Seen, Watch, c};

pub const ROWS: &[Row] = &[
    Row("stat", stat),
    Row("lstat", lstat),
    Row("fstat", fstat),
    Row("newfstatat", newfstatat),
    Row("access", access),
    Row("mkdir", mkdir),
    Row("mkdirat", mkdirat),
    Row("rmdir", rmdir),
    Row("mknod", mknod),
    Row("mknodat", mknodat),
    Row("chown", chown),
    Row("lchown", lchown),
    Row("fchown", fchown),
    Row("fchownat", fchownat),
    Row("getdents", getdents),
    Row("getdents64", getdents64),
    Row("getcwd", getcwd),
    Row("flock", flock),
    Row("lseek", lseek),
    Row("copy_file_range", copy_file_range),
    Row("mount", mount),
    Row("umount2", umount2),
    Row("open_by_handle_at", open_by_handle_at),
];

/// A folder with a file of ten bytes, and descriptors of both.
struct Tree {
    folder: Folder,
    file: std::path::PathBuf,
    dir: i64,
    fd: i64,
}

fn tree() -> Tree {
    let folder = Folder::new("fs-row");
    let file = folder.path("file");
    std::fs::write(&file, "ten bytes.").unwrap();
    let dir = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    let fd = call!(SYS_open, &c(&file), libc::O_RDWR);
    assert!(dir >= 0 && fd >= 0);
    Tree { folder, file, dir, fd }
}

impl Drop for Tree {
    fn drop(&mut self) {
        call!(SYS_close, self.dir);
        call!(SYS_close, self.fd);
    }
}

fn stat(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    let seen = watch.see(|| {
        call!(SYS_stat, &c(&t.file), room.at());
        call!(SYS_stat, NOWHERE, room.at());
        vec![reported!("stat", 0_i64, &t.file), reported!("stat", -14_i64, ())]
    });
    is_silent(&seen[0]);
}

fn lstat(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    watch.see(|| {
        call!(SYS_lstat, &c(&t.file), room.at());
        call!(SYS_lstat, NOWHERE, room.at());
        vec![reported!("lstat", 0_i64, &t.file), reported!("lstat", -14_i64, ())]
    });
}

fn fstat(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    let seen = watch.see(|| {
        call!(SYS_fstat, t.fd, room.at());
        call!(SYS_fstat, -1, room.at());
        vec![reported!("fstat", 0_i64, t.fd), reported!("fstat", -9_i64, -1_i64)]
    });
    is_named(&seen[0], t.fd, &t.file);
    is_silent(&seen[1]);
}

fn newfstatat(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    let seen = watch.see(|| {
        call!(SYS_newfstatat, t.dir, &c("file"), room.at(), libc::AT_SYMLINK_NOFOLLOW);
        let of_fd = libc::AT_EMPTY_PATH | libc::AT_NO_AUTOMOUNT;
        call!(SYS_newfstatat, t.fd, &c(""), room.at(), of_fd);
        call!(SYS_newfstatat, CWD, &c(&t.file), room.at(), -1);
        call!(SYS_newfstatat, CWD, NOWHERE, room.at(), 0);
        vec![
            reported!("newfstatat", 0_i64, t.dir, "file", 0x100_u32),
            reported!("newfstatat", 0_i64, t.fd, "", 0x1800_u32),
            reported!("newfstatat", -22_i64, CWD, &t.file, 0x1900_u32),
            reported!("newfstatat", -14_i64, CWD, (), 0_u32),
        ]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
    is_named(&seen[1], t.fd, &t.file);
    is_silent(&seen[2]);
}

fn access(watch: &mut Watch) {
    let t = tree();
    watch.see(|| {
        call!(SYS_access, &c(&t.file), 0);
        call!(SYS_access, &c(&t.file), libc::R_OK);
        call!(SYS_access, &c("/no/such"), libc::W_OK | libc::X_OK);
        call!(SYS_access, &c(&t.file), -1);
        call!(SYS_access, NOWHERE, 0);
        vec![
            reported!("access", 0_i64, &t.file, 0_u32),
            reported!("access", 0_i64, &t.file, 4_u32),
            reported!("access", -2_i64, "/no/such", 3_u32),
            reported!("access", -22_i64, &t.file, 7_u32),
            reported!("access", -14_i64, (), 0_u32),
        ]
    });
}

fn mkdir(watch: &mut Watch) {
    let t = tree();
    let new = t.folder.path("new");
    watch.see(|| {
        call!(SYS_mkdir, &c(&new), 0o1777);
        call!(SYS_mkdir, &c(&new), 0);
        call!(SYS_mkdir, NOWHERE, -1);
        vec![
            reported!("mkdir", 0_i64, &new, 0o1777_u32),
            reported!("mkdir", -17_i64, &new, 0_u32),
            reported!("mkdir", -14_i64, (), u32::MAX),
        ]
    });
}

fn mkdirat(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_mkdirat, t.dir, &c("new"), 0o700);
        call!(SYS_mkdirat, CWD, &c(&t.file), 0o755);
        call!(SYS_mkdirat, NO_FD, &c("new"), 0o755);
        call!(SYS_mkdirat, CWD, NOWHERE, 0o755);
        vec![
            reported!("mkdirat", 0_i64, t.dir, "new", 0o700_u32),
            reported!("mkdirat", -17_i64, CWD, &t.file, 0o755_u32),
            reported!("mkdirat", -9_i64, NO_FD, "new", 0o755_u32),
            reported!("mkdirat", -14_i64, CWD, (), 0o755_u32),
        ]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
    is_silent(&seen[2]);
}

fn rmdir(watch: &mut Watch) {
    let t = tree();
    let new = t.folder.path("new");
    std::fs::create_dir(&new).unwrap();
    watch.see(|| {
        call!(SYS_rmdir, &c(&new));
        call!(SYS_rmdir, &c(&t.file));
        call!(SYS_rmdir, NOWHERE);
        vec![
            reported!("rmdir", 0_i64, &new),
            reported!("rmdir", -20_i64, &t.file),
            reported!("rmdir", -14_i64, ()),
        ]
    });
}

/// /dev/null as a user's number, and as the capture format has it.
const NULL_DEVICE: i32 = 0x103;
const NULL_DEVICE_TOLD: u32 = 0x10_0003;

fn mknod(watch: &mut Watch) {
    let t = tree();
    let p = |name: &str| t.folder.path(name);
    watch.see(|| {
        call!(SYS_mknod, &c(p("pipe")), 0o010_644, 0);
        call!(SYS_mknod, &c(p("null")), 0o020_600, NULL_DEVICE);
        call!(SYS_mknod, &c(p("plain")), 0o4711, 0);
        call!(SYS_mknod, &c(p("folder")), 0o040_755, 0);
        call!(SYS_mknod, NOWHERE, 0o060_000, -1);
        vec![
            reported!("mknod", 0_i64, &p("pipe"), 0o010_644_u32, 0_u32),
            reported!("mknod", 0_i64, &p("null"), 0o020_600_u32, NULL_DEVICE_TOLD),
            reported!("mknod", 0_i64, &p("plain"), 0o104_711_u32, 0_u32),
            reported!("mknod", -1_i64, &p("folder"), 0o755_u32, 0_u32),
            reported!("mknod", -14_i64, (), 0o060_000_u32, u32::MAX),
        ]
    });
}

fn mknodat(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_mknodat, t.dir, &c("null"), 0o020_666, NULL_DEVICE);
        call!(SYS_mknodat, t.dir, &c("socket"), 0o140_600, 0);
        call!(SYS_mknodat, NO_FD, &c("x"), 0o100_600, 0);
        call!(SYS_mknodat, CWD, NOWHERE, 0, 0);
        vec![
            reported!("mknodat", 0_i64, t.dir, "null", 0o020_666_u32, NULL_DEVICE_TOLD),
            reported!("mknodat", 0_i64, t.dir, "socket", 0o140_600_u32, 0_u32),
            reported!("mknodat", -9_i64, NO_FD, "x", 0o100_600_u32, 0_u32),
            reported!("mknodat", -14_i64, CWD, (), 0o100_000_u32, 0_u32),
        ]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
}

fn chown(watch: &mut Watch) {
    let t = tree();
    watch.see(|| {
        call!(SYS_chown, &c(&t.file), 12, 34);
        call!(SYS_chown, &c("/no/such"), -1, -1);
        call!(SYS_chown, NOWHERE, 0, 1);
        vec![
            reported!("chown", 0_i64, &t.file, 12_u32, 34_u32),
            reported!("chown", -2_i64, "/no/such", u32::MAX, u32::MAX),
            reported!("chown", -14_i64, (), 0_u32, 1_u32),
        ]
    });
}

fn lchown(watch: &mut Watch) {
    let t = tree();
    let link = t.folder.path("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    watch.see(|| {
        call!(SYS_lchown, &c(&link), 12, -1);
        call!(SYS_lchown, NOWHERE, 0, 1);
        vec![
            reported!("lchown", 0_i64, &link, 12_u32, u32::MAX),
            reported!("lchown", -14_i64, (), 0_u32, 1_u32),
        ]
    });
}

fn fchown(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_fchown, t.fd, 0, 34);
        call!(SYS_fchown, -1, -1, -1);
        vec![
            reported!("fchown", 0_i64, t.fd, 0_u32, 34_u32),
            reported!("fchown", -9_i64, -1_i64, u32::MAX, u32::MAX),
        ]
    });
    is_named(&seen[0], t.fd, &t.file);
}

fn fchownat(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_fchownat, t.dir, &c("file"), 1, 2, libc::AT_SYMLINK_NOFOLLOW);
        call!(SYS_fchownat, t.fd, &c(""), -1, 0, libc::AT_EMPTY_PATH);
        call!(SYS_fchownat, CWD, &c(&t.file), 0, 0, 0);
        call!(SYS_fchownat, CWD, NOWHERE, 0, 0, -1);
        vec![
            // The format prints 1024 as AT_SYMLINK_NOFOLLOW.
            reported!("fchownat", 0_i64, t.dir, "file", 1_u32, 2_u32, 1024_u32),
            reported!("fchownat", 0_i64, t.fd, "", u32::MAX, 0_u32, 4096_u32),
            reported!("fchownat", 0_i64, CWD, &t.file, 0_u32, 0_u32, 0_u32),
            reported!("fchownat", -22_i64, CWD, (), 0_u32, 0_u32, 5120_u32),
        ]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
    is_named(&seen[1], t.fd, &t.file);
}

fn getdents(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    let seen = watch.see(|| {
        let n = call!(SYS_getdents, t.dir, room.at(), 4096);
        assert!(n > 0);
        call!(SYS_getdents, t.fd, room.at(), 4096);
        vec![reported!("getdents", n, t.dir), reported!("getdents", -20_i64, t.fd)]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
}

fn getdents64(watch: &mut Watch) {
    let (t, mut room) = (tree(), Room::new());
    let seen = watch.see(|| {
        let n = call!(SYS_getdents64, t.dir, room.at(), 4096);
        assert!(n > 0);
        call!(SYS_getdents64, NO_FD, room.at(), 4096);
        vec![reported!("getdents64", n, t.dir), reported!("getdents64", -9_i64, NO_FD)]
    });
    is_named(&seen[0], t.dir, &t.folder.0);
}

fn getcwd(watch: &mut Watch) {
    let mut room = Room::new();
    let cwd = std::env::current_dir().unwrap();
    let len = i64::try_from(cwd.as_os_str().len()).unwrap() + 1;
    watch.see(|| {
        call!(SYS_getcwd, room.at(), 4096);
        call!(SYS_getcwd, room.at(), 1);
        vec![reported!("getcwd", len, &cwd), reported!("getcwd", -34_i64, ())]
    });
}

fn flock(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_flock, t.fd, libc::LOCK_EX | libc::LOCK_NB);
        call!(SYS_flock, t.fd, libc::LOCK_SH);
        call!(SYS_flock, t.fd, libc::LOCK_UN);
        call!(SYS_flock, -1, 15);
        vec![
            reported!("flock", 0_i64, t.fd, 6_u32),
            reported!("flock", 0_i64, t.fd, 1_u32),
            reported!("flock", 0_i64, t.fd, 8_u32),
            reported!("flock", P::Any, -1_i64, 15_u32),
        ]
    });
    assert!(seen[3].num(0) < 0);
    is_named(&seen[0], t.fd, &t.file);
}

fn lseek(watch: &mut Watch) {
    let t = tree();
    let seen = watch.see(|| {
        call!(SYS_lseek, t.fd, 3, libc::SEEK_SET);
        call!(SYS_lseek, t.fd, 1, libc::SEEK_CUR);
        call!(SYS_lseek, t.fd, -1, libc::SEEK_END);
        call!(SYS_lseek, t.fd, 2, libc::SEEK_DATA);
        call!(SYS_lseek, -1, i64::MIN, -1);
        vec![
            reported!("lseek", 3_i64, t.fd, 3_u64, 0_u8),
            reported!("lseek", 4_i64, t.fd, 1_u64, 1_u8),
            reported!("lseek", 9_i64, t.fd, u64::MAX, 2_u8),
            reported!("lseek", 2_i64, t.fd, 2_u64, 0_u8),
            reported!("lseek", -9_i64, -1_i64, bits(i64::MIN), 0_u8),
        ]
    });
    is_named(&seen[0], t.fd, &t.file);
}

fn copy_file_range(watch: &mut Watch) {
    let t = tree();
    let to = t.folder.path("to");
    std::fs::write(&to, "").unwrap();
    let out = call!(SYS_open, &c(&to), libc::O_RDWR);
    let (mut from_at, mut to_at) = (Room::with(&words([2])), Room::with(&words([40])));
    let seen = watch.see(|| {
        call!(SYS_copy_file_range, t.fd, from_at.at(), out, to_at.at(), 5, 0);
        call!(SYS_copy_file_range, t.fd, 0, out, 0, 3, 0);
        call!(SYS_copy_file_range, -1, from_at.at(), out, NOWHERE, -1, 0);
        vec![
            reported!("copy_file_range", 5_i64, out, 40_u64, t.fd, 2_u64, 5_u64),
            reported!("copy_file_range", 3_i64, out, 0_u64, t.fd, 0_u64, 3_u64),
            reported!("copy_file_range", -9_i64, out, 0_u64, -1_i64, 7_u64, u64::MAX),
        ]
    });
    assert_eq!((from_at.u32(0), to_at.u32(0)), (7, 45));
    is_named(&seen[0], out, &to);
    is_named(&seen[0], t.fd, &t.file);
    call!(SYS_close, out);
}

/// In a namespace of mounts of its own, which ends with the thread. What it reports is this process's.
fn apart(watch: &mut Watch, act: impl FnOnce() -> Vec<Expected> + Send) -> Vec<Seen> {
    watch.see(|| {
        std::thread::scope(|scope| {
            let act = scope.spawn(|| {
                assert_eq!(call!(SYS_unshare, libc::CLONE_NEWNS), 0);
                act()
            });
            act.join().unwrap()
        })
    })
}

fn private() -> i64 {
    let flags = libc::MS_REC | libc::MS_PRIVATE;
    call!(SYS_mount, 0, &c("/"), 0, flags.cast_signed(), 0)
}

fn mount(watch: &mut Watch) {
    if let Err(why) = peregrine_testkit::namespaces::own_mounts() {
        return watch.skip("mount", &format!("needs mounts of its own ({why})"));
    }
    let t = tree();
    let on = t.folder.path("on");
    std::fs::create_dir(&on).unwrap();
    let (here, kind) = (c(&on), c("tmpfs"));
    apart(watch, || {
        private();
        // The number in the upper half is of Linux 2.2; it counts for nothing.
        call!(SYS_mount, &c("memory"), &here, &kind, 0xc0ed_0006_i64, &c("size=64k"));
        call!(SYS_mount, &c("memory"), &here, &c("no such kind"), libc::MS_RDONLY.cast_signed(), 0);
        call!(SYS_mount, NOWHERE, &here, &kind, -1, 0);
        vec![
            reported!("mount", 0_i64, (), "/", (), 0x4_4000_u32),
            reported!("mount", 0_i64, "memory", &on, "tmpfs", 6_u32),
            reported!("mount", -19_i64, "memory", &on, "no such kind", 1_u32),
            reported!("mount", -14_i64, (), &on, "tmpfs", u32::MAX),
        ]
    });
    assert_eq!(std::fs::read_dir(&on).unwrap().count(), 0);
}

fn umount2(watch: &mut Watch) {
    if let Err(why) = peregrine_testkit::namespaces::own_mounts() {
        return watch.skip("umount2", &format!("needs mounts of its own ({why})"));
    }
    let t = tree();
    let on = t.folder.path("on");
    std::fs::create_dir(&on).unwrap();
    let (here, kind) = (c(&on), c("tmpfs"));
    apart(watch, || {
        assert_eq!(private(), 0);
        assert_eq!(call!(SYS_mount, &kind, &here, &kind, 0, 0), 0);
        call!(SYS_umount2, &here, libc::MNT_DETACH | libc::UMOUNT_NOFOLLOW);
        call!(SYS_umount2, &here, 0);
        call!(SYS_umount2, &here, -1);
        call!(SYS_umount2, NOWHERE, libc::MNT_FORCE);
        vec![
            reported!("umount2", 0_i64, &on, 10_u32),
            reported!("umount2", -22_i64, &on, 0_u32),
            reported!("umount2", -22_i64, &on, 15_u32),
            reported!("umount2", -14_i64, (), 1_u32),
        ]
    });
}

fn open_by_handle_at(watch: &mut Watch) {
    let t = tree();
    let (dev, ino) = dev_ino(&t.file);
    let (mut handle, mut mount) = (Room::with(&128_u32.to_ne_bytes()), Room::new());
    let named = call!(SYS_name_to_handle_at, CWD, &c(&t.file), handle.at(), mount.at(), 0);
    assert_eq!(named, 0);
    let mut fd = 0;
    let seen = watch.see(|| {
        fd = call!(SYS_open_by_handle_at, t.dir, handle.at(), libc::O_RDWR | libc::O_CLOEXEC);
        assert!(fd > 0);
        call!(SYS_open_by_handle_at, t.dir, NOWHERE, libc::O_RDONLY);
        call!(SYS_open_by_handle_at, -1, handle.at(), libc::O_WRONLY | libc::O_APPEND);
        vec![
            reported!("open_by_handle_at", fd, t.dir, 4099_u32, &t.file, dev, ino),
            reported!("open_by_handle_at", -14_i64, t.dir, 1_u32, (), 0_u32, 0_u64),
            reported!("open_by_handle_at", -9_i64, -1_i64, 10_u32, (), 0_u32, 0_u64),
        ]
    });
    is_named(&seen[0], fd, &t.file);
    call!(SYS_close, fd);
}
