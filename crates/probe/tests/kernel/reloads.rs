//! Other calls are wanted while programs run: what is missing is loaded, and nothing is lost.

use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::call;
use crate::watch::{Folder, Seen, Watch};

/// Names of the calls that were reported, each as often as it came.
fn names(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.name.as_str()).collect()
}

/// Puts away or takes back what root may do, of this thread only.
fn mighty(yes: bool) {
    let head = [0x2008_0522_u32, 0];
    let mut sets = [0_u32; 6];
    assert_eq!(call!(SYS_capget, head.as_ptr(), sets.as_mut_ptr()), 0);
    for half in [0, 3] {
        sets[half] = if yes { sets[half + 1] } else { 0 };
    }
    assert_eq!(call!(SYS_capset, head.as_ptr(), sets.as_ptr()), 0);
}

#[test]
fn programs_come_with_the_calls_that_want_them() {
    if !peregrine_testkit::root("programs_come_with_the_calls_that_want_them") {
        return;
    }
    let folder = Folder::new("reloads");
    let act = || {
        drop(File::open(folder.path("none")));
        fs::create_dir(folder.path("made")).unwrap();
        fs::remove_dir(folder.path("made")).unwrap();
        let file = File::create(folder.path("file")).unwrap();
        drop(file);
    };
    let mut watch = Watch::new(&["mkdir"]);
    assert_eq!(names(&watch.own(act)), ["mkdir"]);
    // Further ones, one of which has a program of its own beside that of the call.
    watch.want(&["mkdir", "rmdir", "close"]);
    let seen = watch.own(act);
    assert_eq!(names(&seen), ["mkdir", "rmdir", "close"]);
    let closed = seen[2].trailer().descriptor(seen[2].num(1)).unwrap();
    assert_eq!(closed.payload, folder.path("file").to_string_lossy().as_bytes());
    // Some without what was there, a call nobody decodes, and none.
    watch.want(&["openat", "sync"]);
    let seen = watch.own(|| {
        act();
        call!(SYS_sync);
    });
    assert_eq!(names(&seen), ["openat", "openat", "syscall"]);
    watch.want(&[]);
    assert!(names(&watch.own(act)).is_empty());
    watch.want(&["rmdir", "mkdir"]);
    assert_eq!(names(&watch.own(act)), ["mkdir", "rmdir"]);
}

#[test]
fn nothing_is_lost_while_others_are_wanted() {
    if !peregrine_testkit::root("nothing_is_lost_while_others_are_wanted") {
        return;
    }
    let mut watch = Watch::new(&["setpgid"]);
    let stop = AtomicBool::new(false);
    let mut made = 0;
    let seen = watch.all_while(|watch| {
        std::thread::scope(|scope| {
            let busy = scope.spawn(|| {
                let mut made = 0_i64;
                while !stop.load(Ordering::Relaxed) {
                    made += 1;
                    call!(SYS_setpgid, -made, 0);
                    call!(SYS_rmdir, c"/none/at/all".as_ptr());
                    // What comes is to fit into the ring.
                    std::thread::sleep(std::time::Duration::from_micros(20));
                }
                made
            });
            for more in [&["rmdir"][..], &["rmdir", "close", "linkat"], &[], &["mkdir", "rmdir"]] {
                watch.try_want(&[&["setpgid"], more].concat()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            stop.store(true, Ordering::Relaxed);
            made = busy.join().unwrap();
        });
    });
    let me = i64::from(std::process::id());
    let own: Vec<&Seen> = seen.iter().filter(|seen| seen.pid == me).collect();
    let reported = own.iter().filter(|seen| seen.name == "setpgid").map(|seen| -seen.num(1));
    assert!(reported.eq(1..=made), "every setpgid once and in order");
    // A call is wanted only once its program is there: none is reported as one nobody decodes.
    assert!(own.iter().all(|seen| seen.name != "syscall"));
    assert!(own.iter().any(|seen| seen.name == "rmdir"));
}

#[test]
fn what_cannot_be_wanted_changes_nothing() {
    if !peregrine_testkit::root("what_cannot_be_wanted_changes_nothing") {
        return;
    }
    let folder = Folder::new("refused");
    let act = || {
        fs::create_dir(folder.path("made")).unwrap();
        fs::remove_dir(folder.path("made")).unwrap();
        drop(File::open(folder.path("none")));
    };
    let mut watch = Watch::new(&["mkdir"]);
    mighty(false);
    let refused = watch.try_want(&["rmdir", "close"]);
    mighty(true);
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("load the kernel object capture"), "{text}");
    assert_eq!(names(&watch.own(act)), ["mkdir"]);
    watch.want(&["rmdir"]);
    assert_eq!(names(&watch.own(act)), ["rmdir"]);
}
