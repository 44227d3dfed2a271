//! The picture of the host: threads, process images, lineage, descriptors.
//!
//! In: events, in order, through [`State::apply`]: live, from a capture, and the blocks of the
//! first snapshot (`ITER_TASK` and its kin); for what no event told, the trait [`Outside`].
//! Out: [`Thread`], [`ProcImage`] and [`FdInfo`] as they were when the event happened; all of it told
//! again as such blocks ([`State::tell`]).
//! Never: I/O, a clock, growth without bound. What an exit or a close takes away is taken at the
//! start of the next event, so that rules still see it.
//!
//! Live, the probe says what a descriptor is at the time of the event and that wins; without its
//! word (captures) the shadow table kept from open, dup, socket, connect, accept is used. Both fill
//! one [`FdInfo`].

mod apply;
mod births;
mod cgroups;
mod containers;
mod descriptors;
mod ends;
mod entry;
mod event_fd;
mod exits;
mod fd;
mod fd_tables;
mod fds;
mod follow;
mod identity;
mod kept;
mod listed;
mod outside;
mod path;
mod program;
mod recent;
mod sockets;
mod sweep;
mod table;
mod tell;
mod thread;
mod told;
mod weight;
mod words;

pub use cgroups::{Cgroups, Found, Runtime, container_of};
pub use containers::{Container, Mount, Probe};
pub use ends::{Endpoint, Ends, IpText, tuple_text};
pub use fd::{FdInfo, L4, Role, Socket, kinds};
pub use fds::Fds;
pub use outside::{
    AskedPath, Group, Inside, Interface, Last, NoOutside, Outside, ProgramFile, SeenFile,
    TakeDescriptor, User, is_local,
};
pub use path::{join, join_into};
pub use sweep::Gone;
pub use table::{Counters, Limits, State};
pub use thread::{ProcImage, Process, Thread, clone_flags, exe_flags};
pub use weight::Weight;
pub use words::Words;
