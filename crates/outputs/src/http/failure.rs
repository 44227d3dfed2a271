//! Why a request fails: its host, what failed, what to do. Never the path of its URL, which may be a secret.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::{Error, Timeout};

use crate::error::SinkError;
use crate::tls;

/// The error in one line.
pub(super) fn explain(host: &str, limit: Duration, error: &Error) -> SinkError {
    SinkError::Receiver(format!("{host}: {}", reason(limit, error)))
}

fn reason(limit: Duration, error: &Error) -> String {
    let limit = limit.as_secs_f64();
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("no connection within {limit} s: is it up, does a firewall stand between?")
        }
        Error::Timeout(_) => {
            format!("no whole answer within {limit} s: raise `timeout` where it is only slow")
        }
        Error::HostNotFound => "no address is known for its name: check the URL and DNS".to_owned(),
        Error::Io(error) => io_reason(error),
        Error::ConnectionFailed => "it cannot be connected to".to_owned(),
        Error::Rustls(error) => tls::meaning(error),
        Error::Tls(_) => "its name is none that a certificate could be for".to_owned(),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
            "the proxy of the environment (`HTTPS_PROXY`, `ALL_PROXY`) does not connect to it"
                .to_owned()
        }
        Error::LargeResponseHeader(..) => "the head of its answer is too large".to_owned(),
        // What the library says of URLs may name their paths.
        Error::Http(_) | Error::BadUri(_) => "the URL is none of HTTP".to_owned(),
        Error::Protocol(_) => "its answer is no HTTP".to_owned(),
        _ => "the exchange with it fails".to_owned(),
    }
}

fn io_reason(error: &std::io::Error) -> String {
    if let Some(meaning) = tls::meaning_within(error) {
        return meaning;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            "it refuses the connection: does the receiver run, is the port right?".to_owned()
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => {
            "it closed the connection before its answer was whole".to_owned()
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    }
}
