//! `peregrine respond`: what is done after an alert.

mod check;
mod trial;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake in response files, with its place.
    #[command(
        after_help = "Exit codes:\n  0  no mistake\n  1  mistakes\n\nExamples:\n  peregrine respond check my_responses.yaml\n  peregrine respond check respond.d --json\n  peregrine respond check shipped\n\nA response:\n  - response: miner found\n    match: {rules: [Coin miner started], condition: not proc.name in (ci_runner)}\n    actions:\n      - kill: {what: tree, signal: KILL}\n      - quarantine: {file: \"%proc.exepath\"}\n      - block_address: {address: \"%fd.rip\", for: 1h}\n      - run: {argv: [/usr/local/bin/page, \"%rule\"], user: nobody, timeout: 10s}\n    limits: {per: [proc.pid], at_most: 10/1h, cooldown: 60s}\n    on_failure: continue"
    )]
    Check(check::Flags),
    /// Show what responses would have done in a capture: what, when, to whom. Nothing is done.
    #[command(
        after_help = "Exit codes:\n  0  something would have been done\n  1  nothing, or it failed\n\nExamples:\n  peregrine respond try my_responses.yaml --capture trace.scap\n  peregrine respond try my_responses.yaml --capture trace.scap -r my_rules.yaml --json"
    )]
    Try(trial::Flags),
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => check::run(flags),
        Command::Try(flags) => trial::run(flags),
    }
}
