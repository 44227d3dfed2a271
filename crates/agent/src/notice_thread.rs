//! Notices on a thread of their own: whoever reports one never waits for who writes it. A stderr that nobody reads
//! may hang for ever; the pipeline goes on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::notice::{Notice, Notify};

/// Notices that wait at most; more are dropped and counted.
const WAITING: usize = 1000;
/// How long the last notices may take at the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that passes notices on. When it is dropped it gets some time for those that wait.
#[derive(Debug)]
pub(crate) struct NoticeThread {
    /// None ends the thread.
    notices: SyncSender<Option<Notice>>,
    thread: JoinHandle<()>,
    dropped: Arc<AtomicU64>,
}

impl NoticeThread {
    /// Starts it; `notify` gets the notices.
    pub(crate) fn start(notify: &Notify) -> io::Result<Self> {
        let (notices, receiver) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let (notify, missed) = (Arc::clone(notify), Arc::clone(&dropped));
        let thread = std::thread::Builder::new()
            .name("notices".to_owned())
            .spawn(move || pass_on(&receiver, &notify, &missed))?;
        Ok(Self { notices, thread, dropped })
    }

    /// Takes notices for the thread, without waiting.
    pub(crate) fn notify(&self) -> Notify {
        let (notices, dropped) = (self.notices.clone(), Arc::clone(&self.dropped));
        Arc::new(move |notice: &Notice| {
            if notices.try_send(Some(notice.clone())).is_err() {
                dropped.fetch_add(1, Ordering::Relaxed);
            }
        })
    }
}

impl Drop for NoticeThread {
    fn drop(&mut self) {
        let end = Instant::now() + PATIENCE;
        // Outputs that hang may keep their ends of the channel: it is asked to end.
        let mut asked = false;
        while !self.thread.is_finished() && Instant::now() < end {
            asked = asked || self.notices.try_send(None).is_ok();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn pass_on(notices: &Receiver<Option<Notice>>, notify: &Notify, dropped: &AtomicU64) {
    while let Ok(Some(notice)) = notices.recv() {
        notify(&notice);
        let missed = dropped.swap(0, Ordering::Relaxed);
        if missed > 0 {
            notify(&Notice::NoticesDropped { missed });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    #[test]
    fn a_reader_that_hangs_holds_nobody_up_and_learns_what_it_missed() {
        let (release, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let written = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&written);
        let slow: Notify = Arc::new(move |notice: &Notice| {
            let _ = gate.lock().unwrap().recv();
            keep.lock().unwrap().push(notice.to_string());
        });
        let thread = NoticeThread::start(&slow).unwrap();
        let notify = thread.notify();
        // None of these waits: the reader takes the first when it is let.
        (0..5000).for_each(|_| notify(&Notice::NoReopen));
        drop(release);
        let end = Instant::now() + Duration::from_mins(1);
        while written.lock().unwrap().len() < WAITING && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(thread);
        let written = written.lock().unwrap();
        let missed: u64 = written
            .iter()
            .filter_map(|line| {
                line.strip_suffix(" notices were not written: nobody took them in time")
            })
            .map(|number| number.parse::<u64>().unwrap())
            .sum();
        let whole = written.iter().filter(|line| line.starts_with("signal ignored")).count() as u64;
        assert_eq!(whole + missed, 5000);
        assert!(missed >= 3990, "{missed}");
    }
}
