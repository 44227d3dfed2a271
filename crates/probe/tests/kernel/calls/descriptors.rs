//! Calls that make descriptors without a name, and those that turn their knobs.

use super::Row;
use super::reported::{NO_FD, NOWHERE, Room, bits, is_named, is_silent, reported, words};
use crate::call;
use crate::watch::{Expected, Folder, Watch, c};

pub const ROWS: &[Row] = &[
    Row("ioctl", ioctl),
    Row("fcntl", fcntl),
    Row("splice", splice),
    Row("close_range", close_range),
    Row("pipe", pipe),
    Row("pipe2", pipe2),
    Row("eventfd", eventfd),
    Row("eventfd2", eventfd2),
    Row("inotify_init", inotify_init),
    Row("inotify_init1", inotify_init1),
    Row("userfaultfd", userfaultfd),
    Row("futex", futex),
];

/// The reading end and the writing end.
fn ends() -> [i64; 2] {
    let mut room = Room::new();
    assert_eq!(call!(SYS_pipe, room.at()), 0);
    [room.i32(0), room.i32(4)]
}

fn close(fds: &[i64]) {
    for fd in fds {
        assert_eq!(call!(SYS_close, *fd), 0);
    }
}

fn inode(fd: i64) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino()
}

fn ioctl(watch: &mut Watch) {
    let folder = Folder::new("ioctl-row");
    let file = folder.path("file");
    std::fs::write(&file, "ten bytes.").unwrap();
    let fd = call!(SYS_open, &c(&file), libc::O_RDONLY);
    let mut room = Room::new();
    let at = bits(i64::try_from(room.at()).unwrap());
    let seen = watch.see(|| {
        call!(SYS_ioctl, fd, 0x541b, room.at());
        call!(SYS_ioctl, fd, 0x5401, NOWHERE);
        call!(SYS_ioctl, -1, -1, -1);
        vec![
            reported!("ioctl", 0_i64, fd, 0x541b_u64, at),
            reported!("ioctl", -25_i64, fd, 0x5401_u64, 1_u64),
            reported!("ioctl", -9_i64, -1_i64, u64::MAX, u64::MAX),
        ]
    });
    assert_eq!(room.u32(0), 10, "so many bytes can be read");
    is_named(&seen[0], fd, &file);
    is_silent(&seen[2]);
    close(&[fd]);
}

/// Every command the format has a number for, by the kernel's.
const COMMANDS: &[(i32, u8)] = &[
    (libc::F_DUPFD, 1),
    (libc::F_GETFD, 2),
    (libc::F_SETFD, 3),
    (libc::F_GETFL, 4),
    (libc::F_SETFL, 5),
    (libc::F_GETLK, 6),
    (libc::F_SETLK, 8),
    (libc::F_SETLKW, 9),
    (libc::F_SETOWN, 10),
    (libc::F_GETOWN, 12),
    (10, 13),
    (11, 15),
    (12, 17),
    (13, 18),
    (14, 19),
    (15, 21),
    (16, 22),
    (17, 0),
    (libc::F_OFD_GETLK, 30),
    (libc::F_OFD_SETLK, 31),
    (libc::F_OFD_SETLKW, 32),
    (libc::F_SETLEASE, 23),
    (libc::F_GETLEASE, 24),
    (libc::F_NOTIFY, 27),
    (1029, 25),
    (libc::F_DUPFD_CLOEXEC, 26),
    (libc::F_SETPIPE_SZ, 28),
    (libc::F_GETPIPE_SZ, 29),
    (libc::F_ADD_SEALS, 0),
    (-1, 0),
];

fn fcntl(watch: &mut Watch) {
    let folder = Folder::new("fcntl-row");
    let fd = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    let mut copies = [0; 2];
    let seen = watch.see(|| {
        copies[0] = call!(SYS_fcntl, fd, libc::F_DUPFD, 300);
        copies[1] = call!(SYS_fcntl, fd, libc::F_DUPFD_CLOEXEC, 400);
        assert_eq!(copies, [300, 400]);
        // One that is open, but no copy.
        call!(SYS_fcntl, fd, libc::F_SETFL, libc::O_NONBLOCK);
        let flags = call!(SYS_fcntl, fd, libc::F_GETFL, 0);
        vec![
            reported!("fcntl", 300_i64, fd, 1_u8, 300_u64),
            reported!("fcntl", 400_i64, fd, 26_u8, 400_u64),
            reported!("fcntl", 0_i64, fd, 5_u8, 2048_u64),
            reported!("fcntl", flags, fd, 4_u8, 0_u64),
        ]
    });
    for (seen, copy) in seen.iter().zip(copies) {
        is_named(seen, fd, &folder.0);
        is_named(seen, copy, &folder.0);
    }
    assert!(seen[2].trailer().descriptor(0).is_none());
    close(&copies);
    close(&[fd]);
    watch.see(|| {
        let made = COMMANDS.iter().map(|(command, reported)| {
            call!(SYS_fcntl, NO_FD, *command, -7);
            reported!("fcntl", -9_i64, NO_FD, *reported, bits(-7))
        });
        made.collect()
    });
}

fn splice(watch: &mut Watch) {
    let folder = Folder::new("splice-row");
    let file = folder.path("file");
    let fd = call!(SYS_open, &c(&file), libc::O_RDWR | libc::O_CREAT, 0o600);
    let [read, write] = ends();
    assert_eq!(call!(SYS_write, write, &c("twelve bytes"), 12), 12);
    let seen = watch.see(|| {
        call!(SYS_splice, read, 0, fd, 0, 12, 15);
        let refused = call!(SYS_splice, -1, 0, NO_FD, 0, -1, -1);
        assert!(refused < 0);
        vec![
            reported!("splice", 12_i64, read, fd, 12_u64, 15_u32),
            reported!("splice", refused, -1_i64, NO_FD, u64::MAX, 15_u32),
        ]
    });
    is_named(&seen[0], fd, &file);
    assert_eq!(seen[0].trailer().descriptor(read).unwrap().ino, inode(read));
    assert_eq!(std::fs::read(&file).unwrap(), b"twelve bytes");
    close(&[fd, read, write]);
}

fn close_range(watch: &mut Watch) {
    let [read, write] = ends();
    assert_eq!(call!(SYS_dup2, read, 500), 500);
    let seen = watch.see(|| {
        call!(SYS_close_range, 500, 510, 0);
        call!(SYS_close_range, 500, -1, libc::CLOSE_RANGE_CLOEXEC.cast_signed());
        call!(SYS_close_range, 500, 400, -1);
        vec![
            reported!("close_range", 0_i64, 500_u32, 510_u32, 0_u32),
            reported!("close_range", 0_i64, 500_u32, u32::MAX, 4_u32),
            reported!("close_range", -22_i64, 500_u32, 400_u32, 6_u32),
        ]
    });
    is_silent(&seen[0]);
    assert_eq!(call!(SYS_close, 500), -9);
    close(&[read, write]);
}

/// Both ends of a pipe are reported.
#[track_caller]
fn both_ends_are_told(seen: &crate::watch::Seen, ends: [i64; 2]) {
    for end in ends {
        let reported = seen.trailer().descriptor(end).unwrap();
        assert_eq!((reported.ino, reported.kind), (inode(end), 7), "a pipe");
    }
}

fn pipe(watch: &mut Watch) {
    let mut room = Room::new();
    let mut made = [0; 2];
    let seen = watch.see(|| {
        call!(SYS_pipe, room.at());
        made = [room.i32(0), room.i32(4)];
        call!(SYS_pipe, NOWHERE);
        vec![
            reported!("pipe", 0_i64, made[0], made[1], inode(made[0])),
            reported!("pipe", -14_i64, -1_i64, -1_i64, 0_u64),
        ]
    });
    both_ends_are_told(&seen[0], made);
    is_silent(&seen[1]);
    close(&made);
}

fn pipe2(watch: &mut Watch) {
    let mut room = Room::new();
    let mut made = [0; 2];
    let mut old = Room::with(&words([1 << 32 | 2]));
    let seen = watch.see(|| {
        call!(SYS_pipe2, room.at(), libc::O_CLOEXEC | libc::O_DIRECT | libc::O_NONBLOCK);
        made = [room.i32(0), room.i32(4)];
        // What stands there is reported, though no pipe was made.
        call!(SYS_pipe2, old.at(), -1);
        call!(SYS_pipe2, old.at(), libc::O_CREAT | libc::O_NONBLOCK);
        vec![
            reported!("pipe2", 0_i64, made[0], made[1], inode(made[0]), 4672_u32),
            reported!("pipe2", -22_i64, 2_i64, 1_i64, 0_u64, 0_u32),
            reported!("pipe2", -22_i64, 2_i64, 1_i64, 0_u64, 64_u32),
        ]
    });
    both_ends_are_told(&seen[0], made);
    is_silent(&seen[1]);
    close(&made);
}

/// A call that made a descriptor first and then failed: the first is reported by this name.
#[track_caller]
fn makes(watch: &mut Watch, name: &str, act: impl FnOnce() -> (i64, Vec<Expected>)) {
    let mut fd = 0;
    let seen = watch.see(|| {
        let (made, expected) = act();
        fd = made;
        expected
    });
    assert!(fd > 0, "{fd}");
    is_named(&seen[0], fd, name);
    let kind = seen[0].trailer().descriptor(fd).unwrap().kind;
    assert_eq!(kind, 10, "no file: only its name shows what it is");
    for seen in seen.iter().filter(|seen| seen.num(0) < 0) {
        is_silent(seen);
    }
    close(&[fd]);
}

fn eventfd(watch: &mut Watch) {
    makes(watch, "[eventfd]", || {
        let fd = call!(SYS_eventfd, 7);
        let most = call!(SYS_eventfd, -1);
        close(&[most]);
        let reported = [
            reported!("eventfd", fd, 7_u64, 0_u32),
            reported!("eventfd", most, u64::from(u32::MAX), 0_u32),
        ];
        (fd, reported.to_vec())
    });
}

fn eventfd2(watch: &mut Watch) {
    makes(watch, "[eventfd]", || {
        // With the flag of a semaphore, which the format does not have.
        let fd = call!(SYS_eventfd2, 9, libc::O_CLOEXEC | libc::O_NONBLOCK | 1);
        call!(SYS_eventfd2, 1, -1);
        call!(SYS_eventfd2, -1, libc::O_NONBLOCK | libc::O_CREAT);
        let reported = [
            reported!("eventfd2", fd, 4160_u16, 9_u64),
            reported!("eventfd2", -22_i64, 0_u16, 1_u64),
            reported!("eventfd2", -22_i64, 64_u16, u64::from(u32::MAX)),
        ];
        (fd, reported.to_vec())
    });
}

fn inotify_init(watch: &mut Watch) {
    makes(watch, "inotify", || {
        let fd = call!(SYS_inotify_init);
        (fd, vec![reported!("inotify_init", fd, 0_u8)])
    });
}

fn inotify_init1(watch: &mut Watch) {
    makes(watch, "inotify", || {
        let fd = call!(SYS_inotify_init1, libc::O_CLOEXEC);
        call!(SYS_inotify_init1, libc::O_NONBLOCK | 1);
        call!(SYS_inotify_init1, -1);
        let reported = [
            reported!("inotify_init1", fd, 4096_u16),
            reported!("inotify_init1", -22_i64, 64_u16),
            reported!("inotify_init1", -22_i64, 0_u16),
        ];
        (fd, reported.to_vec())
    });
}

fn userfaultfd(watch: &mut Watch) {
    makes(watch, "[userfaultfd]", || {
        // For faults of the program only: a flag the format does not have.
        let fd = call!(SYS_userfaultfd, libc::O_CLOEXEC | libc::O_NONBLOCK | 1);
        call!(SYS_userfaultfd, libc::O_CREAT);
        call!(SYS_userfaultfd, -1);
        let reported = [
            reported!("userfaultfd", fd, 4160_u32),
            reported!("userfaultfd", -22_i64, 0_u32),
            reported!("userfaultfd", -22_i64, 0_u32),
        ];
        (fd, reported.to_vec())
    });
}

fn futex(watch: &mut Watch) {
    let mut room = Room::new();
    let at = bits(i64::try_from(room.at()).unwrap());
    watch.see(|| {
        call!(SYS_futex, room.at(), 129, 1, 0, 0, 0);
        // The word is 0 and not 5: it does not wait.
        call!(SYS_futex, room.at(), 0, 5, 0, 0, 0);
        call!(SYS_futex, NOWHERE, 9 | 128 | 256, 5, 0, 0, -1);
        call!(SYS_futex, room.at(), 99, -1, 0, 0, 0);
        vec![
            reported!("futex", 0_i64, at, 129_u16, 1_u64),
            reported!("futex", -11_i64, at, 0_u16, 5_u64),
            reported!("futex", -22_i64, 1_u64, 393_u16, 5_u64),
            reported!("futex", -38_i64, at, 0_u16, u64::MAX),
        ]
    });
}
