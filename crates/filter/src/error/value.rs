//! Texts that are no values.

use regex_syntax::{ast, hir};

/// Why a text is no value of a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ValueError {
    #[error("{text} is not a valid number")]
    Number { text: String },
    #[error("unrecognized protocol {text}")]
    Protocol { text: String },
    #[error("filter error: unrecognized boolean value {text}")]
    Truth { text: String },
    #[error("unrecognized IPv4 address {text}")]
    Ipv4 { text: String },
    #[error("unrecognized IPv6 address {text}")]
    Ipv6 { text: String },
    #[error("unrecognized IP network {text}")]
    Network { text: String },
    #[error("unrecognized IP address {text}")]
    NetworkAddress { text: String },
    #[error("invalid netmask {length}")]
    Netmask { length: String },
    #[error("filter error: bcontains and bstartswith operator support hex strings only")]
    Hex,
}

/// Why a text is no regular expression, in the words of the engine Falco uses where it is one of the
/// usual mistakes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum RegexError {
    #[error("missing ]: {from}")]
    ClassUnclosed { from: String },
    #[error("missing ): {pattern}")]
    GroupUnclosed { pattern: String },
    #[error("unexpected ): {pattern}")]
    GroupUnopened { pattern: String },
    #[error("no argument for repetition operator: {operator}")]
    NothingToRepeat { operator: String },
    #[error("trailing \\ at end of regexp")]
    TrailingBackslash,
    #[error("invalid escape sequence: {escape}")]
    Escape { escape: String },
    #[error("invalid character class range: {range}")]
    Range { range: String },
    #[error("{kind}: {piece}")]
    Syntax { kind: ast::ErrorKind, piece: String },
    #[error("{0}")]
    Meaning(hir::ErrorKind),
    #[error("it is too large when compiled")]
    TooLarge,
    /// The compiler refused it for another reason.
    #[error("{0}")]
    Refused(String),
}
