//! All metrics of a moment, for whoever asks on another thread than the pipeline's.

use std::sync::Arc;

use peregrine_config::model::Metrics as Keys;

use super::status::Board;
use crate::metrics::{Constants, MEDIA_TYPE, Metrics, exposition};
use crate::web::Page;

/// Where metrics come from.
pub(super) struct Figures {
    board: Arc<Board>,
    constants: Constants,
    keys: Keys,
}

impl Figures {
    pub(super) fn new(board: Arc<Board>, constants: Constants, keys: &Keys) -> Self {
        Self { board, constants, keys: keys.clone() }
    }

    /// Which of them are wanted.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// All of them: of the pipeline as it published them, of everything else as it is now.
    pub(super) fn now(&self) -> Metrics {
        let mut metrics = self.board.metrics();
        metrics.read_host(&self.constants);
        metrics
    }

    /// The page for Prometheus.
    pub(super) fn page(&self) -> Page {
        Page { status: 200, media_type: MEDIA_TYPE, text: exposition(&self.now(), &self.keys) }
    }
}
