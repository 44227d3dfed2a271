//! Limits of resources, and semaphores.

use super::Row;
use crate::call;
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("getrlimit", getrlimit),
    Row("setrlimit", setrlimit),
    Row("prlimit64", prlimit64),
    Row("semget", semget),
    Row("semop", semop),
    Row("semctl", semctl),
];

/// Soft and hard limit as the C library returns them.
pub fn limits(resource: u32) -> [u64; 2] {
    let mut limits = [0_u64; 2];
    assert_eq!(call!(SYS_prlimit64, 0, resource, 0, limits.as_mut_ptr()), 0);
    limits
}

fn limit(limit: u64) -> P {
    P::I64(limit.cast_signed())
}

fn getrlimit(watch: &mut Watch) {
    let (files, core) = (limits(7), limits(4));
    let mut got = [0_u64; 2];
    let reported = |res, limits: [u64; 2], resource| {
        let [soft, hard] = limits.map(limit);
        Expected("getrlimit", vec![P::I64(res), soft, hard, P::U8(resource)])
    };
    watch.check(
        || {
            call!(SYS_getrlimit, 7, got.as_mut_ptr());
            call!(SYS_getrlimit, 4, got.as_mut_ptr());
            call!(SYS_getrlimit, 99, got.as_mut_ptr());
        },
        &[reported(0, files, 7), reported(0, core, 4), reported(-22, [u64::MAX; 2], 255)],
    );
}

fn setrlimit(watch: &mut Watch) {
    let (files, wrong) = (limits(7), [20_u64, 10]);
    let reported = |res, limits: [u64; 2], resource| {
        let [soft, hard] = limits.map(limit);
        Expected("setrlimit", vec![P::I64(res), soft, hard, P::U8(resource)])
    };
    watch.check(
        || {
            call!(SYS_setrlimit, 7, files.as_ptr());
            call!(SYS_setrlimit, 0, wrong.as_ptr());
            call!(SYS_setrlimit, 16, wrong.as_ptr());
            call!(SYS_setrlimit, 3, 1);
        },
        &[
            reported(0, files, 7),
            reported(-22, wrong, 0),
            reported(-22, wrong, 255),
            reported(-14, [0, 0], 3),
        ],
    );
}

fn prlimit64(watch: &mut Watch) {
    let (files, nobody) = (limits(7), 1_i64 << 22);
    let mut got = [1_u64, 2];
    let reported = |res, new: [u64; 2], old: [u64; 2], pid, resource| {
        let params = [new, old].concat().into_iter().map(limit);
        let mut all = vec![P::I64(res)];
        all.extend(params);
        all.extend([P::I64(pid), P::U8(resource)]);
        Expected("prlimit", all)
    };
    watch.check(
        || {
            call!(SYS_prlimit64, 0, 7, 0, got.as_mut_ptr());
            call!(SYS_prlimit64, 0, 7, files.as_ptr(), got.as_mut_ptr());
            call!(SYS_prlimit64, 0, 7, files.as_ptr(), 0);
            call!(SYS_prlimit64, nobody, 7, files.as_ptr(), got.as_mut_ptr());
        },
        &[
            reported(0, [0, 0], files, 0, 7),
            reported(0, files, files, 0, 7),
            reported(0, files, [0, 0], 0, 7),
            reported(-3, files, [0, 0], nobody, 7),
        ],
    );
}

fn semget(watch: &mut Watch) {
    let (mut id, key) = (0, 0x7e_5e_e1_00);
    let seen = watch.own(|| {
        id = call!(SYS_semget, key, 3, libc::IPC_CREAT | libc::IPC_EXCL | 0o600);
        call!(SYS_semget, key, 3, libc::IPC_CREAT | libc::IPC_EXCL | 0o600);
        call!(SYS_semget, -2, -1, 0);
    });
    call!(SYS_semctl, id, 0, libc::IPC_RMID);
    let reported = |res, key, count, flags| {
        Expected("semget", vec![P::I64(res), P::I32(key), P::I32(count), P::U32(flags)])
    };
    let both = 8192 | 16384;
    watch.compare(
        &seen,
        &[reported(id, key, 3, both), reported(-17, key, 3, both), reported(-22, -2, -1, 0)],
    );
}

fn semop(watch: &mut Watch) {
    let id = call!(SYS_semget, libc::IPC_PRIVATE, 3, 0o600);
    // Number, change, flags: IPC_NOWAIT is 04000, SEM_UNDO 010000.
    let ops = [[0_u16, 2, 0o10000], [2, 1, 0o4000 | 0o10000], [1, 1, 0]];
    let take = [[1_u16, (-9_i16).cast_unsigned(), 0o4000]];
    let reported = |res, count, params: [u16; 6], id: i64| {
        let mut all = vec![P::I64(res), P::U32(count)];
        all.extend(params.map(P::U16));
        all.push(P::I32(i32::try_from(id).unwrap()));
        Expected("semop", all)
    };
    watch.check(
        || {
            call!(SYS_semop, id, ops.as_ptr(), 1);
            call!(SYS_semop, id, ops.as_ptr(), 3);
            call!(SYS_semop, id, take.as_ptr(), 1);
            call!(SYS_semop, -4, ops.as_ptr(), 2);
        },
        &[
            reported(0, 1, [0, 2, 2, 0, 0, 0], id),
            reported(0, 3, [0, 2, 2, 2, 1, 3], id),
            reported(-11, 1, [0; 6], id),
            reported(-22, 2, [0; 6], -4),
        ],
    );
    call!(SYS_semctl, id, 0, libc::IPC_RMID);
}

fn semctl(watch: &mut Watch) {
    let id = call!(SYS_semget, libc::IPC_PRIVATE, 2, 0o600);
    let reported = |res, id: i64, number, command, value| {
        let id = P::I32(i32::try_from(id).unwrap());
        Expected("semctl", vec![P::I64(res), id, P::I32(number), P::U16(command), P::I32(value)])
    };
    watch.check(
        || {
            call!(SYS_semctl, id, 1, 16, 77);
            call!(SYS_semctl, id, 1, 12, 5);
            call!(SYS_semctl, id, 1, 11, 0);
            call!(SYS_semctl, id, 0, 999, 0);
            call!(SYS_semctl, id, 0, 0, 0);
            call!(SYS_semctl, -1, 9, 14, 0);
        },
        &[
            reported(0, id, 1, 4096, 77),
            reported(77, id, 1, 512, 0),
            reported(std::process::id().into(), id, 1, 256, 0),
            reported(-22, id, 0, 0, 0),
            reported(0, id, 0, 4, 0),
            reported(-22, -1, 9, 128, 0),
        ],
    );
}
