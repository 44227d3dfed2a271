//! Where a value was set.

use std::fmt;
use std::sync::Arc;

use peregrine_yaml::Place;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nowhere: it is the built-in one.
    #[default]
    Default,
    /// In a configuration file.
    File {
        /// The file's path as it was given.
        name: Arc<str>,
        /// The place of the key, or of an element of a list.
        place: Place,
    },
    /// By `-o` on the command line.
    Option(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, place } => write!(f, "{name}:{}:{}", place.line, place.column),
            Self::Option(option) => write!(f, "-o {option}"),
        }
    }
}
