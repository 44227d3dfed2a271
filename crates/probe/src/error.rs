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
    /// The kernel refused, or the kernel object lacks something.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl ProbeError {
    /// Why, in one line without libbpf's account of it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Refused(refused) => refused.reason(),
            other => other.to_string(),
        }
    }
}

/// What was tried, and why it is not to be had.
#[derive(Debug)]
pub struct Refused {
    what: String,
    cause: Cause,
    /// What people can do about it.
    advice: Option<String>,
    /// What libbpf logged last.
    log: String,
}

/// Why it is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    /// The kernel or libbpf refused.
    #[error(transparent)]
    Libbpf(#[from] libbpf_rs::Error),
    /// A call failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Something that must be there is not.
    #[error("{0}")]
    Missing(&'static str),
}

impl Refused {
    pub(crate) fn new(what: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { what: what.into(), cause: cause.into(), advice: None, log: String::new() }
    }

    /// The same with what people can do about it, and what libbpf logged.
    pub(crate) fn with(self, advice: Option<String>, log: String) -> Self {
        Self { advice, log, ..self }
    }

    /// Why, in one line without libbpf's account of it.
    pub fn reason(&self) -> String {
        self.advice.clone().unwrap_or_else(|| self.cause.to_string())
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.what, self.reason())?;
        if self.advice.is_some() || self.log.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.log)
    }
}

impl std::error::Error for Refused {
    /// What is below the reason.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if self.advice.is_some() { Some(&self.cause) } else { self.cause.source() }
    }
}
