//! Calls as 32-bit programs make them, from this 64-bit program.

use std::sync::OnceLock;

pub use peregrine_testkit::i386::{int80, low};

use crate::watch::{end_of, fork};

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
