//! TLS: which receivers are trusted, and what this host shows of itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use peregrine_config::TlsKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use crate::error::SinkError;

/// What keys of TLS name, loaded.
pub(crate) struct Tls {
    insecure: bool,
    roots: Arc<Vec<CertificateDer<'static>>>,
    shown: Option<Shown>,
}

/// What this host proves its name with.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// The same key, in the type of the client of HTTP.
    for_http: ureq::tls::PrivateKey<'static>,
}

impl Tls {
    /// Loads the files that `keys` name, or the certificates the system trusts.
    ///
    /// # Errors
    /// When one cannot be read or is no certificate or key.
    pub(crate) fn load(keys: &TlsKeys) -> Result<Self, SinkError> {
        let set = |path: &PathBuf| !path.as_os_str().is_empty();
        // As curl: the first of these decides.
        let roots = if keys.insecure {
            Arc::default()
        } else if set(&keys.ca_cert) {
            Arc::new(certificates(&keys.ca_cert, "ca_cert")?)
        } else if set(&keys.ca_bundle) {
            Arc::new(certificates(&keys.ca_bundle, "ca_bundle")?)
        } else if set(&keys.ca_path) {
            Arc::new(folder(&keys.ca_path)?)
        } else {
            system()
        };
        let shown = match (set(&keys.client_cert), set(&keys.client_key)) {
            (false, false) => None,
            (true, true) => {
                let chain = certificates(&keys.client_cert, "client_cert")?;
                let path = &keys.client_key;
                let pem =
                    std::fs::read(path).map_err(|error| unreadable("client_key", path, &error))?;
                let no_key =
                    || unreadable("client_key", path, &"there is no key in PEM format in it");
                let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| no_key())?;
                let for_http = ureq::tls::PrivateKey::from_pem(&pem).map_err(|_| no_key())?;
                Some(Shown { chain, key, for_http })
            }
            (true, false) => return Err(alone("client_cert", "client_key")),
            (false, true) => return Err(alone("client_key", "client_cert")),
        };
        let tls = Self { insecure: keys.insecure, roots, shown };
        // Whether certificate and key belong together is known only then.
        tls.client()?;
        Ok(tls)
    }

    /// For a connection of our own.
    ///
    /// # Errors
    /// When the certificate and the key do not belong together.
    pub(crate) fn client(&self) -> Result<ClientConfig, SinkError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| SinkError::Configuration(format!("tls: {error}")))?;
        let builder = if self.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Trusting(provider())))
        } else {
            let mut store = RootCertStore::empty();
            // Those of the system may hold some that are too old to be understood.
            store.add_parsable_certificates(self.roots.iter().cloned());
            builder.with_root_certificates(store)
        };
        match &self.shown {
            None => Ok(builder.with_no_client_auth()),
            Some(shown) => builder
                .with_client_auth_cert(shown.chain.clone(), shown.key.clone_key())
                .map_err(|error| {
                    let text = "tls: client_cert and client_key do not belong together";
                    SinkError::Configuration(format!("{text}: {error}"))
                }),
        }
    }

    /// For the client of HTTP.
    pub(crate) fn for_http(&self) -> ureq::tls::TlsConfig {
        use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig};
        let owned = |certificate: &CertificateDer<'static>| {
            Certificate::from_der(certificate.as_ref()).to_owned()
        };
        let roots: Vec<_> = self.roots.iter().map(owned).collect();
        let shown = self.shown.as_ref().map(|shown| {
            let chain: Vec<_> = shown.chain.iter().map(owned).collect();
            ClientCert::new_with_certs(&chain, shown.for_http.to_owned())
        });
        TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider())
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .client_cert(shown)
            .disable_verification(self.insecure)
            .build()
    }
}

impl Tls {
    /// Whether whoever answers is believed to be the receiver.
    pub(crate) fn insecure(&self) -> bool {
        self.insecure
    }

    /// The certificates that are trusted.
    pub(crate) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// The certificates the system trusts, the same for all outputs.
fn system() -> Arc<Vec<CertificateDer<'static>>> {
    static ROOTS: OnceLock<Arc<Vec<CertificateDer<'static>>>> = OnceLock::new();
    // Files that cannot be read trust nobody: the handshake says that the issuer is unknown.
    Arc::clone(ROOTS.get_or_init(|| Arc::new(rustls_native_certs::load_native_certs().certs)))
}

fn alone(key: &str, other: &str) -> SinkError {
    SinkError::Configuration(format!("tls: {key} needs {other} beside it"))
}

fn unreadable(key: &str, path: &Path, error: &dyn std::fmt::Display) -> SinkError {
    SinkError::Configuration(format!("tls: {key}: {}: {error}", path.display()))
}

/// The certificates of a file.
fn certificates(path: &Path, key: &str) -> Result<Vec<CertificateDer<'static>>, SinkError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let all: Vec<_> = read.map_err(|error| unreadable(key, path, &error))?;
    if all.is_empty() {
        return Err(unreadable(key, path, &"there is no certificate in PEM format in it"));
    }
    Ok(all)
}

/// The certificates of a folder, whether its files are called by their hash, as OpenSSL wants, or not. What is no
/// certificate is passed over.
fn folder(path: &Path) -> Result<Vec<CertificateDer<'static>>, SinkError> {
    let entries = std::fs::read_dir(path).map_err(|error| unreadable("ca_path", path, &error))?;
    let mut all = Vec::new();
    for entry in entries.flatten() {
        if entry.path().is_file() {
            let read = CertificateDer::pem_file_iter(entry.path());
            all.extend(read.into_iter().flatten().flatten());
        }
    }
    // A certificate often stands there twice: by its name and by its hash.
    all.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
    all.dedup();
    if all.is_empty() {
        return Err(unreadable("ca_path", path, &"there is no certificate in PEM format in it"));
    }
    Ok(all)
}

/// What an error of TLS means and what to do.
pub(crate) fn meaning(error: &Error) -> String {
    use CertificateError as Bad;
    match error {
        Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => {
                "its certificate has expired: renew it there".to_owned()
            }
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "its certificate is not valid yet: look at the clocks of both hosts".to_owned()
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "its certificate is for another name: use the name it is for".to_owned()
            }
            Bad::UnknownIssuer => {
                "nobody trusted here signed its certificate: name its authority in \
                                   `ca_cert`"
                    .to_owned()
            }
            Bad::Revoked => "its certificate was revoked".to_owned(),
            other => format!("its certificate is not accepted: {other}"),
        },
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
            | AlertDescription::HandshakeFailure,
        ) => {
            "it does not accept this host's certificate, or wants one: see `client_cert`".to_owned()
        }
        Error::InvalidMessage(_) => "it does not speak TLS there".to_owned(),
        other => format!("TLS fails: {other}"),
    }
}

/// What an error of TLS within one of the system means, where it is one.
pub(crate) fn meaning_within(error: &std::io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<Error>().map(meaning)
}

/// Believes whoever answers.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
