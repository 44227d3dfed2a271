//! Mistakes in the meaning.

use crate::ast::{Op, Span, Transformer};
use crate::error::field::{FieldError, UnknownEventType};
use crate::error::value::{RegexError, ValueError};
use crate::types::{Type, TypeGroup};

/// What is wrong with the meaning of a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct CheckError {
    /// The place in the text.
    pub span: Span,
    /// What is wrong.
    pub kind: CheckErrorKind,
}

impl CheckError {
    pub(crate) fn new(span: Span, kind: impl Into<CheckErrorKind>) -> Self {
        Self { span, kind: kind.into() }
    }
}

/// Why a condition has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckErrorKind {
    /// A field cannot be resolved.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A name of a kind of event that no event has.
    #[error(transparent)]
    EventType(#[from] UnknownEventType),
    /// A macro that was not put in.
    #[error("undefined macro '{name}' used in filter.")]
    Macro {
        /// Its name.
        name: String,
    },
    /// An operator the type of the left side does not take.
    #[error("filter error: '{op}' operator not supported {on}")]
    Operator {
        /// The operator.
        op: Op,
        /// What stands on its left.
        on: Operated,
    },
    /// `oneof` and its kin beside a list.
    #[error("'{op}' takes a field with one value on its left")]
    ModifierOnList {
        /// The operator before the modifier.
        op: Op,
    },
    /// A field that is a distance, with another operator than `=` or without a number.
    #[error("{field} takes only '=' and a number")]
    Window {
        /// The field.
        field: &'static str,
    },
    /// A field on the right side of an operator that takes only values.
    #[error("'{op}' does not take a field on its right side")]
    FieldOnRight {
        /// The operator.
        op: Op,
    },
    /// Both sides are fields, of types that cannot be compared.
    #[error("left and right-hand side types are not compatible")]
    Types,
    /// `val(...)` of a field that may stand only on the left.
    #[error("field '{field}' cannot be used as right-hand side field")]
    OnlyLeft {
        /// The field.
        field: &'static str,
    },
    /// A field no transformer takes.
    #[error("field '{field}' does not support transformers")]
    NotTransformed {
        /// The field.
        field: &'static str,
    },
    /// Brackets behind a transformer that takes none.
    #[error("filter error: transformer '{transformer}' does not support field arguments")]
    TransformerOption {
        /// The transformer.
        transformer: Transformer,
    },
    /// More than one letter in the brackets behind `getopt(...)`.
    #[error("{transformer}() field argument must be a single option character")]
    LongOption {
        /// The transformer.
        transformer: Transformer,
    },
    /// Arguments a transformer does not take.
    #[error("{transformer}() {expects}")]
    Arguments {
        /// The transformer.
        transformer: Transformer,
        /// What its arguments must be.
        expects: Signature,
    },
    /// A value of a type a transformer does not take.
    #[error("transformer '{transformer}' does not take these arguments")]
    ArgumentType {
        /// The transformer.
        transformer: Transformer,
    },
    /// There is no value to compare with.
    #[error("expected a value")]
    NoValue,
    /// A value that cannot be read in the type of the field.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A regular expression that cannot be compiled.
    #[error("invalid regex pattern: {0}")]
    Regex(#[from] RegexError),
}

impl CheckErrorKind {
    /// What may stand in place of the field it is about, where that is known.
    pub fn suggestion(&self) -> Option<&str> {
        if let Self::Field(FieldError::Unknown { near, .. }) = self {
            near.as_deref()
        } else {
            None
        }
    }

    /// Whether it is about a name that other versions of the engine may know.
    pub fn is_unknown_name(&self) -> bool {
        matches!(self, Self::Field(FieldError::Unknown { .. }) | Self::EventType(_))
    }
}

/// What an operator that is not supported stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operated {
    /// A list.
    List,
    /// One value of this type.
    One(Type),
}

impl std::fmt::Display for Operated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::List => f.write_str("list filters"),
            Self::One(ty) if ty.group() == TypeGroup::Opaque => {
                write!(f, "for type '{}'", ty.name())
            }
            Self::One(ty) => write!(f, "for {} filters", ty.name()),
        }
    }
}

/// What a transformer's arguments must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum Signature {
    #[error("requires exactly 2 arguments: separator and list")]
    SeparatorAndList,
    #[error("first argument (separator) must be a single value, not a list")]
    OneSeparator,
    #[error("second argument must be a list")]
    SecondIsList,
    #[error("takes a text and a list of texts or numbers")]
    TextAndList,
    #[error("requires at least 2 arguments")]
    TwoOrMore,
    #[error("arguments must be strings")]
    Texts,
    #[error("requires exactly 2 arguments: args list and optstring")]
    ListAndOptions,
    #[error("first argument must be a list")]
    FirstIsList,
    #[error("second argument (optstring) must be a single value")]
    OneOptions,
}
