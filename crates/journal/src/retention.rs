//! What goes: the oldest segments, written down before they do, with what nobody had read of them.

use std::io;
use std::time::Duration;

use crate::error::JournalError;
use crate::index::Index;
use crate::journal::{Full, Journal};
use crate::notes::{self, Retired};
use crate::notice::{JournalNotice, Unread};
use crate::options::{Fsync, Now, nanoseconds};
use crate::record::Kind;
use crate::storage::Storage;

/// How often it is looked whether all segments are there.
const LOOK: Duration = Duration::from_secs(10);

impl<S: Storage> Journal<S> {
    /// Takes the oldest segments away, as far as size and age ask for it.
    pub(crate) fn retire(&mut self, now: Now) -> Result<(), JournalError> {
        let active = self.active.as_ref().map_or(0, |active| active.size);
        let mut size = active + self.full.iter().map(|full| full.size).sum::<u64>();
        let oldest = now.wall_ns.saturating_sub(nanoseconds(self.options.max_age));
        let mut count = 0;
        for full in &self.full {
            if size <= self.options.max_size && full.newest_ns >= oldest {
                break;
            }
            size -= full.size;
            count += 1;
        }
        self.take_away(count, now)
    }

    /// Takes the segments away that have no record behind `up_to`, and none that was written at `before_ns` or later.
    ///
    /// # Errors
    /// When they cannot be deleted, or it cannot be written down that they are.
    pub fn trim(&mut self, up_to: u64, before_ns: u64, now: Now) -> Result<(), JournalError> {
        let active = self.active.as_ref().map_or(self.next, |active| active.first);
        let firsts = self.full.iter().map(|full| full.first).skip(1).chain([active]);
        let gone = |(full, next): &(&Full, u64)| *next <= up_to + 1 && full.newest_ns < before_ns;
        let count = self.full.iter().zip(firsts).take_while(gone).count();
        self.take_away(count, now)
    }

    /// Takes the oldest segments away.
    fn take_away(&mut self, count: usize, now: Now) -> Result<(), JournalError> {
        if count == 0 {
            return Ok(());
        }
        let kept_from = match (self.full.get(count), &self.active) {
            (Some(full), _) => full.first,
            (None, Some(active)) => active.first,
            (None, None) => self.next,
        };
        if kept_from > self.kept_from {
            self.announce(kept_from, count, now)?;
        }
        for _ in 0..count {
            let Some(full) = self.full.front() else { break };
            match self.folder.remove(&full.name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::storage("delete", &full.name)(error));
                }
                _ => self.full.pop_front(),
            };
        }
        Ok(())
    }

    /// Writes down what retention is about to take.
    fn announce(&mut self, kept_from: u64, count: usize, now: Now) -> Result<(), JournalError> {
        let mut unread: Vec<Unread> = Vec::new();
        let mut alerts = 0;
        for full in self.full.iter().take(count) {
            alerts += full.alerts;
            for (consumer, cursor) in &self.cursors.0 {
                let missed = self.alerts_behind(full, *cursor);
                match unread.iter_mut().find(|one| one.consumer == *consumer) {
                    _ if missed == 0 => {}
                    Some(one) => one.alerts += missed,
                    None => {
                        unread.push(Unread { consumer: consumer.clone(), alerts: missed });
                    }
                }
            }
        }
        let names = unread.iter().map(|one| (one.consumer.clone(), one.alerts)).collect();
        let note = notes::bytes(&Retired { kept_from, alerts, unread: names });
        self.push(Kind::Retired, now.wall_ns, &note);
        // Said once: where writing fails the record waits with the others.
        self.kept_from = kept_from;
        if !unread.is_empty() {
            self.notices.push(JournalNotice::RetiredUnread { alerts, unread });
        }
        self.flush(now)?;
        if self.options.fsync != Fsync::Never {
            self.sync_segment(now)?;
        }
        Ok(())
    }

    /// How many alerts of a segment lie behind a cursor.
    fn alerts_behind(&self, full: &Full, cursor: u64) -> u64 {
        if cursor < full.first {
            return full.alerts;
        }
        // Only the segment that the cursor lies in has some of either.
        let next = self.full.iter().map(|other| other.first).find(|first| *first > full.first);
        let active = || self.active.as_ref().map(|active| active.first);
        let next = next.or_else(active).unwrap_or(self.next);
        if cursor >= next - 1 {
            return 0;
        }
        // A segment that cannot be read has nothing that can be counted.
        let index = Index::load(&self.folder, &full.name, full.first).unwrap_or_default();
        let numbers = index.rows.iter().map(|row| full.first.saturating_add(u64::from(row.number)));
        numbers.filter(|number| *number > cursor).count() as u64
    }

    /// How many alerts a consumer has not had.
    pub(crate) fn unread(&self, consumer: &str) -> u64 {
        let cursor = self.cursors.0.get(consumer).copied().unwrap_or_default();
        let full: u64 = self.full.iter().map(|full| self.alerts_behind(full, cursor)).sum();
        let Some(active) = &self.active else { return full };
        let numbers = active.index.rows.iter().map(|row| active.first + u64::from(row.number));
        full + numbers.filter(|number| *number > cursor).count() as u64
    }

    /// Looks whether all segments are there.
    pub(crate) fn look(&mut self, now: Now) -> Result<(), JournalError> {
        if now.elapsed.saturating_sub(self.looked) < LOOK {
            return Ok(());
        }
        self.looked = now.elapsed;
        let names = self.folder.list().map_err(JournalError::storage("list", "the journal"))?;
        let notices = &mut self.notices;
        self.full.retain(|full| {
            let there = names.contains(&full.name);
            if !there {
                let what = format!("{} is gone: somebody else deleted it", full.name);
                notices.push(JournalNotice::Damaged(what));
            }
            there
        });
        Ok(())
    }
}
