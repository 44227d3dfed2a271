//! Every way to change a journal, and what `verify` calls it.

use super::disk::Disk;
use super::{alert, anchor, at, open, read_all, verified};
use crate::checkpoint::Checkpoint;
use crate::notice::JournalNotice;
use crate::options::Options;
use crate::record::{self, Chain, HASH, HEADER, Kind, Piece, Record, Records};
use crate::segment::{SEGMENT_HEADER, SegmentHeader, segments};
use crate::storage::Storage as _;
use crate::verify::Finding;

fn options() -> Options {
    Options { max_size: 128 << 10, checkpoint_records: 20, ..Options::default() }
}

/// A journal of a few segments.
fn journal() -> Disk {
    let disk = Disk::new(3);
    let mut journal = open(&disk, options(), at(0));
    for n in 0..80 {
        journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
        journal.commit(at(n)).unwrap();
    }
    journal.close(at(80)).unwrap();
    assert!(segments(&disk).unwrap().len() >= 3);
    assert_eq!(verified(&disk).findings, []);
    disk
}

/// A record as owned parts.
#[derive(Debug, Clone)]
struct Owned {
    number: u64,
    time_ns: u64,
    kind: Kind,
    payload: Vec<u8>,
    bytes: Vec<u8>,
}

fn records(bytes: &[u8]) -> Vec<Owned> {
    Records::new(bytes, SEGMENT_HEADER)
        .map(|piece| {
            let Piece::Record(Record { number, time_ns, kind, payload, offset, .. }) = piece else {
                panic!("{piece:?}")
            };
            let bytes = bytes[offset..offset + HEADER + payload.len() + HASH].to_vec();
            Owned { number, time_ns, kind, payload: payload.to_vec(), bytes }
        })
        .collect()
}

/// Puts other records into a segment, as they are.
fn put(bytes: &mut Vec<u8>, records: &[Owned]) {
    bytes.truncate(SEGMENT_HEADER);
    bytes.extend(records.iter().flat_map(|record| &record.bytes));
}

/// The same, with numbers and hashes made anew behind `before`: what root can do without the key.
fn forge(before: Chain, first: u64, records: &[Owned]) -> Vec<u8> {
    let mut out = before.to_vec();
    for (number, one) in (first..).zip(records) {
        record::write(&mut out, number, one.time_ns, one.kind, &one.payload);
    }
    out.split_off(HASH)
}

/// The name of the second segment.
fn second(disk: &Disk) -> String {
    segments(disk).unwrap()[1].1.clone()
}

/// Changes the records of the second segment, and says what is found.
fn with_records(change: impl FnOnce(&mut Vec<Owned>)) -> Vec<Finding> {
    let disk = journal();
    disk.edit(&second(&disk), |bytes| {
        let mut all = records(bytes);
        change(&mut all);
        put(bytes, &all);
    });
    verified(&disk).findings
}

/// Changes the records of the second segment and makes it a right chain again, as far as its end.
fn forged(change: impl FnOnce(&mut Vec<Owned>)) -> Vec<Finding> {
    let disk = journal();
    disk.edit(&second(&disk), |bytes| {
        let header = SegmentHeader::parse(bytes).unwrap();
        let mut all = records(bytes);
        change(&mut all);
        bytes.truncate(SEGMENT_HEADER);
        bytes.extend(forge(header.before, header.first, &all));
    });
    verified(&disk).findings
}

/// An alert in the middle of the second segment.
fn middle(all: &[Owned]) -> usize {
    (3..all.len())
        .find(|at| all[*at - 1].kind == Kind::Alert && all[*at].kind == Kind::Alert)
        .unwrap()
}

#[test]
fn a_flipped_bit_is_a_changed_record_whatever_bit_it_is() {
    let disk = journal();
    let name = second(&disk);
    let bytes = disk.read_all(&name).unwrap();
    let step = 61;
    for bit in (SEGMENT_HEADER * 8..bytes.len() * 8).step_by(step) {
        let copy = disk.copy();
        copy.edit(&name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let hit = Records::new(&bytes, SEGMENT_HEADER).find_map(|piece| match piece {
            Piece::Record(record) if record.end() > bit / 8 => Some(record.number),
            _ => None,
        });
        let hit = hit.unwrap();
        let findings = verified(&copy).findings;
        let named = findings.iter().any(|finding| match finding {
            Finding::Changed { first, last, .. } => (*first..=*last).contains(&hit),
            // The bit is in its hash.
            Finding::Unchained { number, .. } => *number == hit,
            _ => false,
        });
        assert!(named, "bit {bit} of record {hit}: {findings:?}");
    }
    for bit in (0..SEGMENT_HEADER * 8).step_by(7) {
        let copy = disk.copy();
        copy.edit(&name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let findings = verified(&copy).findings;
        let header = findings.iter().any(|one| matches!(one, Finding::Header { .. }));
        assert!(header, "bit {bit} of the header: {findings:?}");
    }
}

#[test]
fn a_record_changed_with_its_checksum_is_named() {
    let mut number = 0;
    let findings = with_records(|all| {
        let at = middle(all);
        number = all[at].number;
        let mut out = vec![0; HASH];
        let payload = String::from_utf8(all[at].payload.clone()).unwrap().replace("alert", "other");
        record::write(&mut out, number, all[at].time_ns, Kind::Alert, payload.as_bytes());
        let end = out.len() - HASH;
        let hash = all[at].bytes.len() - HASH..;
        all[at].bytes = [&out[HASH..end], &all[at].bytes[hash]].concat();
    });
    let [Finding::Unchained { number: found, .. }] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(*found, number);
}

#[test]
fn removed_records_are_named() {
    let (mut first, mut last) = (0, 0);
    let findings = with_records(|all| {
        let at = middle(all);
        (first, last) = (all[at].number, all[at + 1].number);
        all.drain(at..at + 2);
    });
    assert_eq!(findings, [Finding::Removed { first, last }]);
}

#[test]
fn swapped_records_are_named() {
    for apart in [1, 4] {
        let mut numbers = (0, 0);
        let findings = with_records(|all| {
            let at = middle(all);
            numbers = (all[at].number, all[at + apart].number);
            all.swap(at, at + apart);
        });
        let [Finding::Swapped { one, other, .. }] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((*one, *other), numbers);
    }
}

#[test]
fn inserted_records_are_named() {
    // A copy of another, one that takes the next number, one that takes a number far off.
    for source in 0..3 {
        let mut number = 0;
        let findings = with_records(|all| {
            let at = middle(all);
            let mut other = all[at + 3].clone();
            if source > 0 {
                number = if source == 1 { all[at].number } else { u64::MAX };
                let mut out = all[at - 1].bytes[all[at - 1].bytes.len() - HASH..].to_vec();
                record::write(&mut out, number, 5, Kind::Alert, b"{\"rule\": \"made up\"}");
                other.bytes = out.split_off(HASH);
            } else {
                number = other.number;
            }
            all.insert(at, other);
        });
        let inserted = findings.iter().any(
            |finding| matches!(finding, Finding::Inserted { number: found, .. } if *found == number),
        );
        assert!(inserted && findings.len() == 1, "{source}: {findings:?}");
    }
}

#[test]
fn foreign_bytes_are_named() {
    let findings = with_records(|all| {
        let at = middle(all);
        all[at].bytes.splice(0..0, *b"what is this");
    });
    let [Finding::Foreign { bytes: 12, .. }] = &findings[..] else { panic!("{findings:?}") };
}

#[test]
fn what_was_signed_cannot_be_written_anew_without_the_key() {
    let check = |change: fn(&mut Vec<Owned>)| {
        let findings = forged(change);
        let rewritten = |finding: &Finding| {
            matches!(finding, Finding::Rewritten { .. } | Finding::Exchanged { .. })
        };
        assert!(findings.iter().any(rewritten), "{findings:?}");
    };
    check(|all| {
        let at = middle(all);
        let text = String::from_utf8(all[at].payload.clone()).unwrap();
        all[at].payload = text.replace("alert", "other").into_bytes();
    });
    check(|all| {
        let at = middle(all);
        all.remove(at);
    });
    check(|all| {
        let at = middle(all);
        let copy = all[at].clone();
        all.insert(at, copy);
    });
    check(|all| {
        let at = middle(all);
        all.swap(at, at + 1);
    });
}

#[test]
fn exchanged_checkpoints_are_named() {
    // Another true checkpoint; one of another key; one that is none.
    let number_of = |disk: &Disk| {
        let bytes = disk.read_all(&second(disk)).unwrap();
        let all = records(&bytes);
        let mut at = all.iter().enumerate().filter(|(_, one)| one.kind == Kind::Checkpoint);
        let (first, second) = (at.next().unwrap(), at.next().unwrap());
        (second.0, second.1.number, first.1.payload.clone())
    };
    let (place, number, other) = number_of(&journal());
    let foreign = {
        let disk = Disk::new(9);
        let mut journal = open(&disk, options(), at(0));
        journal.commit(at(0)).unwrap();
        journal.close(at(0)).unwrap();
        disk.other().read_all("journal.head").unwrap()
    };
    assert!(Checkpoint::parse(&foreign).is_some());
    for payload in [other, foreign, b"{}".to_vec()] {
        let findings = forged(|all| all[place].payload = payload);
        let named = findings.iter().any(|finding| match finding {
            Finding::Exchanged { number: found } | Finding::Forged { number: Some(found) } => {
                *found == number
            }
            _ => false,
        });
        assert!(named, "{findings:?}");
    }
    // The one beside the key.
    let disk = journal();
    disk.other().edit("journal.head", |bytes| *bytes = b"{}".to_vec());
    assert_eq!(verified(&disk).findings, [Finding::Forged { number: None }]);
}

#[test]
fn a_cut_tail_is_named_up_to_the_last_checkpoint() {
    let whole = journal();
    let signed = verified(&whole).proven;
    let (_, name) = segments(&whole).unwrap().pop().unwrap();
    let all = records(&whole.read_all(&name).unwrap());
    for keep in 0..all.len() {
        let disk = whole.copy();
        disk.edit(&name, |bytes| put(bytes, &all[..keep]));
        let last = all[0].number + keep as u64 - 1;
        let expected = if last < signed { vec![Finding::CutTail { last, signed }] } else { vec![] };
        assert_eq!(verified(&disk).findings, expected, "{keep}");
        // Cut within a record, too.
        disk.edit(&name, |bytes| {
            put(bytes, &all[..=keep]);
            bytes.truncate(bytes.len() - 5);
        });
        assert_eq!(verified(&disk).findings, expected, "{keep}");
        assert!(verified(&disk).torn > 0);
        // The writer finds the same, goes on, and uses no number again.
        let mut journal = open(&disk, options(), at(1000));
        let notices = journal.take_notices();
        let missing = notices.contains(&JournalNotice::Missing { first: last + 1, last: signed });
        assert_eq!(missing, last < signed, "{notices:?}");
        let number = journal.append(&alert(900, at(1000).wall_ns), at(1000)).unwrap();
        assert!(number > signed.min(last));
        journal.commit(at(1000)).unwrap();
        journal.close(at(1001)).unwrap();
        let expected = if last < signed {
            vec![Finding::Removed { first: last + 1, last: signed }]
        } else {
            vec![]
        };
        assert_eq!(verified(&disk).findings, expected, "{keep}");
        let last = read_all(&disk).pop().unwrap();
        assert_eq!(last.alert.unwrap().id.sequence, 900);
    }
}

#[test]
fn removed_segments_are_named_wherever_they_were() {
    let whole = journal();
    let segments = segments(&whole).unwrap();
    let signed = verified(&whole).proven;
    for (at, (first, name)) in segments.iter().enumerate() {
        let mut disk = whole.copy();
        disk.remove(name).unwrap();
        let expected = match segments.get(at + 1) {
            Some((next, _)) => Finding::Removed { first: *first, last: next - 1 },
            None => Finding::CutTail { last: first - 1, signed },
        };
        assert_eq!(verified(&disk).findings, [expected], "{name}");
    }
    let mut disk = whole.copy();
    for (_, name) in &segments {
        disk.remove(name).unwrap();
    }
    assert_eq!(verified(&disk).findings, [Finding::CutTail { last: 0, signed }]);
    // A segment in the place of another.
    let other = disk_with(&segments[0].1, &segments[1].1, &whole);
    let findings = verified(&other).findings;
    assert!(findings.iter().any(|one| matches!(one, Finding::Header { .. })), "{findings:?}");
}

/// A copy with the bytes of the segment `from` also under the name `to`.
fn disk_with(from: &str, to: &str, whole: &Disk) -> Disk {
    let disk = whole.copy();
    let bytes = disk.read_all(from).unwrap();
    disk.edit(to, |there| *there = bytes);
    disk
}

#[test]
fn what_is_noted_elsewhere_shows_what_the_key_could_hide() {
    let disk = journal();
    let before = verified(&disk);
    let noted = (before.last, crate::checkpoint::unhex(&before.chain).unwrap());
    let mut against = crate::verify::Against::anchor(&anchor(&disk)).unwrap();
    against.noted = Some(noted);
    let findings = |disk: &Disk, against| crate::verify::verify(disk, against).unwrap().findings;
    assert_eq!(findings(&disk, &against), []);
    // Root begins anew with the same key, which signs whatever root wants.
    let mut other = disk.copy();
    for (_, name) in segments(&other).unwrap() {
        other.remove(&name).unwrap();
    }
    other.other().remove("journal.head").unwrap();
    let mut journal = open(&other, options(), at(0));
    for n in 0..100 {
        journal.append(&alert(n + 1, at(n).wall_ns), at(n)).unwrap();
        journal.commit(at(n)).unwrap();
    }
    journal.close(at(80)).unwrap();
    assert_eq!(verified(&other).findings, []);
    let mut against = crate::verify::Against::anchor(&anchor(&other)).unwrap();
    against.noted = Some(noted);
    let found = findings(&other, &against);
    assert_eq!(found, [Finding::Rewritten { first: noted.0, last: noted.0 }]);
}

#[test]
fn damage_while_it_is_written_is_told_and_writing_goes_on() {
    let changes: [fn(&mut Disk, &str); 3] = [
        |disk, name| disk.remove(name).unwrap(),
        |disk, name| disk.edit(name, |bytes| bytes.truncate(100)),
        |disk, name| disk.edit(name, |bytes| bytes.extend_from_slice(b"more")),
    ];
    for change in changes {
        let disk = Disk::new(1);
        let mut journal = open(&disk, options(), at(0));
        for n in 0..5 {
            journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
        }
        journal.commit(at(5)).unwrap();
        let (_, name) = segments(&disk).unwrap().pop().unwrap();
        change(&mut disk.clone(), &name);
        journal.append(&alert(6, at(6).wall_ns), at(6)).unwrap();
        journal.commit(at(6)).unwrap();
        let reported = journal.take_notices();
        assert!(matches!(reported[..], [JournalNotice::Damaged(_)]), "{reported:?}");
        journal.append(&alert(7, at(7).wall_ns), at(7)).unwrap();
        journal.commit(at(7)).unwrap();
        journal.close(at(8)).unwrap();
        let sequences: Vec<u64> =
            read_all(&disk).into_iter().map(|one| one.alert.unwrap().id.sequence).collect();
        assert!(sequences.ends_with(&[6, 7]), "{sequences:?}");
        let findings = verified(&disk).findings;
        assert!(!findings.is_empty());
        assert!(
            !findings.iter().any(|one| matches!(one, Finding::Rewritten { .. })),
            "{findings:?}"
        );
    }
}

#[test]
fn damage_within_a_segment_is_kept_for_whoever_examines_it() {
    let disk = journal();
    let (_, name) = segments(&disk).unwrap().pop().unwrap();
    disk.edit(&name, |bytes| bytes[SEGMENT_HEADER + 40] ^= 1);
    let damaged = disk.read_all(&name).unwrap();
    let mut journal = open(&disk, options(), at(1000));
    let reported = journal.take_notices();
    assert!(matches!(reported[..], [JournalNotice::Damaged(_)]), "{reported:?}");
    journal.append(&alert(900, at(1000).wall_ns), at(1000)).unwrap();
    journal.commit(at(1000)).unwrap();
    journal.close(at(1001)).unwrap();
    assert_eq!(disk.read_all(&name).unwrap(), damaged);
    let findings = verified(&disk).findings;
    assert!(matches!(findings[..], [Finding::Changed { .. }]), "{findings:?}");
}

#[test]
fn a_number_far_off_takes_no_time() {
    let findings = with_records(|all| {
        let at = middle(all);
        // Two that are a right chain by themselves.
        let mut out = vec![0; HASH];
        for number in [u64::MAX - 9, u64::MAX - 8] {
            record::write(&mut out, number, 5, Kind::Alert, b"{}");
        }
        let mut other = all[at].clone();
        other.bytes = out.split_off(HASH);
        all.insert(at, other);
    });
    let inserted = findings.iter().any(|one| matches!(one, Finding::Inserted { .. }));
    assert!(inserted && findings.len() < 6, "{findings:?}");
}
