//! Calls only 32-bit programs have, and the 32-bit forms of others: each reported as what it is.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use super::Row;
use super::data::bytes;
use super::identity::result;
use super::limits::limits;
use crate::compat::{NOT_TAKEN, at, bits, int80, low, taken, words};
use crate::sockets::tuple;
use crate::watch::{Expected, Folder, P, Watch, c};

pub const ROWS: &[Row] = &[
    Row("stat64", stat64),
    Row("lstat64", lstat64),
    Row("fstat64", fstat64),
    Row("mmap2", mmap2),
    Row("umount", umount),
    Row("_llseek", llseek),
    Row("send", send),
    Row("recv", recv),
    Row("sendfile64", sendfile64),
    Row("ugetrlimit", ugetrlimit),
    Row("fcntl64", fcntl64),
    Row("getuid32", getuid32),
    Row("geteuid32", geteuid32),
    Row("getgid32", getgid32),
    Row("getegid32", getegid32),
    Row("getresuid32", getresuid32),
    Row("getresgid32", getresgid32),
    Row("setuid32", setuid32),
    Row("setgid32", setgid32),
    Row("setresuid32", setresuid32),
    Row("setresgid32", setresgid32),
];

const BAD: u32 = 12345;

/// Whether there is nothing to do: the kernel takes no such calls.
fn nothing(watch: &mut Watch, call: &str) -> bool {
    if !taken() {
        watch.skip(call, NOT_TAKEN);
    }
    !taken()
}

fn opened(folder: &Folder) -> (i64, u32) {
    let path = folder.path("data");
    std::fs::write(&path, bytes()).unwrap();
    let fd = crate::call!(SYS_open, &c(&path), libc::O_RDWR);
    (fd, bits(fd))
}

fn stat64(watch: &mut Watch) {
    if nothing(watch, "stat64") {
        return;
    }
    let folder = Folder::new("stat64");
    let (path, missing) = (low(c(&folder.0).as_bytes_with_nul()), low(b"/missing\0"));
    let to = low(&[]);
    watch.check(
        || {
            int80(195, &[path, to]);
            int80(195, &[missing, to]);
            int80(195, &[1, to]);
        },
        &[
            Expected("stat64", vec![P::I64(0), P::text(&folder.0)]),
            Expected("stat64", vec![P::I64(-2), P::text("/missing")]),
            Expected("stat64", vec![P::I64(-14), P::Nothing]),
        ],
    );
}

fn lstat64(watch: &mut Watch) {
    if nothing(watch, "lstat64") {
        return;
    }
    let folder = Folder::new("lstat64");
    let (path, missing, to) = (low(c(&folder.0).as_bytes_with_nul()), low(b"/missing\0"), low(&[]));
    watch.check(
        || {
            int80(196, &[path, to]);
            int80(196, &[missing, to]);
        },
        &[
            Expected("lstat64", vec![P::I64(0), P::text(&folder.0)]),
            Expected("lstat64", vec![P::I64(-2), P::text("/missing")]),
        ],
    );
}

fn fstat64(watch: &mut Watch) {
    if nothing(watch, "fstat64") {
        return;
    }
    let folder = Folder::new("fstat64");
    let ((fd, narrow), to) = (opened(&folder), low(&[]));
    let seen = watch.own(|| {
        int80(197, &[narrow, to]);
        int80(197, &[BAD, to]);
    });
    watch.compare(&seen, &[result("fstat64", 0, &[]), result("fstat64", -9, &[])]);
    let reported = seen[0].trailer().descriptor(fd).unwrap();
    assert_eq!(reported.payload, c(folder.path("data")).as_bytes());
    crate::call!(SYS_close, fd);
}

fn mmap2(watch: &mut Watch) {
    if nothing(watch, "mmap2") {
        return;
    }
    let folder = Folder::new("mmap2");
    let path = folder.path("data");
    std::fs::write(&path, [7; 3 * 4096]).unwrap();
    let fd = crate::call!(SYS_open, &c(&path), libc::O_RDONLY);
    let (shared, fixed) = (libc::MAP_SHARED, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | 0x8000);
    let (read, write) = (libc::PROT_READ, libc::PROT_READ | libc::PROT_WRITE);
    let [read, write, shared, fixed] = [read, write, shared, fixed].map(i32::cast_unsigned);
    let mut got = [0; 2];
    let seen = watch.own(|| {
        got[0] = int80(192, &[0, 4096, read, shared, bits(fd), 2]);
        got[1] = int80(192, &[0, 8192, write, fixed, bits(-1), 0]);
        int80(192, &[1, 4096, read, shared, BAD, 9]);
    });
    let reported = |res: i64, from, len, protection, flags, fd, page| {
        let result = if res < 0 && res > -4096 { res } else { i64::from(bits(res)) };
        // Of the sizes of memory nobody knows what they were at that moment.
        let mut params = vec![P::I64(result), P::Any, P::Any, P::Any];
        params.extend([P::U64(from), P::U64(len), P::U32(protection), P::U32(flags)]);
        params.extend([P::I64(fd), P::U64(page)]);
        Expected("mmap2", params)
    };
    watch.compare(
        &seen,
        &[
            reported(got[0], 0, 4096, 1, 1, fd, 2),
            reported(got[1], 0, 8192, 3, 2 | 8 | 128, -1, 0),
            reported(-9, 1, 4096, 1, 1, i64::from(BAD), 9),
        ],
    );
    let size: u64 = std::fs::read_to_string("/proc/self/statm")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let reported = u64::try_from(seen[0].num(1)).unwrap();
    assert!(reported.abs_diff(size * 4) < 64 << 10, "{reported} KiB of {size} pages");
    crate::call!(SYS_close, fd);
}

fn umount(watch: &mut Watch) {
    if nothing(watch, "umount") {
        return;
    }
    if let Err(why) = peregrine_testkit::namespaces::own_mounts() {
        return watch.skip("umount", &format!("needs mounts of its own ({why})"));
    }
    let folder = Folder::new("umount");
    let (path, missing) = (low(c(&folder.0).as_bytes_with_nul()), low(b"/missing\0"));
    let (from, kind) = (c("none"), c("tmpfs"));
    let at = c(&folder.0);
    watch.check_child(
        || {
            crate::call!(SYS_unshare, libc::CLONE_NEWNS);
            let private = i64::try_from(libc::MS_REC | libc::MS_PRIVATE).unwrap();
            crate::call!(SYS_mount, 0, c"/".as_ptr(), 0, private, 0);
            crate::call!(SYS_mount, &from, &at, &kind, 0, 0);
            int80(22, &[path]);
            int80(22, &[path]);
            int80(22, &[missing]);
        },
        &[
            Expected("umount", vec![P::I64(0), P::text(&folder.0)]),
            Expected("umount", vec![P::I64(-22), P::text(&folder.0)]),
            Expected("umount", vec![P::I64(-2), P::text("/missing")]),
        ],
    );
}

fn llseek(watch: &mut Watch) {
    if nothing(watch, "_llseek") {
        return;
    }
    let folder = Folder::new("llseek");
    let ((fd, narrow), to) = (opened(&folder), low(&[]));
    let far = 3_u64 << 32 | 5;
    let reported = |res, fd, offset, whence| {
        let params = [P::I64(res), P::I64(fd), P::U64(offset), P::U8(whence)];
        Expected("llseek", params.to_vec())
    };
    watch.check(
        || {
            int80(140, &[narrow, 3, 5, to, 0]);
            int80(140, &[narrow, 0, 7, to, 1]);
            int80(140, &[BAD, 0, 7, to, 2]);
        },
        &[reported(0, fd, far, 0), reported(0, fd, 7, 1), reported(-9, BAD.into(), 7, 2)],
    );
    assert_eq!(at(to, 8), (far + 7).to_le_bytes(), "the kernel took it so");
    crate::call!(SYS_close, fd);
}

fn send(watch: &mut Watch) {
    if nothing(watch, "send") {
        return;
    }
    let sockets =
        [UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap()];
    let [here, there] = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
    sockets[0].connect(there).unwrap();
    let fd = i64::from(sockets[0].as_raw_fd());
    let data = low(&bytes());
    let good = words(&[bits(fd), data, 150, 0]);
    let bad = words(&[BAD, data, 3, 0]);
    let reported = |res, len, fd, size, tuple| {
        let data = P::Bytes(bytes()[..len].to_vec());
        Expected("send", vec![P::I64(res), data, P::I64(fd), P::U32(size), tuple])
    };
    let seen = watch.own(|| {
        int80(102, &[9, good]);
        int80(102, &[9, bad]);
    });
    watch.compare(
        &seen,
        &[
            reported(150, 80, fd, 150, tuple(here, there)),
            reported(-9, 3, BAD.into(), 3, P::Nothing),
        ],
    );
    assert!(seen[0].trailer().descriptor(fd).is_some());
}

fn recv(watch: &mut Watch) {
    if nothing(watch, "recv") {
        return;
    }
    let sockets =
        [UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap()];
    let [here, there] = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
    sockets[0].connect(there).unwrap();
    sockets[1].send_to(&bytes(), here).unwrap();
    let fd = i64::from(sockets[0].as_raw_fd());
    let args = words(&[bits(fd), low(&[]), 300, libc::MSG_DONTWAIT.cast_unsigned()]);
    let reported = |res, data, tuple| {
        Expected("recv", vec![P::I64(res), data, P::I64(fd), P::U32(300), tuple])
    };
    watch.check(
        || {
            int80(102, &[10, args]);
            int80(102, &[10, args]);
        },
        &[
            reported(200, P::Bytes(bytes()[..80].to_vec()), tuple(there, here)),
            reported(-11, P::Nothing, P::Nothing),
        ],
    );
}

fn sendfile64(watch: &mut Watch) {
    if nothing(watch, "sendfile64") {
        return;
    }
    let folder = Folder::new("sendfile64");
    let (from, narrow) = opened(&folder);
    let to = crate::call!(SYS_memfd_create, &c("to"), 0);
    let (wide, short) = (words(&[6, 1]), words(&[5, 77]));
    watch.want(&["sendfile", "sendfile64"]);
    let reported = |res, offset, size| {
        let params = [P::I64(res), P::U64(offset), P::I64(to), P::I64(from), P::U64(size)];
        Expected("sendfile", params.to_vec())
    };
    watch.check(
        || {
            int80(239, &[bits(to), narrow, wide, 50]);
            // The older one has 32 bits for the offset.
            int80(187, &[bits(to), narrow, short, 50]);
            int80(239, &[bits(to), narrow, 1, 9]);
        },
        // From behind the end of the file nothing comes.
        &[reported(0, 1 << 32 | 6, 50), reported(50, 55, 50), reported(-14, 0, 9)],
    );
    crate::call!(SYS_close, from);
    crate::call!(SYS_close, to);
}

/// A limit as a 32-bit program gets it, in the width of the parameter.
fn narrow_limit(limit: u64) -> P {
    P::I64(if limit > 0xffff_fffe { -1 } else { limit.cast_signed() })
}

fn ugetrlimit(watch: &mut Watch) {
    if nothing(watch, "ugetrlimit") {
        return;
    }
    let to = low(&[]);
    let reported = |res, [soft, hard]: [P; 2], resource| {
        Expected("getrlimit", vec![P::I64(res), soft, hard, P::U8(resource)])
    };
    let none = [P::I64(-1), P::I64(-1)];
    watch.check(
        || {
            int80(191, &[7, to]);
            int80(191, &[9, to]);
            int80(191, &[99, to]);
        },
        &[
            reported(0, limits(7).map(narrow_limit), 7),
            reported(0, limits(9).map(narrow_limit), 9),
            reported(-22, none, 255),
        ],
    );
    // And the other way, with a limit that is none and one that is.
    let now = limits(7);
    let narrow = now.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
    watch.want(&["setrlimit"]);
    let (asked, open) = (words(&narrow), words(&[9, u32::MAX]));
    watch.check_child(
        || {
            int80(75, &[7, asked]);
            int80(75, &[9, open]);
        },
        &[
            Expected(
                "setrlimit",
                [vec![P::I64(0)], now.map(narrow_limit).to_vec(), vec![P::U8(7)]].concat(),
            ),
            Expected("setrlimit", vec![P::I64(0), P::I64(9), P::I64(-1), P::U8(9)]),
        ],
    );
}

fn fcntl64(watch: &mut Watch) {
    if nothing(watch, "fcntl64") {
        return;
    }
    let folder = Folder::new("fcntl64");
    let (fd, narrow) = opened(&folder);
    let reported = |res, fd, command, arg| {
        Expected("fcntl", vec![P::I64(res), P::I64(fd), P::U8(command), P::U64(arg)])
    };
    watch.check(
        || {
            int80(221, &[narrow, 2, 1]);
            int80(221, &[narrow, 1, 0]);
            int80(221, &[BAD, 3, 0]);
        },
        &[reported(0, fd, 3, 1), reported(1, fd, 2, 0), reported(-9, BAD.into(), 4, 0)],
    );
    crate::call!(SYS_close, fd);
}

/// Watches both widths of a call: they are two calls that fill one event.
fn both_widths(watch: &mut Watch, name: &str) {
    watch.want(&[name, &format!("{name}32")]);
}

/// Calls without an argument, in a child that is somebody else.
fn gets(watch: &mut Watch, name: &'static str, wide: u32, short: u32, id: u32) {
    both_widths(watch, name);
    watch.check_child(
        || {
            crate::call!(SYS_setresgid, 70_001, 70_002, 0);
            crate::call!(SYS_setresuid, 70_003, 70_004, 0);
            int80(wide, &[]);
            // The oldest form has 16 bits; what does not fit is the number that stands for it.
            int80(short, &[]);
        },
        &[Expected(name, vec![P::U32(id)]), Expected(name, vec![P::U32(65_534)])],
    );
}

fn getuid32(watch: &mut Watch) {
    if !nothing(watch, "getuid32") {
        gets(watch, "getuid", 199, 24, 70_003);
    }
}

fn geteuid32(watch: &mut Watch) {
    if !nothing(watch, "geteuid32") {
        gets(watch, "geteuid", 201, 49, 70_004);
    }
}

fn getgid32(watch: &mut Watch) {
    if !nothing(watch, "getgid32") {
        gets(watch, "getgid", 200, 47, 70_001);
    }
}

fn getegid32(watch: &mut Watch) {
    if !nothing(watch, "getegid32") {
        gets(watch, "getegid", 202, 50, 70_002);
    }
}

fn gets_three(watch: &mut Watch, name: &'static str, wide: u32, short: u32, ids: [u32; 3]) {
    both_widths(watch, name);
    let [one, two, three] = [0; 3].map(|_| low(&[0xee; 8]));
    watch.check_child(
        || {
            crate::call!(SYS_setresgid, 70_001, 702, 703);
            crate::call!(SYS_setresuid, 70_001, 705, 706);
            int80(wide, &[one, two, three]);
            int80(short, &[one, two, three]);
            int80(wide, &[1, two, three]);
        },
        &[
            result(name, 0, &ids),
            result(name, 0, &[65_534, ids[1], ids[2]]),
            // The older form has left its half in the lower bytes.
            result(name, -14, &[0, ids[1], ids[2]]),
        ],
    );
}

fn getresuid32(watch: &mut Watch) {
    if !nothing(watch, "getresuid32") {
        gets_three(watch, "getresuid", 209, 165, [70_001, 705, 706]);
    }
}

fn getresgid32(watch: &mut Watch) {
    if !nothing(watch, "getresgid32") {
        gets_three(watch, "getresgid", 211, 171, [70_001, 702, 703]);
    }
}

/// Both widths of a call that takes numbers; the third time the caller is nobody who may.
fn sets(watch: &mut Watch, name: &'static str, wide: u32, short: u32, count: usize) {
    both_widths(watch, name);
    let (given, other) = (&[70_001, 5, u32::MAX][..count], &[0xdead_0007, 0xffff, 8][..count]);
    let expected = [
        result(name, 0, given),
        result(name, 0, &[7, u32::MAX, 8][..count]),
        result(name, -1, &[9, 9, 9][..count]),
    ];
    let (_, mut seen) = watch.child(|| _ = int80(wide, given));
    seen.extend(watch.child(|| _ = int80(short, other)).1);
    let act = || {
        crate::call!(SYS_setresuid, 77, 77, 77);
        int80(wide, &[9, 9, 9][..count]);
    };
    // The call that takes the rights away is of the same kind in one case.
    let denied = watch.child(act).1;
    seen.extend(denied.into_iter().last());
    watch.compare(&seen, &expected);
}

fn setuid32(watch: &mut Watch) {
    if !nothing(watch, "setuid32") {
        sets(watch, "setuid", 213, 23, 1);
    }
}

fn setgid32(watch: &mut Watch) {
    if !nothing(watch, "setgid32") {
        sets(watch, "setgid", 214, 46, 1);
    }
}

fn setresuid32(watch: &mut Watch) {
    if !nothing(watch, "setresuid32") {
        sets(watch, "setresuid", 208, 164, 3);
    }
}

fn setresgid32(watch: &mut Watch) {
    if !nothing(watch, "setresgid32") {
        sets(watch, "setresgid", 210, 170, 3);
    }
}
