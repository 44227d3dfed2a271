//! Where the worker of an output has its alerts from: a queue in memory, or the journal.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use peregrine_alert::{Alert, DecodeError};
use peregrine_journal::{JournalError, Next, Subscription};

/// What lies in the queue.
pub(crate) enum Item {
    /// An alert, and how many bytes of memory it takes.
    Alert(Arc<Alert>, usize),
    /// There is something to do beside alerts.
    Look,
}

/// Where an alert comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// From the queue, where it took so many bytes.
    Queue(usize),
    /// From the journal: the number of its record; none where the journal could not take it.
    Journal(Option<u64>),
    /// From the worker itself: it says that so many alerts were lost.
    Losses(u64),
    /// From the worker itself: it says how many alerts were held back.
    Summary,
}

impl Place {
    /// The number of its record.
    pub(crate) fn number(self) -> Option<u64> {
        if let Self::Journal(number) = self { number } else { None }
    }
}

/// What comes next.
pub(crate) enum Arrival {
    Alert(Arc<Alert>, Place),
    /// An alert that cannot be read.
    Unreadable(DecodeError),
    /// The journal cannot be read.
    Fails(JournalError),
    /// Nothing came in time, or there is something to do beside alerts.
    Nothing,
    /// Nothing comes any more.
    End,
}

pub(crate) enum Feed {
    Queue(Receiver<Item>),
    Journal(Subscription),
}

impl Feed {
    /// The next alert; waits until `deadline` for one.
    pub(crate) fn next(&mut self, deadline: Instant) -> Arrival {
        match self {
            Self::Queue(alerts) => match alerts.recv_deadline(deadline) {
                Ok(Item::Alert(alert, weight)) => Arrival::Alert(alert, Place::Queue(weight)),
                Ok(Item::Look) | Err(RecvTimeoutError::Timeout) => Arrival::Nothing,
                Err(RecvTimeoutError::Disconnected) => Arrival::End,
            },
            Self::Journal(subscription) => match subscription.next(deadline) {
                Next::Alert(alert, number) => Arrival::Alert(alert, Place::Journal(number)),
                Next::Unreadable(_, why) => Arrival::Unreadable(why),
                Next::Fails(why) => Arrival::Fails(why),
                Next::Nothing => Arrival::Nothing,
                Next::End => Arrival::End,
            },
        }
    }

    /// All alerts but those that wait are done with; `first`: the number of the first that waits.
    pub(crate) fn confirm(&self, first: Option<u64>) {
        if let Self::Journal(subscription) = self {
            subscription.confirm(first.map_or_else(|| subscription.given(), |first| first - 1));
        }
    }
}
