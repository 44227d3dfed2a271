//! The policies we ship.

use peregrine_rules::{Options, SourceText};

use super::{TestAccounts, lsm};
use crate::{Action, Level, Mode, compile, load};

#[test]
fn every_policy_we_ship_is_decided_by_the_kernel_alone() {
    let text = include_str!("../../../../rules/guard.yaml");
    let loaded = load(&[SourceText { name: "guard.yaml", text }], &[], &Options::default());
    let words = |all: &[crate::Diagnostic]| {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(loaded.diagnostics.is_empty(), "{}", words(&loaded.diagnostics));
    let compiled = compile(&loaded.policies, &lsm(), &TestAccounts)
        .unwrap_or_else(|all| panic!("{}", words(&all)));
    assert_eq!(compiled.policies.len(), loaded.policies.policies.len());
    for policy in &compiled.policies {
        assert_eq!((policy.action, policy.mode), (Action::Deny, Mode::Shadow), "{}", policy.name);
        for at in &policy.acts {
            assert_eq!((at.level, at.exact), (Level::Lsm, true), "{}: {}", policy.name, at.words);
        }
    }
    // A policy says beside itself what it breaks.
    let lines: Vec<&str> = text.lines().collect();
    let policies = lines.iter().enumerate().filter(|(_, line)| line.starts_with("- policy:"));
    for (number, line) in policies {
        let above = lines[..number].iter().rev().take_while(|line| line.starts_with('#'));
        assert!(above.clone().any(|line| line.starts_with("# Breaks:")), "{line}");
    }
}
