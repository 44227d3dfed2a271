//! A condition: read, checked, written, read again, compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_fields::Catalogue;
use peregrine_filter::{DEFAULT_DEPTH, Plan, check, parse};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(tree) = parse(text, DEFAULT_DEPTH) else { return };
    let written = tree.to_string();
    // Texts among a transformer's arguments are written without quotes, as Falco writes them: such a
    // condition need not be readable again. What is read again loses double negations, then nothing.
    if let Ok(again) = parse(&written, DEFAULT_DEPTH) {
        let simple = again.to_string();
        let same = parse(&simple, DEFAULT_DEPTH).expect("what was read twice is read again");
        assert_eq!(same.to_string(), simple);
    }
    if let Ok(checked) = check(&tree, &Catalogue::default()) {
        let _ = Plan::new([(0, &checked)]);
    }
});
