//! The heap of this process.

#![expect(unsafe_code, reason = "a setting of the C library")]

/// Has all threads allocate from one heap; to be called before the first thread starts. A heap of each thread keeps
/// what another one freed: with rules that are compiled on one thread and freed on another memory grows with each
/// reload.
pub fn share_heap() {
    // SAFETY: it sets a number. Where it is refused heaps are what they were.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
