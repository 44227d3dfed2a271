//! What receivers refuse for good, kept aside by the workers of all outputs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use peregrine_journal::{DeadLetter, DeadLetters, JournalError};

/// One file of dead letters for all outputs.
#[derive(Clone)]
pub(crate) struct SharedDeadLetters(Arc<Mutex<DeadLetters>>);

impl fmt::Debug for SharedDeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedDeadLetters")
    }
}

impl SharedDeadLetters {
    pub(crate) fn new(dead_letters: DeadLetters) -> Self {
        Self(Arc::new(Mutex::new(dead_letters)))
    }

    /// Adds one.
    pub(crate) fn add(&self, letter: &DeadLetter) -> Result<(), JournalError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(letter)
    }
}
