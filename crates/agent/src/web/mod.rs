//! The web server: what orchestrators, Prometheus and people ask over HTTP or HTTPS.
//!
//! In: requests of anybody who reaches the port. Out: what a function answers to each path.
//! Never: a client that holds up the agent or another client. All connections are tasks of one thread, each with
//! limits of time and size; answers come from copies, never from the pipeline itself.

mod connection;
mod error;
mod limits;
mod tls;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use peregrine_config::model::Webserver;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use self::connection::accept;
use self::limits::Limits;

pub use error::WebError;
pub use limits::{Answer, Page};

/// Threads that make pages, at most.
const THREADS_MAX: usize = 512;

/// A port that is listened at. Whoever connects waits until it is served.
pub struct WebListener {
    port: Arc<WebPort>,
    tls: Option<TlsAcceptor>,
    threads: usize,
    limits: Limits,
}

/// What a server was made from.
pub(crate) struct WebPort {
    listener: TcpListener,
    keys: Webserver,
    /// Certificate and key as they were read; empty where it does not encrypt.
    pem: Vec<u8>,
}

impl std::fmt::Debug for WebListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebListener").field("listener", &self.port.listener).finish_non_exhaustive()
    }
}

impl WebListener {
    /// Listens where the configuration says, and reads certificate and key where it encrypts.
    ///
    /// # Errors
    /// When the port is taken, the address is not one of this host, or certificate and key are missing or wrong.
    pub fn bind(config: &Webserver) -> Result<Self, WebError> {
        Self::new(config, read_pem(config)?, None)
    }

    /// Listens where another configuration says, with the socket of `former` where that is the same place. None where
    /// `former` is what the configuration asks for, its certificate included.
    ///
    /// # Errors
    /// As of [`Self::bind`].
    pub(crate) fn bind_after(
        config: &Webserver,
        former: Option<&WebPort>,
    ) -> Result<Option<Self>, WebError> {
        let pem = read_pem(config)?;
        if former.is_some_and(|former| former.serves(config, &pem)) {
            return Ok(None);
        }
        Self::new(config, pem, former).map(Some)
    }

    fn new(config: &Webserver, pem: Vec<u8>, former: Option<&WebPort>) -> Result<Self, WebError> {
        let tls = config.ssl_enabled.then(|| tls::acceptor(&config.ssl_certificate, &pem));
        let tls = tls.transpose()?;
        let listener = match former.filter(|former| former.is_at(config)) {
            Some(former) => former.listener.try_clone(),
            None => listen(config),
        };
        let listener = listener.map_err(|source| WebError::Listen {
            address: config.listen_address.0.clone(),
            port: config.listen_port.0,
            source,
        })?;
        let port = Arc::new(WebPort { listener, keys: config.clone(), pem });
        Ok(Self { port, tls, threads: threads(config), limits: Limits::default() })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.port.listener.local_addr()
    }

    /// Serves on a thread of its own from here on. `answer` is called on one of the threads that
    /// `webserver.threadiness` counts.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn serve(self, answer: Answer) -> Result<WebServer, WebError> {
        let Self { port, tls, threads, limits } = self;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(threads)
            .thread_name("webserver page")
            .build()
            .map_err(WebError::Thread)?;
        let listener = port.listener.try_clone().map_err(WebError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("webserver".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                    accept(&listener, tls, (threads, limits), answer, stopped).await;
                });
                // A page that hangs does not hold up the end.
                runtime.shutdown_background();
            })
            .map_err(WebError::Thread)?;
        Ok(WebServer { stop: Some(stop), thread: Some(thread), port })
    }
}

impl WebPort {
    /// Whether it listens where the configuration says.
    fn is_at(&self, config: &Webserver) -> bool {
        self.keys.listen_address == config.listen_address
            && self.keys.listen_port == config.listen_port
    }

    /// Whether its server is the one that the configuration asks for.
    fn serves(&self, config: &Webserver, pem: &[u8]) -> bool {
        self.is_at(config)
            && self.keys.ssl_enabled == config.ssl_enabled
            && self.keys.threadiness == config.threadiness
            && self.pem == pem
    }
}

fn listen(config: &Webserver) -> io::Result<TcpListener> {
    let port = u16::try_from(config.listen_port.0).map_err(io::Error::other)?;
    // It may name a zone, as in `fe80::1%eth0`.
    let listener = TcpListener::bind((config.listen_address.0.as_str(), port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Reads certificate and key, where it encrypts.
fn read_pem(config: &Webserver) -> Result<Vec<u8>, WebError> {
    if !config.ssl_enabled {
        return Ok(Vec::new());
    }
    let path = &config.ssl_certificate;
    std::fs::read(path)
        .map_err(|error| WebError::Certificate { path: path.clone(), why: error.to_string() })
}

/// How many threads make pages: `webserver.threadiness`, or one for each CPU.
pub fn threads(config: &Webserver) -> usize {
    match config.threadiness.size() {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads.min(THREADS_MAX),
    }
}

/// A web server that runs; it ends with this value.
pub struct WebServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    port: Arc<WebPort>,
}

impl WebServer {
    /// What it was made from.
    pub(crate) fn port(&self) -> Arc<WebPort> {
        Arc::clone(&self.port)
    }
}

impl std::fmt::Debug for WebServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebServer").field("listener", &self.port.listener).finish_non_exhaustive()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
