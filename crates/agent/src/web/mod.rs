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
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    threads: usize,
    limits: Limits,
}

impl std::fmt::Debug for WebListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebListener").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl WebListener {
    /// Listens where the configuration says, and reads certificate and key where it encrypts.
    ///
    /// # Errors
    /// When the port is taken, the address is not one of this host, or certificate and key are missing or wrong.
    pub fn bind(config: &Webserver) -> Result<Self, WebError> {
        let (address, port) = (config.listen_address.0.clone(), config.listen_port.0);
        let bind = || {
            let port = u16::try_from(port).map_err(io::Error::other)?;
            // It may name a zone, as in `fe80::1%eth0`.
            let listener = TcpListener::bind((address.as_str(), port))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let tls = config.ssl_enabled.then(|| tls::acceptor(&config.ssl_certificate)).transpose()?;
        let listener =
            bind().map_err(|source| WebError::Listen { address: address.clone(), port, source })?;
        Ok(Self { listener, tls, threads: threads(config), limits: Limits::default() })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves on a thread of its own from here on. `answer` is called on one of the threads that
    /// `webserver.threadiness` counts.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn serve(self, answer: Answer) -> Result<WebServer, WebError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(self.threads)
            .thread_name("webserver page")
            .build()
            .map_err(WebError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("webserver".to_owned())
            .spawn(move || {
                let Self { listener, tls, threads, limits } = self;
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                    accept(&listener, tls, (threads, limits), answer, stopped).await;
                });
                // A page that hangs does not hold up the end.
                runtime.shutdown_background();
            })
            .map_err(WebError::Thread)?;
        Ok(WebServer { stop: Some(stop), thread: Some(thread) })
    }
}

/// How many threads make pages: `webserver.threadiness`, or one for each CPU.
pub fn threads(config: &Webserver) -> usize {
    match config.threadiness.size() {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads.min(THREADS_MAX),
    }
}

/// A web server that runs; it ends with this value.
#[derive(Debug)]
pub struct WebServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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
