//! Folders below which processes live, and what stands below them: paths as a process sees them, and as the
//! file system has them.

use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

use peregrine_event::Root;
use peregrine_probe::generation;
use peregrine_state::SeenFile;
use rustix::fs::{self, AtFlags, Mode, OFlags, StatxAttributes, StatxFlags};

use crate::inodes::encoded;
use crate::usual;

/// What stands at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path from the root, free of links.
    pub(crate) path: Vec<u8>,
    /// The path inside the file system, where it can differ.
    pub(crate) inside: Option<Vec<u8>>,
    /// The file.
    pub(crate) file: SeenFile,
}

/// A folder below which processes live.
#[derive(Debug)]
pub(crate) struct RootFolder {
    pub(crate) fd: OwnedFd,
    /// Its own path, as it reads here.
    prefix: Vec<u8>,
    mnt: u64,
    /// It is the top of its mount.
    top: bool,
    /// The thread it was reached by; none: by its path here.
    by: Option<i64>,
}

impl RootFolder {
    /// Opens the root of a thread, or the folder at its path here, if it is the one looked for.
    pub(crate) fn open(by: Option<i64>, wanted: &Root<'_>) -> Option<Self> {
        let path = match by {
            Some(tid) => format!("/proc/{tid}/root").into_bytes(),
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

    /// What an open path descriptor stands for, as seen from here; nothing where it lies elsewhere or
    /// nowhere any more.
    pub(crate) fn place(&self, fd: impl AsFd) -> Option<Place> {
        let about = about(&fd)?;
        if about.stx_nlink == 0 {
            return None;
        }
        let whole = name_of(&fd)?;
        let path = below(&whole, &self.prefix)?;
        let inside = self.inside(about.stx_mnt_id, &whole, &path);
        let dev = fs::makedev(about.stx_dev_major, about.stx_dev_minor);
        let (generation, ino) = (generation(&fd), about.stx_ino);
        Some(Place { path, inside, file: SeenFile { dev: encoded(dev), ino, generation, at: 0 } })
    }

    /// The path inside the file system, where a mount shows a part of it or the process sees a part
    /// of the mount.
    fn inside(&self, mnt: u64, whole: &[u8], path: &[u8]) -> Option<Vec<u8>> {
        if mnt == self.mnt && self.top {
            return None;
        }
        let of = |table: String, path: &[u8]| {
            let mounts = std::fs::read(table).ok()?;
            let Mount { shown, point, kind } = mount(&mounts, mnt)?;
            // What the kernel fills is known by where it usually lies.
            let usual = usual::place(&kind);
            if shown == b"/" && self.top && usual.is_none_or(|usual| point == usual) {
                return None;
            }
            let inside = joined(&shown, &below(path, &point)?);
            Some(usual.map_or_else(|| inside.clone(), |usual| joined(usual, &inside)))
        };
        // Another namespace's mounts stand in its own table, by their paths from there.
        of("/proc/self/mountinfo".to_owned(), whole)
            .or_else(|| of(format!("/proc/{}/mountinfo", self.by?), path))
    }
}

pub(crate) fn about(fd: impl AsFd) -> Option<fs::Statx> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    fs::statx(fd, "", AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC, wanted).ok()
}

/// The path of an open descriptor, as it reads here.
fn name_of(fd: impl AsFd) -> Option<Vec<u8>> {
    let own = format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    Some(fs::readlink(own, Vec::new()).ok()?.into_bytes()).filter(|name| name.starts_with(b"/"))
}

/// What of `path` stands behind the folder `above`, beginning with a slash.
pub(crate) fn below(path: &[u8], above: &[u8]) -> Option<Vec<u8>> {
    let above = if above == b"/" { &[] } else { above };
    let rest = path.strip_prefix(above)?;
    match rest.first() {
        None => Some(b"/".to_vec()),
        Some(b'/') => Some(rest.to_vec()),
        Some(_) => None,
    }
}

/// `path`, which begins with a slash, below a folder.
pub(crate) fn joined(folder: &[u8], path: &[u8]) -> Vec<u8> {
    match (folder, path) {
        (b"/", _) => path.to_vec(),
        (_, b"/") => folder.to_vec(),
        _ => [folder, path].concat(),
    }
}

/// What of its file system a mount shows, where, and of which type that is.
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

/// Spaces and their like stand there as `\040`.
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
        let told = |mnt| mount(table, mnt).map(|one| [one.shown, one.point, one.kind]);
        assert_eq!(told(123), Some([b"/a b".to_vec(), b"/c\\d".to_vec(), b"tmpfs".to_vec()]));
        assert_eq!(told(12), Some([b"/".to_vec(), b"/".to_vec(), b"ext4".to_vec()]));
        assert_eq!(mount(table, 1), None);
    }
}
