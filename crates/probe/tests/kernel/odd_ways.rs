//! Calls that come through another door are the same calls.

use crate::watch::{Expected, Folder, P, Watch, c};

/// A 32-bit call from this 64-bit program. Pointers must lie in the lowest 4 GiB.
fn int80(number: u32, args: [u32; 3]) -> i32 {
    let result: i32;
    // SAFETY: the caller passes what the call asks for. `rbx` is saved, LLVM keeps it to itself.
    unsafe {
        std::arch::asm!(
            "push rbx",
            "mov ebx, {first:e}",
            "int 0x80",
            "pop rbx",
            first = in(reg) args[0],
            inlateout("eax") number => result,
            in("ecx") args[1], in("edx") args[2],
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
        );
    }
    result
}

/// Bytes in the lowest 4 GiB; stay there until the test ends.
fn low(bytes: &[u8]) -> u32 {
    // SAFETY: a fresh mapping; what is copied fits into its one page.
    unsafe {
        let at = libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT,
            -1,
            0,
        );
        assert_ne!(at, libc::MAP_FAILED);
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), at.cast(), bytes.len());
        u32::try_from(at as usize).unwrap()
    }
}

#[test]
fn calls_of_32_bit_programs() {
    if !peregrine_testkit::root("calls_of_32_bit_programs") {
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
        fd = int80(5, [path, 0, 0]);
        int80(10, [path, 0, 0]);
        int80(64, [0; 3]);
    });
    if fd == -38 {
        peregrine_testkit::skipped("calls_of_32_bit_programs", "this kernel takes no 32-bit calls");
        return;
    }
    let open = [P::I64(fd.into()), P::text(&file), P::U32(1), P::U32(0), P::Any, P::Any];
    Expected("open", open.to_vec()).check(&seen[0]);
    assert_eq!(seen[0].facts().origin().unwrap().flags & 1, 1, "told to be 32-bit");
    Expected("unlink", vec![P::I64(0), P::text(&file)]).check(&seen[1]);
    assert!(!file.exists());
    let getppid = peregrine_event::syscalls::by_name("getppid").unwrap().id;
    Expected("syscall", vec![P::U16(getppid), P::Any]).check(&seen[2]);

    // 102 socketcall: 1 socket, 2 bind, 3 connect; arguments in memory
    let words =
        |words: &[u32]| low(&words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<u8>>());
    let socket = int80(102, [1, words(&[2, 1, 0]), 0]);
    let mut to = vec![2, 0];
    to.extend_from_slice(&9_u16.to_be_bytes());
    to.extend_from_slice(&[127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let args = words(&[socket.cast_unsigned(), low(&to), 16]);
    watch.check(
        || {
            int80(102, [3, args, 0]);
        },
        &[Expected(
            "connect",
            vec![
                P::I64(-111),
                P::Nothing,
                P::I64(socket.into()),
                P::Bytes(vec![2, 127, 0, 0, 1, 9, 0]),
            ],
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
