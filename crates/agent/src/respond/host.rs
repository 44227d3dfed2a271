//! What a configuration says of acting on this host.

use peregrine_act::{ActError, Bounds, Host, Signer};
use peregrine_config::Config;
use peregrine_journal::{Anchor, FileStorage};

use crate::live::docker_sockets;

/// Opens the store and account of a configuration. Evidence is signed with the key of the journal.
///
/// # Errors
/// When others may enter the folder, or the system refuses.
pub fn open_host(config: &Config) -> Result<Host, ActError> {
    let host = Host::open(&config.respond.path, signer(config))?;
    Ok(host.with_engines(docker_sockets(config)))
}

/// Signs with the key of the journal.
pub(super) fn signer(config: &Config) -> Option<Signer> {
    let (folder, stem) = config.journal.key.parts();
    let anchor = Anchor { storage: FileStorage::new(&folder), stem };
    let signer = peregrine_journal::Signer::open(anchor).ok()?;
    Some(Box::new(move |hash: &[u8]| Ok(signer.sign(hash))))
}

/// How much of the account is kept.
pub(super) fn bounds(config: &Config) -> Bounds {
    Bounds { age: config.respond.max_age.0, size: config.respond.max_size.0 }
}
