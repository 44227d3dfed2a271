//! Why the web server cannot be started.

use std::io;
use std::path::PathBuf;

/// Why the web server cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The port cannot be listened at.
    #[error(
        "webserver: cannot listen on {address}, port {port} (webserver.listen_address, webserver.listen_port)"
    )]
    Listen {
        /// The address.
        address: String,
        /// The port.
        port: i64,
        /// Why.
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("webserver: {} has no certificate and key to serve with (webserver.ssl_certificate): {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The thread cannot be started.
    #[error("webserver: cannot start its thread")]
    Thread(#[source] io::Error),
}
