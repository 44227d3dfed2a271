//! The guard's thread, for those who ask it.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use peregrine_config::Config;
use peregrine_control::GuardAnswer;
use peregrine_enforce::Verdict;
use rustix::event::{EventfdFlags, eventfd};

use super::levels::Levels;
use super::policies::PolicySet;
use super::request::{Asked, Command, Settings};
use super::thread::Watch;
use super::{Denials, Shared};
use crate::notice::GuardNotice;

/// Decisions that wait for the pipeline at most.
const VERDICTS: usize = 16_384;
/// How long a request may wait for the thread.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why policies cannot hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// No thread or descriptor.
    #[error("the guard cannot be started: {0}")]
    NoThread(io::Error),
    /// A policy, or the kernel.
    #[error("policies cannot take hold: {0}")]
    Refused(String),
}

/// The thread, for those who ask it. It ends when the last of them is dropped; what is pinned then stays.
#[derive(Debug)]
pub(crate) struct Guard {
    commands: Option<Sender<Asked>>,
    wake: Arc<OwnedFd>,
    shared: Arc<Shared>,
    notices: Receiver<GuardNotice>,
    thread: Option<JoinHandle<()>>,
}

impl Guard {
    /// Has policies take hold. The thread has the rights that this one has now. Also returns the pipeline's end.
    ///
    /// # Errors
    /// When they cannot.
    pub(crate) fn start(
        config: &Config,
        policies: Arc<PolicySet>,
    ) -> Result<(Self, Denials), GuardError> {
        let (commands, asked) = unbounded();
        let (verdicts, taken) = bounded(VERDICTS);
        let (said, notices) = unbounded();
        let shared = Arc::new(Shared::default());
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let wake = Arc::new(wake.map_err(|error| GuardError::NoThread(error.into()))?);
        let ends = (asked, said, Arc::clone(&wake));
        let settings = Settings::new(config);
        let report = report(&shared, verdicts.clone());
        let levels = Levels::new(report, &settings.state, &settings.pins);
        let levels = (levels, verdicts);
        let mut watch = Watch::new(ends, Arc::clone(&shared), levels, settings, policies);
        let (first, started) = bounded(1);
        let thread = std::thread::Builder::new().name("guard".to_owned()).spawn(move || {
            let begun = watch.begin();
            let goes_on = begun.is_ok();
            let _ = first.send(begun);
            if goes_on {
                watch.run();
            }
        });
        let thread = Some(thread.map_err(GuardError::NoThread)?);
        let guard =
            Self { commands: Some(commands), wake, shared: Arc::clone(&shared), notices, thread };
        match started.recv() {
            Ok(Ok(())) => Ok((guard, Denials::new(taken, shared))),
            Ok(Err(why)) => Err(GuardError::Refused(why)),
            Err(_) => Err(GuardError::Refused("its thread ended".to_owned())),
        }
    }

    /// Other policies, or another configuration, take hold.
    ///
    /// # Errors
    /// When they cannot: the former ones stay.
    pub(crate) fn load(&self, config: &Config, policies: Arc<PolicySet>) -> Result<(), String> {
        self.ask(Command::Load(policies, Settings::new(config))).map(drop)
    }

    /// Confirms a policy, or all that wait for it.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn confirm(&self, policy: Option<&str>) -> Result<GuardAnswer, String> {
        let policies = self.ask(Command::Confirm(policy.map(str::to_owned)))?;
        Ok(GuardAnswer { policies })
    }

    /// Begins the trial of a policy again.
    ///
    /// # Errors
    /// When it did not fall back.
    pub(crate) fn try_again(&self, policy: &str) -> Result<GuardAnswer, String> {
        Ok(GuardAnswer { policies: self.ask(Command::Try(policy.to_owned()))? })
    }

    /// Switches all policies on or off.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub(crate) fn switch(&self, on: bool) -> Result<GuardAnswer, String> {
        Ok(GuardAnswer { policies: self.ask(Command::Switch(on))? })
    }

    /// What is to be said of policies since this was called last.
    pub(crate) fn notices(&self) -> impl Iterator<Item = GuardNotice> {
        self.notices.try_iter()
    }

    /// How policies are doing.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn ask(&self, command: Command) -> Result<Vec<String>, String> {
        let gone = || "the guard has ended".to_owned();
        let (sender, answer) = bounded(1);
        let commands = self.commands.as_ref().ok_or_else(gone)?;
        commands.send((command, sender)).map_err(|_| gone())?;
        self.wake();
        answer.recv_timeout(PATIENCE).map_err(|_| "the guard does not answer".to_owned())?
    }

    fn wake(&self) {
        let _ = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.commands = None;
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Passes decisions of fanotify on. It never waits.
fn report(shared: &Arc<Shared>, verdicts: Sender<Verdict>) -> peregrine_enforce::fanotify::Report {
    let shared = Arc::clone(shared);
    Arc::new(move |verdict: Verdict| {
        if verdicts.try_send(verdict).is_err() {
            shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    })
}
