//! The queue and the thread of one output.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use peregrine_alert::{Alert, AlertId, Form, INTERNAL, Priority, Sequence};
use serde_json::{Map, Value as Json};

use crate::{Notify, Options, OutputNotice};

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

    /// Lets go of the file it writes to and opens it anew: somebody moved it away.
    ///
    /// # Errors
    /// When it cannot be opened. The next line tries again.
    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The rule of alerts about alerts that an output lost.
const LOST: &str = "Peregrine internal: output loss";

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
    /// Bytes of the alerts that wait.
    waiting: AtomicUsize,
    /// The channel is to be opened anew.
    reopen: AtomicBool,
}

impl Counts {
    fn lost(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed) + self.failed.load(Ordering::Relaxed)
    }
}

/// What lies in the queue.
enum Item {
    Alert(Arc<Alert>, usize),
    /// There is something to do beside alerts.
    Look,
}

pub(crate) struct Lane {
    name: String,
    queue: Sender<Item>,
    counts: Arc<Counts>,
    bytes: usize,
    thread: JoinHandle<()>,
    notify: Notify,
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
        sequence: Arc<Sequence>,
        notify: Notify,
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
            sequence,
            notify: Arc::clone(&notify),
            told: 0,
        };
        let thread =
            std::thread::Builder::new().name(format!("out {name}")).spawn(move || worker.run())?;
        Ok(Self { name, queue, counts, bytes: options.bytes, thread, notify })
    }

    /// `weight`: about how many bytes the alert takes.
    pub(crate) fn send(&self, alert: &Arc<Alert>, weight: usize) {
        let counts = &self.counts;
        // One fits always, however large; so do the few small ones about Peregrine itself, which say what
        // was lost just when there is most to wait for.
        let before = counts.waiting.fetch_add(weight, Ordering::Relaxed);
        let always = before == 0 || alert.source == INTERNAL;
        let fits = always || before.saturating_add(weight) <= self.bytes;
        if fits && self.queue.try_send(Item::Alert(Arc::clone(alert), weight)).is_ok() {
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
        let _ = self.queue.try_send(Item::Look);
    }

    /// How many alerts this output lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.counts.lost()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
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
    alerts: Receiver<Item>,
    form: Form,
    buffered: bool,
    counts: Arc<Counts>,
    sequence: Arc<Sequence>,
    notify: Notify,
    /// As many losses are told in the output itself.
    told: u64,
}

impl Worker {
    fn run(mut self) {
        let mut failing = false;
        // Lines given to the channel that no flush has confirmed yet.
        let mut unsure = 0_u64;
        let mut last = None;
        while let Ok(item) = self.alerts.recv() {
            if self.counts.reopen.swap(false, Ordering::Relaxed)
                && let Err(error) = self.channel.reopen()
            {
                let (output, why) = (self.channel.name(), error.to_string());
                (self.notify)(&OutputNotice::NotReopened { output, why });
            }
            let Item::Alert(alert, weight) = item else { continue };
            let mut done = Ok(());
            // Whoever reads this output learns that something is missing before it goes on.
            if !failing {
                done = self.own_up(&alert);
            }
            done = done.and_then(|()| self.channel.write(&alert.line(&self.form)));
            self.counts.waiting.fetch_sub(weight, Ordering::Relaxed);
            unsure += 1;
            // Unbuffered every line is out at once; buffered, when there is nothing more to do.
            let more = self.buffered && !self.alerts.is_empty();
            last = Some(alert);
            if done.is_ok() && !more {
                done = self.channel.flush();
            } else if done.is_ok() {
                continue;
            }
            match done {
                Ok(()) => {
                    self.counts.written.fetch_add(unsure, Ordering::Relaxed);
                    if failing {
                        failing = false;
                        let output = self.channel.name();
                        (self.notify)(&OutputNotice::WorksAgain { output });
                    }
                }
                Err(error) => {
                    self.counts.failed.fetch_add(unsure, Ordering::Relaxed);
                    if !failing {
                        failing = true;
                        let (output, why) = (self.channel.name(), error.to_string());
                        (self.notify)(&OutputNotice::Fails { output, why });
                    }
                }
            }
            unsure = 0;
        }
        if let Some(alert) = last {
            // Nobody is left to be told where this fails: it stands in the account.
            let _ = self.own_up(&alert);
            let done = self.channel.flush();
            let counter = if done.is_ok() { &self.counts.written } else { &self.counts.failed };
            counter.fetch_add(unsure, Ordering::Relaxed);
        }
    }

    /// Writes how many alerts were lost here since that was written last; `beside`: the next one.
    fn own_up(&mut self, beside: &Alert) -> io::Result<()> {
        let lost = self.counts.lost();
        let Some(more) = lost.checked_sub(self.told).filter(|more| *more > 0) else {
            return Ok(());
        };
        let name = self.channel.name();
        let id = AlertId { host: beside.id.host.clone(), sequence: self.sequence.next() };
        let alert = lost_alert(id, beside.time_ns, beside.utc_offset, &name, more);
        self.channel.write(&alert.line(&self.form))?;
        self.told = lost;
        Ok(())
    }
}

/// The alert that an output lost alerts.
pub(crate) fn lost_alert(
    id: AlertId,
    time_ns: u64,
    utc_offset: i32,
    output: &str,
    lost: u64,
) -> Alert {
    let fields: Map<String, Json> = [("output", Json::from(output)), ("lost", lost.into())]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect();
    let message = "Alerts were lost: the queue was full or writing failed.";
    Alert::internal(id, time_ns, utc_offset, Priority::Warning, LOST, message, fields)
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
            id: AlertId { host: "h".to_owned(), sequence: n },
            time_ns: n,
            utc_offset: 0,
            rule: "r".to_owned(),
            priority: peregrine_alert::Priority::Notice,
            source: "syscall".to_owned(),
            tags: Vec::new(),
            message: format!("alert {n}"),
            fields: serde_json::Map::new(),
        })
    }

    fn send(lane: &Lane, n: u64) {
        let alert = alert(n);
        lane.send(&alert, alert.weight());
    }

    /// How many alerts a line of the output says were lost.
    fn owned_up(lines: &Lines) -> Vec<u64> {
        let lines = lines.lock().unwrap();
        let told = lines.iter().filter_map(|line| line.split_once(LOST));
        told.map(|(_, rest)| {
            let number = rest.split_once("lost=").unwrap().1.split(' ').next().unwrap();
            number.trim_end_matches(')').parse().unwrap()
        })
        .collect()
    }

    type Lines = Arc<Mutex<Vec<String>>>;

    fn start(capacity: usize, bytes: usize) -> (Lane, mpsc::Sender<io::Result<()>>, Lines, Lines) {
        let (gate_in, gate) = mpsc::channel();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::new(Mutex::new(Vec::new()));
        let channel = Box::new(Slow { gate, lines: Arc::clone(&lines) });
        let options = Options { form: Form::default(), capacity, bytes, buffered: false };
        let keep = Arc::clone(&told);
        let notify: Notify = Arc::new(move |notice: &OutputNotice| {
            keep.lock().unwrap().push(notice.to_string());
        });
        (
            Lane::start(channel, &options, Arc::new(Sequence::new(0)), notify).unwrap(),
            gate_in,
            lines,
            told,
        )
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn a_full_queue_drops_counts_and_tells_once() {
        let (lane, gate, lines, told) = start(2, usize::MAX);
        for n in 0..10 {
            send(&lane, n);
        }
        drop(gate);
        let account = lane.hang_up().finish(soon());
        // Two in the queue, and one the thread may have had in hand.
        assert!((2..=3).contains(&account.written), "{account:?}");
        assert_eq!(account.written + account.dropped, 10);
        assert_eq!(owned_up(&lines).iter().sum::<u64>(), account.dropped);
        let alerts = lines.lock().unwrap().iter().filter(|line| !line.contains(LOST)).count();
        assert_eq!(alerts as u64, account.written);
        assert_eq!(told.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_waits_is_bounded_in_bytes() {
        let most = 20 * alert(999).weight();
        let (lane, gate, lines, _told) = start(0, most);
        for n in 0..1000 {
            send(&lane, n);
            assert!(lane.counts.waiting.load(Ordering::Relaxed) <= most);
        }
        drop(gate);
        let counts = Arc::clone(&lane.counts);
        let account = lane.hang_up().finish(soon());
        assert!((19..=21).contains(&account.written), "{account:?}");
        assert_eq!(account.written + account.dropped, 1000);
        assert_eq!(owned_up(&lines).iter().sum::<u64>(), account.dropped);
        assert_eq!(counts.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_said_of_losses_fits_where_the_bytes_are_used_up() {
        let (lane, gate, lines, _told) = start(0, 2 * alert(999).weight());
        for n in 0..10 {
            send(&lane, n);
        }
        let internal = Alert { source: INTERNAL.to_owned(), ..(*alert(77)).clone() };
        lane.send(&Arc::new(internal), 1000);
        drop(gate);
        lane.hang_up().finish(soon());
        assert!(lines.lock().unwrap().iter().any(|line| line.contains("alert 77")), "{lines:?}");
    }

    #[test]
    fn a_failing_output_is_told_once_and_told_when_it_works_again() {
        let (lane, gate, lines, told) = start(0, usize::MAX);
        for n in 0..4 {
            send(&lane, n);
        }
        let full = || Err(io::Error::other("disk full"));
        // The last is for the line that says what is missing.
        for answer in [Ok(()), full(), full(), Ok(()), Ok(())] {
            gate.send(answer).unwrap();
        }
        let account = lane.hang_up().finish(soon());
        assert_eq!((account.written, account.failed, account.dropped), (2, 2, 0));
        assert_eq!(lines.lock().unwrap().len(), 3);
        assert_eq!(owned_up(&lines), [2]);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("disk full") && told[1].contains("works again"), "{told:?}");
    }

    #[test]
    fn a_hanging_output_is_left_behind() {
        let (lane, gate, _lines, _told) = start(0, usize::MAX);
        for n in 0..3 {
            send(&lane, n);
        }
        let account = lane.hang_up().finish(Instant::now() + Duration::from_millis(50));
        assert_eq!((account.written, account.abandoned), (0, 3));
        drop(gate);
    }
}
