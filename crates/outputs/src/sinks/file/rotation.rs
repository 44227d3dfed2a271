//! Puts a file aside when it is large or old, and keeps the files that were put aside.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use peregrine_config::{ObjectCompression, Rotation as Keys};

use super::plan::{Keep, Step, name, next_time, plan};

/// So often files that were put aside are looked at without a new one: some may have become too old.
const LOOK: Duration = Duration::from_hours(1);
/// The level of Zstandard, as its program has it.
const ZSTD_LEVEL: i32 = 3;

pub(super) struct Rotation {
    path: PathBuf,
    aside: Aside,
    max_size: u64,
    interval_ms: Option<u64>,
    /// When the file was last written, milliseconds since the epoch.
    last_ms: u64,
    /// Compresses and removes files.
    work: Option<JoinHandle<io::Result<()>>>,
    looked: Option<Instant>,
    /// Why the file could not be put aside, or those that were not be kept.
    error: Option<io::Error>,
}

/// The files that were put aside.
#[derive(Debug, Clone)]
struct Aside {
    folder: PathBuf,
    /// The name of the file.
    base: String,
    keep: Keep,
    /// The work is to end.
    stop: Arc<AtomicBool>,
}

impl Rotation {
    pub(super) fn new(path: &Path, keys: &Keys) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let aside = Aside {
            folder: folder.unwrap_or_else(|| Path::new(".")).to_owned(),
            base: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            keep: Keep {
                max_files: keys.max_files.size(),
                max_age_ms: keys.max_age.map(|age| millis(age.0)),
                packed: match keys.compression {
                    ObjectCompression::Gzip => Some(".gz"),
                    ObjectCompression::Zstd => Some(".zst"),
                    ObjectCompression::None => None,
                },
            },
            stop: Arc::default(),
        };
        Self {
            path: path.to_owned(),
            aside,
            max_size: keys.max_size.0,
            interval_ms: keys.interval.map(|interval| millis(interval.0).max(1)),
            last_ms: now_ms(),
            work: None,
            looked: None,
            error: None,
        }
    }

    /// Takes note of the file that is written to from now on. Its length; none where it is no file that can be put
    /// aside.
    pub(super) fn opened(&mut self, file: &File) -> Option<u64> {
        let about = file.metadata().ok().filter(fs::Metadata::is_file)?;
        let written = about.modified().ok().map(ms_of).filter(|_| about.len() > 0);
        self.last_ms = written.unwrap_or_else(now_ms);
        Some(about.len())
    }

    /// Whether a file with so many bytes is put aside before more are written.
    pub(super) fn is_due(&self, len: u64, more: u64, now_ms: u64) -> bool {
        let period = |ms| self.interval_ms.map(|interval| local_ms(ms) / interval);
        let is_over = period(now_ms) > period(self.last_ms);
        len > 0 && (len.saturating_add(more) > self.max_size || is_over)
    }

    /// How many bytes fit into a file that has so many.
    pub(super) fn room(&self, len: u64) -> u64 {
        self.max_size.saturating_sub(len)
    }

    /// Puts the file aside. Whether it is; else it is written on.
    pub(super) fn put_aside(&mut self) -> bool {
        let done = self.aside.names().and_then(|names| {
            let time = next_time(&self.aside.base, &names, now_ms());
            let to = self.aside.folder.join(name(&self.aside.base, time));
            fs::rename(&self.path, to)
        });
        let is_aside = done.is_ok();
        self.error = done.err();
        self.looked = None;
        self.look();
        is_aside
    }

    /// Has files that were put aside compressed and removed where that is due, on a thread of its own.
    pub(super) fn look(&mut self) {
        if let Some(work) = self.work.take_if(|work| work.is_finished()) {
            self.error = work.join().unwrap_or(Ok(())).err().or_else(|| self.error.take());
        }
        let is_due = self.looked.is_none_or(|looked| looked.elapsed() >= LOOK);
        if is_due && self.work.is_none() {
            self.looked = Some(Instant::now());
            let aside = self.aside.clone();
            let work = std::thread::Builder::new().name("rotation".to_owned());
            match work.spawn(move || aside.housekeep()) {
                Ok(work) => self.work = Some(work),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// Why the file could not be put aside, or those that were not be kept; said once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }
}

impl Drop for Rotation {
    fn drop(&mut self) {
        // What is not done is done after the next start.
        self.aside.stop.store(true, Ordering::Relaxed);
        if let Some(work) = self.work.take() {
            let _ = work.join();
        }
    }
}

impl Aside {
    fn names(&self) -> io::Result<BTreeSet<String>> {
        let entries = fs::read_dir(&self.folder)?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// Does what is to do.
    fn housekeep(&self) -> io::Result<()> {
        for step in plan(&self.base, &self.names()?, &self.keep, now_ms()) {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.act(&step)?;
        }
        Ok(())
    }

    fn act(&self, step: &Step) -> io::Result<()> {
        let path = |name: &String| self.folder.join(name);
        match step {
            Step::Remove(name) => fs::remove_file(path(name)),
            Step::Rename { from, to } => {
                fs::rename(path(from), path(to))?;
                // The compressed one is there before the other one goes, also after a power cut.
                File::open(&self.folder)?.sync_all()
            }
            Step::Compress { from, to } => {
                let done = self.compress(&path(from), &path(to));
                if done.is_err() {
                    let _ = fs::remove_file(path(to));
                }
                done
            }
        }
    }

    fn compress(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut read = File::open(from)?;
        let made =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
        let written = if self.keep.packed == Some(".zst") {
            let mut packer = zstd::Encoder::new(made, ZSTD_LEVEL)?;
            self.copy(&mut read, &mut packer)?;
            packer.finish()?
        } else {
            let mut packer = GzEncoder::new(made, flate2::Compression::default());
            self.copy(&mut read, &mut packer)?;
            packer.finish()?
        };
        written.sync_all()
    }

    fn copy(&self, from: &mut File, to: &mut impl Write) -> io::Result<()> {
        let mut piece = vec![0; 1 << 16];
        loop {
            let count = match from.read(&mut piece) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            to.write_all(piece.get(..count).unwrap_or_default())?;
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn ms_of(time: SystemTime) -> u64 {
    millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The time of the clock, milliseconds since the epoch.
pub(super) fn now_ms() -> u64 {
    ms_of(SystemTime::now())
}

/// By the clock on the wall.
fn local_ms(ms: u64) -> u64 {
    let time = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let offset = TimeZone::system().to_offset(time.unwrap_or_default()).seconds();
    ms.saturating_add_signed(i64::from(offset) * 1000)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Waits until nothing is left to do with files that were put aside.
    pub(crate) fn wait(rotation: &mut Rotation) {
        if let Some(work) = rotation.work.take() {
            work.join().unwrap().unwrap();
        }
        rotation.aside.housekeep().unwrap();
    }

    /// Does so many steps, as if it was killed behind them; with the last one half done where that can be.
    pub(crate) fn killed_behind(rotation: &Rotation, steps: usize) {
        let aside = &rotation.aside;
        let plan = plan(&aside.base, &aside.names().unwrap(), &aside.keep, now_ms());
        for step in plan.iter().take(steps) {
            aside.act(step).unwrap();
        }
        if let Some(Step::Compress { to, .. }) = plan.get(steps) {
            fs::write(aside.folder.join(to), "half").unwrap();
        }
    }

    #[test]
    fn a_file_is_put_aside_by_size_and_at_the_end_of_a_time() {
        let day = Duration::from_hours(24);
        let keys = Keys {
            max_size: peregrine_config::Size(100),
            interval: Some(peregrine_config::Interval(day)),
            ..Keys::default()
        };
        let mut rotation = Rotation::new(Path::new("/none/alerts"), &keys);
        // Some noon by the clock on the wall.
        let noon = 1_796_000_000_000 - local_ms(1_796_000_000_000) % millis(day) + millis(day / 2);
        let mut check = |age: Duration, len, more, expected| {
            rotation.last_ms = noon - millis(age);
            assert_eq!(rotation.is_due(len, more, noon), expected, "{age:?} {len} {more}");
        };
        check(Duration::ZERO, 90, 10, false);
        check(Duration::ZERO, 90, 11, true);
        check(Duration::ZERO, 0, 1000, false);
        // Since the last midnight, and before.
        check(day / 2, 1, 1, false);
        check(day / 2 + Duration::from_millis(1), 1, 1, true);
        check(day / 2 + Duration::from_millis(1), 0, 1, false);
        // The clock was set back.
        rotation.last_ms = noon + millis(day * 2);
        assert!(!rotation.is_due(1, 1, noon));
    }
}
