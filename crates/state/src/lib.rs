//! The state of the host: threads, process images, lineage, descriptors.
//!
//! In: events, in order, through [`State::apply`]: live, from a capture, and the blocks of the first
//! snapshot (`ITER_TASK` and its kin); the trait [`HostInfo`] for what no event carries.
//! Out: [`Thread`], [`ProcImage`] and [`FdInfo`] as they were at the event; the whole state as blocks
//! of a snapshot ([`State::dump`]).
//! Never: I/O, a clock, growth without bound. What an exit or a close ends is removed at the start of
//! the next event, so that rules still see it.
//!
//! Live, the probe reports what a descriptor is at the time of the event, and that is applied last;
//! without the report (captures) it is what open, dup, socket, connect and accept made of it. Both fill
//! one [`FdInfo`].

mod apply;
mod cgroups;
mod clone;
mod clone_falco;
mod containers;
mod descriptors;
mod dump;
mod endpoints;
mod enter_events;
mod event_fd;
mod excerpt;
mod exits;
mod fd;
mod fd_reports;
mod fd_table;
mod host_info;
mod identity;
mod memory;
mod path;
mod process_fds;
mod program;
mod recent_exits;
mod snapshot_codec;
mod snapshot_sockets;
mod sockets;
mod stale_threads;
mod state;
mod str_list;
mod thread;

pub use cgroups::{Cgroups, Found, Runtime, container_of};
pub use containers::{Container, Mount, Probe, SeenContainer};
pub use endpoints::{Endpoint, Ends, IpText, tuple_text};
pub use excerpt::Excerpt;
pub use fd::{FdInfo, L4, Role, Socket, kinds};
pub use fd_table::FdTable;
pub use host_info::{
    ContainerThreads, Group, HostInfo, Interface, Last, NoHostInfo, PathQuery, ProgramFile,
    SeenFile, TakeDescriptor, User, is_local,
};
pub use memory::Weight;
pub use path::{join, join_into};
pub use stale_threads::StaleThreads;
pub use state::{Counters, Limits, State};
pub use str_list::StrList;
pub use thread::{ProcImage, Process, Thread, clone_flags, exe_flags};
