//! Alerts of journals and files as one stream, in order of time.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use peregrine_alert::Alert;
use peregrine_correlate::received;
use peregrine_journal::{FileStorage, Follower, Storage as _};

use crate::terminal::complain;

/// How far apart in time two copies of one alert are looked for, nanoseconds.
const COPIES: u64 = 60_000_000_000;

/// An alert with the number of its host, where it has one.
type Numbered = (Alert, Option<u64>);

/// Where alerts come from.
enum Source {
    /// A journal, read piece by piece.
    Journal { storage: FileStorage, follower: Follower, read: VecDeque<Numbered> },
    /// Alerts of a file, in order of time.
    Lines(VecDeque<Numbered>),
}

impl Source {
    fn journal(folder: &Path) -> anyhow::Result<Self> {
        let storage = FileStorage::new(folder);
        storage.list().with_context(|| format!("there is no journal in {}", folder.display()))?;
        Ok(Self::Journal { storage, follower: Follower::new(0), read: VecDeque::new() })
    }

    fn lines(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let failed = || format!("cannot read the alerts {name}");
        let reader: Box<dyn std::io::BufRead> = if file == Path::new("-") {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(std::io::BufReader::new(std::fs::File::open(file).with_context(failed)?))
        };
        let mut alerts = Vec::new();
        for (number, line) in reader.split(b'\n').enumerate() {
            let line = line.with_context(failed)?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let alert = received(&line).with_context(|| format!("{name}:{}", number + 1))?;
            alerts.push(alert);
        }
        alerts.sort_by_key(|(alert, _)| alert.time_ns);
        Ok(Self::Lines(alerts.into()))
    }

    /// The time of the next alert; none where there is none.
    fn next_time(&mut self) -> anyhow::Result<Option<u64>> {
        let queue = match self {
            Self::Lines(queue) => queue,
            Self::Journal { storage, follower, read } => {
                while read.is_empty() {
                    let entries = follower.next(storage)?;
                    if entries.is_empty() {
                        break;
                    }
                    for entry in entries {
                        match entry.alert {
                            Ok(alert) => {
                                let sequence = alert.id.sequence;
                                read.push_back((alert, Some(sequence)));
                            }
                            Err(error) => complain(format!("record {}: {error}", entry.number)),
                        }
                    }
                }
                read
            }
        };
        Ok(queue.front().map(|(alert, _)| alert.time_ns))
    }

    fn next(&mut self) -> Option<Numbered> {
        match self {
            Self::Lines(queue) | Self::Journal { read: queue, .. } => queue.pop_front(),
        }
    }
}

/// Several sources, merged by time; what two of them have is given once.
pub(super) struct Sources {
    sources: Vec<Source>,
    /// Alerts of the last minute: time, and a hash of host and rule.
    recent: BTreeSet<(u64, u64)>,
}

impl Sources {
    pub(super) fn open(journals: &[&Path], files: &[&Path]) -> anyhow::Result<Self> {
        let journals = journals.iter().map(|folder| Source::journal(folder));
        let files = files.iter().map(|file| Source::lines(file));
        let sources = journals.chain(files).collect::<anyhow::Result<_>>()?;
        Ok(Self { sources, recent: BTreeSet::new() })
    }

    /// The next alert in order of time.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Numbered>> {
        loop {
            let mut first: Option<(u64, usize)> = None;
            for (number, source) in self.sources.iter_mut().enumerate() {
                let next = source.next_time()?.map(|time| (time, number));
                first = [first, next].into_iter().flatten().min();
            }
            let Some((_, number)) = first else { return Ok(None) };
            let Some((alert, sequence)) = self.sources.get_mut(number).and_then(Source::next)
            else {
                return Ok(None);
            };
            let mut hasher = DefaultHasher::new();
            (&alert.id.host, &alert.rule).hash(&mut hasher);
            let is_new = self.recent.insert((alert.time_ns, hasher.finish()));
            let old = (alert.time_ns.saturating_sub(COPIES), 0);
            while self.recent.first().is_some_and(|one| *one < old) {
                self.recent.pop_first();
            }
            if is_new {
                return Ok(Some((alert, sequence)));
            }
        }
    }
}
