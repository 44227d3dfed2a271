//! Signals: sent, read from a descriptor.

use super::Row;
use crate::call;
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("kill", kill),
    Row("tkill", tkill),
    Row("tgkill", tgkill),
    Row("signalfd", signalfd),
    Row("signalfd4", signalfd4),
];

const NOBODY: i64 = 1 << 22;

fn kill(watch: &mut Watch) {
    let me = call!(SYS_getpid);
    watch.check(
        || {
            call!(SYS_kill, me, 0);
            call!(SYS_kill, NOBODY, libc::SIGKILL);
            call!(SYS_kill, me, 99);
        },
        &[
            Expected("kill", vec![P::I64(0), P::I64(me), P::U8(0)]),
            Expected("kill", vec![P::I64(-3), P::I64(NOBODY), P::U8(9)]),
            Expected("kill", vec![P::I64(-22), P::I64(me), P::U8(99)]),
        ],
    );
}

fn tkill(watch: &mut Watch) {
    let me = call!(SYS_gettid);
    watch.check(
        || {
            call!(SYS_tkill, me, 0);
            call!(SYS_tkill, NOBODY, libc::SIGTERM);
        },
        &[
            Expected("tkill", vec![P::I64(0), P::I64(me), P::U8(0)]),
            Expected("tkill", vec![P::I64(-3), P::I64(NOBODY), P::U8(15)]),
        ],
    );
}

fn tgkill(watch: &mut Watch) {
    let (me, thread) = (call!(SYS_getpid), call!(SYS_gettid));
    watch.check(
        || {
            call!(SYS_tgkill, me, thread, 0);
            call!(SYS_tgkill, me, NOBODY, libc::SIGUSR2);
            call!(SYS_tgkill, -1, thread, 0);
        },
        &[
            Expected("tgkill", vec![P::I64(0), P::I64(me), P::I64(thread), P::U8(0)]),
            Expected("tgkill", vec![P::I64(-3), P::I64(me), P::I64(NOBODY), P::U8(12)]),
            Expected("tgkill", vec![P::I64(-22), P::I64(-1), P::I64(thread), P::U8(0)]),
        ],
    );
}

fn signalfd(watch: &mut Watch) {
    let set = [1_u64 << 33 | 0b110];
    let mut fd = 0;
    let seen = watch.own(|| {
        fd = call!(SYS_signalfd, -1, set.as_ptr(), 8);
        call!(SYS_signalfd, -5, set.as_ptr(), 8);
    });
    let reported =
        |res, fd| Expected("signalfd", vec![P::I64(res), P::I64(fd), P::U32(0b110), P::U8(0)]);
    watch.compare(&seen, &[reported(fd, -1), reported(-9, -5)]);
    assert_eq!(seen[0].trailer().descriptor(fd).unwrap().payload, b"[signalfd]");
    call!(SYS_close, fd);
}

fn signalfd4(watch: &mut Watch) {
    let set = [1_u64];
    let both = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds[0] = call!(SYS_signalfd4, -1, set.as_ptr(), 8, both);
        fds[1] = call!(SYS_signalfd4, fds[0], set.as_ptr(), 8, 0);
        call!(SYS_signalfd4, -1, set.as_ptr(), 8, 1);
    });
    let reported = |res, flags, fd| {
        Expected("signalfd4", vec![P::I64(res), P::U16(flags), P::I64(fd), P::U32(1)])
    };
    let expected =
        [reported(fds[0], 4096 | 64, -1), reported(fds[0], 0, fds[0]), reported(-22, 0, -1)];
    watch.compare(&seen, &expected);
    assert_eq!(fds[0], fds[1], "the same descriptor with another set");
    assert!(seen[0].trailer().descriptor(fds[0]).is_some());
    call!(SYS_close, fds[0]);
}
