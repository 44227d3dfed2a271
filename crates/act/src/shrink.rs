//! The account does not grow for ever: actions go that are older than a time, or the oldest ones beyond a size. What can
//! be taken back, is not known to be done, or has files in the store stays, however old.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use peregrine_respond::Task;

use crate::error::ActError;
use crate::identity::now_ns;
use crate::ledger::{Ledger, LeftOut, Line, Record, Step, Undo};
use crate::path::sync_folder;
use crate::process_table::Entry;
use crate::store::Store;

/// How much of the account is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Actions whose last step is older go.
    pub age: Duration,
    /// Bytes; beyond them the oldest actions go.
    pub size: u64,
}

/// An action, as far as it matters here.
struct Kept {
    record: Record,
    bytes: u64,
    /// The position behind its last line.
    end: u64,
}

/// Leaves actions out of the account; how many. `reported`: up to which position its lines became alerts, which those
/// of actions that go have all done.
pub(crate) fn shrink(
    ledger: &mut Ledger,
    store: &Store,
    bounds: Bounds,
    reported: u64,
) -> Result<usize, ActError> {
    let mut found: BTreeMap<u64, Kept> = BTreeMap::new();
    let (left_out, mut size) = (ledger.left_out, 0);
    let end = ledger.lines(0, &mut |text, end| {
        let bytes = text.len() as u64;
        size += bytes;
        let Ok(line) = serde_json::from_slice::<Line>(text) else { return };
        let nothing = || Kept { record: Record { lines: Vec::new() }, bytes: 0, end: 0 };
        let kept = found.entry(line.id).or_insert_with(nothing);
        kept.record.lines.push(line);
        (kept.bytes, kept.end) = (kept.bytes + bytes, end);
    })?;
    let gone = leave_out(&found, store, bounds, reported, size);
    if gone.is_empty() {
        return Ok(0);
    }
    let path = ledger.path.with_extension("new");
    let failed = || ledger.tried();
    let _ = std::fs::remove_file(&path);
    let mut options = OpenOptions::new();
    let mut new = options.append(true).create_new(true).mode(0o600).open(&path).map_err(failed())?;
    let mut text = Vec::new();
    ledger.lines(0, &mut |line, at| {
        let is_gone = serde_json::from_slice::<Line>(line).is_ok_and(|one| gone.contains(&one.id));
        let is_head = serde_json::from_slice::<LeftOut>(line).is_ok();
        if at <= end && !is_gone && !is_head {
            text.extend_from_slice(line);
        }
    })?;
    let head = head(end, text.len() as u64);
    new.write_all(&[head.as_bytes(), &text].concat())
        .and_then(|()| new.sync_data())
        .map_err(failed())?;
    // What was written meanwhile. None of it is about what goes: that cannot be taken back any more.
    ledger.lock()?;
    let mut rest: Vec<u8> = Vec::new();
    if ledger.left_out != left_out {
        // Somebody else did the same.
        return ledger.unlock().map(|()| 0);
    }
    let replaced = ledger.lines(end, &mut |line, _| rest.extend_from_slice(line)).and_then(|_| {
        let written = new.write_all(&rest).and_then(|()| new.sync_data());
        written.and_then(|()| std::fs::rename(&path, &ledger.path)).map_err(ledger.tried())
    });
    ledger.unlock()?;
    replaced?;
    if let Ok(folder) = File::open(store.folder()) {
        sync_folder(folder);
    }
    Ok(gone.len())
}

/// The first line of a file whose other lines have so many bytes and end at a position.
fn head(end: u64, bytes: u64) -> String {
    let of = |left_out: u64| format!("{{\"left_out\":{left_out:>20}}}\n");
    // However many digits: it always has as many bytes, which are part of what a place in the file is.
    of(end.saturating_sub(bytes + of(0).len() as u64))
}

/// The actions that go.
fn leave_out(
    found: &BTreeMap<u64, Kept>,
    store: &Store,
    bounds: Bounds,
    reported: u64,
    mut size: u64,
) -> BTreeSet<u64> {
    let now = now_ns();
    let age = u64::try_from(bounds.age.as_nanos()).unwrap_or(u64::MAX);
    // The greatest number stays, so that none is given twice.
    let last = found.keys().next_back();
    let mut may_go: Vec<(u64, u64, u64)> = found
        .iter()
        .filter(|(id, kept)| Some(*id) != last && kept.end <= reported)
        .filter_map(|(id, kept)| Some((kept.record.last()?.time_ns, *id, kept.bytes)))
        .collect();
    may_go.sort_unstable();
    let too_large = size > bounds.size;
    // It is not done again for every line.
    let wanted = bounds.size / 4 * 3;
    let mut gone = BTreeSet::new();
    for (time, id, bytes) in may_go {
        let goes = time.saturating_add(age) < now || (too_large && size > wanted);
        if goes && found.get(&id).is_some_and(|kept| !holds(&kept.record, id, store, now)) {
            gone.insert(id);
            size -= bytes;
        }
    }
    gone
}

/// Whether something of an action is still there that its record is needed for.
fn holds(record: &Record, id: u64, store: &Store, now: u64) -> bool {
    if record.last().is_some_and(|last| last.step == Step::Planned) {
        return true;
    }
    let is_stored = |kind: &str| store.folder().join(kind).join(id.to_string()).exists();
    if ["quarantine", "evidence", "captures"].into_iter().any(is_stored) {
        return true;
    }
    let (Some(undo), Some(last)) = (record.undo(), record.last()) else { return false };
    let begin = record.lines.first().map_or(0, |line| line.time_ns);
    match undo {
        Undo::Wake(stopped) => stopped.iter().any(|one| {
            Entry::of(one.pid).is_some_and(|entry| entry.ticks == one.ticks && entry.is_stopped())
        }),
        Undo::Thaw(folder) => folder.exists(),
        Undo::PutBack | Undo::PutOver { .. } => false,
        Undo::Unblock => match &last.task {
            Task::BlockAddress { hold, .. }
            | Task::BlockPort { hold, .. }
            | Task::Isolate { hold, .. } => {
                let hold = u64::try_from(hold.as_nanos()).unwrap_or(u64::MAX);
                begin.saturating_add(hold) > now
            }
            _ => true,
        },
        Undo::EnableUser { .. }
        | Undo::Labels { .. }
        | Undo::Uncordon { .. }
        | Undo::Container { .. } => true,
    }
}
