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
    )
    .also("Security program killed"),
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
    // A script in memory: by its descriptor, and as a program of its own.
    Row::perl(
        "Program run from memory",
        r#"$^F = 99; my $name = "m"; my $fd = syscall(319, $name, 0); open(my $out, ">&=", $fd);
           syswrite $out, ":\n"; exec "sh", "/proc/self/fd/$fd";"#,
    ),
    Row::perl(
        "Program run from memory",
        r##"$^F = 99; my $name = "m"; my $fd = syscall(319, $name, 0); open(my $out, ">&=", $fd);
           syswrite $out, "#!/bin/sh\n:\n"; exec {"/proc/self/fd/$fd"} "inmemory";"##,
    ),
    Row::shell(
        "Program run from a removed file",
        "cp /bin/true HERE/tool; exec 3<HERE/tool; rm HERE/tool; /proc/self/fd/3",
    ),
    Row::shell(
        "Log or history emptied",
        "echo x > HERE/.bash_history; perl -e 'truncate \"HERE/.bash_history\", 0'",
    ),
    Row::shell(
        "Log or history emptied",
        "mount -t tmpfs t /var/log; echo x > /var/log/auth.log
         perl -e 'open(F, \"+<\", \"/var/log/auth.log\"); truncate F, 0'",
    )
    .apart(),
    Row::shell(
        "Log or history emptied",
        "mount -t tmpfs t /var/log; echo x > /var/log/auth.log
         fallocate --punch-hole --offset 0 --length 1 /var/log/auth.log",
    )
    .apart(),
    Row::shell(
        "Log or history emptied",
        "mount -t tmpfs t /var/log; echo x > /var/log/auth.log; : > /var/log/new
         mv /var/log/new /var/log/auth.log",
    )
    .apart(),
    // Through a link, below a folder.
    Row::shell(
        "Log or history emptied",
        "echo x > HERE/.zsh_history; ln -s .zsh_history HERE/link
         cd HERE; perl -e 'truncate \"link\", 0'; sleep 0.2",
    ),
    Row::shell(
        "Security program killed",
        "cp /bin/sleep HERE/falco; HERE/falco 5 & sleep 0.2; kill -STOP $!; kill -KILL $!; wait $! || :",
    )
    .making(2)
    .also("Security program died"),
    Row::shell(
        "Security program killed",
        "cp /bin/sleep HERE/clamd; HERE/clamd 5 & sleep 0.2; kill -TERM $!; wait $! || :",
    )
    .also("Security program died"),
    // By pidfd.
    Row::shell(
        "Security program killed",
        "cp /bin/sleep HERE/auditd; HERE/auditd 1 & sleep 0.2
         perl -e 'my $p = syscall(434, $ARGV[0] + 0, 0); syscall(424, $p, 19, 0, 0) == 0 or die $!;
             syscall(424, $p, 18, 0, 0)' $!; wait $! || :",
    ),
    Row::shell(
        "Processes frozen by their control group",
        "mount -t tmpfs t /mnt; : > /mnt/cgroup.freeze; echo 1 > /mnt/cgroup.freeze",
    )
    .apart()
    .making(2),
];
