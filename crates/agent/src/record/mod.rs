//! Recording of this host into captures: begin here, then `recorder.rs` (what is written), `target.rs`
//! (a file that always ends with a whole block), `files.rs` (a ring of them), `container_accounts.rs`
//! (accounts of containers), `descriptions.rs` (their metadata).

mod beginning;
mod clock;
mod container_accounts;
mod descriptions;
mod error;
mod files;
mod recorder;
mod recording_host;
mod target;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use peregrine_containers::Problem;
use peregrine_hostinfo::FirstSnapshot;
use peregrine_kfilter::Pushdown;
use peregrine_probe::Losses;
use serde_json::json;

use crate::live::LiveSource;
use crate::notice::{Notice, Notify};
use crate::poll_loop::poll_loop;
use crate::signals::SignalRequests;
use crate::source::{Poll, Source as _};

pub(crate) use beginning::{Beginning, header, write_state};
pub(crate) use clock::now;
pub(crate) use descriptions::description;
pub use error::RecordError;
pub use files::Written;
pub use recorder::{Counts, Ended, Options, Recorder, calls};
pub(crate) use recording_host::{LookedUp, RecordingHost};
pub use target::Packing;
pub(crate) use target::Target;

/// How often progress and losses are reported.
const TELL: Duration = Duration::from_secs(1);

/// One recording.
pub struct Record<'r> {
    /// What, and where to.
    pub options: Options,
    /// Bytes of one ring of the kernel side.
    pub ring_bytes: u32,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// What signals request meanwhile.
    pub requests: SignalRequests,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// Takes notices.
    pub notify: Notify,
    /// Called every second with what was recorded and lost so far.
    pub progress: &'r dyn Fn(&Counts, u64),
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The result of a recording.
#[derive(Debug)]
pub struct Recorded {
    /// How long it went on.
    pub lasted: Duration,
    /// What was written.
    pub counts: Counts,
    /// What the kernel could not deliver.
    pub losses: Losses,
    /// The files that are there, oldest first.
    pub files: Vec<Written>,
    /// How many older files of the ring were removed.
    pub removed: u64,
    /// Why it ended by itself; none where it was stopped or its time was over.
    pub ended: Option<Ended>,
}

/// Records this host until it is stopped, its time is over, or the file is full or fails.
///
/// # Errors
/// An invalid filter, a file that cannot be opened, a kernel side that cannot be set up, a size with no
/// room for events. Later errors are in [`Recorded::ended`].
pub fn record(record: Record<'_>) -> Result<Recorded, RecordError> {
    let Record { options, ring_bytes, stop, requests, duration, notify, progress } = record;
    let calls = calls(&options.filter, options.all_syscalls)?;
    let probe = peregrine_probe::Options { ring_bytes, ..peregrine_probe::Options::default() };
    peregrine_probe::check(&probe)?;
    let mut source = LiveSource::start(&probe, &calls, &Pushdown::default())?;
    let mut recorder = Recorder::new(&options)?;
    // The programs are attached: new events wait in the rings until the snapshot is complete.
    let began = now();
    let snapshot = source.snapshot(&mut |record| recorder.take(record));
    if let Some(FirstSnapshot::Proc(why)) = snapshot {
        notify(&Notice::SnapshotFromProc(why));
    }
    recorder.begin(began, now())?;
    notify(&Notice::Recording {
        threads: recorder.state().thread_count(),
        descriptors: recorder.state().fd_count(),
        path: options.path,
    });
    let begin = Instant::now();
    let (mut reported, mut lost) = (begin, Losses::default());
    poll_loop(&stop, duration, || {
        let Ok(poll) = source.poll(&mut |record| recorder.take(record));
        recorder.look();
        if requests.reload() || requests.reopen() {
            notify(&Notice::NoReopen);
        }
        for Problem { engine, path, why } in recorder.problems() {
            let (engine, why) = (engine.name(), why.to_string());
            notify(&Notice::ContainerEngineFails { engine, path, why });
        }
        if reported.elapsed() >= TELL {
            reported = Instant::now();
            let now = source.losses();
            progress(&recorder.counts(), now.total());
            let events = recorder.counts().events;
            if let Some(notice) = Notice::of_losses(&lost, &now, events, "--ring-size") {
                notify(&notice);
                lost = now;
            }
        }
        Ok::<Poll, RecordError>(if recorder.ended().is_none() { poll } else { Poll::End })
    })?;
    if recorder.ended().is_none() {
        source.finish(&mut |record| recorder.take(record));
    }
    let (lasted, losses) = (begin.elapsed(), source.losses());
    let (counts, files, removed, ended) = recorder.finish();
    Ok(Recorded { lasted, counts, losses, files, removed, ended })
}

/// An error and its sources, on one line.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

impl Recorded {
    /// As one JSON object.
    pub fn json(&self) -> serde_json::Value {
        let Counts { events, filtered_out, state_only, damaged, bytes } = &self.counts;
        let by_class = self.losses.by_class().filter(|(_, count)| *count > 0);
        let files = self.files.iter();
        let files: Vec<_> = files
            .map(|file| json!({"name": file.path.to_string_lossy(), "bytes": file.bytes}))
            .collect();
        json!({
            "seconds": self.lasted.as_secs_f64(),
            "events": events,
            "filtered_out": filtered_out,
            "kept_for_state": state_only,
            "damaged": damaged,
            "lost": self.losses.total(),
            "lost_by_class": by_class.collect::<std::collections::BTreeMap<_, _>>(),
            "bytes": bytes,
            "files": files,
            "files_removed": self.removed,
            "full": matches!(self.ended, Some(Ended::Full)),
            "error": match &self.ended {
                Some(Ended::Failed(error)) => Some(with_sources(error)),
                _ => None,
            },
        })
    }
}

impl std::fmt::Display for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { events, filtered_out, state_only, damaged, .. } = &self.counts;
        writeln!(
            f,
            "peregrine: {:.1} s recorded, {events} events written, {filtered_out} filtered out, {} lost",
            self.lasted.as_secs_f64(),
            self.losses.total(),
        )?;
        if *state_only > 0 {
            writeln!(
                f,
                "  {state_only} of the filtered events are written as hidden: the state is built from them"
            )?;
        }
        for (class, count) in self.losses.by_class().filter(|(_, count)| *count > 0) {
            writeln!(f, "  lost in the kernel: {count} {class}")?;
        }
        if *damaged > 0 {
            writeln!(f, "  malformed records: {damaged}")?;
        }
        for file in &self.files {
            writeln!(f, "  {}: {} bytes", file.path.display(), file.bytes)?;
        }
        if self.removed > 0 {
            writeln!(f, "  {} older files removed", self.removed)?;
        }
        if matches!(self.ended, Some(Ended::Full)) {
            writeln!(f, "  ended: the file has its maximum size")?;
        }
        Ok(())
    }
}
