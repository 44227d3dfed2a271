//! What may be asked of a running agent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::VERSION;
use crate::answer::{Failure, FailureKind};

/// What may be asked of a running agent. The variant's name in snake case is the value of `request`, its
/// fields are further keys of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How the agent is doing; the answer is an [`AgentStatus`](crate::AgentStatus).
    Status {},
    /// How its outputs are doing; the answer is a list of [`OutputStatus`](crate::OutputStatus).
    Outputs {},
    /// What happens on the host now; the answer is an [`Activity`](crate::Activity). The agent counts for it only
    /// while somebody asks, at least every few seconds.
    Activity {},
    /// Reads configuration and rules anew; the answer is a [`ReloadAnswer`](crate::ReloadAnswer).
    Reload {
        /// Nothing changes: the answer says what would.
        #[serde(default)]
        dry_run: bool,
    },
    /// How policies are doing; the answer is a [`GuardStatus`](crate::GuardStatus).
    GuardStatus {},
    /// A policy that denies for the first time, or all of them, go on to do so; the answer is a
    /// [`GuardAnswer`](crate::GuardAnswer).
    GuardConfirm {
        /// The policy; none: all that wait.
        policy: Option<String>,
    },
    /// A policy that was not confirmed in time denies once more; the answer is a [`GuardAnswer`](crate::GuardAnswer).
    GuardTry {
        /// The policy.
        policy: String,
    },
    /// No policy denies anything from now on, or those do that say so; the answer is a
    /// [`GuardAnswer`](crate::GuardAnswer).
    GuardSwitch {
        /// Whether they do.
        on: bool,
    },
}

/// Reads a request from a line.
///
/// # Errors
/// When it is no JSON object, has another version, or asks for what the agent does not know: what to say to whoever
/// sent it.
pub fn parse_request(line: &[u8]) -> Result<Request, Failure> {
    let bad = |message: String| Failure { kind: FailureKind::BadRequest, message };
    let mut object: Map<String, Json> = serde_json::from_slice(line)
        .map_err(|error| bad(format!("a request is one JSON object a line: {error}")))?;
    match object.remove("version") {
        Some(version) if version == VERSION => {}
        Some(version) => {
            let message =
                format!("this agent speaks version {VERSION} of the protocol, not {version}");
            return Err(Failure { kind: FailureKind::OtherVersion, message });
        }
        None => return Err(bad(format!("a request has a `version`: {VERSION}"))),
    }
    if !object.contains_key("request") {
        return Err(bad("a request has a `request`, as in \"status\"".to_owned()));
    }
    serde_json::from_value(Json::Object(object)).map_err(|error| bad(error.to_string()))
}

/// A request as a line, with its newline.
pub fn request_line(request: &Request) -> String {
    let mut object = match serde_json::to_value(request) {
        Ok(Json::Object(object)) => object,
        // A struct with a tag is an object.
        _ => Map::new(),
    };
    object.insert("version".to_owned(), VERSION.into());
    format!("{}\n", Json::Object(object))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::REQUEST_MAX;

    #[test]
    fn requests_are_read_as_they_are_written() {
        for request in [
            Request::Status {},
            Request::Outputs {},
            Request::Activity {},
            Request::Reload { dry_run: true },
            Request::GuardStatus {},
            Request::GuardConfirm { policy: None },
            Request::GuardConfirm { policy: Some("a".to_owned()) },
            Request::GuardTry { policy: "a".to_owned() },
            Request::GuardSwitch { on: false },
        ] {
            let line = request_line(&request);
            assert!(line.ends_with('\n') && line.len() <= REQUEST_MAX, "{line}");
            assert_eq!(parse_request(line.as_bytes()), Ok(request), "{line}");
        }
    }

    #[test]
    fn a_bad_request_is_answered_with_what_is_wrong() {
        let check = |line: &str, kind: FailureKind, words: &str| {
            let failure = parse_request(line.as_bytes()).unwrap_err();
            assert_eq!(failure.kind, kind, "{line}");
            assert!(failure.message.contains(words), "{line}: {}", failure.message);
        };
        let bad = FailureKind::BadRequest;
        check("", bad, "one JSON object a line");
        check("status", bad, "one JSON object a line");
        check("[1]", bad, "one JSON object a line");
        check("{}", bad, "`version`: 1");
        check(r#"{"version": 1}"#, bad, "`request`");
        check(r#"{"request": "status"}"#, bad, "`version`: 1");
        check(r#"{"version": 2, "request": "status"}"#, FailureKind::OtherVersion, "not 2");
        check(r#"{"version": "1", "request": "status"}"#, FailureKind::OtherVersion, "not \"1\"");
        check(r#"{"version": 1, "request": "stats"}"#, bad, "`stats`, expected");
        check(r#"{"version": 1, "request": 7}"#, bad, "expected");
        check(r#"{"version": 1, "request": "status", "x": 1}"#, bad, "`x`");
        check(&"[".repeat(REQUEST_MAX), bad, "one JSON object a line");
        check(&format!("{}1", r#"{"version":"#.repeat(400)), bad, "recursion limit");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_request(&bytes);
        }

        #[test]
        fn no_change_of_a_request_makes_it_panic(
            at in 0_usize..60, cut in 0_usize..60, byte in any::<u8>(),
        ) {
            let mut line = request_line(&Request::Status {}).into_bytes();
            line.truncate(line.len().saturating_sub(cut));
            if let Some(place) = line.get_mut(at) {
                *place = byte;
            }
            let _ = parse_request(&line);
        }
    }
}
