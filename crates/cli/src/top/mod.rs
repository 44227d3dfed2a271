//! `peregrine top`.

mod draw;
mod panel;
mod screen;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use peregrine_control::{Activity, AgentStatus, Request};
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use self::screen::{Screen, Step};
use crate::agent::Agent;

/// How long keys are waited for until what the agent said is looked at.
const KEYS: Duration = Duration::from_millis(100);
/// How often the agent is asked: so often it publishes.
const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
#[command(
    after_help = "Keys: Tab another table, Enter only this one, s and r sort, / filter, arrows scroll, Space pause, q quit.\n\nExit codes:\n  0  somebody ended it\n  1  no agent answers, or this is no terminal\n\nExample:\n  sudo peregrine top"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    agent: Agent,
}

/// What the agent says at one moment.
#[derive(Debug, Clone)]
struct Said {
    status: AgentStatus,
    activity: Activity,
}

/// Asks the agent. It counts while this is done again and again.
fn asked(agent: &Agent) -> anyhow::Result<Said> {
    let activity = agent.ask(&Request::Activity {})?;
    Ok(Said { status: agent.ask(&Request::Status {})?, activity })
}

/// Asks for as long as somebody takes the answers.
fn ask_again_and_again(agent: &Agent, answers: &Sender<Result<Said, String>>) {
    loop {
        std::thread::sleep(INTERVAL);
        let said = asked(agent).map_err(|error| format!("{error:#}"));
        if answers.send(said).is_err() {
            return;
        }
    }
}

pub(crate) fn run(flags: Flags) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        std::io::stdout().is_terminal() && std::io::stdin().is_terminal(),
        "top needs a terminal: `peregrine status` prints how the agent is doing"
    );
    // Whoever has no agent reads that on a terminal as it was.
    let mut screen = Screen::new(asked(&flags.agent)?);
    let (sender, answers) = channel();
    let agent = flags.agent;
    std::thread::Builder::new()
        .name("top".to_owned())
        .spawn(move || ask_again_and_again(&agent, &sender))
        .context("cannot start a thread")?;
    let mut terminal = ratatui::try_init().context("cannot use this terminal")?;
    let done = show(&mut terminal, &mut screen, &answers);
    ratatui::try_restore().context("cannot put the terminal back")?;
    done.map(|()| ExitCode::SUCCESS).context("cannot use this terminal")
}

/// Draws what there is, until somebody ends it.
fn show(
    terminal: &mut ratatui::DefaultTerminal,
    screen: &mut Screen,
    answers: &Receiver<Result<Said, String>>,
) -> std::io::Result<()> {
    loop {
        terminal.draw(|frame| draw::draw(frame, screen))?;
        if event::poll(KEYS)?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
            && screen.key(key) == Step::End
        {
            return Ok(());
        }
        for answer in answers.try_iter() {
            screen.take(answer);
        }
    }
}

#[cfg(test)]
mod tests;
