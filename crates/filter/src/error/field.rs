//! Fields and kinds of events that a scheme does not know.

/// Why a [`Scheme`](crate::Scheme) has no field for a name and its argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// No field has this name, or none with this argument.
    #[error("filter_check called with nonexistent field {}{}", written(name, arg.as_ref()), did_you_mean(near.as_ref()))]
    Unknown {
        /// The name.
        name: String,
        /// What stood in brackets, where that is why.
        arg: Option<String>,
        /// The field most like it.
        near: Option<String>,
    },
    /// It takes no argument.
    #[error("filter {name} field does not take an argument")]
    TakesNoArgument {
        /// The name.
        name: String,
    },
    /// It needs an argument.
    #[error("filter {name} needs an argument")]
    NeedsArgument {
        /// The name.
        name: String,
    },
    /// No event has a parameter of this name.
    #[error("unknown event argument {param}")]
    UnknownParameter {
        /// The name of the parameter.
        param: String,
    },
    /// An argument that must be a number.
    #[error("{arg} is not a valid number")]
    NumberedArgument {
        /// What stood in brackets.
        arg: String,
    },
    /// A time that must be a number of nanoseconds.
    #[error("{name}[{arg}]: the time is no number of nanoseconds")]
    TimeArgument {
        /// The name.
        name: String,
        /// What stood in brackets.
        arg: String,
    },
    /// The argument must follow a dot.
    #[error("evt.arg fields must be expressed explicitly")]
    DottedArgument,
    /// Brackets where the language has none.
    #[error("filter syntax error: {name}[{arg}]")]
    Brackets {
        /// The name.
        name: String,
        /// What stood in brackets.
        arg: String,
    },
}

/// A field as conditions write it.
fn written(name: &str, arg: Option<&String>) -> String {
    arg.map_or_else(|| name.to_owned(), |arg| format!("{name}[{arg}]"))
}

fn did_you_mean(near: Option<&String>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// No kind of event has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown event type {name}")]
pub struct UnknownEventType {
    /// The name.
    pub name: String,
}
