//! The loop around every source: poll, and sleep while there is nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::source::Poll;

/// The longest sleep between two polls, while few records come and while many do.
pub(crate) const IDLE: Duration = Duration::from_millis(10);
const BUSY: Duration = Duration::from_millis(1);
/// The same as the first where something is to be done as soon as an event happens.
pub(crate) const PROMPT: Duration = Duration::from_millis(3);
/// From this many records in one poll on, many come.
const MANY: usize = 2000;

/// Polls until the source ends, `stop` is set, or `duration` is over.
///
/// # Errors
/// The error of a poll.
pub(crate) fn poll_loop<E>(
    stop: &Arc<AtomicBool>,
    duration: Option<Duration>,
    mut poll: impl FnMut() -> Result<Poll, E>,
) -> Result<(), E> {
    poll_loop_within(stop, duration, || Ok((poll()?, IDLE)))
}

/// The same; each poll says how long nothing may happen after it.
///
/// # Errors
/// The error of a poll.
pub(crate) fn poll_loop_within<E>(
    stop: &Arc<AtomicBool>,
    duration: Option<Duration>,
    mut poll: impl FnMut() -> Result<(Poll, Duration), E>,
) -> Result<(), E> {
    let begin = Instant::now();
    while !stop.load(Ordering::Relaxed) && duration.is_none_or(|end| begin.elapsed() < end) {
        let (polled, longest) = poll()?;
        match polled {
            Poll::Drained(records) => {
                std::thread::sleep(if records >= MANY { BUSY } else { longest });
            }
            Poll::More => {}
            Poll::End => break,
        }
    }
    Ok(())
}
