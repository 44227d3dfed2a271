//! What is reported of the other names of a file.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::call;
use crate::files::dev_ino;
use crate::watch::{Folder, Seen, Watch, c};

const CWD: i64 = libc::AT_FDCWD as i64;
const PRIVATE: i64 = (libc::MS_REC | libc::MS_PRIVATE).cast_signed();
/// Which signal says that somebody waits for the lease: one that does nothing.
const F_SETSIG: i32 = 10;
const BIND: i64 = libc::MS_BIND.cast_signed();

/// The one open of a child that first does `before`, which says whether it could.
fn opened(watch: &mut Watch, path: &Path, before: impl FnOnce() -> bool) -> Option<Seen> {
    let path = c(path);
    let (_, mut seen) = watch.child(|| {
        if before() {
            call!(SYS_openat, CWD, path.as_ptr(), libc::O_RDONLY);
        }
    });
    let seen = seen.pop()?;
    assert!(seen.num(0) >= 0, "{seen:?}");
    Some(seen)
}

/// The path walked and the path inside the file system.
fn names(seen: &Seen) -> (String, Option<String>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let trailer = seen.trailer();
    let walked = trailer.descriptor(seen.num(0)).unwrap().payload;
    (text(walked), trailer.fs_path(seen.num(0)).map(text))
}

#[test]
fn paths_inside_their_file_system() {
    let test = "paths_inside_their_file_system";
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let folder = Folder::new("inside");
    let [shown, other, jail] = ["shown", "other", "jail"].map(|name| folder.path(name));
    for made in [&shown, &other, &jail] {
        std::fs::create_dir(made).unwrap();
        std::fs::write(made.join("f"), "").unwrap();
    }
    let (from, to) = (c(&shown), c(&other));
    let bind = || {
        call!(SYS_unshare, libc::CLONE_NEWNS) == 0
            && call!(SYS_mount, 0, c"/".as_ptr(), 0, PRIVATE, 0) == 0
            && call!(SYS_mount, from.as_ptr(), to.as_ptr(), 0, BIND, 0) == 0
    };
    let mut watch = Watch::new(&["openat"]);
    let asked = other.join("f");
    let plain = opened(&mut watch, &asked, || true).unwrap();
    let whole = asked.display().to_string();
    assert_eq!(names(&plain), (whole.clone(), None), "one name, nothing more is reported");
    // The temporary folder may be the top of a file system of its own: only the end is known.
    let bound = names(&opened(&mut watch, &asked, bind).unwrap());
    assert_eq!(bound.0, whole);
    assert!(shown.join("f").ends_with(bound.1.unwrap().trim_start_matches('/')), "{shown:?}");
    let root = c(&jail);
    let rooted = names(
        &opened(&mut watch, Path::new("/f"), || call!(SYS_chroot, root.as_ptr()) == 0).unwrap(),
    );
    assert_eq!(rooted.0, "/f");
    assert!(jail.join("f").ends_with(rooted.1.unwrap().trim_start_matches('/')), "{jail:?}");
}

#[test]
fn the_root_a_path_was_asked_below() {
    let test = "the_root_a_path_was_asked_below";
    // The root of this test must be one that needs no name.
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let folder = Folder::new("root");
    let jail = folder.path("jail");
    std::fs::create_dir(&jail).unwrap();
    let (root, here) = (c(&jail), std::fs::metadata(&jail).unwrap());
    let mut watch = Watch::new(&["unlink", "mkdirat", "renameat2"]);
    let (_, seen) = watch.child(|| {
        call!(SYS_unlink, c"/none".as_ptr());
        call!(SYS_chroot, root.as_ptr());
        call!(SYS_unlink, c"/none".as_ptr());
        call!(SYS_mkdirat, CWD, c"/made".as_ptr(), 0o700);
        call!(SYS_renameat2, CWD, c"/made".as_ptr(), CWD, c"/moved".as_ptr(), 0);
    });
    let whole = jail.display().to_string();
    let roots: Vec<_> = seen
        .iter()
        .map(|seen| {
            let root = seen.trailer().root().unwrap();
            (root.ino, String::from_utf8_lossy(root.path).into_owned())
        })
        .collect();
    let below = || (std::os::unix::fs::MetadataExt::ino(&here), whole.clone());
    assert_eq!(roots, [(0, String::new()), below(), below(), below()]);
    let mounts: Vec<u32> = seen.iter().map(|seen| seen.trailer().root().unwrap().mnt).collect();
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let known = |mnt: &u32| table.lines().any(|line| line.starts_with(&format!("{mnt} ")));
    assert!(mounts.iter().all(known), "{mounts:?} in {table}");
}

#[test]
fn files_below_an_overlay() {
    let test = "files_below_an_overlay";
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let folder = Folder::new("below");
    let [lower, empty, over] = ["lower", "empty", "over"].map(|name| folder.path(name));
    for made in [&lower, &empty, &over] {
        std::fs::create_dir(made).unwrap();
    }
    std::fs::write(lower.join("f"), "").unwrap();
    let (at, options) = (c(&over), format!("lowerdir={}:{}", lower.display(), empty.display()));
    let options = c(options);
    let overlay = c"overlay".as_ptr();
    let mount = || {
        call!(SYS_unshare, libc::CLONE_NEWNS) == 0
            && call!(SYS_mount, 0, c"/".as_ptr(), 0, PRIVATE, 0) == 0
            && call!(SYS_mount, overlay, at.as_ptr(), overlay, 0, options.as_ptr()) == 0
    };
    let mut watch = Watch::new(&["openat"]);
    let Some(seen) = opened(&mut watch, &over.join("f"), mount) else {
        peregrine_testkit::skipped("files_below_an_overlay", "this kernel mounts no overlay");
        return;
    };
    let below = seen.trailer().overlay_lower(seen.num(0)).unwrap();
    assert_eq!((below.dev, below.ino), dev_ino(&lower.join("f")));
    let plain = opened(&mut watch, &lower.join("f"), || true).unwrap();
    assert_eq!(plain.trailer().overlay_lower(plain.num(0)), None);
}

/// A path is read when the call returns. A lease holds the open back until another one stands there.
#[test]
fn a_path_that_changes_while_it_is_opened() {
    if !peregrine_testkit::root("a_path_that_changes_while_it_is_opened") {
        return;
    }
    let folder = Folder::new("changes");
    let [secret, claimed] = ["secret", "claimed"].map(|name| folder.path(name));
    std::fs::write(&secret, "").unwrap();
    let mut text = c(&secret).into_bytes_with_nul();
    text.resize(4096, 0);
    let text = std::sync::Arc::new(text.into_iter().map(AtomicU8::new).collect::<Vec<_>>());
    let held = call!(SYS_open, &c(&secret), libc::O_RDWR);
    assert_eq!(call!(SYS_fcntl, held, F_SETSIG, libc::SIGURG), 0);
    assert_eq!(call!(SYS_fcntl, held, libc::F_SETLEASE, libc::F_WRLCK), 0);
    let mut watch = Watch::new(&["openat"]);
    let mut fd = -1;
    let seen = watch.own(|| {
        let path = std::sync::Arc::clone(&text);
        let opens = std::thread::spawn(move || {
            call!(SYS_openat, CWD, path.as_ptr() as usize, libc::O_RDONLY)
        });
        while call!(SYS_fcntl, held, libc::F_GETLEASE) == i64::from(libc::F_WRLCK) {
            std::thread::yield_now();
        }
        for (place, byte) in text.iter().zip(c(&claimed).as_bytes_with_nul()) {
            place.store(*byte, Ordering::SeqCst);
        }
        call!(SYS_fcntl, held, libc::F_SETLEASE, libc::F_UNLCK);
        fd = opens.join().unwrap();
    });
    let seen = seen.iter().find(|seen| seen.name == "openat" && seen.num(0) == fd).unwrap();
    assert_eq!(seen.text(2), claimed.to_str().unwrap(), "what stands in memory");
    assert_eq!(names(seen).0, secret.to_str().unwrap(), "what was opened");
}
