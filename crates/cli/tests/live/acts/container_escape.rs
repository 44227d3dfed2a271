//! From a container to its host.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::shell(
        "Kernel helper path written",
        "mount -t tmpfs t /mnt; : > /mnt/pattern; mount --bind /mnt/pattern /proc/sys/kernel/core_pattern
         : > /proc/sys/kernel/core_pattern",
    )
    .apart(),
    Row::shell("Release agent of a control group written", ": > HERE/release_agent"),
    Row::perl(
        "Container reaches for the engine's socket",
        r#"use Socket; my $address = sockaddr_un("HERE/docker.sock");
           socket(my $engine, AF_UNIX, SOCK_STREAM, 0); bind($engine, $address); listen($engine, 1);
           socket(my $own, AF_UNIX, SOCK_STREAM, 0); connect($own, $address) or die $!;"#,
    )
    .in_container(),
    // Process 1 is one of its own.
    Row::shell(
        "Container reads through the root of another process",
        "unshare --mount --pid --fork --mount-proc sh -c 'cat /proc/1/root/etc/passwd; :'",
    )
    .in_container(),
    Row::perl(
        "Container enters another namespace",
        r#"open(my $space, "<", "/proc/self/ns/uts") or die $!; syscall(308, fileno($space), 0);"#,
    )
    .in_container(),
    // CLONE_NEWUSER; where the host forbids it, the attempt is reported.
    Row::perl("Container makes a user namespace", "syscall(272, 0x10000000);").in_container(),
    Row::perl(
        "Disk mounted in a container",
        r#"my ($disk, $on, $kind) = ("/dev/no-disk", "HERE", "ext4");
           syscall(165, $disk, $on, $kind, 0, 0);"#,
    )
    .in_container(),
    // The same the newer way: fsopen, then fsconfig with the name of the disk.
    Row::perl(
        "Disk mounted in a container",
        r#"my ($kind, $key, $disk) = ("ext4", "source", "/dev/no-disk");
           my $context = syscall(430, $kind, 0); syscall(431, $context, 1, $key, $disk, 0);"#,
    )
    .in_container(),
    Row::shell("Disk device made in a container", "mknod HERE/disk b 7 200 || :").in_container(),
    // By the folder it works in, and by going there.
    Row::shell(
        "Container reads through the root of another process",
        ": > HERE/file; sleep 5 & cat /proc/$!/cwd/file; kill $!; :",
    )
    .in_container(),
    Row::shell(
        "Container reads through the root of another process",
        "sleep 5 & cd /proc/$!/root && cat etc/hostname; kill $!; :",
    )
    .in_container(),
    Row::shell(
        "Container reads through the root of another process",
        "sleep 5 & chroot /proc/$!/root true; kill $!; :",
    )
    .in_container(),
    // By clone, and by clone3.
    Row::perl(
        "Container makes a user namespace",
        "my $child = syscall(56, 0x10000000 | 17, 0, 0, 0, 0); exit 0 if $child == 0; wait; 1;",
    )
    .in_container(),
    Row::perl(
        "Container makes a user namespace",
        r#"my $how = pack("Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0);
           my $child = syscall(435, $how, 64); exit 0 if $child == 0; wait; 1;"#,
    )
    .in_container(),
    // By a name below the current folder, and by a link.
    Row::perl(
        "Disk mounted in a container",
        r#"chdir "/dev"; my ($disk, $on, $kind) = ("no-disk", "HERE", "ext4");
           syscall(165, $disk, $on, $kind, 0, 0);"#,
    )
    .in_container(),
    Row::perl(
        "Disk mounted in a container",
        r#"symlink "/dev/no-disk", "HERE/link"; my ($disk, $on, $kind) = ("HERE/link", "HERE", "xfs");
           syscall(165, $disk, $on, $kind, 0, 0);"#,
    )
    .in_container(),
    Row::perl(
        "Disk mounted in a container",
        r#"symlink "/dev/no-disk", "HERE/link"; my ($kind, $key, $disk) = ("ext4", "source", "HERE/link");
           my $context = syscall(430, $kind, 0); syscall(431, $context, 1, $key, $disk, 0);"#,
    )
    .in_container(),
];
