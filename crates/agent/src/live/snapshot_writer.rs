//! Regular figures: an alert for every output and a line of a file, each `metrics.interval`, on a thread of its own. A
//! disk that hangs holds up nothing but that.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_config::model::Metrics as Keys;
use serde_json::{Map, Value as Json, json};

use super::error::MonitorError;
use super::figures::Figures;
use crate::metrics::Snapshots;
use crate::notice::{Notice, Notify};

/// Figures are not reported more often.
const SHORTEST: Duration = Duration::from_millis(100);
/// Alerts that wait for the pipeline; while it hangs more are left out.
const WAITING: usize = 4;
/// How long the last line may take at the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// The fields of an alert, and when it is of: nanoseconds since the epoch.
pub(super) type Snapshot = (u64, Map<String, Json>);

/// The thread that reports figures. It ends with this value.
pub(super) struct SnapshotWriter {
    alerts: Receiver<Snapshot>,
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SnapshotWriter {
    /// Starts it, where the configuration asks for an alert or a file.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread cannot be started.
    pub(super) fn start(
        keys: &Keys,
        figures: Arc<Figures>,
        notify: &Notify,
    ) -> Result<Option<Self>, MonitorError> {
        let path = Some(keys.output_file.clone()).filter(|path| !path.as_os_str().is_empty());
        if !keys.enabled || !keys.output_rule && path.is_none() {
            return Ok(None);
        }
        if let Some(path) = &path {
            open(path)
                .map_err(|source| MonitorError::MetricsFile { path: path.clone(), source })?;
        }
        let (alert, alerts) = sync_channel(WAITING);
        let (stop, stopped) = sync_channel(0);
        let alert = keys.output_rule.then_some(alert);
        let log = path.map(|path| Log { path, fails: false, notify: Arc::clone(notify) });
        let interval = keys.interval.0.max(SHORTEST);
        let thread = std::thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || write(&figures, interval, &stopped, alert.as_ref(), log))
            .map_err(MonitorError::MetricsThread)?;
        Ok(Some(Self { alerts, stop: Some(stop), thread: Some(thread) }))
    }

    /// The alerts that are due.
    pub(super) fn due(&self) -> impl Iterator<Item = Snapshot> {
        self.alerts.try_iter()
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else { return };
        let end = Instant::now() + PATIENCE;
        while !thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn write(
    figures: &Figures,
    interval: Duration,
    stopped: &Receiver<()>,
    alert: Option<&SyncSender<Snapshot>>,
    mut log: Option<Log>,
) {
    let mut snapshots = Snapshots::default();
    let mut next = Instant::now() + interval;
    let mut sample = 0_u64;
    loop {
        let wait = next.saturating_duration_since(Instant::now());
        if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        // Where one took longer than the interval the next ones do not catch up.
        next = (next + interval).max(Instant::now());
        let metrics = figures.now();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ns = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let fields = snapshots.fields(&metrics, &figures.shown().keys, (Instant::now(), now_ns));
        sample += 1;
        if let Some(log) = &mut log {
            log.add(sample, &fields);
        }
        if let Some(alert) = alert {
            let _ = alert.try_send((now_ns, fields));
        }
    }
}

/// The file.
struct Log {
    path: PathBuf,
    /// Whether the last line could not be written: it is said once.
    fails: bool,
    notify: Notify,
}

impl Log {
    fn add(&mut self, sample: u64, fields: &Map<String, Json>) {
        let line = format!("{}\n", json!({ "sample": sample, "output_fields": fields }));
        let written = open(&self.path).and_then(|mut file| file.write_all(line.as_bytes()));
        let failed = written.is_err();
        if let Err(error) = written
            && !self.fails
        {
            let (path, why) = (self.path.clone(), error.to_string());
            (self.notify)(&Notice::MetricsFileFails { path, why });
        }
        self.fails = failed;
    }
}

/// Opens the file for a line. It is opened for each: it may have been moved away.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o644).open(path)
}
