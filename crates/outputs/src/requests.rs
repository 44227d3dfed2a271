//! What others ask of the worker of an output.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::output::{Batch, Output};
use crate::retry::Retry;
use crate::select::Selection;

/// What others ask of a worker.
#[derive(Default)]
pub(crate) struct Requests {
    /// The output is to be opened anew.
    pub(crate) reopen: AtomicBool,
    /// Another output with other settings takes the place of this one.
    replacement: Mutex<Option<Replacement>>,
    /// Nothing more comes: when it must have ended.
    pub(crate) end: OnceLock<Instant>,
    /// The output is in the configuration no more: alerts of this number and higher ones are not for it.
    pub(crate) removed: OnceLock<u64>,
}

impl Requests {
    /// Has another output take the place of this one, once what it is at is done.
    pub(crate) fn replace(&self, by: Replacement) {
        *self.replacement.lock().unwrap_or_else(PoisonError::into_inner) = Some(by);
    }

    pub(crate) fn take_replacement(&self) -> Option<Replacement> {
        self.replacement.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An output, and all that its settings say.
pub(crate) struct Replacement {
    pub(crate) output: Box<dyn Output>,
    pub(crate) limits: Batch,
    pub(crate) selection: Selection,
    pub(crate) retry: Retry,
}
