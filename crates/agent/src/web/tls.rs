//! Certificate and key of a server.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::error::WebError;

/// Serves with the certificates and the key of one file (PEM), the server's own certificate first. `path`: where they
/// were read.
pub(super) fn acceptor(path: &Path, pem: &[u8]) -> Result<TlsAcceptor, WebError> {
    let wrong = |why: String| WebError::Certificate { path: path.to_owned(), why };
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(pem)
        .map_err(|_| wrong("there is no private key in it".to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| wrong(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
