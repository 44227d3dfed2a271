//! How a writer begins: what the one before left, what a crash tore, what is not as it was written.

use std::collections::VecDeque;

use crate::checkpoint::{Checkpoint, Key};
use crate::cursors::{CURSORS, Cursors};
use crate::error::JournalError;
use crate::index::Index;
use crate::journal::{Acknowledged, Active, Full, Journal};
use crate::notes::{self, Opened};
use crate::notice::JournalNotice;
use crate::options::{Now, Options};
use crate::record::{Chain, HASH, Kind, Piece, Records};
use crate::segment::{SEGMENT_HEADER, Seal, SegmentHeader, segments};
use crate::storage::{Anchor, Storage};

/// Where the journal ends, and what was found on the way there.
#[derive(Debug)]
struct End {
    /// The number of the next record.
    next: u64,
    tip: Chain,
    /// The segment to go on with.
    active: Option<Active>,
    /// The last checkpoint in it.
    since_checkpoint: u64,
    torn_bytes: u64,
    notices: Vec<JournalNotice>,
}

impl<S: Storage> Journal<S> {
    /// Goes on with the journal of a folder, or begins one. The key is made where there is none.
    ///
    /// # Errors
    /// When the folder or the anchor cannot be used, or is not one of a journal.
    pub fn open(
        mut folder: S,
        mut anchor: Anchor<S>,
        options: Options,
        now: Now,
    ) -> Result<Self, JournalError> {
        let key = Key::load_or_make(&mut anchor)?;
        let mut names = segments(&folder)?;
        let mut end = find_end(&mut folder, &mut names, now)?;
        let missing = compare_with_head(&anchor, &key, &folder, &names, &mut end)?;
        if let Some((first, last)) = missing {
            end.notices.push(JournalNotice::Missing { first, last });
        }
        let mut full = VecDeque::new();
        for (first, name) in names {
            if end.active.as_ref().is_none_or(|active| active.first != first) {
                full.push_back(full_segment(&folder, first, name)?);
            }
        }
        let mut cursors = load_cursors(&folder, &mut end.notices)?;
        let last = end.next - 1;
        // What a power cut took has numbers that others will have.
        cursors.0.values_mut().for_each(|cursor| *cursor = last.min(*cursor));
        let mut journal = Self {
            folder,
            anchor,
            key,
            options,
            full,
            active: end.active,
            uncertain: 0,
            waiting: end.tip.to_vec(),
            rows: Vec::new(),
            next: end.next,
            since_checkpoint: end.since_checkpoint,
            checkpointed: now.elapsed,
            latest: None,
            head: 0,
            head_kept: now.elapsed,
            acknowledged: Acknowledged { written: last, durable: 0 },
            synced: now.elapsed,
            looked: now.elapsed,
            kept_from: 0,
            cursors,
            cursors_changed: false,
            cursors_saved: None,
            failing: false,
            notices: end.notices,
        };
        let note = notes::bytes(&Opened { torn_bytes: end.torn_bytes, missing });
        journal.push(Kind::Opened, now.wall_ns, &note);
        // What is there is proven from now on, also where this writer ends soon.
        journal.sign(now);
        Ok(journal)
    }
}

/// Reads the last segment, and cuts off what is torn.
fn find_end<S: Storage>(
    folder: &mut S,
    names: &mut Vec<(u64, String)>,
    now: Now,
) -> Result<End, JournalError> {
    let mut end = End {
        next: 1,
        tip: [0; HASH],
        active: None,
        since_checkpoint: 0,
        torn_bytes: 0,
        notices: Vec::new(),
    };
    while let Some((first, name)) = names.last() {
        let bytes = folder.read_all(name).map_err(JournalError::storage("read", name))?;
        let header = SegmentHeader::read(&bytes, name)?;
        let mut look = Look::new(&bytes, header, *first);
        let at = if header.is_some() { SEGMENT_HEADER } else { 0 };
        Records::new(&bytes, at).for_each(|piece| look.take(piece));
        if let Some((_, number)) = look.unchained {
            look.next = number;
        }
        if header.is_none() && look.last.is_none() && !is_begun(&bytes) {
            // Whatever it is: it stays for whoever examines it, and is in nobody's way.
            let aside = format!("{name}.damaged");
            folder.rename(name, &aside).map_err(JournalError::storage("rename", name))?;
            let what = format!("{name} is no segment: it is kept as {aside}");
            end.notices.push(JournalNotice::Damaged(what));
            names.pop();
            continue;
        }
        if header.is_none() && look.last.is_none() {
            // A segment whose begin was not written to its end has nothing yet.
            folder.remove(name).map_err(JournalError::storage("delete", name))?;
            if !bytes.is_empty() {
                end.torn_bytes += bytes.len() as u64;
                let (segment, bytes) = (name.clone(), bytes.len() as u64);
                end.notices.push(JournalNotice::TornTail { segment, bytes });
            }
            names.pop();
            continue;
        }
        (end.next, end.tip) = (look.next, look.tip);
        end.since_checkpoint = look.since_checkpoint;
        if let Some(what) = look.damage {
            let what = format!("{name}: {what}");
            end.notices.push(JournalNotice::Damaged(what));
        } else {
            let whole = look.torn.unwrap_or(bytes.len()) as u64;
            let cut = bytes.len() as u64 - whole;
            if cut > 0 {
                folder.truncate(name, whole).map_err(JournalError::storage("truncate", name))?;
                end.torn_bytes += cut;
                let segment = name.clone();
                end.notices.push(JournalNotice::TornTail { segment, bytes: cut });
            }
            if look.last != Some(Kind::Seal) {
                end.active = Some(Active {
                    first: *first,
                    name: name.clone(),
                    size: whole,
                    created_ns: header.map_or(now.wall_ns, |header| header.created_ns),
                    index: look.index,
                    torn: false,
                });
            }
        }
        break;
    }
    Ok(end)
}

/// Whether these bytes are what a crash leaves of a segment that was begun: a part of a header, or zeros.
fn is_begun(bytes: &[u8]) -> bool {
    bytes.len() < SEGMENT_HEADER || bytes.iter().all(|byte| *byte == 0)
}

/// What reading a segment comes to.
struct Look<'b> {
    bytes: &'b [u8],
    first: u64,
    next: u64,
    tip: Chain,
    last: Option<Kind>,
    index: Index,
    since_checkpoint: u64,
    /// Where the end is torn.
    torn: Option<usize>,
    /// A record whose hash is wrong: where it begins, and its number. Torn within its hash where nothing
    /// follows, else damage.
    unchained: Option<(usize, u64)>,
    damage: Option<String>,
}

impl<'b> Look<'b> {
    fn new(bytes: &'b [u8], header: Option<SegmentHeader>, first: u64) -> Self {
        let damage = match header {
            Some(header) if header.first == first => None,
            Some(header) => Some(format!("it begins with record {}", header.first)),
            None => Some("its header is damaged".to_owned()),
        };
        Self {
            bytes,
            first,
            next: first,
            tip: header.map_or([0; HASH], |header| header.before),
            last: None,
            index: Index::default(),
            since_checkpoint: 1,
            torn: None,
            unchained: None,
            damage,
        }
    }

    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Gap { start, end, .. } if end == self.bytes.len() => {
                self.torn.get_or_insert(start);
            }
            Piece::Gap { start, end, .. } => {
                let what = format!("the bytes {start} to {end} are no record");
                self.damage.get_or_insert(what);
            }
            Piece::Record(record) => {
                if let Some((_, number)) = self.unchained.take() {
                    let what = format!("record {number} is not what was written");
                    self.damage.get_or_insert(what);
                    self.torn = None;
                }
                let chained = record.chained(self.bytes, &self.tip) == *record.hash;
                if record.number != self.next || self.last == Some(Kind::Seal) {
                    let what = format!("record {} is not in its place", record.number);
                    self.damage.get_or_insert(what);
                } else if !chained {
                    self.unchained = Some((record.offset, record.number));
                    self.torn = Some(record.offset);
                    self.next = self.next.saturating_add(1);
                    return;
                }
                let checkpoint = record.kind == Kind::Checkpoint;
                self.since_checkpoint = if checkpoint { 0 } else { self.since_checkpoint + 1 };
                self.index.add_record(&record, self.first);
                self.last = Some(record.kind);
                self.next = self.next.max(record.number.saturating_add(1));
                self.tip = *record.hash;
            }
        }
    }
}

/// Compares with the checkpoint beside the key. Records it proves and that are gone: their numbers
/// are not used again.
fn compare_with_head<S: Storage>(
    anchor: &Anchor<S>,
    key: &Key,
    folder: &S,
    names: &[(u64, String)],
    end: &mut End,
) -> Result<Option<(u64, u64)>, JournalError> {
    let name = anchor.name("head");
    let Some(bytes) = anchor.load("head").map_err(JournalError::storage("read", &name))? else {
        return Ok(None);
    };
    let head = Checkpoint::parse(&bytes).filter(|head| head.is_signed_by(&key.public()));
    let Some((head, chain)) = head.and_then(|head| Some((head.clone(), head.chain()?))) else {
        let what = format!("{name} is not a checkpoint of this journal's key");
        end.notices.push(JournalNotice::Damaged(what));
        return Ok(None);
    };
    if head.number >= end.next {
        let missing = (end.next, head.number);
        (end.next, end.tip, end.active) = (head.number + 1, chain, None);
        return Ok(Some(missing));
    }
    if let Some((_, name)) = names.last().filter(|(first, _)| *first <= head.number) {
        let bytes = folder.read_all(name).map_err(JournalError::storage("read", name))?;
        let signed = Records::new(&bytes, SEGMENT_HEADER).any(|piece| match piece {
            Piece::Record(record) => record.number == head.number && *record.hash == chain,
            Piece::Gap { .. } => false,
        });
        if !signed {
            let what = format!("record {} is not the one that was signed", head.number);
            end.notices.push(JournalNotice::Damaged(what));
            end.active = None;
        }
    }
    Ok(None)
}

fn full_segment<S: Storage>(folder: &S, first: u64, name: String) -> Result<Full, JournalError> {
    let size = folder.size(&name).map_err(JournalError::storage("look at", &name))?;
    let (alerts, newest_ns) = if let Some(seal) = Seal::load(folder, &name, size)? {
        (seal.alerts, seal.newest_ns)
    } else {
        let rows = Index::load(folder, &name, first)?.rows;
        (rows.len() as u64, rows.iter().map(|row| row.time_ns).max().unwrap_or_default())
    };
    Ok(Full { first, name, size, alerts, newest_ns })
}

fn load_cursors<S: Storage>(
    folder: &S,
    notices: &mut Vec<JournalNotice>,
) -> Result<Cursors, JournalError> {
    match folder.read_all(CURSORS) {
        Ok(bytes) => Ok(Cursors::parse(&bytes).unwrap_or_else(|| {
            let what = "the file of cursors is damaged: consumers begin behind the last alert";
            notices.push(JournalNotice::Damaged(what.to_owned()));
            Cursors::default()
        })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Cursors::default()),
        Err(error) => Err(JournalError::storage("read", CURSORS)(error)),
    }
}
