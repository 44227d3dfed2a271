//! The keys of every output that speaks HTTP, and those of TLS.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::Headers;
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;

section! {
    /// `tls`: how the receiver proves who it is, and how this host does.
    TlsKeys {
        /// Trusts any certificate: whoever answers is believed to be the receiver.
        insecure: bool = false, Used, "true";
        /// A file with a certificate to trust, in the place of those the system trusts.
        ca_cert: PathBuf = PathBuf::new(), Used, "/etc/peregrine/ca.crt";
        /// A file with certificates to trust, in the place of those the system trusts.
        ca_bundle: PathBuf = PathBuf::new(), Used, "/etc/peregrine/ca-bundle.crt";
        /// A folder with a file of each certificate to trust, in the place of those the system trusts.
        ca_path: PathBuf = PathBuf::new(), Used, "/etc/ssl/certs";
        /// A file with the certificate of this host, followed by those that lead to its root: for a receiver that
        /// asks for one.
        client_cert: PathBuf = PathBuf::new(), Used, "/etc/peregrine/client.crt";
        /// The file with its key.
        client_key: PathBuf = PathBuf::new(), Used, "/etc/peregrine/client.key";
    }
}

section! {
    /// The keys of every output that speaks HTTP.
    HttpKeys {
        /// Headers of each request; their values are never printed.
        headers: Headers = Headers::default(), Used, "{Authorization: {file: /etc/peregrine/token}}";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
        /// The header `User-Agent`.
        user_agent: String = format!("peregrine/{}", env!("CARGO_PKG_VERSION")), Used, "my-host";
        /// How requests are compressed; the receiver must understand it.
        compress: Compression = Compression::None, Used, "gzip";
        /// Whether one connection serves request after request.
        keep_alive: bool = true, Used, "false";
    }
}

choice! {
    /// How the body of a request is compressed.
    Compression {
        /// Not at all.
        None = "none",
        /// `Content-Encoding: gzip`.
        Gzip = "gzip",
        /// `Content-Encoding: deflate`, in the format of zlib.
        Deflate = "deflate",
    }
}
