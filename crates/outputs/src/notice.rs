//! What an output has to say about itself.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use crate::error::SinkError;

/// Takes what outputs have to say about themselves.
pub type Notify = Arc<dyn Fn(&OutputNotice) + Send + Sync>;

/// An output fails, or works again.
#[derive(Debug, Clone)]
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
        why: Arc<SinkError>,
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
        why: Arc<SinkError>,
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
                "output {output} fails: {}; alerts are lost there and counted until it works again",
                with_sources(why)
            ),
            Self::WorksAgain { output } => write!(f, "output {output} works again"),
            Self::NotReopened { output, why } => {
                write!(f, "output {output} cannot be opened anew: {}", with_sources(why))
            }
        }
    }
}

/// An error and what caused it, in one line.
fn with_sources(error: &SinkError) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        line = format!("{line}: {source}");
        next = source.source();
    }
    line
}
