//! Policies read, refused, compiled and compared with their conditions.

mod agreement;
mod diagnostics;
mod lowering;
mod model;
mod starter;

use peregrine_rules::{Options, SourceText};

use crate::{Accounts, Capabilities, Compiled, Level, Loaded, Policies, load};

/// Users by number.
pub(super) const USERS: [&str; 3] = ["root", "daemon", "deploy"];

/// Accounts of no real host.
pub(super) struct TestAccounts;

impl Accounts for TestAccounts {
    fn uid(&self, name: &str) -> Option<u32> {
        USERS.iter().position(|known| *known == name)?.try_into().ok()
    }

    fn gid(&self, name: &str) -> Option<u32> {
        self.uid(name)
    }
}

/// Macros and rules that policies of tests use.
pub(super) const RULES: &str = r#"
- list: shells
  items: [sh, bash, dash]
- macro: open_write
  condition: (evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.typechar = f)
- macro: spawned_process
  condition: (evt.type in (execve, execveat))
- rule: Password file changed
  desc: d
  condition: open_write and fd.name in (/etc/passwd, /etc/shadow)
  output: changed %fd.name
  priority: WARNING
  tags: [accounts]
- rule: Shell of a web server
  desc: d
  condition: spawned_process and proc.pname in (nginx, apache2) and proc.name in (shells)
  output: shell %proc.name
  priority: WARNING
- rule: Odd command line
  desc: d
  condition: spawned_process and proc.cmdline contains "-e"
  output: odd
  priority: WARNING
"#;

pub(super) fn read(policies: &str) -> Loaded {
    let policies = [SourceText { name: "guard.yaml", text: policies }];
    let rules = [SourceText { name: "rules.yaml", text: RULES }];
    load(&policies, &rules, &Options::default())
}

/// Policies without a mistake.
pub(super) fn policies(text: &str) -> Policies {
    let loaded = read(text);
    let words: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert!(words.is_empty(), "{}", words.join("\n"));
    loaded.policies
}

pub(super) fn lsm() -> Capabilities {
    Capabilities::of(&[Level::Lsm])
}

pub(super) fn compiled(text: &str) -> Compiled {
    crate::compile(&policies(text), &lsm(), &TestAccounts).unwrap_or_else(|errors| {
        let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", words.join("\n"))
    })
}

/// A policy with a condition of its own.
pub(super) fn of_condition(condition: &str) -> String {
    format!("- policy: p\n  condition: {condition}\n  action: deny\n  mode: enforce\n")
}
