//! Asks a running agent.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peregrine_control::{ANSWER_MAX, AnswerError, Request, parse_answer, request_line};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{SocketAddrUnix, SocketFlags};
use serde_json::Value as Json;

use super::socket::stream_socket;

/// How long it may take until the agent takes the connection and the request.
const CONNECT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody listens there.
    #[error("no agent listens at {}: is `peregrine run` running, with this `control.path`?", path.display())]
    NoAgent {
        /// The path.
        path: PathBuf,
    },
    /// Not for this user.
    #[error("only root may ask the agent at {}", path.display())]
    NotAllowed {
        /// The path.
        path: PathBuf,
    },
    /// It does not answer in time.
    #[error("the agent at {} does not answer within {seconds} s", path.display())]
    NoAnswer {
        /// The path.
        path: PathBuf,
        /// How long it had.
        seconds: u64,
    },
    /// The exchange fails.
    #[error("cannot ask the agent at {}: {source}", path.display())]
    System {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It answers that it did not do it, or with something else.
    #[error("the agent at {}: {source}", path.display())]
    Answer {
        /// The path.
        path: PathBuf,
        /// What it says.
        source: AnswerError,
    },
}

/// Asks the agent whose control socket lies at a path, and waits for the answer for `patience` at most.
///
/// # Errors
/// When there is none, it may not be asked, or it does not do what it was asked for.
pub fn ask(path: &Path, request: &Request, patience: Duration) -> Result<Json, AskError> {
    let line = exchange(path, request, patience).map_err(|source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                AskError::NoAgent { path }
            }
            io::ErrorKind::PermissionDenied => AskError::NotAllowed { path },
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                AskError::NoAnswer { path, seconds: patience.as_secs() }
            }
            _ => AskError::System { path, source },
        }
    })?;
    parse_answer(&line).map_err(|source| AskError::Answer { path: path.to_owned(), source })
}

fn exchange(path: &Path, request: &Request, patience: Duration) -> io::Result<Vec<u8>> {
    let address = SocketAddrUnix::new(path)?;
    let socket = stream_socket(SocketFlags::CLOEXEC)?;
    // Of an agent that takes no connections the queue is full one day.
    set_socket_timeout(&socket, Timeout::Send, Some(CONNECT))?;
    rustix::net::connect(&socket, &address).map_err(|error| match error {
        // Something else than a socket that listens.
        Errno::NOTSOCK | Errno::PROTOTYPE => io::ErrorKind::ConnectionRefused.into(),
        error => io::Error::from(error),
    })?;
    let mut stream = UnixStream::from(socket);
    stream.set_read_timeout(Some(patience))?;
    // An agent that refuses the client closes before it reads: what it says is read all the same.
    let sent = stream.write_all(request_line(request).as_bytes());
    let mut line = Vec::new();
    let most = u64::try_from(ANSWER_MAX).unwrap_or(u64::MAX);
    let mut piece = [0; 8 << 10];
    let mut from = (&stream).take(most);
    while !line.ends_with(b"\n") {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(size) => line.extend_from_slice(piece.get(..size).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if line.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    if line.is_empty() {
        sent?;
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it closed the connection without an answer",
        ));
    }
    Ok(line)
}
