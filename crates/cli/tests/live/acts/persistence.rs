//! Ways to be there again tomorrow.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Program directory written",
        "mount -t tmpfs t /usr/local/bin; echo x > /usr/local/bin/tool",
    )
    .apart()
    .also("System file hidden by a mount"),
    Row::shell(
        "Program directory written",
        "mount -t tmpfs t /usr/local; mkdir /usr/local/bin; echo x > /usr/local/tool
         mv /usr/local/tool /usr/local/bin/ls",
    )
    .apart(),
    Row::shell(
        "Program directory written",
        "mount -t tmpfs t /usr/local/bin; cd /usr/local/bin; ln -s HERE/tool ls",
    )
    .apart()
    .also("System file hidden by a mount"),
    Row::shell(
        "Scheduled job written",
        "mount -t tmpfs t /etc; mkdir /etc/cron.d; echo x > /etc/cron.d/job",
    )
    .apart(),
    Row::shell(
        "System service file written",
        "mount -t tmpfs t /etc; mkdir -p /etc/systemd/system; echo x > /etc/systemd/system/own.service",
    )
    .apart(),
    Row::shell("Shell start file written", "mount -t tmpfs t /etc; echo : > /etc/profile").apart(),
    Row::shell(
        "Preload list of the dynamic linker written",
        "mount -t tmpfs t /etc; : > /etc/ld.so.preload",
    )
    .apart(),
    Row::shell("SSH login key added", "mkdir HERE/.ssh; echo x > HERE/.ssh/authorized_keys"),
    Row::shell("Account file changed", "mount -t tmpfs t /etc; echo x > /etc/sudoers").apart(),
    Row::shell(
        "Account file changed",
        "mount -t tmpfs t /etc; echo x > /etc/new; mv /etc/new /etc/passwd",
    )
    .apart(),
    Row::shell("Start-up script written", "mount -t tmpfs t /etc; echo x > /etc/rc.local").apart(),
    Row::shell(
        "Page code written by a network service",
        "cp /bin/dash HERE/nginx; HERE/nginx -c ': > HERE/page.php'",
    ),
    Row::shell(
        "System file hidden by a mount",
        "mkdir HERE/jobs; mount --bind HERE/jobs /etc/cron.d",
    )
    .apart(),
    Row::shell(
        "System file hidden by a mount",
        "cp /bin/true HERE/tool; mount --bind HERE/tool /usr/bin/who",
    )
    .apart(),
    // Below the current folder, and the newer way: open_tree, then move_mount.
    Row::perl(
        "System file hidden by a mount",
        r#"chdir "/etc"; my ($from, $on, $kind) = ("t", "cron.d", "tmpfs");
           syscall(165, $from, $on, $kind, 0, 0) == 0 or die $!;"#,
    )
    .apart(),
    Row::perl(
        "System file hidden by a mount",
        r#"mkdir "HERE/jobs"; my ($from, $on, $none) = ("HERE/jobs", "/etc/cron.d", "");
           my $tree = syscall(428, -100, $from, 1); $tree >= 0 or die $!;
           syscall(429, $tree, $none, -100, $on, 4) == 0 or die $!;"#,
    )
    .apart(),
];
