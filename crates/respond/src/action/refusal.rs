//! Why an alert has not what an action takes.

/// Why an action cannot be planned for an alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The event has no value of a field.
    #[error("the event has no {0}")]
    Missing(String),
    /// A value is no address.
    #[error("{0} is no address or network")]
    NotAnAddress(String),
    /// A value is no port.
    #[error("{0} is no port")]
    NotAPort(String),
    /// A value is no process.
    #[error("{0} is no process")]
    NotAProcess(String),
    /// A path does not begin at the root.
    #[error("{0} is no whole path")]
    NotAPath(String),
    /// The event is not of a container.
    #[error("the event is of no container")]
    NoContainer,
    /// Nobody is to be blocked by so much.
    #[error("{0} is too much to block: the shortest prefix is {1} bits")]
    TooWide(String, u8),
    /// This host, or everybody.
    #[error("{0} is this host itself, or everybody")]
    Ourselves(String),
    /// A value is no name of Kubernetes.
    #[error("{0} is no name a pod, namespace or node can have")]
    NotAName(String),
    /// A value is none of a label of Kubernetes.
    #[error("{0} is no value a label can have")]
    NotALabel(String),
    /// The cluster's own pods.
    #[error("the pod is in kube-system, and the response does not name that namespace")]
    OfTheCluster,
    /// An empty value.
    #[error("{0} is empty")]
    Empty(String),
}
