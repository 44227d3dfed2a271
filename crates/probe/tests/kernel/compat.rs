//! Calls as 32-bit programs make them, from this 64-bit program.

use std::sync::OnceLock;

use crate::watch::{end_of, fork};

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

/// Whether this kernel takes 32-bit calls at all. Some end the program that tries.
pub fn taken() -> bool {
    static TAKEN: OnceLock<bool> = OnceLock::new();
    *TAKEN.get_or_init(|| {
        let child = fork(|| {
            // 20 getpid
            let taken = int80(20, &[]) > 0;
            crate::watch::call(libc::SYS_exit_group, [usize::from(!taken), 0, 0, 0, 0, 0]);
        });
        end_of(child) == 0
    })
}

/// Why a test of 32-bit calls does nothing.
pub const NOT_TAKEN: &str = "this kernel takes no 32-bit calls";

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
        u32::try_from(at as usize).unwrap()
    }
}

/// Words there.
pub fn words(words: &[u32]) -> u32 {
    low(&words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>())
}

/// What lies there now.
pub fn at(address: u32, len: usize) -> Vec<u8> {
    // SAFETY: `address` comes from `low`, which maps a page that stays.
    unsafe { std::slice::from_raw_parts(address as usize as *const u8, len) }.to_vec()
}

/// A number as it lies in a register.
pub fn bits(number: i64) -> u32 {
    i32::try_from(number).unwrap().cast_unsigned()
}
