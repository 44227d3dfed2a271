//! Reports outputs whose attempts take long: a receiver that hangs says nothing itself.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::notice::{Notify, OutputNotice};
use crate::status::Status;

/// How often it looks: several times within the limit,
const LOOKS: u32 = 4;
/// and no more often and no more rarely than this.
const BETWEEN: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(500)];

/// A thread that looks at all outputs until this value goes.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// None once the thread is to end.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Watches outputs, by name: an attempt that takes longer than `limit` is reported, and the next one of
    /// that output only after it had nothing to do for a while.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn start(
        outputs: Vec<(String, Arc<Status>)>,
        limit: Duration,
        notify: Notify,
    ) -> std::io::Result<Self> {
        let (running, ends) = bounded::<()>(0);
        let between = (limit / LOOKS).clamp(BETWEEN[0], BETWEEN[1]);
        let mut watched: Vec<_> =
            outputs.into_iter().map(|(name, status)| (name, status, false)).collect();
        let thread =
            std::thread::Builder::new().name("out watchdog".to_owned()).spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = ends.recv_timeout(between) {
                    for (output, status, reported) in &mut watched {
                        let attempt = status.attempt();
                        if attempt.is_some_and(|took| took > limit) {
                            if !std::mem::replace(reported, true) {
                                notify(&OutputNotice::Slow { output: output.clone(), limit });
                            }
                        } else if attempt.is_none() && status.is_working() {
                            *reported = false;
                        }
                    }
                }
            })?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    #[test]
    fn an_attempt_that_takes_long_is_reported_once() {
        let statuses = [(); 2].map(|()| Arc::new(Status::default()));
        let outputs = ["slow", "quick"].map(str::to_owned).into_iter().zip(statuses.clone());
        let reported: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = Arc::clone(&reported);
        let notify: Notify =
            Arc::new(move |notice: &OutputNotice| keep.lock().unwrap().push(notice.to_string()));
        let limit = Duration::from_millis(40);
        let watchdog = Watchdog::start(outputs.collect(), limit, notify).unwrap();
        let [slow, _] = &statuses;
        let until = |count: usize| {
            let end = Instant::now() + Duration::from_mins(1);
            while reported.lock().unwrap().len() < count {
                assert!(Instant::now() < end, "{reported:?}");
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        slow.begin_attempt();
        until(1);
        // It tries again at once: nothing is new.
        slow.set_state(crate::status::OutputState::CircuitOpen);
        slow.end_attempt();
        slow.begin_attempt();
        std::thread::sleep(3 * limit);
        slow.end_attempt();
        drop(watchdog);
        let text = "output slow: an attempt takes longer than 40 ms (output_timeout); its alerts \
                    wait, the other outputs go on";
        assert_eq!(*reported.lock().unwrap(), [text]);
    }
}
