//! One run, from its start until it is stopped.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use peregrine_config::{Config, EngineKind};
use peregrine_control::Request;

use super::reloader::Reloader;
use super::status::Publisher;
use super::{Monitor, MonitorError};
use crate::control::ControlSocket;
use crate::generation::Generation;
use crate::notice::{Notice, Notify};
use crate::notice_thread::NoticeThread;
use crate::poll_loop::poll_loop;
use crate::reload::{Gate, Load, Trigger, Watched};
use crate::report::RunReport;
use crate::signals::SignalRequests;
use crate::source::Poll;

/// One run.
pub struct Run<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules.
    pub generation: Generation,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// What signals request meanwhile.
    pub requests: SignalRequests,
    /// Reads configuration and rules anew.
    pub load: Load,
    /// The files that were read.
    pub watched: Vec<Watched>,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// Takes notices.
    pub notify: Notify,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("rules", &self.generation.enabled()).finish_non_exhaustive()
    }
}

/// Monitors this host.
///
/// # Errors
/// When outputs cannot be opened or the kernel side cannot be set up. After that only `stop` and
/// `duration` end it.
pub fn run(run: Run<'_>) -> Result<RunReport, MonitorError> {
    let Run { config, generation, stop, requests, load, watched, duration, notify } = run;
    let notices = NoticeThread::start(&notify).map_err(MonitorError::Notices)?;
    let notify = notices.notify();
    let mut monitor = Monitor::start(config, generation, &notify)?;
    let mut reloader = Reloader::new(config, &mut monitor, &watched, load);
    let mut control = control(config, &monitor, reloader.gate(), &notify);
    // Whoever waits for this may ask from here on.
    notify(&monitor.notice());
    poll_loop(&stop, duration, || {
        let poll = monitor.poll();
        if let Some((publisher, _)) = &mut control {
            publisher.look(|| monitor.counts(), || monitor.snapshot());
        }
        if requests.reload() {
            reloader.request(Trigger::Signal);
        }
        reloader.tick(&mut monitor);
        if requests.reopen() {
            notify(&Notice::Reopening);
            monitor.reopen_outputs();
        }
        Ok::<Poll, MonitorError>(if monitor.ends() { Poll::End } else { poll })
    })?;
    reloader.finish(&mut monitor);
    Ok(monitor.finish())
}

/// Listens for requests, where the configuration says so and nobody else has the path.
fn control(
    config: &Config,
    monitor: &Monitor,
    gate: Gate,
    notify: &Notify,
) -> Option<(Publisher, ControlSocket)> {
    if !config.control.enabled || config.engine.kind == EngineKind::NoDriver {
        return None;
    }
    let journal = monitor.has_journal().then(|| config.journal.path.clone());
    let publisher =
        Publisher::new(monitor.begin, monitor.snapshot(), monitor.counts(), journal, gate);
    let board = publisher.board();
    let answer = Arc::new(move |request: &Request| board.answer(request));
    match ControlSocket::start(&config.control.path, answer) {
        Ok(socket) => Some((publisher, socket)),
        Err(why) => {
            notify(&Notice::NoControl(Arc::new(why)));
            None
        }
    }
}
