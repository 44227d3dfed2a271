//! The pipeline's side of captures.

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, Instant};

use peregrine_event::{Event, EventFlags};
use peregrine_state::{Container, HostInfo, Interface, StaleThreads, State};

use super::batch::{Batch, Change, Kind, Match};
use super::writer::Writer;
use super::{MILLISECOND, Settings, Shared};
use crate::generation::Generation;
use crate::metrics::{Metric, Metrics};
use crate::notice::CaptureNotice;
use crate::record::{Beginning, LookedUp, description};

/// Bytes of a batch: then it is passed on.
const BATCH: usize = 256 << 10;
/// Batches that wait for the thread.
pub(super) const QUEUED: usize = 32;
/// Bytes that wait for a place among those; then they are lost.
const MOST_PENDING: usize = 16 << 20;

/// How often it is said that events are being lost.
const TELL: Duration = Duration::from_secs(1);

/// Passes on to the thread that writes captures what happens.
pub(crate) struct Feed {
    settings: Settings,
    shared: Arc<Shared>,
    pending: Batch,
    to: Option<SyncSender<Batch>>,
    ended: Receiver<()>,
    /// What the host was asked since the last record.
    looked_up: Rc<LookedUp>,
    interfaces: Option<Rc<[Interface]>>,
    /// How a file begins where it is not this host that is watched.
    beginning: Option<Box<dyn Fn() -> Beginning>>,
    /// Up to when a file is being written, or will be.
    until: u64,
    follows_names: bool,
    /// Whether it may wait for the thread.
    waits: bool,
    /// Records were lost: the thread needs the state anew.
    behind: bool,
    lost: u64,
    /// Of those, the ones that were reported.
    reported: u64,
    reported_at: Option<Instant>,
}

/// The thread of a feed that is no more: it writes what it was given.
pub(crate) struct LastCaptures {
    shared: Arc<Shared>,
    ended: Receiver<()>,
}

impl LastCaptures {
    /// Waits until files are written, `patience` at most. Returns what there is to say about them.
    pub(crate) fn finish(self, patience: Duration) -> Vec<CaptureNotice> {
        let _ = self.ended.recv_timeout(patience);
        self.shared.take_notices()
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Feed {
    /// Starts the thread. `beginning` says how a file begins where it is not this host that is watched.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn start(
        settings: Settings,
        beginning: Option<Box<dyn Fn() -> Beginning>>,
    ) -> std::io::Result<Self> {
        Self::spawn(settings, beginning, Arc::default())
    }

    /// Takes the place of `former` while a host is watched: its thread gets the state of the host with the next
    /// [`Self::pass`], counts go on.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn start_after(settings: Settings, former: Option<&Self>) -> std::io::Result<Self> {
        let shared = former.map_or_else(Arc::default, |former| Arc::clone(&former.shared));
        let mut feed = Self::spawn(settings, None, shared)?;
        (feed.waits, feed.behind) = (false, true);
        if let Some(former) = former {
            (feed.lost, feed.reported) = (former.lost, former.reported);
        }
        Ok(feed)
    }

    fn spawn(
        settings: Settings,
        beginning: Option<Box<dyn Fn() -> Beginning>>,
        shared: Arc<Shared>,
    ) -> std::io::Result<Self> {
        let (to, batches) = sync_channel(QUEUED);
        let (ends, ended) = channel();
        let writer = (settings.clone(), Arc::clone(&shared));
        std::thread::Builder::new().name("captures".to_owned()).spawn(move || {
            let (settings, shared) = writer;
            Writer::new(settings, shared).run(&batches);
            // Somebody waits for it, or nobody does any more.
            let _ = ends.send(());
        })?;
        Ok(Self::new(settings, beginning, shared, to, ended))
    }

    pub(super) fn new(
        settings: Settings,
        beginning: Option<Box<dyn Fn() -> Beginning>>,
        shared: Arc<Shared>,
        to: SyncSender<Batch>,
        ended: Receiver<()>,
    ) -> Self {
        Self {
            settings,
            shared,
            pending: Batch::default(),
            to: Some(to),
            ended,
            looked_up: Rc::default(),
            interfaces: None,
            beginning,
            until: 0,
            follows_names: false,
            waits: true,
            behind: false,
            lost: 0,
            reported: 0,
            reported_at: None,
        }
    }

    /// How captures are written.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// So many batches were taken.
    #[cfg(test)]
    pub(super) fn taken(&self, count: usize) {
        self.shared.queued.fetch_sub(count, Ordering::Relaxed);
    }

    /// The first snapshot is complete. Of a host that is watched events come from now on, which wait for
    /// nobody.
    pub(crate) fn begin(&mut self) {
        self.waits = !self.settings.live;
    }

    /// Where whoever asks the host is to keep the answers.
    pub(crate) fn looked_up(&self) -> Rc<LookedUp> {
        Rc::clone(&self.looked_up)
    }

    /// Takes an event of the first snapshot, or of a later one, that the state has applied.
    pub(crate) fn snapshot(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        self.add(event, Kind::Looked, host);
    }

    /// Takes an event that the state has applied.
    pub(crate) fn event(&mut self, event: &Event<'_>, state_only: bool, host: &dyn HostInfo) {
        // Of what changes nothing and is not to be seen there is nothing to keep.
        if state_only && !event.view.info().flags.has(EventFlags::MODIFIES_STATE) {
            self.add_looked_up(event, host);
            return;
        }
        let kind = if state_only { Kind::StateOnly } else { Kind::Event };
        self.add(event, kind, host);
    }

    fn add_looked_up(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        if self.interfaces.is_none() {
            self.look_at_interfaces(host);
        }
        for record in self.looked_up.threads.take() {
            self.pending.record([&record, &[]], event.num, event.cpu, Kind::Looked);
        }
        for record in self.looked_up.accounts.take(event.view.ts()) {
            self.pending.record([&record, &[]], event.num, event.cpu, Kind::StateOnly);
        }
    }

    fn add(&mut self, event: &Event<'_>, kind: Kind, host: &dyn HostInfo) {
        if self.behind {
            self.looked_up.threads.take();
            self.looked_up.accounts.forget();
            self.lost += u64::from(kind == Kind::Event);
            return;
        }
        self.add_looked_up(event, host);
        let parts = [event.view.bytes(), event.trailer.bytes()];
        self.pending.record(parts, event.num, event.cpu, kind);
        if self.pending.bytes.len() >= BATCH {
            // Nothing of this is known to be evaluated yet, where some events are evaluated later.
            self.pass_on(if self.settings.live { 0 } else { u64::MAX });
        }
    }

    /// A generation of rules evaluated an event, and these of its rules matched.
    pub(crate) fn matched(&mut self, event: &Event<'_>, generation: &Generation, hits: &[u32]) {
        if self.behind {
            return;
        }
        let Settings { all_rules, duration: default, .. } = self.settings;
        let duration = generation
            .capture_durations(hits, all_rules)
            .map(|own| if own == 0 { default } else { own.saturating_mul(MILLISECOND) })
            .max();
        if let Some(duration) = duration {
            self.begin_file(event, duration);
        }
    }

    /// Somebody wants a file with what led to an event. Its path comes once it is complete; nothing does where there is
    /// none.
    pub(crate) fn wanted(&mut self, event: &Event<'_>, by: Sender<PathBuf>) {
        if self.behind {
            return;
        }
        if self.pending.matches.last().is_none_or(|last| last.num != event.num) {
            self.begin_file(event, 0);
        }
        self.pending.wanted.push((event.num, by));
    }

    fn begin_file(&mut self, event: &Event<'_>, duration: u64) {
        let (num, ts) = (event.num, event.view.ts());
        let beginning = self.beginning.as_ref().filter(|_| ts >= self.until);
        let beginning = beginning.map(|beginning| Box::new(beginning()));
        self.until = self.until.max(ts.saturating_add(duration));
        self.pending.matches.push(Match { num, ts, duration, beginning });
    }

    /// An engine described a container, of which an event from this number on may show it.
    pub(crate) fn described(&mut self, container: &Container, first: Option<u64>, ts: u64) {
        let record = description(container, ts);
        match first {
            Some(first) => self.pending.descriptions.push((first, record)),
            None => self.pending.record([&record, &[]], 0, 0, Kind::StateOnly),
        }
    }

    /// Another host begins.
    pub(crate) fn restart(&mut self) {
        self.pending.change(Change::Restart);
        self.follow_names(self.follows_names);
        (self.interfaces, self.until) = (None, 0);
        self.looked_up.accounts.forget();
    }

    /// Whether the state follows names that threads give themselves.
    pub(crate) fn follow_names(&mut self, on: bool) {
        self.follows_names = on;
        self.pending.change(Change::FollowNames(on));
    }

    /// The clock was set.
    pub(crate) fn clock_moved(&mut self, by: i64) {
        self.pending.change(Change::ClockMoved(by));
    }

    /// Threads ended whose exit was lost.
    pub(crate) fn stale(&mut self, gone: &StaleThreads) {
        self.pending.change(Change::Stale(gone.clone()));
    }

    /// Nothing runs any more in these containers.
    pub(crate) fn forgotten(&mut self, containers: Vec<String>) {
        if !containers.is_empty() {
            self.pending.change(Change::Forgotten(containers));
        }
    }

    /// Memory is short: the state takes so many bytes at most.
    pub(crate) fn shed(&mut self, most: usize) {
        self.pending.change(Change::Shed(most));
        self.pending.shed = true;
    }

    fn look_at_interfaces(&mut self, host: &dyn HostInfo) {
        let now = host.interfaces();
        if self.interfaces.as_ref() != Some(&now) {
            self.pending.change(Change::Interfaces(now.to_vec()));
            self.interfaces = Some(now);
        }
    }

    /// Passes on what was collected: to be called often. Events from `held_from` on may still turn out to
    /// have matched.
    pub(crate) fn pass(&mut self, held_from: u64, state: &mut State, host: &dyn HostInfo) {
        if self.to.is_none() {
            return;
        }
        if self.behind {
            if self.shared.queued.load(Ordering::Relaxed) > QUEUED / 2 {
                return;
            }
            self.behind = false;
            self.interfaces = None;
            self.pending = Batch { anew: true, ..Batch::default() };
            self.follow_names(self.follows_names);
            self.look_at_interfaces(host);
            let pending = &mut self.pending;
            state.dump(&mut |record| pending.record([record, &[]], 0, 0, Kind::Looked));
            for container in state.containers() {
                let record = description(container, 0);
                pending.record([&record, &[]], 0, 0, Kind::StateOnly);
            }
        }
        if !self.pending.is_empty() {
            self.look_at_interfaces(host);
            self.pass_on(held_from);
        }
    }

    fn pass_on(&mut self, held_from: u64) {
        if self.pending.is_empty() {
            return;
        }
        let Some(to) = &self.to else { return };
        let mut batch = std::mem::take(&mut self.pending);
        batch.held_from = held_from;
        self.shared.queued.fetch_add(1, Ordering::Relaxed);
        let sent = if self.waits {
            to.send(batch).map_err(|error| TrySendError::Disconnected(error.0))
        } else {
            to.try_send(batch)
        };
        let Err(error) = sent else { return };
        self.shared.queued.fetch_sub(1, Ordering::Relaxed);
        match error {
            // It is sent later, with what comes then.
            TrySendError::Full(batch) if batch.bytes.len() < MOST_PENDING => self.pending = batch,
            TrySendError::Full(batch) => {
                self.lost += batch.events();
                self.behind = true;
            }
            // The thread is gone.
            TrySendError::Disconnected(batch) => {
                self.lost += batch.events();
                (self.behind, self.to) = (true, None);
            }
        }
    }

    /// What there is to say since this was called last.
    pub(crate) fn notices(&mut self) -> Vec<CaptureNotice> {
        let mut notices = self.shared.take_notices();
        let lost = self.lost - self.reported;
        let due = !self.behind || self.reported_at.is_none_or(|at| at.elapsed() >= TELL);
        if lost > 0 && due {
            (self.reported, self.reported_at) = (self.lost, Some(Instant::now()));
            notices.push(CaptureNotice::EventsLost { lost });
        }
        notices
    }

    /// Copies what is counted; of nobody, zeros.
    pub(crate) fn read_metrics(feed: Option<&Self>, metrics: &mut Metrics) {
        let nothing = Shared::default();
        let Shared { queued: _, files, events, bytes, failures, ring_bytes, notices: _ } =
            feed.map_or(&nothing, |feed| &feed.shared);
        for (metric, count) in [
            (Metric::CaptureFiles, files),
            (Metric::CaptureEvents, events),
            (Metric::CaptureBytes, bytes),
            (Metric::CaptureFailures, failures),
            (Metric::CaptureMemory, ring_bytes),
        ] {
            metrics.set(metric, count.load(Ordering::Relaxed));
        }
        metrics.set(Metric::CaptureEventsLost, feed.map_or(0, |feed| feed.lost));
    }

    /// Passes on the last of it, for another feed takes its place. Files end here.
    pub(crate) fn retire(mut self) -> LastCaptures {
        self.pass_on(u64::MAX);
        LastCaptures { shared: self.shared, ended: self.ended }
    }

    /// Passes on the last of it and waits until files are written, `patience` at most.
    pub(crate) fn finish(&mut self, patience: Duration) {
        let end = Instant::now() + patience;
        self.pass_on(u64::MAX);
        while !self.pending.is_empty() && !self.behind && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
            self.pass_on(u64::MAX);
        }
        self.lost += self.pending.events();
        self.to = None;
        let _ = self.ended.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}
