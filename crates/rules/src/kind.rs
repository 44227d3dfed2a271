//! What can be wrong with a rule file: kinds that carry what they are about.
//!
//! The words beside them are those for people (`render::people` puts the place around them); where
//! Falco says it in others, `render::falco` has those.

use peregrine_filter::error::{CheckErrorKind, LintKind, ParseErrorKind, TemplateErrorKind};
use peregrine_yaml::YamlErrorKind;

use crate::code::Code;
use crate::encoding::EncodingNote;
use crate::{ENGINE_VERSION, MAX_FILE};

/// What is wrong or doubtful.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagnosticKind {
    /// A file that whoever reads files could not read.
    #[error("{reason}")]
    Unreadable {
        /// Why, in the words of who tried.
        reason: String,
    },
    /// A file past [`MAX_FILE`].
    #[error("the file has {bytes} bytes; {MAX_FILE} at most")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// How a file is written.
    #[error(transparent)]
    Encoding(EncodingNote),
    /// A text that is no YAML.
    #[error("this is no YAML: {0}")]
    Yaml(YamlErrorKind),
    /// YAML of another shape than rule files have.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// An item that does not fit to the items before it or to this engine.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// An exception whose parts do not fit.
    #[error(transparent)]
    Exception(#[from] ExceptionError),
    /// A list or macro that cannot be put in.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A condition that is not of the language.
    #[error(transparent)]
    Syntax(ParseErrorKind),
    /// A condition without a meaning.
    #[error(transparent)]
    Condition(CheckErrorKind),
    /// An output that is no format.
    #[error(transparent)]
    Output(TemplateErrorKind),
    /// A value only JSON has whose format is none.
    #[error("extra field {key}: {error}")]
    ExtraField {
        /// The key of the value.
        key: String,
        /// What is wrong with the format.
        error: TemplateErrorKind,
    },
    /// A piece of a condition that is legal and probably not meant.
    #[error(transparent)]
    Lint(LintKind),
    /// Something else that is legal and probably not meant.
    #[error(transparent)]
    Doubtful(#[from] Lint),
    /// An output format that the configuration appends and that is none.
    #[error("{error}")]
    AppendedOutput {
        /// The format.
        format: String,
        /// What is wrong with it.
        error: TemplateErrorKind,
    },
    /// Something that rules should no longer write.
    #[error(transparent)]
    Deprecated(#[from] Deprecated),
    /// An item nobody knows.
    #[error("Unknown top level item")]
    UnknownItem,
    /// A key nobody knows.
    #[error("Unknown key '{key}'. The key will be ignored.")]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// A key that an item has more than once.
    #[error("Key '{key}' is written twice: its first value counts.")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A name that conditions cannot use.
    #[error(
        "List has an invalid name. List names should match a regular expression: ([^()\"'[:space:]=,]+)"
    )]
    ListName,
    /// A name that conditions cannot use.
    #[error(
        "Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)"
    )]
    MacroName,
    /// Events that come from elsewhere.
    #[error("Unknown source {name}, skipping")]
    UnknownSource {
        /// The source.
        name: String,
    },
    /// Two exceptions of one name.
    #[error("Multiple definitions of exception '{name}' in the same rule")]
    DuplicateException {
        /// The name.
        name: String,
    },
    /// An exception that changes nothing.
    #[error("Overriding/appending exception with no values")]
    ExceptionWithoutValues,
    /// A macro no rule uses.
    #[error("Macro not referred to by any other rule/macro")]
    UnusedMacro,
    /// A list no rule uses.
    #[error("List not referred to by any other rule/macro")]
    UnusedList,
    /// A condition that holds for nearly every kind of event, or for none.
    #[error("Rule matches too many evt.type values. This has a significant performance penalty.")]
    ManyEventTypes,
}

/// How the YAML of a rule file can have another shape than it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ShapeError {
    #[error("Rules content is not yaml array of objects")]
    NotItems,
    #[error("Rules content is not yaml")]
    NotYaml,
    #[error("Unexpected element type. Each element should be a yaml associative array.")]
    NotItem,
    #[error("Item has no mapping for key '{key}'")]
    MissingKey { key: String },
    #[error("Mapping for key '{key}' is empty")]
    EmptyKey { key: String },
    #[error("Value must be non-empty")]
    EmptyValue,
    #[error("Value is not a scalar value")]
    NotScalar,
    #[error("Value is not a sequence")]
    NotSequence,
    #[error("Value is not a mapping")]
    NotMapping,
    #[error("sequence value is not scalar")]
    ListItemNotScalar,
    #[error("Can't decode YAML scalar value")]
    Undecodable,
    #[error("Invalid priority")]
    Priority,
    #[error("Key '{key}' cannot be appended to, use 'replace' instead")]
    CannotAppend { key: String },
    #[error("Key '{key}' cannot be replaced")]
    CannotReplace { key: String },
    #[error(
        "Invalid override operation for key '{key}': '{operation}'. Allowed values are: {}{}",
        if *.append { "append " } else { "" },
        if *.replace { "replace " } else { "" }
    )]
    Override { key: String, operation: String, append: bool, replace: bool },
    #[error(
        "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
    )]
    OverrideAndAppend,
    #[error("An {operation} override for '{key}' was specified but '{key}' is not defined")]
    OverrideWithoutKey { key: String, operation: &'static str },
    #[error("Unexpected key '{key}': no corresponding entry under 'override' is defined.")]
    KeyWithoutOverride { key: String },
    #[error("Rule exceptions must be a sequence")]
    ExceptionsNotSequence,
    #[error("Rule exception must be a mapping")]
    ExceptionNotMapping,
    #[error("Rule exception values must be a sequence")]
    ExceptionValuesNotSequence,
    #[error(
        "Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format."
    )]
    EngineVersion { text: String },
    #[error("Value of required_plugin_versions must be a sequence")]
    PluginsNotSequence,
    #[error("Plugin version must be a mapping")]
    PluginNotMapping,
    #[error("Value of plugin version alternatives must be a sequence")]
    AlternativesNotSequence,
    #[error("Plugin version alternative must be a mapping")]
    AlternativeNotMapping,
}

/// How an item can fail to fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ItemError {
    #[error(
        "List uses 'append' or 'override.items: append' but no list by that name already exists"
    )]
    NoListToAppend,
    #[error(
        "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists"
    )]
    NoMacroToAppend,
    #[error(
        "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
    )]
    NoRuleToAppend,
    #[error(
        "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
    )]
    NoRuleToReplace,
    #[error("Rule has 'enabled' key but no rule by that name already exists")]
    NoRuleToEnable,
    #[error("Appended rule must have exceptions or condition property")]
    AppendsNothing,
    #[error("Rule has been re-defined with a different source")]
    OtherSource,
    #[error(
        "Rules require engine version {}, but engine version is {}",
        version(*.required),
        version(ENGINE_VERSION)
    )]
    EngineVersion { required: (u64, u64, u64) },
    #[error("Invalid required version '{version}' for plugin '{plugin}'")]
    PluginVersion { plugin: String, version: String },
    #[error("Defined multiple alternative version requirements for plugin '{plugin}'")]
    PluginTwice { plugin: String },
}

fn version((major, minor, patch): (u64, u64, u64)) -> String {
    format!("{major}.{minor}.{patch}")
}

/// How the parts of an exception can fail to fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ExceptionError {
    #[error("Rule exception item must have fields property with a list of fields")]
    NoFields,
    #[error("Rule exception must have {part} property with a list of {part}")]
    NewWithout { part: &'static str },
    #[error("Can not append exception {part} to existing exception, only values")]
    AppendsPart { part: &'static str },
    #[error("Fields and {part} lists must have equal length")]
    Lengths { part: &'static str },
    #[error("Fields and comps must both be strings")]
    CompsNotText,
    #[error(
        "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)"
    )]
    SingleField,
    #[error("'{comp}' is not a supported comparison operator")]
    Comparison { comp: String },
    #[error("'{field}' is not a supported filter field")]
    Field { field: String },
    #[error("Expected values array to contain a list of strings")]
    ValuesNotTexts,
}

/// Why a list or macro cannot be put in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum ReferenceError {
    #[error("List '{name}' is longer than {limit} bytes with the lists it names")]
    ListTooLong { name: String, limit: usize },
    #[error("reference loop in macro '{name}'")]
    MacroLoop { name: String },
    #[error("Undefined macro '{name}' used in filter.")]
    UndefinedMacro { name: String },
    #[error("more than {limit} comparisons with the macros put in, from '{name}' on")]
    TooManyComparisons { name: String, limit: usize },
}

/// What is legal in a file and probably not meant. Falco says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum Lint {
    #[error("{kind} '{name}' is defined twice in this file: what line {line} says does not count")]
    DefinedTwice { kind: &'static str, name: String, line: usize },
    #[error("Unknown key '{key}' in an exception. The key will be ignored.")]
    ExceptionKey { key: String },
    #[error("'{value}' is compared as a text, and there is a {kind} '{name}'")]
    NameAsValue { value: String, kind: &'static str, name: String },
    #[error("'{name}' is a text here: the list '{name}' is defined later")]
    ListBelow { name: String },
    #[error("This can never be true: no event is of all the types it asks for")]
    NoEvent,
}

/// What rules should no longer write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum Deprecated {
    #[error(
        "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
    )]
    Append,
    #[error(
        "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the 'override' key (i.e. 'enabled: replace')."
    )]
    StandaloneEnabled,
    #[error(
        "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will automatically add required fields to the output message."
    )]
    ContainerInfo,
    #[error("usage of deprecated field '{field}' has been detected in the rule output")]
    InOutput { field: &'static str },
    #[error(
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'"
    )]
    Direction,
    #[error("the field {field} is not available: there are no enter events any more")]
    InCondition { field: &'static str },
}

/// The token of outputs that became nothing.
pub(crate) const CONTAINER_INFO: &str = "%container.info";
/// The field whose value is the same for every event.
pub(crate) const DIRECTION: &str = "evt.dir";

impl Deprecated {
    /// The deprecated field.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::InOutput { field } | Self::InCondition { field } => Some(field),
            Self::Direction => Some(DIRECTION),
            Self::Append | Self::StandaloneEnabled | Self::ContainerInfo => None,
        }
    }
}

impl DiagnosticKind {
    /// Falco's code of it, or ours for what Falco says nothing of.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } | Self::FileTooLarge { .. } => Code::ErrFileRead,
            Self::Encoding(_) => Code::WarnEncoding,
            Self::Yaml(_) => Code::ErrYamlParse,
            Self::Shape(_) => Code::ErrYamlValidate,
            Self::Item(_) | Self::Exception(_) | Self::Reference(_) => Code::ErrValidate,
            Self::Syntax(_) | Self::Condition(_) => Code::ErrCompileCondition,
            Self::Output(_) | Self::ExtraField { .. } | Self::AppendedOutput { .. } => {
                Code::ErrCompileOutput
            }
            Self::Lint(LintKind::NumberCut { .. }) => Code::WarnNumber,
            Self::Lint(LintKind::NeverTrue { .. }) | Self::Doubtful(Lint::NoEvent) => {
                Code::WarnNeverTrue
            }
            Self::Lint(LintKind::PartialRegex { .. }) => Code::WarnPartialRegex,
            Self::Doubtful(Lint::DefinedTwice { .. }) => Code::WarnDefinedTwice,
            Self::Doubtful(Lint::ExceptionKey { .. }) => Code::WarnUnknownKey,
            Self::Doubtful(Lint::NameAsValue { .. }) => Code::WarnNameAsValue,
            Self::Doubtful(Lint::ListBelow { .. }) => Code::WarnUsedBeforeDefined,
            Self::Lint(_) => Code::WarnCompileCondition,
            Self::Deprecated(_) => Code::WarnDeprecatedItem,
            Self::UnknownItem => Code::WarnUnknownItem,
            Self::UnknownKey { .. } => Code::WarnUnknownKey,
            Self::DuplicateKey { .. } => Code::WarnDuplicateKey,
            Self::ListName => Code::WarnInvalidListName,
            Self::MacroName => Code::WarnInvalidMacroName,
            Self::UnknownSource { .. } => Code::WarnUnknownSource,
            Self::DuplicateException { .. } => Code::WarnExceptionNameNotUnique,
            Self::ExceptionWithoutValues => Code::WarnAppendNoValues,
            Self::UnusedMacro => Code::WarnUnusedMacro,
            Self::UnusedList => Code::WarnUnusedList,
            Self::ManyEventTypes => Code::WarnNoEvttype,
        }
    }

    /// What helps whatever the file says, where there is something.
    pub(crate) fn help(&self) -> Option<String> {
        let help = match self {
            Self::Condition(CheckErrorKind::Operator { .. }) => {
                "`peregrine fields NAME` says of which type a field is"
            }
            Self::Reference(ReferenceError::MacroLoop { .. }) => "a macro cannot be part of itself",
            Self::ManyEventTypes => {
                "begin the condition with the types of event: `evt.type in (...) and`"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// Whether it is about a name that other versions of the engine may know: what
    /// `skip-if-unknown-filter` forgives.
    pub fn is_unknown_name(&self) -> bool {
        match self {
            Self::Condition(error) => error.is_unknown_name(),
            Self::Output(error)
            | Self::ExtraField { error, .. }
            | Self::AppendedOutput { error, .. } => error.is_unknown_name(),
            _ => false,
        }
    }
}
