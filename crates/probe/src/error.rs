//! What can go wrong between us and the kernel.

/// Why the kernel side is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// Not enough rights.
    #[error(
        "monitoring the kernel needs root (or CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE): run as root"
    )]
    Rights,
    /// A right, a limit or a file system is missing: the sentence says which, and what to do.
    #[error("{0}")]
    Lacking(String),
    /// The kernel does not describe its types.
    #[error(
        "this kernel has no BTF (/sys/kernel/btf/vmlinux is missing): use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as Debian's and most others are"
    )]
    NoBtf,
    /// The kernel refused.
    #[error("cannot {what}: {reason}")]
    Refused {
        /// What was tried.
        what: String,
        /// What libbpf and the kernel said.
        reason: String,
    },
}
