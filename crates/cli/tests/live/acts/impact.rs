//! Using up, breaking, holding to ransom.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell("Coin miner started", "cp /bin/true HERE/xmrig; HERE/xmrig"),
    Row::shell(
        "Coin miner started",
        "cp /bin/true HERE/httpd-worker; HERE/httpd-worker -o stratum+tcp://192.0.2.1:3333",
    ),
    Row::shell(
        "Disk written around the file system",
        "mount -t tmpfs t /mnt; : > /mnt/sda; mount --bind /mnt /dev; : > /dev/sda",
    )
    .apart(),
    Row::shell("Wiping tool started", "echo x > HERE/file; shred -u HERE/file"),
    Row::shell("Backups destroyed", "cp /bin/true HERE/zfs; HERE/zfs destroy pool/data@monday"),
    Row::shell("Ransom note written", ": > HERE/HOW_TO_DECRYPT.txt"),
    Row::shell(
        "Disk read around the file system",
        "mount -t tmpfs t /mnt; : > /mnt/sda; mount --bind /mnt /dev; cat /dev/sda",
    )
    .apart(),
    // By one's own name for it, and by the name of a shell.
    Row::shell(
        "Disk read around the file system",
        "mount -t tmpfs t /mnt; : > /mnt/vda; mount --bind /mnt /dev; cd HERE; ln -s /dev/vda d; cat d",
    )
    .apart(),
    Row::shell(
        "Coin miner started",
        "cp /bin/true HERE/sh; HERE/sh -o stratum+tcp://192.0.2.1:3333",
    ),
];
