//! `type: alertmanager`.

use std::time::Duration;

use super::{HttpUrl, Secret, Texts};
use crate::setting::Status::Used;
use crate::setting::section;
use crate::values::Interval;

section! {
    /// `type: alertmanager`: Prometheus Alertmanager, by its API v2.
    Alertmanager {
        /// The addresses of all Alertmanagers of a cluster. Each gets every alert; it is delivered when one
        /// has taken it.
        urls: Vec<HttpUrl> = Vec::new(), Used, "['http://alertmanager-0:9093', 'http://alertmanager-1:9093']";
        /// A user name, for basic authentication.
        username: String = String::new(), Used, "peregrine";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/alertmanager-password}";
        /// Labels of each alert, beside `alertname` (the rule), `severity`, `priority`, `source` and `hostname`.
        labels: Texts = Texts::default(), Used, "{team: security}";
        /// The alert's values that become labels, beside those: alerts whose labels differ are different alerts.
        /// The other values are annotations.
        label_fields: Vec<String> = Vec::new(), Used, "[container.name, k8s.ns.name]";
        /// Annotations of each alert, beside `summary`, `description`, `tags` and the values.
        annotations: Texts = Texts::default(), Used, "{runbook_url: 'https://wiki.example.com/falco'}";
        /// When an alert is resolved, counted from its sending. `0s` leaves it to `resolve_timeout` of Alertmanager.
        expires_after: Interval = Interval(Duration::from_mins(5)), Used, "1h";
        /// The URL that stands behind "Source" in Alertmanager.
        generator_url: String = String::new(), Used, "https://peregrine.example.com";
    }
}
