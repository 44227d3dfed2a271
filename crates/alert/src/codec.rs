//! The encoding of alerts for Peregrine's own programs: stored, or sent to another of them.

use serde::{Deserialize, Serialize};

use crate::alert::Alert;

/// The version of the encoding. It grows when a field changes its meaning or is removed; a new field
/// does not change it.
pub const VERSION: u32 = 1;

/// Why bytes cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Another version wrote it.
    #[error("the alert is of version {0}, this program reads {VERSION}")]
    Version(u32),
    /// They are not an alert.
    #[error("this is no alert")]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u32,
    #[serde(flatten)]
    alert: &'a Alert,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Alert {
    /// One JSON object with the version and every field.
    pub fn encode(&self) -> String {
        // An `Alert` always has a text: its keys are strings.
        serde_json::to_string(&Versioned { version: VERSION, alert: self }).unwrap_or_default()
    }

    /// Decodes what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are not an alert, or one of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// A priority by its name.
pub(crate) mod priority {
    use peregrine_event::Priority;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(crate) fn serialize<S: Serializer>(
        priority: &Priority,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(priority.name())
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Priority, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}
