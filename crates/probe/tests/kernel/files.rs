//! Calls on files: every parameter is what was asked for or what came of it.

use std::os::unix::fs::MetadataExt;

use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

const CWD: i64 = libc::AT_FDCWD as i64;

pub fn dev_ino(path: &std::path::Path) -> (u32, u64) {
    let meta = std::fs::metadata(path).unwrap();
    let (major, minor) = (libc::major(meta.dev()), libc::minor(meta.dev()));
    ((minor & 0xff) | (major << 8) | ((minor & !0xff) << 12), meta.ino())
}

#[test]
fn opens() {
    if !peregrine_testkit::root("opens") {
        return;
    }
    let folder = Folder::new("opens");
    let file = folder.path("file");
    std::fs::write(&file, "x").unwrap();
    let (dev, ino) = dev_ino(&file);
    let mut watch = Watch::new(&["open", "openat", "openat2", "creat", "close"]);
    let path = c(&file);
    let mut fd = 0;
    // open, read only
    let seen = watch.own(|| {
        fd = call!(SYS_open, &path, libc::O_RDONLY | libc::O_CLOEXEC);
        call!(SYS_close, fd);
    });
    let open = [P::I64(fd), P::text(&file), P::U32(1 | 4096), P::U32(0), P::U32(dev), P::U64(ino)];
    Expected("open", open.to_vec()).check(&seen[0]);
    Expected("close", vec![P::I64(0), P::I64(fd)]).check(&seen[1]);
    let reported = seen[0].trailer().descriptor(fd).unwrap();
    assert_eq!((reported.dev, reported.ino, reported.payload), (dev, ino, path.as_bytes()));
    assert_eq!(reported.kind, 16, "a regular file");

    // openat relative to a folder; created; the same bits in mode and flags
    let dir = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    let seen = watch.own(|| {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_APPEND;
        fd = call!(SYS_openat, dir, &c("new"), flags, 0o4755);
        call!(SYS_close, fd);
    });
    let (dev, ino) = dev_ino(&folder.path("new"));
    let created = [
        P::I64(fd),
        P::I64(dir),
        P::text("new"),
        P::U32(3 | 4 | 32 | 8 | 16384),
        P::U32(0o4755),
        P::U32(dev),
        P::U64(ino),
    ];
    Expected("openat", created.to_vec()).check(&seen[0]);
    let reported = seen[0].trailer().descriptor(fd).unwrap();
    assert_eq!(reported.payload, c(folder.path("new")).as_bytes(), "the kernel's path");

    // through a symbolic link: the name as asked, the path as walked
    std::os::unix::fs::symlink(&file, folder.path("link")).unwrap();
    let seen = watch.own(|| fd = call!(SYS_openat, CWD, &c(folder.path("link")), 0));
    assert_eq!(seen[0].text(2), folder.path("link").to_str().unwrap());
    assert_eq!(seen[0].trailer().descriptor(fd).unwrap().payload, path.as_bytes());

    // failed: no file, no device, no descriptor
    let none = folder.path("none");
    watch.check(
        || {
            call!(SYS_openat, CWD, &c(&none), libc::O_WRONLY, 0o600);
            call!(SYS_openat, CWD, 1_usize, 0);
        },
        &[
            Expected(
                "openat",
                vec![
                    P::I64(-2),
                    P::I64(-100),
                    P::text(&none),
                    P::U32(2),
                    P::U32(0),
                    P::U32(0),
                    P::U64(0),
                ],
            ),
            Expected(
                "openat",
                vec![
                    P::I64(-14),
                    P::I64(-100),
                    P::Nothing,
                    P::U32(1),
                    P::U32(0),
                    P::U32(0),
                    P::U64(0),
                ],
            ),
        ],
    );

    // openat2 and creat
    let how = [u64::from(libc::O_RDONLY.cast_unsigned()), 0_u64, libc::RESOLVE_NO_SYMLINKS];
    let (dev, ino) = dev_ino(&file);
    let seen = watch.own(|| fd = call!(SYS_openat2, CWD, &path, how.as_ptr(), 24));
    let opened = [
        P::I64(fd),
        P::I64(-100),
        P::text(&file),
        P::U32(1),
        P::U32(0),
        P::U32(8),
        P::U32(dev),
        P::U64(ino),
    ];
    Expected("openat2", opened.to_vec()).check(&seen[0]);
    let seen = watch.own(|| fd = call!(SYS_creat, &c(folder.path("made")), 0o640));
    let (dev, ino) = dev_ino(&folder.path("made"));
    let made = [
        P::I64(fd),
        P::text(folder.path("made")),
        P::U32(0o640),
        P::U32(dev),
        P::U64(ino),
        P::U16(0),
    ];
    Expected("creat", made.to_vec()).check(&seen[0]);
}

#[test]
fn deep_and_long_paths() {
    if !peregrine_testkit::root("deep_and_long_paths") {
        return;
    }
    let folder = Folder::new("deep");
    let mut deep = folder.0.clone();
    for n in 0..60 {
        deep = deep.join(format!("{n:02}-{}", "x".repeat(40)));
    }
    std::fs::create_dir_all(&deep).unwrap();
    let file = deep.join("file");
    std::fs::write(&file, "").unwrap();
    // As many names as a path has room for, and a folder below that is longer than any.
    let mut deepest = c(&folder.0).into_bytes();
    while deepest.len() < 4000 {
        deepest.extend_from_slice(b"/d");
    }
    let deepest = std::ffi::CString::new(deepest).unwrap();
    std::fs::create_dir_all(deepest.to_str().unwrap()).unwrap();
    let held = call!(SYS_open, &deepest, libc::O_RDONLY);
    let long = c("y".repeat(200));
    assert_eq!(call!(SYS_mkdirat, held, &long, 0o700), 0);
    let longest = call!(SYS_openat, held, &long, libc::O_RDONLY);
    let mut watch = Watch::new(&["openat"]);
    let path = c(&file);
    let mut fds = [0; 3];
    let seen = watch.own(|| {
        fds[0] = call!(SYS_openat, CWD, &path, 0);
        fds[1] = call!(SYS_openat, held, &c("file"), libc::O_CREAT, 0o600);
        fds[2] = call!(SYS_openat, longest, &c("file"), libc::O_CREAT, 0o600);
    });
    let reported =
        |place: usize, fd| seen[place].trailer().descriptor(fd).unwrap().payload.to_vec();
    assert_eq!(seen[0].text(2), file.to_str().unwrap());
    assert_eq!(reported(0, fds[0]), path.as_bytes());
    assert_eq!(reported(1, held), deepest.as_bytes());
    assert_eq!(reported(1, fds[1]), [deepest.as_bytes(), b"/file"].concat());
    // Of what is too long nothing is reported.
    assert_eq!((reported(2, longest), reported(2, fds[2])), (Vec::new(), Vec::new()));
}

#[test]
fn changes() {
    if !peregrine_testkit::root("changes") {
        return;
    }
    let folder = Folder::new("changes");
    let p = |name: &str| folder.path(name);
    std::fs::write(p("a"), "").unwrap();
    let mut watch = Watch::new(&[
        "rename",
        "renameat",
        "renameat2",
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "unlink",
        "unlinkat",
        "chmod",
        "fchmod",
        "fchmodat",
        "chdir",
        "fchdir",
        "dup",
        "dup2",
        "dup3",
    ]);
    let dir = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    let [ok, d, cwd] = [P::I64(0), P::I64(dir), P::I64(CWD)];
    let t = |text: &str| P::text(text);
    watch.check(
        || {
            call!(SYS_rename, &c(p("a")), &c(p("b")));
            call!(SYS_renameat, dir, &c("b"), CWD, &c(p("c")));
            call!(SYS_renameat2, dir, &c("c"), dir, &c("d"), 1);
            call!(SYS_link, &c(p("d")), &c(p("e")));
            call!(SYS_linkat, dir, &c("d"), dir, &c("f"), libc::AT_SYMLINK_FOLLOW);
            call!(SYS_symlink, &c("d"), &c(p("s")));
            call!(SYS_symlinkat, &c("target"), dir, &c("s2"));
            call!(SYS_chmod, &c(p("d")), 0o4711);
            call!(SYS_fchmod, dir, 0o700);
            call!(SYS_fchmodat, dir, &c("d"), 0o600);
            call!(SYS_unlink, &c(p("e")));
            call!(SYS_unlinkat, dir, &c("f"), 0);
            call!(SYS_unlinkat, dir, &c("none"), libc::AT_REMOVEDIR);
            call!(SYS_chdir, &c(&folder.0));
            call!(SYS_fchdir, dir);
            call!(SYS_chdir, &c("/"));
        },
        &[
            Expected("rename", vec![ok.clone(), P::text(p("a")), P::text(p("b"))]),
            Expected("renameat", vec![ok.clone(), d.clone(), t("b"), cwd, P::text(p("c"))]),
            Expected(
                "renameat2",
                vec![ok.clone(), d.clone(), t("c"), d.clone(), t("d"), P::U32(1)],
            ),
            Expected("link", vec![ok.clone(), P::text(p("d")), P::text(p("e"))]),
            Expected(
                "linkat",
                vec![ok.clone(), d.clone(), t("d"), d.clone(), t("f"), P::U32(1024)],
            ),
            Expected("symlink", vec![ok.clone(), t("d"), P::text(p("s"))]),
            Expected("symlinkat", vec![ok.clone(), t("target"), d.clone(), t("s2")]),
            Expected("chmod", vec![ok.clone(), P::text(p("d")), P::U32(0o4711)]),
            Expected("fchmod", vec![ok.clone(), d.clone(), P::U32(0o700)]),
            Expected("fchmodat", vec![ok.clone(), d.clone(), t("d"), P::U32(0o600)]),
            Expected("unlink", vec![ok.clone(), P::text(p("e"))]),
            Expected("unlinkat", vec![ok.clone(), d.clone(), t("f"), P::U32(0)]),
            Expected("unlinkat", vec![P::I64(-2), d.clone(), t("none"), P::U32(512)]),
            Expected("chdir", vec![ok.clone(), P::text(&folder.0)]),
            Expected("fchdir", vec![ok.clone(), d.clone()]),
            Expected("chdir", vec![ok, t("/")]),
        ],
    );
    let mut new = 0;
    let seen = watch.own(|| {
        new = call!(SYS_dup, dir);
        call!(SYS_dup2, dir, 200);
        call!(SYS_dup3, dir, 201, libc::O_CLOEXEC);
        call!(SYS_dup2, 12345, 202);
    });
    Expected("dup", vec![P::I64(new), d.clone()]).check(&seen[0]);
    Expected("dup2", vec![P::I64(200), d.clone(), P::I64(200)]).check(&seen[1]);
    Expected("dup3", vec![P::I64(201), d, P::I64(201), P::U32(4096)]).check(&seen[2]);
    Expected("dup2", vec![P::I64(-9), P::I64(12345), P::I64(202)]).check(&seen[3]);
    let reported = seen[1].trailer().descriptor(200).unwrap();
    assert_eq!((reported.kind, reported.payload), (2, c(&folder.0).as_bytes()), "a folder");
}

#[test]
fn memory_files() {
    if !peregrine_testkit::root("memory_files") {
        return;
    }
    let mut watch = Watch::new(&["memfd_create", "dup"]);
    let mut fd = 0;
    let seen = watch.own(|| {
        fd = call!(SYS_memfd_create, &c("hidden"), 1);
        call!(SYS_dup, fd);
    });
    Expected("memfd_create", vec![P::I64(fd), P::text("hidden"), P::U32(1)]).check(&seen[0]);
    assert_eq!(seen[1].trailer().descriptor(seen[1].num(0)).unwrap().payload, b"memfd:hidden");
}
