//! `type: webhook`.

use super::{Headers, HttpUrl};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: webhook`: requests in a form of your own.
    Webhook {
        /// Where requests go.
        url: HttpUrl = HttpUrl::default(), Used, "https://example.com/alerts";
        /// Headers of each request; their values are never printed.
        headers: Headers = Headers::default(), Used, "{Authorization: {file: /etc/peregrine/token}}";
    }
}
