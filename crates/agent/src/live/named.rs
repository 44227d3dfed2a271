//! What rules name of the host: hosts, and files by whole paths.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_hostinfo::Wanted;

use crate::generation::Generation;
use crate::live::error::MonitorError;
use crate::notice::{Notice, Notify};

/// What the rules of a generation name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    hosts: Vec<String>,
    paths: Vec<Vec<u8>>,
}

impl Named {
    pub(crate) fn of(generation: &Generation) -> Self {
        let engine = &generation.engine;
        Self { hosts: engine.hosts().to_vec(), paths: engine.exact_paths().to_vec() }
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self { hosts: union(&self.hosts, &other.hosts), paths: union(&self.paths, &other.paths) }
    }
}

/// The elements of both, sorted.
fn union<T: Clone + Ord>(one: &[T], other: &[T]) -> Vec<T> {
    one.iter().chain(other).cloned().collect::<BTreeSet<T>>().into_iter().collect()
}

/// Tells the host what rules name.
pub(crate) struct Host {
    wanted: Wanted,
    notify: Notify,
}

impl Host {
    pub(crate) fn new(host: &peregrine_hostinfo::Host, notify: &Notify) -> Self {
        Self { wanted: host.wanted(), notify: Arc::clone(notify) }
    }

    /// The host resolves what the rules of a generation name from now on, and nothing else.
    pub(crate) fn resolve(&self, generation: &Generation) -> Result<(), MonitorError> {
        self.set(&Named::of(generation))
    }

    pub(crate) fn set(&self, named: &Named) -> Result<(), MonitorError> {
        let notify = Arc::clone(&self.notify);
        let unknown = move |name: &str, why: &str| {
            notify(&Notice::HostUnresolved { name: name.to_owned(), why: why.to_owned() });
        };
        self.wanted.set_names(&named.hosts, unknown).map_err(MonitorError::HostNames)?;
        let notify = Arc::clone(&self.notify);
        let unclear = move |path: &str| notify(&Notice::HardLinksUnknown { path: path.to_owned() });
        self.wanted.set_files(&named.paths, unclear).map_err(MonitorError::Files)
    }
}
