//! Calls that open, copy and close descriptors of files.

use peregrine_event::TrailerItem;

use super::Row;
use super::reported::{CWD, NO_FD, NOWHERE, Room, dev_ino, is_named, is_silent, reported, words};
use crate::call;
use crate::watch::{Folder, Watch, c};

pub const ROWS: &[Row] = &[
    Row("open", open),
    Row("openat", openat),
    Row("openat2", openat2),
    Row("creat", creat),
    Row("close", close),
    Row("dup", dup),
    Row("dup2", dup2),
    Row("dup3", dup3),
    Row("fchmod", fchmod),
    Row("fchdir", fchdir),
    Row("memfd_create", memfd_create),
];

/// A folder with a file in it, and the folder's descriptor.
fn place() -> (Folder, std::path::PathBuf, i64) {
    let folder = Folder::new("open-row");
    let file = folder.path("file");
    std::fs::write(&file, "").unwrap();
    let dir = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    assert!(dir > 0);
    (folder, file, dir)
}

fn open(watch: &mut Watch) {
    let (folder, file, dir) = place();
    let (new, (dev, ino)) = (folder.path("new"), dev_ino(&file));
    let mut fds = [0; 2];
    let seen = watch.see(|| {
        fds[0] = call!(SYS_open, &c(&file), libc::O_RDWR | libc::O_APPEND | libc::O_CLOEXEC, 0o777);
        fds[1] = call!(SYS_open, &c(&new), libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o4640);
        call!(SYS_open, &c("/no/such"), libc::O_RDONLY | libc::O_TRUNC);
        call!(SYS_open, NOWHERE, libc::O_CREAT | libc::O_NONBLOCK, -1);
        let (new_dev, new_ino) = dev_ino(&new);
        vec![
            reported!("open", fds[0], &file, 4107_u32, 0_u32, dev, ino),
            // Write, create, exclusive; and it was this call that created it.
            reported!("open", fds[1], &new, 16422_u32, 0o4640_u32, new_dev, new_ino),
            reported!("open", -2_i64, "/no/such", 257_u32, 0_u32, 0_u32, 0_u64),
            reported!("open", -14_i64, (), 69_u32, 0o7777_u32, 0_u32, 0_u64),
        ]
    });
    is_named(&seen[0], fds[0], &file);
    is_named(&seen[1], fds[1], &new);
    is_silent(&seen[2]);
    fds.iter().chain([&dir]).for_each(|fd| assert_eq!(call!(SYS_close, *fd), 0));
}

fn openat(watch: &mut Watch) {
    let (folder, file, dir) = place();
    let (dev, ino) = dev_ino(&file);
    let mut fds = [0; 2];
    let seen = watch.see(|| {
        fds[0] = call!(SYS_openat, dir, &c("./file"), libc::O_RDONLY | libc::O_SYNC);
        fds[1] = call!(SYS_openat, CWD, &c(&folder.0), libc::O_TMPFILE | libc::O_RDWR, 0o600);
        call!(SYS_openat, NO_FD, &c("file"), -1, 0);
        call!(SYS_openat, CWD, NOWHERE, 0);
        let unnamed = dev_ino(std::path::Path::new(&format!("/proc/self/fd/{}", fds[1])));
        vec![
            reported!("openat", fds[0], dir, "./file", 145_u32, 0_u32, dev, ino),
            // A file without a name, in a folder.
            reported!("openat", fds[1], CWD, &folder.0, 9219_u32, 0o600_u32, unnamed.0, unnamed.1),
            reported!("openat", -9_i64, NO_FD, "file", 16380_u32, 0_u32, 0_u32, 0_u64),
            reported!("openat", -14_i64, CWD, (), 1_u32, 0_u32, 0_u32, 0_u64),
        ]
    });
    is_named(&seen[0], fds[0], &file);
    fds.iter().chain([&dir]).for_each(|fd| assert_eq!(call!(SYS_close, *fd), 0));
}

fn openat2(watch: &mut Watch) {
    let (_folder, file, dir) = place();
    let (dev, ino) = dev_ino(&file);
    // Open flags, mode, how to resolve: beneath, no symbolic links, no magic links.
    let mut how = Room::with(&words([2, 0, 8 | 4 | 2]));
    let mut odd = Room::with(&words([0o102, 0o644, 1 | 16 | 32]));
    let mut fd = 0;
    let seen = watch.see(|| {
        fd = call!(SYS_openat2, dir, &c("file"), how.at(), 24);
        let refused = call!(SYS_openat2, CWD, &c("/no/such/file"), odd.at(), 24);
        assert!(refused < 0);
        call!(SYS_openat2, NO_FD, NOWHERE, NOWHERE, 24);
        vec![
            reported!("openat2", fd, dir, "file", 3_u32, 0_u32, 13_u32, dev, ino),
            reported!(
                "openat2",
                refused,
                CWD,
                "/no/such/file",
                7_u32,
                0o644_u32,
                50_u32,
                0_u32,
                0_u64
            ),
            reported!("openat2", -14_i64, NO_FD, (), 1_u32, 0_u32, 0_u32, 0_u32, 0_u64),
        ]
    });
    is_named(&seen[0], fd, &file);
    assert_eq!((call!(SYS_close, fd), call!(SYS_close, dir)), (0, 0));
}

fn creat(watch: &mut Watch) {
    let (folder, file, dir) = place();
    let new = folder.path("new");
    let mut fd = 0;
    let seen = watch.see(|| {
        fd = call!(SYS_creat, &c(&new), 0o2640);
        call!(SYS_creat, &c(file.join("below")), 0o600);
        call!(SYS_creat, NOWHERE, -1);
        let (dev, ino) = dev_ino(&new);
        vec![
            reported!("creat", fd, &new, 0o2640_u32, dev, ino, 0_u16),
            reported!("creat", -20_i64, &file.join("below"), 0o600_u32, 0_u32, 0_u64, 0_u16),
            reported!("creat", -14_i64, (), 0o7777_u32, 0_u32, 0_u64, 0_u16),
        ]
    });
    is_named(&seen[0], fd, &new);
    assert_eq!((call!(SYS_close, fd), call!(SYS_close, dir)), (0, 0));
}

fn close(watch: &mut Watch) {
    let (folder, file, dir) = place();
    let fd = call!(SYS_open, &c(&file), libc::O_RDONLY);
    let seen = watch.see(|| {
        call!(SYS_close, dir);
        call!(SYS_close, fd);
        call!(SYS_close, dir);
        call!(SYS_close, -1);
        vec![
            reported!("close", 0_i64, dir),
            reported!("close", 0_i64, fd),
            reported!("close", -9_i64, dir),
            reported!("close", -9_i64, -1_i64),
        ]
    });
    is_named(&seen[0], dir, &folder.0);
    is_named(&seen[1], fd, &file);
    let reported = seen[1].trailer();
    let descriptors = reported.iter().filter(|item| matches!(item, TrailerItem::Descriptor(_)));
    assert_eq!(descriptors.count(), 1, "nothing of the close before it");
    is_silent(&seen[2]);
    is_silent(&seen[3]);
}

fn dup(watch: &mut Watch) {
    let (folder, _file, dir) = place();
    let mut copy = 0;
    let seen = watch.see(|| {
        copy = call!(SYS_dup, dir);
        call!(SYS_dup, NO_FD);
        vec![reported!("dup", copy, dir), reported!("dup", -9_i64, NO_FD)]
    });
    is_named(&seen[0], copy, &folder.0);
    is_silent(&seen[1]);
    assert_eq!((call!(SYS_close, copy), call!(SYS_close, dir)), (0, 0));
}

fn dup2(watch: &mut Watch) {
    let (folder, _file, dir) = place();
    let seen = watch.see(|| {
        call!(SYS_dup2, dir, 300);
        call!(SYS_dup2, dir, dir);
        call!(SYS_dup2, dir, -1);
        vec![
            reported!("dup2", 300_i64, dir, 300_i64),
            reported!("dup2", dir, dir, dir),
            reported!("dup2", -9_i64, dir, -1_i64),
        ]
    });
    is_named(&seen[0], 300, &folder.0);
    is_silent(&seen[2]);
    assert_eq!((call!(SYS_close, 300), call!(SYS_close, dir)), (0, 0));
}

fn dup3(watch: &mut Watch) {
    let (folder, _file, dir) = place();
    let seen = watch.see(|| {
        call!(SYS_dup3, dir, 300, libc::O_CLOEXEC);
        call!(SYS_dup3, dir, 300, 0);
        call!(SYS_dup3, dir, dir, 0);
        call!(SYS_dup3, dir, 300, -1);
        vec![
            reported!("dup3", 300_i64, dir, 300_i64, 4096_u32),
            reported!("dup3", 300_i64, dir, 300_i64, 0_u32),
            reported!("dup3", -22_i64, dir, dir, 0_u32),
            reported!("dup3", -22_i64, dir, 300_i64, 4096_u32),
        ]
    });
    is_named(&seen[0], 300, &folder.0);
    assert_eq!((call!(SYS_close, 300), call!(SYS_close, dir)), (0, 0));
}

fn fchmod(watch: &mut Watch) {
    let (folder, _file, dir) = place();
    let seen = watch.see(|| {
        call!(SYS_fchmod, dir, 0o1700);
        call!(SYS_fchmod, NO_FD, -1);
        vec![
            reported!("fchmod", 0_i64, dir, 0o1700_u32),
            reported!("fchmod", -9_i64, NO_FD, 0o7777_u32),
        ]
    });
    is_named(&seen[0], dir, &folder.0);
    is_silent(&seen[1]);
    assert_eq!(call!(SYS_close, dir), 0);
}

fn fchdir(watch: &mut Watch) {
    let (folder, file, dir) = place();
    let fd = call!(SYS_open, &c(&file), libc::O_RDONLY);
    let back = std::env::current_dir().unwrap();
    let seen = watch.see(|| {
        call!(SYS_fchdir, dir);
        call!(SYS_fchdir, fd);
        call!(SYS_fchdir, -1);
        vec![
            reported!("fchdir", 0_i64, dir),
            reported!("fchdir", -20_i64, fd),
            reported!("fchdir", -9_i64, -1_i64),
        ]
    });
    std::env::set_current_dir(back).unwrap();
    is_named(&seen[0], dir, &folder.0);
    is_named(&seen[1], fd, &file);
    assert_eq!((call!(SYS_close, fd), call!(SYS_close, dir)), (0, 0));
}

fn memfd_create(watch: &mut Watch) {
    let mut fd = 0;
    let seen = watch.see(|| {
        fd = call!(SYS_memfd_create, &c("in memory"), 3);
        call!(SYS_memfd_create, &c(""), -1);
        call!(SYS_memfd_create, NOWHERE, 0);
        vec![
            reported!("memfd_create", fd, "in memory", 3_u32),
            reported!("memfd_create", -22_i64, "", 7_u32),
            reported!("memfd_create", -14_i64, (), 0_u32),
        ]
    });
    is_named(&seen[0], fd, "memfd:in memory");
    is_silent(&seen[1]);
    assert_eq!(call!(SYS_close, fd), 0);
}
