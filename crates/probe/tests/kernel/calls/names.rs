//! Calls that take the names of files and change what they name.

use super::Row;
use super::reported::{CWD, NO_FD, NOWHERE, reported};
use crate::call;
use crate::watch::{Folder, Watch, c};

pub const ROWS: &[Row] = &[
    Row("rename", rename),
    Row("renameat", renameat),
    Row("renameat2", renameat2),
    Row("link", link),
    Row("linkat", linkat),
    Row("symlink", symlink),
    Row("symlinkat", symlinkat),
    Row("unlink", unlink),
    Row("unlinkat", unlinkat),
    Row("chmod", chmod),
    Row("fchmodat", fchmodat),
    Row("chdir", chdir),
];

/// A folder with the file `old`, the paths of `old` and `new` in it, and its descriptor.
struct Names {
    folder: Folder,
    old: std::path::PathBuf,
    new: std::path::PathBuf,
    dir: i64,
}

fn names() -> Names {
    let folder = Folder::new("row");
    let (old, new) = (folder.path("old"), folder.path("new"));
    std::fs::write(&old, "").unwrap();
    let dir = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
    assert!(dir > 0);
    Names { folder, old, new, dir }
}

impl Drop for Names {
    fn drop(&mut self) {
        call!(SYS_close, self.dir);
    }
}

fn rename(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_rename, &c(&n.old), &c(&n.new));
        call!(SYS_rename, &c(&n.old), NOWHERE);
        vec![reported!("rename", 0_i64, &n.old, &n.new), reported!("rename", -14_i64, &n.old, ())]
    });
}

fn renameat(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_renameat, n.dir, &c("old"), CWD, &c(&n.new));
        call!(SYS_renameat, NO_FD, &c("old"), -1, &c("new"));
        call!(SYS_renameat, CWD, NOWHERE, n.dir, NOWHERE);
        vec![
            reported!("renameat", 0_i64, n.dir, "old", CWD, &n.new),
            reported!("renameat", -9_i64, NO_FD, "old", -1_i64, "new"),
            reported!("renameat", -14_i64, CWD, (), n.dir, ()),
        ]
    });
}

fn renameat2(watch: &mut Watch) {
    let n = names();
    std::fs::write(&n.new, "").unwrap();
    watch.see(|| {
        // They change places.
        call!(SYS_renameat2, n.dir, &c("old"), CWD, &c(&n.new), 2);
        call!(SYS_renameat2, n.dir, &c("old"), n.dir, &c("new"), 1);
        call!(SYS_renameat2, CWD, &c(&n.old), CWD, NOWHERE, 3);
        vec![
            reported!("renameat2", 0_i64, n.dir, "old", CWD, &n.new, 2_u32),
            reported!("renameat2", -17_i64, n.dir, "old", n.dir, "new", 1_u32),
            reported!("renameat2", -22_i64, CWD, &n.old, CWD, (), 3_u32),
        ]
    });
}

fn link(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_link, &c(&n.old), &c(&n.new));
        call!(SYS_link, &c(&n.old), &c(&n.new));
        call!(SYS_link, NOWHERE, &c(&n.new));
        vec![
            reported!("link", 0_i64, &n.old, &n.new),
            reported!("link", -17_i64, &n.old, &n.new),
            reported!("link", -14_i64, (), &n.new),
        ]
    });
}

fn linkat(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_linkat, n.dir, &c("old"), CWD, &c(&n.new), libc::AT_SYMLINK_FOLLOW);
        call!(SYS_linkat, CWD, &c(&n.old), n.dir, &c("new"), -1);
        call!(SYS_linkat, -1, NOWHERE, NO_FD, NOWHERE, libc::AT_EMPTY_PATH);
        vec![
            reported!("linkat", 0_i64, n.dir, "old", CWD, &n.new, 1024_u32),
            reported!("linkat", -22_i64, CWD, &n.old, n.dir, "new", 5120_u32),
            reported!("linkat", -14_i64, -1_i64, (), NO_FD, (), 4096_u32),
        ]
    });
}

fn symlink(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_symlink, &c("to nowhere"), &c(&n.new));
        call!(SYS_symlink, &c("to nowhere"), &c(&n.old));
        call!(SYS_symlink, NOWHERE, &c(&n.new));
        vec![
            reported!("symlink", 0_i64, "to nowhere", &n.new),
            reported!("symlink", -17_i64, "to nowhere", &n.old),
            reported!("symlink", -14_i64, (), &n.new),
        ]
    });
}

fn symlinkat(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_symlinkat, &c("to nowhere"), n.dir, &c("new"));
        call!(SYS_symlinkat, &c("to nowhere"), NO_FD, &c("new"));
        call!(SYS_symlinkat, &c("to nowhere"), CWD, NOWHERE);
        vec![
            reported!("symlinkat", 0_i64, "to nowhere", n.dir, "new"),
            reported!("symlinkat", -9_i64, "to nowhere", NO_FD, "new"),
            reported!("symlinkat", -14_i64, "to nowhere", CWD, ()),
        ]
    });
}

fn unlink(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_unlink, &c(&n.old));
        call!(SYS_unlink, &c(&n.folder.0));
        call!(SYS_unlink, NOWHERE);
        vec![
            reported!("unlink", 0_i64, &n.old),
            reported!("unlink", -21_i64, &n.folder.0),
            reported!("unlink", -14_i64, ()),
        ]
    });
}

fn unlinkat(watch: &mut Watch) {
    let n = names();
    std::fs::create_dir(&n.new).unwrap();
    watch.see(|| {
        call!(SYS_unlinkat, n.dir, &c("new"), libc::AT_REMOVEDIR);
        call!(SYS_unlinkat, CWD, &c(&n.old), 0);
        call!(SYS_unlinkat, CWD, &c(&n.old), -1);
        call!(SYS_unlinkat, NO_FD, NOWHERE, 0);
        vec![
            reported!("unlinkat", 0_i64, n.dir, "new", 512_u32),
            reported!("unlinkat", 0_i64, CWD, &n.old, 0_u32),
            reported!("unlinkat", -22_i64, CWD, &n.old, 512_u32),
            reported!("unlinkat", -14_i64, NO_FD, (), 0_u32),
        ]
    });
}

fn chmod(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_chmod, &c(&n.old), 0o6755);
        call!(SYS_chmod, &c(&n.new), 0);
        call!(SYS_chmod, NOWHERE, -1);
        vec![
            reported!("chmod", 0_i64, &n.old, 0o6755_u32),
            reported!("chmod", -2_i64, &n.new, 0_u32),
            reported!("chmod", -14_i64, (), 0o7777_u32),
        ]
    });
}

fn fchmodat(watch: &mut Watch) {
    let n = names();
    watch.see(|| {
        call!(SYS_fchmodat, n.dir, &c("old"), 0o4700);
        call!(SYS_fchmodat, NO_FD, &c("old"), -1);
        call!(SYS_fchmodat, CWD, NOWHERE, 0o600);
        vec![
            reported!("fchmodat", 0_i64, n.dir, "old", 0o4700_u32),
            reported!("fchmodat", -9_i64, NO_FD, "old", 0o7777_u32),
            reported!("fchmodat", -14_i64, CWD, (), 0o600_u32),
        ]
    });
}

fn chdir(watch: &mut Watch) {
    let n = names();
    let back = std::env::current_dir().unwrap();
    watch.see(|| {
        call!(SYS_chdir, &c(&n.folder.0));
        call!(SYS_chdir, &c("old"));
        call!(SYS_chdir, NOWHERE);
        vec![
            reported!("chdir", 0_i64, &n.folder.0),
            reported!("chdir", -20_i64, "old"),
            reported!("chdir", -14_i64, ()),
        ]
    });
    std::env::set_current_dir(back).unwrap();
}
