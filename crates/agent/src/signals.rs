//! Ctrl-C, a friendly kill, what else people ask for by signals, and those that must end nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPIPE, SIGPROF, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGXCPU, SIGXFSZ,
};
use signal_hook::flag;

/// Signals that would end a process and ask for nothing here. A write to a pipe nobody reads, beyond
/// the limit on the size of files or to a full disk fails, is counted and told.
const OUTLIVED: [i32; 8] = [SIGPIPE, SIGXFSZ, SIGXCPU, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO];

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

/// Which of SIGINT and SIGTERM came last, by its number; 0 before one came.
///
/// # Errors
/// When the system takes no handlers.
pub fn stop_signal() -> std::io::Result<Arc<AtomicUsize>> {
    let last = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM] {
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&last), number)?;
    }
    Ok(last)
}

/// What people ask of a process that runs, by signals.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    reload: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
}

impl Wishes {
    /// Takes SIGHUP (read the rules anew) and SIGUSR1 (open the files of outputs anew), and outlives
    /// signals that ask for nothing.
    ///
    /// # Errors
    /// When the system takes no handlers.
    pub fn by_signals() -> std::io::Result<Self> {
        let wishes = Self::default();
        flag::register(SIGHUP, Arc::clone(&wishes.reload))?;
        flag::register(SIGUSR1, Arc::clone(&wishes.reopen))?;
        for signal in OUTLIVED {
            flag::register(signal, Arc::new(AtomicBool::new(false)))?;
        }
        Ok(wishes)
    }

    /// Whether somebody asked for rules to be read anew since this was asked last.
    pub(crate) fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Whether somebody asked for files to be opened anew since this was asked last.
    pub(crate) fn reopen(&self) -> bool {
        self.reopen.swap(false, Ordering::Relaxed)
    }
}
