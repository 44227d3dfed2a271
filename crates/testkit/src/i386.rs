//! Calls as 32-bit programs make them, from a 64-bit program.

/// A 32-bit call. Pointers must lie in the lowest 4 GiB: [`low`].
pub fn int80(number: u32, given: &[u32]) -> i64 {
    let mut args = [number, 0, 0, 0, 0, 0, 0];
    args[1..=given.len()].copy_from_slice(given);
    let result: i32;
    // SAFETY: the caller passes what the call asks for. `rbx` and `rbp` are saved, the compiler
    // keeps them to itself.
    unsafe {
        std::arch::asm!(
            "push rbx",
            "push rbp",
            "mov eax, [rdi]",
            "mov ebx, [rdi + 4]",
            "mov ecx, [rdi + 8]",
            "mov edx, [rdi + 12]",
            "mov esi, [rdi + 16]",
            "mov ebp, [rdi + 24]",
            "mov edi, [rdi + 20]",
            "int 0x80",
            "pop rbp",
            "pop rbx",
            inlateout("rdi") args.as_ptr() => _,
            lateout("eax") result,
            lateout("ecx") _, lateout("edx") _, lateout("esi") _,
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
        );
    }
    result.into()
}

/// Bytes in the lowest 4 GiB; they stay there until the test ends.
pub fn low(bytes: &[u8]) -> u32 {
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
        u32::try_from(at as usize).unwrap_or(0)
    }
}
