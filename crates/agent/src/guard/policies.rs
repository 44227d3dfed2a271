//! Policies of one load, and how they are compiled each time a mode changes.

use peregrine_guard::layout::{ACTS, ActEntry, END};
use peregrine_guard::{Capabilities, Compiled, Mode};

use super::trials::Wanted;

/// Which mode a policy has now, by its name and the mode of its file.
pub(super) type ModeOf<'m> = &'m dyn Fn(&str, Mode) -> Mode;

/// Compiles them for a host.
type Compile = dyn Fn(&Capabilities, ModeOf<'_>) -> Result<Compiled, String> + Send + Sync;

/// Policies of one load.
pub struct PolicySet {
    /// Their names, modes and what changes with them.
    pub(crate) wanted: Vec<(Wanted, Mode)>,
    pub(crate) compile: Box<Compile>,
}

impl Default for PolicySet {
    /// None.
    fn default() -> Self {
        Self { wanted: Vec::new(), compile: Box::new(|_, _| Ok(nothing())) }
    }
}

/// What decides nothing.
fn nothing() -> Compiled {
    let none = ActEntry { all: END, no_object: END, needs: 0 };
    Compiled {
        policies: Vec::new(),
        acts: [none; ACTS],
        steps: Vec::new(),
        paths: Vec::new(),
        last_components: Vec::new(),
        comms: Vec::new(),
        uids: Vec::new(),
        loginuids: Vec::new(),
        gids: Vec::new(),
        containers: Vec::new(),
        networks: Vec::new(),
        ports: Vec::new(),
    }
}

impl std::fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicySet").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}
