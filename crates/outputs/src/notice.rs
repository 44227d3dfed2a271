//! What an output has to say about itself.

use std::fmt;

/// An output fails, or works again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputNotice {
    /// Alerts are dropped for the first time.
    QueueFull {
        /// The output.
        output: String,
    },
    /// Alerts are lost there until it works again.
    Fails {
        /// The output.
        output: String,
        /// Why.
        why: String,
    },
    /// What is written gets out again.
    WorksAgain {
        /// The output.
        output: String,
    },
    /// Its file could not be opened anew.
    NotReopened {
        /// The output.
        output: String,
        /// Why.
        why: String,
    },
}

impl OutputNotice {
    /// The output.
    pub fn output(&self) -> &str {
        match self {
            Self::QueueFull { output }
            | Self::Fails { output, .. }
            | Self::WorksAgain { output }
            | Self::NotReopened { output, .. } => output,
        }
    }
}

impl fmt::Display for OutputNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull { output } => {
                write!(f, "output {output}: the queue is full, alerts are dropped and counted")
            }
            Self::Fails { output, why } => write!(
                f,
                "output {output} fails: {why}; alerts are lost there and counted until it works again"
            ),
            Self::WorksAgain { output } => write!(f, "output {output} works again"),
            Self::NotReopened { output, why } => write!(f, "output {output} opened anew: {why}"),
        }
    }
}
