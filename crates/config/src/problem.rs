//! What is wrong with a configuration, and where.

use peregrine_yaml::YamlErrorKind;

use crate::origin::Origin;

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was set.
    pub origin: Origin,
    /// The dotted key; empty where the file or the option as a whole is meant.
    pub key: String,
    /// What is wrong.
    pub kind: ProblemKind,
    /// The configuration is refused; otherwise the setting has no effect and the rest holds.
    pub is_error: bool,
}

impl Problem {
    /// Whether somebody made a mistake; a key that has no effect yet is none.
    pub const fn is_mistake(&self) -> bool {
        !matches!(self.kind, ProblemKind::NotSupported | ProblemKind::NotSupportedValue(_))
    }
}

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A file cannot be read: why.
    Unreadable(String),
    /// The text is no YAML: why.
    NotYaml(YamlErrorKind),
    /// The file holds something else than a map.
    NotAMap,
    /// The file goes on with another document.
    AnotherDocument,
    /// The value has the wrong type or is out of range.
    WrongValue {
        /// What is expected.
        expected: String,
        /// The value came from the environment.
        from_environment: bool,
    },
    /// The value is no priority: the text.
    UnknownPriority(String),
    /// A name in a list is no system call.
    UnknownSyscall {
        /// The name.
        name: String,
        /// What looks most like it.
        near: Option<&'static str>,
    },
    /// A text is no condition over alerts: why.
    NotACondition(String),
    /// A text is no template: why.
    NotATemplate(String),
    /// No such key.
    UnknownKey {
        /// What looks most like it.
        near: Option<String>,
    },
    /// A key of an older Falco: what became of it.
    RemovedKey(&'static str),
    /// The key stands twice in its map; the first one holds.
    RepeatedKey,
    /// The key has no effect yet.
    NotSupported,
    /// The value has no effect yet: what is not supported, in words.
    NotSupportedValue(String),
    /// An output that Peregrine does not have is switched on.
    NoSuchOutput,
    /// An option is not of the form `key=value`.
    NotAnOption,
    /// The key of an option cannot be read: why.
    BadPath(String),
    /// An included file includes others.
    NestedInclude,
    /// A rule file does not exist: its path. The others are loaded.
    NoRulesFile(String),
    /// A capture is to be read, and none is named.
    NoCapture,
    /// No rule file exists.
    NoRulesFiles,
}

/// Why a configuration is refused: at least one of the problems is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);
