//! The journal: alerts written down before they are sent, so that a later change shows.
//!
//! In: alerts, in order, and the time. Out: records in segments, each chained to the one before by its
//! hash, with a signed checkpoint now and then; what [`verify()`] says of them; the alerts again, by
//! number ([`Follower`]) or by condition and time ([`search()`]).
//! Never: an acknowledged record that goes without a word, a record changed after it was written, a clock.
//!
//! [`Journal`] is the writer, over a [`Storage`]: files ([`FileStorage`]), or memory with faults in
//! tests. [`Appender`] puts it on a thread of its own behind a bounded queue. `record.rs` has the bytes of a record, `segment.rs` those of a segment, `open.rs` what a crash
//! leaves and how the writer goes on.

mod appender;
mod checkpoint;
mod cursors;
mod dead_letters;
mod disk_work;
mod error;
mod file;
mod follow;
mod index;
mod journal;
mod notes;
mod notice;
mod open;
mod options;
mod recent;
mod record;
mod retention;
mod search;
mod segment;
mod storage;
mod subscription;
#[cfg(test)]
mod tests;
mod verify;

pub use appender::{Appender, Closing, JournalStats};
pub use checkpoint::{Checkpoint, PublicKey, Signer};
pub use dead_letters::{DeadLetter, DeadLetters, dead_letters};
pub use error::JournalError;
pub use file::FileStorage;
pub use follow::{BytesEntry, Entry, Follower};
pub use journal::{Acknowledged, Journal};
pub use notice::{JournalNotice, Unread};
pub use options::{Fsync, Now, Options};
pub use record::Chain;
pub use search::{Found, Query, find, search};

pub use storage::{Anchor, Storage};
pub use subscription::{Consumers, Next, Subscription, Watch};
pub use verify::{Against, Finding, Verified, verify};
