//! `type: loki`.

use super::{HttpUrl, Secret, Texts};
use crate::setting::Status::Used;
use crate::setting::section;
use crate::values::Whole;

section! {
    /// `type: loki`: Grafana Loki, by its push API.
    Loki {
        /// Loki's address, without `/loki/api/v1/push`.
        url: HttpUrl = HttpUrl::default(), Used, "http://loki:3100";
        /// The tenant, where there are several.
        tenant: String = String::new(), Used, "security";
        /// A user name, for basic authentication.
        username: String = String::new(), Used, "'123456'";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/loki-password}";
        /// Labels of each stream, beside `hostname`, `priority`, `rule` and `source`.
        labels: Texts = Texts::default(), Used, "{cluster: production}";
        /// The alert's values that become labels, beside those. Each combination of labels is a stream, so
        /// values that take many forms belong into `metadata_fields`.
        label_fields: Vec<String> = Vec::new(), Used, "[k8s.ns.name]";
        /// The alert's values that become structured metadata.
        metadata_fields: Vec<String> = Vec::new(), Used, "[proc.name, container.id]";
        /// Bytes of the longest line Loki takes, as its own `max_line_size` says. Of an alert that is longer the
        /// longest values are cut.
        max_line_size: Whole<1024, { 1 << 30 }> = Whole(256 << 10), Used, "1048576";
    }
}
