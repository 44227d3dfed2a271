//! What the kernel leaves out by who calls and by what the descriptor is: whoever changed just before
//! is never taken for what it was.

use std::cell::Cell;
use std::ffi::CStr;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use peregrine_event::{Event, EventType, SyscallSet, syscalls};
use peregrine_kfilter::{Goto, Pushdown, Step, Test, Whose};
use peregrine_probe::{Attach, Options, Probe};

use crate::call;
use crate::cgroups::hierarchy;
use crate::watch::{Folder, c, call, end_of, fork, six};

const TELLS: [&str; 9] =
    ["clone", "clone3", "fork", "vfork", "execve", "execveat", "setuid", "setreuid", "setresuid"];
/// None of the paths is there: only the asking counts.
const FOLDER: &str = "/peregrine-facts/";

/// Watches calls, of which only those that pass a test are reported.
struct Filter {
    probe: Probe,
    wanted: SyscallSet,
}

fn ids(names: &[&str]) -> SyscallSet {
    names.iter().map(|name| syscalls::by_name(name).unwrap().id).collect()
}

impl Filter {
    fn new(calls: &[&str]) -> Self {
        let wanted = ids(&TELLS).union(&ids(calls));
        let mut probe =
            Probe::load(&Options { ring_bytes: 4 << 20, ..Options::default() }).unwrap();
        probe.set_interest(&wanted).unwrap();
        probe.attach(Attach::Watch).unwrap();
        Self { probe, wanted }
    }

    fn set(&mut self, calls: &[&str], test: Test, not: bool) {
        let step = Step { test, not, yes: Goto::Pass, no: Goto::Drop };
        let calls = ids(calls).iter().map(|call| (call, vec![step.clone()])).collect();
        self.probe.set_filtered(&self.wanted, &Pushdown { calls }).unwrap();
        self.probe.drain_all(&mut |_| {});
    }

    /// The last letters of the paths that were asked for below the folder of this test.
    fn opened(&mut self, test: Test, not: bool, act: impl FnOnce()) -> String {
        self.set(&["openat"], test, not);
        act();
        let mut seen = String::new();
        self.probe.drain_all(&mut |record| {
            let event = Event::parse(1, record).unwrap();
            if event.view.info().name == "openat"
                && let Some(end) = event.view.str(2).unwrap().strip_prefix(FOLDER.as_bytes())
            {
                seen.push_str(std::str::from_utf8(end).unwrap());
            }
        });
        seen
    }
}

fn open(path: &CStr) {
    call(libc::SYS_openat, six(&[(-100_isize).cast_unsigned(), path.as_ptr().addr(), 0]));
}

fn rename(name: &CStr) {
    call(libc::SYS_prctl, six(&[15, name.as_ptr().addr()]));
}

/// A child that acts and is waited for.
fn child(act: impl FnOnce()) {
    end_of(fork(act));
}

fn named(whose: Whose, name: &str) -> Test {
    Test::ProcessName(whose, vec![b"never-this-one".to_vec(), name.as_bytes().to_vec()])
}

#[test]
fn names_as_they_were_told() {
    if !peregrine_testkit::root("names_as_they_were_told") {
        return;
    }
    let mut filter = Filter::new(&["openat"]);
    let act = || {
        child(|| {
            rename(c"one");
            child(|| {
                open(c"/peregrine-facts/a");
                rename(c"two");
                open(c"/peregrine-facts/b");
                rename(c"one");
                open(c"/peregrine-facts/c");
                rename(c"three");
                open(c"/peregrine-facts/d");
                // Reported anew.
                child(|| open(c"/peregrine-facts/e"));
            });
        });
        let program = [": < /peregrine-facts/f"];
        let shell = Command::new("/bin/sh").arg("-c").args(program).stderr(Stdio::null()).status();
        assert!(!shell.unwrap().success());
    };
    let mut seen = |name, not| filter.opened(named(Whose::Own, name), not, act);
    assert_eq!(seen("one", false), "abcd");
    assert_eq!(seen("two", false), "bcd");
    assert_eq!(seen("three", false), "de");
    assert_eq!(seen("sh", false), "df");
    assert_eq!(seen("nobody", false), "d");
    assert_eq!(seen("one", true), "bcdef");
    assert_eq!(seen("three", true), "abcdf");
    let filtered = filter.probe.filtered().unwrap();
    assert!(filtered.iter().any(|(call, count)| *call == "openat" && *count >= 15), "{filtered:?}");
    assert_eq!(filter.probe.losses().unwrap().total(), 0);
}

#[test]
fn processes_above() {
    if !peregrine_testkit::root("processes_above") {
        return;
    }
    let mut filter = Filter::new(&["openat"]);
    let act = || {
        child(|| {
            rename(c"one");
            child(|| {
                child(|| open(c"/peregrine-facts/a"));
                rename(c"two");
                let (mut done, orphan) = std::io::pipe().unwrap();
                child(|| {
                    open(c"/peregrine-facts/b");
                    // Its parent is gone, and who is it now. Not before it was reported.
                    let (mut begun, begins) = std::io::pipe().unwrap();
                    fork(|| {
                        call(libc::SYS_close, six(&[usize::try_from(begins.as_raw_fd()).unwrap()]));
                        while call(libc::SYS_getppid, [0; 6]) != 1 {
                            call(libc::SYS_sched_yield, [0; 6]);
                        }
                        open(c"/peregrine-facts/c");
                    });
                    drop(begins);
                    assert_eq!(begun.read(&mut [0]).unwrap(), 0);
                });
                // Nobody waits for the orphan; it is done when it has closed its end.
                drop(orphan);
                assert_eq!(done.read(&mut [0]).unwrap(), 0);
            });
        });
    };
    let mut seen = |whose, name| filter.opened(named(whose, name), false, act);
    assert_eq!(seen(Whose::Parent, "one"), "abc");
    assert_eq!(seen(Whose::Parent, "two"), "bc");
    assert_eq!(seen(Whose::Parent, "nobody"), "c");
    // Further up stands one that was started as this test was, and was called after it.
    assert_eq!(seen(Whose::Above, "one"), "abc");
    // Where the kernel shows nobody the first process, nothing is known of it.
    let mut first = false;
    peregrine_probe::snapshot(&mut |record| {
        let view = Event::parse(0, record).unwrap().view;
        first |= view.tid() == 1 && view.event_type() == EventType::ITER_TASK_E;
    })
    .unwrap();
    assert_eq!(seen(Whose::Above, "nobody"), if first { "c" } else { "abc" });
}

#[test]
fn users_as_they_are() {
    if !peregrine_testkit::root("users_as_they_are") {
        return;
    }
    let mut filter = Filter::new(&["openat"]);
    let act = || {
        child(|| {
            open(c"/peregrine-facts/a");
            call!(SYS_setresuid, -1, 4321, -1);
            open(c"/peregrine-facts/b");
            child(|| open(c"/peregrine-facts/c"));
        });
    };
    let mut seen = |from, to| filter.opened(Test::Uid { from, to }, false, act);
    assert_eq!(seen(0, 0), "ab");
    assert_eq!(seen(4000, 5000), "bc");
    assert_eq!(seen(1, 2), "b");
}

#[test]
fn containers_and_the_host() {
    if !peregrine_testkit::root("containers_and_the_host") {
        return;
    }
    let own = Folder::new("placed");
    let (root, unified) = hierarchy(&own);
    let group = root.join(format!("peregrine-placed-{}", std::process::id()));
    std::fs::create_dir_all(&group).unwrap();
    let mut filter = Filter::new(&["openat"]);
    let number = |folder: &std::path::Path| folder.metadata().unwrap().ino();
    filter.probe.set_container(number(&root), false).unwrap();
    filter.probe.set_container(number(&group), true).unwrap();
    let to = c(group.join("cgroup.procs"));
    let act = || {
        child(|| {
            open(c"/peregrine-facts/a");
            let file =
                call(libc::SYS_openat, six(&[(-100_isize).cast_unsigned(), to.as_ptr().addr(), 1]));
            call(libc::SYS_write, six(&[usize::try_from(file).unwrap(), c"0".as_ptr().addr(), 1]));
            open(c"/peregrine-facts/b");
            child(|| open(c"/peregrine-facts/c"));
        });
    };
    let inside = filter.opened(Test::Container, false, act);
    let outside = filter.opened(Test::Container, true, act);
    if unified {
        assert_eq!((inside.as_str(), outside.as_str()), ("bc", "ab"));
    } else {
        // Groups of old hierarchies can change their names: nothing is known of them.
        assert_eq!((inside.as_str(), outside.as_str()), ("abc", "abc"));
    }
    std::fs::remove_dir(&group).unwrap();
    if unified {
        assert_eq!(call!(SYS_umount2, &c(&own.0), 0), 0);
    }
}

/// Which of the descriptors were reported.
fn written(filter: &mut Filter, test: Test, not: bool, all: &[(char, i32)]) -> String {
    filter.set(&["write", "sendto"], test, not);
    for (_, fd) in all {
        let text = b"x";
        call(libc::SYS_write, six(&[usize::try_from(*fd).unwrap(), text.as_ptr().addr(), 1]));
    }
    let me = std::process::id();
    let seen = Cell::new(String::new());
    filter.probe.drain_all(&mut |record| {
        let event = Event::parse(1, record).unwrap();
        if event.view.info().name != "write" || event.trailer.origin().unwrap().pid != me {
            return;
        }
        let reported = all.iter().find(|(_, fd)| event.view.i64(2) == Some((*fd).into()));
        let mut text = seen.take();
        text.extend(reported.map(|(letter, _)| *letter));
        seen.set(text);
    });
    seen.take()
}

#[test]
fn descriptors_and_their_ends() {
    if !peregrine_testkit::root("descriptors_and_their_ends") {
        return;
    }
    let folder = Folder::new("ends");
    let file = std::fs::File::create(folder.path("file")).unwrap();
    let (unix, _other) = UnixStream::pair().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let four = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = listener.accept().unwrap().0;
    let listener6 = TcpListener::bind("[::1]:0").unwrap();
    let six6 = TcpStream::connect(listener6.local_addr().unwrap()).unwrap();
    let unmet = UdpSocket::bind("127.0.0.1:0").unwrap();
    let met = UdpSocket::bind("127.0.0.1:0").unwrap();
    met.connect(unmet.local_addr().unwrap()).unwrap();
    // SAFETY: makes a descriptor that the end of the test takes away.
    let memory = unsafe { libc::memfd_create(c"x".as_ptr(), 0) };
    let all = [
        ('f', file.as_raw_fd()),
        ('m', memory),
        ('u', unix.as_raw_fd()),
        ('4', four.as_raw_fd()),
        ('s', server.as_raw_fd()),
        ('6', six6.as_raw_fd()),
        ('l', unmet.as_raw_fd()),
        ('d', met.as_raw_fd()),
        // Closed, or never open.
        ('-', 4000),
    ];
    let mut filter = Filter::new(&["write", "sendto"]);
    let mut seen = |test: Test| {
        let other = written(&mut filter, test.clone(), true, &all);
        (written(&mut filter, test, false, &all), other)
    };
    let both = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(seen(Test::FdKind(1 << 16)), both("fm-", "mu4s6ld-"));
    assert_eq!(seen(Test::FdKind(1 << 3 | 1 << 5)), both("4sld-", "fmu6l-"));
    assert_eq!(seen(Test::FdKind(1 << 4)), both("6l-", "fmu4sld-"));
    assert_eq!(seen(Test::FdKind(1 << 8)), both("u-", "fm4s6ld-"));
    assert_eq!(seen(Test::Transport(1 << 3)), both("ld-", "fmu4s6l-"));
    assert_eq!(seen(Test::Unmet), both("l-", "fmu4s6d-"));
    let port = listener.local_addr().unwrap().port();
    let of = |from, to, either| Test::Port { from, to, either };
    assert_eq!(seen(of(port, port, true)), both("4sl-", "fmu6ld-"));
    assert_eq!(seen(of(port, port, false)), both("4sl-", "fmu4s6ld-"));
    assert_eq!(seen(of(0, u16::MAX, false)), both("4s6ld-", "fmul-"));
    assert_eq!(seen(of(0, 0, false)), both("l-", "fmu4s6ld-"));
    let net = |net: &str, prefix, either| Test::Net { net: net.parse().unwrap(), prefix, either };
    assert_eq!(seen(net("127.0.0.0", 8, false)), both("4sld-", "fmu6l-"));
    assert_eq!(seen(net("::", 0, true)), both("6l-", "fmu4sld-"));
    assert_eq!(seen(net("10.0.0.0", 8, true)), both("l-", "fmu4s6ld-"));
    // SAFETY: it is ours.
    unsafe { libc::close(memory) };

    // A message with an address may go elsewhere: the end the socket is connected to says nothing of it.
    let far = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = far.local_addr().unwrap().port();
    filter.set(&["write", "sendto"], of(port, port, false), false);
    met.send_to(b"x", far.local_addr().unwrap()).unwrap();
    let fd = i64::from(met.as_raw_fd());
    let mut ports = Vec::new();
    filter.probe.drain_all(&mut |record| {
        let event = Event::parse(1, record).unwrap();
        if event.view.info().name == "sendto" && event.view.i64(2) == Some(fd) {
            ports.push(event.view.param(4).unwrap()[11..].to_vec());
        }
    });
    assert_eq!(ports, [port.to_le_bytes().to_vec()]);
}
