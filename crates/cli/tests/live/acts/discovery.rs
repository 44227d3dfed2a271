//! Looking around.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Host examined by a network service",
        r#"cp "$(command -v perl)" HERE/nginx; HERE/nginx -e 'system {"/usr/bin/id"} "id"'"#,
    ),
    Row::shell("Network scanner started", "cp /bin/true HERE/nmap; HERE/nmap 192.0.2.0/24"),
];
