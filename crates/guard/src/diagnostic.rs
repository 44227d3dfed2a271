//! What is wrong with policies, and where.

use std::fmt;

use peregrine_filter::ast::Span;
use peregrine_rules::excerpt;
use peregrine_yaml::{Place, YamlErrorKind};

use crate::layout::Act;

/// One mistake in policies or in the rules they use. `Display` is the form for people.
#[derive(Debug, Clone)]
pub enum Diagnostic {
    /// In a rule file, or in a condition's own words.
    Rules(Box<peregrine_rules::Diagnostic>),
    /// In a policy.
    Policy(Box<PolicyDiagnostic>),
}

impl Diagnostic {
    /// Whether nothing is loaded because of it.
    pub fn is_error(&self) -> bool {
        match self {
            Self::Rules(one) => one.is_error(),
            Self::Policy(_) => true,
        }
    }

    /// The name of its code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rules(one) => one.code.name(),
            Self::Policy(one) => one.kind.code(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules(one) => one.fmt(f),
            Self::Policy(one) => one.fmt(f),
        }
    }
}

/// A mistake in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDiagnostic {
    /// What is wrong.
    pub kind: PolicyError,
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// The bytes it is about.
    pub span: Span,
    /// The policy; empty where it is in none.
    pub policy: String,
    /// What helps, a sentence each.
    pub help: Vec<String>,
    /// The line, underlined.
    shown: String,
}

/// What can be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words beside them say it")]
pub enum PolicyError {
    #[error("the file has {bytes} bytes; {} at most", peregrine_rules::MAX_FILE)]
    TooLarge { bytes: usize },
    #[error("this is no YAML: {0}")]
    Yaml(YamlErrorKind),
    #[error("a policy file is a list of policies, each `- policy: NAME` and its keys")]
    NotPolicies,
    #[error("a policy has no key '{key}'")]
    UnknownKey { key: String },
    #[error("the key '{key}' is written twice")]
    DuplicateKey { key: String },
    #[error("'{key}' must be {expected}")]
    Value { key: &'static str, expected: &'static str },
    #[error("there are two policies of this name")]
    DuplicateName,
    #[error("a policy needs 'rules', 'tags' or 'condition': which acts is it about?")]
    NoCondition,
    #[error("a policy has either a condition of its own or rules")]
    ConditionAndRules,
    #[error("no rule has {0}")]
    NoRule(String),
    #[error("{part} cannot be decided before the act: {why}")]
    Undecidable { part: String, why: String, acts: Vec<Act> },
    #[error("it is about two names of one call at once, which hooks see one after the other")]
    TwoNames { acts: Vec<Act> },
    #[error("this policy matches no act that can be denied")]
    NoAct,
    #[error("this host cannot deny {}", names(.acts))]
    NoLevel { acts: Vec<Act> },
    #[error("more than {limit} different sets of {of}")]
    TooManySets { of: &'static str, limit: usize },
    #[error("the programs of {} have more than {limit} steps", .act.name())]
    TooManySteps { act: Act, limit: usize },
    #[error("more than {limit} policies")]
    TooManyPolicies { limit: usize },
}

fn names(acts: &[Act]) -> String {
    acts.iter().map(|act| act.name()).collect::<Vec<_>>().join(", ")
}

impl PolicyError {
    /// The name of its code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::Yaml(_) => "POLICY_YAML",
            Self::NotPolicies | Self::Value { .. } => "POLICY_SHAPE",
            Self::UnknownKey { .. } | Self::DuplicateKey { .. } => "POLICY_KEY",
            Self::DuplicateName
            | Self::NoCondition
            | Self::ConditionAndRules
            | Self::NoRule(_)
            | Self::NoAct => "POLICY_CONTENT",
            Self::Undecidable { .. } | Self::TwoNames { .. } => "POLICY_UNDECIDABLE",
            Self::NoLevel { .. } => "POLICY_LEVEL",
            Self::TooManySets { .. } | Self::TooManySteps { .. } | Self::TooManyPolicies { .. } => {
                "POLICY_SIZE"
            }
        }
    }
}

impl PolicyDiagnostic {
    /// A mistake at some bytes of a file.
    pub(crate) fn new(
        kind: PolicyError,
        (file, text): (&str, &str),
        span: Span,
        policy: &str,
    ) -> Self {
        Self {
            kind,
            file: file.to_owned(),
            place: Place::at(text, span.start),
            span,
            policy: policy.to_owned(),
            help: Vec::new(),
            shown: excerpt(text, span),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl From<PolicyDiagnostic> for Diagnostic {
    fn from(one: PolicyDiagnostic) -> Self {
        Self::Policy(Box::new(one))
    }
}

impl fmt::Display for PolicyDiagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.place.line, self.place.column)?;
        write!(f, "error[{}]: {}{}", self.kind.code(), self.kind, self.shown)?;
        if !self.policy.is_empty() {
            write!(f, "\n  in policy '{}'", self.policy)?;
        }
        if let PolicyError::Undecidable { acts, .. } | PolicyError::TwoNames { acts } = &self.kind {
            let acts = names(acts);
            write!(f, "\n  the policy is about {acts}: P1 to P4 and K1 decide by facts")?;
        }
        for help in &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}
