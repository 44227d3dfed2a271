//! `--support`: what whoever helps wants to see.

use peregrine_agent::rules::RuleFile;
use peregrine_config::falco::Loaded;
use rustix::system::uname;
use serde_json::{Value as Json, json};

use super::version;

/// Version, command line, configuration, rules and system as JSON.
pub(super) fn json(words: &[String], settings: &Loaded, files: &[RuleFile]) -> Json {
    let uname = uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let rules: Vec<Json> = files
        .iter()
        .map(|file| json!({"name": file.name, "variants": [{"content": file.text}]}))
        .collect();
    json!({
        "version": version::FALCO,
        "engine_info": version::json(),
        "cmdline": words.join(" "),
        "config": settings.dump,
        "rules_files": rules,
        "system_info": {
            "machine": text(uname.machine()),
            "nodename": text(uname.nodename()),
            "release": text(uname.release()),
            "sysname": text(uname.sysname()),
            "version": text(uname.version()),
        },
    })
}
