//! Notices about responses.

use std::fmt;

use peregrine_alert::Priority;
use serde_json::Value as Json;

/// What there is to say of responses beside what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseNotice {
    /// Alerts are answered.
    On {
        /// How many responses there are.
        responses: usize,
        /// Whether they act, or only report what they would do.
        acts: bool,
    },
    /// Matches that no response saw: too many waited.
    Missed {
        /// How many.
        missed: u64,
    },
    /// The account cannot be read or written: why.
    Unwritten {
        /// Why.
        why: String,
    },
}

impl ResponseNotice {
    pub(super) fn level(&self) -> Priority {
        match self {
            Self::On { .. } => Priority::Informational,
            Self::Missed { .. } => Priority::Warning,
            Self::Unwritten { .. } => Priority::Error,
        }
    }

    /// The rule of its alert, where it has one.
    pub(super) fn rule(&self) -> Option<&'static str> {
        match self {
            Self::On { .. } => None,
            Self::Missed { .. } | Self::Unwritten { .. } => {
                Some("Peregrine internal: response failed")
            }
        }
    }

    pub(super) fn fields(&self, put: &mut dyn FnMut(&str, Json)) {
        match self {
            Self::On { responses, acts } => {
                put("responses", (*responses).into());
                put("acts", (*acts).into());
            }
            Self::Missed { missed } => put("missed", (*missed).into()),
            Self::Unwritten { why } => put("reason", why.as_str().into()),
        }
    }
}

impl fmt::Display for ResponseNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On { responses, acts } => {
                let plural = if *responses == 1 { "" } else { "s" };
                let how = if *acts {
                    "they act"
                } else {
                    "they only report what they would do (respond.mode: on lets them act)"
                };
                write!(f, "{responses} response{plural}: {how}")
            }
            Self::Missed { missed } => {
                write!(f, "{missed} matches were answered by no response: too many waited")
            }
            Self::Unwritten { why } => {
                write!(f, "the account of responses cannot be kept: {why}; nothing is done")
            }
        }
    }
}
