//! What the configuration has done where events were lost.

/// What is done where events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LossActions {
    /// A line of the log.
    pub log: bool,
    /// An alert.
    pub alert: bool,
    /// The agent ends.
    pub exit: bool,
}
