//! Calls that ask for and change who a process is. Changes are made in a child.

use super::Row;
use crate::call;
use crate::watch::{Expected, P, Watch};

pub const ROWS: &[Row] = &[
    Row("getuid", getuid),
    Row("geteuid", geteuid),
    Row("getgid", getgid),
    Row("getegid", getegid),
    Row("getresuid", getresuid),
    Row("getresgid", getresgid),
    Row("setuid", setuid),
    Row("setgid", setgid),
    Row("setreuid", setreuid),
    Row("setregid", setregid),
    Row("setresuid", setresuid),
    Row("setresgid", setresgid),
];

/// One number.
fn reported(name: &'static str, id: u32) -> Expected {
    Expected(name, vec![P::U32(id)])
}

/// A result and numbers.
pub fn result(name: &'static str, res: i64, ids: &[u32]) -> Expected {
    let ids = ids.iter().map(|id| P::U32(*id));
    Expected(name, std::iter::once(P::I64(res)).chain(ids).collect())
}

fn getuid(watch: &mut Watch) {
    watch.check(|| _ = call!(SYS_getuid), &[reported("getuid", 0)]);
    let act = || {
        call!(SYS_setresuid, 70_001, 70_002, 0);
        call!(SYS_getuid);
    };
    watch.check_child(act, &[reported("getuid", 70_001)]);
}

fn geteuid(watch: &mut Watch) {
    watch.check(|| _ = call!(SYS_geteuid), &[reported("geteuid", 0)]);
    let act = || {
        call!(SYS_setresuid, 70_001, 70_002, 0);
        call!(SYS_geteuid);
    };
    watch.check_child(act, &[reported("geteuid", 70_002)]);
}

fn getgid(watch: &mut Watch) {
    watch.check(|| _ = call!(SYS_getgid), &[reported("getgid", 0)]);
    let act = || {
        call!(SYS_setresgid, 70_001, 70_002, 0);
        call!(SYS_getgid);
    };
    watch.check_child(act, &[reported("getgid", 70_001)]);
}

fn getegid(watch: &mut Watch) {
    watch.check(|| _ = call!(SYS_getegid), &[reported("getegid", 0)]);
    let act = || {
        call!(SYS_setresgid, 70_001, 70_002, 0);
        call!(SYS_getegid);
    };
    watch.check_child(act, &[reported("getegid", 70_002)]);
}

fn getresuid(watch: &mut Watch) {
    let mut ids = [9_u32; 3];
    let [one, two, three] = ids.each_mut().map(std::ptr::from_mut);
    let act = || {
        call!(SYS_setresuid, 70_001, 2, 0);
        call!(SYS_getresuid, one, two, three);
        call!(SYS_getresuid, 0, 0, 0);
    };
    let expected = [result("getresuid", 0, &[70_001, 2, 0]), result("getresuid", -14, &[0, 0, 0])];
    watch.check_child(act, &expected);
}

fn getresgid(watch: &mut Watch) {
    let mut ids = [9_u32; 3];
    let [one, two, three] = ids.each_mut().map(std::ptr::from_mut);
    let act = || {
        call!(SYS_setresgid, 70_001, 2, 0);
        call!(SYS_getresgid, one, two, three);
        call!(SYS_getresgid, one, 0, three);
    };
    let expected =
        [result("getresgid", 0, &[70_001, 2, 0]), result("getresgid", -14, &[70_001, 0, 0])];
    watch.check_child(act, &expected);
}

fn setuid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setuid, -1);
        call!(SYS_setuid, 65_534);
        call!(SYS_setuid, 70_000);
    };
    let expected = [
        result("setuid", -22, &[u32::MAX]),
        result("setuid", 0, &[65_534]),
        result("setuid", -1, &[70_000]),
    ];
    watch.check_child(act, &expected);
}

fn setgid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setgid, 70_000);
        call!(SYS_setgid, -1);
    };
    watch.check_child(act, &[result("setgid", 0, &[70_000]), result("setgid", -22, &[u32::MAX])]);
}

fn setreuid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setreuid, -1, 70_000);
        call!(SYS_setreuid, 3, 4);
    };
    let expected = [result("setreuid", 0, &[u32::MAX, 70_000]), result("setreuid", -1, &[3, 4])];
    watch.check_child(act, &expected);
}

fn setregid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setregid, 70_000, -1);
        call!(SYS_setuid, 1);
        call!(SYS_setregid, 3, 4);
    };
    let expected = [result("setregid", 0, &[70_000, u32::MAX]), result("setregid", -1, &[3, 4])];
    watch.check_child(act, &expected);
}

fn setresuid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setresuid, 70_000, 2, 3);
        call!(SYS_setresuid, -1, -1, 9);
    };
    let expected = [
        result("setresuid", 0, &[70_000, 2, 3]),
        result("setresuid", -1, &[u32::MAX, u32::MAX, 9]),
    ];
    watch.check_child(act, &expected);
}

fn setresgid(watch: &mut Watch) {
    let act = || {
        call!(SYS_setresgid, 70_000, -1, 3);
        call!(SYS_setuid, 1);
        call!(SYS_setresgid, 9, 9, 9);
    };
    let expected =
        [result("setresgid", 0, &[70_000, u32::MAX, 3]), result("setresgid", -1, &[9, 9, 9])];
    watch.check_child(act, &expected);
}
