//! What is legal and doubtful.

use crate::ast::{Op, Span};

/// A piece of a condition that is legal and probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Lint {
    /// The place in the text.
    pub span: Span,
    /// Why it is doubtful.
    pub kind: LintKind,
}

/// Why a piece of a condition is doubtful.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LintKind {
    /// A text that reads like a field or a transformer, and is compared as a text.
    #[error(
        "'{text}' may be a valid {kind} misused as a const string value; to compare with the {kind}'s value write {instead}{}",
        if *.kind == ReadsLike::Transformer { " without quotes" } else { "" }
    )]
    FieldAsText {
        /// The text.
        text: String,
        /// What it reads like.
        kind: ReadsLike,
        /// What compares with the value.
        instead: String,
    },
    /// A regular expression that a simpler and faster operator says as well.
    #[error(
        "regex check with '{pattern}' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'; here '{better}' does it"
    )]
    SimpleRegex {
        /// The pattern.
        pattern: String,
        /// The simpler operator.
        better: Op,
    },
    /// One of comparisons that must all be true, which is never true beside the others.
    #[error("This can never be true: {why}")]
    NeverTrue {
        /// Why.
        why: String,
    },
    /// A regular expression that says where the value begins or ends, as if it were looked for in it.
    #[error("'{pattern}' must match the whole value, and has an anchor at one end only")]
    PartialRegex {
        /// The pattern.
        pattern: String,
        /// What matches wherever the value has it.
        instead: String,
    },
    /// A number outside the range of its field, which is read as another one.
    #[error("'{text}' is read as {read}: {field} has no other number")]
    NumberCut {
        /// The number as written.
        text: String,
        /// The number as read.
        read: i128,
        /// The field's name.
        field: String,
    },
}

/// What a text reads like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ReadsLike {
    #[error("field")]
    Field,
    #[error("field transformer")]
    Transformer,
}
