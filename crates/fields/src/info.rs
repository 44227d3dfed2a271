//! What the table of `schema/fields.json` says of a field.

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
}
