//! The web server as the last configuration has it.

use std::sync::Arc;

use peregrine_config::Config;

use crate::web::{Answer, WebError, WebListener, WebPort, WebServer};

/// The web server, where there is one.
pub(super) struct Web {
    server: Option<WebServer>,
    answer: Answer,
}

/// What that of another configuration is prepared from, on any thread.
pub(super) struct WebPreparation {
    running: Option<Arc<WebPort>>,
    answer: Answer,
}

/// That of another configuration. It serves already, beside the one whose place it takes.
pub(super) enum PreparedWeb {
    /// The one that serves goes on.
    Same,
    /// Another one, or none.
    Other(Option<WebServer>),
}

impl Web {
    /// Serves, where there is a port to listen at.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub(super) fn start(listener: Option<WebListener>, answer: Answer) -> Result<Self, WebError> {
        let server = listener.map(|listener| listener.serve(Arc::clone(&answer))).transpose()?;
        Ok(Self { server, answer })
    }

    pub(super) fn preparation(&self) -> WebPreparation {
        let running = self.server.as_ref().map(WebServer::port);
        WebPreparation { running, answer: Arc::clone(&self.answer) }
    }

    /// Serves as another configuration says. The former server is handed out: its end may take a while.
    pub(super) fn swap(&mut self, prepared: PreparedWeb) -> Option<WebServer> {
        match prepared {
            PreparedWeb::Same => None,
            PreparedWeb::Other(server) => std::mem::replace(&mut self.server, server),
        }
    }
}

impl WebPreparation {
    /// Starts the server that the configuration asks for, where it is another one.
    ///
    /// # Errors
    /// When it cannot listen, certificate and key cannot be used or its thread cannot be started.
    pub(super) fn prepare(self, config: &Config) -> Result<PreparedWeb, WebError> {
        let Self { running, answer } = self;
        if !config.webserver.enabled {
            return Ok(PreparedWeb::Other(None));
        }
        match WebListener::bind_after(&config.webserver, running.as_deref())? {
            None => Ok(PreparedWeb::Same),
            Some(listener) => Ok(PreparedWeb::Other(Some(listener.serve(answer)?))),
        }
    }
}
