//! A configuration file and an option: both ways of reading them, and every mistake written out.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use peregrine_config::{ConfigError, falco, load};

fuzz_target!(|data: &[u8]| {
    // The option is the first line.
    let (option, text) = data
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or((&[][..], data), |at| (&data[..at], &data[at + 1..]));
    let option = String::from_utf8_lossy(option).into_owned();
    // What a configuration names may not be read: a file could name itself.
    if [&option, &*String::from_utf8_lossy(text)].iter().any(|text| text.contains("config_files")) {
        return;
    }
    let path = std::env::temp_dir().join(format!("fuzz-config-{}.yaml", std::process::id()));
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(text).unwrap();
    let options: Vec<String> = Some(option).filter(|option| !option.is_empty()).into_iter().collect();
    match load(Some(&path), &options) {
        Err(ConfigError(problems)) => {
            assert!(problems.iter().any(|problem| problem.is_error), "an error says why");
            assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
        }
        Ok(loaded) => {
            let _ = loaded.show();
        }
    }
    match falco::load(&path, &options) {
        Err(refused) => assert!(!refused.error.to_string().is_empty()),
        Ok(loaded) => assert!(!loaded.dump.is_empty()),
    }
});
