//! Where other threads ask for reloads, and wait for what becomes of them.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use peregrine_control::{Failure, ReloadAnswer};

use super::Rejected;

/// How long whoever asks waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who waits for a reload.
#[derive(Debug)]
pub(crate) struct Asked {
    /// They want to know what would change.
    pub(crate) dry_run: bool,
    reply: SyncSender<Result<ReloadAnswer, Rejected>>,
}

impl Asked {
    /// Answers; whoever asked may be gone.
    pub(crate) fn answer(self, answer: Result<ReloadAnswer, Rejected>) {
        let _ = self.reply.try_send(answer);
    }
}

/// The way of requests from other threads to the pipeline's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Vec<Asked>>>);

impl Gate {
    /// Asks for a reload and waits for it.
    pub(crate) fn ask(&self, dry_run: bool) -> Result<ReloadAnswer, Failure> {
        let (reply, answer) = sync_channel(1);
        self.put_back(vec![Asked { dry_run, reply }]);
        match answer.recv_timeout(PATIENCE) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(rejected)) => Err(Failure::failed(rejected.text())),
            Err(RecvTimeoutError::Timeout) => {
                Err(Failure::failed("the reload takes longer than a minute".to_owned()))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(Failure::failed("the agent ends".to_owned()))
            }
        }
    }

    /// Those who wait.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those who wait a little longer.
    pub(crate) fn put_back(&self, asked: Vec<Asked>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
    }
}
