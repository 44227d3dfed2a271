//! One run, from its start until it is stopped.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use peregrine_config::{Config, EngineKind};
use peregrine_control::Request;
use serde_json::Value as Json;

use super::figures::{Figures, Shown};
use super::pages::Pages;
use super::reloader::Reloader;
use super::reports::Reports;
use super::status::Publisher;
use super::web::Web;
use super::{Monitor, MonitorError};
use crate::control::ControlSocket;
use crate::generation::Generation;
use crate::guard::{Denials, Guard, look_at_left};
use crate::metrics::Constants;
use crate::notice::{Notice, Notify};
use crate::notice_thread::NoticeThread;
use crate::options::probe_options;
use crate::poll_loop::poll_loop_within;
use crate::reload::{Gate, Load, Trigger, Watched};
use crate::report::RunReport;
use crate::respond::Lane;
use crate::sandbox;
use crate::service::ServiceManager;
use crate::signals::SignalRequests;
use crate::source::Poll;
use crate::web::WebListener;

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
    /// Who started this process as a service.
    pub service: ServiceManager,
    /// Where the web server listens, if the configuration turns it on.
    pub web: Option<WebListener>,
    /// What the web server says of versions.
    pub versions: Json,
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
    let Run {
        config,
        generation,
        stop,
        requests,
        load,
        watched,
        duration,
        notify,
        mut service,
        web,
        versions,
    } = run;
    let watches = config.engine.kind != EngineKind::NoDriver;
    peregrine_probe::share_heap();
    if watches {
        // Limits are raised by rights that are given up next, and every thread has those of this one.
        peregrine_probe::check(&probe_options(config))?;
    }
    let guard = guard(config, &generation, watches)?;
    let lane = if watches { Lane::start(config)? } else { None };
    let limited = if config.sandbox.enabled { sandbox::limit_capabilities() } else { Ok(()) };
    let notices = NoticeThread::start(&notify).map_err(MonitorError::Notices)?;
    let notify = notices.notify();
    let mut monitor = Monitor::start(config, generation, &notify)?;
    let guard = guard.map(|(guard, denials)| {
        monitor.report_of(Arc::clone(&guard), denials);
        guard
    });
    if watches
        && guard.is_none()
        && let Some(left) = look_at_left(config)
    {
        notify(&Notice::Guard(left));
    }
    monitor.respond(lane);
    let mut reloader =
        Reloader::new(config, &mut monitor, &watched, load).with_guard(guard.clone());
    let mut publisher = publisher(config, &monitor, reloader.gate(), guard.clone());
    let _control = if watches { control(config, &publisher, &notify) } else { None };
    let falco = versions["falco_version"].as_str().unwrap_or_default().to_owned();
    let constants = Constants::new(falco, if watches { "modern_bpf" } else { "nodriver" });
    let figures = Arc::new(Figures::new(publisher.board(), constants, Shown::new(config)));
    let pages = Pages { board: publisher.board(), versions, figures: Arc::clone(&figures) };
    let web = Web::start(web, Arc::new(move |path: &str| pages.page(path)))?;
    let mut reports = Reports::start(figures, web, &notify)?;
    let denied = if config.sandbox.enabled { sandbox::deny_calls(guard.is_some()) } else { Ok(()) };
    for error in [limited, denied].into_iter().filter_map(Result::err) {
        notify(&Notice::SandboxIncomplete(error));
    }
    // Whoever waits for this may ask from here on.
    notify(&monitor.notice());
    service.ready(&monitor.notice().to_string());
    poll_loop_within(&stop, duration, || {
        let poll = monitor.poll();
        publisher.look(|| monitor.counts(), || monitor.snapshot());
        monitor.look_at_activity(publisher.activity());
        for snapshot in reports.due() {
            monitor.report_figures(snapshot);
        }
        if requests.reload() {
            reloader.request(Trigger::Signal);
        }
        reloader.tick(&mut monitor, &mut reports);
        service.reloading(reloader.is_reloading(), || monitor.notice().to_string());
        if requests.reopen() {
            notify(&Notice::Reopening);
            monitor.reopen_outputs();
        }
        // Here and nowhere else: who hangs is to be restarted, whichever other thread goes on.
        service.progress();
        let poll = if monitor.ends() { Poll::End } else { poll };
        Ok::<_, MonitorError>((poll, monitor.longest_sleep()))
    })?;
    service.stopping();
    reloader.finish(&mut monitor);
    Ok(monitor.finish())
}

/// Has policies take hold, where there are any: by rights that are given up next.
fn guard(
    config: &Config,
    generation: &Generation,
    watches: bool,
) -> Result<Option<(Arc<Guard>, Denials)>, MonitorError> {
    let Some(policies) = generation.guard.as_ref().filter(|_| watches) else { return Ok(None) };
    let (guard, denials) = Guard::start(config, Arc::clone(policies))?;
    Ok(Some((Arc::new(guard), denials)))
}

/// Publishes how the monitoring is doing.
fn publisher(
    config: &Config,
    monitor: &Monitor,
    gate: Gate,
    guard: Option<Arc<Guard>>,
) -> Publisher {
    let journal = monitor.has_journal().then(|| config.journal.path.clone());
    Publisher::new(monitor.begin, monitor.snapshot(), monitor.counts(), journal, gate, guard)
}

/// Listens for requests, where the configuration says so and nobody else has the path.
fn control(config: &Config, publisher: &Publisher, notify: &Notify) -> Option<ControlSocket> {
    if !config.control.enabled {
        return None;
    }
    let board = publisher.board();
    let answer = Arc::new(move |request: &Request| board.answer(request));
    match ControlSocket::start(&config.control.path, answer) {
        Ok(socket) => Some(socket),
        Err(why) => {
            notify(&Notice::NoControl(Arc::new(why)));
            None
        }
    }
}
