//! What is reported of metrics, regularly and by the web server, as the last configuration has it.

use std::sync::Arc;

use peregrine_config::Config;

use super::error::MonitorError;
use super::figures::{Figures, Shown};
use super::snapshot_writer::{Snapshot, SnapshotWriter};
use super::web::{PreparedWeb, Web, WebPreparation};
use crate::notice::Notify;
use crate::web::WebServer;

/// Reports of metrics.
pub(super) struct Reports {
    figures: Arc<Figures>,
    writer: Option<SnapshotWriter>,
    web: Web,
    notify: Notify,
}

/// What those of another configuration are prepared from, on any thread.
pub(super) struct ReportsPreparation {
    figures: Arc<Figures>,
    web: WebPreparation,
    notify: Notify,
}

/// Those of another configuration.
pub(super) struct PreparedReports {
    shown: Shown,
    writer: NextWriter,
    web: PreparedWeb,
}

/// What reported until others took its place.
pub(super) struct FormerReports {
    _writer: Option<SnapshotWriter>,
    _web: Option<WebServer>,
}

enum NextWriter {
    /// The one that reports goes on.
    Same,
    /// Another one, or none.
    Other(Option<SnapshotWriter>),
}

impl Reports {
    /// Begins to report what the configuration of `figures` says.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread cannot be started.
    pub(super) fn start(
        figures: Arc<Figures>,
        web: Web,
        notify: &Notify,
    ) -> Result<Self, MonitorError> {
        let writer = SnapshotWriter::start(&figures.shown().keys, Arc::clone(&figures), notify)?;
        Ok(Self { figures, writer, web, notify: Arc::clone(notify) })
    }

    /// The alerts that are due.
    pub(super) fn due(&self) -> impl Iterator<Item = Snapshot> {
        self.writer.iter().flat_map(SnapshotWriter::due)
    }

    pub(super) fn preparation(&self) -> ReportsPreparation {
        let (figures, notify) = (Arc::clone(&self.figures), Arc::clone(&self.notify));
        ReportsPreparation { figures, web: self.web.preparation(), notify }
    }

    /// Reports as another configuration says. What reported before is handed out: its end may take a while.
    pub(super) fn swap(&mut self, prepared: PreparedReports) -> FormerReports {
        let PreparedReports { shown, writer, web } = prepared;
        self.figures.show(shown);
        let writer = match writer {
            NextWriter::Same => None,
            NextWriter::Other(writer) => std::mem::replace(&mut self.writer, writer),
        };
        FormerReports { _writer: writer, _web: self.web.swap(web) }
    }
}

impl ReportsPreparation {
    /// Opens what the configuration asks for.
    ///
    /// # Errors
    /// When the file or the port cannot be opened or a thread cannot be started.
    pub(super) fn prepare(self, config: &Config) -> Result<PreparedReports, MonitorError> {
        let shown = Shown::new(config);
        let writer = if self.figures.shown().keys == shown.keys {
            NextWriter::Same
        } else {
            NextWriter::Other(SnapshotWriter::start(&shown.keys, self.figures, &self.notify)?)
        };
        let web = self.web.prepare(config)?;
        Ok(PreparedReports { shown, writer, web })
    }
}
