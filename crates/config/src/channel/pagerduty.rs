//! `type: pagerduty`.

use super::{HttpUrl, Secret, Texts};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use serde_json::Value as Json;

choice! {
    /// Which alerts share an incident.
    IncidentPer {
        /// None does.
        Alert = "alert",
        /// Those of a rule on a host.
        Rule = "rule",
    }
}

section! {
    /// `type: pagerduty`: the Events API v2 of PagerDuty.
    PagerDuty {
        /// The integration key of the service.
        routing_key: Secret = Secret::None, Used, "{file: /etc/peregrine/pagerduty-key}";
        /// What opens an incident: each `alert`, or the first of a `rule` on a host, to which further ones
        /// are added while it is open.
        incident_per: IncidentPer = IncidentPer::Alert, Used, "rule";
        /// The logical part of the service.
        component: String = String::new(), Used, "web";
        /// The group of the service's parts.
        group: String = String::new(), Used, "production";
        /// Links of each incident: names with URLs.
        links: Texts = Texts::default(), Used, "{Runbook: 'https://wiki.example.com/falco'}";
        /// The API. Accounts in the EU have `https://events.eu.pagerduty.com/v2/enqueue`.
        url: HttpUrl = HttpUrl::of("https://events.pagerduty.com/v2/enqueue"), Used;
    }
}
