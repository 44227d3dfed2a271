//! What somebody else changed of what Peregrine has in the kernel.

use std::sync::Arc;

use crate::error::ProbeError;
use crate::load::Names;
use crate::uring::Unavailable;

/// A change that somebody else made, and what became of it.
#[derive(Debug, Clone)]
pub struct Damage {
    /// What was found.
    pub kind: DamageKind,
    /// Why it could not be repaired; none where it was.
    pub unrepaired: Option<Unrepaired>,
}

impl Damage {
    /// Damage that is repaired.
    pub(crate) fn repaired(kind: DamageKind) -> Self {
        Self { kind, unrepaired: None }
    }

    /// Damage whose repair ended with this.
    pub(crate) fn after<T>(kind: DamageKind, repair: Result<T, ProbeError>) -> Self {
        let unrepaired = repair.err().map(|error| Unrepaired::Failed(Arc::new(error)));
        Self { kind, unrepaired }
    }

    /// Damage that cannot be repaired one by one.
    pub(crate) fn unrepaired(kind: DamageKind, why: Unrepaired) -> Self {
        Self { kind, unrepaired: Some(why) }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// A program is no longer attached.
    #[error("the program {0} was stopped")]
    ProgramStopped(&'static str),
    /// The programs for `io_uring` are no longer attached.
    #[error("the programs for io_uring were stopped")]
    UringStopped,
    /// Programs are missing from the map that calls jump by.
    #[error("programs were removed from the map of calls: {}", .0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))]
    ProgramsRemoved(Names),
    /// That map cannot be read.
    #[error("the map of programs cannot be read")]
    ProgramsUnreadable,
    /// The set of calls of interest is missing.
    #[error("the set of calls of interest was removed")]
    InterestRemoved,
    /// A ring is missing from the map of rings.
    #[error("a ring was removed")]
    RingRemoved,
    /// The position up to which a ring was read is another one.
    #[error("the consumer position of a ring was changed")]
    RingPosition,
    /// The set of files that rules name is another one.
    #[error("the set of files that rules name was changed")]
    KnownFiles,
    /// Control groups are classified as something else, or not at all.
    #[error("the classification of control groups was changed")]
    CgroupKinds,
    /// The configuration of the programs is another one.
    #[error("the configuration of the programs was changed")]
    Configuration,
    /// The configuration of the programs cannot be read.
    #[error("the configuration of the programs cannot be compared")]
    ConfigurationUnreadable,
    /// The counters of lost events are smaller than before.
    #[error("the counters of lost events were reset")]
    LossesReset,
    /// The counters of lost events cannot be read.
    #[error("the counters of lost events cannot be read")]
    LossesUnreadable,
    /// The event of a call that the agent made for this purpose did not arrive.
    #[error("the event of a self-test call did not arrive")]
    SelfTestMissing,
    /// That event arrived with a wrong time.
    #[error("the event of a self-test call arrived with a wrong time")]
    SelfTestTime,
    /// Something could not be repaired by itself, so all programs were loaded anew.
    #[error("all programs are loaded anew")]
    Reloaded,
}

/// Why damage could not be repaired.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Unrepaired {
    /// The kernel refused the repair.
    #[error(transparent)]
    Failed(Arc<ProbeError>),
    /// The programs for `io_uring` cannot be loaded any more.
    #[error(transparent)]
    Uring(Unavailable),
    /// Events that were lost before a reset are not in the counters any more.
    #[error("the number of events lost meanwhile is not known")]
    LossesUnknown,
    /// Nothing was found that explains it.
    #[error("the cause is not known")]
    CauseUnknown,
}
