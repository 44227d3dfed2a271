//! In Falco's words.

use std::fmt;

use peregrine_yaml::Place;

use crate::falco::error::{Access, Error, FileProblem, Notice, SyntaxProblem, ValueProblem};

impl Error {
    /// The line that stands before `Error: ...`, where there is one.
    pub fn preface(&self) -> Option<String> {
        let Self::MainFile { file, why } = self else { return None };
        Some(format!("Cannot read config file ({file}): {why}"))
    }
}

/// What stands behind `Error: `.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MainFile { .. } => f.write_str("std::exception"),
            Self::IncludedFile(why) => write!(f, "{why}"),
            Self::Yaml(why) => write!(f, "{why}"),
            Self::Scalar(why) => write!(f, "{why}"),
            Self::NotAnOption(option) => write!(
                f,
                "Error parsing config option \"{option}\". Must be of the form key=val or key.subkey=val"
            ),
            Self::Key { key, why } => write!(f, "Config error at key \"{key}\": {why}"),
            Self::BadConversion(place) => write!(f, "{}bad conversion", at(*place)),
            Self::IncludesItself(file) => write!(
                f,
                "Config error: 'config_files' directive tried to recursively include main config file: {file}."
            ),
            Self::NestedInclude(file) => write!(
                f,
                "Config error: 'config_files' directive in included config file {file}."
            ),
            Self::NotAList => f.write_str("appending to a non-sequence"),
            Self::IncludesList => f.write_str(
                "invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa",
            ),
            Self::Value { file, why: ValueProblem::NoTimeouts } => {
                write!(f, "Error reading config file({file}): {}", ValueProblem::NoTimeouts)
            }
            Self::Value { file, why } => write!(f, "Error reading config file ({file}): {why}"),
            Self::UnknownLogLevel(level) => write!(f, "Unknown log level {level}"),
            Self::UnknownSeverity(severity) => write!(f, "Unknown sinsp log severity {severity}"),
            Self::UnknownPriority(priority) => write!(
                f,
                "Unknown priority \"{priority}\"--must be one of emergency, alert, critical, error, warning, notice, informational, debug"
            ),
            Self::UnknownMatching(matching) => write!(
                f,
                "Unknown rule matching strategy \"{matching}\"--must be one of first, all"
            ),
            Self::Plugins { file, place } => write!(
                f,
                "Error reading config file({file}): could not load plugins config: {}bad conversion",
                at(*place)
            ),
            Self::NoSuchPlugin(name) => {
                write!(f, "Cannot load plugin '{name}': plugin config not found for given name")
            }
            Self::Own(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

/// The reader's way to say where.
fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!("yaml-cpp: error at line {}, column {}: ", place.line, place.column)
    })
}

impl fmt::Display for SyntaxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", at(Some(self.place)), self.words)
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IsFolder => {
                f.write_str("basic_filebuf::underflow error reading the file: Is a directory")
            }
            Self::Closed(file) => write!(f, "bad file: {file}"),
            Self::Syntax(why) => write!(f, "{why}"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfScalar { place, key } => {
                write!(f, "{}operator[] call on a scalar (key: \"{key}\")", at(*place))
            }
            Self::DotMissing(at) => {
                write!(f, "Parsing error: expected '.' character at pos {at}")
            }
            Self::Unexpected(at) => write!(f, "Parsing error: unexpected character at pos {at}"),
            Self::NoIndex(text) => {
                write!(f, "Parsing error: expected a numeric index, found '{text}'")
            }
            // Falco never comes back from this one.
            Self::BracketOpen => f.write_str("Parsing error: expected ']' character"),
        }
    }
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EngineKind(kind) => write!(f, "engine.kind '{kind}' is not a valid kind."),
            Self::NoCapture => f.write_str(
                "engine.kind is 'replay' but no engine.replay.capture_file specified.",
            ),
            Self::BothRulesFiles => f.write_str("both 'rules_files' and 'rules_file' keys set"),
            Self::Output(output, key) => {
                write!(f, "{output} output enabled but no {key} in configuration block")
            }
            Self::ListenAddress(address) => {
                write!(f, "webserver listen address \"{address}\" is not a valid IP address")
            }
            Self::DropAction => f.write_str(
                "available actions for syscall event drops are \"ignore\", \"log\", \"alert\", and \"exit\"",
            ),
            Self::DropActionIgnored(action) => write!(
                f,
                "syscall event drop action \"{action}\" does not make sense with the \"ignore\" action"
            ),
            Self::DropThreshold => f.write_str(
                "syscall event drops threshold must be a double in the range [0, 1]",
            ),
            Self::NoTimeouts => f.write_str(
                "the maximum consecutive timeouts without an event must be an unsigned integer > 0",
            ),
            Self::CaptureMode(mode) => write!(f, "capture.mode '{mode}' is not a valid mode."),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeprecatedRulesFile => f.write_str(
                "Using deprecated config key 'rules_file' (singular form). Please use new 'rules_files' config key (plural form).",
            ),
            Self::RuleAndTags { rule, tags } => {
                let tags = tags.iter().map(|tag| format!("{tag},")).collect::<Vec<_>>().join(" ");
                write!(
                    f,
                    "An append_ouptut entry specifies both a rule ({rule}) and a list of tags ({tags}). This means that output will be appended only to the {rule} rule and only if it has all the tags: {tags}."
                )
            }
        }
    }
}
