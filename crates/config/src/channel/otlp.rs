//! `type: otlp`.

use super::{HttpUrl, Texts};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: otlp`: log records for an OpenTelemetry collector, by OTLP over HTTP.
    Otlp {
        /// The collector's address, without `/v1/logs`.
        url: HttpUrl = HttpUrl::default(), Used, "http://collector:4318";
        /// The name of the service that emits the records.
        service_name: String = "peregrine".to_owned(), Used;
        /// Attributes of the resource, beside `service.name` and `host.name`.
        resource: Texts = Texts::default(), Used, "{deployment.environment.name: production}";
    }
}
