//! A policy file: read, compiled for hosts that can much and little, and every mistake written out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_guard::{Accounts, Capabilities, Level, compile, load};
use peregrine_rules::{Options, SourceText};

struct Nobody;

impl Accounts for Nobody {
    fn uid(&self, _: &str) -> Option<u32> {
        Some(0)
    }

    fn gid(&self, _: &str) -> Option<u32> {
        None
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let rules = [SourceText {
        name: "r.yaml",
        text: "- rule: a\n  desc: d\n  condition: evt.type = open and fd.name = /a\n  output: o\n  priority: INFO\n",
    }];
    let loaded = load(&[SourceText { name: "p.yaml", text }], &rules, &Options::default());
    for one in &loaded.diagnostics {
        assert!(!one.to_string().is_empty());
    }
    if loaded.diagnostics.iter().any(|one| one.is_error()) {
        assert!(loaded.policies.policies.is_empty(), "nothing half-loads");
        return;
    }
    for levels in [&[Level::Lsm][..], &[Level::Cgroup, Level::Fanotify, Level::KillBefore], &[]] {
        match compile(&loaded.policies, &Capabilities::of(levels), &Nobody) {
            Ok(compiled) => assert!(compiled.program().is_some()),
            Err(errors) => assert!(errors.iter().all(|one| !one.to_string().is_empty())),
        }
    }
});
