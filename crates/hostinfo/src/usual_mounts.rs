//! Usual mount points of virtual file systems.

use peregrine_event::kernel::USUAL_MOUNTS;

/// The usual mount point of a type of file systems, where it has one.
pub(crate) fn place(kind: &[u8]) -> Option<&'static [u8]> {
    let mut mounts = USUAL_MOUNTS.iter();
    mounts.find(|(name, _)| name.as_bytes() == kind).map(|(_, place)| place.as_bytes())
}
