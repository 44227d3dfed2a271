//! `type: teams`.

use super::HttpUrl;
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use serde_json::Value as Json;

choice! {
    /// What Microsoft Teams is sent.
    TeamsCard {
        /// An Adaptive Card, for the URL of a workflow.
        Adaptive = "adaptive",
        /// A MessageCard, for the URL of an Office 365 connector.
        Message = "message",
    }
}

section! {
    /// `type: teams`: Microsoft Teams, by a workflow or an Office 365 connector.
    Teams {
        /// The URL of the workflow or the connector.
        url: HttpUrl = HttpUrl::default(), Used, "https://example.logic.azure.com/workflows/XXXX";
        /// The kind of card: `adaptive` for a workflow, `message` for an Office 365 connector.
        card: TeamsCard = TeamsCard::Adaptive, Used, "message";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
    }
}
