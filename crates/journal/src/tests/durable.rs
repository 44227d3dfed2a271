//! What a failed sync leaves, and a last segment that is none.

use super::disk::Disk;
use super::{alert, at, open, read_all, verified};
use crate::notice::JournalNotice;
use crate::options::{Fsync, Options};
use crate::storage::Storage as _;

#[test]
fn what_could_not_be_synced_is_never_called_durable() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, Options { fsync: Fsync::Always, ..Options::default() }, at(0));
    journal.append(&alert(1, 0), at(1)).unwrap();
    let before = journal.commit(at(1)).unwrap();
    assert_eq!(before.durable, before.written);
    disk.fail_syncs(true);
    let uncertain = journal.append(&alert(2, 0), at(2)).unwrap();
    journal.commit(at(2)).unwrap_err();
    let notices = journal.take_notices();
    let reported = notices.iter().any(|notice| {
        matches!(notice, JournalNotice::NotDurable { first, last, .. }
            if (first..=last).contains(&&uncertain))
    });
    assert!(reported, "{notices:?}");
    // The disk says that all is well again: it may have forgotten what it could not write.
    disk.fail_syncs(false);
    for n in 3..6 {
        let acknowledged = journal.commit(at(n)).unwrap();
        assert!(acknowledged.durable < uncertain, "{acknowledged:?}");
    }
    // What comes is in another segment.
    let later = journal.append(&alert(7, 0), at(7)).unwrap();
    assert!(journal.commit(at(7)).unwrap().durable >= later);
    let segments = disk.list().unwrap().iter().filter(|name| name.ends_with(".segment")).count();
    assert_eq!(segments, 2);
    drop(journal);
    assert_eq!(verified(&disk).findings, []);
    assert_eq!(read_all(&disk).len(), 3);
}

#[test]
fn a_last_segment_that_is_none_is_kept_aside() {
    let check = |bytes: &[u8], kept: bool| {
        let disk = Disk::new(1);
        let mut journal = open(&disk, Options::default(), at(0));
        journal.append(&alert(1, 0), at(1)).unwrap();
        journal.close(at(1)).unwrap();
        let name = crate::segment::segment_name(900);
        let mut other = disk.clone();
        other.create(&name).unwrap();
        other.append(&name, bytes).unwrap();
        let mut journal = open(&disk, Options::default(), at(2));
        let damaged = journal
            .take_notices()
            .iter()
            .any(|notice| matches!(notice, JournalNotice::Damaged(what) if what.contains(&name)));
        assert_eq!(damaged, kept, "{bytes:?}");
        let aside = disk.read_all(&format!("{name}.damaged"));
        assert_eq!(aside.ok().as_deref(), kept.then_some(bytes));
        journal.append(&alert(2, 0), at(3)).unwrap();
        journal.close(at(3)).unwrap();
        assert_eq!(read_all(&disk).len(), 2);
    };
    check(&[b'x'; 500], true);
    check(&[b'x'; 64], true);
    // What a crash leaves of a segment that was begun.
    check(&[], false);
    check(b"PGJSEG", false);
    check(&[0; 64], false);
}
