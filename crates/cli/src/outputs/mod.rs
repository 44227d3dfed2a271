//! `peregrine outputs`: how the outputs of the running agent are doing, and whether those of a configuration
//! deliver.

pub(crate) mod status;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show how the outputs of the running agent are doing.
    #[command(
        after_help = "Exit codes:\n  0  the agent answered\n  1  no agent answers\n\nExamples:\n  peregrine outputs status\n  peregrine outputs status --json"
    )]
    Status(status::Flags),
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Status(flags) => status::run(flags),
    }
}
