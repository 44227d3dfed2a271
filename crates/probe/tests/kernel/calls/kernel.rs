//! Calls that change the kernel itself or hand it work: modules, programs, keys, quotas, rings.

use super::Row;
use super::reported::{NO_FD, NOWHERE, Room, bits, is_named, is_silent, reported, words};
use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

pub const ROWS: &[Row] = &[
    Row("init_module", init_module),
    Row("finit_module", finit_module),
    Row("delete_module", delete_module),
    Row("keyctl", keyctl),
    Row("bpf", bpf),
    Row("seccomp", seccomp),
    Row("quotactl", quotactl),
    Row("fsconfig", fsconfig),
    Row("io_uring_setup", io_uring_setup),
    Row("io_uring_enter", io_uring_enter),
    Row("io_uring_register", io_uring_register),
];

fn init_module(watch: &mut Watch) {
    let image: Vec<u8> = (1..=200).collect();
    let mut room = Room::with(&image);
    watch.see(|| {
        // No module by far: kernels refuse it each in its own way.
        let refused = [
            call!(SYS_init_module, room.at(), 200, &c("one=1 two")),
            call!(SYS_init_module, room.at(), 3, NOWHERE),
            call!(SYS_init_module, NOWHERE, 200, &c("")),
            call!(SYS_init_module, room.at(), 0, &c("")),
        ];
        assert!(refused.iter().all(|result| *result < 0));
        vec![
            reported!("init_module", refused[0], image[..80].to_vec(), 200_u64, "one=1 two"),
            reported!("init_module", refused[1], image[..3].to_vec(), 3_u64, ()),
            reported!("init_module", refused[2], (), 200_u64, ""),
            reported!("init_module", refused[3], (), 0_u64, ""),
        ]
    });
}

fn finit_module(watch: &mut Watch) {
    let folder = Folder::new("module-row");
    let file = folder.path("module.ko");
    std::fs::write(&file, "no module").unwrap();
    let fd = call!(SYS_open, &c(&file), libc::O_RDONLY);
    let seen = watch.see(|| {
        let refused = call!(SYS_finit_module, fd, &c("x=1"), 3);
        let unknown = call!(SYS_finit_module, -1, NOWHERE, -1);
        assert!(refused < 0 && unknown < 0);
        vec![
            reported!("finit_module", refused, fd, "x=1", 3_u32),
            reported!("finit_module", unknown, -1_i64, (), 7_u32),
        ]
    });
    is_named(&seen[0], fd, &file);
    is_silent(&seen[1]);
    call!(SYS_close, fd);
}

fn delete_module(watch: &mut Watch) {
    watch.see(|| {
        let none = c("no_such_module");
        let refused = [
            call!(SYS_delete_module, &none, libc::O_NONBLOCK),
            call!(SYS_delete_module, &none, libc::O_NONBLOCK | libc::O_TRUNC),
            call!(SYS_delete_module, NOWHERE, 0),
        ];
        assert!(refused.iter().all(|result| *result < 0));
        vec![
            reported!("delete_module", refused[0], "no_such_module", 2_u32),
            reported!("delete_module", refused[1], "no_such_module", 3_u32),
            reported!("delete_module", refused[2], (), 0_u32),
        ]
    });
}

/// A number as an argument of an operation on keys has it, and a text.
fn int(number: i64) -> P {
    P::Bytes([&[0][..], &number.to_le_bytes()].concat())
}

fn name(text: &str) -> P {
    P::Bytes([&[1][..], text.as_bytes(), &[0]].concat())
}

fn keyctl(watch: &mut Watch) {
    const SESSION: i64 = -3;
    let unreadable = || P::Bytes(vec![1]);
    let mut room = Room::new();
    let at = i64::try_from(room.at()).unwrap();
    watch.see(|| {
        let (kind, none, rule) = (c("user"), c("no such key"), c("a rule"));
        let id = call!(SYS_keyctl, 0, SESSION, 0, 55, 66);
        assert!(id > 0);
        let joined = call!(SYS_keyctl, 1, &c("of a row"), 44, 55, 66);
        assert!(joined > 0 && joined != id);
        let sought = call!(SYS_keyctl, 10, SESSION, &kind, &none, 9);
        assert!(sought < 0);
        let read = call!(SYS_keyctl, 11, joined, at, 8, 66);
        assert!(read >= 0);
        let made = call!(SYS_keyctl, 12, 1 << 30, NOWHERE, 0, 4);
        let revoked = call!(SYS_keyctl, 3, 1 << 30, 44, 55, 66);
        let restricted = call!(SYS_keyctl, 29, 1 << 30, &kind, &rule, 66);
        let asked = call!(SYS_keyctl, 24, 1 << 30, 0, &rule, at);
        let signed = call!(SYS_keyctl, 27, NOWHERE, &rule, 4, at);
        assert!([made, revoked, restricted, asked, signed].iter().all(|result| *result < 0));
        call!(SYS_keyctl, 1, NOWHERE, 0, 0, 0);
        call!(SYS_keyctl, 99, 33, 44, 55, 66);
        call!(SYS_keyctl, -1, 33, 44, 55, 66);
        let key = || int(1 << 30);
        let zero = || int(0);
        vec![
            reported!("keyctl", id, 0_u32, int(SESSION), zero(), zero(), zero()),
            reported!("keyctl", joined, 1_u32, name("of a row"), zero(), zero(), zero()),
            reported!(
                "keyctl",
                sought,
                10_u32,
                int(SESSION),
                name("user"),
                name("no such key"),
                int(9)
            ),
            reported!("keyctl", read, 11_u32, int(joined), int(at), int(8), zero()),
            reported!("keyctl", made, 12_u32, key(), int(1), zero(), int(4)),
            reported!("keyctl", revoked, 3_u32, key(), zero(), zero(), zero()),
            reported!("keyctl", restricted, 29_u32, key(), name("user"), name("a rule"), zero()),
            reported!("keyctl", asked, 24_u32, key(), zero(), name("a rule"), zero()),
            reported!("keyctl", signed, 27_u32, int(1), name("a rule"), int(4), int(at)),
            reported!("keyctl", -14_i64, 1_u32, unreadable(), zero(), zero(), zero()),
            reported!("keyctl", -95_i64, 99_u32, zero(), zero(), zero(), zero()),
            reported!("keyctl", -95_i64, u32::MAX, zero(), zero(), zero(), zero()),
        ]
    });
}

fn bpf(watch: &mut Watch) {
    // An array of one number.
    let mut attributes = Room::with([2_u32, 4, 4, 1].map(u32::to_ne_bytes).as_flattened());
    let mut fd = 0;
    let seen = watch.see(|| {
        fd = call!(SYS_bpf, 0, attributes.at(), 72);
        assert!(fd > 0);
        // The first map's number: a result that is no descriptor, though one of it is open.
        let mut next = Room::new();
        let found = call!(SYS_bpf, 12, next.at(), 16);
        let unknown = call!(SYS_bpf, -1, attributes.at(), 72);
        let unread = call!(SYS_bpf, 5, NOWHERE, 72);
        assert!(found == 0 && unknown < 0);
        vec![
            reported!("bpf", fd, 0_i32),
            reported!("bpf", found, 12_i32),
            reported!("bpf", unknown, -1_i32),
            reported!("bpf", unread, 5_i32),
        ]
    });
    is_named(&seen[0], fd, "bpf-map");
    is_silent(&seen[1]);
    call!(SYS_close, fd);
}

fn seccomp(watch: &mut Watch) {
    let mut action = Room::with(&libc::SECCOMP_RET_ALLOW.to_ne_bytes());
    watch.see(|| {
        call!(SYS_seccomp, 2, 0, action.at());
        call!(SYS_seccomp, 99, -1, 0);
        call!(SYS_seccomp, 1, 4, NOWHERE);
        vec![
            reported!("seccomp", 0_i64, 2_u64, 0_u64),
            reported!("seccomp", -22_i64, 99_u64, u64::from(u32::MAX)),
            reported!("seccomp", -14_i64, 1_u64, 4_u64),
        ]
    });
}

/// The limits or the grace times a quota call may report, in the order of the event.
const NO_LIMITS: [u64; 7] = [0; 7];
const NO_GRACE: [u64; 2] = [0; 2];

/// What a quota call reports of its command: flags, format found, command, kind, id, format asked.
type Command = (u8, u8, u16, u8, u32, u8);

fn quota(
    result: i64,
    special: P,
    file: P,
    limits: [u64; 7],
    grace: [u64; 2],
    command: Command,
) -> Expected {
    let (flags, found, command, kind, id, asked) = command;
    let mut params = vec![P::I64(result), special, file];
    params.extend(limits.into_iter().chain(grace).map(P::U64));
    params.extend([P::U8(flags), P::U8(found), P::U16(command)]);
    params.extend([P::U8(kind), P::U32(id), P::U8(asked)]);
    Expected("quotactl", params)
}

fn quotactl(watch: &mut Watch) {
    // What the kernel calls command, and whose quota: users', groups', projects'.
    let ask = |command: i64, kind: i64| command << 8 | kind;
    let text = |text: &str| P::text(text);
    let limits = |valid: u64| Room::with(&words([1, 2, 3, 4, 5, 6, 7, 8, valid]));
    let info = |valid: u64| Room::with(&words([11, 12, 1 | valid << 32]));
    let (mut all, mut some) = (limits(63), limits(4 | 32));
    let (mut grace, mut grace_only) = (info(7), info(1));
    let mut format = Room::with(&2_u64.to_ne_bytes());
    watch.see(|| {
        let none = c("/no/device");
        let file = c("/aquota.user");
        let results = [
            call!(SYS_quotactl, ask(0x80_0007, 0), &none, 7, all.at()),
            call!(SYS_quotactl, ask(0x80_0008, 1), &none, 8, some.at()),
            call!(SYS_quotactl, ask(0x80_0007, 2), &none, 9, NOWHERE),
            call!(SYS_quotactl, ask(0x80_0005, 0), &none, 7, grace.at()),
            call!(SYS_quotactl, ask(0x80_0006, 0), &none, 7, grace_only.at()),
            call!(SYS_quotactl, ask(0x80_0004, 0), &none, 7, format.at()),
            call!(SYS_quotactl, ask(0x80_0002, 0), &none, 4, &file),
            call!(SYS_quotactl, ask(0x80_0003, 1), NOWHERE, 4, all.at()),
            call!(SYS_quotactl, ask(0x5803, 0), &none, 7, all.at()),
            call!(SYS_quotactl, ask(0x5807, 0), &none, 7, all.at()),
            call!(SYS_quotactl, -1, &none, 7, all.at()),
        ];
        assert!(results.iter().all(|result| *result < 0));
        let device = || text("/no/device");
        let nothing = || P::Nothing;
        let reported = |n: usize, limits, grace, command| {
            quota(results[n], device(), nothing(), limits, grace, command)
        };
        vec![
            reported(0, [1, 2, 3, 4, 5, 7, 8], NO_GRACE, (0, 1, 32, 1, 7, 1)),
            reported(1, [0, 0, 0, 4, 5, 0, 8], NO_GRACE, (0, 1, 64, 2, 8, 1)),
            reported(2, NO_LIMITS, NO_GRACE, (0, 1, 32, 0, 9, 1)),
            reported(3, NO_LIMITS, [11, 12], (2, 1, 8, 1, 0, 1)),
            reported(4, NO_LIMITS, [11, 0], (0, 1, 16, 1, 0, 1)),
            reported(5, NO_LIMITS, NO_GRACE, (0, 4, 4, 1, 0, 1)),
            quota(
                results[6],
                device(),
                text("/aquota.user"),
                NO_LIMITS,
                NO_GRACE,
                (0, 1, 1, 1, 0, 8),
            ),
            quota(results[7], nothing(), nothing(), NO_LIMITS, NO_GRACE, (0, 1, 2, 2, 0, 1)),
            reported(8, NO_LIMITS, NO_GRACE, (0, 1, 1024, 1, 7, 1)),
            reported(9, NO_LIMITS, NO_GRACE, (0, 1, 16384, 1, 0, 1)),
            reported(10, NO_LIMITS, NO_GRACE, (0, 1, 0, 0, 0, 1)),
        ]
    });
}

fn fsconfig(watch: &mut Watch) {
    let fd = call!(SYS_fsopen, &c("tmpfs"), 0);
    assert!(fd >= 0);
    let mut bytes = Room::with(b"four");
    let seen = watch.see(|| {
        call!(SYS_fsconfig, fd, 1, &c("size"), &c("1m"), 0);
        call!(SYS_fsconfig, fd, 0, &c("ro"), 0, 0);
        call!(SYS_fsconfig, fd, 1, &c("no such"), &c("1m"), 0);
        // No file system takes bytes.
        let refused = call!(SYS_fsconfig, fd, 2, &c("size"), bytes.at(), 4);
        call!(SYS_fsconfig, fd, 6, 0, 0, 0);
        call!(SYS_fsconfig, -1, 77, NOWHERE, NOWHERE, -5);
        assert!(refused < 0);
        vec![
            reported!("fsconfig", 0_i64, fd, 1_u32, "size", (), "1m", 0_i32),
            reported!("fsconfig", 0_i64, fd, 0_u32, "ro", (), (), 0_i32),
            reported!("fsconfig", -22_i64, fd, 1_u32, "no such", (), (), 0_i32),
            reported!("fsconfig", refused, fd, 2_u32, "size", (), (), 4_i32),
            reported!("fsconfig", 0_i64, fd, 6_u32, (), (), (), 0_i32),
            reported!("fsconfig", P::Any, -1_i64, 77_u32, (), (), (), -5_i32),
        ]
    });
    assert!(seen[5].num(0) < 0);
    is_named(&seen[0], fd, "[fscontext]");
    call!(SYS_close, fd);
}

/// A ring, and what the kernel wrote of it.
fn ring(entries: i64, flags: u32, cq_entries: u32) -> (i64, Room) {
    let mut params = Room::with([0, cq_entries, flags].map(u32::to_ne_bytes).as_flattened());
    (call!(SYS_io_uring_setup, entries, params.at()), params)
}

fn io_uring_setup(watch: &mut Watch) {
    let mut fd = 0;
    let seen = watch.see(|| {
        // CQSIZE, CLAMP, R_DISABLED
        let (made, params) = ring(3, 8 | 16 | 64, 16);
        fd = made;
        assert!(fd > 0);
        let features = params.u32(20) & 0x7ff;
        assert_ne!(features, 0);
        let mut odd = Room::with([1, 2, u32::MAX, 4, 5, 6].map(u32::to_ne_bytes).as_flattened());
        let refused = call!(SYS_io_uring_setup, -1, odd.at());
        assert!(refused < 0);
        call!(SYS_io_uring_setup, 4, NOWHERE);
        vec![
            reported!("io_uring_setup", fd, 3_u32, 4_u32, 16_u32, 176_u32, 0_u32, 0_u32, features),
            reported!(
                "io_uring_setup",
                refused,
                u32::MAX,
                1_u32,
                2_u32,
                251_u32,
                4_u32,
                5_u32,
                6_u32
            ),
            reported!("io_uring_setup", -14_i64, 4_u32, 0_u32, 0_u32, 0_u32, 0_u32, 0_u32, 0_u32),
        ]
    });
    is_named(&seen[0], fd, "[io_uring]");
    call!(SYS_close, fd);
}

fn io_uring_enter(watch: &mut Watch) {
    let (fd, _) = ring(4, 0, 0);
    // The second and the ninth signal.
    let mut set = Room::with(&words([0x102]));
    let mut extended = Room::with(&words([set.at() as u64, 8, 0]));
    let seen = watch.see(|| {
        call!(SYS_io_uring_enter, fd, 0, 0, 1, set.at(), 8);
        call!(SYS_io_uring_enter, fd, 0, 0, 1 | 8, extended.at(), 24);
        call!(SYS_io_uring_enter, fd, 0, 0, 0, 0, 0);
        let refused = call!(SYS_io_uring_enter, NO_FD, -1, 7, -1, NOWHERE, 0);
        assert!(refused < 0);
        vec![
            reported!("io_uring_enter", 0_i64, fd, 0_u32, 0_u32, 1_u32, 0x102_u32),
            reported!("io_uring_enter", 0_i64, fd, 0_u32, 0_u32, 9_u32, 0x102_u32),
            reported!("io_uring_enter", 0_i64, fd, 0_u32, 0_u32, 0_u32, 0_u32),
            reported!("io_uring_enter", refused, NO_FD, u32::MAX, 7_u32, 15_u32, 0_u32),
        ]
    });
    is_named(&seen[0], fd, "[io_uring]");
    call!(SYS_close, fd);
}

fn io_uring_register(watch: &mut Watch) {
    let (fd, _) = ring(4, 0, 0);
    let mut probe = Room::new();
    let at = bits(i64::try_from(probe.at()).unwrap());
    let seen = watch.see(|| {
        call!(SYS_io_uring_register, fd, 8, probe.at(), 4);
        let refused = call!(SYS_io_uring_register, NO_FD, 200, NOWHERE, -1);
        assert!(refused < 0);
        vec![
            reported!("io_uring_register", 0_i64, fd, 8_u16, at, 4_u32),
            reported!("io_uring_register", refused, NO_FD, 200_u16, 1_u64, u32::MAX),
        ]
    });
    is_named(&seen[0], fd, "[io_uring]");
    call!(SYS_close, fd);
}
