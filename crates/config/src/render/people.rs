//! For people: the place, the key, what is wrong and what to do.

use std::fmt;

use peregrine_alert::Priority;

use crate::problem::{ConfigError, Problem, ProblemKind};

/// What is wrong with an output that Peregrine does not have.
const NO_OUTPUT: &str = "Peregrine has no such output, alerts sent there would be lost: take it out (there are stdout_output, file_output, syslog_output, program_output, http_output and the list `outputs`)";

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, kind, is_error } = self;
        match kind {
            ProblemKind::Unreadable(why) => return write!(f, "cannot read {key}: {why}"),
            ProblemKind::NotAnOption => {
                return write!(f, "{origin}: not of the form key=value, as in -o json_output=true");
            }
            _ => write!(f, "{origin}: ")?,
        }
        match kind {
            ProblemKind::NotYaml(why) => write!(f, "{why}"),
            ProblemKind::NotAMap => f.write_str("a configuration is a map of keys and values"),
            ProblemKind::AnotherDocument => f.write_str(
                "a second document of YAML begins here, of which nothing would be read: take `---` out",
            ),
            ProblemKind::WrongValue { expected, from_environment } => {
                let ignored = if *is_error { "" } else { " is ignored: it" };
                let variable = if *from_environment { " (set by the environment)" } else { "" };
                write!(f, "{key}{ignored} must be {expected}{variable}")
            }
            ProblemKind::UnknownPriority(text) => {
                let why = text.parse::<Priority>().err();
                write!(f, "{key} {text}: {}", why.map_or_else(String::new, |why| why.to_string()))
            }
            ProblemKind::UnknownSyscall { name, near } => {
                write!(f, "{key}: there is no system call {name}")?;
                near.map_or(Ok(()), |near| write!(f, ", did you mean {near}?"))
            }
            ProblemKind::NotACondition(why) | ProblemKind::NotATemplate(why) => {
                write!(f, "{key}: {why}")
            }
            ProblemKind::UnknownKey { near } => {
                write!(f, "unknown key {key}: ignored")?;
                near.as_ref().map_or(Ok(()), |near| write!(f, ", did you mean {near}?"))
            }
            ProblemKind::RemovedKey(instead) => {
                write!(f, "{key} is a key of an older Falco: ignored; {instead}")
            }
            ProblemKind::RepeatedKey => write!(f, "{key} is written twice: the first one holds"),
            ProblemKind::NotSupported => write!(f, "{key} is not supported yet: ignored"),
            ProblemKind::NotSupportedValue(what) => f.write_str(what),
            ProblemKind::NoSuchOutput => write!(f, "{key}: {NO_OUTPUT}"),
            ProblemKind::NotAnOption | ProblemKind::Unreadable(_) => Ok(()),
            ProblemKind::BadPath(why) => write!(f, "{key}: {why}"),
            ProblemKind::NestedInclude => {
                f.write_str("config_files cannot be set in a file that is included itself")
            }
            ProblemKind::NoRulesFile(file) => {
                write!(f, "{key}: there is no {file}: it is left out")
            }
            ProblemKind::NoCapture => {
                write!(f, "{key} is replay: engine.replay.capture_file must name the capture")
            }
            ProblemKind::NoRulesFiles => write!(
                f,
                "{key}: none of the files exists; leave {key} out for the rules that come with Peregrine"
            ),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.0.iter().filter(|problem| problem.is_error);
        if let Some(first) = errors.next() {
            write!(f, "{first}")?;
        }
        errors.try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl std::error::Error for ConfigError {}
