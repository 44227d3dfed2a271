//! The queue of one output: what waits for its worker, within bounds, and what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};
use peregrine_alert::{Alert, INTERNAL, Sequence};

use crate::channels::Opened;
use crate::error::OutputError;
use crate::notice::{Notify, OutputNotice};
use crate::options::Options;
use crate::worker::{Counts, Item, Worker};

/// What became of the alerts given to one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputStats {
    /// The output.
    pub name: String,
    /// Written.
    pub written: u64,
    /// Not taken, the queue being full.
    pub dropped: u64,
    /// Taken, but the output failed.
    pub failed: u64,
    /// Taken, and neither written nor failed yet; at the end, when nobody waited any longer.
    pub queued: u64,
}

impl OutputStats {
    fn new(name: String, counts: &Counts) -> Self {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (written, failed) = (count(&counts.written), count(&counts.failed));
        let queued = count(&counts.sent).saturating_sub(written + failed);
        Self { name, written, failed, dropped: count(&counts.dropped), queued }
    }
}

pub(crate) struct Queue {
    name: String,
    alerts: Sender<Item>,
    counts: Arc<Counts>,
    bytes: usize,
    thread: JoinHandle<()>,
    notify: Notify,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Queue {
    pub(crate) fn start(
        opened: Opened,
        options: &Options,
        sequence: Arc<Sequence>,
        notify: Notify,
    ) -> Result<Self, OutputError> {
        let (sender, alerts) =
            if options.capacity == 0 { unbounded() } else { bounded(options.capacity) };
        let Opened { name, output } = opened;
        let counts = Arc::new(Counts::default());
        let worker = Worker {
            name: name.clone(),
            output,
            alerts,
            form: options.form,
            counts: Arc::clone(&counts),
            sequence,
            notify: Arc::clone(&notify),
            reported: 0,
            failing: false,
        };
        let thread = std::thread::Builder::new()
            .name(format!("out {name}"))
            .spawn(move || worker.run())
            .map_err(|source| OutputError::Thread { output: name.clone(), source })?;
        Ok(Self { name, alerts: sender, counts, bytes: options.bytes, thread, notify })
    }

    /// `weight`: about how many bytes the alert takes.
    pub(crate) fn send(&self, alert: &Arc<Alert>, weight: usize) {
        let counts = &self.counts;
        // One fits always, however large; so do the few small ones about Peregrine itself, which say what
        // was lost just when there is most to wait for.
        let before = counts.waiting.fetch_add(weight, Ordering::Relaxed);
        let always = before == 0 || alert.source == INTERNAL;
        let fits = always || before.saturating_add(weight) <= self.bytes;
        if fits && self.alerts.try_send(Item::Alert(Arc::clone(alert), weight)).is_ok() {
            counts.sent.fetch_add(1, Ordering::Relaxed);
            return;
        }
        counts.waiting.fetch_sub(weight, Ordering::Relaxed);
        if counts.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.notify)(&OutputNotice::QueueFull { output: self.name.clone() });
        }
    }

    pub(crate) fn reopen(&self) {
        self.counts.reopen.store(true, Ordering::Relaxed);
        // A full queue is looked at anyway.
        let _ = self.alerts.try_send(Item::Look);
    }

    /// How many alerts this output lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.counts.lost()
    }

    /// What became of the alerts given to this output so far.
    pub(crate) fn stats(&self) -> OutputStats {
        OutputStats::new(self.name.clone(), &self.counts)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn hang_up(self) -> Closing {
        let Self { name, alerts, counts, thread, .. } = self;
        drop(alerts);
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
    pub(crate) fn finish(self, end: Instant) -> OutputStats {
        while !self.thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.thread.is_finished() {
            // Of a thread that panicked the alerts show as queued below.
            let _ = self.thread.join();
        }
        OutputStats::new(self.name, &self.counts)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Mutex, mpsc};

    use peregrine_alert::Form;

    use super::*;
    use crate::output::{Batch, Output, Record, Report};
    use crate::tests::alert;
    use crate::worker::LOST;

    /// Delivers batches of so many as the test lets it, each with the answer of the test.
    struct Slow {
        gate: mpsc::Receiver<io::Result<()>>,
        alerts: usize,
        lines: Lines,
    }

    impl Output for Slow {
        fn batch(&self) -> Batch {
            Batch { alerts: self.alerts, ..Batch::ONE }
        }
        fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
            if let Err(error) = self.gate.recv().unwrap_or(Ok(())) {
                return Report::failed(batch.len(), error.into());
            }
            let lines = batch.iter().map(|record| record.text.to_owned());
            self.lines.lock().unwrap().extend(lines);
            Report::delivered(batch.len())
        }
    }

    #[test]
    fn losses_are_reported_again_where_their_report_was_not_flushed() {
        let (queue, gate, lines, _told) = start(1000, 2, usize::MAX);
        for n in 0..10 {
            send(&queue, n);
        }
        let dropped = queue.lost();
        for _ in 0..2 {
            gate.send(full()).unwrap();
        }
        drop(gate);
        let end = soon();
        while queue.stats().queued > 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        send(&queue, 10);
        let stats = queue.hang_up().finish(end);
        assert_eq!(stats.queued, 0, "{stats:?}");
        let owned: u64 = owned_up(&lines).iter().sum();
        assert!(owned >= dropped + stats.failed, "{owned} of {dropped} and {stats:?}");
    }

    #[test]
    fn a_reopening_does_not_keep_lines_back() {
        let (queue, gate, lines, _told) = start(1000, 0, usize::MAX);
        send(&queue, 1);
        queue.reopen();
        gate.send(Ok(())).unwrap();
        let end = soon();
        while lines.lock().unwrap().is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(lines.lock().unwrap().len(), 1);
        drop(gate);
        queue.hang_up().finish(end);
    }

    fn send(queue: &Queue, n: u64) {
        let alert = alert(n);
        queue.send(&alert, alert.weight());
    }

    /// How many alerts a line of the output says were lost.
    fn owned_up(lines: &Lines) -> Vec<u64> {
        let lines = lines.lock().unwrap();
        let reported = lines.iter().filter_map(|line| line.split_once(LOST));
        reported
            .map(|(_, rest)| {
                let number = rest.split_once("lost=").unwrap().1.split(' ').next().unwrap();
                number.trim_end_matches(')').parse().unwrap()
            })
            .collect()
    }

    type Lines = Arc<Mutex<Vec<String>>>;

    fn full() -> io::Result<()> {
        Err(io::Error::other("disk full"))
    }

    /// An output that takes `alerts` at once.
    fn start(
        alerts: usize,
        capacity: usize,
        bytes: usize,
    ) -> (Queue, mpsc::Sender<io::Result<()>>, Lines, Lines) {
        let (gate_in, gate) = mpsc::channel();
        let (lines, reported) = (Lines::default(), Lines::default());
        let output = Box::new(Slow { gate, alerts, lines: Arc::clone(&lines) });
        let opened = Opened { name: "slow".to_owned(), output };
        let options = Options { form: Form::default(), capacity, bytes };
        let keep = Arc::clone(&reported);
        let notify: Notify = Arc::new(move |notice: &OutputNotice| {
            keep.lock().unwrap().push(notice.to_string());
        });
        let sequence = Arc::new(Sequence::new(0));
        (Queue::start(opened, &options, sequence, notify).unwrap(), gate_in, lines, reported)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[test]
    fn a_full_queue_drops_counts_and_tells_once() {
        let (queue, gate, lines, reported) = start(1, 2, usize::MAX);
        for n in 0..10 {
            send(&queue, n);
        }
        drop(gate);
        let stats = queue.hang_up().finish(soon());
        // Two in the queue, and one the thread may have had in hand.
        assert!((2..=3).contains(&stats.written), "{stats:?}");
        assert_eq!(stats.written + stats.dropped, 10);
        assert_eq!(owned_up(&lines).iter().sum::<u64>(), stats.dropped);
        let alerts = lines.lock().unwrap().iter().filter(|line| !line.contains(LOST)).count();
        assert_eq!(alerts as u64, stats.written);
        assert_eq!(reported.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_waits_is_bounded_in_bytes() {
        let most = 20 * alert(999).weight();
        let (queue, gate, lines, _told) = start(1, 0, most);
        for n in 0..1000 {
            send(&queue, n);
            assert!(queue.counts.waiting.load(Ordering::Relaxed) <= most);
        }
        drop(gate);
        let counts = Arc::clone(&queue.counts);
        let stats = queue.hang_up().finish(soon());
        assert!((19..=21).contains(&stats.written), "{stats:?}");
        assert_eq!(stats.written + stats.dropped, 1000);
        assert_eq!(owned_up(&lines).iter().sum::<u64>(), stats.dropped);
        assert_eq!(counts.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_said_of_losses_fits_where_the_bytes_are_used_up() {
        let (queue, gate, lines, _told) = start(1, 0, 2 * alert(999).weight());
        for n in 0..10 {
            send(&queue, n);
        }
        let internal = Alert { source: INTERNAL.to_owned(), ..(*alert(77)).clone() };
        queue.send(&Arc::new(internal), 1000);
        drop(gate);
        queue.hang_up().finish(soon());
        assert!(lines.lock().unwrap().iter().any(|line| line.contains("alert 77")), "{lines:?}");
    }

    #[test]
    fn a_failing_output_is_reported_once_and_when_it_works_again() {
        let (queue, gate, lines, reported) = start(1, 0, usize::MAX);
        for n in 0..4 {
            send(&queue, n);
        }
        // The last is for the line that says what is missing.
        for answer in [Ok(()), full(), full(), Ok(()), Ok(())] {
            gate.send(answer).unwrap();
        }
        let stats = queue.hang_up().finish(soon());
        assert_eq!((stats.written, stats.failed, stats.dropped), (2, 2, 0));
        assert_eq!(lines.lock().unwrap().len(), 3);
        assert_eq!(owned_up(&lines), [2]);
        let reported = reported.lock().unwrap();
        assert_eq!(reported.len(), 2, "{reported:?}");
        assert!(
            reported[0].contains("disk full") && reported[1].contains("works again"),
            "{reported:?}"
        );
    }

    #[test]
    fn a_hanging_output_is_left_behind() {
        let (queue, gate, _lines, _told) = start(1, 0, usize::MAX);
        for n in 0..3 {
            send(&queue, n);
        }
        let running = queue.stats();
        let stats = queue.hang_up().finish(Instant::now() + Duration::from_millis(50));
        assert_eq!((stats.written, stats.queued), (0, 3));
        assert_eq!(running, stats);
        drop(gate);
    }
}
