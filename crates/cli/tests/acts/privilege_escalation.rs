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
];
