//! System calls: ids of the capture format, native numbers, the event each fills.

use crate::code_set::SyscallSet;
use crate::info::EventType;
use crate::syscall_table::{I386_MAP, IO, SOCKETCALLS, STATE, SYSCALLS};

/// One system call (or one of the few tracepoints that share the numbering).
#[derive(Debug, Clone, Copy)]
pub struct Syscall {
    /// Id of the capture format: parameter `ID` of the generic event.
    pub id: u16,
    /// The name: `openat`.
    pub name: &'static str,
    /// The number on x86-64.
    pub x86_64: Option<u16>,
    /// The number on arm64.
    pub aarch64: Option<u16>,
    /// The number for 32-bit programs on x86.
    pub i386: Option<u16>,
    /// Whether it has no event of its own and fills the generic one.
    pub generic: bool,
    /// Whether it is a tracepoint, no call.
    pub tracepoint: bool,
    /// The event of its entry.
    pub enter: Option<EventType>,
    /// The event of its return.
    pub exit: Option<EventType>,
}

impl Syscall {
    /// The event today's probe writes for it.
    pub fn event(&self) -> Option<EventType> {
        if self.tracepoint { self.enter } else { self.exit }
    }

    /// The name of its events: that of the event it fills, or its own where it fills the generic one. Calls
    /// that fill the same event share its name.
    pub fn event_name(&self) -> &'static str {
        let info = if self.generic { None } else { self.event().and_then(EventType::info) };
        info.map_or(self.name, |info| info.name)
    }
}

/// What a 32-bit call number means.
#[derive(Debug, Clone, Copy)]
pub struct I386 {
    /// The 32-bit number.
    pub number: u16,
    /// The x86-64 call that does the same.
    pub x86_64: Option<u16>,
    /// The id of the capture format.
    pub id: Option<u16>,
}

/// One sub-call of `socketcall`.
#[derive(Debug, Clone, Copy)]
pub struct Socketcall {
    /// The first argument.
    pub call: u16,
    /// The call it stands for.
    pub name: &'static str,
    /// Its id of the capture format.
    pub id: u16,
}

/// Every system call, in order of id.
pub fn all() -> &'static [Syscall] {
    &SYSCALLS
}

/// The system call with this id.
pub fn by_id(id: u16) -> Option<&'static Syscall> {
    let at = SYSCALLS.binary_search_by_key(&id, |row| row.id).ok()?;
    SYSCALLS.get(at)
}

/// The system call with this name.
pub fn by_name(name: &str) -> Option<&'static Syscall> {
    SYSCALLS.iter().find(|row| row.name == name)
}

/// The system calls whose events have this name, as `prlimit` for `prlimit64`; none where no event has it.
pub fn by_event_name(name: &str) -> SyscallSet {
    SYSCALLS.iter().filter(|row| row.event_name() == name).map(|row| row.id).collect()
}

/// The system call with this x86-64 number.
pub fn by_x86_64(number: u16) -> Option<&'static Syscall> {
    SYSCALLS.iter().find(|row| row.x86_64 == Some(number))
}

/// What 32-bit numbers mean.
pub fn i386() -> &'static [I386] {
    &I386_MAP
}

/// The sub-calls of `socketcall`.
pub fn socketcalls() -> &'static [Socketcall] {
    &SOCKETCALLS
}

/// The system calls that fill an event code.
pub fn of_event(code: EventType) -> impl Iterator<Item = &'static Syscall> {
    SYSCALLS.iter().filter(move |row| row.event() == Some(code))
}

/// The calls that change the state of the host, every descriptor included.
pub fn state() -> SyscallSet {
    STATE.into_iter().collect()
}

/// The calls that move data: left out unless a user asks for all.
pub fn io() -> SyscallSet {
    IO.into_iter().collect()
}
