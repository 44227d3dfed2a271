//! The condition language: text in, answers out; it knows no field of its own.
//!
//! In: a condition as a rule writes it, a [`Scheme`] that says which fields there are, and for
//! each event a [`Source`] of values.
//! Out: the tree ([`ast`]), typed and resolved ([`Checked`]), and whether it is true.
//! Never: I/O, a clock, knowledge of events. The same language filters alerts, routes and searches,
//! each with a `Scheme` of its own.
//!
//! `parse` reads, `check` resolves and types, `plan` compiles many conditions into jump code over
//! shared predicates; `reference` walks the tree naively and is what the plan must equal.

mod asked;
pub mod ast;
mod check;
mod compile;
mod deep;
mod doubt;
mod glob;
mod kind_set;
mod literals;
mod number;
mod ops;
mod parse;
mod part;
mod pattern;
mod plan;
pub mod reference;
mod scheme;
mod scratch;
mod template;
mod transform;
mod typed;
mod value;
mod witness;

pub use asked::Asked;
pub use check::{CheckError, check, check_operand};
pub use kind_set::KindSet;
pub use parse::{DEFAULT_DEPTH, ParseError, parse, parse_operand};
pub use plan::Plan;
pub use scheme::{FieldDef, Scheme, Source, Together, Type, TypeGroup};
pub use scratch::Scratch;
pub use template::{Part, Template, TemplateError, Token};
pub use transform::{takes as transformer_takes, transform_of};
pub use typed::{Checked, Getter, Node, Predicate};
pub use value::Value;
pub use witness::{Answer, Question, Witness};
