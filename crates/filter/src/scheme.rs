//! What the language asks of the fields it is used with.

use std::fmt::Debug;
use std::hash::Hash;

use crate::kind_set::KindSet;
use crate::value::Value;

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

/// What the language must know of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a field")]
pub struct FieldDef {
    /// The name, without an argument.
    pub name: &'static str,
    /// The type of its value, or of the elements of its list.
    pub ty: Type,
    /// Whether the value is a list.
    pub is_list: bool,
    /// Only in conditions.
    pub filter_only: bool,
    /// Only in outputs.
    pub print_only: bool,
    /// Whether it may stand on the right side (`val(...)`).
    pub rhs: bool,
    /// Whether transformers take it.
    pub transformers: bool,
}

/// The fields a condition may speak of.
pub trait Scheme {
    /// One field with its argument, resolved.
    type Field: Clone + Eq + Hash + Debug + Send + Sync;

    /// Resolves a name and what stood in brackets.
    ///
    /// # Errors
    /// A message for the writer: no such field, an argument missing or not taken.
    fn field(&self, name: &str, arg: Option<&str>) -> Result<Self::Field, String>;

    /// Whether there is a field of this name: cheaper to ask than for the field and its error.
    fn knows(&self, name: &str) -> bool {
        let _ = name;
        true
    }

    /// What the language must know of a field.
    fn def(&self, field: &Self::Field) -> FieldDef;

    /// The type of a field whose type depends on its argument; `def(field).ty` for the others.
    fn field_type(&self, field: &Self::Field) -> Type {
        self.def(field).ty
    }

    /// How many kinds of event there are: they are numbered from 0.
    fn kinds(&self) -> u16;

    /// For a field that names the kind of event: the kinds `value` stands for. `None` for the
    /// others.
    fn kinds_of(&self, field: &Self::Field, value: &str) -> Option<Result<KindSet, String>>;

    /// The value a field has for every event of a kind, where that is known beforehand.
    fn constant(&self, field: &Self::Field, kind: u16) -> Option<&'static str> {
        let _ = (field, kind);
        None
    }

    /// The kinds whose events have no value of a field, whatever they say.
    fn absent(&self, field: &Self::Field) -> KindSet {
        let _ = field;
        KindSet::new(self.kinds())
    }

    /// Whether sources hand out the values of a field one by one ([`Source::each`]).
    fn several(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether sources may tell what the value of a field follows from ([`Source::key`]).
    fn keyed(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether a field names the kind of event.
    fn names_kinds(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether a field is a distance that `=` only bounds (`evt.around[T]=D`: at most D); it takes no
    /// other operator.
    fn is_window(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether only what Falco takes is taken.
    fn strict(&self) -> bool {
        false
    }

    /// For a field that names the kind of event: whether it must be compared with names there are.
    fn checks_names(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// A field without its values: what a field that is only for conditions is in an output.
    fn mute(&self, field: Self::Field) -> Self::Field {
        field
    }

    /// A number that is written as a name (a port by its service, a flag): `None` where names are
    /// not taken.
    fn number(&self, field: &Self::Field, word: &str) -> Option<i128> {
        let _ = (field, word);
        None
    }
}

/// How several values of a field count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// As [`Value::Any`].
    Any,
    /// As [`Value::Either`].
    Either,
}

/// Where values come from: one event and all that is known around it.
pub trait Source<F> {
    /// The value of a field; `None` where there is none.
    fn value(&self, field: &F) -> Option<Value<'_>>;

    /// What the value of a field follows from, where that is one number: events with the same key
    /// have the same value, so a comparison with it need not be made again. `None` where it is not so
    /// for this event.
    fn key(&self, field: &F) -> Option<u64> {
        let _ = field;
        None
    }

    /// For a field that has several values at once: hands them out one by one, which a list made of
    /// them (`Value::Any`, `Value::Either`) would have to be allocated for. `None` for the others.
    fn each(&self, field: &F, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        let _ = (field, take);
        None
    }
}
