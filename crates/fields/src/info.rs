//! The rows of `schema/fields.json`.

use peregrine_event::{ParamType, PrintFormat};

/// Whether a field takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgRule {
    /// No.
    None,
    /// It may.
    Optional,
    /// It must.
    Required,
}

/// What a field's value comes from: the widest thing it is taken from. The kernel's filter drops no
/// event that a field some rule reads could depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depends {
    /// Unknown: fields of plugins.
    Unknown,
    /// The events before this one.
    Stream,
    /// All descriptors of the process.
    FdTable,
    /// The process's first three descriptors.
    StandardStreams,
    /// How the event's descriptor was opened.
    OpenedPath,
    /// An argument; where that is a descriptor, how it was opened.
    Argument,
    /// What the kernel reports of the event's descriptor.
    Descriptor,
    /// The event alone.
    Event,
    /// The process.
    Process,
    /// Other processes: parents, leaders of groups and sessions.
    Lineage,
    /// The container.
    Container,
    /// The host.
    Host,
    /// What the host's resolver returns for a name.
    HostName,
}

/// Whose path a field's value is, or a part of it: it may have another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathOf {
    /// It is no path of the event.
    None,
    /// The event's descriptor's.
    Descriptor,
    /// A parameter's.
    Parameter,
    /// That of the parameter the field's argument names, where that is a path.
    Argument,
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a table's row")]
pub struct FieldInfo {
    /// The name.
    pub name: &'static str,
    /// The part before the first dot.
    pub class: &'static str,
    /// The type of its value, or of the elements of its list.
    pub ty: ParamType,
    /// How a number is printed.
    pub fmt: PrintFormat,
    /// What the value comes from.
    pub depends: Depends,
    /// Whose path the value is.
    pub path: PathOf,
    /// Whether the value is a list.
    pub is_list: bool,
    /// Whether it takes an argument in brackets.
    pub arg: ArgRule,
    /// Whether the argument may follow a dot: `evt.arg.flags`.
    pub dotted: bool,
    /// Whether Falco lists it.
    pub listed: bool,
    /// Kept for old rules.
    pub deprecated: bool,
    /// Only in conditions.
    pub filter_only: bool,
    /// Only in outputs.
    pub print_only: bool,
    /// Whether it may stand on the right side.
    pub rhs: bool,
    /// Whether transformers take it.
    pub transformers: bool,
    /// Whether it is appended to outputs by default.
    pub suggested_output: bool,
    /// Whether events of every source have it.
    pub every_source: bool,
    /// What its value is, in a sentence or two.
    pub about: &'static str,
    /// An argument as people write it; empty where it takes none.
    pub argument: &'static str,
    /// A value as a condition writes it.
    pub example: &'static str,
    /// The release that has the field; behind `<=` where an older one may have it, too.
    pub since: &'static str,
}
