//! Why Falco does not start with a configuration, and what it remarks on one; `render/falco.rs` has the words.

use peregrine_alert::Priority;
use peregrine_rules::falco::yaml_error;
use peregrine_yaml::{Place, YamlError};

use crate::model::Config;

/// A configuration Falco does not start with: why, what it remarked before, and how it logs.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// What it remarked before.
    pub notices: Vec<Notice>,
    /// The settings as far as they were read; those of the log come first.
    pub config: Box<Config>,
}

impl Refused {
    /// Refused before anything was read.
    pub(super) fn unread(error: Error) -> Self {
        Self { error, notices: Vec::new(), config: Box::new(Config::of_falco()) }
    }
}

/// Why Falco does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The main file cannot be read, or is no YAML.
    MainFile {
        /// Its path.
        file: String,
        /// Why.
        why: FileProblem,
    },
    /// An included file cannot be read, or is no YAML.
    IncludedFile(FileProblem),
    /// An option's map is no YAML.
    Yaml(SyntaxProblem),
    /// An option without `=`.
    NotAnOption(String),
    /// A key leads nowhere.
    Key {
        /// The key.
        key: String,
        /// Why.
        why: Access,
    },
    /// A part of a list goes on below a single value.
    Scalar(Access),
    /// A part of a list or a map is not what it must be.
    BadConversion(Option<Place>),
    /// The main file includes itself.
    IncludesItself(String),
    /// An included file includes others.
    NestedInclude(String),
    /// An included file adds elements to what is no list.
    NotAList,
    /// An included file is a list.
    IncludesList,
    /// A value does not make sense: in this file, why.
    Value {
        /// The main file's path.
        file: String,
        /// Why.
        why: ValueProblem,
    },
    /// `log_level` is none.
    UnknownLogLevel(String),
    /// `libs_logger.severity` is none.
    UnknownSeverity(String),
    /// `priority` is none.
    UnknownPriority(String),
    /// `rule_matching` is none.
    UnknownMatching(String),
    /// The list of plugins is wrong.
    Plugins {
        /// The main file's path.
        file: String,
        /// Where.
        place: Option<Place>,
    },
    /// A plugin is loaded that is not in the list.
    NoSuchPlugin(String),
    /// A key that Falco does not have has a wrong value: the words for people.
    Own(String),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// It is a folder.
    IsFolder,
    /// It cannot be opened: its path.
    Closed(String),
    /// It is no YAML.
    Syntax(SyntaxProblem),
}

/// Why a text is no YAML, in the words of Falco's reader, and where that sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// Where.
    pub place: Place,
    /// Why.
    pub words: String,
}

impl SyntaxProblem {
    pub(super) fn of(error: &YamlError, text: &str) -> Self {
        let (place, words) = yaml_error(&error.kind, error.place, text);
        Self { place, words }
    }
}

/// Why a key leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It goes on below a single value.
    OfScalar {
        /// Where the value begins; none for one of an option.
        place: Option<Place>,
        /// The key below it.
        key: String,
    },
    /// A dot is missing behind this letter.
    DotMissing(usize),
    /// A name is missing before this letter.
    Unexpected(usize),
    /// A text in brackets is no number.
    NoIndex(String),
    /// A bracket stays open.
    BracketOpen,
}

/// Why a value does not make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueProblem {
    /// `engine.kind` is none.
    EngineKind(String),
    /// `engine.kind` is `replay`, without a capture.
    NoCapture,
    /// Both `rules_files` and `rules_file`.
    BothRulesFiles,
    /// An output is on without what it needs: its name, the missing key.
    Output(&'static str, &'static str),
    /// `webserver.listen_address` is no address.
    ListenAddress(String),
    /// An action on losses that there is not.
    DropAction,
    /// An action on losses beside `ignore`.
    DropActionIgnored(String),
    /// The share of lost events is none.
    DropThreshold,
    /// No event may fail to come.
    NoTimeouts,
    /// `capture.mode` is none.
    CaptureMode(String),
}

/// What Falco remarks while it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// `rules_file` instead of `rules_files`.
    DeprecatedRulesFile,
    /// An entry of `append_output` is for a rule and for tags.
    RuleAndTags {
        /// The rule.
        rule: String,
        /// The tags.
        tags: Vec<String>,
    },
}

impl Notice {
    /// How severe it is.
    pub const fn level(&self) -> Priority {
        Priority::Warning
    }
}
