//! `peregrine guard confirm`, `try`, `off` and `on`.

use std::process::ExitCode;

use clap::Args;
use peregrine_control::{GuardAnswer, Request};

use crate::agent::Agent;
use crate::terminal::say;

#[derive(Debug, Args)]
pub(crate) struct ConfirmFlags {
    #[command(flatten)]
    agent: Agent,
    /// The policy; without one all that wait.
    policy: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TryFlags {
    #[command(flatten)]
    agent: Agent,
    /// The policy.
    policy: String,
}

#[derive(Debug, Args)]
pub(crate) struct SwitchFlags {
    #[command(flatten)]
    agent: Agent,
}

pub(super) fn confirm(flags: &ConfirmFlags) -> anyhow::Result<ExitCode> {
    let request = Request::GuardConfirm { policy: flags.policy.clone() };
    let answer: GuardAnswer = flags.agent.ask(&request)?;
    for policy in &answer.policies {
        say(format_args!("confirmed: {policy}"));
    }
    if answer.policies.is_empty() {
        say("no policy waits to be confirmed");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn try_again(flags: &TryFlags) -> anyhow::Result<ExitCode> {
    let request = Request::GuardTry { policy: flags.policy.clone() };
    let answer: GuardAnswer = flags.agent.ask(&request)?;
    for policy in &answer.policies {
        say(format_args!("denies: {policy}; `peregrine guard confirm` keeps it so"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn off(flags: &SwitchFlags) -> anyhow::Result<ExitCode> {
    if let Err(why) = flags.agent.ask::<GuardAnswer>(&Request::GuardSwitch { on: false }) {
        // Nobody there, or nobody who can: what was left in the kernel is removed all the same.
        peregrine_agent::guard::off(&flags.agent.configuration()?)?;
        say(format_args!("no agent did it ({why:#}): what was pinned is removed"));
    }
    say("nothing is denied until `peregrine guard on`");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn on(flags: &SwitchFlags) -> anyhow::Result<ExitCode> {
    let answer: GuardAnswer = flags.agent.ask(&Request::GuardSwitch { on: true })?;
    say(format_args!("policies: {}", answer.policies.len()));
    Ok(ExitCode::SUCCESS)
}
