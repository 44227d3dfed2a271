//! What can be wrong with a condition or an output format: kinds with their places.
//!
//! A kind carries what it is about, so that nobody reads a message to decide something. Its words
//! (`Display`) are for people and end with what to write instead, where that is known.

mod check;
mod field;
mod lint;
mod parse;
mod template;
mod value;

pub use check::{CheckError, CheckErrorKind, Operated, Signature};
pub use field::{FieldError, UnknownEventType};
pub use lint::{Lint, LintKind, ReadsLike};
pub use parse::{Expected, ParseError, ParseErrorKind};
pub use template::{TemplateError, TemplateErrorKind};
pub use value::{RegexError, ValueError};
