//! Whether a connection is encrypted.

use serde_json::Value as Json;

use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::Node;

choice! {
    /// Whether a connection is encrypted.
    Encryption {
        /// It is not.
        None = "none",
        /// By TLS, from the first byte on or where the protocol begins it.
        Tls = "tls",
    }
}
