//! Events through the rules.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use peregrine_agent::capture::replay::{Replay, replay};
use peregrine_agent::capture::{CaptureError, CaptureSource, Window};
use peregrine_agent::generation::Generation;
use peregrine_agent::live::Run;
use peregrine_agent::reload::{Load, Watched};
use peregrine_agent::report::RunReport;
use peregrine_agent::service::ServiceManager;
use peregrine_agent::web::WebListener;
use peregrine_agent::{ScapError, hostname};
use peregrine_config::{Config, EngineKind};

use super::log::Log;
use super::session::Session;
use super::version;

/// How a run is started.
pub(super) struct Start<'s> {
    pub(super) config: &'s Config,
    pub(super) generation: Generation,
    /// `-M`.
    pub(super) seconds: i32,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) load: Load,
    pub(super) watched: Vec<Watched>,
    pub(super) session: &'s Arc<Session>,
    pub(super) service: ServiceManager,
    pub(super) web: Option<WebListener>,
}

/// Says why a capture cannot be replayed, where it cannot.
fn opens(file: &Path, log: &Log) -> anyhow::Result<()> {
    let failed = |why: &str| {
        anyhow::anyhow!("Could not open trace filename {} for reading: {why}", file.display())
    };
    if let Err(error) = std::fs::File::open(file) {
        return Err(failed(&os_text(&error)));
    }
    log.library("Trying to open the right engine!");
    match CaptureSource::open(file, Window::default()) {
        Ok(_) => Ok(()),
        Err(_) if std::fs::metadata(file).is_ok_and(|meta| meta.len() == 0) => {
            Err(failed("error reading from file (1)"))
        }
        Err(CaptureError::Read { source: ScapError::NotACapture(_), .. }) => {
            Err(failed("invalid block type"))
        }
        Err(error) => Err(failed(&format!("{:#}", anyhow::Error::from(error)))),
    }
}

/// An error of the system as C programs print it.
pub(super) fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

impl Start<'_> {
    /// Runs until the source ends or somebody says stop.
    pub(super) fn run(self) -> anyhow::Result<RunReport> {
        self.session.log_capture();
        if self.config.engine.kind == EngineKind::Replay {
            let log = self.session.log();
            let file = self.config.engine.replay.capture_file.clone();
            opens(&file, &log)?;
            log.info(&format!("Replaying events from the capture file: {}", file.display()));
            self.service.ready_unwatched("replaying a capture");
            return self.replay(&file);
        }
        self.session.log_sources();
        self.watch()
    }

    fn duration(&self) -> Option<Duration> {
        (self.seconds != 0).then(|| Duration::from_secs(u64::try_from(self.seconds).unwrap_or(0)))
    }

    fn replay(self, file: &Path) -> anyhow::Result<RunReport> {
        let duration = self.duration();
        let replayed = replay(
            file,
            Replay {
                config: self.config,
                generation: self.generation,
                window: Window::default(),
                filter: "",
                duration,
                // Falco's alerts name the host they were raised on.
                host: Some(std::env::var("FALCO_HOSTNAME").unwrap_or_else(|_| hostname())),
                stop: self.stop,
                notify: self.session.notify(),
            },
        )?;
        replayed.damage.map_or(Ok(replayed.report), |damage| Err(damage.into()))
    }

    fn watch(self) -> anyhow::Result<RunReport> {
        let duration = self.duration();
        Ok(peregrine_agent::live::run(Run {
            config: self.config,
            generation: self.generation,
            stop: self.stop,
            requests: self.session.requests(),
            load: self.load,
            watched: self.watched,
            duration,
            notify: self.session.notify(),
            service: self.service,
            web: self.web,
            versions: version::json(),
        })?)
    }
}
