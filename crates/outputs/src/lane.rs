//! The queue and the thread of one output.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use peregrine_alert::{Alert, Form};

use crate::{Options, Tell};

/// One way out.
pub trait Channel: Send {
    /// How people know it: `stdout`, `file /var/log/alerts`.
    fn name(&self) -> String;

    /// Writes one line; the newline is the channel's to add.
    ///
    /// # Errors
    /// When the line did not get out. The next one is tried all the same.
    fn write(&mut self, line: &str) -> io::Result<()>;

    /// Makes sure that what was written is out.
    ///
    /// # Errors
    /// When it is not.
    fn flush(&mut self) -> io::Result<()>;
}

/// What became of the alerts given to one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The output.
    pub name: String,
    /// Written.
    pub written: u64,
    /// Not taken, the queue being full.
    pub dropped: u64,
    /// Taken, but the output failed.
    pub failed: u64,
    /// Still waiting when nobody waited any longer.
    pub abandoned: u64,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    written: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

pub(crate) struct Lane {
    name: String,
    queue: Sender<Arc<Alert>>,
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
    tell: Tell,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Lane {
    pub(crate) fn start(
        channel: Box<dyn Channel>,
        options: &Options,
        tell: Tell,
    ) -> io::Result<Self> {
        let (queue, alerts) =
            if options.capacity == 0 { unbounded() } else { bounded(options.capacity) };
        let name = channel.name();
        let counts = Arc::new(Counts::default());
        let worker = Worker {
            channel,
            alerts,
            form: options.form,
            buffered: options.buffered,
            counts: Arc::clone(&counts),
            tell: Arc::clone(&tell),
        };
        let thread =
            std::thread::Builder::new().name(format!("out {name}")).spawn(move || worker.run())?;
        Ok(Self { name, queue, counts, thread, tell })
    }

    pub(crate) fn send(&self, alert: &Arc<Alert>) {
        match self.queue.try_send(Arc::clone(alert)) {
            Ok(()) => _ = self.counts.sent.fetch_add(1, Ordering::Relaxed),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                if self.counts.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                    (self.tell)(&format!(
                        "output {}: the queue is full, alerts are dropped and counted",
                        self.name
                    ));
                }
            }
        }
    }

    pub(crate) fn hang_up(self) -> Closing {
        let Self { name, queue, counts, thread, .. } = self;
        drop(queue);
        Closing { name, counts, thread }
    }
}

/// An output that gets nothing more.
pub(crate) struct Closing {
    name: String,
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
}

impl Closing {
    pub(crate) fn finish(self, end: Instant) -> Account {
        while !self.thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.thread.is_finished() {
            // A thread that panicked has said so; its alerts show as abandoned below.
            let _ = self.thread.join();
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (written, failed) = (count(&self.counts.written), count(&self.counts.failed));
        Account {
            name: self.name,
            written,
            failed,
            dropped: count(&self.counts.dropped),
            abandoned: count(&self.counts.sent).saturating_sub(written + failed),
        }
    }
}

struct Worker {
    channel: Box<dyn Channel>,
    alerts: Receiver<Arc<Alert>>,
    form: Form,
    buffered: bool,
    counts: Arc<Counts>,
    tell: Tell,
}

impl Worker {
    fn run(mut self) {
        let mut failing = false;
        // Lines given to the channel that no flush has confirmed yet.
        let mut unsure = 0_u64;
        while let Ok(alert) = self.alerts.recv() {
            let mut done = self.channel.write(&alert.line(&self.form));
            unsure += 1;
            // Unbuffered every line is out at once; buffered, when there is nothing more to do.
            if done.is_ok() && (!self.buffered || self.alerts.is_empty()) {
                done = self.channel.flush();
            } else if done.is_ok() {
                continue;
            }
            match done {
                Ok(()) => {
                    self.counts.written.fetch_add(unsure, Ordering::Relaxed);
                    if failing {
                        failing = false;
                        (self.tell)(&format!("output {} works again", self.channel.name()));
                    }
                }
                Err(error) => {
                    self.counts.failed.fetch_add(unsure, Ordering::Relaxed);
                    if !failing {
                        failing = true;
                        (self.tell)(&format!(
                            "output {} fails: {error}; alerts are lost there and counted until it works again",
                            self.channel.name()
                        ));
                    }
                }
            }
            unsure = 0;
        }
        if unsure > 0 {
            let counter = match self.channel.flush() {
                Ok(()) => &self.counts.written,
                Err(_) => &self.counts.failed,
            };
            counter.fetch_add(unsure, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc;

    use super::*;

    struct Slow {
        gate: mpsc::Receiver<io::Result<()>>,
        lines: Arc<Mutex<Vec<String>>>,
    }

    impl Channel for Slow {
        fn name(&self) -> String {
            "slow".to_owned()
        }
        fn write(&mut self, line: &str) -> io::Result<()> {
            let answer = self.gate.recv().unwrap_or(Ok(()));
            if answer.is_ok() {
                self.lines.lock().unwrap().push(line.to_owned());
            }
            answer
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn alert(n: u64) -> Arc<Alert> {
        Arc::new(Alert {
            time_ns: n,
            utc_offset: 0,
            rule: "r".to_owned(),
            priority: peregrine_alert::Priority::Notice,
            source: "syscall".to_owned(),
            tags: Vec::new(),
            hostname: "h".to_owned(),
            message: format!("alert {n}"),
            fields: serde_json::Map::new(),
        })
    }

    type Lines = Arc<Mutex<Vec<String>>>;

    fn start(capacity: usize) -> (Lane, mpsc::Sender<io::Result<()>>, Lines, Lines) {
        let (gate_in, gate) = mpsc::channel();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::new(Mutex::new(Vec::new()));
        let channel = Box::new(Slow { gate, lines: Arc::clone(&lines) });
        let options = Options { form: Form::default(), capacity, buffered: false };
        let keep = Arc::clone(&told);
        let tell: Tell = Arc::new(move |text: &str| keep.lock().unwrap().push(text.to_owned()));
        (Lane::start(channel, &options, tell).unwrap(), gate_in, lines, told)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn a_full_queue_drops_counts_and_tells_once() {
        let (lane, gate, lines, told) = start(2);
        for n in 0..10 {
            lane.send(&alert(n));
        }
        drop(gate);
        let account = lane.hang_up().finish(soon());
        // Two in the queue, and one the thread may have had in hand.
        assert!((2..=3).contains(&account.written), "{account:?}");
        assert_eq!(account.written + account.dropped, 10);
        assert_eq!(lines.lock().unwrap().len() as u64, account.written);
        assert_eq!(told.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_failing_output_is_told_once_and_told_when_it_works_again() {
        let (lane, gate, lines, told) = start(0);
        for n in 0..4 {
            lane.send(&alert(n));
        }
        for answer in
            [Ok(()), Err(io::Error::other("disk full")), Err(io::Error::other("disk full")), Ok(())]
        {
            gate.send(answer).unwrap();
        }
        let account = lane.hang_up().finish(soon());
        assert_eq!((account.written, account.failed, account.dropped), (2, 2, 0));
        assert_eq!(lines.lock().unwrap().len(), 2);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("disk full") && told[1].contains("works again"), "{told:?}");
    }

    #[test]
    fn a_hanging_output_is_left_behind() {
        let (lane, gate, _lines, _told) = start(0);
        for n in 0..3 {
            lane.send(&alert(n));
        }
        let account = lane.hang_up().finish(Instant::now() + Duration::from_millis(50));
        assert_eq!((account.written, account.abandoned), (0, 3));
        drop(gate);
    }
}
