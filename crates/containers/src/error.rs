//! Why an engine did not describe a container.

/// Why an engine did not describe a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No socket is there, or nobody listens on it.
    #[error("nothing listens there")]
    Absent,
    /// The engine failed a moment ago and is not asked yet.
    #[error("it failed a moment ago")]
    Resting,
    /// It did not answer in time.
    #[error("no answer within {0} ms")]
    TimedOut(u128),
    /// The answer is too large.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The connection failed.
    #[error("{0}")]
    Connection(String),
    /// It answered with an HTTP status that is no success.
    #[error("HTTP status {0}")]
    Status(u16),
    /// It answered with a gRPC status that is no success.
    #[error("gRPC status {0}")]
    Rpc(u16),
    /// The answer is not what the interface says.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The answer is about another container.
    #[error("the answer is about another container")]
    OtherContainer,
}

impl EngineError {
    /// Whether the engine itself fails: it is left alone for a while.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Self::Absent | Self::Resting)
    }

    /// The error of a connection, by its innermost cause.
    pub(crate) fn connection(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut innermost = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        Self::Connection(innermost.to_string())
    }
}
