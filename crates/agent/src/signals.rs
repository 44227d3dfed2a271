//! Signals that stop the agent or request something of it, and those that must not end it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPIPE, SIGPROF, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGXCPU, SIGXFSZ,
};
use signal_hook::flag;

/// Signals that would end the process and request nothing here. A write to a closed pipe, beyond the
/// file size limit or to a full disk fails, is counted and reported.
const OUTLIVED: [i32; 8] = [SIGPIPE, SIGXFSZ, SIGXCPU, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO];

/// A flag that SIGINT and SIGTERM set. A second one ends the process at once, in case the end hangs.
///
/// # Errors
/// When the system refuses handlers.
pub fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal only sets the flag that the second one finds set.
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// A flag that SIGINT and SIGTERM set. A second one does nothing, as in Falco.
///
/// # Errors
/// When the system refuses handlers.
pub fn stop_on_first_signal() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Which of SIGINT and SIGTERM came last, by its number; 0 before one came.
///
/// # Errors
/// When the system refuses handlers.
pub fn stop_signal() -> std::io::Result<Arc<AtomicUsize>> {
    let last = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM] {
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&last), number)?;
    }
    Ok(last)
}

/// What signals request of a running agent.
#[derive(Debug, Clone, Default)]
pub struct SignalRequests {
    reload: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
    /// SIGHUP requests nothing.
    without_reload: Arc<AtomicBool>,
}

impl SignalRequests {
    /// Handles SIGHUP (reload rules) and SIGUSR1 (reopen the files of outputs), and ignores signals that
    /// request nothing.
    ///
    /// # Errors
    /// When the system refuses handlers.
    pub fn by_signals() -> std::io::Result<Self> {
        let requests = Self::default();
        flag::register(SIGHUP, Arc::clone(&requests.reload))?;
        flag::register(SIGUSR1, Arc::clone(&requests.reopen))?;
        for signal in OUTLIVED {
            flag::register(signal, Arc::new(AtomicBool::new(false)))?;
        }
        Ok(requests)
    }

    /// Whether a reload was requested since the last call.
    pub(crate) fn reload(&self) -> bool {
        let requested = self.reload.swap(false, Ordering::Relaxed);
        requested && !self.without_reload.load(Ordering::Relaxed)
    }

    /// Whether SIGHUP requests a reload from now on; at first it does.
    pub fn set_reload(&self, on: bool) {
        self.without_reload.store(!on, Ordering::Relaxed);
    }

    /// Whether reopening was requested since the last call.
    pub(crate) fn reopen(&self) -> bool {
        self.reopen.swap(false, Ordering::Relaxed)
    }
}
