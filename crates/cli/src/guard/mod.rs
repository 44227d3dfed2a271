//! `peregrine guard`: policies.

mod check;
mod rehearse;
mod status;
mod switches;
mod token;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake in policies, with its place, and what cannot be decided before the act.
    #[command(
        after_help = "Exit codes:\n  0  the policies can be loaded on this host\n  1  they cannot\n\nExamples:\n  peregrine guard check policies.yaml\n  peregrine guard check shipped --level P1\n  peregrine guard check policies.yaml -r my_rules.yaml --json"
    )]
    Check(check::PolicyFiles),
    /// Show what each policy asks at which act, at which level, and how large its programs are.
    #[command(
        after_help = "Exit codes:\n  0  shown\n  1  the policies have mistakes\n\nExamples:\n  peregrine guard explain shipped\n  peregrine guard explain policies.yaml --level P1 --json\n\nOf a path: `/a` is the object at it, `/a/**` all below, `/a/*` what lies in it, `**/a` what is called so."
    )]
    Explain(check::PolicyFiles),
    /// Show what policies would have denied in captures: by policy, program and path.
    #[command(
        after_help = "Acts that failed without a policy do not count. What is another way to do the same counts only live:\na policy about open also denies truncate.\n\nExit codes:\n  0  nothing would have been denied\n  1  something would have been, or a file cannot be read\n\nExamples:\n  peregrine guard rehearse trace.scap\n  peregrine guard rehearse monday.scap tuesday.scap -p policies.yaml --json"
    )]
    Rehearse(rehearse::Flags),
    /// Show what the policies of the running agent do, at which level, and what they denied.
    #[command(
        after_help = "Exit codes:\n  0  every policy does what it says\n  1  one does not, or no agent answers\n\nExamples:\n  peregrine guard status\n  peregrine guard status --json"
    )]
    Status(status::Flags),
    /// Confirm policies that deny for the first time: without that they are back in shadow mode soon.
    #[command(
        after_help = "Exit codes:\n  0  done\n  1  there is no such policy, or no agent answers\n\nExamples:\n  peregrine guard confirm\n  peregrine guard confirm \"system accounts stay as they are\""
    )]
    Confirm(switches::ConfirmFlags),
    /// Have a policy deny again that was not confirmed in time; it must be confirmed.
    #[command(
        after_help = "Exit codes:\n  0  done\n  1  it did not fall back, or no agent answers\n\nExample:\n  peregrine guard try \"system accounts stay as they are\""
    )]
    Try(switches::TryFlags),
    /// Have no policy deny anything any more, until `peregrine guard on`, also after a restart.
    #[command(
        after_help = "Where no agent answers it removes what agents left in the kernel (policies with `fail: closed`), as root.\n\nExit codes:\n  0  nothing is denied\n  1  something could not be removed\n\nExample:\n  peregrine guard off"
    )]
    Off(switches::SwitchFlags),
    /// Have policies do what they say again.
    #[command(
        after_help = "Exit codes:\n  0  done\n  1  no agent answers\n\nExample:\n  peregrine guard on"
    )]
    On(switches::SwitchFlags),
    /// Sign a token by which root of a host gets out of a policy that denies too much, or make the key for that.
    #[command(
        after_help = "The token is one line on stdout. On the host, root puts it into the file `guard.break_glass.file`;\nas long as it counts nothing is denied there. The public half of the key belongs on the host, in\n`guard.break_glass.key`, the key itself on another machine.\n\nExit codes:\n  0  done\n  1  the key cannot be read or written\n\nExamples:\n  peregrine guard token --new-key /root/break-glass.key\n  peregrine guard token --key /root/break-glass.key --host web1 --for 15m > break-glass"
    )]
    Token(token::Flags),
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => check::check(flags),
        Command::Explain(flags) => check::explain(flags),
        Command::Rehearse(flags) => rehearse::run(flags),
        Command::Status(flags) => status::run(flags),
        Command::Confirm(flags) => switches::confirm(flags),
        Command::Try(flags) => switches::try_again(flags),
        Command::Off(flags) => switches::off(flags),
        Command::On(flags) => switches::on(flags),
        Command::Token(flags) => token::run(flags),
    }
}
