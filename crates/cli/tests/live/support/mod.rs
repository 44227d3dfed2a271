//! What live tests share: the agent beside the test, and programs that act.

pub(crate) mod act;
pub(crate) mod agent;
