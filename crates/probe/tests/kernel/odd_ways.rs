//! Calls that come through another door are the same calls.

use crate::compat::{NOT_TAKEN, int80, low, taken, words};
use crate::watch::{Expected, Folder, P, Watch, c};

#[test]
fn calls_of_32_bit_programs() {
    if !peregrine_testkit::root("calls_of_32_bit_programs") {
        return;
    }
    if !taken() {
        peregrine_testkit::skipped("calls_of_32_bit_programs", NOT_TAKEN);
        return;
    }
    let folder = Folder::new("compat");
    let file = folder.path("f");
    std::fs::write(&file, "").unwrap();
    let path = low(c(&file).as_bytes_with_nul());
    let calls = ["open", "openat", "unlink", "mprotect", "connect", "bind", "getppid", "close"];
    let mut watch = Watch::new(&calls);
    let mut fd = 0;
    // 5 open, 10 unlink (the native 10 is mprotect), 64 getppid
    let seen = watch.own(|| {
        fd = int80(5, &[path, 0, 0]);
        int80(10, &[path]);
        int80(64, &[]);
        int80(6, &[crate::compat::bits(fd)]);
    });
    let open = [P::I64(fd), P::text(&file), P::U32(1), P::U32(0), P::Any, P::Any];
    Expected("open", open.to_vec()).check(&seen[0]);
    assert_eq!(seen[0].trailer().origin().unwrap().flags & 1, 1, "reported as 32-bit");
    Expected("unlink", vec![P::I64(0), P::text(&file)]).check(&seen[1]);
    assert!(!file.exists());
    let getppid = peregrine_event::syscalls::by_name("getppid").unwrap().id;
    Expected("syscall", vec![P::U16(getppid), P::Any]).check(&seen[2]);
    Expected("close", vec![P::I64(0), P::I64(fd)]).check(&seen[3]);
    assert!(seen[3].trailer().descriptor(fd).is_some(), "what was closed");

    // 102 socketcall: 1 socket, 2 bind, 3 connect; arguments in memory
    let socket = int80(102, &[1, words(&[2, 1, 0])]);
    let mut to = vec![2, 0];
    to.extend_from_slice(&9_u16.to_be_bytes());
    to.extend_from_slice(&[127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let args = words(&[crate::compat::bits(socket), low(&to), 16]);
    watch.check(
        || {
            int80(102, &[3, args]);
        },
        &[Expected(
            "connect",
            vec![P::I64(-111), P::Nothing, P::I64(socket), P::Bytes(vec![2, 127, 0, 0, 1, 9, 0])],
        )],
    );
}

#[test]
fn x32_numbers_are_bounded() {
    if !peregrine_testkit::root("x32_numbers_are_bounded") {
        return;
    }
    let mut watch = Watch::new(&["getppid", "execve", "openat"]);
    // The kernel refuses most of them (-ENOSYS); what matters is that none reads beyond a table.
    watch.own(|| {
        for number in
            [0x4000_0000_i64, 0x4000_006e, 0x4000_0208, 0x4000_0fff, 0x4fff_ffff, 0x7fff_ffff, 1023]
        {
            crate::watch::call(number, [0; 6]);
        }
    });
}
