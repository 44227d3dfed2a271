//! What the place where tests run allows.

#![expect(unsafe_code, reason = "makes calls itself")]

use std::io::Error;

/// Whether mounts of its own can be made, by a thread that does so and ends; else why not.
///
/// # Errors
/// What refuses.
pub fn own_mounts() -> Result<(), String> {
    let tried = std::thread::spawn(|| {
        // SAFETY: numbers, and one text with a NUL; only this thread sees what changes.
        unsafe {
            if libc::unshare(libc::CLONE_NEWNS) != 0 {
                return Err(format!("unshare: {}", Error::last_os_error()));
            }
            let nothing = std::ptr::null();
            let flags = libc::MS_REC | libc::MS_PRIVATE;
            if libc::mount(nothing, c"/".as_ptr(), nothing, flags, nothing.cast()) != 0 {
                let error = Error::last_os_error();
                let chroot = error.raw_os_error() == Some(libc::EINVAL);
                let why = if chroot { ": the root is no mount point, as in a chroot" } else { "" };
                return Err(format!("{error}{why}"));
            }
        }
        Ok(())
    });
    tried.join().unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Puts this thread into a network of its own, without any interface that is up.
///
/// # Errors
/// What refuses.
pub fn own_network() -> Result<(), Error> {
    // SAFETY: a number; only this thread sees what changes.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error())
    }
}
