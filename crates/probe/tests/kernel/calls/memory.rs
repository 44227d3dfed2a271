//! Calls on a process's memory.

use super::Row;
use super::reported::{NO_FD, bits, is_named, is_silent, reported};
use crate::call;
use crate::watch::{Folder, P, Seen, Watch, c};

pub const ROWS: &[Row] = &[
    Row("brk", brk),
    Row("mmap", mmap),
    Row("munmap", munmap),
    Row("mprotect", mprotect),
    Row("mlock", mlock),
    Row("mlock2", mlock2),
    Row("munlock", munlock),
    Row("mlockall", mlockall),
    Row("munlockall", munlockall),
];

/// Nothing is mapped there.
const UNMAPPED: i64 = 0x1000;
const PAGE: i64 = 4096;
/// So much that nothing else in this process weighs as much.
const MUCH: i64 = 64 << 20;
const MUCH_KB: i64 = MUCH / 1024;
/// What the process may have taken or given back between a call and the look at /proc, in KiB.
const MARGIN_KB: i64 = 8 << 10;

/// The allocator gets its memory by the calls that are watched here: let it have some in reserve.
fn reserve() {
    std::hint::black_box(vec![1_u8; 96 << 10]);
}

/// Private memory of this many bytes.
fn mapped(len: i64) -> i64 {
    let at = call!(SYS_mmap, 0, len, 3, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
    assert!(at > 0);
    at
}

fn unmapped(at: i64, len: i64) {
    assert_eq!(call!(SYS_munmap, at, len), 0);
}

/// Memory of this process in KiB: all, what is there, what is swapped out.
fn sizes() -> [i64; 3] {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let mut pages = statm.split(' ').map(|pages| pages.parse::<i64>().unwrap() * 4);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let swapped = status.lines().find_map(|line| line.strip_prefix("VmSwap:")).unwrap();
    let swapped = swapped.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    [pages.next().unwrap(), pages.next().unwrap(), swapped]
}

/// Parameters 1 to 3 are the sizes /proc shows now.
#[track_caller]
fn has_sizes(seen: &Seen) {
    for (index, now) in (1..).zip(sizes()) {
        let reported = seen.num(index);
        assert!(
            (reported - now).abs() < MARGIN_KB,
            "parameter {index}: {reported}, /proc says {now}"
        );
    }
    assert!(seen.num(1) > seen.num(2) && seen.num(2) > 0, "{seen:?}");
}

fn brk(watch: &mut Watch) {
    reserve();
    let now = bits(call!(SYS_brk, 0));
    let seen = watch.see(|| {
        call!(SYS_brk, 0);
        // Refused: the end stays where it was.
        call!(SYS_brk, 1);
        vec![
            reported!("brk", now, P::Any, P::Any, P::Any, 0_u64),
            reported!("brk", now, P::Any, P::Any, P::Any, 1_u64),
        ]
    });
    has_sizes(&seen[1]);
}

fn mmap(watch: &mut Watch) {
    let folder = Folder::new("mmap-row");
    let file = folder.path("file");
    std::fs::write(&file, vec![7; 8192]).unwrap();
    let fd = call!(SYS_open, &c(&file), libc::O_RDONLY);
    reserve();
    let (mut much, mut of_file) = (0, 0);
    let before = sizes()[0];
    let seen = watch.see(|| {
        much = mapped(MUCH);
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE | libc::MAP_NORESERVE;
        of_file = call!(SYS_mmap, UNMAPPED, PAGE, libc::PROT_READ, flags, fd, PAGE);
        call!(SYS_mmap, UNMAPPED, 0, -1, -1, NO_FD, 0);
        call!(SYS_mmap, 0, PAGE, 0, libc::MAP_PRIVATE, -1, 0);
        let any = || P::Any;
        vec![
            reported!(
                "mmap",
                much,
                any(),
                any(),
                any(),
                0_u64,
                bits(MUCH),
                3_u32,
                10_u32,
                -1_i64,
                0_u64
            ),
            // shared, populate, no reserve
            reported!(
                "mmap",
                of_file,
                any(),
                any(),
                any(),
                4096_u64,
                4096_u64,
                1_u32,
                193_u32,
                fd,
                4096_u64
            ),
            // Everything the format has a bit for on this processor.
            reported!(
                "mmap",
                -22_i64,
                any(),
                any(),
                any(),
                4096_u64,
                0_u64,
                63_u32,
                20447_u32,
                NO_FD,
                0_u64
            ),
            reported!(
                "mmap",
                -9_i64,
                any(),
                any(),
                any(),
                0_u64,
                4096_u64,
                0_u32,
                2_u32,
                -1_i64,
                0_u64
            ),
        ]
    });
    has_sizes(&seen[3]);
    assert!(seen[0].num(1) - before >= MUCH_KB, "{before} {seen:?}");
    is_silent(&seen[0]);
    is_named(&seen[1], fd, &file);
    unmapped(much, MUCH);
    unmapped(of_file, PAGE);
    call!(SYS_close, fd);
}

fn munmap(watch: &mut Watch) {
    let at = mapped(MUCH);
    reserve();
    let before = sizes()[0];
    let seen = watch.see(|| {
        unmapped(at, MUCH);
        call!(SYS_munmap, 1, PAGE);
        vec![
            reported!("munmap", 0_i64, P::Any, P::Any, P::Any, bits(at), bits(MUCH)),
            reported!("munmap", -22_i64, P::Any, P::Any, P::Any, 1_u64, 4096_u64),
        ]
    });
    has_sizes(&seen[1]);
    assert!(before - seen[0].num(1) > MUCH_KB - MARGIN_KB, "{before} {seen:?}");
}

fn mprotect(watch: &mut Watch) {
    let at = mapped(PAGE);
    reserve();
    watch.see(|| {
        call!(SYS_mprotect, at, PAGE, libc::PROT_READ | libc::PROT_EXEC);
        call!(SYS_mprotect, at, PAGE, 0);
        call!(SYS_mprotect, 1, PAGE, -1);
        vec![
            reported!("mprotect", 0_i64, bits(at), 4096_u64, 5_u32),
            reported!("mprotect", 0_i64, bits(at), 4096_u64, 0_u32),
            reported!("mprotect", -22_i64, 1_u64, 4096_u64, 63_u32),
        ]
    });
    unmapped(at, PAGE);
}

fn mlock(watch: &mut Watch) {
    let at = mapped(PAGE);
    watch.see(|| {
        call!(SYS_mlock, at, PAGE);
        call!(SYS_mlock, UNMAPPED, PAGE);
        vec![
            reported!("mlock", 0_i64, bits(at), 4096_u64),
            reported!("mlock", -12_i64, bits(UNMAPPED), 4096_u64),
        ]
    });
    unmapped(at, PAGE);
}

fn mlock2(watch: &mut Watch) {
    let at = mapped(PAGE);
    watch.see(|| {
        call!(SYS_mlock2, at, PAGE, 1);
        call!(SYS_mlock2, at, PAGE, 0);
        call!(SYS_mlock2, at, PAGE, -1);
        vec![
            reported!("mlock2", 0_i64, bits(at), 4096_u64, 1_u32),
            reported!("mlock2", 0_i64, bits(at), 4096_u64, 0_u32),
            reported!("mlock2", -22_i64, bits(at), 4096_u64, 1_u32),
        ]
    });
    unmapped(at, PAGE);
}

fn munlock(watch: &mut Watch) {
    let at = mapped(PAGE);
    watch.see(|| {
        call!(SYS_munlock, at, PAGE);
        call!(SYS_munlock, UNMAPPED, PAGE);
        vec![
            reported!("munlock", 0_i64, bits(at), 4096_u64),
            reported!("munlock", -12_i64, bits(UNMAPPED), 4096_u64),
        ]
    });
    unmapped(at, PAGE);
}

fn mlockall(watch: &mut Watch) {
    watch.see(|| {
        // What is there now, as far as it is there.
        call!(SYS_mlockall, 5);
        call!(SYS_munlockall);
        call!(SYS_mlockall, 4);
        call!(SYS_mlockall, -1);
        vec![
            reported!("mlockall", 0_i64, 5_u32),
            reported!("mlockall", -22_i64, 4_u32),
            reported!("mlockall", -22_i64, 7_u32),
        ]
    });
}

fn munlockall(watch: &mut Watch) {
    watch.see(|| {
        call!(SYS_munlockall);
        vec![reported!("munlockall", 0_i64)]
    });
}
