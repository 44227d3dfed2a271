//! Where the file of a program comes from: what the kernel reports with each new program, and what that
//! makes of the program's path.

pub use crate::kernel::program_flags;

/// What the kernel reports of a program's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Program<'a> {
    /// Bits of [`program_flags`].
    pub flags: u32,
    /// Device of the file, as captures encode it.
    pub dev: u32,
    /// The file's owner.
    pub uid: u32,
    /// Its path inside the file system, reported where a part of that is mounted or it is one of memory.
    pub inside: &'a [u8],
}

impl Program<'_> {
    /// Whether a bit is set.
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Its standing, where the kernel's word is enough: most programs are the host's, in a process of
    /// the host. Others are asked for.
    pub fn plain(&self) -> Option<Standing<'static>> {
        let whose = if self.has(program_flags::USER_MOUNTS) {
            Whose::Other
        } else if self.has(program_flags::HOST_ROOT) && !self.has(program_flags::PART) {
            Whose::Host
        } else {
            return None;
        };
        if self.has(program_flags::IN_MEMORY) {
            return None;
        }
        Some(Standing { known_as: b"", ..self.standing(whose) })
    }

    /// Its standing where this was found.
    pub fn standing<'k>(&self, whose: Whose) -> Standing<'k> {
        Standing {
            whose,
            removed: self.has(program_flags::REMOVED),
            raised: self.has(program_flags::RAISED),
            known_as: b"",
        }
    }
}

/// Whose file the path of a program means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// Unknown.
    #[default]
    Unknown,
    /// The host has this file at this path.
    Host,
    /// The image of its container has.
    Image,
    /// Another file than the host has there.
    Other,
}

impl Whose {
    /// The number in the trailer.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Host => 1,
            Self::Image => 2,
            Self::Other => 3,
        }
    }

    /// The one of this number.
    pub(crate) fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Host,
            2 => Self::Image,
            3 => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// What was found of a program's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing<'a> {
    /// Whose file it is.
    pub whose: Whose,
    /// It had no name when it was started.
    pub removed: bool,
    /// It runs with other rights than who started it: the dynamic linker trusts no environment.
    pub raised: bool,
    /// The path at which everybody knows its file system (`/dev/shm/tool`), where that is another.
    pub known_as: &'a [u8],
}
