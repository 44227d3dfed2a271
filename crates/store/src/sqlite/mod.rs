//! Files of `SQLite`: one for the alerts of a day, one for the state of the hub.

pub(crate) mod part;
pub(crate) mod read;
pub(crate) mod state;
pub(crate) mod write;
