//! Webhook: the alert posted to an address.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::error::ActError;

/// Posts a body; what was answered.
pub(crate) fn post(url: &str, body: &str, timeout: Duration) -> Result<String, ActError> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .http_status_as_error(false);
    let config = if url.starts_with("https:") { config.tls_config(tls()) } else { config };
    let agent: Agent = config.build().into();
    let answer = agent.post(url).header("Content-Type", "application/json").send(body);
    let answer = answer.map_err(|error| ActError::Unable(format!("{url}: {error}")))?;
    let status = answer.status();
    if status.is_success() {
        Ok(format!("answered {}", status.as_u16()))
    } else {
        Err(ActError::Unable(format!("{url} answered {}", status.as_u16())))
    }
}

/// Trusts whom the system trusts.
fn tls() -> TlsConfig {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<Certificate<'static>> =
        roots.iter().map(|one| Certificate::from_der(one.as_ref()).to_owned()).collect();
    trusting(roots)
}

/// Trusts these authorities, and nobody else.
pub(crate) fn trusting(roots: Vec<Certificate<'static>>) -> TlsConfig {
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build()
}
