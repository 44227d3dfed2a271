//! The thread of one output: takes alerts from its feed, renders them, hands them to the output in batches and
//! does with each what the output says became of it. What failed is sent again before what is newer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertId, Priority, Sequence};
use peregrine_journal::{DeadLetter, Watch};
use serde_json::{Map, Value as Json};

use crate::dead_letters::SharedDeadLetters;
use crate::error::{SinkError, with_sources};
use crate::feed::{Arrival, Feed, Place};
use crate::notice::{Notify, OutputNotice};
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::requests::{Replacement, Requests};
use crate::retry::{Circuit, Retry};
use crate::select::{Selection, Text};
use crate::status::{OutputState, Status};

/// The rule of alerts about alerts that an output lost.
pub(crate) const LOST: &str = "Peregrine internal: output loss";
/// How long it waits for an alert before it does what is due without any.
const TICK: Duration = Duration::from_secs(1);
/// At the end a receiver that fails is tried so often,
const HURRIED: Duration = Duration::from_millis(200);
/// and so long.
const HURRY: Duration = Duration::from_secs(2);

/// An alert on its way out.
struct Pending {
    alert: Arc<Alert>,
    text: Arc<Text>,
    place: Place,
    since: Instant,
}

pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) output: Box<dyn Output>,
    pub(crate) limits: Batch,
    pub(crate) feed: Feed,
    /// About the feed, where that is the journal.
    pub(crate) watch: Option<Watch>,
    pub(crate) selection: Selection,
    pub(crate) retry: Retry,
    pub(crate) dead_letters: Option<SharedDeadLetters>,
    pub(crate) status: Arc<Status>,
    pub(crate) requests: Arc<Requests>,
    pub(crate) sequence: Arc<Sequence>,
    pub(crate) notify: Notify,
}

impl Worker {
    pub(crate) fn run(self) {
        let circuit = Circuit::new(self.retry);
        let (pending, reported) = (VecDeque::new(), 0);
        let (refusing, unreadable, template_failed, closing) = (false, false, false, None);
        Running {
            worker: self,
            circuit,
            pending,
            reported,
            refusing,
            unreadable,
            template_failed,
            closing,
            last: None,
        }
        .run();
    }
}

/// A worker at work.
struct Running {
    worker: Worker,
    circuit: Circuit,
    /// What was taken from the feed and is not done with: what failed, then what is newer.
    pending: VecDeque<Pending>,
    /// How many losses the output itself has reported, or is about to.
    reported: u64,
    /// The receiver refused what it was given last.
    refusing: bool,
    /// The journal could not be read when that was tried last.
    unreadable: bool,
    /// The template could not be filled in for some alert.
    template_failed: bool,
    /// Since when nothing more comes.
    closing: Option<Instant>,
    /// The last alert.
    last: Option<Arc<Alert>>,
}

impl Running {
    fn run(mut self) {
        let mut ended = false;
        loop {
            self.do_requests();
            if self.is_over() {
                break;
            }
            let hurried = self.closing.map(|_| HURRIED);
            let now = Instant::now();
            if let Some(until) = self.circuit.until(hurried).filter(|until| *until > now) {
                self.give_up(now);
                std::thread::park_timeout(until.saturating_duration_since(now).min(TICK));
                continue;
            }
            ended = ended || self.fill();
            if !self.pending.is_empty() {
                self.attempt();
            } else if ended {
                break;
            }
        }
        self.finish();
    }

    /// Does what others ask for.
    fn do_requests(&mut self) {
        if self.worker.requests.reopen.swap(false, Ordering::Relaxed)
            && let Err(error) = self.worker.output.reopen()
        {
            let (output, why) = (self.worker.name.clone(), Arc::new(error));
            (self.worker.notify)(&OutputNotice::NotReopened { output, why });
        }
        if let Some(replacement) = self.worker.requests.take_replacement() {
            self.replace(replacement);
        }
        if self.closing.is_none() && self.worker.requests.end.get().is_some() {
            self.closing = Some(Instant::now());
        }
    }

    /// Goes on with another output. What waits is sent there, as its settings say.
    fn replace(&mut self, replacement: Replacement) {
        self.tick();
        let mut summaries = Vec::new();
        let Worker { selection, sequence, .. } = &mut self.worker;
        selection.close(sequence, &mut summaries);
        let Replacement { output, limits, selection, retry } = replacement;
        let worker = &mut self.worker;
        worker.selection = selection.after(&worker.selection);
        (worker.output, worker.limits, worker.retry) = (output, limits, retry);
        self.circuit = Circuit::new(retry);
        (self.refusing, self.template_failed) = (false, false);
        self.worker.status.set_state(OutputState::Idle);
        self.worker.status.set_retry(None);
        let waiting = std::mem::take(&mut self.pending);
        for one in waiting {
            let text = self.worker.selection.text(&one.alert);
            self.pending.push_back(Pending { text, ..one });
        }
        self.push_summaries(summaries);
    }

    /// Whether what is left stays undelivered.
    fn is_over(&self) -> bool {
        let (Some(closing), Some(end)) = (self.closing, self.worker.requests.end.get()) else {
            return false;
        };
        // Nobody sends later what a removed one has not sent.
        let is_removed = self.worker.requests.removed.get().is_some();
        let failing = !self.circuit.is_closed() && !is_removed;
        // What is in the journal can wait there.
        let patience = if self.worker.watch.is_some() { HURRIED } else { HURRY };
        *end <= Instant::now() || (failing && closing.elapsed() > patience)
    }

    /// Takes alerts until there is a batch, or none came in time. Whether none will come any more.
    fn fill(&mut self) -> bool {
        let limits = self.worker.limits;
        let mut bytes: usize = self.pending.iter().map(|one| one.text.text.len()).sum();
        let mut end = Instant::now();
        let removed = self.worker.requests.removed.get().copied();
        if self.pending.is_empty() {
            end += if removed.is_some() { HURRIED } else { TICK };
        }
        while self.pending.len() < limits.alerts.max(1) && bytes < limits.bytes {
            match self.worker.feed.next(end) {
                Arrival::Alert(alert, _)
                    if removed.is_some_and(|from| alert.id.sequence >= from) =>
                {
                    return self.end_feed();
                }
                Arrival::Alert(alert, place) => {
                    self.unreadable = false;
                    if self.pending.is_empty() {
                        end = Instant::now() + limits.wait;
                    }
                    bytes += self.take(alert, place);
                }
                Arrival::Unreadable(why) => {
                    let why =
                        SinkError::Answer(format!("an alert of the journal cannot be read: {why}"));
                    self.worker.status.refused.fetch_add(1, Ordering::Relaxed);
                    self.begin_refusing(why, false);
                }
                Arrival::Fails(why) => {
                    self.worker.status.set_error(why.to_string());
                    if !std::mem::replace(&mut self.unreadable, true) {
                        self.say_failing(SinkError::Answer(why.to_string()));
                    }
                    return false;
                }
                Arrival::Nothing => {
                    // The journal goes on; this one has had what was for it.
                    if removed.is_some() && self.pending.is_empty() && end <= Instant::now() {
                        return self.end_feed();
                    }
                    if self.pending.is_empty() {
                        let mut summaries = Vec::new();
                        let Worker { selection, sequence, .. } = &mut self.worker;
                        selection.due(wall_ns(), sequence, &mut summaries);
                        self.push_summaries(summaries);
                        self.confirm();
                        self.tick();
                    }
                    return false;
                }
                Arrival::End => return self.end_feed(),
            }
        }
        false
    }

    /// Sends what is held back, too: nothing more comes.
    fn end_feed(&mut self) -> bool {
        let mut summaries = Vec::new();
        let Worker { selection, sequence, .. } = &mut self.worker;
        selection.close(sequence, &mut summaries);
        self.push_summaries(summaries);
        self.confirm();
        true
    }

    /// Takes what an alert comes to. Returns the bytes of its text.
    fn take(&mut self, alert: Arc<Alert>, place: Place) -> usize {
        // Whoever reads this output learns that something is missing before it goes on.
        let losses = self.loss_report(&alert);
        self.pending.extend(losses);
        let mut wanted = Vec::new();
        let Worker { selection, sequence, .. } = &mut self.worker;
        selection.take(&alert, sequence, &mut wanted);
        let itself = wanted.pop_if(|last| Arc::ptr_eq(last, &alert));
        let mut bytes = self.push_summaries(wanted);
        self.last = Some(Arc::clone(&alert));
        if itself.is_some() {
            bytes += self.push(alert, place);
        } else {
            self.leave_out(place);
        }
        self.show_oldest();
        bytes
    }

    /// Puts an alert behind those that wait. Returns the bytes of its text.
    fn push(&mut self, alert: Arc<Alert>, place: Place) -> usize {
        let text = self.worker.selection.text(&alert);
        if let Some(why) = text.error.clone() {
            self.worker.status.set_error(why.clone());
            if !std::mem::replace(&mut self.template_failed, true) {
                let output = self.worker.name.clone();
                (self.worker.notify)(&OutputNotice::Template { output, why });
            }
        }
        let bytes = text.text.len();
        self.pending.push_back(Pending { alert, text, place, since: Instant::now() });
        bytes
    }

    /// Puts what says how many alerts were held back behind those that wait.
    fn push_summaries(&mut self, summaries: Vec<Arc<Alert>>) -> usize {
        summaries.into_iter().map(|summary| self.push(summary, Place::Summary)).sum()
    }

    /// Counts an alert that this output does not get.
    fn leave_out(&self, place: Place) {
        if let Place::Queue(weight) = place {
            self.worker.status.waiting.fetch_sub(weight, Ordering::Relaxed);
        }
        self.worker.status.left_out.fetch_add(1, Ordering::Relaxed);
        self.worker.status.held.store(self.worker.selection.held(), Ordering::Relaxed);
    }

    /// Delivers a batch of what waits.
    fn attempt(&mut self) {
        let limits = self.worker.limits;
        let mut bytes = 0_usize;
        let fits = |one: &&Pending| {
            bytes = bytes.saturating_add(one.text.text.len());
            bytes <= limits.bytes
        };
        let count = self.pending.iter().take(limits.alerts).take_while(fits).count().max(1);
        let batch: Vec<Pending> = self.pending.drain(..count.min(self.pending.len())).collect();
        let records: Vec<Record<'_>> =
            batch.iter().map(|one| Record { alert: &one.alert, text: &one.text.text }).collect();
        if !self.circuit.is_closed() {
            self.worker.status.set_state(OutputState::Retrying);
        }
        self.worker.status.begin_attempt();
        let report = self.worker.output.deliver(&records);
        self.worker.status.truncated.store(self.worker.output.truncated(), Ordering::Relaxed);
        self.settle(batch, report);
        self.worker.status.end_attempt();
        self.show_oldest();
        self.confirm();
    }

    /// Does with each alert of a batch what became of it.
    fn settle(&mut self, batch: Vec<Pending>, report: Report) {
        let total = batch.len();
        let (mut again, mut delivered) = (Vec::new(), 0);
        // An alert without a fate is sent again.
        let fates = report.fates.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        for (pending, fate) in batch.into_iter().zip(fates) {
            match fate {
                Some(Fate::Delivered) => {
                    delivered += 1;
                    self.release(&pending, &self.worker.status.written);
                }
                Some(Fate::Refused(why)) => self.refuse(&pending, why),
                Some(Fate::Again) | None => again.push(pending),
            }
        }
        if delivered > 0 {
            self.refusing = false;
        }
        let kept = again.len();
        for pending in again.into_iter().rev() {
            self.pending.push_front(pending);
        }
        if kept == 0 {
            if !self.circuit.is_closed() {
                self.circuit.succeed();
                let output = self.worker.name.clone();
                (self.worker.notify)(&OutputNotice::WorksAgain { output });
            }
            let refusing = delivered == 0 && self.refusing;
            let state = if refusing { OutputState::Refusing } else { OutputState::Delivering };
            self.worker.status.set_state(state);
            return;
        }
        let first = self.circuit.is_closed();
        self.circuit.fail(Instant::now(), kept < total, report.retry_after);
        self.worker.status.set_retry(self.circuit.until(None));
        self.worker.status.set_state(OutputState::CircuitOpen);
        self.worker.status.retries.fetch_add(kept as u64, Ordering::Relaxed);
        let without = || SinkError::Answer("alerts were not taken".to_owned());
        let why = report.error.unwrap_or_else(without);
        self.worker.status.set_error(with_sources(&why));
        if first {
            self.say_failing(why);
        }
    }

    fn say_failing(&self, why: SinkError) {
        let (output, why) = (self.worker.name.clone(), Arc::new(why));
        let in_journal = self.worker.watch.is_some();
        (self.worker.notify)(&OutputNotice::Fails { output, why, in_journal });
    }

    /// Counts an alert that is done with, and frees its room.
    fn release(&self, pending: &Pending, counter: &AtomicU64) {
        match pending.place {
            Place::Queue(weight) => {
                self.worker.status.waiting.fetch_sub(weight, Ordering::Relaxed);
            }
            Place::Journal(_) => {}
            Place::Losses(_) | Place::Summary => return,
        }
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps an alert aside that the receiver will never take.
    fn refuse(&mut self, pending: &Pending, why: SinkError) {
        if !matches!(pending.place, Place::Losses(_)) {
            let text = with_sources(&why);
            let kept = self.keep_aside(pending, &text, &self.worker.status.refused);
            self.worker.status.set_error(text);
            self.begin_refusing(why, kept);
        }
    }

    fn begin_refusing(&mut self, why: SinkError, kept: bool) {
        if !std::mem::replace(&mut self.refusing, true) {
            self.worker.status.refusals.fetch_add(1, Ordering::Relaxed);
            let (output, why) = (self.worker.name.clone(), Arc::new(why));
            (self.worker.notify)(&OutputNotice::Refused { output, why, kept });
        }
    }

    /// Counts an alert that is not delivered, and adds it to the dead letters. Whether it is there.
    fn keep_aside(&self, pending: &Pending, why: &str, counter: &AtomicU64) -> bool {
        let status = &self.worker.status;
        let kept = self.worker.dead_letters.as_ref().is_some_and(|dead_letters| {
            let letter = DeadLetter {
                output: self.worker.name.clone(),
                reason: why.to_owned(),
                time_ns: wall_ns(),
                record: pending.place.number(),
                alert: (*pending.alert).clone(),
            };
            let added = dead_letters.add(&letter);
            added.map_err(|error| status.set_error(error.to_string())).is_ok()
        });
        self.release(pending, counter);
        if kept {
            status.kept.fetch_add(1, Ordering::Release);
        }
        kept
    }

    /// Gives up alerts that could not be delivered for too long.
    fn give_up(&mut self, now: Instant) {
        let Some(most) = self.worker.retry.give_up else { return };
        while let Some(pending) = self.pending.pop_front_if(|one| now - one.since > most) {
            if let Place::Losses(lost) = pending.place {
                // The next report has them again.
                self.reported -= lost;
            } else {
                let why = format!("not delivered within {} s", most.as_secs_f64());
                self.keep_aside(&pending, &why, &self.worker.status.failed);
            }
        }
        self.show_oldest();
        self.confirm();
    }

    /// Lets the journal know how far it has come.
    fn confirm(&self) {
        self.worker.feed.confirm(self.pending.iter().find_map(|one| one.place.number()));
    }

    fn show_oldest(&self) {
        self.worker.status.set_oldest(self.pending.front().map(|one| &*one.alert));
    }

    fn tick(&mut self) {
        if let Err(error) = self.worker.output.tick() {
            self.worker.status.set_error(with_sources(&error));
        }
    }

    /// Says at the end what was lost and not said.
    fn finish(mut self) {
        if self.pending.is_empty()
            && let Some(alert) = self.last.take()
            && let Some(report) = self.loss_report(&alert)
        {
            self.pending.push_back(report);
            self.attempt();
        }
        self.tick();
    }

    /// How many alerts were lost here since that was said last; `beside`: the next one.
    fn loss_report(&mut self, beside: &Alert) -> Option<Pending> {
        if !self.circuit.is_closed() || self.refusing {
            return None;
        }
        let Worker { status, watch, sequence, name, selection, .. } = &self.worker;
        let lost = status.lost(watch.as_ref());
        let more = lost.checked_sub(self.reported).filter(|more| *more > 0)?;
        self.reported = lost;
        let id = AlertId { host: beside.id.host.clone(), sequence: sequence.next() };
        let alert = lost_alert(id, beside.time_ns, beside.utc_offset, name, more);
        let text = selection.text(&alert);
        let (alert, place, since) = (Arc::new(alert), Place::Losses(more), Instant::now());
        Some(Pending { alert, text, place, since })
    }
}

/// Nanoseconds since the epoch.
fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The alert that an output lost alerts.
fn lost_alert(id: AlertId, time_ns: u64, utc_offset: i32, output: &str, lost: u64) -> Alert {
    let fields: Map<String, Json> = [("output", Json::from(output)), ("lost", lost.into())]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect();
    let message =
        format!("{LOST}. Alerts were lost: the queue was full, or they could not be delivered.");
    Alert::internal(id, time_ns, utc_offset, Priority::Warning, LOST, &message, fields)
}
