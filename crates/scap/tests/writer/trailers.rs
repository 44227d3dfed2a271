//! What is ours stands where other readers do not look.

use std::borrow::Cow;

use peregrine_event::{ResolvedPath, TrailerWriter};
use peregrine_scap::{Item, Reader};

use crate::records::{blocks, descriptors, read, thread};
use crate::{close, known_again, plain};

#[test]
fn what_state_keeps_comes_back_behind_its_record_and_nowhere_else() {
    for kept in [&b"x"[..], &[7; 5000]] {
        let with = |mut record: Vec<u8>| {
            record.extend(TrailerWriter::default().kept(kept).finish());
            record
        };
        let records: Vec<Vec<u8>> =
            [thread(5, 5, b"a\0")].into_iter().chain(descriptors(5, 3)).map(with).collect();
        assert_eq!(known_again(&records), records);
        // Other readers see the same entries, longer at their ends.
        let mut writer = plain();
        writer.snapshot(&records[0]).unwrap();
        let long = writer.finish().unwrap();
        let mut writer = plain();
        writer.snapshot(&thread(5, 5, b"a\0")).unwrap();
        let short = writer.finish().unwrap();
        let (long, short) = (blocks(&long)[4].1, blocks(&short)[4].1);
        let len = usize::try_from(u32::from_le_bytes(short[..4].try_into().unwrap())).unwrap();
        assert_eq!(long[4..len], short[4..len]);
        assert_eq!(
            long[len..len + 8],
            [&b"PGRN"[..], &u32::try_from(kept.len()).unwrap().to_le_bytes()].concat()
        );
    }
}

#[test]
fn trailers_lie_behind_the_length_of_the_event() {
    let trailer =
        TrailerWriter::default().resolved_path(&ResolvedPath { param: 1, path: b"/x" }).finish();
    let mut writer = plain();
    writer.event(0, false, &[&close(1)[..], &trailer].concat()).unwrap();
    let written = writer.finish().unwrap();
    let body = blocks(&written).last().unwrap().1;
    let (event, tail) = body[2..].split_at(close(1).len());
    assert_eq!(event, close(1));
    let len = u32::try_from(trailer.len()).unwrap().to_le_bytes();
    let expected = [b"PGRN", &len[..], &trailer].concat();
    assert!(tail.len() < expected.len() + 4 && tail.starts_with(&expected));
    // A reader lends both as one, copying nothing.
    let mut reader = Reader::new(&written[..]).unwrap();
    let mut lent = false;
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Event { record, .. } = item {
            assert_eq!(*record, [&close(1)[..], &trailer].concat());
            lent |= matches!(record, Cow::Borrowed(_));
        }
    }
    assert!(lent);
    // A tail that is not ours, or is cut off, is none.
    for damage in [expected.len() - 1, 3, 4] {
        let mut damaged = written.clone();
        let at = written.len() - 4 - tail.len() + damage;
        damaged[at] ^= 0xff;
        let items = read(&damaged);
        let Some(Item::Event { record, .. }) = items.last() else { panic!("{items:?}") };
        assert!(record.starts_with(&close(1)), "{damage}");
        assert_eq!(record.len() > close(1).len(), damage == expected.len() - 1, "{damage}");
    }
}
