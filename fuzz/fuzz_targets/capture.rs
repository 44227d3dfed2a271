//! Capture files, plain and compressed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_scap::Reader;

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(data) else { return };
    // A small compressed file may hold a great many items: a look at the first is enough.
    for _ in 0..10_000 {
        match reader.next_item() {
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return,
        }
    }
});
