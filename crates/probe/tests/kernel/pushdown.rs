//! What the kernel leaves out, and what it must not.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::symlink;

use peregrine_event::{Event, SyscallSet, syscalls};
use peregrine_kfilter::{Goto, NameTest, Pushdown, Step, Test, kinds};
use peregrine_probe::{Attach, Options, Probe};

/// Names of the files whose opening was reported.
fn reported(probe: &mut Probe, act: impl FnOnce()) -> Vec<String> {
    let me = std::process::id();
    probe.drain_all(&mut |_| {});
    act();
    let mut names = Vec::new();
    probe.drain_all(&mut |record| {
        let event = Event::parse(1, record).unwrap();
        let own = event.trailer.origin().is_some_and(|origin| origin.pid == me);
        if own && event.view.info().name == "openat" {
            names.push(String::from_utf8_lossy(event.view.str(2).unwrap()).into_owned());
        }
    });
    names
}

fn step(test: Test, yes: Goto, no: Goto) -> Step {
    Step { test, not: false, yes, no }
}

#[test]
fn the_kernel_leaves_out_what_cannot_match() {
    let test = "the_kernel_leaves_out_what_cannot_match";
    if !peregrine_testkit::root(test) || !peregrine_testkit::whole_root(test) {
        return;
    }
    let scratch = peregrine_testkit::Folder::new("left-out");
    let folder = scratch.path().to_path_buf();
    fs::create_dir_all(folder.join("below")).unwrap();
    let path = |name: &str| folder.join(name);
    let text = |name: &str| path(name).display().to_string();
    for name in ["secret", "other", "below/x", "written", "linked-twice"] {
        fs::write(path(name), "x").unwrap();
    }
    symlink(path("secret"), path("points")).unwrap();
    fs::hard_link(path("linked-twice"), path("twice")).unwrap();
    // A folder, or a name of the set, or a name that failed and is not /nothing.
    let set = vec![
        NameTest::Exact(text("secret").into_bytes()),
        NameTest::Prefix(text("below/").into_bytes()),
        NameTest::Suffix(b"a-long-ending.pem".to_vec()),
        NameTest::Filename(b"key".to_vec()),
    ];
    let steps = vec![
        step(Test::Kind(kinds::DIRECTORY), Goto::Pass, Goto::Step(1)),
        step(Test::Name(set), Goto::Pass, Goto::Step(2)),
        step(Test::Flags(2), Goto::Step(3), Goto::Drop),
        step(Test::ResultBelow(0), Goto::Pass, Goto::Drop),
    ];
    let call = syscalls::by_name("openat").unwrap().id;
    let pushdown = Pushdown { calls: vec![(call, steps)] };
    let mut probe = Probe::load(&Options { ring_bytes: 1 << 20, ..Options::default() }).unwrap();
    probe.set_filtered(&[call].into_iter().collect::<SyscallSet>(), &pushdown).unwrap();
    probe.attach(Attach::Watch).unwrap();
    let open = |name: &str| drop(File::open(path(name)));
    let named = |names: &[&str]| names.iter().map(|name| text(name)).collect::<Vec<_>>();
    let seen = reported(&mut probe, || {
        for name in [
            "secret",
            "other",
            "points",
            "below/x",
            "below/none",
            "none",
            "",
            "linked-twice",
            "./other",
            "key",
            "x.a-long-ending.pem",
            "x.b-other.pem",
        ] {
            open(name);
        }
        drop(OpenOptions::new().write(true).open(path("none")));
        drop(OpenOptions::new().write(true).open(path("written")));
    });
    let mut expected = named(&[
        "secret",
        "points",
        "below/x",
        "below/none",
        "",
        "linked-twice",
        "./other",
        "key",
        "x.a-long-ending.pem",
    ]);
    expected.push(text("none"));
    assert_eq!(seen, expected);
    let filtered = probe.filtered().unwrap();
    let count = filtered.iter().find(|(call, _)| *call == "openat").unwrap().1;
    assert!(count >= 4, "{filtered:?}");
    // Relative names are known by where the kernel found them.
    let before = std::env::current_dir().unwrap();
    let seen = reported(&mut probe, || {
        std::env::set_current_dir(&folder).unwrap();
        for name in ["secret", "other", "below/x", "points", "below/../other"] {
            drop(File::open(name));
        }
    });
    std::env::set_current_dir(before).unwrap();
    assert_eq!(seen, ["secret", "below/x", "points", "below/../other"]);
    // Another set of rules, at once; and one without a filter.
    let nothing = Pushdown { calls: vec![(call, Vec::new())] };
    let wanted: SyscallSet = [call].into_iter().collect();
    probe.set_filtered(&wanted, &nothing).unwrap();
    assert_eq!(reported(&mut probe, || open("secret")), Vec::<String>::new());
    probe.set_interest(&wanted).unwrap();
    assert_eq!(reported(&mut probe, || open("other")), named(&["other"]));
    assert_eq!(probe.losses().unwrap().total(), 0);
    fs::remove_dir_all(folder).unwrap();
}

/// A relative name is judged by the folder's own name only where nobody knows that by another.
#[test]
fn a_folder_reached_through_a_link_hides_nothing() {
    let test = "a_folder_reached_through_a_link_hides_nothing";
    if !peregrine_testkit::root(test) || !peregrine_testkit::whole_root(test) {
        return;
    }
    let scratch = peregrine_testkit::Folder::new("reached");
    let folder = scratch.path().to_path_buf();
    for below in ["plain", "entered", "opened", "inner", "far/same", "near", "deep/er"] {
        fs::create_dir_all(folder.join(below)).unwrap();
        fs::write(folder.join(below).join("x"), "x").unwrap();
    }
    for (link, to) in [("in", "entered"), ("by", "opened"), ("near/same", "far/same")] {
        symlink(folder.join(to), folder.join(link)).unwrap();
    }
    let calls = ["openat", "chdir"].map(|name| syscalls::by_name(name).unwrap().id);
    let set = vec![NameTest::Prefix(b"/somewhere/else/".to_vec())];
    let steps = vec![
        step(Test::Kind(kinds::DIRECTORY), Goto::Pass, Goto::Step(1)),
        step(Test::Name(set), Goto::Pass, Goto::Drop),
    ];
    let pushdown = Pushdown { calls: vec![(calls[0], steps)] };
    let mut probe = Probe::load(&Options { ring_bytes: 1 << 20, ..Options::default() }).unwrap();
    probe.set_filtered(&calls.into_iter().collect::<SyscallSet>(), &pushdown).unwrap();
    probe.attach(Attach::Watch).unwrap();
    let before = std::env::current_dir().unwrap();
    // Where to go, in steps; what is opened there; whether it is reported.
    let cases: [(&[&str], &str, bool); 14] = [
        (&["plain"], "x", false),
        (&["plain"], "./x", false),
        (&["plain"], "../plain/x", true),
        (&["", "plain"], "x", false),
        (&["", "./plain/"], "x", false),
        (&["deep", "er"], "x", false),
        (&["deep"], "er/x", false),
        (&["in"], "x", true),
        // Nobody unlearns the name.
        (&["entered"], "x", true),
        (&["near"], "same/x", true),
        (&["near", "same"], "x", false),
        (&[""], "near/same/x", true),
        (&["by", "."], "x", true),
        (&["plain", "../inner"], "x", true),
    ];
    for (steps, name, is_told) in cases {
        let seen = reported(&mut probe, || {
            let mut steps = steps.iter();
            std::env::set_current_dir(folder.join(steps.next().unwrap())).unwrap();
            for step in steps {
                std::env::set_current_dir(step).unwrap();
            }
            drop(File::open(name).unwrap());
        });
        assert_eq!(!seen.is_empty(), is_told, "{steps:?}, then {name}: {seen:?}");
    }
    std::env::set_current_dir(before).unwrap();
    let below = |dir: &str, name: &str| {
        use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
        let dir = File::open(folder.join(dir)).unwrap();
        let name = std::ffi::CString::new(name).unwrap();
        // SAFETY: the name is a text with its NUL; the descriptor that comes is nobody else's.
        unsafe {
            let fd = libc::openat(dir.as_raw_fd(), name.as_ptr(), libc::O_RDONLY);
            assert!(fd >= 0, "{name:?}");
            drop(OwnedFd::from_raw_fd(fd));
        }
    };
    for (dir, name, is_told) in [
        ("deep/er", "x", false),
        ("deep/", "er/x", false),
        ("near", "same/x", true),
        ("by", "x", true),
        ("opened", "x", true),
    ] {
        let seen = reported(&mut probe, || below(dir, name));
        assert_eq!(seen.iter().any(|seen| seen == name), is_told, "{dir}, {name}: {seen:?}");
    }
    assert_eq!(probe.losses().unwrap().total(), 0);
    fs::remove_dir_all(folder).unwrap();
}
