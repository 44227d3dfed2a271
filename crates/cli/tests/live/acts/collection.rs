//! Gathering what is worth taking.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Keyboard read",
        "mount -t tmpfs t /mnt; mkdir /mnt/input; : > /mnt/input/event0; mount --bind /mnt /dev
         cat /dev/input/event0",
    )
    .apart(),
    Row::shell(
        "Private folders packed into a temporary archive",
        "tar -cf HERE/loot.tar /etc/hostname 2>&1",
    ),
    Row::shell(
        "Database files read beside the database",
        "mount -t tmpfs t /var/lib; mkdir -p /var/lib/mysql/shop; : > /var/lib/mysql/shop/orders.ibd
         cat /var/lib/mysql/shop/orders.ibd",
    )
    .apart(),
];
