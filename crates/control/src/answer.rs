//! What the agent answers.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{ANSWER_MAX, VERSION};

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of reason, for programs.
    pub kind: FailureKind,
    /// The reason, for people.
    pub message: String,
}

/// What kinds of reasons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The bytes are no request, or one the agent does not know.
    BadRequest,
    /// A request of another version of the protocol.
    OtherVersion,
    /// The request has too many bytes.
    TooLong,
    /// The request did not come in time.
    TooLate,
    /// Whoever asks may not.
    NotAllowed,
    /// Too many ask at once.
    Busy,
    /// The agent could not do it.
    Failed,
    /// One of a later agent.
    #[serde(other)]
    Other,
}

impl Failure {
    /// The agent could not do it.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Failed, message: message.into() }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

/// Why bytes are no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// No JSON object, or not the keys of an answer.
    #[error("what came back is no answer of an agent: {0}")]
    NoAnswer(serde_json::Error),
    /// Neither a result nor an error.
    #[error("the answer has neither a result nor an error")]
    Empty,
    /// Another version of the protocol.
    #[error("the agent speaks version {0} of the protocol, this program version {VERSION}")]
    OtherVersion(u64),
    /// The agent did not do what was asked.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// An answer as a line, with its newline. One that is too long is replaced by an error that says so.
pub fn answer_line(answer: Result<Json, Failure>) -> String {
    let (result, error) = match answer {
        Ok(result) => (Some(result), None),
        Err(failure) => (None, Some(failure)),
    };
    // A null would read as no result.
    let result = result.map(|result| if result.is_null() { Json::Bool(true) } else { result });
    let line = |envelope: &Envelope| serde_json::to_string(envelope).unwrap_or_default() + "\n";
    let whole = line(&Envelope { version: VERSION, result, error });
    if whole.len() <= ANSWER_MAX {
        return whole;
    }
    let why = format!("the answer has {} bytes, more than {ANSWER_MAX}", whole.len());
    line(&Envelope { version: VERSION, result: None, error: Some(Failure::failed(why)) })
}

/// The result in an answer.
///
/// # Errors
/// When the bytes are no answer, or the agent says that it did not do what was asked.
pub fn parse_answer(line: &[u8]) -> Result<Json, AnswerError> {
    let Envelope { version, result, error } =
        serde_json::from_slice(line).map_err(AnswerError::NoAnswer)?;
    match (result, error) {
        (_, Some(failure)) => Err(failure.into()),
        _ if version != VERSION => Err(AnswerError::OtherVersion(version)),
        (Some(result), None) => Ok(result),
        (None, None) => Err(AnswerError::Empty),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_as_they_are_written() {
        let check = |answer: Result<Json, Failure>| {
            let line = answer_line(answer.clone());
            assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "{line}");
            let got = parse_answer(line.as_bytes());
            match (got, answer) {
                (Ok(got), Ok(sent)) => assert_eq!(got, sent),
                (Err(AnswerError::Failed(got)), Err(sent)) => assert_eq!(got, sent),
                other => panic!("{other:?}"),
            }
        };
        check(Ok(json!({"a": "b\nc"})));
        check(Ok(json!([])));
        check(Ok(json!(false)));
        check(Err(Failure { kind: FailureKind::Busy, message: "x".to_owned() }));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let check = |line: &str, expected: &str| {
            let error = parse_answer(line.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        };
        check("", "no answer of an agent");
        check("{}", "no answer of an agent");
        check(r#"{"version": 1}"#, "neither a result nor an error");
        check(r#"{"version": 2, "result": 1}"#, "version 2 of the protocol");
        check(r#"{"version": 2, "error": {"kind": "new", "message": "no"}}"#, "no");
    }

    #[test]
    fn an_answer_that_is_too_long_says_so() {
        let line = answer_line(Ok(json!("x".repeat(ANSWER_MAX))));
        assert!(line.len() < 200, "{}", line.len());
        let error = parse_answer(line.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("more than"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_answer(&bytes);
        }
    }
}
