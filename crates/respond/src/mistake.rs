//! What is wrong with a response file, where, and what to do; shown as mistakes in rules are.

use std::fmt;

use peregrine_yaml::{LineIndex, Place};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MistakeKind {
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Unreadable(String),
    /// It is no YAML.
    #[error("this is no YAML: {0}")]
    Yaml(String),
    /// Something else must stand here.
    #[error("{what} must be {expected}")]
    Expected {
        /// The key, or what it is of.
        what: String,
        /// What must stand here.
        expected: String,
    },
    /// A key is missing.
    #[error("the key '{key}' is missing")]
    MissingKey {
        /// Which.
        key: &'static str,
    },
    /// Nobody knows the key.
    #[error("there is no key '{key}' here")]
    UnknownKey {
        /// Which.
        key: String,
        /// What may be meant.
        near: Option<&'static str>,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A key is there twice.
    #[error("the key '{key}' is written twice")]
    RepeatedKey {
        /// Which.
        key: String,
    },
    /// Nobody knows the action.
    #[error("there is no action '{name}'")]
    UnknownAction {
        /// Its name.
        name: String,
        /// What may be meant.
        near: Option<&'static str>,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A word that is none of those that may stand here.
    #[error("{key} cannot be '{word}'")]
    UnknownWord {
        /// Of what.
        key: String,
        /// The word.
        word: String,
        /// What may be meant.
        near: Option<&'static str>,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A condition is none.
    #[error("{why}")]
    Condition {
        /// Why.
        why: String,
    },
    /// No field.
    #[error("there is no field '{token}'")]
    Field {
        /// What stands there.
        token: String,
        /// What may be meant.
        near: Option<String>,
        /// Whether it stands in a condition.
        in_condition: bool,
    },
    /// Two responses have one name.
    #[error("there is a response '{name}' already, in {file}:{line}")]
    DefinedTwice {
        /// The name.
        name: String,
        /// Where the other one is.
        file: String,
        /// In which line.
        line: usize,
    },
    /// It answers every alert.
    #[error("this matches every alert: `match` says nothing")]
    MatchesAll,
    /// The program is looked for in no folder.
    #[error("the program must be given by its whole path, not as '{program}'")]
    RelativeProgram {
        /// The program.
        program: String,
    },
}

impl MistakeKind {
    /// The code, in the form of those of rules.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "LOAD_ERR_FILE_READ",
            Self::Yaml(_) => "LOAD_ERR_YAML_PARSE",
            Self::Condition { .. } | Self::Field { in_condition: true, .. } => {
                "LOAD_ERR_COMPILE_CONDITION"
            }
            Self::Field { .. } => "LOAD_ERR_COMPILE_OUTPUT",
            _ => "LOAD_ERR_YAML_VALIDATE",
        }
    }

    fn help(&self) -> Option<String> {
        let meant = |near: Option<&'static str>| near.map(|near| format!("write `{near}`"));
        let there = |known: &[&'static str]| format!("there are {}", known.join(", "));
        match self {
            Self::UnknownKey { near, known, .. }
            | Self::UnknownWord { near, known, .. }
            | Self::UnknownAction { near, known, .. } => {
                Some(meant(*near).unwrap_or_else(|| there(known)))
            }
            Self::Field { near: Some(near), .. } => Some(format!("write `{near}`")),
            Self::Field { token, .. } if token.is_empty() => {
                Some("behind `%` stands a field, as in `%proc.name`; `%%` is a percent sign".into())
            }
            Self::Field { .. } => {
                Some("`peregrine fields` lists the fields there are; an alert's own are rule, priority, source, tags, hostname, time and output".into())
            }
            Self::MatchesAll => {
                Some("name rules, tags, a priority or a condition; for every alert: `rules: ['*']`".into())
            }
            Self::RelativeProgram { .. } => Some("as in /usr/local/bin/page".into()),
            Self::DefinedTwice { .. } => Some("give one of them another name".into()),
            _ => None,
        }
    }
}

/// A mistake with its place. `Display` is the form for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Where in it; line 0: the file as a whole.
    pub place: Place,
    /// What is wrong.
    pub kind: MistakeKind,
    /// The response it is in.
    pub response: Option<String>,
    line: String,
    marked: usize,
}

/// Letters of a line that are shown at most.
const WIDTH: usize = 160;

impl Mistake {
    /// About bytes of a text.
    pub(crate) fn new(
        file: &str,
        text: &str,
        lines: &LineIndex,
        bytes: std::ops::Range<usize>,
        kind: MistakeKind,
        response: Option<&str>,
    ) -> Self {
        let place = lines.place(text, bytes.start);
        let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
        let marked = text.get(bytes).unwrap_or_default();
        let marked = marked.lines().next().unwrap_or_default().chars().count().max(1);
        Self {
            file: file.to_owned(),
            place,
            kind,
            response: response.map(str::to_owned),
            line: line.to_owned(),
            marked,
        }
    }

    /// A file that cannot be read.
    pub fn of_file(file: &str, why: String) -> Self {
        Self {
            file: file.to_owned(),
            place: Place::default(),
            kind: MistakeKind::Unreadable(why),
            response: None,
            line: String::new(),
            marked: 0,
        }
    }
}

impl Mistake {
    /// What is wrong, for an action that is no file's.
    pub fn in_text(&self, text: &str) -> String {
        let help = self.kind.help().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{text}: {}{help}", self.kind)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        let Place { line, column, .. } = self.place;
        if line > 0 {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " error[{}]: {}", self.kind.code(), self.kind)?;
        if line > 0 && !self.line.trim().is_empty() && column <= WIDTH {
            let space = " ".repeat(line.to_string().len());
            let shown: String = self.line.chars().take(WIDTH).collect();
            let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
            let before: String = shown.chars().take(column - 1).map(blank).collect();
            let marks = "^".repeat(self.marked.min(WIDTH + 1 - column));
            write!(f, "\n{space} |\n{line} | {shown}\n{space} | {before}{marks}")?;
        }
        if let Some(response) = &self.response {
            write!(f, "\n  in response '{response}'")?;
        }
        self.kind.help().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}
