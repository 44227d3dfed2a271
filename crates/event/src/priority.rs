//! How bad a thing is, in syslog's words.

use std::fmt;
use std::str::FromStr;

/// The priority of a rule and of its alerts, worst first; the number is syslog's severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "syslog's words")]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Informational,
    Debug,
}

impl Priority {
    /// All of them, worst first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// The word in alerts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a priority: one of emergency, alert, critical, error, warning, notice, informational, debug"
)]
pub struct UnknownPriority;

impl FromStr for Priority {
    type Err = UnknownPriority;

    /// Case does not matter; `info` is `informational`.
    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        if text.eq_ignore_ascii_case("info") {
            return Ok(Self::Informational);
        }
        Self::ALL
            .into_iter()
            .find(|priority| priority.name().eq_ignore_ascii_case(text))
            .ok_or(UnknownPriority)
    }
}
