//! One connection: who it is, then requests and answers in turn.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use peregrine_control::{Failure, FailureKind, REQUEST_MAX, answer_line, parse_request};

use super::limits::{Answer, Limits};

/// Answers the requests of a connection until it is closed or exceeds a limit.
pub(super) fn serve(mut stream: UnixStream, answer: &Answer, limits: Limits) {
    if !is_allowed(&stream) {
        let message = "only root may ask an agent".to_owned();
        let _ = write(&mut stream, Err(Failure { kind: FailureKind::NotAllowed, message }), limits);
        return;
    }
    // What was read behind a newline.
    let mut rest = Vec::new();
    loop {
        let answered = match read_line(&mut stream, &mut rest, limits) {
            Ok(Some(line)) => {
                let answer = parse_request(&line).and_then(|request| answer(&request));
                write(&mut stream, answer, limits)
            }
            Ok(None) => return,
            Err(failure) => {
                let _ = write(&mut stream, Err(failure), limits);
                return;
            }
        };
        if answered.is_err() {
            return;
        }
    }
}

/// Says to a client that there are too many.
pub(super) fn refuse_busy(mut stream: UnixStream, limits: Limits) {
    let message =
        format!("{} clients are connected, which is all there may be", limits.connections);
    let failure = Failure { kind: FailureKind::Busy, message };
    // A new connection has room for this: it does not wait.
    let _ = stream.set_nonblocking(true);
    let _ = stream.write(answer_line(Err(failure)).as_bytes());
}

/// Whether the kernel says that root, or the user the agent runs as, is at the other end.
fn is_allowed(stream: &UnixStream) -> bool {
    // Of `rustix` the number of a process is never 0, which is that of a process in another namespace.
    getsockopt(stream, PeerCredentials)
        .is_ok_and(|peer| peer.uid() == 0 || peer.uid() == rustix::process::geteuid().as_raw())
}

/// A request without its newline; none where the other end closed the connection.
fn read_line(
    stream: &mut UnixStream,
    rest: &mut Vec<u8>,
    limits: Limits,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut line = std::mem::take(rest);
    let mut end = Instant::now() + if line.is_empty() { limits.idle } else { limits.line };
    // Where no newline was seen yet.
    let mut searched = 0;
    loop {
        if let Some(at) = line.iter().skip(searched).position(|byte| *byte == b'\n') {
            *rest = line.split_off(searched + at + 1);
            line.pop();
            return if line.len() < REQUEST_MAX { Ok(Some(line)) } else { Err(too_long()) };
        }
        searched = line.len();
        if searched >= REQUEST_MAX {
            return Err(too_long());
        }
        let mut piece = [0; REQUEST_MAX];
        let size = match left(end).and_then(|left| stream.set_read_timeout(Some(left))) {
            Ok(()) => stream.read(&mut piece),
            Err(error) => Err(error),
        };
        match size {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) => {
                let message = "the request ends without a newline".to_owned();
                return Err(Failure { kind: FailureKind::BadRequest, message });
            }
            Ok(size) => {
                if line.is_empty() {
                    end = Instant::now() + limits.line;
                }
                line.extend_from_slice(piece.get(..size).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => {
                let message = "the request did not come in time".to_owned();
                return Err(Failure { kind: FailureKind::TooLate, message });
            }
            Err(_) => return Ok(None),
        }
    }
}

fn too_long() -> Failure {
    let message = format!("a request has {REQUEST_MAX} bytes at most");
    Failure { kind: FailureKind::TooLong, message }
}

fn write(
    stream: &mut UnixStream,
    answer: Result<serde_json::Value, Failure>,
    limits: Limits,
) -> io::Result<()> {
    let line = answer_line(answer);
    let end = Instant::now() + limits.line;
    let mut bytes = line.as_bytes();
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(end)?))?;
        match stream.write(bytes) {
            Ok(size) => bytes = bytes.get(size..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The time until `end`.
fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}
