//! Which of the protected paths a file is at: by its own identity, by the folder it lies in and its name there, by
//! the folders above.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::attempt::{self, Identity};

/// The number of a protected path.
pub type Number = u32;

/// How a protected path and a file or folder belong together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// It is at the path.
    At(Identity),
    /// It is what has this name in this folder.
    Named(Identity, OsString),
    /// It lies directly in this folder.
    In(Identity),
    /// It lies anywhere below this folder.
    Below(Identity),
}

/// All of them.
#[derive(Debug, Default)]
pub struct Places(HashMap<Role, Vec<Number>>);

impl Places {
    pub(super) fn add(&mut self, role: Role, number: Number) {
        let numbers = self.0.entry(role).or_default();
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }

    pub(super) fn remove(&mut self, role: &Role, number: Number) {
        if let Some(numbers) = self.0.get_mut(role) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.0.remove(role);
            }
        }
    }

    /// Calls `each` with the number of each protected path that a file is at; of some more than once. `path` is its
    /// path, as far as it has one. Makes no call that waits for another process: folders are looked up only as far as
    /// the kernel has them in memory, as it has those of every open file.
    pub fn look_up(&self, file: Identity, path: Option<&Path>, each: &mut dyn FnMut(Number)) {
        self.numbers(&Role::At(file), each);
        let Some((folder, name)) = path.and_then(|path| Some((path.parent()?, path.file_name()?)))
        else {
            return;
        };
        let Some(parent) = cached(folder) else { return };
        self.numbers(&Role::Named(parent, name.to_owned()), each);
        self.numbers(&Role::In(parent), each);
        self.numbers(&Role::Below(parent), each);
        for folder in folder.ancestors().skip(1) {
            if let Some(folder) = cached(folder) {
                self.numbers(&Role::Below(folder), each);
            }
        }
    }

    fn numbers(&self, role: &Role, each: &mut dyn FnMut(Number)) {
        for number in self.0.get(role).into_iter().flatten() {
            each(*number);
        }
    }
}

/// The identity of a folder, where the kernel has it in memory.
fn cached(folder: &Path) -> Option<Identity> {
    let resolve = ResolveFlags::CACHED | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::DIRECTORY;
    let folder =
        rustix::fs::openat2(rustix::fs::CWD, folder, flags, Mode::empty(), resolve).ok()?;
    Some(attempt::file(folder.as_fd()).ok()?.identity)
}

#[cfg(test)]
mod tests {
    use peregrine_testkit::Folder;

    use super::*;

    #[test]
    fn a_file_is_at_paths_by_itself_its_name_and_the_folders_above() {
        let folder = Folder::new("places");
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        let at = |name: &str| {
            let path = root.join(name);
            std::fs::write(&path, "").unwrap();
            (Identity::at(&path).unwrap(), path)
        };
        let (file, path) = at("a/b/file");
        let (other, other_path) = at("a/other");
        let of = |name: &str| Identity::at(&root.join(name)).unwrap();
        let mut places = Places::default();
        places.add(Role::At(file), 1);
        places.add(Role::Named(of("a/b"), "file".into()), 2);
        places.add(Role::In(of("a")), 3);
        places.add(Role::Below(of("a")), 4);
        let check = |places: &Places, file, path, expected: &[Number]| {
            let mut numbers = Vec::new();
            places.look_up(file, path, &mut |number| numbers.push(number));
            assert_eq!(numbers, expected, "{path:?}");
        };
        check(&places, file, Some(&path), &[1, 2, 4]);
        check(&places, file, None, &[1]);
        check(&places, other, Some(&other_path), &[3, 4]);
        // The name counts whatever file has it.
        check(&places, other, Some(&path), &[2, 4]);
        places.remove(&Role::At(file), 1);
        places.remove(&Role::At(file), 1);
        check(&places, file, Some(&path), &[2, 4]);
    }
}
