//! `type: webhook`.

use serde_json::Value as Json;

use super::HttpUrl;
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;

section! {
    /// `type: webhook`: requests in a form of your own.
    Webhook {
        /// Where requests go.
        url: HttpUrl = HttpUrl::default(), Used, "https://example.com/alerts";
        /// The method of the requests.
        method: HttpMethod = HttpMethod::Post, Used, "PUT";
        /// What is in the body of a request: `single`, one alert; `lines`, one alert a line (NDJSON, where the format is
        /// JSON); `array`, a JSON array of alerts, those that are no JSON as texts.
        body: WebhookBody = WebhookBody::Single, Used, "array";
        /// The header `Content-Type`, where it is another than the body's own.
        content_type: String = String::new(), Used, "application/cloudevents+json";
    }
}

choice! {
    /// The method of a request.
    HttpMethod {
        /// `POST`.
        Post = "POST",
        /// `PUT`.
        Put = "PUT",
        /// `PATCH`.
        Patch = "PATCH",
    }
}

choice! {
    /// What is in the body of a request.
    WebhookBody {
        /// One alert.
        Single = "single",
        /// A JSON array.
        Array = "array",
        /// A line for each.
        Lines = "lines",
    }
}
