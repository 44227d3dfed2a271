//! Whether a journal is what was written: each segment by itself, all at once, then what joins them.

mod finding;
mod part;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checkpoint::{Checkpoint, PublicKey, hex};
use crate::error::JournalError;
use crate::record::Chain;
use crate::segment::segments;
use crate::storage::{Anchor, Storage};

use self::part::{Part, examine};

pub use finding::Finding;

/// How often a journal is read anew that changes meanwhile.
const TRIES: usize = 4;

/// What a journal is compared with.
#[derive(Debug, Clone)]
pub struct Against {
    /// The key that signed its checkpoints.
    pub key: PublicKey,
    /// The checkpoint that is kept beside the key: an error of reading it is none.
    pub head: Option<Vec<u8>>,
    /// A record and its hash that somebody noted elsewhere.
    pub noted: Option<(u64, Chain)>,
}

impl Against {
    /// What an anchor has.
    ///
    /// # Errors
    /// When it has no public key, or cannot be read.
    pub fn anchor<S: Storage>(anchor: &Anchor<S>) -> Result<Self, JournalError> {
        let name = anchor.name("head");
        let head = anchor.load("head").map_err(JournalError::storage("read", &name))?;
        Ok(Self { key: PublicKey::load(anchor)?, head, noted: None })
    }
}

/// What a journal comes to.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// How many segments there are.
    pub segments: usize,
    /// Bytes of all.
    pub bytes: u64,
    /// How many records.
    pub records: u64,
    /// How many of them are alerts.
    pub alerts: u64,
    /// The oldest record; 0 where there is none.
    pub first: u64,
    /// The last record; 0 where there is none.
    pub last: u64,
    /// The hash of the last record, which depends on all before: 64 hexadecimal digits.
    pub chain: String,
    /// The last record that a checkpoint proves; 0 where there is none.
    pub proven: u64,
    /// Bytes at the end that are not a whole record: it is being written, or a crash ended it.
    pub torn: u64,
    /// Everything that is not as it was written.
    pub findings: Vec<Finding>,
}

/// Verifies a journal, also while it is written.
///
/// # Errors
/// When it cannot be read.
pub fn verify<S: Storage + Sync>(storage: &S, against: &Against) -> Result<Verified, JournalError> {
    let head = against
        .head
        .as_deref()
        .map(|bytes| Checkpoint::parse(bytes).filter(|head| head.is_signed_by(&against.key)));
    let signed = head.iter().flatten().filter_map(|head| Some((head.number, head.chain()?)));
    let known: Vec<(u64, Chain)> = signed.chain(against.noted).collect();
    let ask: Vec<u64> = known.iter().map(|(number, _)| *number).collect();
    let mut tries = 0;
    let parts = loop {
        tries += 1;
        match parts(storage, against, &ask) {
            // Retention took a segment after they were listed.
            Err(JournalError::Storage { source, .. })
                if source.kind() == io::ErrorKind::NotFound && tries < TRIES => {}
            parts => break parts?,
        }
    };
    let mut verified = Verified::default();
    if let Some(None) = head {
        verified.findings.push(Finding::Forged { number: None });
    }
    join(&parts, &mut verified);
    for (number, chain) in known {
        let there = parts.iter().find_map(|part| part.asked.get(&number));
        if number > verified.last {
            let last = verified.last;
            verified.findings.push(Finding::CutTail { last, signed: number });
        } else if there.is_some_and(|there| *there != chain) {
            verified.findings.push(Finding::Rewritten { first: number, last: number });
        } else if there.is_some() {
            verified.proven = verified.proven.max(number);
        }
    }
    for part in parts {
        verified.findings.extend(part.findings);
    }
    Ok(verified)
}

/// Every segment by itself, as many at once as there are CPUs.
fn parts<S: Storage + Sync>(
    storage: &S,
    against: &Against,
    ask: &[u64],
) -> Result<Vec<Part>, JournalError> {
    let segments = segments(storage)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((first, name)) = segments.get(next.fetch_add(1, Ordering::Relaxed)) {
            let bytes = storage.read_all(name).map_err(JournalError::storage("read", name))?;
            done.push(examine(name, *first, &bytes, &against.key, ask)?);
        }
        Ok::<_, JournalError>(done)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(segments.len());
    let mut parts = Vec::with_capacity(segments.len());
    std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        parts.extend(work()?);
        for thread in running {
            match thread.join() {
                Ok(done) => parts.extend(done?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, JournalError>(())
    })?;
    parts.sort_by_key(|part| part.first);
    Ok(parts)
}

/// What joins the segments.
fn join(parts: &[Part], verified: &mut Verified) {
    let findings = &mut verified.findings;
    let kept_from = parts.iter().map(|part| part.kept_from).max().unwrap_or(0).max(1);
    let mut expected = kept_from;
    let mut before: Option<&Part> = None;
    for (at, part) in parts.iter().enumerate() {
        let last_part = at + 1 == parts.len();
        if part.first > expected {
            findings.push(Finding::Removed { first: expected, last: part.first - 1 });
        } else if let (Some(before), Some(header)) = (before, part.header)
            && (part.first < expected || before.tip != header.before)
        {
            findings.push(Finding::SegmentUnchained { segment: part.name.clone() });
        }
        if part.torn > 0 && last_part {
            verified.torn = part.torn;
        } else if part.torn > 0 {
            let (segment, first) = (part.name.clone(), part.last.saturating_add(1));
            findings.push(Finding::Changed { segment, first, last: first });
        }
        verified.bytes += part.bytes;
        verified.records += part.records;
        verified.alerts += part.alerts;
        verified.proven = verified.proven.max(part.proven.unwrap_or(0));
        expected = part.last.saturating_add(1);
        before = Some(part);
    }
    verified.segments = parts.len();
    verified.first = parts.first().map_or(0, |part| part.first);
    verified.last = parts.last().map_or(0, |part| part.last);
    verified.chain = parts.last().map(|part| hex(&part.tip)).unwrap_or_default();
}
