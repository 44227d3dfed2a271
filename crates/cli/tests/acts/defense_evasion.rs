//! Not being seen.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::perl(
        "Program run from memory",
        r#"use IO::Handle; my $name = "m"; my $fd = syscall(319, $name, 0); open(my $out, ">&=", $fd);
           binmode $out; $out->autoflush(1); open(my $in, "<", "/bin/true"); local $/;
           my $data = <$in>; print $out $data; exec {"/proc/self/fd/$fd"} "inmemory";"#,
    ),
    Row::shell("Log or history removed", "touch HERE/.bash_history; rm HERE/.bash_history"),
    Row::shell("Log or history removed", "touch HERE/.zsh_history; mv HERE/.zsh_history HERE/x"),
    Row::shell("Log or history removed", "ln -s /dev/null HERE/.bash_history"),
    Row::shell(
        "Log or history removed",
        "mount -t tmpfs t /var/log; touch /var/log/auth.log; rm /var/log/auth.log",
    )
    .apart(),
    Row::shell("Log or history emptied", "touch HERE/.bash_history; : > HERE/.bash_history"),
    Row::shell(
        "Log or history emptied",
        "mount -t tmpfs t /var/log; touch /var/log/wtmp; : > /var/log/wtmp",
    )
    .apart(),
    Row::shell("Running program deletes its own file", "cp /bin/rm HERE/tool; HERE/tool HERE/tool"),
    Row::shell(
        "Security service switched off",
        "cp /bin/true HERE/systemctl; HERE/systemctl stop auditd",
    ),
    Row::shell("Security service switched off", "cp /bin/true HERE/setenforce; HERE/setenforce 0"),
    Row::shell("Security service switched off", "cp /bin/true HERE/iptables; HERE/iptables -F"),
    Row::shell(
        "Security program killed",
        "cp /bin/sleep HERE/auditd; HERE/auditd 5 & sleep 0.2; kill -KILL $!; wait $! || :",
    )
    .also("Security program died"),
    // By the call that sends to one thread.
    Row::shell(
        "Security program died",
        "cp /bin/sleep HERE/falco; HERE/falco 5 & sleep 0.2
         perl -e 'syscall(234, $ARGV[0] + 0, $ARGV[0] + 0, 9)' $!; wait $! || :",
    ),
    // A device folder of its own.
    Row::shell("File created in the device folder", "mount -t tmpfs t /dev; : > /dev/notes")
        .apart(),
    Row::shell("File made unchangeable", "cp /bin/true HERE/chattr; HERE/chattr +i HERE/file"),
    Row::perl("Program posing as a kernel thread", r#"exec {"/bin/true"} "[kworker/0:1]";"#),
    Row::perl(
        "Program posing as a kernel thread",
        r#"my $name = "kworker/u4:1"; syscall(157, 15, $name, 0, 0, 0);"#,
    ),
    Row::shell("Shell started without a history", "HISTFILE=/dev/null sh -c :"),
];
