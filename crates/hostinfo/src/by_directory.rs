//! Files looked at through their directories: they are not opened, not even with `O_PATH`, for that is
//! what rules look for, those of other agents too.

use std::ffi::{CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;

use peregrine_probe::generation_at;
use rustix::fs::{self, AtFlags, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// The directory of a path, and the name in it.
pub(crate) fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    Some((path.get(..slash.max(1))?, path.get(slash + 1..)?))
}

/// The directory of a path, opened with `O_PATH`, and the name in it.
pub(crate) fn folder_of(path: &[u8], resolve: ResolveFlags) -> Result<(OwnedFd, CString), Errno> {
    let (folder, name) = split(path).ok_or(Errno::INVAL)?;
    let name = CString::new(name).map_err(|_| Errno::INVAL)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = OsStr::from_bytes(folder);
    Ok((fs::openat2(fs::CWD, folder, flags, Mode::empty(), resolve)?, name))
}

/// The generation of the file at a path, if it has this inode number.
pub(crate) fn generation_of(path: &[u8], ino: u64) -> u32 {
    let Ok((folder, name)) = folder_of(path, ResolveFlags::empty()) else { return 0 };
    let generation = generation_at(&folder, &name);
    let stat = fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW);
    if stat.is_ok_and(|stat| stat.st_ino == ino) { generation } else { 0 }
}
