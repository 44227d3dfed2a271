//! What is wrong with a configuration, and where.

use std::fmt;

use peregrine_alert::Priority;
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

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A file cannot be read: why.
    Unreadable(String),
    /// The text is no YAML: why.
    NotYaml(YamlErrorKind),
    /// The file holds something else than a map.
    NotAMap,
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
}

/// What is wrong with an output that Peregrine does not have.
const NO_OUTPUT: &str = "Peregrine has no such output, alerts sent there would be lost: take it out (there are stdout_output and file_output)";

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, kind, is_error } = self;
        match kind {
            ProblemKind::Unreadable(why) => return write!(f, "cannot read {key}: {why}"),
            ProblemKind::NotAnOption => {
                return write!(f, "{origin}: not of the form key=value, as in -o json_output=true");
            }
            _ => write!(f, "{origin}: ")?,
        }
        match kind {
            ProblemKind::NotYaml(why) => write!(f, "{why}"),
            ProblemKind::NotAMap => f.write_str("a configuration is a map of keys and values"),
            ProblemKind::WrongValue { expected, from_environment } => {
                let ignored = if *is_error { "" } else { " is ignored: it" };
                let variable = if *from_environment { " (set by the environment)" } else { "" };
                write!(f, "{key}{ignored} must be {expected}{variable}")
            }
            ProblemKind::UnknownPriority(text) => {
                let why = text.parse::<Priority>().err();
                write!(f, "{key} {text}: {}", why.map_or_else(String::new, |why| why.to_string()))
            }
            ProblemKind::UnknownSyscall { name, near } => {
                write!(f, "{key}: there is no system call {name}")?;
                near.map_or(Ok(()), |near| write!(f, ", did you mean {near}?"))
            }
            ProblemKind::UnknownKey { near } => {
                write!(f, "unknown key {key}: ignored")?;
                near.as_ref().map_or(Ok(()), |near| write!(f, ", did you mean {near}?"))
            }
            ProblemKind::RemovedKey(instead) => {
                write!(f, "{key} is a key of an older Falco: ignored; {instead}")
            }
            ProblemKind::RepeatedKey => write!(f, "{key} is written twice: the first one holds"),
            ProblemKind::NotSupported => write!(f, "{key} is not supported yet: ignored"),
            ProblemKind::NotSupportedValue(what) => f.write_str(what),
            ProblemKind::NoSuchOutput => write!(f, "{key}: {NO_OUTPUT}"),
            ProblemKind::NotAnOption | ProblemKind::Unreadable(_) => Ok(()),
            ProblemKind::BadPath(why) => write!(f, "{key}: {why}"),
            ProblemKind::NestedInclude => {
                f.write_str("config_files cannot be set in a file that is included itself")
            }
        }
    }
}

/// Why a configuration is refused: at least one of the problems is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.0.iter().filter(|problem| problem.is_error);
        if let Some(first) = errors.next() {
            write!(f, "{first}")?;
        }
        errors.try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl std::error::Error for ConfigError {}
