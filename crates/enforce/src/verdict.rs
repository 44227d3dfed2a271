//! What was decided about an act that a policy matched, at whichever level.

use std::net::SocketAddr;

use peregrine_guard::{Act, Action, Level, Mode};

/// One decision. Acts that no policy matched leave none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When, nanoseconds since the epoch.
    pub time_ns: u64,
    /// The act.
    pub act: Act,
    /// The policy ([`peregrine_guard::CompiledPolicy::id`]).
    pub policy: u32,
    /// What followed, or would have.
    pub action: Action,
    /// Shadow: the act went on.
    pub mode: Mode,
    /// Who decided.
    pub level: Level,
    /// The act went on all the same, because the answer came too late.
    pub late: bool,
    /// The process, in the host's numbers.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its name.
    pub comm: Vec<u8>,
    /// The object, of acts that have one.
    pub object: Option<Object>,
    /// The address, of acts on sockets.
    pub address: Option<SocketAddr>,
    /// The act's bits of `FLAG_*` ([`peregrine_guard::layout::flag`]).
    pub flags: u64,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The device of its file system, as `stat` has it.
    pub dev: u64,
    /// Its inode.
    pub ino: u64,
    /// Its path, as far as it is known.
    pub path: Vec<u8>,
}
