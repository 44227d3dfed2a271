//! The types of fields' values.

/// The type of a field's value: decides which operators are legal and how a literal is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the capture format's types")]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Errno,
    Fd,
    Pid,
    SyscallId,
    SigType,
    RelTime,
    AbsTime,
    Port,
    L4Proto,
    SockFamily,
    Flags8,
    Flags16,
    Flags32,
    EnumFlags8,
    EnumFlags16,
    EnumFlags32,
    Mode,
    Double,
    Str,
    Path,
    RelPath,
    Bytes,
    Ipv4Addr,
    Ipv6Addr,
    IpAddr,
    Ipv4Net,
    Ipv6Net,
    IpNet,
    Uid,
    Gid,
    SockAddr,
    SockTuple,
    FdList,
    SigSet,
    StrArray,
    Dyn,
}

/// Types that take the same operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeGroup {
    /// Numbers.
    Number,
    /// Truth values.
    Bool,
    /// Texts and paths.
    Text,
    /// Bytes.
    Bytes,
    /// Addresses and networks.
    Ip,
    /// Only `exists`.
    Opaque,
}

impl Type {
    /// Which operators it takes.
    pub fn group(self) -> TypeGroup {
        match self {
            Self::Bool => TypeGroup::Bool,
            Self::Str | Self::Path | Self::RelPath => TypeGroup::Text,
            Self::Bytes => TypeGroup::Bytes,
            Self::Ipv4Addr
            | Self::Ipv6Addr
            | Self::IpAddr
            | Self::Ipv4Net
            | Self::Ipv6Net
            | Self::IpNet => TypeGroup::Ip,
            Self::SockAddr
            | Self::SockTuple
            | Self::FdList
            | Self::SigSet
            | Self::StrArray
            | Self::Dyn
            | Self::L4Proto
            | Self::SockFamily => TypeGroup::Opaque,
            _ => TypeGroup::Number,
        }
    }

    /// The smallest and largest number of the type.
    pub fn range(self) -> (i128, i128) {
        match self {
            Self::Int8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
            Self::Int16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
            Self::Int32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
            Self::Int64 | Self::Errno | Self::Fd | Self::Pid => {
                (i128::from(i64::MIN), i128::from(i64::MAX))
            }
            Self::Uint8 | Self::SigType | Self::Flags8 | Self::EnumFlags8 => {
                (0, i128::from(u8::MAX))
            }
            Self::Uint16 | Self::SyscallId | Self::Port | Self::Flags16 | Self::EnumFlags16 => {
                (0, i128::from(u16::MAX))
            }
            Self::Uid
            | Self::Gid
            | Self::Uint32
            | Self::Flags32
            | Self::EnumFlags32
            | Self::Mode => (0, i128::from(u32::MAX)),
            _ => (0, i128::from(u64::MAX)),
        }
    }

    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self.group() {
            TypeGroup::Bool => "bool",
            TypeGroup::Text => "string",
            TypeGroup::Bytes => "buffer",
            TypeGroup::Ip => "ip address and network",
            TypeGroup::Number => "numeric",
            TypeGroup::Opaque => match self {
                Self::Uid => "uid",
                Self::Gid => "gid",
                Self::SockAddr => "sockaddr",
                Self::SockTuple => "socktuple",
                Self::FdList => "fdlist",
                Self::SigSet => "sigset",
                Self::StrArray => "charbufarray",
                Self::Dyn => "dynamic",
                Self::L4Proto => "l4proto",
                _ => "sockfamily",
            },
        }
    }
}
