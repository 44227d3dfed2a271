//! All metrics of a moment, for whoever asks on another thread than the pipeline's.

use std::sync::{Arc, Mutex, PoisonError};

use peregrine_config::Config;
use peregrine_config::model::Metrics as Keys;

use super::status::Board;
use crate::metrics::{Constants, MEDIA_TYPE, Metrics, exposition};
use crate::web::Page;

/// Where metrics come from.
pub(super) struct Figures {
    board: Arc<Board>,
    constants: Constants,
    shown: Mutex<Arc<Shown>>,
}

/// What a configuration says of them, and of the page about health.
#[derive(Debug)]
pub(super) struct Shown {
    /// Which of them are wanted.
    pub(super) keys: Keys,
    /// They are a page.
    is_page: bool,
    /// The path of the page about health.
    pub(super) health: String,
}

impl Shown {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            keys: config.metrics.clone(),
            is_page: config.metrics.enabled && config.webserver.prometheus_metrics_enabled,
            health: config.webserver.k8s_healthz_endpoint.clone(),
        }
    }
}

impl Figures {
    pub(super) fn new(board: Arc<Board>, constants: Constants, shown: Shown) -> Self {
        Self { board, constants, shown: Mutex::new(Arc::new(shown)) }
    }

    /// What the configuration says.
    pub(super) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another configuration says so.
    pub(super) fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
    }

    /// All of them: of the pipeline as it published them, of everything else as it is now.
    pub(super) fn now(&self) -> Metrics {
        let mut metrics = self.board.metrics();
        metrics.read_host(&self.constants);
        metrics
    }

    /// The page for Prometheus, where it is one.
    pub(super) fn page(&self) -> Option<Page> {
        let shown = self.shown();
        shown.is_page.then(|| {
            let text = exposition(&self.now(), &shown.keys);
            Page { status: 200, media_type: MEDIA_TYPE, text }
        })
    }
}
