//! One row per decoded call: a small act that makes the call, and every parameter that is reported.
//!
//! A decoded call without a row fails the test, and so does a row whose event never came. A family
//! of calls is a file; an act prepares what it needs with other calls, for only the call of its row
//! is watched.

pub mod data;
mod descriptors;
mod fs;
mod identity;
mod kernel;
mod limits;
mod lives;
mod memory;
mod messages;
mod names;
pub mod net;
mod only_32_bit;
mod opens;
mod reported;
mod signals;
pub mod waits;

use std::collections::{BTreeMap, BTreeSet};

use peregrine_event::syscalls;

use crate::watch::Watch;

/// A call by its name in the capture format, and what makes it.
pub struct Row(pub &'static str, pub fn(&mut Watch));

/// Every family.
const FAMILIES: &[&[Row]] = &[
    data::ROWS,
    descriptors::ROWS,
    fs::ROWS,
    identity::ROWS,
    kernel::ROWS,
    limits::ROWS,
    lives::ROWS,
    memory::ROWS,
    messages::ROWS,
    names::ROWS,
    net::ROWS,
    only_32_bit::ROWS,
    opens::ROWS,
    signals::ROWS,
    waits::ROWS,
];

/// The decoded calls of this processor, and the numbers only 32-bit programs have.
fn decoded() -> BTreeSet<&'static str> {
    let all = syscalls::all().iter().filter(|call| !call.generic && !call.tracepoint);
    all.filter(|call| call.exit.is_some()).map(|call| call.name).collect()
}

#[test]
fn every_call_is_told_as_it_was_made() {
    if !peregrine_testkit::root("every_call_is_told_as_it_was_made") {
        return;
    }
    let rows: Vec<&Row> = FAMILIES.iter().flat_map(|family| family.iter()).collect();
    // Wanted once, so that their programs are loaded in one go.
    let mut watch = Watch::new(&rows.iter().map(|row| row.0).collect::<Vec<_>>());
    let mut failed = BTreeMap::new();
    for Row(call, act) in rows {
        watch.want(&[call]);
        let reported = syscalls::by_name(call).and_then(|call| call.exit).unwrap();
        let before = watch.checked(reported.name());
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(&mut watch)));
        if done.is_err() {
            failed.insert(*call, "panicked, see above");
        } else if watch.checked(reported.name()) == before {
            failed.insert(*call, "no event of it was compared");
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_decoded_call_has_a_row() {
    let rows: BTreeSet<&str> =
        FAMILIES.iter().flat_map(|rows| rows.iter()).map(|row| row.0).collect();
    let without: Vec<&str> = decoded().difference(&rows).copied().collect();
    assert!(without.is_empty(), "{} without a row: {without:?}", without.len());
    let events: BTreeSet<_> =
        rows.iter().filter_map(|name| syscalls::by_name(name)?.exit).collect();
    // The generic event is the 163rd: `mixed` and `odd_ways` make it.
    assert_eq!(events.len(), 162);
}
