//! One segment: its records one behind the other, and where that breaks, why.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, PublicKey};
use crate::error::JournalError;
use crate::notes::{self, Retired};
use crate::record::{Chain, Kind, Piece, Record, Records};
use crate::segment::{SEGMENT_HEADER, SegmentHeader};
use crate::verify::finding::Finding;

/// What a segment comes to.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) first: u64,
    pub(super) name: String,
    pub(super) header: Option<SegmentHeader>,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) alerts: u64,
    /// The last record, and its hash.
    pub(super) last: u64,
    pub(super) tip: Chain,
    /// The last checkpoint that holds: what it was signed for.
    pub(super) proven: Option<u64>,
    /// The oldest record that is kept, as retention wrote down.
    pub(super) kept_from: u64,
    /// Bytes of a record that is not written to its end.
    pub(super) torn: u64,
    pub(super) findings: Vec<Finding>,
    /// The hashes of the records that were asked for.
    pub(super) asked: BTreeMap<u64, Chain>,
}

/// A record's place and what its checks say.
#[derive(Debug, Clone, Copy)]
struct Slot<'b> {
    record: Record<'b>,
    /// It follows from the one with the number before.
    linked: bool,
}

/// Goes through a segment. `ask`: records whose hashes are wanted.
pub(super) fn examine(
    name: &str,
    first: u64,
    bytes: &[u8],
    key: &PublicKey,
    ask: &[u64],
) -> Result<Part, JournalError> {
    let header = SegmentHeader::read(bytes, name)?;
    let mut part = Part {
        first,
        name: name.to_owned(),
        header,
        bytes: bytes.len() as u64,
        last: first.saturating_sub(1),
        ..Part::default()
    };
    if header.is_none_or(|header| header.first != first) {
        part.findings.push(Finding::Header { segment: name.to_owned() });
    }
    let begin = if header.is_some() { SEGMENT_HEADER } else { 0 };
    let mut before = header.map(|header| header.before);
    let (mut next, mut whole) = (first, true);
    let mut checkpoints = Vec::new();
    for piece in Records::new(bytes, begin) {
        let record = match piece {
            Piece::Record(record) => record,
            Piece::Gap { start, end, torn: true } => {
                part.torn = (end - start) as u64;
                continue;
            }
            Piece::Gap { .. } => {
                whole = false;
                before = None;
                continue;
            }
        };
        let follows = before.is_some_and(|before| record.chained(bytes, &before) == *record.hash);
        whole &= follows && record.number == next;
        part.count(&record, ask);
        if record.kind == Kind::Checkpoint {
            checkpoints.push((record, before));
        }
        before = Some(*record.hash);
        next = record.number.saturating_add(1);
    }
    if whole {
        for (record, before) in checkpoints {
            part.check(&record, before, key);
        }
    } else {
        part.explain(bytes, begin, key);
    }
    Ok(part)
}

impl Part {
    fn count(&mut self, record: &Record<'_>, ask: &[u64]) {
        self.records += 1;
        self.alerts += u64::from(record.kind == Kind::Alert);
        if record.number >= self.last {
            self.last = record.number;
            self.tip = *record.hash;
        }
        if ask.contains(&record.number) {
            self.asked.insert(record.number, *record.hash);
        }
        if record.kind == Kind::Retired
            && let Some(retired) = notes::parse::<Retired>(record.payload)
        {
            self.kept_from = self.kept_from.max(retired.kept_from);
        }
    }

    /// Checks a checkpoint; `before` is the hash of the record with the number before its own.
    fn check(&mut self, record: &Record<'_>, before: Option<Chain>, key: &PublicKey) {
        let number = record.number;
        let signed = number.saturating_sub(1);
        let first = self.proven.map_or(self.first, |proven| proven.saturating_add(1));
        let checkpoint = Checkpoint::parse(record.payload);
        match checkpoint.filter(|checkpoint| checkpoint.is_signed_by(key)) {
            None => self.findings.push(Finding::Forged { number: Some(number) }),
            Some(checkpoint) if checkpoint.number != signed => {
                self.findings.push(Finding::Exchanged { number });
            }
            // The record before is not there: that is said of it.
            Some(_) if before.is_none() => {}
            Some(checkpoint) if checkpoint.chain() == before => self.proven = Some(signed),
            Some(_) => self.findings.push(Finding::Rewritten { first, last: signed }),
        }
    }

    /// Says why the records do not stand one behind the other as they were written.
    fn explain(&mut self, bytes: &[u8], begin: usize, key: &PublicKey) {
        let segment = self.name.clone();
        let mut slots: Vec<Slot<'_>> = Vec::new();
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        for piece in Records::new(bytes, begin) {
            match piece {
                Piece::Record(record) => slots.push(Slot { record, linked: false }),
                Piece::Gap { torn: true, .. } => {}
                Piece::Gap { start, end, .. } => gaps.push((start, end)),
            }
        }
        // By number; of several with one number all.
        let mut hashes: BTreeMap<u64, Vec<Chain>> = BTreeMap::new();
        if let Some(header) = self.header {
            hashes.insert(self.first.saturating_sub(1), vec![header.before]);
        }
        for slot in &slots {
            hashes.entry(slot.record.number).or_default().push(*slot.record.hash);
        }
        let predecessors = |record: &Record<'_>| {
            record.number.checked_sub(1).and_then(|before| hashes.get(&before)).cloned()
        };
        for slot in &mut slots {
            let predecessors = predecessors(&slot.record).unwrap_or_default();
            slot.linked =
                predecessors.iter().any(|one| slot.record.chained(bytes, one) == *slot.record.hash);
        }
        let slots = self.without_inserted(&slots, bytes);
        // Bytes that are no record: records that are missing there were changed.
        let mut missing = missing(self.first, &slots);
        for (start, end) in gaps {
            let before = slots.iter().rev().find(|slot| slot.record.offset < start);
            let behind = slots.iter().find(|slot| slot.record.offset >= end);
            let from = before.map_or(self.first, |slot| slot.record.number.saturating_add(1));
            let to = behind.map_or(from, |slot| slot.record.number.saturating_sub(1));
            if behind.is_none() {
                // The last record there was.
                self.findings.push(Finding::Changed {
                    segment: segment.clone(),
                    first: from,
                    last: from,
                });
            } else if missing.iter().any(|(first, last)| from <= *first && *last <= to) {
                missing.retain(|(first, last)| !(from <= *first && *last <= to));
                self.findings.push(Finding::Changed {
                    segment: segment.clone(),
                    first: from,
                    last: to,
                });
            } else {
                self.findings.push(Finding::Foreign {
                    segment: segment.clone(),
                    offset: start,
                    bytes: end - start,
                });
            }
        }
        let removed = missing.into_iter().map(|(first, last)| Finding::Removed { first, last });
        self.findings.extend(removed);
        self.order(&slots);
        for slot in &slots {
            let predecessors = predecessors(&slot.record);
            if !slot.linked && predecessors.is_some() {
                let number = slot.record.number;
                self.findings.push(Finding::Unchained { segment: segment.clone(), number });
            }
            if slot.record.kind == Kind::Checkpoint {
                let before = predecessors.and_then(|all| all.first().copied());
                self.check(&slot.record, before, key);
            }
        }
    }

    /// Of records with the same number the one that was written; the others are reported.
    fn without_inserted<'b>(&mut self, slots: &[Slot<'b>], bytes: &[u8]) -> Vec<Slot<'b>> {
        let followed = |slot: &Slot<'_>| {
            let next = slot.record.number.saturating_add(1);
            let mut behind = slots.iter().filter(|other| other.record.number == next);
            behind.any(|other| other.record.chained(bytes, slot.record.hash) == *other.record.hash)
        };
        let in_place = |at: usize| {
            let number = slots.get(at).map_or(0, |slot| slot.record.number);
            let before = at.checked_sub(1).and_then(|at| slots.get(at));
            before.map_or(self.first, |slot| slot.record.number.saturating_add(1)) == number
        };
        let mut best: BTreeMap<u64, ((bool, bool, bool), usize)> = BTreeMap::new();
        for (at, slot) in slots.iter().enumerate() {
            let worth = (slot.linked, followed(slot), in_place(at));
            let entry = best.entry(slot.record.number).or_insert((worth, at));
            if worth > entry.0 {
                *entry = (worth, at);
            }
        }
        // A number far beyond all others is no gap of that size.
        let mut kept = Vec::new();
        for (at, slot) in slots.iter().enumerate() {
            let number = slot.record.number;
            let foreign = number < self.first
                || (!slot.linked && number - self.first > slots.len() as u64 * 2 + 1_000_000);
            if best.get(&number).is_some_and(|(_, one)| *one == at) && !foreign {
                kept.push(*slot);
            } else {
                let (segment, offset) = (self.name.clone(), slot.record.offset);
                self.findings.push(Finding::Inserted { segment, number, offset });
            }
        }
        self.last = kept.iter().map(|slot| slot.record.number).max().unwrap_or(self.last);
        let last = kept.iter().find(|slot| slot.record.number == self.last);
        self.tip = last.map_or(self.tip, |slot| *slot.record.hash);
        kept
    }

    /// Says which records are not in their order.
    fn order(&mut self, slots: &[Slot<'_>]) {
        let numbers: Vec<u64> = slots.iter().map(|slot| slot.record.number).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let moved: Vec<u64> = sorted
            .iter()
            .zip(&numbers)
            .filter(|(right, there)| right != there)
            .map(|(right, _)| *right)
            .collect();
        let segment = self.name.clone();
        match moved.as_slice() {
            [] => {}
            [one, other] => {
                let (one, other) = (*one, *other);
                self.findings.push(Finding::Swapped { segment, one, other });
            }
            [first, .., last] => {
                let (first, last) = (*first, *last);
                self.findings.push(Finding::Disordered { segment, first, last });
            }
            [_] => {}
        }
    }
}

/// The numbers between the first and the last of a segment that no record has, as ranges.
fn missing(first: u64, slots: &[Slot<'_>]) -> Vec<(u64, u64)> {
    let mut numbers: Vec<u64> = slots.iter().map(|slot| slot.record.number).collect();
    numbers.sort_unstable();
    let mut next = first;
    let mut missing = Vec::new();
    for number in numbers {
        if number > next {
            missing.push((next, number - 1));
        }
        next = next.max(number.saturating_add(1));
    }
    missing
}
