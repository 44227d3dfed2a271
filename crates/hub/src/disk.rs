//! How full a disk is.

use std::io;
use std::path::Path;

/// Percent of the disk of a folder that are in use, of what its users may use.
pub(crate) fn used_percent(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    let used = disk.f_blocks.saturating_sub(disk.f_bfree);
    let all = used.saturating_add(disk.f_bavail).max(1);
    Ok(used.saturating_mul(100) / all)
}
