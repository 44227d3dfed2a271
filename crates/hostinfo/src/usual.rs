//! Where file systems the kernel fills are usually mounted; `bpf/usual.h` of the probe has the same table.

/// By the type's name in the table of mounts.
const PLACES: [(&[u8], &[u8]); 16] = [
    (b"proc", b"/proc"),
    (b"sysfs", b"/sys"),
    (b"devtmpfs", b"/dev"),
    (b"cgroup2", b"/sys/fs/cgroup"),
    (b"tracefs", b"/sys/kernel/tracing"),
    (b"debugfs", b"/sys/kernel/debug"),
    (b"bpf", b"/sys/fs/bpf"),
    (b"securityfs", b"/sys/kernel/security"),
    (b"configfs", b"/sys/kernel/config"),
    (b"pstore", b"/sys/fs/pstore"),
    (b"efivarfs", b"/sys/firmware/efi/efivars"),
    (b"selinuxfs", b"/sys/fs/selinux"),
    (b"smackfs", b"/sys/fs/smackfs"),
    (b"fusectl", b"/sys/fs/fuse/connections"),
    (b"resctrl", b"/sys/fs/resctrl"),
    (b"binfmt_misc", b"/proc/sys/fs/binfmt_misc"),
];

/// The usual mount point of a type of file systems, where it has one.
pub(crate) fn place(kind: &[u8]) -> Option<&'static [u8]> {
    PLACES.iter().find(|(name, _)| *name == kind).map(|(_, place)| *place)
}
