//! Mistakes in output formats.

use crate::ast::Span;
use crate::error::check::CheckErrorKind;
use crate::error::parse::ParseErrorKind;

/// What is wrong with an output format, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct TemplateError {
    /// Its bytes in the format: the token, or the piece of it that is wrong.
    pub span: Span,
    /// What is wrong.
    pub kind: TemplateErrorKind,
}

/// Why a text is no output format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateErrorKind {
    /// It ends in `%`.
    #[error("invalid formatting syntax: formatting cannot end with a %")]
    EndsInPercent,
    /// It ends in `%` and a width.
    #[error("invalid formatting syntax: formatting cannot end with a number")]
    EndsInNumber,
    /// What follows `%` is no field or transformer.
    #[error("unknown filter: unexpected token after '%': '%{token}': {why}")]
    NoToken {
        /// What follows, up to the next blank.
        token: String,
        /// Why it is none.
        why: ParseErrorKind,
    },
    /// What follows `%` reads like a field or a transformer that cannot be resolved.
    #[error("unknown filter: unexpected token after '%': {0}")]
    Unresolved(CheckErrorKind),
}

impl TemplateErrorKind {
    /// Whether it is about a name that other versions of the engine may know.
    pub fn is_unknown_name(&self) -> bool {
        matches!(self, Self::NoToken { .. } | Self::Unresolved(_))
    }
}
