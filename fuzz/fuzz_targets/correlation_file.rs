//! Files of correlations, and the state and alerts a hub reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_correlate::{Arrival, Engine, Settings, SourceText, explain, load, received};

fuzz_target!(|bytes: &[u8]| {
    let _ = received(bytes);
    let loaded = load(&[]);
    let _ = Engine::restore(loaded.correlations, Settings::default(), bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let loaded = load(&[SourceText { name: "fuzz", text }]);
    for mistake in &loaded.mistakes {
        assert!(!mistake.to_string().is_empty());
    }
    for item in &loaded.correlations.items {
        assert!(!explain(&loaded.correlations, item).is_empty());
    }
    let line = br#"{"rule":"A","priority":"Error","time":"2026-01-01T00:00:00Z","output_fields":{"a.b":1}}"#;
    let Ok((alert, _)) = received(line) else { return };
    let mut engine = Engine::new(loaded.correlations, Settings::default());
    let mut effects = Vec::new();
    let time = i64::try_from(alert.time_ns).unwrap_or(0);
    engine.tick(time, &mut effects);
    engine.push(Arrival { agent: "a", sequence: Some(1), time, alert: &alert }, &mut effects);
    engine.finish(&mut effects);
});
