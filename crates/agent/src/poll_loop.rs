//! The loop around every source: poll, and sleep where there is nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::source::Poll;

/// Longest sleep between two polls, while little happens and while much does.
const IDLE: Duration = Duration::from_millis(10);
const BUSY: Duration = Duration::from_millis(1);
/// From this many records in one poll on, much is happening.
const MANY: usize = 2000;

/// Polls until the source ends, somebody sets `stop`, or `duration` is over.
///
/// # Errors
/// What a poll fails with.
pub(crate) fn poll_loop<E>(
    stop: &Arc<AtomicBool>,
    duration: Option<Duration>,
    mut poll: impl FnMut() -> Result<Poll, E>,
) -> Result<(), E> {
    let begin = Instant::now();
    while !stop.load(Ordering::Relaxed) && duration.is_none_or(|end| begin.elapsed() < end) {
        match poll()? {
            Poll::Drained(records) => {
                std::thread::sleep(if records >= MANY { BUSY } else { IDLE });
            }
            Poll::More => {}
            Poll::End => break,
        }
    }
    Ok(())
}
