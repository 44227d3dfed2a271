//! Damaged captures: what stands before the damage comes out, then one error; never a panic, never
//! an endless file.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_scap::{Item, Reader, ScapError};
use proptest::prelude::*;

/// A block of the pcapng family: type, length, body, length.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
    [&kind.to_le_bytes()[..], &len, &body, &len].concat()
}

/// The section header every capture begins with.
fn header() -> Vec<u8> {
    let mut body = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
    body.extend(1_u16.to_le_bytes());
    body.extend(2_u16.to_le_bytes());
    body.extend(u64::MAX.to_le_bytes());
    block(0x0A0D_0D0A, &body)
}

/// One event of the table's kind `close` exit: `res`, `fd`.
fn event(fd: i64) -> Vec<u8> {
    let kind: u16 = peregrine_event::EventType::SYSCALL_CLOSE_X.0;
    let params = [0_i64.to_le_bytes(), fd.to_le_bytes()].concat();
    let mut record = Vec::new();
    record.extend(1_000_u64.to_le_bytes());
    record.extend(42_u64.to_le_bytes());
    record.extend(u32::try_from(26 + 4 + params.len()).unwrap().to_le_bytes());
    record.extend(kind.to_le_bytes());
    record.extend(2_u32.to_le_bytes());
    record.extend(8_u16.to_le_bytes());
    record.extend(8_u16.to_le_bytes());
    record.extend(params);
    block(0x216, &[&0_u16.to_le_bytes()[..], &record].concat())
}

fn read(bytes: &[u8]) -> (Vec<Item<'static>>, Option<ScapError>) {
    let mut items = Vec::new();
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(error) => return (items, Some(error)),
    };
    loop {
        match reader.next_item() {
            Ok(Some(item)) => items.push(item.into_owned()),
            Ok(None) => return (items, None),
            Err(error) => return (items, Some(error)),
        }
    }
}

#[test]
fn whole_files_come_out_whole() {
    let file = [header(), event(3), event(4)].concat();
    let (items, error) = read(&file);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(items.len(), 2);
}

#[test]
fn a_cut_file_tells_what_stands_before_the_cut_and_where_it_is() {
    let file = [header(), event(3), event(4)].concat();
    let (items, error) = read(&file[..file.len() - 5]);
    assert_eq!(items.len(), 1);
    let said = error.unwrap().to_string();
    assert!(said.contains("byte"), "{said}");
}

#[test]
fn what_is_no_capture_is_refused() {
    for bytes in [&b""[..], b"x", b"#!/bin/sh\necho hello\n", &[0x1f, 0x8b, 8, 0], &[0x28, 0xb5]] {
        let (items, error) = read(bytes);
        assert!(items.is_empty() && error.is_some(), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..400, byte: u8, cut in 0_usize..400) {
        let mut file = [header(), event(3), event(4), event(5)].concat();
        let at = at % file.len();
        file[at] = byte;
        file.truncate(file.len().saturating_sub(cut).max(1));
        let (items, _) = read(&file);
        prop_assert!(items.len() <= 3);
    }
}
