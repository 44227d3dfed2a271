//! The origin of a program's file: the host's, an image's, or a file that somebody mounted at its path.
//!
//! The file is the host's if its init process finds that inode at the path. Files are compared by
//! `stat`: nothing is opened.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use peregrine_event::{Program, Standing, Whose, program_flags as flags};
use peregrine_state::ProgramFile;

use crate::host_files::{proc, sees_all};
use crate::inodes::encoded;

/// The usual mount point of shared memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// The object at a path of the host. Where init's root cannot be read, as in some sandboxes, the
/// agent's own root is used.
fn at_host(path: &[u8]) -> Option<Metadata> {
    let first = format!("{}/1/root/", proc());
    let below = Path::new(OsStr::from_bytes(path.strip_prefix(b"/")?));
    let root = if fs::metadata(&first).is_ok() { &first } else { "/" };
    fs::metadata(Path::new(root).join(below)).ok()
}

/// Finds the origin of a program's file.
pub(crate) fn find(asked: &ProgramFile<'_>, take: &mut dyn FnMut(&Standing<'_>)) {
    let known_as = shared_memory(asked).unwrap_or_default();
    take(&Standing { known_as: &known_as, ..asked.program.standing(whose(asked)) });
}

fn whose(asked: &ProgramFile<'_>) -> Whose {
    let program = &asked.program;
    if program.has(flags::USER_MOUNTS) {
        return Whose::Other;
    }
    if program.has(flags::HOST_ROOT) {
        // Directories of image-based systems are parts of a file system: their paths in it have a
        // prefix, or are different altogether.
        let root_only = program.uid == 0 && !program.has(flags::OTHERS_WRITE | flags::BOUND);
        let agrees = !program.has(flags::PART) || program.inside.ends_with(asked.path) || root_only;
        return if agrees { Whose::Host } else { Whose::Other };
    }
    // In a pid namespace the first process is not the host's init.
    if !sees_all() {
        return Whose::Unknown;
    }
    let ns = |about: &Metadata| about.ctime() * 1_000_000_000 + about.ctime_nsec();
    let same = |about: &Metadata| {
        let times = || ns(about).cast_unsigned() == asked.ctime;
        let own_numbers = program.has(flags::OWN_NUMBERS) && times();
        about.ino() == asked.ino && (encoded(about.dev()) == program.dev || own_numbers)
    };
    if at_host(asked.path).is_some_and(|about| same(&about)) {
        Whose::Host
    } else if !asked.started && program.has(flags::REMOVED) {
        // Its package may have been updated since it started.
        Whose::Unknown
    } else if program.has(flags::TOP_ROOT) && program.uid == 0 && !program.has(flags::OTHERS_WRITE)
    {
        Whose::Image
    } else {
        Whose::Other
    }
}

/// The path below `/dev/shm` of a file in that file system, whatever its path is here.
fn shared_memory(asked: &ProgramFile<'_>) -> Option<Vec<u8>> {
    let program = &asked.program;
    let known = asked
        .path
        .strip_prefix(SHARED_MEMORY.as_bytes())
        .is_some_and(|rest| rest.starts_with(b"/"));
    if known || !program.has(flags::IN_MEMORY) || program.inside.is_empty() {
        return None;
    }
    let at_host = at_host(SHARED_MEMORY.as_bytes()).map(|about| encoded(about.dev()));
    let is = at_host == Some(program.dev)
        || asked.pids.iter().any(|pid| {
            let mounts = fs::read(format!("{}/{pid}/mountinfo", proc())).unwrap_or_default();
            mounts.split(|byte| *byte == b'\n').any(|line| is_shared_memory(line, program.dev))
        });
    is.then(|| [SHARED_MEMORY.as_bytes(), program.inside].concat())
}

/// `36 35 0:31 / /dev/shm rw ...`: whether a line is for this device, mounted completely.
fn is_shared_memory(line: &[u8], dev: u32) -> bool {
    let mut words = line.split(|byte| *byte == b' ').skip(2);
    let (Some(numbers), Some(root), Some(place)) = (words.next(), words.next(), words.next())
    else {
        return false;
    };
    let mut numbers = numbers.split(|byte| *byte == b':');
    let mut number = || std::str::from_utf8(numbers.next()?).ok()?.parse().ok();
    let (Some(major), Some(minor)) = (number(), number()) else { return false };
    encoded(libc::makedev(major, minor)) == dev
        && root == b"/"
        && place.ends_with(SHARED_MEMORY.as_bytes())
}

/// The program of a running process from `/proc`, as the kernel reports it at exec.
pub(crate) fn from_proc(tid: i64, exe: Option<&Metadata>) -> Program<'static> {
    let link =
        |of: &str, name: &str| fs::read_link(PathBuf::from(format!("{}/{of}/{name}", proc()))).ok();
    let root = |of: &str| {
        fs::metadata(format!("{}/{of}/root", proc())).ok().map(|it| (it.dev(), it.ino()))
    };
    let own = tid.to_string();
    let set = |is: bool, flag: u32| if is { flag } else { 0 };
    let root_of_it = root(&own);
    let on_root = exe.zip(root_of_it).is_some_and(|(exe, root)| exe.dev() == root.0);
    let bits = set(
        root_of_it == root("1") && link(&own, "ns/mnt") == link("1", "ns/mnt"),
        flags::HOST_ROOT,
    ) | set(link(&own, "ns/user") != link("1", "ns/user"), flags::USER_MOUNTS)
        | set(on_root, flags::TOP_ROOT)
        | set(exe.is_some_and(|exe| exe.nlink() == 0), flags::REMOVED)
        | set(exe.is_some_and(|exe| exe.mode() & 0o022 != 0), flags::OTHERS_WRITE);
    let dev = exe.map_or(0, |exe| encoded(exe.dev()));
    Program { flags: bits, dev, uid: exe.map_or(0, Metadata::uid), inside: b"" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_memory_is_known_by_its_mount() {
        let dev = encoded(libc::makedev(0, 31));
        let check = |line: &str, expected: bool| {
            assert_eq!(is_shared_memory(line.as_bytes(), dev), expected, "{line}");
        };
        check("36 35 0:31 / /dev/shm rw shared:1 - tmpfs t rw", true);
        check("36 35 0:31 / /root/dev/shm rw - tmpfs t rw", true);
        check("36 35 0:32 / /dev/shm rw - tmpfs t rw", false);
        check("36 35 0:31 /part /dev/shm rw - tmpfs t rw", false);
        check("36 35 0:31 / /tmp rw - tmpfs t rw", false);
        check("36 35 x", false);
    }
}
