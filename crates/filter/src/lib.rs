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

pub mod ast;
mod check;
mod compile;
mod constraint;
mod deep;
mod delta;
pub mod error;
mod glob;
mod kind_set;
mod lints;
mod literals;
mod never;
mod number;
mod operand;
mod ops;
mod parse;
mod part;
mod pattern;
mod plan;
pub mod reference;
mod scheme;
mod scratch;
mod template;
mod trace;
mod transform;
mod typed;
mod types;
mod value;
mod values;

pub use check::{check, operators};
pub use constraint::Constraint;
pub use delta::{Answer, DeltaEval, SignedPredicate};
pub use error::{CheckError, ParseError, TemplateError};
pub use kind_set::KindSet;
pub use lints::more_lints;
pub use operand::check_operand;
pub use parse::{DEFAULT_DEPTH, parse, parse_at, parse_operand, parse_with};
pub use plan::Plan;
pub use scheme::{FieldDef, Scheme, Source, Together};
pub use scratch::Scratch;
pub use template::{Part, Template, Token};
pub use trace::{Traced, TracedPart, trace};
pub use transform::{takes as transformer_takes, transform_of};
pub use typed::{Checked, Getter, Node, Predicate};
pub use types::{Type, TypeGroup};
pub use value::Value;
