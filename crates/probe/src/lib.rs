//! The kernel side: programs, loader, rings, loss counters, first snapshot.
//!
//! In: the system calls of interest ([`Probe::set_interest`]). Out: records, an event block and the
//! its trailer, borrowed from the rings in order of time ([`Probe::drain`]); the threads and
//! descriptors there were at the start ([`snapshot()`]); what could not be delivered, by class
//! ([`Probe::losses`]); what this kernel offers ([`doctor()`]).
//! Never: a copy of a record, an event that is lost without being counted, a wake-up per event.
//!
//! `bpf/capture.bpf.c` is the place to begin reading on the kernel side.

mod clock;
mod damage;
mod doctor;
mod error;
mod handles;
mod heap;
mod interest;
mod load;
mod losses;
mod object;
mod on_demand;
mod programs;
mod rights;
mod ring;
mod snapshot;
mod uring;

pub use damage::{Damage, DamageKind, Unrepaired};
pub use doctor::{Check, doctor};
pub use error::{ProbeError, Refused};
pub use handles::{generation, generation_at};
pub use heap::share_heap;
pub use load::{Attach, Change, Changed, Options, Probe, Replaced};
pub use losses::{CLASSES, Losses};
pub use object::libbpf_version;
pub use rights::{
    Allocator, MissingRight, allocator, check, give_back_memory, missing_rights, rings,
};
pub use snapshot::{Snapshot, snapshot};
pub use uring::Unavailable as UringUnavailable;
