//! Calls that wait, and the descriptors to wait for.

use super::Row;
use crate::call;
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("select", select),
    Row("poll", poll),
    Row("ppoll", ppoll),
    Row("epoll_create", epoll_create),
    Row("epoll_create1", epoll_create1),
    Row("epoll_wait", epoll_wait),
    Row("nanosleep", nanosleep),
    Row("timerfd_create", timerfd_create),
];

/// A list of descriptors as it is reported.
pub fn polled(list: &[(i64, u16)]) -> P {
    let mut bytes = u16::try_from(list.len()).unwrap().to_le_bytes().to_vec();
    for (fd, events) in list {
        bytes.extend_from_slice(&fd.to_le_bytes());
        bytes.extend_from_slice(&events.to_le_bytes());
    }
    P::Bytes(bytes)
}

/// Both ends of a pipe with a byte in it.
pub fn pipe() -> [i32; 2] {
    let mut ends = [0; 2];
    call!(SYS_pipe2, ends.as_mut_ptr(), 0);
    call!(SYS_write, ends[1], b"x".as_ptr(), 1);
    ends
}

pub fn close(fds: &[i32]) {
    for fd in fds {
        call!(SYS_close, *fd);
    }
}

fn select(watch: &mut Watch) {
    let [read, write] = pipe();
    let mut set = [0_u64; 16];
    set[usize::try_from(read / 64).unwrap()] = 1 << (read % 64);
    let now = [0_i64; 2];
    watch.check(
        || {
            call!(SYS_select, read + 1, set.as_mut_ptr(), 0, 0, now.as_ptr());
            call!(SYS_select, -1, 0, 0, 0, now.as_ptr());
        },
        &[Expected("select", vec![P::I64(1)]), Expected("select", vec![P::I64(-22)])],
    );
    close(&[read, write]);
}

fn poll(watch: &mut Watch) {
    let [read, write] = pipe();
    let poll = |fd, events| libc::pollfd { fd, events, revents: 0 };
    let mut list = [
        poll(read, libc::POLLIN | libc::POLLRDNORM),
        poll(-1, libc::POLLIN),
        poll(12345, libc::POLLOUT),
        poll(write, libc::POLLOUT | libc::POLLWRNORM),
    ];
    let mut many = [poll(-7, 0); 20];
    watch.check(
        || {
            call!(SYS_poll, list.as_mut_ptr(), 4, -1);
            call!(SYS_poll, many.as_mut_ptr(), 20, 1);
            call!(SYS_poll, 1, 2, 77);
            call!(SYS_poll, 0, 0, 0);
        },
        &[
            // POLLIN and POLLRDNORM, POLLNVAL, POLLOUT and POLLWRNORM as they are reported.
            Expected(
                "poll",
                vec![
                    P::I64(3),
                    polled(&[
                        (read.into(), 1 | 128),
                        (-1, 0),
                        (12345, 64),
                        (write.into(), 4 | 512),
                    ]),
                    P::I64(0xffff_ffff),
                ],
            ),
            Expected("poll", vec![P::I64(0), polled(&[(-7, 0); 16]), P::I64(1)]),
            Expected("poll", vec![P::I64(-14), polled(&[]), P::I64(77)]),
            Expected("poll", vec![P::I64(0), polled(&[]), P::I64(0)]),
        ],
    );
    close(&[read]);
    // Nobody reads the pipe any more: POLLERR.
    let mut list = [poll(write, 0)];
    watch.check(
        || _ = call!(SYS_poll, list.as_mut_ptr(), 1, 0),
        &[Expected("poll", vec![P::I64(1), polled(&[(write.into(), 16)]), P::I64(0)])],
    );
    close(&[write]);
}

fn ppoll(watch: &mut Watch) {
    let [read, write] = pipe();
    let mut list = [libc::pollfd { fd: read, events: libc::POLLIN, revents: 0 }];
    let mut time = [3_i64, 5];
    let asked = 3_000_000_005;
    let bad = [0_i64, -1];
    let signals = [1_u64 << 40 | 0b1010];
    let seen = watch.own(|| {
        call!(SYS_ppoll, list.as_mut_ptr(), 1, time.as_mut_ptr(), signals.as_ptr(), 8);
        call!(SYS_ppoll, list.as_mut_ptr(), 1, 0, 0, 8);
        call!(SYS_ppoll, list.as_mut_ptr(), 1, bad.as_ptr(), 0, 8);
    });
    // The kernel leaves what was left of the time; the event has what was asked for.
    assert!(time[0] < 3, "{time:?}");
    watch.compare(
        &seen,
        &[
            Expected(
                "ppoll",
                vec![P::I64(1), polled(&[(read.into(), 1)]), P::U64(asked), P::U32(0b1010)],
            ),
            Expected("ppoll", vec![P::I64(1), polled(&[(read.into(), 1)]), P::U64(0), P::U32(0)]),
            Expected(
                "ppoll",
                vec![P::I64(-22), polled(&[(read.into(), 1)]), P::U64(u64::MAX), P::U32(0)],
            ),
        ],
    );
    close(&[read, write]);
}

fn epoll_create(watch: &mut Watch) {
    let mut fd = 0;
    let seen = watch.own(|| {
        fd = call!(SYS_epoll_create, 10);
        call!(SYS_epoll_create, -3);
    });
    let reported = |res, size| Expected("epoll_create", vec![P::I64(res), P::I32(size)]);
    watch.compare(&seen, &[reported(fd, 10), reported(-22, -3)]);
    assert_eq!(seen[0].trailer().descriptor(fd).unwrap().payload, b"[eventpoll]");
    call!(SYS_close, fd);
}

fn epoll_create1(watch: &mut Watch) {
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds = [call!(SYS_epoll_create1, libc::EPOLL_CLOEXEC), call!(SYS_epoll_create1, 0)];
        call!(SYS_epoll_create1, 1);
    });
    let reported = |res, flags| Expected("epoll_create1", vec![P::I64(res), P::U32(flags)]);
    watch.compare(&seen, &[reported(fds[0], 1), reported(fds[1], 0), reported(-22, 0)]);
    assert!(seen[0].trailer().descriptor(fds[0]).is_some());
    for fd in fds {
        call!(SYS_close, fd);
    }
}

fn epoll_wait(watch: &mut Watch) {
    let fd = call!(SYS_epoll_create1, 0);
    let mut events = [0_u64; 8];
    watch.check(
        || {
            call!(SYS_epoll_wait, fd, events.as_mut_ptr(), 4, 0);
            call!(SYS_epoll_wait, fd, events.as_mut_ptr(), -1, 0);
            call!(SYS_epoll_wait, -1, events.as_mut_ptr(), 1, 0);
        },
        &[
            Expected("epoll_wait", vec![P::I64(0), P::I64(4)]),
            Expected("epoll_wait", vec![P::I64(-22), P::I64(-1)]),
            Expected("epoll_wait", vec![P::I64(-9), P::I64(1)]),
        ],
    );
    call!(SYS_close, fd);
}

fn nanosleep(watch: &mut Watch) {
    let (short, bad) = ([0_i64, 1000], [1_i64, 2_000_000_000]);
    watch.check(
        || {
            call!(SYS_nanosleep, short.as_ptr(), 0);
            call!(SYS_nanosleep, bad.as_ptr(), 0);
            call!(SYS_nanosleep, 1, 0);
        },
        &[
            Expected("nanosleep", vec![P::I64(0), P::U64(1000)]),
            Expected("nanosleep", vec![P::I64(-22), P::U64(3_000_000_000)]),
            Expected("nanosleep", vec![P::I64(-14), P::U64(0)]),
        ],
    );
}

fn timerfd_create(watch: &mut Watch) {
    let mut fd = 0;
    let seen = watch.own(|| {
        fd = call!(SYS_timerfd_create, libc::CLOCK_BOOTTIME, libc::TFD_CLOEXEC);
        call!(SYS_timerfd_create, 99, 0);
    });
    let reported =
        |res, clock| Expected("timerfd_create", vec![P::I64(res), P::U8(clock), P::U8(0)]);
    watch.compare(&seen, &[reported(fd, 7), reported(-22, 99)]);
    assert_eq!(seen[0].trailer().descriptor(fd).unwrap().payload, b"[timerfd]");
    call!(SYS_close, fd);
}
