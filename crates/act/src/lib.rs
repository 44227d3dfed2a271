//! What responses do to this host, and how it is taken back.
//!
//! In: a [`Task`](peregrine_respond::Task), with who asked for it. Out: a [`Line`] of the account that says what came
//! of it; the account ([`Ledger`]) and the files that were moved away ([`Store`]) on disk. Never: a text given to a
//! shell; a process that only has the number of the one that was meant; a link of somebody else followed; an action
//! that is not written down before it is done.
//!
//! [`Host`] is the way in (`host.rs`). A file an action: `signals.rs` (kill, stop, continue; `members.rs` finds trees),
//! `control_group.rs`, `store.rs` (quarantine), `lines.rs` (keys, jobs), `packet_filter.rs`, `user.rs`, `container.rs`, `kubernetes.rs`,
//! `evidence.rs`, `recording.rs`, `run.rs`, `webhook.rs`. `identity.rs` and `path.rs` check that a target is still the one that was meant,
//! `protect.rs` and `way_in.rs` say what is never touched; `shrink.rs` bounds the account.

mod container;
mod control_group;
mod error;
mod evidence;
mod host;
mod identity;
mod in_use;
mod kubernetes;
mod ledger;
mod lines;
mod members;
mod packet_filter;
mod path;
mod process_table;
mod protect;
mod recording;
mod roots;
mod run;
mod shrink;
mod signals;
mod store;
mod taskstats;
#[cfg(test)]
mod tests;
mod user;
mod way_in;
mod webhook;

pub use error::ActError;
pub use evidence::{RecentEvents, Signer, signature_of};
pub use host::Host;
pub use ledger::{AskedBy, Ledger, Line, Record, Step, Undo};
pub use shrink::Bounds;
pub use signals::Stopped;
pub use store::{Store, Stored};
pub use user::person;
