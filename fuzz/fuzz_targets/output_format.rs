//! An output format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_fields::Catalogue;
use peregrine_filter::Template;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Template::parse(text, &Catalogue::default());
    }
});
