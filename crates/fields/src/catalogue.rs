//! Names, types and arguments of fields, and how a name finds its value.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use peregrine_event::{EventFlags, EventInfo, EventType, ParamType, PrintFormat, names, syscalls};
use peregrine_filter::error::{FieldError, UnknownEventType};
use peregrine_filter::{FieldDef, KindSet, Scheme, Source, Together, Type, Value};

use crate::arg::{Arg, Places};
use crate::context::EventContext;
use crate::getter::{Each, Get};
use crate::info::{ArgRule, Depends, FieldInfo, PathOf};
use crate::param::of_flags;
use crate::table::FIELDS;
use crate::{container, cpu, evt, fd, fdlist, fspath, process, user};

/// Kinds of event are event codes.
#[expect(clippy::cast_possible_truncation, reason = "codes are of 16 bits")]
const KINDS: u16 = EventType::COUNT as u16;

impl FieldInfo {
    /// Whether it can have a value today.
    pub fn answered(&self) -> bool {
        getter(self.name).is_some()
    }

    /// Whether its value is what an engine answers about a container, and not what its control groups or
    /// its namespaces show.
    pub fn is_container_metadata(&self) -> bool {
        const SHOWN: [&str; 4] =
            ["container.id", "container.full_id", "container.start_ts", "container.duration"];
        self.depends == Depends::Container && !SHOWN.contains(&self.name)
    }
}

/// Every row.
pub fn all() -> &'static [FieldInfo] {
    &FIELDS
}

/// A field with its argument.
#[derive(Clone)]
pub struct Field {
    /// The row.
    pub info: &'static FieldInfo,
    /// The argument.
    pub arg: Arg,
    ty: ParamType,
    fmt: PrintFormat,
    get: Option<Get>,
    each: Option<Each>,
}

impl std::fmt::Display for Field {
    /// As rules write it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.arg {
            Arg::None => f.write_str(self.info.name),
            Arg::Index(index) => write!(f, "{}[{index}]", self.info.name),
            Arg::Static(key, _) => write!(f, "{}.{key}", self.info.name),
            Arg::Key(key) | Arg::Param { name: key, .. } if self.info.dotted => {
                write!(f, "{}.{key}", self.info.name)
            }
            Arg::Key(key) | Arg::Param { name: key, .. } => write!(f, "{}[{key}]", self.info.name),
        }
    }
}

impl Field {
    /// How a number of it is printed.
    pub fn format(&self) -> PrintFormat {
        self.fmt
    }

    /// The text for a missing value. A number among the arguments that old captures leave
    /// empty reads as 0, though it has no value.
    pub fn missing(&self, context: &EventContext<'_>) -> &'static str {
        let view = &context.event.view;
        let empty = || {
            let index = view.index_of(self.arg.key()?)?;
            view.param(index).map(<[u8]>::is_empty)
        };
        if self.info.name == "evt.rawarg" && empty() == Some(true) { "0" } else { "<NA>" }
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{:?}]", self.info.name, self.arg)
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.info.name == other.info.name && self.arg == other.arg
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.info.name.hash(state);
        self.arg.hash(state);
    }
}

/// Fields whose argument is the number of an ancestor.
const LEVELS: [&str; 7] = [
    "proc.aname",
    "proc.apid",
    "proc.aexe",
    "proc.aexepath",
    "proc.aprogram",
    "proc.acmdline",
    "proc.aargs",
];

/// Fields whose argument is a number in Falco; here a word has no value.
const NUMBERED: [&str; 2] = ["proc.args", "fd.types"];

/// The class of the fields that a configuration adds, `static.KEY`.
const STATIC: FieldInfo = FieldInfo {
    name: "static",
    class: "static",
    ty: ParamType::Charbuf,
    fmt: PrintFormat::Na,
    depends: Depends::Event,
    path: PathOf::None,
    is_list: false,
    arg: ArgRule::Required,
    dotted: true,
    listed: true,
    deprecated: false,
    filter_only: false,
    print_only: false,
    rhs: true,
    transformers: true,
    suggested_output: true,
    every_source: true,
    about: "The text that `static_fields` of the configuration gives this name.",
    argument: "team",
    example: "payments",
    since: "Falco <=0.44",
};

/// The fields of system events, and those a configuration adds.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    statics: Arc<[(String, String)]>,
    strict: bool,
}

fn getter(name: &str) -> Option<Get> {
    evt::getter(name)
        .or_else(|| process::getter(name))
        .or_else(|| cpu::getter(name))
        .or_else(|| fd::getter(name))
        .or_else(|| fdlist::getter(name))
        .or_else(|| fspath::getter(name))
        .or_else(|| user::getter(name))
        .or_else(|| container::getter(name))
}

/// The type and form of the parameter of this name, in whichever event has it.
fn raw_type(param: &str) -> Option<(ParamType, PrintFormat)> {
    let find = |old: bool| {
        EventType::all()
            .filter_map(EventType::info)
            .filter(|info| info.flags.has(EventFlags::OLD_VERSION) == old)
            .find_map(|info| {
                info.params.iter().find(|row| row.name == param).map(|row| (row.ty, row.fmt))
            })
    };
    find(false).or_else(|| find(true))
}

/// The type of the language for a type of the table.
pub(crate) fn language_type(ty: ParamType) -> Type {
    match ty {
        ParamType::Bool => Type::Bool,
        ParamType::Int8 => Type::Int8,
        ParamType::Int16 => Type::Int16,
        ParamType::Int32 => Type::Int32,
        ParamType::Int64 => Type::Int64,
        ParamType::Uint8 => Type::Uint8,
        ParamType::Uint16 => Type::Uint16,
        ParamType::Uint32 => Type::Uint32,
        ParamType::Uint64 => Type::Uint64,
        ParamType::Errno => Type::Errno,
        ParamType::Fd | ParamType::Fd32 => Type::Fd,
        ParamType::Pid | ParamType::Pid32 => Type::Pid,
        ParamType::Syscallid => Type::SyscallId,
        ParamType::Sigtype => Type::SigType,
        ParamType::Reltime => Type::RelTime,
        ParamType::Abstime => Type::AbsTime,
        ParamType::Port => Type::Port,
        ParamType::L4proto => Type::L4Proto,
        ParamType::Sockfamily => Type::SockFamily,
        ParamType::Flags8 => Type::Flags8,
        ParamType::Flags16 => Type::Flags16,
        ParamType::Flags32 => Type::Flags32,
        ParamType::Enumflags8 => Type::EnumFlags8,
        ParamType::Enumflags16 => Type::EnumFlags16,
        ParamType::Enumflags32 => Type::EnumFlags32,
        ParamType::Mode => Type::Mode,
        ParamType::Double => Type::Double,
        ParamType::Charbuf => Type::Str,
        ParamType::Fspath => Type::Path,
        ParamType::Fsrelpath => Type::RelPath,
        ParamType::Bytebuf => Type::Bytes,
        ParamType::Ipv4addr => Type::Ipv4Addr,
        ParamType::Ipv6addr => Type::Ipv6Addr,
        ParamType::Ipaddr => Type::IpAddr,
        ParamType::Ipv4net => Type::Ipv4Net,
        ParamType::Ipv6net => Type::Ipv6Net,
        ParamType::Ipnet => Type::IpNet,
        ParamType::Uid => Type::Uid,
        ParamType::Gid => Type::Gid,
        ParamType::Sockaddr => Type::SockAddr,
        ParamType::Socktuple => Type::SockTuple,
        ParamType::Fdlist => Type::FdList,
        ParamType::Sigset => Type::SigSet,
        ParamType::Charbufarray | ParamType::CharbufPairArray => Type::StrArray,
        ParamType::Dyn | ParamType::None => Type::Dyn,
    }
}

impl Catalogue {
    /// The fields of system events and for each key the field `static.KEY`, a text that is the same
    /// for every event (`static_fields` of falco.yaml).
    pub fn with_static(fields: &[(String, String)]) -> Self {
        Self { statics: fields.into(), strict: false }
    }

    /// The same with only what Falco takes: arguments where it reads them, its regular expressions.
    #[must_use]
    pub fn strictly(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Refuses an argument in brackets that Falco does not read.
    fn only_falcos(info: &FieldInfo, arg: &str) -> Result<(), FieldError> {
        let number = arg.parse::<i32>().is_ok();
        let (name, arg) = (info.name, arg.to_owned());
        match name {
            "evt.arg" if !number => Err(FieldError::NumberedArgument { arg }),
            "evt.rawarg" => Err(FieldError::DottedArgument),
            "evt.type.is" => Err(FieldError::Brackets { name: name.to_owned(), arg }),
            "evt.arg" => Ok(()),
            _ if info.dotted || (NUMBERED.contains(&name) && !number) => {
                Err(FieldError::Unknown { name: name.to_owned(), arg: Some(arg), near: None })
            }
            _ => Ok(()),
        }
    }

    /// The field of the configuration with this whole name.
    fn constant(&self, name: &str) -> Option<Field> {
        let key = name.strip_prefix(STATIC.name)?.strip_prefix('.')?;
        let (key, value) = self.statics.iter().find(|(known, _)| known == key)?;
        Some(Field {
            info: &STATIC,
            arg: Arg::Static(key.clone(), value.clone()),
            ty: STATIC.ty,
            fmt: STATIC.fmt,
            get: Some(|c, arg| {
                let value = arg.constant()?;
                c.text(|out| {
                    out.extend_from_slice(value.as_bytes());
                    Some(())
                })
            }),
            each: None,
        })
    }

    /// The row for a name, and what of the name is its argument behind a dot.
    fn row(name: &str) -> Option<(&'static FieldInfo, Option<&str>)> {
        // Every field has a dot, most words of rules have none.
        name.find('.')?;
        if let Some(info) = FIELDS.iter().find(|info| info.name == name) {
            return Some((info, None));
        }
        FIELDS
            .iter()
            .filter(|info| info.dotted)
            .filter_map(|info| Some((info, name.strip_prefix(info.name)?.strip_prefix('.')?)))
            .filter(|(_, arg)| !arg.is_empty())
            .max_by_key(|(info, _)| info.name.len())
            .map(|(info, arg)| (info, Some(arg)))
    }

    /// The name most like an unknown one.
    fn nearest(name: &str) -> Option<String> {
        names::nearest(name, FIELDS.iter().map(|info| info.name)).map(str::to_owned)
    }
}

impl Scheme for Catalogue {
    type Field = Field;

    fn knows(&self, name: &str) -> bool {
        self.constant(name).is_some() || Self::row(name).is_some()
    }

    fn field(&self, name: &str, arg: Option<&str>) -> Result<Field, FieldError> {
        let owned = || name.to_owned();
        if let Some(field) = self.constant(name) {
            return match arg {
                None => Ok(field),
                Some(_) => Err(FieldError::TakesNoArgument { name: owned() }),
            };
        }
        let Some((info, dotted)) = Self::row(name) else {
            let near = Self::nearest(name);
            return Err(FieldError::Unknown { name: owned(), arg: None, near });
        };
        if let Some(arg) = arg.filter(|_| self.strict) {
            Self::only_falcos(info, arg)?;
        }
        let arg = dotted.or(arg);
        let mut parsed = match arg {
            None => Arg::None,
            Some(text) => text.parse().map_or_else(|_| Arg::Key(text.to_owned()), Arg::Index),
        };
        match (info.arg, &parsed) {
            (ArgRule::None, Arg::Index(_) | Arg::Key(_) | Arg::Param { .. } | Arg::Static(..)) => {
                return Err(FieldError::TakesNoArgument { name: owned() });
            }
            (_, Arg::Key(key)) if LEVELS.contains(&info.name) => {
                let arg = Some(key.clone());
                return Err(FieldError::Unknown { name: owned(), arg, near: None });
            }
            (_, Arg::Key(time)) if info.name == "evt.around" => {
                return Err(FieldError::TimeArgument { name: owned(), arg: time.clone() });
            }
            (ArgRule::Required, Arg::None) => {
                return Err(FieldError::NeedsArgument { name: owned() });
            }
            _ => {}
        }
        let (mut ty, mut fmt) = (info.ty, info.fmt);
        if let (true, Some(param)) =
            (info.name.starts_with("evt.") && info.name.ends_with("arg"), parsed.key())
        {
            let known = raw_type(param)
                .ok_or_else(|| FieldError::UnknownParameter { param: param.to_owned() })?;
            if info.name == "evt.rawarg" {
                (ty, fmt) = known;
            }
            if let Some(places) = Places::by_name(param) {
                parsed = Arg::Param { name: param.to_owned(), places };
            }
        }
        let each = match parsed {
            Arg::None => process::each(info.name).or_else(|| fd::each(info.name)),
            _ => None,
        };
        Ok(Field { info, arg: parsed, ty, fmt, get: getter(info.name), each })
    }

    fn def(&self, field: &Field) -> FieldDef {
        let info = field.info;
        FieldDef {
            name: info.name,
            ty: language_type(field.ty),
            is_list: info.is_list,
            filter_only: info.filter_only,
            print_only: info.print_only,
            rhs: info.rhs,
            transformers: info.transformers,
        }
    }

    fn kinds(&self) -> u16 {
        KINDS
    }

    fn kinds_of(&self, field: &Field, value: &str) -> Option<Result<KindSet, UnknownEventType>> {
        self.names_kinds(field).then(|| codes_of(value))
    }

    fn constant(&self, field: &Field, kind: u16) -> Option<&'static str> {
        let info = EventType(kind).info().filter(|_| field.info.name == "evt.type")?;
        // One code for many calls.
        let one = !matches!(info.event_type(), EventType::GENERIC_E | EventType::GENERIC_X);
        one.then_some(info.name)
    }

    fn never_for(&self, field: &Field) -> KindSet {
        let mut codes = KindSet::new(KINDS);
        if let Arg::Param { places, .. } = field.arg {
            let lacks = |code: &EventType| places.of(*code).is_none();
            EventType::all().filter(lacks).for_each(|code| codes.insert(code.0));
        }
        codes
    }

    fn multi_valued(&self, field: &Field) -> bool {
        field.each.is_some()
    }

    fn memoizable(&self, field: &Field) -> bool {
        field.info.name == "evt.arg"
            && field.arg.key().is_some_and(|name| {
                let has = |info: &EventInfo| {
                    info.params.iter().any(|param| param.name == name && of_flags(param.ty))
                };
                EventType::all().filter_map(EventType::info).any(has)
            })
    }

    fn names_kinds(&self, field: &Field) -> bool {
        matches!(field.info.name, "evt.type" | "syscall.type")
    }

    fn checks_names(&self, field: &Field) -> bool {
        field.info.name == "evt.type"
    }

    fn strict(&self) -> bool {
        self.strict
    }

    fn mute(&self, field: Field) -> Field {
        let get = fd::network_in_output(field.info.name);
        let ty = if get.is_some() { ParamType::Charbuf } else { field.ty };
        Field { get, ty, each: None, ..field }
    }

    fn is_window(&self, field: &Field) -> bool {
        field.info.name == "evt.around"
    }

    fn number(&self, field: &Field, word: &str) -> Option<i128> {
        (field.ty == ParamType::Port).then(|| fd::service_port(word)).flatten().map(i128::from)
    }
}

/// The event codes a name of a kind of event stands for.
fn codes_of(name: &str) -> Result<KindSet, UnknownEventType> {
    let mut codes = KindSet::new(KINDS);
    for info in EventType::all().filter_map(EventType::info) {
        if info.name == name && !info.flags.has(EventFlags::UNUSED) {
            codes.insert(info.id);
        }
    }
    if let Some(call) = syscalls::by_name(name) {
        for code in [call.enter, call.exit].into_iter().flatten() {
            codes.insert(code.0);
        }
    }
    if codes.is_empty() { Err(UnknownEventType { name: name.to_owned() }) } else { Ok(codes) }
}

impl Source<Field> for EventContext<'_> {
    fn value(&self, field: &Field) -> Option<Value<'_>> {
        field.get.and_then(|get| get(self, &field.arg))
    }

    fn key(&self, field: &Field) -> Option<u64> {
        evt::flags_key(self, &field.arg)
    }

    fn each(&self, field: &Field, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        field.each.map(|each| each(self, take))
    }
}
