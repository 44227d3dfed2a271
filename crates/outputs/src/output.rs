//! What an output is: it takes batches of alerts and says what became of each.

use std::time::Duration;

use peregrine_alert::Alert;

use crate::error::SinkError;

/// One alert on its way out.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The alert. Its identity stays the same when it is sent again.
    pub alert: &'a Alert,
    /// It in the format of this output, without a newline at its end.
    pub text: &'a str,
}

/// How much an output takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Alerts at most; at least 1.
    pub alerts: usize,
    /// Bytes of their texts at most; one alert always fits.
    pub bytes: usize,
    /// How long the first alert waits for others to come.
    pub wait: Duration,
}

impl Batch {
    /// Each alert on its own.
    pub const ONE: Self = Self { alerts: 1, bytes: usize::MAX, wait: Duration::ZERO };
}

/// What became of one alert.
#[derive(Debug)]
pub enum Fate {
    /// The receiver has it.
    Delivered,
    /// The receiver will never take it: it is reported, kept aside, and not sent again.
    Refused(SinkError),
    /// It is sent again.
    Again,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Report {
    /// Of each alert, in order.
    pub fates: Vec<Fate>,
    /// Why some are sent again; none where none is.
    pub error: Option<SinkError>,
    /// The receiver asks not to be asked again before.
    pub retry_after: Option<Duration>,
}

impl Report {
    /// All of them were delivered.
    pub fn delivered(alerts: usize) -> Self {
        Self::part(alerts, alerts, None)
    }

    /// None was; all are sent again.
    pub fn failed(alerts: usize, error: SinkError) -> Self {
        Self::part(0, alerts, Some(error))
    }

    /// The first `delivered` were; the others are sent again where there is an error.
    pub fn part(delivered: usize, alerts: usize, error: Option<SinkError>) -> Self {
        let fate = |at| if at < delivered { Fate::Delivered } else { Fate::Again };
        Self { fates: (0..alerts).map(fate).collect(), error, retry_after: None }
    }

    /// None will ever be taken.
    pub fn refused(alerts: usize, why: impl Fn() -> SinkError) -> Self {
        let fates = (0..alerts).map(|_| Fate::Refused(why())).collect();
        Self { fates, error: None, retry_after: None }
    }
}

/// Where alerts are delivered to. Each output is called from one thread, which may wait; what it waits for
/// has a time limit of the output's own.
pub trait Output: Send {
    /// How much it takes at once.
    fn batch(&self) -> Batch {
        Batch::ONE
    }

    /// Delivers alerts, in order. It connects when there is something to deliver: that a receiver is down is no
    /// reason not to start.
    fn deliver(&mut self, batch: &[Record<'_>]) -> Report;

    /// Closes what it writes to and opens it anew: somebody moved it away.
    ///
    /// # Errors
    /// When it cannot be opened. The next alert tries again.
    fn reopen(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Does what is due without alerts: called about once a second while none come, and once at the end.
    ///
    /// # Errors
    /// When it cannot be done; the next call tries again.
    fn tick(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// How many alerts it delivered so far from which something was cut, for the receiver takes no more.
    fn truncated(&self) -> u64 {
        0
    }
}
