//! The control socket: commands of Peregrine ask a running agent, which answers one JSON object a line.
//!
//! In: requests ([`peregrine_control`]) of root over a unix socket. Out: what a function answers to each.
//! Never: bytes that are believed before who sent them is known; a client that holds up the agent or another
//! client. Each connection is a thread of its own with limits of time and size; what is answered comes from
//! copies, never from the pipeline itself.

mod client;
mod connection;
mod error;
mod limits;
mod socket;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::net::Shutdown;

use self::connection::{refuse_busy, serve};
use self::limits::Limits;
use self::socket::{Bound, bind};

pub use client::{AskError, ask};
pub use error::ControlError;
pub use limits::Answer;

/// How long the thread waits after the system refused a connection: descriptors or memory are short.
const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// A socket that is served. When it is dropped the socket is closed and removed.
#[derive(Debug)]
pub struct ControlSocket {
    listener: Arc<UnixListener>,
    path: PathBuf,
    /// Device and inode of the socket: another one at the same path is not removed.
    identity: Option<(u64, u64)>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Held while the socket is served.
    _lock: fs::File,
}

impl ControlSocket {
    /// Listens at a path. What a dead agent left there is replaced.
    ///
    /// # Errors
    /// When an agent that lives listens there, something else lies there, or the system refuses.
    pub fn start(path: &Path, answer: Answer) -> Result<Self, ControlError> {
        Self::with_limits(path, answer, Limits::default())
    }

    fn with_limits(path: &Path, answer: Answer, limits: Limits) -> Result<Self, ControlError> {
        let Bound { listener, lock } = bind(path)?;
        let listener = Arc::new(listener);
        let stop = Arc::new(AtomicBool::new(false));
        let (accepting, stopped) = (Arc::clone(&listener), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || accept(&accepting, &stopped, &answer, limits))
            .map_err(|source| ControlError::Thread { path: path.to_owned(), source })?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            identity: identity(path),
            stop,
            thread: Some(thread),
            _lock: lock,
        })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Ends the wait for the next connection.
        let _ = rustix::net::shutdown(&*self.listener, Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if self.identity.is_some() && identity(&self.path) == self.identity {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Device and inode of what lies at a path.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Takes connections until it is stopped.
fn accept(listener: &UnixListener, stop: &AtomicBool, answer: &Answer, limits: Limits) {
    let open = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => connect(stream, &open, answer, limits),
            Err(_) if stop.load(Ordering::Relaxed) => return,
            Err(_) => std::thread::sleep(REFUSED_WAIT),
        }
    }
}

/// Serves a connection on a thread of its own, if there are not too many.
fn connect(stream: UnixStream, open: &Arc<AtomicUsize>, answer: &Answer, limits: Limits) {
    if open.load(Ordering::Relaxed) >= limits.connections {
        refuse_busy(stream, limits);
        return;
    }
    let place = Place::take(open);
    let answer = Arc::clone(answer);
    // Where there can be no thread the connection is closed.
    let _ = std::thread::Builder::new().name("control client".to_owned()).spawn(move || {
        serve(stream, &answer, limits);
        drop(place);
    });
}

/// A connection that counts while it is open.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
