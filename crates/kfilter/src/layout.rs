// Generated from schema/ by `cargo xtask codegen`; do not edit.

//! The layout of the kernel's filter; `include/kfilter/layout.gen.h` says the same in C.

use std::mem::size_of;

use zerocopy::{FromZeros, Immutable, IntoBytes};

/// Rows of the probe's table of calls.
pub const ROWS: usize = 1024;

/// Steps of all rows together.
pub const STEPS: usize = 1024;

/// The kernel walks so many steps of a row; a longer row passes every event.
pub const MAX_STEPS: usize = 96;

/// Buckets of names of files, by the highest byte of their hash.
pub const BUCKETS: usize = 256;

/// Slots of a bucket.
pub const WAYS: usize = 4;

/// Endings of names.
pub const SUFFIXES: usize = 32;

/// Names are told apart by their first four bytes, which have one of so many places.
pub const STARTS: usize = 64;

/// Bytes of a name with its NUL.
pub const TEXT: usize = 256;

/// Behind a last step: the event passes.
pub const PASS: u16 = 0xffff;

/// Behind a last step: the event is dropped.
pub const DROP: u16 = 0xfffe;

/// A row tests the process.
pub const WANTS_PROCESS: u16 = 2;

/// A row tests its parent.
pub const WANTS_PARENT: u16 = 4;

/// A row tests any process above it.
pub const WANTS_ABOVE: u16 = 8;

/// A row tests the descriptor.
pub const WANTS_FD: u16 = 16;

/// Bit of the test `KIND`: nothing was opened, the call failed.
pub const KIND_FAILED: u32 = 1;

/// Bit of the test `KIND`: a file that lies in a folder was opened.
pub const KIND_FILE: u32 = 2;

/// Bit of the test `KIND`: a folder was opened.
pub const KIND_DIRECTORY: u32 = 4;

/// Bit of the argument of `PORT` and `NET`: whichever end has it.
pub const EITHER: u64 = 0x100000000;

/// Buckets of names of processes, by the highest byte of their hash.
pub const NAME_BUCKETS: usize = 256;

/// Slots of a bucket of names of processes.
pub const NAME_WAYS: usize = 4;

/// Networks.
pub const NETS: usize = 64;

/// Bits for files that rules know by whole paths.
pub const FILES: usize = 65536;

/// Sets whole names apart from prefixes with the same hash.
pub const SALT_EXACT: u64 = 0x9e3779b97f4a7c15;

/// Sets folders apart.
pub const SALT_DIRECTORY: u64 = 0xc2b2ae3d27d4eb4f;

/// Sets names of files in a folder apart.
pub const SALT_FILENAME: u64 = 0x165667b19e3779f9;

/// What a step asks.
pub mod test {
    /// The result is below the argument.
    pub const RESULT_BELOW: u8 = 0;
    /// The result is the argument.
    pub const RESULT_IS: u8 = 1;
    /// One of the argument's bits is among the flags of the open.
    pub const FLAGS: u8 = 2;
    /// One of the argument's bits is in the mode of the open.
    pub const MODE: u8 = 3;
    /// What was opened is one of the argument's bits.
    pub const KIND: u8 = 4;
    /// The name is in the set of the argument's number.
    pub const NAME: u8 = 5;
    /// Not known.
    pub const UNKNOWN: u8 = 6;
    /// The descriptor is of one of the argument's kinds, a bit each.
    pub const FD_KIND: u8 = 7;
    /// It has one of the argument's transport protocols, a bit each.
    pub const TRANSPORT: u8 = 8;
    /// It is an internet socket without another end.
    pub const UNMET: u8 = 9;
    /// A port lies between bits 0 to 15 and bits 16 to 31 of the argument.
    pub const PORT: u8 = 10;
    /// An address lies in the network of the argument's number.
    pub const NET: u8 = 11;
    /// The name of the process is in the set of the argument's number.
    pub const PROCESS_NAME: u8 = 12;
    /// That of its parent is.
    pub const PARENT_NAME: u8 = 13;
    /// That of a process above it is.
    pub const ABOVE_NAME: u8 = 14;
    /// The user lies between the low and the high half of the argument.
    pub const UID: u8 = 15;
    /// The process runs in a container.
    pub const CONTAINER: u8 = 16;
}

/// `struct pd_start`. Names that begin with the same place.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Start {
    /// Bit n: some rule asks for a prefix of n bytes that begins so; bit 0: for a name or a folder that does.
    pub lengths: [u64; 4],
}
const _: () = assert!(size_of::<Start>() == 32);

/// `struct pd_suffix`. An ending of names.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Suffix {
    /// Its last eight bytes, the last one highest.
    pub value: u64,
    /// Which bytes of the name's last word count.
    pub cover: u64,
    /// The sets that hold it.
    pub mask: u64,
}
const _: () = assert!(size_of::<Suffix>() == 24);

/// `struct pd_row`. Where the steps of a call begin, and what they want gathered.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Row {
    /// The first step.
    pub begin: u16,
    /// Bits `WANTS_*`.
    pub wants: u16,
}
const _: () = assert!(size_of::<Row>() == 4);

/// `struct pd_step`. One test and where it leads.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Step {
    /// Which test.
    pub kind: u8,
    /// Whether the opposite is asked.
    pub not: u8,
    /// Where it holds or cannot be known.
    pub yes: u16,
    /// Where it does not hold.
    pub no: u16,
    /// 0.
    pub pad: u16,
    /// What the test compares with.
    pub arg: u64,
}
const _: () = assert!(size_of::<Step>() == 16);

/// `struct pd_slot`. A hash of a name of a file.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Slot {
    /// The hash.
    pub key: u64,
    /// The sets that hold the name.
    pub mask: u64,
}
const _: () = assert!(size_of::<Slot>() == 16);

/// `struct pd_process_slot`. A name of processes.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct ProcessSlot {
    /// Its first eight bytes, zeros behind it.
    pub first: u64,
    /// The other eight.
    pub last: u64,
    /// The sets that hold it.
    pub mask: u64,
}
const _: () = assert!(size_of::<ProcessSlot>() == 24);

/// `struct pd_process_names`. Sets of names of processes that rules ask for, a bit each.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct ProcessNames {
    /// By hash.
    pub slots: [ProcessSlot; NAME_BUCKETS * NAME_WAYS],
}
const _: () = assert!(size_of::<ProcessNames>() == 24576);

/// `struct pd_net`. A network. Addresses of IPv4 are those of IPv6 that stand for them, as on the wire.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Net {
    /// An address of it.
    pub address: [u64; 2],
    /// Which bits count.
    pub mask: [u64; 2],
    /// 1 of IPv4.
    pub is_v4: u64,
}
const _: () = assert!(size_of::<Net>() == 40);

/// `struct pd_nets`. Networks that rules ask for.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Nets {
    /// By number.
    pub nets: [Net; NETS],
}
const _: () = assert!(size_of::<Nets>() == 2560);

/// `struct pushdown`. The table of a filter, as user space writes it and the kernel reads it.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Table {
    /// What hashes begin with.
    pub seed: u64,
    /// Always 0, which the kernel's checker does not know: it need not follow sums that begin with it.
    pub zero: u64,
    /// Sets of names of which a yes is no more than a perhaps.
    pub partly: u64,
    /// By the first four bytes of a name.
    pub starts: [Start; STARTS],
    /// By the first four bytes of a file's name: some rule asks for a file whose name begins so.
    pub files: u64,
    /// Sets that hold texts with a part that begins with a dot.
    pub hidden: u64,
    /// By the last byte of a name: some rule asks for an ending that ends so.
    pub last: u64,
    /// How many of the endings there are.
    pub endings: u64,
    /// The endings.
    pub suffixes: [Suffix; SUFFIXES],
    /// By row of the call.
    pub rows: [Row; ROWS],
    /// Those of all rows.
    pub steps: [Step; STEPS],
    /// Names of files by hash.
    pub slots: [Slot; BUCKETS * WAYS],
    /// Names of processes.
    pub process_names: ProcessNames,
    /// Networks.
    pub nets: Nets,
}
const _: () = assert!(size_of::<Table>() == 66872);

/// Bytes of [`Table`].
pub const SIZE: u32 = 66872;

/// `struct process_facts`. What the kernel keeps of a thread. With `reported` an event with all of this was delivered; without it nothing is known.
#[cfg(feature = "host")]
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct ProcessFacts {
    /// The name, zeros behind it.
    pub name: [u64; 2],
    /// The name it was given since; with a second one too many are possible.
    pub other: [u64; 2],
    /// The control group in the unified hierarchy; 0: not known.
    pub cgroup: u64,
    /// The parent process; 0: it has none.
    pub parent: u32,
    /// The effective user.
    pub uid: u32,
    /// An event with all of this was delivered.
    pub reported: u8,
    /// How many names it was given since.
    pub renamed: u8,
    /// Of the first thread, about its process: it was moved to another control group.
    pub moved: u8,
    /// Of the first thread, about its process: a thread of it changed its user.
    pub changed: u8,
    /// 0.
    pub pad: u32,
}
#[cfg(feature = "host")]
const _: () = assert!(size_of::<ProcessFacts>() == 56);

/// `struct pd_who`. What a call's process is: sets of names, a bit each, and which are known.
#[cfg(feature = "host")]
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Who {
    /// Sets that hold the process's name.
    pub yes: u64,
    /// Which of them are known.
    pub known: u64,
    /// The same of its parent.
    pub parent_yes: u64,
    /// Which of them are known.
    pub parent_known: u64,
    /// The same of any process above it.
    pub above_yes: u64,
    /// Which of them are known.
    pub above_known: u64,
    /// The effective user.
    pub uid: u32,
    /// Whether that is known.
    pub uid_known: u8,
    /// `PD_CONTAINER_*`.
    pub container: u8,
    /// 0.
    pub pad: u16,
}
#[cfg(feature = "host")]
const _: () = assert!(size_of::<Who>() == 56);

/// `struct pd_fd`. What a call's descriptor is.
#[cfg(feature = "host")]
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Fd {
    /// What it may be, `SCAP_FD_*` as bits; 0: nothing is known.
    pub kinds: u32,
    /// `SCAP_L4_*` as bits.
    pub transports: u32,
    /// Of an internet socket: this end, the other end. Only with `met`.
    pub address: [[u64; 2]; 2],
    /// The ports of both.
    pub port: [u16; 2],
    /// It has another end.
    pub met: u32,
}
#[cfg(feature = "host")]
const _: () = assert!(size_of::<Fd>() == 48);
