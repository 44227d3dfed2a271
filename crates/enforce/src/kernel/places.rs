//! Paths of policies as the kernel meets them: folders and inodes by number, names in folders.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::Metadata;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use peregrine_guard::layout::PathMarks;
use peregrine_guard::{PathKind, PathMark};

use super::shared::{DirMarks, Inode, InodeMarks, Name, NameMarks};

/// The tables of paths.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub names: BTreeMap<Name, NameMarks>,
    pub dirs: BTreeMap<Inode, DirMarks>,
    pub inodes: BTreeMap<Inode, InodeMarks>,
    /// Paths whose folder is not there: looked for again.
    pub missing: Vec<PathMark>,
}

/// A mount: where, and its root.
struct Mount {
    at: PathBuf,
    dev: u32,
}

/// The mounts of this process.
pub(super) struct Mounts {
    by_id: BTreeMap<u64, Mount>,
}

impl Mounts {
    /// As they are now; none where `/proc` does not say.
    pub(super) fn read() -> Self {
        let text = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
        let rows = text.split(|byte| *byte == b'\n').filter_map(|line| {
            let mut words = line.split(|byte| *byte == b' ');
            let id = number(words.next()?)?;
            let mut dev = words.nth(1)?.split(|byte| *byte == b':');
            let (major, minor) = (number(dev.next()?)?, number(dev.next()?)?);
            let at = PathBuf::from(std::ffi::OsString::from_vec(unescape(words.nth(1)?)));
            Some((id, Mount { at, dev: kernel_device(major, minor) }))
        });
        Self { by_id: rows.collect() }
    }

    /// The inode of a file, with the device's number as the kernel has it: `stat` says another one for some file
    /// systems.
    pub(super) fn inode(&self, path: &Path, meta: &Metadata) -> Inode {
        let asked = rustix::fs::statx(
            rustix::fs::CWD,
            path,
            rustix::fs::AtFlags::empty(),
            rustix::fs::StatxFlags::MNT_ID,
        );
        let mount = asked.ok().and_then(|stat| self.by_id.get(&stat.stx_mnt_id));
        let stat = || {
            let dev = meta.dev();
            kernel_device(u64::from(libc::major(dev)), u64::from(libc::minor(dev)))
        };
        Inode { ino: meta.ino(), dev: mount.map_or_else(stat, |mount| mount.dev), pad: 0 }
    }

    /// The places of mounts below a folder.
    fn below<'m>(&'m self, folder: &'m Path) -> impl Iterator<Item = &'m Path> {
        let all = self.by_id.values().map(|mount| mount.at.as_path());
        all.filter(move |at| *at != folder && at.starts_with(folder))
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A path of `mountinfo`: spaces and their kin are octal there.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let octal = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        let escaped = byte.filter(|_| *first == b'\\');
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { behind.get(3..).unwrap_or_default() } else { behind };
    }
    plain
}

fn kernel_device(major: u64, minor: u64) -> u32 {
    u32::try_from(major << 20 | minor).unwrap_or(0)
}

/// Adds sets to others.
pub(super) fn add(to: &mut PathMarks, from: &PathMarks) {
    let or = |to: &mut [u64], from: &[u64]| {
        for (to, from) in to.iter_mut().zip(from) {
            *to |= from;
        }
    };
    or(&mut to.object, &from.object);
    or(&mut to.exe, &from.exe);
    or(&mut to.ancestors, &from.ancestors);
    to.parent |= from.parent;
}

impl Places {
    /// Resolves paths against this host.
    pub(super) fn resolve(paths: &[PathMark], mounts: &Mounts) -> Self {
        let mut places = Self::default();
        for mark in paths {
            places.add(mark, mounts);
        }
        places
    }

    /// Adds what a path stands for: the name, whether or not there is anything, and what is there, behind symbolic
    /// links too.
    pub(super) fn add(&mut self, mark: &PathMark, mounts: &Mounts) {
        let path = Path::new(std::ffi::OsStr::from_bytes(&mark.path));
        let named = self.add_name(path, mark, mounts);
        if !named && path != Path::new("/") {
            self.missing.push(mark.clone());
            return;
        }
        let Ok(target) = std::fs::canonicalize(path) else { return };
        if target != path {
            self.add_name(&target, mark, mounts);
        }
        self.add_object(&target, mark, mounts);
    }

    /// The name in its folder. Whether there is that folder.
    fn add_name(&mut self, path: &Path, mark: &PathMark, mounts: &Mounts) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        let Ok(folder) = std::fs::canonicalize(folder) else { return false };
        let Ok(meta) = std::fs::metadata(&folder) else { return false };
        let key = mounts.inode(&folder, &meta);
        self.dirs.entry(key).or_default().has_names = 1;
        let marks = self.names.entry(Name::new(key, name.as_bytes())).or_default();
        let part = match mark.kind {
            PathKind::Exact => &mut marks.itself,
            PathKind::ChildrenOf => &mut marks.children,
            PathKind::Below => &mut marks.below,
        };
        add(part, &mark.marks);
        true
    }

    /// What is there.
    fn add_object(&mut self, path: &Path, mark: &PathMark, mounts: &Mounts) {
        let Ok(meta) = std::fs::metadata(path) else { return };
        let key = mounts.inode(path, &meta);
        match mark.kind {
            PathKind::Exact => self.add_inode(key, path, &mark.marks),
            PathKind::ChildrenOf => {
                add(&mut self.dirs.entry(key).or_default().children, &mark.marks);
            }
            PathKind::Below => {
                add(&mut self.dirs.entry(key).or_default().below, &mark.marks);
                for at in mounts.below(path) {
                    if let Ok(meta) = std::fs::metadata(at) {
                        let root = mounts.inode(at, &meta);
                        add(&mut self.dirs.entry(root).or_default().below, &mark.marks);
                        self.add_inode(root, at, &mark.marks);
                    }
                }
            }
        }
    }

    fn add_inode(&mut self, key: Inode, path: &Path, marks: &PathMarks) {
        let entry = self.inodes.entry(key).or_default();
        entry.generation = generation(path);
        add(&mut entry.itself, marks);
    }
}

/// Which of the files that had the inode's number it is; 0: any.
fn generation(path: &Path) -> u32 {
    let Ok(name) = CString::new(path.as_os_str().as_bytes()) else { return 0 };
    peregrine_probe::generation_at(rustix::fs::CWD, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_mounts_are_read() {
        let check = |text: &str, expected: &str| {
            assert_eq!(unescape(text.as_bytes()), expected.as_bytes(), "{text}");
        };
        check("/mnt/a", "/mnt/a");
        check("/mnt/a\\040b", "/mnt/a b");
        check("/mnt/a\\134", "/mnt/a\\");
        check("/mnt/\\0", "/mnt/\\0");
    }

    #[test]
    fn names_and_what_they_stand_for_are_in_the_tables() {
        let room = peregrine_testkit::Folder::new("places");
        let root = std::fs::canonicalize(room.path()).expect("a path");
        std::fs::write(root.join("there"), "").expect("a file");
        std::os::unix::fs::symlink("there", root.join("link")).expect("a link");
        let mounts = Mounts::read();
        let check = |name: &str, kind: PathKind, expected: (usize, usize, usize, usize)| {
            let path = root.join(name).as_os_str().as_bytes().to_vec();
            let marks = PathMarks { object: [1, 0, 0, 0], ..PathMarks::default() };
            let places = Places::resolve(&[PathMark { path, kind, marks }], &mounts);
            let found =
                (places.names.len(), places.dirs.len(), places.inodes.len(), places.missing.len());
            assert_eq!(found, expected, "{name}");
        };
        check("there", PathKind::Exact, (1, 1, 1, 0));
        // The link, and what it leads to.
        check("link", PathKind::Exact, (2, 1, 1, 0));
        check("not-yet", PathKind::Exact, (1, 1, 0, 0));
        check("no-folder/not-yet", PathKind::Exact, (0, 0, 0, 1));
        check("", PathKind::Below, (1, 2, 0, 0));
    }
}
