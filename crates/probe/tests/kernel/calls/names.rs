//! Calls that take the names of files and change what they name.

use super::Row;
use crate::call;
use crate::watch::{Expected, Folder, P, Watch, c};

pub const ROWS: &[Row] = &[Row("rename", rename)];

fn rename(watch: &mut Watch) {
    let folder = Folder::new("row");
    let (old, new) = (folder.path("old"), folder.path("new"));
    std::fs::write(&old, "").unwrap();
    watch.check(
        || {
            call!(SYS_rename, &c(&old), &c(&new));
            call!(SYS_rename, &c(&old), 1_usize);
        },
        &[
            Expected("rename", vec![P::I64(0), P::text(&old), P::text(&new)]),
            Expected("rename", vec![P::I64(-14), P::text(&old), P::Nothing]),
        ],
    );
}
