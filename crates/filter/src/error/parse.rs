//! Mistakes in the language.

/// The text of a condition is not of the language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ParseError {
    /// Byte offset in the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: ParseErrorKind,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// There is nothing but blanks.
    #[error("filter input string is empty")]
    Empty,
    /// The condition is complete and more follows.
    #[error("unexpected token after '{last}', expecting 'or', 'and'")]
    TokenAfter {
        /// The last word of what is complete.
        last: String,
    },
    /// Neither a blank nor a parenthesis follows `and` or `or`.
    #[error("expected blank or '(' after '{word}'")]
    BlankAfter {
        /// Which of the two.
        word: &'static str,
    },
    /// Something else must stand here.
    #[error("expected {0}")]
    Expected(Expected),
    /// A backslash before a letter that has no meaning there.
    #[error("invalid string escape")]
    Escape,
    /// The condition nests deeper than allowed.
    #[error("exceeded max depth limit of {limit}")]
    TooDeep {
        /// How deep it may nest.
        limit: usize,
    },
}

/// What must stand at a place of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum Expected {
    #[error("a field")]
    Field,
    #[error("a field within 'val()'")]
    FieldInVal,
    #[error("a valid field argument: a quoted string or a bare string")]
    FieldArgument,
    #[error("a ']' token")]
    Bracket,
    #[error("a ')' token")]
    Parenthesis,
    #[error("a ')' token closing the transformer")]
    TransformerEnd,
    #[error("a field, a valid nested transformer, a quoted string, a number or a list")]
    TransformerArgument,
    #[error("a '(' token, a field check, or an identifier")]
    Check,
    #[error(
        "a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', \
         'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', \
         'regex', 'intersects', 'in', 'pmatch'"
    )]
    Operator,
    #[error(
        "a number value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', \
         'basename', 'len', 'join', 'concat', 'getopt'"
    )]
    Number,
    #[error(
        "a string value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', \
         'basename', 'len', 'join', 'concat', 'getopt'"
    )]
    Text,
    #[error("a list or an identifier")]
    List,
    #[error("a string value")]
    Word,
    #[error("a closing quote")]
    Quote,
}

impl From<Expected> for ParseErrorKind {
    fn from(expected: Expected) -> Self {
        Self::Expected(expected)
    }
}
