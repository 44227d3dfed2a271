//! A rule file: loaded, and every mistake written in both forms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_rules::falco::{FileResult, json_of, text};
use peregrine_rules::{Options, SourceText, load, schema_warnings};

fuzz_target!(|data: &[u8]| {
    let Ok(file) = std::str::from_utf8(data) else { return };
    for as_falco in [false, true] {
        let options = Options { as_falco, ..Options::default() };
        let sources = [SourceText { name: "f.yaml", text: file }];
        let loaded = load(&sources, &options);
        let result = FileResult {
            name: "f.yaml",
            diagnostics: loaded.diagnostics.iter().collect(),
            schema: schema_warnings(file),
            sources: &sources,
        };
        let _ = (text(&result), json_of(&result).to_string());
        for reported in &loaded.diagnostics {
            let _ = reported.to_string();
        }
        assert!(!loaded.failed() || loaded.rules.rules.is_empty(), "nothing half-loads");
    }
});
