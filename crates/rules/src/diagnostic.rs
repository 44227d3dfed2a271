//! What is wrong with a rule file, and where.

use std::fmt;

use peregrine_yaml::Place;

use crate::SourceText;

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
}

impl Code {
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
        }
    }

    /// Whether Falco tells it too.
    pub fn is_falcos(self) -> bool {
        !matches!(self, Self::WarnDuplicateKey | Self::WarnEncoding | Self::WarnNumber)
    }

    /// Whether nothing is loaded because of it.
    pub fn is_error(self) -> bool {
        self.name().starts_with("LOAD_ERR_")
    }
}

/// An item around a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is: `rule`, `macro`, `exception`, `rule condition` ...
    pub kind: &'static str,
    /// Its name; empty where it has none.
    pub name: String,
    /// Where it begins.
    pub place: Place,
}

/// The condition a mistake is in, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The condition.
    pub text: String,
    /// Byte offset in it; none where the mistake is the condition as a whole.
    pub offset: Option<usize>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind.
    pub code: Code,
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// The items around it, outermost first: kind and name.
    pub items: Vec<(&'static str, String)>,
    /// The same with their places, and pieces of a rule: Falco's way to say where.
    pub chain: Vec<Link>,
    /// The condition it is in.
    pub expression: Option<Expression>,
    /// The deprecated field it is about.
    pub deprecated_field: Option<&'static str>,
    /// The line the last link of the chain begins in.
    pub link_line: String,
    /// What is wrong.
    pub message: String,
    /// The line of the file, for people.
    pub line_text: String,
}

/// The line a place is in; of an unknown place the first.
fn line_of(source: &SourceText<'_>, place: Place) -> String {
    source.text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default().to_owned()
}

impl Diagnostic {
    pub(crate) fn new(
        code: Code,
        source: &SourceText<'_>,
        place: Place,
        items: Vec<(&'static str, String)>,
        message: impl Into<String>,
    ) -> Self {
        let line_text = line_of(source, place).chars().take(160).collect();
        Self {
            code,
            file: source.name.to_owned(),
            place,
            chain: items
                .iter()
                .map(|(kind, name)| Link { kind, name: name.clone(), place })
                .collect(),
            expression: None,
            deprecated_field: None,
            link_line: line_of(source, place),
            items,
            message: message.into(),
            line_text,
        }
    }

    /// Shows people another place than that of the last link.
    pub(crate) fn move_to(&mut self, source: &SourceText<'_>, place: Place) {
        self.place = place;
        self.line_text = line_of(source, place).chars().take(160).collect();
    }

    /// A file that cannot be read.
    pub fn of_file(name: &str, message: impl Into<String>) -> Self {
        let source = SourceText { name, text: "" };
        Self::new(Code::ErrFileRead, &source, Place::default(), Vec::new(), message)
    }

    /// A warning about how a file is written.
    pub fn of_encoding(source: &SourceText<'_>, place: Place, message: impl Into<String>) -> Self {
        Self::new(Code::WarnEncoding, source, place, Vec::new(), message)
    }

    /// Says where the items around it begin.
    pub(crate) fn within(mut self, source: &SourceText<'_>, chain: Vec<Link>) -> Self {
        let last = chain.last().map_or_else(Place::default, |link| link.place);
        self.link_line = line_of(source, last);
        self.chain = chain;
        self
    }

    /// Whether nothing is loaded because of it.
    pub fn is_error(&self) -> bool {
        self.code.is_error()
    }
}

impl fmt::Display for Diagnostic {
    /// For people: place, what is wrong, the line with a caret, the item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.is_error() { "error" } else { "warning" };
        writeln!(
            f,
            "{}:{}:{}: {level}[{}]: {}",
            self.file,
            self.place.line,
            self.place.column,
            self.code.name(),
            self.message
        )?;
        if self.place.line > 0 && !self.line_text.trim().is_empty() {
            let number = self.place.line.to_string();
            let space = " ".repeat(number.len());
            let before: String = self
                .line_text
                .chars()
                .take(self.place.column.saturating_sub(1))
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            writeln!(f, "{space} |\n{number} | {}\n{space} | {before}^", self.line_text)?;
        }
        if let Some((kind, name)) = self.items.last() {
            write!(f, "  in {kind} '{name}'")?;
        }
        Ok(())
    }
}
