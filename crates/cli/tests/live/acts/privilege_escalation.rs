//! Becoming more than one is.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row::perl(
        "Process taken over by another",
        r"my $child = fork; if (!$child) { sleep 5; exit }
          syscall(101, 16, $child, 0, 0); waitpid($child, 2); syscall(101, 17, $child, 0, 0);
          kill 9, $child; waitpid($child, 0);",
    ),
    Row::perl(
        "Memory of a process opened for writing",
        r#"my $child = fork; if (!$child) { sleep 5; exit }
           open(my $memory, "+<", "/proc/$child/mem") or die $!;
           kill 9, $child; waitpid($child, 0);"#,
    ),
    Row::perl(
        "Memory of a process written from outside",
        r"my $child = fork; if (!$child) { sleep 5; exit }
          syscall(311, $child, 0, 0, 0, 0, 0);
          kill 9, $child; waitpid($child, 0);",
    ),
    Row::shell("File made set-user-id", "cp /bin/true HERE/raised; chmod u+s HERE/raised"),
    Row::shell(
        "Capability given to a file",
        "cp /bin/true HERE/setcap; HERE/setcap cap_setuid+ep HERE/setcap",
    ),
    // The linker says that there is none, and goes on.
    Row::shell("Library preloaded from a temporary folder", "LD_PRELOAD=/tmp/none.so /bin/true"),
    Row::perl("Kernel module loaded", r#"my $none = ""; syscall(313, -1, $none, 0);"#),
    Row::perl(
        "Program loaded into the kernel",
        r#"my $attributes = "\0" x 128; syscall(321, 5, $attributes, 128);"#,
    ),
    Row::perl(
        "File made set-user-id",
        r#"open(F, ">", "HERE/raised"); my $path = "HERE/raised";
           syscall(452, -100, $path, 04755, 0) == 0 or $!{ENOSYS} and chmod 04755, $path or die $!;"#,
    ),
    Row::perl(
        "File made set-user-id",
        r#"use Fcntl; sysopen(F, "HERE/raised", O_CREAT | O_WRONLY, 04755) or die $!;"#,
    ),
    Row::perl(
        "File made set-user-id",
        r#"my $path = "HERE/raised"; syscall(133, $path, 0104755, 0) == 0 or die $!;"#,
    ),
    Row::perl(
        "Capability given to a file",
        r#"open(F, ">", "HERE/raised"); my ($path, $name) = ("HERE/raised", "security.capability");
           my $value = pack("V5", 0x02000001, 1 << 7, 0, 0, 0);
           syscall(188, $path, $name, $value, 20, 0) == 0 or die $!;"#,
    ),
    Row::perl(
        "Capability given to a file",
        r#"open(F, "+>", "HERE/raised"); my $name = "security.capability";
           my $value = pack("V5", 0x02000001, 1 << 21, 0, 0, 0);
           syscall(190, fileno(F), $name, $value, 20, 0) == 0 or die $!;"#,
    ),
    Row::perl(
        "Memory of a process opened for writing",
        r#"my $child = fork; if (!$child) { sleep 5; exit } symlink "/proc/$child", "HERE/p";
           open(my $memory, "+<", "HERE/p/mem") or die $!; kill 9, $child; waitpid($child, 0);"#,
    ),
    // Called as this program is, from anywhere.
    Row::shell(
        "Program loaded into the kernel",
        r#"cp "$(command -v perl)" HERE/peregrine
           HERE/peregrine -e 'my $attributes = "\0" x 128; syscall(321, 5, $attributes, 128);'"#,
    ),
];
