//! Requests to the control socket and answers from it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_control::{
    AgentStatus, OutputStatus, REQUEST_MAX, answer_line, parse_answer, parse_request, request_line,
};

fuzz_target!(|data: &[u8]| {
    match parse_request(data) {
        Ok(request) => {
            let line = request_line(&request);
            assert!(line.len() <= REQUEST_MAX, "{line}");
            assert_eq!(parse_request(line.as_bytes()), Ok(request));
        }
        Err(failure) => {
            let line = answer_line(Err(failure));
            assert!(parse_answer(line.as_bytes()).is_err(), "{line}");
        }
    }
    if let Ok(result) = parse_answer(data) {
        let _ = serde_json::from_value::<AgentStatus>(result.clone());
        let _ = serde_json::from_value::<Vec<OutputStatus>>(result);
    }
});
