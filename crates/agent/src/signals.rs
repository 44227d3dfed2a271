//! Ctrl-C, a friendly kill, and a limit on the size of files.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

/// A flag that SIGINT and SIGTERM set. A second one ends the process at once, should the end hang.
///
/// # Errors
/// When the system takes no handlers.
pub fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal only sets the flag that the second one finds set.
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// A write beyond the limit on the size of files fails like one to a full disk, where it would else
/// end the process.
///
/// # Errors
/// When the system takes no handlers.
pub fn outlive_size_limits() -> std::io::Result<()> {
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}
