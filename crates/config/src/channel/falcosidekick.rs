//! `type: falcosidekick`.

use super::{HttpUrl, Texts};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: falcosidekick`: Falcosidekick, and whatever else takes Falco's JSON, an alert a request.
    Falcosidekick {
        /// Its address.
        url: HttpUrl = HttpUrl::default(), Used, "http://falcosidekick:2801";
        /// Values added to those of each alert.
        custom_fields: Texts = Texts::default(), Used, "{cluster: production}";
    }
}
