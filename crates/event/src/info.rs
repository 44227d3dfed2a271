//! The rows of the event table: events and their parameters.

use crate::event_table::{EVENT_WORDS, EVENTS};

/// An event code as in the header of an event; even codes enter, odd codes exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(pub u16);

impl EventType {
    /// How many codes the table has.
    pub const COUNT: usize = 454;

    /// The table's row; `None` for a code the table does not know.
    pub fn info(self) -> Option<&'static EventInfo> {
        EVENTS.get(usize::from(self.0))
    }

    /// The name of the call (`openat`), or `unknown` for a code the table does not have.
    pub fn name(self) -> &'static str {
        self.info().map_or("unknown", |info| info.name)
    }

    /// Whether the call of these events has a role.
    pub fn has_role(self, role: CallRoles) -> bool {
        self.info().is_some_and(|info| info.roles.has(role))
    }

    /// Whether the code stands for the return of a call.
    pub fn is_exit(self) -> bool {
        self.0 % 2 == 1
    }

    /// Every code of the table, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        EVENTS.iter().map(|info| Self(info.id))
    }

    /// The newest code with this name in this direction, or `None`.
    pub fn newest(name: &str, exit: bool) -> Option<Self> {
        EVENTS
            .iter()
            .rev()
            .find(|info| {
                info.name == name
                    && Self(info.id).is_exit() == exit
                    && !info.flags.has(EventFlags::OLD_VERSION)
                    && !info.flags.has(EventFlags::UNUSED)
            })
            .map(|info| Self(info.id))
    }
}

/// One row of the event table.
#[derive(Debug, Clone, Copy)]
pub struct EventInfo {
    /// The code, equal to the row's place.
    pub id: u16,
    /// Falco's name of the code without `PPME_`: `SYSCALL_OPENAT_2_X`.
    pub code: &'static str,
    /// The name rules use: `openat`.
    pub name: &'static str,
    /// What kind of act it is, then where it comes from.
    pub categories: Categories,
    /// What the event does to descriptors and state.
    pub flags: EventFlags,
    /// What the call does, as far as the kernel's filter must know.
    pub roles: CallRoles,
    /// Whether today's probe or user space writes it (other rows come from old captures).
    pub live: bool,
    /// The parameters, in order.
    pub params: &'static [ParamInfo],
}

/// What people need to know of the events of one name.
#[derive(Debug, Clone, Copy)]
pub struct EventWords {
    /// The name rules use.
    pub name: &'static str,
    /// What the event reports, in a sentence or two.
    pub about: &'static str,
    /// A condition that asks for such events.
    pub example: &'static str,
    /// The release that has the event; behind `<=` where an older one may have it, too.
    pub since: &'static str,
}

impl EventInfo {
    /// The words for its name; codes nothing ever writes have none.
    pub fn words(&self) -> Option<&'static EventWords> {
        EVENT_WORDS.iter().find(|words| words.name == self.name)
    }

    /// The place of the parameter with this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }

    /// Whether the event is of a category.
    #[inline]
    pub fn is(&self, category: Category) -> bool {
        self.categories.has(category)
    }

    /// The code.
    pub fn event_type(&self) -> EventType {
        EventType(self.id)
    }
}

/// One parameter of an event.
#[derive(Debug, Clone, Copy)]
pub struct ParamInfo {
    /// The name rules use: `evt.arg.<name>`.
    pub name: &'static str,
    /// Its type and so its encoding.
    pub ty: ParamType,
    /// How a number is printed.
    pub fmt: PrintFormat,
    /// Names of flags or of enumerated values, in print order.
    pub names: Option<&'static [Named]>,
    /// For [`ParamType::Dyn`]: the type by leading index.
    pub dynamic: Option<&'static [DynParam]>,
    /// For [`ParamType::Fsrelpath`]: the parameter that holds the directory's descriptor.
    pub dirfd: Option<u8>,
}

/// A name of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The name as printed.
    pub name: &'static str,
    /// The number.
    pub value: i64,
}

/// One reading of a dynamic parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynParam {
    /// The leading byte that selects it.
    pub index: u8,
    /// The type of the bytes behind the index.
    pub ty: ParamType,
    /// How a number is printed.
    pub fmt: PrintFormat,
}

/// A kind of descriptor (`SCAP_FD_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FdKind {
    /// The number in captures and in the probe's trailers.
    pub id: i8,
    /// The name without `SCAP_FD_`.
    pub name: &'static str,
    /// `fd.typechar`.
    pub letter: Option<char>,
    /// `fd.type`.
    pub word: Option<&'static str>,
}

/// Types of parameters; [`ParamType::ALL`] has them in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the names are the capture format's, `schema/types.json` has each encoding"
)]
pub enum ParamType {
    None,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Charbuf,
    Bytebuf,
    Errno,
    Sockaddr,
    Socktuple,
    Fd,
    Pid,
    Fdlist,
    Fspath,
    Syscallid,
    Sigtype,
    Reltime,
    Abstime,
    Port,
    L4proto,
    Sockfamily,
    Bool,
    Ipv4addr,
    Dyn,
    Flags8,
    Flags16,
    Flags32,
    Uid,
    Gid,
    Double,
    Sigset,
    Charbufarray,
    CharbufPairArray,
    Ipv4net,
    Ipv6addr,
    Ipv6net,
    Ipaddr,
    Ipnet,
    Mode,
    Fsrelpath,
    Enumflags8,
    Enumflags16,
    Enumflags32,
    Fd32,
    Pid32,
}

impl ParamType {
    /// The fixed width in bytes, `None` for types of any length.
    pub fn size(self) -> Option<usize> {
        Some(match self {
            Self::Int8 | Self::Uint8 | Self::Sigtype | Self::L4proto | Self::Sockfamily => 1,
            Self::Flags8 | Self::Enumflags8 => 1,
            Self::Int16 | Self::Uint16 | Self::Syscallid | Self::Port => 2,
            Self::Flags16 | Self::Enumflags16 => 2,
            Self::Int32 | Self::Uint32 | Self::Bool | Self::Ipv4addr | Self::Flags32 => 4,
            Self::Uid | Self::Gid | Self::Sigset | Self::Mode | Self::Enumflags32 => 4,
            Self::Fd32 | Self::Pid32 => 4,
            Self::Int64 | Self::Uint64 | Self::Errno | Self::Fd | Self::Pid => 8,
            Self::Reltime | Self::Abstime | Self::Double => 8,
            Self::Ipv6addr => 16,
            Self::None | Self::Charbuf | Self::Bytebuf | Self::Sockaddr | Self::Socktuple => {
                return None;
            }
            Self::Fdlist | Self::Fspath | Self::Dyn | Self::Charbufarray => return None,
            Self::CharbufPairArray | Self::Ipv4net | Self::Ipv6net | Self::Ipaddr => return None,
            Self::Ipnet | Self::Fsrelpath => return None,
        })
    }

    /// The capture format's name without `PT_`: `FSRELPATH`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(ty, _)| *ty == self).map_or("NONE", |(_, name)| name)
    }
}

/// How a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintFormat {
    /// Nothing said.
    Na,
    /// Decimal.
    Dec,
    /// Hexadecimal.
    Hex,
    /// Decimal, ten digits, zeros in front.
    PaddedDec10,
    /// An identifier: decimal, no unit.
    Id,
    /// A direction.
    Dir,
    /// Octal.
    Oct,
}

/// What kind of act an event is, and where it comes from (the last five).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Unknown,
    Other,
    File,
    Net,
    Ipc,
    Memory,
    Process,
    Sleep,
    System,
    Signal,
    User,
    Time,
    Processing,
    IoRead,
    IoWrite,
    IoOther,
    Wait,
    Scheduler,
    Internal,
    Syscall,
    Tracepoint,
    Plugin,
    Metaevent,
    Iter,
}

/// The categories of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Categories {
    first: Category,
    /// A bit per category, by its number.
    bits: u32,
}

impl Categories {
    /// These; the first one is the kind of act (`evt.category`).
    pub(crate) const fn new(all: &[Category]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < all.len() {
            bits |= 1 << all[at] as u32;
            at += 1;
        }
        Self { first: all[0], bits }
    }

    /// What kind of act the event is (`evt.category`).
    pub fn first(self) -> Category {
        self.first
    }

    /// Whether `category` is one of them.
    #[inline]
    pub fn has(self, category: Category) -> bool {
        self.bits & 1 << category as u32 != 0
    }
}

/// What an event does: bits of the table's `flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFlags(pub u32);

impl EventFlags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Makes a descriptor.
    pub const CREATES_FD: Self = Self(1);
    /// Ends a descriptor.
    pub const DESTROYS_FD: Self = Self(1 << 1);
    /// Works on a descriptor.
    pub const USES_FD: Self = Self(1 << 2);
    /// Reads from a descriptor.
    pub const READS_FROM_FD: Self = Self(1 << 3);
    /// Writes to a descriptor.
    pub const WRITES_TO_FD: Self = Self(1 << 4);
    /// Changes the state of the host.
    pub const MODIFIES_STATE: Self = Self(1 << 5);
    /// No event of this code is ever written.
    pub const UNUSED: Self = Self(1 << 6);
    /// Makes the thread wait.
    pub const WAITS: Self = Self(1 << 7);
    /// Does not end the state of a pending call.
    pub const SKIPPARSERESET: Self = Self(1 << 8);
    /// Superseded by a newer code.
    pub const OLD_VERSION: Self = Self(1 << 9);
    /// Lengths are 32 bits wide.
    pub const LARGE_PAYLOAD: Self = Self(1 << 11);
    /// Old forms are brought to today's by the conversion table.
    pub const CONVERTER_MANAGED: Self = Self(1 << 12);

    /// Whether every bit of `other` is set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a call does, as far as the kernel's filter must know: bits of the table's `roles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRoles(pub u8);

impl CallRoles {
    /// It opens a file by its name; all it leaves behind is a descriptor.
    pub const OPENS: Self = Self(1);
    /// It works on the descriptor that is its first argument, and its event reports what that is.
    pub const ON_DESCRIPTOR: Self = Self(1 << 1);
    /// Its event may report the peer of an unconnected socket.
    pub const EXCHANGES: Self = Self(1 << 2);
    /// One call makes many events, each with a result of its own.
    pub const MANY_EVENTS: Self = Self(1 << 3);

    /// Whether every bit of `other` is set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
