//! What reading a capture costs: `cargo run --release --package xtask -- bench replay FILE [RULES...]`.
//!
//! One thread reads, takes in and evaluates; its time on a CPU is what counts, so that others on
//! the machine disturb little. The same without rules tells what evaluation costs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use peregrine_agent::{Config, Replay, Window, load_rules, replay};
use peregrine_rules::RuleSet;

/// Turns of which the fastest counts.
const TURNS: usize = 5;

/// Replays `FILE` with and without the rules and prints what an event costs.
pub(crate) fn replay_cost(words: &[&str]) -> Result<()> {
    let Some((capture, rules)) = words.split_first() else {
        bail!("bench replay wants a capture, then rule files; without any the rules we ship count");
    };
    let config = Config {
        rules_files: rules.iter().map(PathBuf::from).collect(),
        stdout: false,
        ..Config::default()
    };
    let loaded = load_rules(&config)?;
    if loaded.failed() {
        bail!("the rules have mistakes: `peregrine rules check` tells them");
    }
    let mut rules = loaded.rules;
    rules.select(&config.selections, config.priority);
    let (mut with, mut without) = (u64::MAX, u64::MAX);
    let mut events = 0;
    for _ in 0..TURNS {
        let (time, count) = turn(Path::new(capture), &config, rules.clone())?;
        (with, events) = (with.min(time), count);
        without = without.min(turn(Path::new(capture), &config, RuleSet::default())?.0);
    }
    let each = |ns: u64| ns / events.max(1);
    let per_second = events.saturating_mul(1_000_000_000) / with.max(1);
    #[expect(clippy::print_stdout, reason = "a chore tells its figures")]
    {
        println!(
            "{events} events, {} rules: {per_second} events a CPU second; an event {} ns, \
             of these {} ns evaluation and alerts",
            rules.rules.iter().filter(|rule| rule.enabled).count(),
            each(with),
            each(with.saturating_sub(without)),
        );
    }
    Ok(())
}

/// The time of one replay on a CPU in nanoseconds, and how many events there were.
fn turn(capture: &Path, config: &Config, rules: RuleSet) -> Result<(u64, u64)> {
    let begin = on_cpu()?;
    let (account, damage) = replay(
        capture,
        Replay {
            config,
            rules,
            window: Window::default(),
            tell: Arc::new(|_: &str| {}),
            progress: &|_, _| {},
        },
    )?;
    if let Some(damage) = damage {
        bail!(damage);
    }
    Ok((on_cpu()?.saturating_sub(begin), account.events))
}

/// Nanoseconds this thread ran so far.
fn on_cpu() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")
        .context("this kernel does not tell how long a thread ran")?;
    let first = text.split_whitespace().next().unwrap_or_default();
    first.parse().context("/proc/thread-self/schedstat begins with no number")
}
