//! What is wrong with a file of correlations, and where.

use std::fmt;

use peregrine_yaml::Place;

/// A mistake in a file: one for each thing that has to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as its reader named it.
    pub file: String,
    /// Where it begins.
    pub place: Place,
    /// The line of the file.
    pub line: String,
    /// How many letters of the line it is about; at least one.
    pub letters: usize,
    /// What is wrong.
    pub kind: MistakeKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MistakeKind {
    /// The text is no YAML.
    #[error("{0}")]
    Yaml(String),
    /// A key that is not known there.
    #[error("{what} has no key `{key}`{}; it has {}", near(nearest.as_deref()), known.join(", "))]
    UnknownKey {
        /// Whose key it is.
        what: &'static str,
        /// The key.
        key: String,
        /// The key that is probably meant.
        nearest: Option<String>,
        /// The keys there are.
        known: Vec<&'static str>,
    },
    /// A key that is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// A key that must be there and is not.
    #[error("{what} needs `{key}`")]
    Missing {
        /// What it is missing of.
        what: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of another form.
    #[error("{what} is {expected}")]
    Form {
        /// What has the value.
        what: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A word that is none of those there are.
    #[error("{what} is one of {}, not `{word}`{}", known.join(", "), near(nearest.as_deref()))]
    Word {
        /// What it says.
        what: &'static str,
        /// The word.
        word: String,
        /// The word that is probably meant.
        nearest: Option<String>,
        /// The words there are.
        known: Vec<&'static str>,
    },
    /// A length of time that is none.
    #[error("`{0}` is no length of time: a number and s, m, h or d, as in 90s or 10m")]
    Duration(String),
    /// A key that belongs to another type.
    #[error("`{key}` is of {types}, not of {this}")]
    NotOfType {
        /// The key.
        key: &'static str,
        /// The types that have it.
        types: &'static str,
        /// The type of the correlation.
        this: &'static str,
    },
    /// A condition over alerts, or a field, that cannot be.
    #[error("{0}")]
    Condition(String),
    /// A condition no window can meet.
    #[error("no window can meet this condition: {0}")]
    Never(String),
    /// A name that two have.
    #[error("`{name}` is the name of another one too (line {line} of {file})")]
    NameTaken {
        /// The name.
        name: String,
        /// The file of the other.
        file: String,
        /// Its line.
        line: usize,
    },
    /// A reference to a step that is not among the rules.
    #[error("`{name}` is none of the rules of this correlation{}: {}", near(nearest.as_deref()), steps.join(", "))]
    UnknownStep {
        /// The name.
        name: String,
        /// What is probably meant.
        nearest: Option<String>,
        /// The names there are.
        steps: Vec<String>,
    },
    /// Correlations that reference each other in a circle.
    #[error("correlations cannot reference themselves: {}", .0.join(" -> "))]
    Circle(Vec<String>),
    /// A chain that is too long.
    #[error("this is the end of a chain of {length} correlations; {most} at most")]
    Deep {
        /// Its length.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// More steps than a correlation may have.
    #[error("{found} rules; a correlation takes {most} at most")]
    ManySteps {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A time that must be longer than another.
    #[error("`{longer}` cannot be shorter than `{shorter}`")]
    Shorter {
        /// The key that has to be longer.
        longer: &'static str,
        /// The other.
        shorter: &'static str,
    },
    /// A document that is neither a correlation nor a condition.
    #[error(
        "this is no correlation and no condition: it needs `correlation`, `detection` or `when`"
    )]
    NoContent,
    /// What a test expected is not so.
    #[error("{0}")]
    Expected(String),
    /// A file without a correlation.
    #[error("there is no correlation in this file")]
    Empty,
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|word| format!(" (did you mean `{word}`?)")).unwrap_or_default()
}

impl Mistake {
    /// Where it is and what is wrong, without the line.
    pub fn message(&self) -> String {
        self.kind.to_string()
    }
}

impl fmt::Display for Mistake {
    /// `file:line:column: error: what`, then the line with what it is about underlined.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(f, "{}:{line}:{column}: error: {}", self.file, self.kind)?;
        if self.line.trim().is_empty() {
            return Ok(());
        }
        let space = " ".repeat(line.to_string().len());
        let before: String = self
            .line
            .chars()
            .take(column.saturating_sub(1))
            .map(|letter| if letter == '\t' { '\t' } else { ' ' })
            .collect();
        write!(f, "\n{space} |\n{line} | {}\n", self.line)?;
        write!(f, "{space} | {before}{}", "^".repeat(self.letters))
    }
}
