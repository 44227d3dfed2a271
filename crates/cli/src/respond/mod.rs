//! `peregrine respond`: what is done after an alert.

mod account;
mod act;
mod check;
mod trial;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use peregrine_config::Config;

use crate::config::{configuration, usual};

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
    /// List what responses and people did here, the newest last.
    #[command(
        after_help = "Examples:\n  peregrine respond list\n  peregrine respond list --undoable\n  peregrine respond list --json"
    )]
    List(account::ListFlags),
    /// Show everything about one action.
    #[command(
        after_help = "Exit codes:\n  0  shown\n  1  no action has this number\n\nExample:\n  peregrine respond show 12"
    )]
    Show(account::ShowFlags),
    /// Take an action back, or all that can be.
    #[command(
        after_help = "Exit codes:\n  0  taken back\n  1  it cannot be, or failed\n\nExamples:\n  peregrine respond undo 12\n  peregrine respond undo --all"
    )]
    Undo(act::UndoFlags),
    /// Do an action now, as a response would, with what is never touched left alone.
    #[command(
        after_help = "An action is written as in a response file; what a response takes from an alert is given.\n\nExit codes:\n  0  done\n  1  it failed\n\nExamples:\n  peregrine respond do 'kill: {what: tree, process: 4242}'\n  peregrine respond do 'quarantine: {file: /tmp/x}'\n  peregrine respond do 'block_address: {address: 203.0.113.9, for: 1h}'\n  peregrine respond do 'isolate: {allow: [10.0.0.5:2801, dns], for: 30m}'\n  peregrine respond do 'disable_user: {user: bob}'"
    )]
    Do(act::DoFlags),
    /// Check that evidence is what was signed when it was taken.
    #[command(
        after_help = "Exit codes:\n  0  it is what was signed\n  1  it is not, or cannot be read\n\nExamples:\n  peregrine respond verify /var/lib/peregrine/respond/evidence/12/evidence.tar\n  peregrine respond verify evidence.tar --public-key web-1.pub"
    )]
    Verify(verify::Flags),
}

/// Where the account is.
#[derive(Debug, Args)]
struct Place {
    /// The folder of the account [default: respond.path of the configuration]
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Configuration file [default: /etc/peregrine/peregrine.yaml, else /etc/falco/falco.yaml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
}

impl Place {
    fn config(&self) -> anyhow::Result<Config> {
        let mut config = configuration(usual(self.config.as_deref()), &self.option)?;
        if let Some(path) = &self.path {
            config.respond.path.clone_from(path);
        }
        Ok(config)
    }
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => check::run(flags),
        Command::Try(flags) => trial::run(flags),
        Command::List(flags) => account::list(flags),
        Command::Show(flags) => account::show(flags),
        Command::Undo(flags) => act::undo(flags),
        Command::Do(flags) => act::act(flags),
        Command::Verify(flags) => verify::run(flags),
    }
}
