//! Root directories of processes and the files below them: their paths as a process sees them, and
//! within the file system.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

use peregrine_event::Root;
use peregrine_probe::{generation, generation_at};
use peregrine_state::SeenFile;
use rustix::fs::{
    self, AtFlags, FileType, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags,
};
use rustix::io::Errno;

use crate::by_directory::split;
use crate::host_files::proc;
use crate::inodes::encoded;
use crate::resolve_blocking::is_proc;
use crate::usual_mounts;

/// How many links the kernel follows in one path.
const LINKS: usize = 40;

/// The object at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path from the root, without links.
    pub(crate) path: Vec<u8>,
    /// The path within the file system, where it can differ.
    pub(crate) inside: Option<Vec<u8>>,
    /// The file.
    pub(crate) file: SeenFile,
}

/// A root directory of processes.
#[derive(Debug)]
pub(crate) struct RootDirectory {
    pub(crate) fd: OwnedFd,
    /// Its own path, as seen from here.
    prefix: Vec<u8>,
    mnt: u64,
    /// It is the top of its mount.
    top: bool,
    /// The thread by which it was opened; `None`: by its path.
    by: Option<i64>,
}

impl RootDirectory {
    /// Opens the root of a thread, or the directory at its path, if it is the one wanted.
    pub(crate) fn open(by: Option<i64>, wanted: &Root<'_>) -> Option<Self> {
        let path = match by {
            Some(tid) => format!("{}/{tid}/root", proc()).into_bytes(),
            None => wanted.path.to_vec(),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = fs::open(path, flags, Mode::empty()).ok()?;
        let about = about(&fd)?;
        let top = about.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        let same = u64::from(wanted.mnt) == about.stx_mnt_id
            && if wanted.ino == 0 { top } else { !top && wanted.ino == about.stx_ino };
        if !same {
            return None;
        }
        let prefix = name_of(&fd)?;
        Some(Self { prefix, mnt: about.stx_mnt_id, top, by, fd })
    }

    /// The path of an open descriptor relative to this root; `None` where it is outside or deleted.
    pub(crate) fn place(&self, fd: impl AsFd) -> Option<Place> {
        let about = about(&fd)?;
        if about.stx_nlink == 0 {
            return None;
        }
        let whole = name_of(&fd)?;
        self.placed(&about, &whole, generation(&fd))
    }

    /// Looks up a path below it, as far as the kernel has it cached. Directories are opened, the file
    /// at the end is not: other agents' rules look for opens, as do ours.
    ///
    /// # Errors
    /// Where the path is not cached, leads out of `/proc`, or does not exist.
    pub(crate) fn look(&self, path: &[u8], follow: bool) -> Result<Option<Place>, Errno> {
        let mut path = path.to_vec();
        for _ in 0..LINKS {
            let (folder, name) = split(&path).ok_or(Errno::INVAL)?;
            if matches!(name, b"" | b"." | b"..") {
                return Ok(self.place(self.open_below(&path, OFlags::DIRECTORY)?));
            }
            let folder_fd = self.open_below(folder, OFlags::DIRECTORY)?;
            let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
            let how = AtFlags::SYMLINK_NOFOLLOW | AtFlags::STATX_DONT_SYNC;
            let about = fs::statx(&folder_fd, name, how, wanted)?;
            match FileType::from_raw_mode(about.stx_mode.into()) {
                FileType::Directory => {
                    return Ok(self.place(self.open_below(&path, OFlags::NOFOLLOW)?));
                }
                FileType::Symlink if follow => {
                    // Links there depend on the process that looks.
                    if is_proc(&folder_fd) {
                        return Err(Errno::LOOP);
                    }
                    let target = fs::readlinkat(&folder_fd, name, Vec::new())?.into_bytes();
                    path = match target.first() {
                        Some(b'/') => target,
                        _ => [folder, b"/", &target].concat(),
                    };
                }
                _ => return Ok(self.place_in(&folder_fd, name, &about)),
            }
        }
        Err(Errno::LOOP)
    }

    fn open_below(&self, path: &[u8], more: OFlags) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::CACHED;
        let flags = OFlags::PATH | OFlags::CLOEXEC | more;
        fs::openat2(&self.fd, path, flags, Mode::empty(), resolve)
    }

    /// The file of this name in a directory; `None` if that is outside of the root.
    pub(crate) fn place_in(
        &self,
        folder: impl AsFd,
        name: &[u8],
        about: &fs::Statx,
    ) -> Option<Place> {
        let whole = joined(&name_of(&folder)?, &[b"/", name].concat());
        let text = CString::new(name).ok()?;
        self.placed(about, &whole, generation_at(&folder, &text))
    }

    fn placed(&self, about: &fs::Statx, whole: &[u8], generation: u32) -> Option<Place> {
        let path = below(whole, &self.prefix)?;
        let inside = self.inside(about.stx_mnt_id, whole, &path);
        let dev = encoded(fs::makedev(about.stx_dev_major, about.stx_dev_minor));
        Some(Place { path, inside, file: SeenFile { dev, ino: about.stx_ino, generation, at: 0 } })
    }

    /// The path within the file system, where a mount shows a part of it or the process sees a part of
    /// the mount.
    fn inside(&self, mnt: u64, whole: &[u8], path: &[u8]) -> Option<Vec<u8>> {
        if mnt == self.mnt && self.top {
            return None;
        }
        let of = |table: String, path: &[u8]| {
            let mounts = std::fs::read(table).ok()?;
            let Mount { shown, point, kind } = mount(&mounts, mnt)?;
            // Virtual file systems are known by their usual mount point.
            let usual = usual_mounts::place(&kind);
            if shown == b"/" && self.top && usual.is_none_or(|usual| point == usual) {
                return None;
            }
            let inside = joined(&shown, &below(path, &point)?);
            Some(usual.map_or_else(|| inside.clone(), |usual| joined(usual, &inside)))
        };
        // Mounts of another namespace are in its own table, with paths in there.
        of("/proc/self/mountinfo".to_owned(), whole)
            .or_else(|| of(format!("{}/{}/mountinfo", proc(), self.by?), path))
    }
}

pub(crate) fn about(fd: impl AsFd) -> Option<fs::Statx> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    fs::statx(fd, "", AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC, wanted).ok()
}

/// The path of an open descriptor, as seen from here.
fn name_of(fd: impl AsFd) -> Option<Vec<u8>> {
    let own = format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    Some(fs::readlink(own, Vec::new()).ok()?.into_bytes()).filter(|name| name.starts_with(b"/"))
}

/// The rest of `path` below the directory `above`, beginning with a slash.
pub(crate) fn below(path: &[u8], above: &[u8]) -> Option<Vec<u8>> {
    let above = if above == b"/" { &[] } else { above };
    let rest = path.strip_prefix(above)?;
    match rest.first() {
        None => Some(b"/".to_vec()),
        Some(b'/') => Some(rest.to_vec()),
        Some(_) => None,
    }
}

/// `path`, which begins with a slash, below a directory.
pub(crate) fn joined(folder: &[u8], path: &[u8]) -> Vec<u8> {
    match (folder, path) {
        (b"/", _) => path.to_vec(),
        (_, b"/") => folder.to_vec(),
        _ => [folder, path].concat(),
    }
}

/// A mount: which part of its file system it shows, where, and of which type that is.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    shown: Vec<u8>,
    point: Vec<u8>,
    kind: Vec<u8>,
}

/// A mount by its number: `ID PARENT MAJOR:MINOR SHOWN POINT OPTIONS [MORE...] - TYPE ...`.
fn mount(table: &[u8], mnt: u64) -> Option<Mount> {
    let wanted = mnt.to_string();
    let line = table.split(|byte| *byte == b'\n').find(|line| {
        line.strip_prefix(wanted.as_bytes()).is_some_and(|rest| rest.first() == Some(&b' '))
    })?;
    let mut words = line.split(|byte| *byte == b' ').skip(3).map(unescaped);
    let (shown, point) = (words.next()?, words.next()?);
    let kind = words.skip_while(|word| word != b"-").nth(1)?;
    Some(Mount { shown, point, kind })
}

/// Spaces and the like are written as `\040`.
fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((byte, behind)) = rest.split_first() {
        let octal = behind.get(..3).and_then(|three| std::str::from_utf8(three).ok());
        let meant = octal.and_then(|three| u8::from_str_radix(three, 8).ok());
        let meant = meant.filter(|_| *byte == b'\\');
        out.push(meant.unwrap_or(*byte));
        rest = if meant.is_some() { behind.get(3..).unwrap_or_default() } else { behind };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_mount_table() {
        let table: &[u8] =
            b"12 1 0:2 / / rw - ext4 x rw\n123 12 0:3 /a\\040b /c\\134d rw shared:1 - tmpfs x rw\n";
        let reported = |mnt| mount(table, mnt).map(|one| [one.shown, one.point, one.kind]);
        assert_eq!(reported(123), Some([b"/a b".to_vec(), b"/c\\d".to_vec(), b"tmpfs".to_vec()]));
        assert_eq!(reported(12), Some([b"/".to_vec(), b"/".to_vec(), b"ext4".to_vec()]));
        assert_eq!(mount(table, 1), None);
    }
}
