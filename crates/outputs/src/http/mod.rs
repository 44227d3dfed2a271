//! Outputs that speak HTTP: what a protocol makes of a batch, and what it makes of the answer.

mod client;
mod failure;
mod redact;
#[cfg(test)]
mod tests;

use peregrine_alert::one_line;

use crate::error::SinkError;
use crate::output::{Batch, Record, Report};

pub(crate) use client::{HttpOutput, Options};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`, `PUT`, `PATCH`.
    pub method: &'static str,
    /// Where it goes, whole.
    pub url: String,
    /// Its headers, beside those of every request (`User-Agent`, `Content-Length`, `Peregrine-Sequence`,
    /// `Idempotency-Key`) and those the configuration adds.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// A POST of this type and body.
    pub fn post(url: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { method: "POST", url: url.to_owned(), headers, body: body.into() }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// The first megabyte of its body at most.
    pub body: Vec<u8>,
}

/// A protocol over HTTP: pure, so that tests need no server.
pub trait Protocol: Send {
    /// How much one request takes.
    fn batch(&self) -> Batch {
        Batch::ONE
    }

    /// The requests that deliver a batch, one after the other, each with how many of its alerts, in order, it
    /// carries. `now` is the time since the epoch, for signatures.
    ///
    /// # Errors
    /// When there can be none: the alerts are refused.
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        now: std::time::Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError>;

    /// What the answer says of a request's alerts: by its status where the protocol says no more.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        by_status(alerts, response)
    }
}

/// 2xx: delivered. 4xx: refused, but 408, 425 and 429, which are tried again as everything else is.
pub fn by_status(alerts: usize, response: &Response) -> Report {
    let status = response.status;
    let text = String::from_utf8_lossy(&response.body);
    // What a stranger says stands in a line of ours.
    let text = one_line(text.trim().chars().take(200).collect());
    let why = || SinkError::Status { status, answer: text.clone() };
    match status {
        200..=299 => Report::delivered(alerts),
        408 | 425 | 429 => Report::failed(alerts, why()),
        400..=499 => Report::refused(alerts, why),
        _ => Report::failed(alerts, why()),
    }
}
