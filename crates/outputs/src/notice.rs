//! What an output has to say about itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{SinkError, with_sources};

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
    /// An attempt takes long: the receiver hangs, or is slow.
    Slow {
        /// The output.
        output: String,
        /// How long an attempt may take unreported.
        limit: Duration,
    },
    /// Alerts wait there, and are sent again.
    Fails {
        /// The output.
        output: String,
        /// Why.
        why: Arc<SinkError>,
        /// Whether they wait in the journal.
        in_journal: bool,
    },
    /// The receiver refuses alerts for good.
    Refused {
        /// The output.
        output: String,
        /// Why the first of them.
        why: Arc<SinkError>,
        /// Whether it is kept as a dead letter.
        kept: bool,
    },
    /// What is written gets out again.
    WorksAgain {
        /// The output.
        output: String,
    },
    /// Its template could not be filled in: the alert's message is sent in its place.
    Template {
        /// The output.
        output: String,
        /// Why.
        why: String,
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
            | Self::Slow { output, .. }
            | Self::Fails { output, .. }
            | Self::Refused { output, .. }
            | Self::WorksAgain { output }
            | Self::Template { output, .. }
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
            Self::Slow { output, limit } => write!(
                f,
                "output {output}: an attempt takes longer than {} ms (output_timeout); its alerts wait, the other outputs go on",
                limit.as_millis()
            ),
            Self::Fails { output, why, in_journal } => {
                let wait = if *in_journal {
                    "alerts wait in the journal until it works again"
                } else {
                    "alerts wait in memory until it works again; those that do not fit are dropped and counted"
                };
                write!(f, "output {output} fails: {}; {wait}", with_sources(why))
            }
            Self::Refused { output, why, kept } => {
                let kept = if *kept {
                    "what it refuses is kept: peregrine journal show --dead-letters"
                } else {
                    "what it refuses is lost there and counted"
                };
                write!(f, "output {output} refuses alerts: {}; {kept}", with_sources(why))
            }
            Self::WorksAgain { output } => write!(f, "output {output} works again"),
            Self::Template { output, why } => write!(
                f,
                "output {output}: its template cannot be filled in: {why}; the alert's message is sent in its place"
            ),
            Self::NotReopened { output, why } => {
                write!(f, "output {output} cannot be opened anew: {}", with_sources(why))
            }
        }
    }
}
