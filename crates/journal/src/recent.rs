//! The alerts that were written last, in memory: who keeps up with the journal reads them here, not from the
//! disk.

use std::collections::VecDeque;
use std::sync::Arc;

use peregrine_alert::Alert;

/// Bytes of alerts that are kept though they are in the journal: who is further behind reads them there.
const KEPT: usize = 4 << 20;

/// An alert that consumers may have.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Its record's number; none where it is not in the journal.
    pub(crate) number: Option<u64>,
    pub(crate) alert: Arc<Alert>,
    /// Bytes of memory it takes.
    pub(crate) weight: usize,
}

/// The alerts that were written last. Each has a serial number here, one after the other.
#[derive(Debug)]
pub(crate) struct Recent {
    alerts: VecDeque<Sent>,
    /// The serial number of the first.
    first: u64,
    bytes: usize,
    /// How many alerts and bytes there are at most.
    capacity: usize,
    most: usize,
    /// All alerts of the journal behind this record are here, or not written yet; none where the journal could
    /// not be opened yet.
    complete_after: Option<u64>,
    /// Alerts that are not in the journal and not here any more.
    unnumbered_gone: u64,
    /// The last record of an alert.
    pub(crate) last: u64,
    /// Nothing comes any more.
    pub(crate) ended: bool,
}

/// How far a consumer has read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    /// The last record it has had.
    pub(crate) after: u64,
    /// The serial number it goes on with.
    serial: u64,
    /// Alerts it has had that are not in the journal.
    unnumbered: u64,
    /// Alerts it did not get: they are not in the journal, and were gone here when it came to them.
    pub(crate) missed: u64,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Look {
    Sent(Sent),
    /// There are older ones in the journal.
    Behind,
    /// Nothing yet.
    Nothing,
}

impl Recent {
    pub(crate) fn new(capacity: usize, bytes: usize) -> Self {
        Self {
            alerts: VecDeque::new(),
            first: 0,
            bytes: 0,
            capacity: if capacity == 0 { usize::MAX } else { capacity },
            most: bytes,
            complete_after: None,
            unnumbered_gone: 0,
            last: 0,
            ended: false,
        }
    }

    #[cfg(test)]
    pub(crate) fn limit(&mut self, bytes: usize) {
        self.most = bytes;
    }

    /// The journal was opened: this is its last record.
    pub(crate) fn opened(&mut self, last: u64) {
        self.complete_after = Some(last);
        self.last = last;
    }

    /// The position of one who has had everything there is.
    pub(crate) fn end(&self) -> Position {
        let here = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let unnumbered = self.alerts.iter().filter(|sent| sent.number.is_none()).count();
        Position {
            after: self.last,
            serial: self.first + here(self.alerts.len()),
            unnumbered: self.unnumbered_gone + here(unnumbered),
            missed: 0,
        }
    }

    /// Adds an alert; the oldest go where there are too many.
    pub(crate) fn push(&mut self, sent: Sent) {
        self.bytes += sent.weight;
        self.last = sent.number.unwrap_or(self.last);
        self.alerts.push_back(sent);
        while self.is_over()
            && let Some(gone) = self.alerts.pop_front()
        {
            self.bytes -= gone.weight;
            self.first += 1;
            match gone.number {
                Some(number) => self.complete_after = Some(number),
                None => self.unnumbered_gone += 1,
            }
        }
    }

    /// Whether the oldest has to go. One that is not in the journal is nowhere else.
    fn is_over(&self) -> bool {
        let written = self.alerts.front().is_some_and(|oldest| oldest.number.is_some());
        let most = if written { self.most.min(KEPT) } else { self.most };
        self.alerts.len() > 1 && (self.alerts.len() > self.capacity || self.bytes > most)
    }

    /// The next alert for a consumer.
    pub(crate) fn look(&self, position: &mut Position) -> Look {
        if self.complete_after.is_some_and(|complete| position.after < complete) {
            return Look::Behind;
        }
        if position.serial < self.first {
            position.serial = self.first;
            let missed = self.unnumbered_gone.saturating_sub(position.unnumbered);
            position.missed += missed;
            position.unnumbered += missed;
        }
        loop {
            let at = usize::try_from(position.serial - self.first).unwrap_or(usize::MAX);
            let Some(sent) = self.alerts.get(at) else { return Look::Nothing };
            position.serial += 1;
            match sent.number {
                // It was read from the journal.
                Some(number) if number <= position.after => continue,
                Some(number) => position.after = number,
                None => position.unnumbered += 1,
            }
            return Look::Sent(sent.clone());
        }
    }

    /// The consumer found nothing more in the journal, though there should be: it goes on with what is here.
    /// Returns how many records it passes.
    pub(crate) fn pass(&self, position: &mut Position) -> u64 {
        let complete = self.complete_after.unwrap_or_default();
        let passed = complete.saturating_sub(position.after);
        position.after = position.after.max(complete);
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_journal_is_kept_for_a_while_what_is_nowhere_else_as_long_as_there_is_room() {
        let alert = Arc::new(crate::tests::alert(1, 2));
        let weight = KEPT / 8;
        let check = |numbers: &[Option<u64>], kept: usize, gone: u64| {
            let mut recent = Recent::new(0, 4 * KEPT);
            recent.opened(0);
            for number in numbers {
                recent.push(Sent { number: *number, alert: Arc::clone(&alert), weight });
            }
            assert_eq!((recent.alerts.len(), recent.unnumbered_gone), (kept, gone), "{numbers:?}");
        };
        let numbered: Vec<_> = (1..=100).map(Some).collect();
        check(&numbered, 8, 0);
        check(&[None; 30], 30, 0);
        check(&[None; 40], 32, 8);
        // The first ones hold back what could go, until they have to.
        check(&[vec![None; 4], numbered.clone()].concat(), 8, 4);
        check(&[numbered, vec![None; 20]].concat(), 20, 0);
    }
}
