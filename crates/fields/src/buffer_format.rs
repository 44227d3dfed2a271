//! How buffers are written as text.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// How buffers are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BufferFormat {
    /// What cannot be printed becomes a dot.
    #[default]
    Dotted,
    /// Base64, with padding.
    Base64,
}

impl BufferFormat {
    /// A buffer as text.
    pub(crate) fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Dotted => dotted(bytes),
            Self::Base64 => BASE64_STANDARD.encode(bytes),
        }
    }
}

/// Bytes as text: what cannot be printed becomes a dot.
pub(crate) fn dotted(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' })
        .collect()
}
