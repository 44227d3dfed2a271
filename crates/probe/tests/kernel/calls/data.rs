//! Calls that read and write: through descriptors, and the memory of processes.

use super::Row;
use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

pub const ROWS: &[Row] = &[
    Row("read", read),
    Row("pread64", pread64),
    Row("readv", readv),
    Row("preadv", preadv),
    Row("write", write),
    Row("pwrite64", pwrite64),
    Row("writev", writev),
    Row("pwritev", pwritev),
    Row("sendfile", sendfile),
    Row("process_vm_readv", process_vm_readv),
    Row("process_vm_writev", process_vm_writev),
];

const BAD: i64 = 12345;

/// Two hundred bytes, each another one.
pub fn bytes() -> Vec<u8> {
    (0..200).collect()
}

/// A part of them.
fn some(range: std::ops::Range<usize>) -> P {
    P::Bytes(bytes()[range].to_vec())
}

/// A file that holds them, open for reading and writing.
fn file(folder: &Folder) -> i64 {
    let path = folder.path("data");
    std::fs::write(&path, bytes()).unwrap();
    call!(SYS_open, &c(&path), libc::O_RDWR)
}

/// Pieces of a buffer, one behind the other.
pub fn pieces(buffer: &mut [u8], sizes: &[usize]) -> Vec<libc::iovec> {
    let mut from = buffer.as_mut_ptr();
    let mut pieces = Vec::new();
    for size in sizes {
        pieces.push(libc::iovec { iov_base: from.cast(), iov_len: *size });
        from = from.wrapping_add(*size);
    }
    pieces
}

fn read(watch: &mut Watch) {
    let folder = Folder::new("read");
    let fd = file(&folder);
    let mut buffer = bytes();
    watch.check(
        || {
            call!(SYS_read, fd, buffer.as_mut_ptr(), 7);
            call!(SYS_read, fd, buffer.as_mut_ptr(), 1000);
            call!(SYS_read, fd, buffer.as_mut_ptr(), 1000);
            call!(SYS_read, BAD, buffer.as_mut_ptr(), 5);
            call!(SYS_read, -1, 0, 5);
        },
        &[
            Expected("read", vec![P::I64(7), some(0..7), P::I64(fd), P::U32(7)]),
            Expected("read", vec![P::I64(193), some(7..87), P::I64(fd), P::U32(1000)]),
            Expected("read", vec![P::I64(0), P::Nothing, P::I64(fd), P::U32(1000)]),
            Expected("read", vec![P::I64(-9), P::Nothing, P::I64(BAD), P::U32(5)]),
            Expected("read", vec![P::I64(-9), P::Nothing, P::I64(-1), P::U32(5)]),
        ],
    );
    call!(SYS_close, fd);
}

fn pread64(watch: &mut Watch) {
    let folder = Folder::new("pread");
    let fd = file(&folder);
    let mut buffer = bytes();
    let far = 5_000_000_000_i64;
    watch.check(
        || {
            call!(SYS_pread64, fd, buffer.as_mut_ptr(), 90, 3);
            call!(SYS_pread64, fd, buffer.as_mut_ptr(), 90, far);
            call!(SYS_pread64, fd, buffer.as_mut_ptr(), 90, -1);
        },
        &[
            Expected("pread", vec![P::I64(90), some(3..83), P::I64(fd), P::U32(90), P::U64(3)]),
            Expected(
                "pread",
                vec![P::I64(0), P::Nothing, P::I64(fd), P::U32(90), P::U64(far.cast_unsigned())],
            ),
            Expected(
                "pread",
                vec![P::I64(-22), P::Nothing, P::I64(fd), P::U32(90), P::U64(u64::MAX)],
            ),
        ],
    );
    call!(SYS_close, fd);
}

fn readv(watch: &mut Watch) {
    let folder = Folder::new("readv");
    let fd = file(&folder);
    let mut buffer = bytes();
    let pieces = pieces(&mut buffer, &[3, 0, 50, 47]);
    watch.check(
        || {
            call!(SYS_readv, fd, pieces.as_ptr(), 1);
            call!(SYS_readv, fd, pieces.as_ptr(), 4);
            call!(SYS_readv, BAD, pieces.as_ptr(), 4);
            call!(SYS_readv, fd, 1, 4);
        },
        &[
            Expected("readv", vec![P::I64(3), P::U32(3), some(0..3), P::I64(fd)]),
            Expected("readv", vec![P::I64(100), P::U32(100), some(3..83), P::I64(fd)]),
            Expected("readv", vec![P::I64(-9), P::U32(0), P::Nothing, P::I64(BAD)]),
            Expected("readv", vec![P::I64(-14), P::U32(0), P::Nothing, P::I64(fd)]),
        ],
    );
    call!(SYS_close, fd);
}

fn preadv(watch: &mut Watch) {
    let folder = Folder::new("preadv");
    let fd = file(&folder);
    let mut buffer = bytes();
    let pieces = pieces(&mut buffer, &[10, 20]);
    watch.check(
        || {
            call!(SYS_preadv, fd, pieces.as_ptr(), 2, 180, 0);
            call!(SYS_preadv, fd, pieces.as_ptr(), 2, -5, 0);
        },
        &[
            Expected(
                "preadv",
                vec![P::I64(20), P::U32(20), some(180..200), P::I64(fd), P::U64(180)],
            ),
            Expected(
                "preadv",
                vec![
                    P::I64(-22),
                    P::U32(0),
                    P::Nothing,
                    P::I64(fd),
                    P::U64((-5_i64).cast_unsigned()),
                ],
            ),
        ],
    );
    call!(SYS_close, fd);
}

fn write(watch: &mut Watch) {
    let folder = Folder::new("write");
    let fd = file(&folder);
    let data = bytes();
    watch.check(
        || {
            call!(SYS_write, fd, data.as_ptr(), 5);
            call!(SYS_write, fd, data.as_ptr(), 200);
            call!(SYS_write, BAD, data.as_ptr(), 9);
            call!(SYS_write, fd, 1, 9);
            call!(SYS_write, fd, data.as_ptr(), 0);
        },
        &[
            Expected("write", vec![P::I64(5), some(0..5), P::I64(fd), P::U32(5)]),
            Expected("write", vec![P::I64(200), some(0..80), P::I64(fd), P::U32(200)]),
            Expected("write", vec![P::I64(-9), some(0..9), P::I64(BAD), P::U32(9)]),
            Expected("write", vec![P::I64(-14), P::Nothing, P::I64(fd), P::U32(9)]),
            Expected("write", vec![P::I64(0), P::Nothing, P::I64(fd), P::U32(0)]),
        ],
    );
    call!(SYS_close, fd);
}

fn pwrite64(watch: &mut Watch) {
    let folder = Folder::new("pwrite");
    let fd = file(&folder);
    let data = bytes();
    watch.check(
        || {
            call!(SYS_pwrite64, fd, data.as_ptr(), 100, 17);
            call!(SYS_pwrite64, fd, data.as_ptr(), 100, -2);
        },
        &[
            Expected("pwrite", vec![P::I64(100), some(0..80), P::I64(fd), P::U32(100), P::U64(17)]),
            Expected(
                "pwrite",
                vec![P::I64(-22), some(0..80), P::I64(fd), P::U32(100), P::U64(u64::MAX - 1)],
            ),
        ],
    );
    call!(SYS_close, fd);
}

fn writev(watch: &mut Watch) {
    let folder = Folder::new("writev");
    let fd = file(&folder);
    let mut data = bytes();
    let pieces = pieces(&mut data, &[1, 2, 0, 3, 100]);
    // More than the unrolled loop of old kernels takes; each of one byte.
    let many: Vec<_> = (0..40).flat_map(|_| [pieces[0]]).collect();
    watch.check(
        || {
            call!(SYS_writev, fd, pieces.as_ptr(), 4);
            call!(SYS_writev, fd, pieces.as_ptr(), 5);
            call!(SYS_writev, fd, many.as_ptr(), 40);
            call!(SYS_writev, BAD, pieces.as_ptr(), 4);
            call!(SYS_writev, fd, 1, 4);
        },
        &[
            Expected("writev", vec![P::I64(6), some(0..6), P::I64(fd), P::U32(6)]),
            Expected("writev", vec![P::I64(106), some(0..80), P::I64(fd), P::U32(106)]),
            Expected("writev", vec![P::I64(40), P::Bytes(vec![0; 40]), P::I64(fd), P::U32(40)]),
            Expected("writev", vec![P::I64(-9), some(0..6), P::I64(BAD), P::U32(6)]),
            Expected("writev", vec![P::I64(-14), P::Nothing, P::I64(fd), P::U32(0)]),
        ],
    );
    call!(SYS_close, fd);
}

fn pwritev(watch: &mut Watch) {
    let folder = Folder::new("pwritev");
    let fd = file(&folder);
    let mut data = bytes();
    let pieces = pieces(&mut data, &[4, 5]);
    watch.check(
        || {
            call!(SYS_pwritev, fd, pieces.as_ptr(), 2, 1 << 20, 0);
            call!(SYS_pwritev, BAD, pieces.as_ptr(), 1, 2, 0);
        },
        &[
            Expected(
                "pwritev",
                vec![P::I64(9), some(0..9), P::I64(fd), P::U32(9), P::U64(1 << 20)],
            ),
            Expected("pwritev", vec![P::I64(-9), some(0..4), P::I64(BAD), P::U32(4), P::U64(2)]),
        ],
    );
    call!(SYS_close, fd);
}

fn sendfile(watch: &mut Watch) {
    let folder = Folder::new("sendfile");
    let from = file(&folder);
    let to = call!(SYS_memfd_create, &c("to"), 0);
    let mut offset = 5_i64;
    let seen = watch.own(|| {
        call!(SYS_sendfile, to, from, &raw mut offset, 50);
        call!(SYS_sendfile, to, from, 0, 60);
        call!(SYS_sendfile, BAD, from, &raw mut offset, 70);
    });
    let reported = |res, offset, to, size| {
        let params = [P::I64(res), P::U64(offset), P::I64(to), P::I64(from), P::U64(size)];
        Expected("sendfile", params.to_vec())
    };
    // The kernel has moved the offset on when the call returns.
    watch.compare(
        &seen,
        &[reported(50, 55, to, 50), reported(60, 0, to, 60), reported(-9, 55, BAD, 70)],
    );
    let both = [from, to].map(|fd| seen[0].trailer().descriptor(fd).unwrap().payload.to_vec());
    assert_eq!(both[0], c(folder.path("data")).as_bytes(), "both descriptors are reported");
    assert_eq!(both[1], b"memfd:to");
    call!(SYS_close, from);
    call!(SYS_close, to);
}

fn process_vm_readv(watch: &mut Watch) {
    let (mut here, mut there) = (vec![0; 200], bytes());
    let (here, there) = (pieces(&mut here, &[10, 90]), pieces(&mut there, &[100]));
    let (me, nobody) = (i64::from(std::process::id()), 1_i64 << 22);
    let take = |pid, count| {
        call!(SYS_process_vm_readv, pid, here.as_ptr(), count, there.as_ptr(), 1, 0);
    };
    watch.check(
        || {
            take(me, 1);
            take(me, 2);
            take(nobody, 2);
        },
        &[
            Expected("process_vm_readv", vec![P::I64(10), P::I64(me), some(0..10)]),
            Expected("process_vm_readv", vec![P::I64(100), P::I64(me), some(0..80)]),
            Expected("process_vm_readv", vec![P::I64(-3), P::I64(nobody), P::Nothing]),
        ],
    );
}

fn process_vm_writev(watch: &mut Watch) {
    let (mut here, mut there) = (bytes(), vec![0; 200]);
    let (here, there) = (pieces(&mut here, &[10, 90]), pieces(&mut there, &[100]));
    let (me, nobody) = (i64::from(std::process::id()), 1_i64 << 22);
    let give = |pid, count| {
        call!(SYS_process_vm_writev, pid, here.as_ptr(), count, there.as_ptr(), 1, 0);
    };
    watch.check(
        || {
            give(me, 1);
            give(me, 2);
            give(nobody, 2);
        },
        &[
            Expected("process_vm_writev", vec![P::I64(10), P::I64(me), some(0..10)]),
            Expected("process_vm_writev", vec![P::I64(100), P::I64(me), some(0..80)]),
            Expected("process_vm_writev", vec![P::I64(-3), P::I64(nobody), P::Nothing]),
        ],
    );
}
