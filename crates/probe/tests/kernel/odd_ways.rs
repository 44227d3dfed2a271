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
    let mut watch =
        Watch::new(&["open", "openat", "unlink", "mprotect", "connect", "bind", "getppid"]);
    let mut fd = 0;
    // 5 open, 10 unlink (the native 10 is mprotect), 64 getppid
    let seen = watch.own(|| {
        fd = int80(5, &[path, 0, 0]);
        int80(10, &[path]);
        int80(64, &[]);
    });
    let open = [P::I64(fd), P::text(&file), P::U32(1), P::U32(0), P::Any, P::Any];
    Expected("open", open.to_vec()).check(&seen[0]);
    assert_eq!(seen[0].facts().origin().unwrap().flags & 1, 1, "told to be 32-bit");
    Expected("unlink", vec![P::I64(0), P::text(&file)]).check(&seen[1]);
    assert!(!file.exists());
    let getppid = peregrine_event::syscalls::by_name("getppid").unwrap().id;
    Expected("syscall", vec![P::U16(getppid), P::Any]).check(&seen[2]);

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

/// 32-bit calls whose arguments are not those of the call they are told as.
#[test]
fn calls_only_32_bit_programs_have() {
    if !peregrine_testkit::root("calls_only_32_bit_programs_have") {
        return;
    }
    if int80(20, []) == -38 {
        peregrine_testkit::skipped(
            "calls_only_32_bit_programs_have",
            "this kernel takes no 32-bit calls",
        );
        return;
    }
    let folder = Folder::new("only-32");
    let file = folder.path("f");
    std::fs::write(&file, vec![0; 8192]).unwrap();
    let path = low(c(&file).as_bytes_with_nul());
    let fd = int80(5, [path]).cast_unsigned();
    let room = low(&[]);
    let mapping = [0, 4096, 1, 2, fd, 4096].map(u32::to_ne_bytes);
    let mapping = low(mapping.as_flattened());
    let mut watch = Watch::new(&["lseek", "umount2", "stat", "lstat", "fstat", "fcntl"]);
    let told = i64::from(fd);
    let (ok, described) = (P::I64(0), P::I64(told));
    watch.check(
        || {
            // _llseek: 4 GiB and 5 bytes
            int80(140, [fd, 1, 5, room, 0]);
            int80(140, [fd, u32::MAX, u32::MAX, room, 2]);
            int80(140, [fd, 0, 0, 1, 99]);
            // umount has no flags; what stands in the register is no argument
            int80(22, [path, 3]);
            int80(195, [path, room]);
            int80(196, [path, room]);
            int80(197, [fd, room]);
            int80(221, [fd, 3, 0]);
        },
        &[
            Expected(
                "lseek",
                vec![P::I64(0x1_0000_0005), described.clone(), P::U64(0x1_0000_0005), P::U8(0)],
            ),
            Expected("lseek", vec![P::I64(8191), described.clone(), P::U64(u64::MAX), P::U8(2)]),
            Expected("lseek", vec![P::I64(-22), described.clone(), P::U64(0), P::U8(0)]),
            Expected("umount2", vec![P::I64(-22), P::text(&file), P::U32(0)]),
            Expected("stat", vec![ok.clone(), P::text(&file)]),
            Expected("lstat", vec![ok.clone(), P::text(&file)]),
            Expected("fstat", vec![ok.clone(), described.clone()]),
            Expected("fcntl", vec![ok, described, P::U8(4), P::U64(0)]),
        ],
    );
    watch.want(&["mmap"]);
    let mut at = [0; 2];
    let seen = watch.own(|| {
        at[0] = int80(90, [mapping]);
        // mmap2 counts the offset in pages
        at[1] = int80(192, [0, 4096, 3, 2, fd, 1]);
    });
    for ((seen, at), protection) in seen.iter().zip(at).zip([1, 3]) {
        assert!(at != 0 && !(-4095..0).contains(&at), "{at}");
        let at = P::I64(at.cast_unsigned().into());
        let mut expected = vec![at, P::Any, P::Any, P::Any, P::U64(0), P::U64(4096)];
        expected.extend([P::U32(protection), P::U32(2), P::I64(told), P::U64(4096)]);
        Expected("mmap", expected).check(seen);
        let descriptor = seen.facts().descriptor(told).unwrap();
        assert_eq!(descriptor.payload, c(&file).as_bytes());
    }
    assert_eq!(seen.len(), 2);
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
