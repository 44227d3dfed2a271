//! `peregrine outputs`: how the outputs of the running agent are doing, and whether those of a configuration
//! deliver.

pub(crate) mod status;
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
    /// Send a test alert through each output of the configuration, and say what came back.
    ///
    /// The command sends it, not the agent: as the same user and from the same host as the agent would. `priority`,
    /// `when`, `mute`, `dedup` and `throttle` are not applied, nothing is sent again, and the journal does not get it.
    #[command(
        after_help = "Exit codes:\n  0  each receiver has it\n  1  one has not, or there is no such output\n\nExamples:\n  peregrine outputs test\n  peregrine outputs test ops --json\n  peregrine outputs test http -o http_output.enabled=true -o http_output.url=http://127.0.0.1:2801"
    )]
    Test(trial::Flags),
    /// Show how the outputs of the running agent are doing.
    #[command(
        after_help = "Exit codes:\n  0  the agent answered\n  1  no agent answers\n\nExamples:\n  peregrine outputs status\n  peregrine outputs status --json"
    )]
    Status(status::Flags),
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Test(flags) => trial::run(flags),
        Command::Status(flags) => status::run(flags),
    }
}
