//! `type: splunk`.

use super::{HttpUrl, Secret};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: splunk`: the HTTP Event Collector of Splunk.
    Splunk {
        /// The collector's address, without `/services/collector/event`.
        url: HttpUrl = HttpUrl::default(), Used, "https://splunk:8088";
        /// The collector's token. Its indexer acknowledgement must be off.
        token: Secret = Secret::None, Used, "{file: /etc/peregrine/splunk-token}";
        /// The index instead of the token's own.
        index: String = String::new(), Used, "security";
        /// The source of the events.
        source: String = "peregrine".to_owned(), Used;
        /// The type of the source.
        sourcetype: String = "_json".to_owned(), Used, "falco";
    }
}
