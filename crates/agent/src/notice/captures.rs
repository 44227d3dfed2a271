//! Notices about captures on a match.

use std::fmt;
use std::path::PathBuf;

use peregrine_alert::Priority;
use serde_json::Value as Json;

/// What became of a capture on a match.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureNotice {
    /// It is complete.
    Written {
        /// The file.
        path: PathBuf,
        /// Its events.
        events: u64,
        /// Its bytes.
        bytes: u64,
    },
    /// It ended because it has its maximum size.
    Full {
        /// The file.
        path: PathBuf,
        /// Bytes at most.
        most: u64,
        /// Its bytes.
        bytes: u64,
    },
    /// It cannot be written.
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Somebody removed it while it was written.
    Removed {
        /// The file.
        path: PathBuf,
    },
    /// Events that captures will not have: they were not written fast enough.
    EventsLost {
        /// How many, since this was said last.
        lost: u64,
    },
}

impl CaptureNotice {
    pub(super) fn level(&self) -> Priority {
        match self {
            Self::Written { .. } | Self::Full { .. } => Priority::Informational,
            Self::Failed { .. } => Priority::Error,
            Self::Removed { .. } | Self::EventsLost { .. } => Priority::Warning,
        }
    }

    /// The rule of its alert, where it has one.
    pub(super) fn rule(&self) -> Option<&'static str> {
        match self {
            // Falco's.
            Self::Full { .. } => Some("Falco internal: capture size limit reached"),
            Self::Failed { .. } | Self::Removed { .. } => {
                Some("Peregrine internal: capture failed")
            }
            Self::EventsLost { .. } => Some("Peregrine internal: capture loss"),
            Self::Written { .. } => None,
        }
    }

    pub(super) fn fields(&self, put: &mut dyn FnMut(&str, Json)) {
        match self {
            Self::Written { path, events, bytes } => {
                put("path", path.to_string_lossy().into());
                put("events", (*events).into());
                put("bytes", (*bytes).into());
            }
            // Falco's two.
            Self::Full { path, most, bytes } => {
                put("path", path.to_string_lossy().into());
                put("max_file_size_mb", (most >> 20).into());
                put("written_bytes", (*bytes).into());
            }
            Self::Failed { path, why } => {
                put("path", path.to_string_lossy().into());
                put("reason", why.as_str().into());
            }
            Self::Removed { path } => put("path", path.to_string_lossy().into()),
            Self::EventsLost { lost } => put("lost", (*lost).into()),
        }
    }
}

impl fmt::Display for CaptureNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { path, events, bytes } => {
                write!(f, "capture written: {}, {events} events, {bytes} bytes", path.display())
            }
            Self::Full { path, most, .. } => write!(
                f,
                "the capture {} ended: it has {} MiB (capture.max_file_size_mb)",
                path.display(),
                most >> 20
            ),
            Self::Failed { path, why } => write!(
                f,
                "the capture {} cannot be written: {why} (capture.path_prefix says where captures are)",
                path.display()
            ),
            Self::Removed { path } => {
                write!(f, "the capture {} was removed while it was written", path.display())
            }
            Self::EventsLost { lost } => {
                write!(f, "{lost} events are in no capture: they were not written fast enough")
            }
        }
    }
}
