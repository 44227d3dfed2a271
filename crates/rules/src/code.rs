//! Codes of mistakes.

/// What a mistake does to loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Nothing is loaded.
    Error,
    /// The rules are loaded all the same.
    Warning,
}

/// Falco's codes of mistakes, and ours for what it says nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "`name` and `short` say it")]
pub enum Code {
    ErrFileRead,
    ErrYamlParse,
    ErrYamlValidate,
    ErrCompileCondition,
    ErrCompileOutput,
    ErrValidate,
    WarnUnknownSource,
    WarnNoEvttype,
    WarnUnknownFilter,
    WarnUnusedMacro,
    WarnUnusedList,
    WarnUnknownItem,
    WarnDeprecatedItem,
    WarnAppendNoValues,
    WarnInvalidMacroName,
    WarnInvalidListName,
    WarnUnknownKey,
    WarnExceptionNameNotUnique,
    WarnCompileCondition,
    WarnUnsafeNaCheck,
    WarnDuplicateKey,
    WarnEncoding,
    WarnNumber,
    WarnNameAsValue,
    WarnNeverTrue,
    WarnPartialRegex,
    WarnDefinedTwice,
    WarnUsedBeforeDefined,
}

/// A page of the manual of codes.
macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("../../../tests/spec/codes/", $name, ".md"))
    };
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::ErrFileRead,
        Self::ErrYamlParse,
        Self::ErrYamlValidate,
        Self::ErrCompileCondition,
        Self::ErrCompileOutput,
        Self::ErrValidate,
        Self::WarnUnknownSource,
        Self::WarnNoEvttype,
        Self::WarnUnknownFilter,
        Self::WarnUnusedMacro,
        Self::WarnUnusedList,
        Self::WarnUnknownItem,
        Self::WarnDeprecatedItem,
        Self::WarnAppendNoValues,
        Self::WarnInvalidMacroName,
        Self::WarnInvalidListName,
        Self::WarnUnknownKey,
        Self::WarnExceptionNameNotUnique,
        Self::WarnCompileCondition,
        Self::WarnUnsafeNaCheck,
        Self::WarnDuplicateKey,
        Self::WarnEncoding,
        Self::WarnNumber,
        Self::WarnNameAsValue,
        Self::WarnNeverTrue,
        Self::WarnPartialRegex,
        Self::WarnDefinedTwice,
        Self::WarnUsedBeforeDefined,
    ];

    /// The code of a name, in any case.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name().eq_ignore_ascii_case(name))
    }

    /// What it means, with examples: its page of the manual, in Markdown.
    pub fn page(self) -> &'static str {
        match self {
            Self::ErrFileRead => page!("LOAD_ERR_FILE_READ"),
            Self::ErrYamlParse => page!("LOAD_ERR_YAML_PARSE"),
            Self::ErrYamlValidate => page!("LOAD_ERR_YAML_VALIDATE"),
            Self::ErrCompileCondition => page!("LOAD_ERR_COMPILE_CONDITION"),
            Self::ErrCompileOutput => page!("LOAD_ERR_COMPILE_OUTPUT"),
            Self::ErrValidate => page!("LOAD_ERR_VALIDATE"),
            Self::WarnUnknownSource => page!("LOAD_UNKNOWN_SOURCE"),
            Self::WarnNoEvttype => page!("LOAD_NO_EVTTYPE"),
            Self::WarnUnknownFilter => page!("LOAD_UNKNOWN_FILTER"),
            Self::WarnUnusedMacro => page!("LOAD_UNUSED_MACRO"),
            Self::WarnUnusedList => page!("LOAD_UNUSED_LIST"),
            Self::WarnUnknownItem => page!("LOAD_UNKNOWN_ITEM"),
            Self::WarnDeprecatedItem => page!("LOAD_DEPRECATED_ITEM"),
            Self::WarnAppendNoValues => page!("LOAD_APPEND_NO_VALUES"),
            Self::WarnInvalidMacroName => page!("LOAD_INVALID_MACRO_NAME"),
            Self::WarnInvalidListName => page!("LOAD_INVALID_LIST_NAME"),
            Self::WarnUnknownKey => page!("LOAD_UNKNOWN_KEY"),
            Self::WarnExceptionNameNotUnique => page!("LOAD_EXCEPTION_NAME_NOT_UNIQUE"),
            Self::WarnCompileCondition => page!("LOAD_COMPILE_CONDITION"),
            Self::WarnUnsafeNaCheck => page!("LOAD_UNSAFE_NA_CHECK"),
            Self::WarnDuplicateKey => page!("LOAD_DUPLICATE_KEY"),
            Self::WarnEncoding => page!("LOAD_ENCODING"),
            Self::WarnNumber => page!("LOAD_NUMBER"),
            Self::WarnNameAsValue => page!("LOAD_NAME_AS_VALUE"),
            Self::WarnNeverTrue => page!("LOAD_NEVER_TRUE"),
            Self::WarnPartialRegex => page!("LOAD_PARTIAL_REGEX"),
            Self::WarnDefinedTwice => page!("LOAD_DEFINED_TWICE"),
            Self::WarnUsedBeforeDefined => page!("LOAD_USED_BEFORE_DEFINED"),
        }
    }

    /// `LOAD_ERR_COMPILE_CONDITION`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrFileRead => "LOAD_ERR_FILE_READ",
            Self::ErrYamlParse => "LOAD_ERR_YAML_PARSE",
            Self::ErrYamlValidate => "LOAD_ERR_YAML_VALIDATE",
            Self::ErrCompileCondition => "LOAD_ERR_COMPILE_CONDITION",
            Self::ErrCompileOutput => "LOAD_ERR_COMPILE_OUTPUT",
            Self::ErrValidate => "LOAD_ERR_VALIDATE",
            Self::WarnUnknownSource => "LOAD_UNKNOWN_SOURCE",
            Self::WarnNoEvttype => "LOAD_NO_EVTTYPE",
            Self::WarnUnknownFilter => "LOAD_UNKNOWN_FILTER",
            Self::WarnUnusedMacro => "LOAD_UNUSED_MACRO",
            Self::WarnUnusedList => "LOAD_UNUSED_LIST",
            Self::WarnUnknownItem => "LOAD_UNKNOWN_ITEM",
            Self::WarnDeprecatedItem => "LOAD_DEPRECATED_ITEM",
            Self::WarnAppendNoValues => "LOAD_APPEND_NO_VALUES",
            Self::WarnInvalidMacroName => "LOAD_INVALID_MACRO_NAME",
            Self::WarnInvalidListName => "LOAD_INVALID_LIST_NAME",
            Self::WarnUnknownKey => "LOAD_UNKNOWN_KEY",
            Self::WarnExceptionNameNotUnique => "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
            Self::WarnCompileCondition => "LOAD_COMPILE_CONDITION",
            Self::WarnUnsafeNaCheck => "LOAD_UNSAFE_NA_CHECK",
            Self::WarnDuplicateKey => "LOAD_DUPLICATE_KEY",
            Self::WarnEncoding => "LOAD_ENCODING",
            Self::WarnNumber => "LOAD_NUMBER",
            Self::WarnNameAsValue => "LOAD_NAME_AS_VALUE",
            Self::WarnNeverTrue => "LOAD_NEVER_TRUE",
            Self::WarnPartialRegex => "LOAD_PARTIAL_REGEX",
            Self::WarnDefinedTwice => "LOAD_DEFINED_TWICE",
            Self::WarnUsedBeforeDefined => "LOAD_USED_BEFORE_DEFINED",
        }
    }

    /// Falco's words for it.
    pub fn short(self) -> &'static str {
        match self {
            Self::ErrFileRead => "File read error",
            Self::ErrYamlParse => "YAML parse error",
            Self::ErrYamlValidate => "Error validating internal structure of YAML file",
            Self::ErrCompileCondition => "Error compiling condition",
            Self::ErrCompileOutput => "Error compiling output",
            Self::ErrValidate => "Error validating rule/macro/list/exception objects",
            Self::WarnUnknownSource => "Unknown event source",
            Self::WarnNoEvttype => "Condition has no event-type restriction",
            Self::WarnUnknownFilter => "Unknown field or event-type in condition or output",
            Self::WarnUnusedMacro => "Unused macro",
            Self::WarnUnusedList => "Unused list",
            Self::WarnUnknownItem => "Unknown rules file item",
            Self::WarnDeprecatedItem => "Used deprecated item",
            Self::WarnAppendNoValues => "Overriding/appending with no values",
            Self::WarnInvalidMacroName => "Invalid macro name",
            Self::WarnInvalidListName => "Invalid list name",
            Self::WarnUnknownKey => "Unknown key in item definition",
            Self::WarnExceptionNameNotUnique => "Multiple exceptions defined with the same name",
            Self::WarnCompileCondition => "Warning in rule condition",
            Self::WarnUnsafeNaCheck => "Unsafe <NA> comparison in condition",
            Self::WarnDuplicateKey => "Key written twice in one item",
            Self::WarnEncoding => "Text that is no UTF-8",
            Self::WarnNumber => "Number outside the range of its field",
            Self::WarnNameAsValue => "Value that is or resembles the name of a list or macro",
            Self::WarnNeverTrue => "Condition that can never be true",
            Self::WarnPartialRegex => "Regular expression that does not match the whole value",
            Self::WarnDefinedTwice => "Item defined twice in one file",
            Self::WarnUsedBeforeDefined => "List used before it is defined",
        }
    }

    /// Whether Falco reports it too.
    pub fn is_falcos(self) -> bool {
        !matches!(
            self,
            Self::WarnDuplicateKey
                | Self::WarnEncoding
                | Self::WarnNumber
                | Self::WarnNameAsValue
                | Self::WarnNeverTrue
                | Self::WarnPartialRegex
                | Self::WarnDefinedTwice
                | Self::WarnUsedBeforeDefined
        )
    }

    /// Whether nothing is loaded because of it.
    pub fn severity(self) -> Severity {
        match self {
            Self::ErrFileRead
            | Self::ErrYamlParse
            | Self::ErrYamlValidate
            | Self::ErrCompileCondition
            | Self::ErrCompileOutput
            | Self::ErrValidate => Severity::Error,
            _ => Severity::Warning,
        }
    }
}
