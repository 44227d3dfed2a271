//! A thousand calls in a random order: each arrives once, in order, with exact parameters.

use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

/// A small generator of numbers, the same ones every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn a_thousand_mixed_calls_arrive_exactly() {
    if !peregrine_testkit::root("a_thousand_mixed_calls_arrive_exactly") {
        return;
    }
    let folder = Folder::new("mixed");
    let mut watch = Watch::new(&[
        "open",
        "openat",
        "openat2",
        "creat",
        "close",
        "dup",
        "dup2",
        "dup3",
        "rename",
        "renameat",
        "renameat2",
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "unlink",
        "unlinkat",
        "chmod",
        "fchmod",
        "fchmodat",
        "chdir",
        "setuid",
        "memfd_create",
        "listen",
        "getppid",
        "connect",
        "bind",
        "execve",
        "prctl",
    ]);
    let mut dice = Dice(20_260_101);
    let mut expected: Vec<Expected> = Vec::new();
    let mut extra = 0;
    let seen = watch.own(|| {
        while expected.len() < 1000 {
            let name = |dice: &mut Dice| folder.path(&format!("file-{}", dice.roll(12)));
            let (a, b) = (name(&mut dice), name(&mut dice));
            let mode = i32::try_from(dice.roll(0o10000)).unwrap();
            let m = P::U32(mode.cast_unsigned());
            let (pa, pb) = (P::text(&a), P::text(&b));
            let (ca, cb) = (c(&a), c(&b));
            let cwd = P::I64(-100);
            let event = match dice.roll(22) {
                0 => {
                    let fd = call!(SYS_open, &ca, libc::O_RDWR | libc::O_CREAT, mode | 0o600);
                    let created = P::Any;
                    extra += 1;
                    let open = [
                        P::I64(fd),
                        pa,
                        created,
                        P::U32((mode | 0o600).cast_unsigned()),
                        P::Any,
                        P::Any,
                    ];
                    expected.push(Expected("open", open.to_vec()));
                    let result = call!(SYS_close, fd);
                    Expected("close", vec![P::I64(result), P::I64(fd)])
                }
                1 => {
                    let fd = call!(SYS_openat, -100, &ca, libc::O_RDONLY);
                    expected.push(Expected(
                        "openat",
                        vec![P::I64(fd), cwd, pa, P::U32(1), P::U32(0), P::Any, P::Any],
                    ));
                    let result = call!(SYS_close, fd);
                    Expected("close", vec![P::I64(result), P::I64(fd)])
                }
                2 => {
                    let fd = call!(SYS_creat, &ca, mode);
                    expected.push(Expected(
                        "creat",
                        vec![P::I64(fd), pa, m, P::Any, P::Any, P::U16(0)],
                    ));
                    let result = call!(SYS_close, fd);
                    Expected("close", vec![P::I64(result), P::I64(fd)])
                }
                3 => {
                    let result = call!(SYS_rename, &ca, &cb);
                    Expected("rename", vec![P::I64(result), pa, pb])
                }
                4 => {
                    let result = call!(SYS_renameat, -100, &ca, -100, &cb);
                    Expected("renameat", vec![P::I64(result), cwd.clone(), pa, cwd, pb])
                }
                5 => {
                    let result = call!(SYS_renameat2, -100, &ca, -100, &cb, 1);
                    Expected("renameat2", vec![P::I64(result), cwd.clone(), pa, cwd, pb, P::U32(1)])
                }
                6 => {
                    let result = call!(SYS_link, &ca, &cb);
                    Expected("link", vec![P::I64(result), pa, pb])
                }
                7 => {
                    let result = call!(SYS_linkat, -100, &ca, -100, &cb, 0);
                    Expected("linkat", vec![P::I64(result), cwd.clone(), pa, cwd, pb, P::U32(0)])
                }
                8 => {
                    let result = call!(SYS_symlink, &ca, &cb);
                    Expected("symlink", vec![P::I64(result), pa, pb])
                }
                9 => {
                    let result = call!(SYS_symlinkat, &ca, -100, &cb);
                    Expected("symlinkat", vec![P::I64(result), pa, cwd, pb])
                }
                10 => {
                    let result = call!(SYS_unlink, &ca);
                    Expected("unlink", vec![P::I64(result), pa])
                }
                11 => {
                    let result = call!(SYS_unlinkat, -100, &ca, 0);
                    Expected("unlinkat", vec![P::I64(result), cwd, pa, P::U32(0)])
                }
                12 => {
                    let result = call!(SYS_chmod, &ca, mode);
                    Expected("chmod", vec![P::I64(result), pa, m])
                }
                13 => {
                    let result = call!(SYS_fchmodat, -100, &ca, mode);
                    Expected("fchmodat", vec![P::I64(result), cwd, pa, m])
                }
                14 => {
                    let result = call!(SYS_fchmod, 12345, mode);
                    Expected("fchmod", vec![P::I64(result), P::I64(12345), m])
                }
                15 => {
                    let result = call!(SYS_chdir, &ca);
                    Expected("chdir", vec![P::I64(result), pa])
                }
                16 => Expected("setuid", vec![P::I64(call!(SYS_setuid, 0)), P::U32(0)]),
                17 => {
                    let fd = call!(SYS_memfd_create, &c("mixed"), 0);
                    expected.push(Expected(
                        "memfd_create",
                        vec![P::I64(fd), P::text("mixed"), P::U32(0)],
                    ));
                    let copy = call!(SYS_dup, fd);
                    expected.push(Expected("dup", vec![P::I64(copy), P::I64(fd)]));
                    let three = call!(SYS_dup3, fd, copy, libc::O_CLOEXEC);
                    expected.push(Expected(
                        "dup3",
                        vec![P::I64(three), P::I64(fd), P::I64(copy), P::U32(4096)],
                    ));
                    let result = call!(SYS_close, copy);
                    expected.push(Expected("close", vec![P::I64(result), P::I64(copy)]));
                    let result = call!(SYS_close, fd);
                    Expected("close", vec![P::I64(result), P::I64(fd)])
                }
                18 => {
                    let result = call!(SYS_listen, 12345, mode);
                    Expected("listen", vec![P::I64(result), P::I64(12345), P::I32(mode)])
                }
                19 => {
                    call!(SYS_getppid);
                    let id = peregrine_event::syscalls::by_name("getppid").unwrap().id;
                    Expected("syscall", vec![P::U16(id), P::U16(110)])
                }
                20 => {
                    let port = u16::try_from(mode).unwrap();
                    let mut to = [0_u8; 16];
                    to[0] = 2;
                    to[2..4].copy_from_slice(&port.to_be_bytes());
                    to[4..8].copy_from_slice(&[10, 0, 0, 1]);
                    let result = call!(SYS_connect, 12345, to.as_ptr(), 16);
                    let mut address = vec![2, 10, 0, 0, 1];
                    address.extend_from_slice(&port.to_le_bytes());
                    Expected(
                        "connect",
                        vec![P::I64(result), P::Nothing, P::I64(12345), P::Bytes(address)],
                    )
                }
                _ => {
                    let result = call!(SYS_prctl, 3, mode);
                    Expected(
                        "prctl",
                        vec![P::I64(result), P::U32(3), P::Nothing, P::I64(mode.into())],
                    )
                }
            };
            expected.push(event);
        }
    });
    assert!(extra > 0);
    assert_eq!(seen.len(), expected.len());
    for (seen, expected) in seen.iter().zip(&expected) {
        expected.check(seen);
    }
    assert!(seen.is_sorted_by_key(|seen| seen.ts), "in order of time");
}
