//! What verdicts cost, as ratios to none: `scripts/vm-guard.sh --cost`, natively what this kernel offers.

use std::ffi::CString;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::layout::{self, needs};
use peregrine_guard::{Act, Compiled, Level, Mode, PathKind};
use peregrine_testkit::Folder;

use crate::acts::{Outcome, begun, call, ended, forked};
use crate::policies;

/// Rounds with and without, in turns: what else the machine does falls on both.
const ROUNDS: usize = 5;

/// Parts of a round, of which the fastest counts.
const PARTS: u32 = 20;

/// Nanoseconds that an act takes in a process that is not exempt.
fn timed(acts: u32, each: &dyn Fn() -> Outcome) -> u64 {
    let took = shared();
    let pid = begun(|| {
        // Not the first ones: what they need is not in memory yet.
        for _ in 0..acts / 10 {
            each()?;
        }
        took.store(u64::MAX, Ordering::Relaxed);
        for _ in 0..PARTS {
            let start = Instant::now();
            for _ in 0..acts / PARTS {
                each()?;
            }
            let ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            took.fetch_min(ns, Ordering::Relaxed);
        }
        Ok(())
    });
    assert_eq!(ended(pid), Some(0), "an act that no policy is about fails");
    took.load(Ordering::Relaxed) / u64::from(acts / PARTS)
}

fn shared() -> &'static AtomicU64 {
    let (protection, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: a fresh mapping of one page, of zeros, which is never unmapped.
    unsafe {
        let at = libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0);
        assert_ne!(at, libc::MAP_FAILED);
        &*at.cast::<AtomicU64>()
    }
}

fn ratio(with: u64, none: u64) -> f64 {
    Duration::from_nanos(with).div_duration_f64(Duration::from_nanos(none))
}

fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Prints a row: the median of the rounds' ratios, and the nanoseconds of an act in the fastest round of each.
fn measure(level: Level, what: &str, acts: u32, compiled: &Compiled, each: &dyn Fn() -> Outcome) {
    let options = Options { level: Some(level), ..Options::default() };
    let (mut ratios, mut fastest) = (Vec::new(), [u64::MAX; 2]);
    for _ in 0..ROUNDS {
        let without = timed(acts, each);
        let guard = Guard::start(compiled, &options).unwrap();
        let with = timed(acts, each);
        drop(guard);
        let again = timed(acts, each);
        let none = without.min(again).max(1);
        ratios.push(ratio(with, none));
        fastest = [fastest[0].min(none), fastest[1].min(with)];
    }
    let [none, with] = fastest;
    println!(
        "COST\t{}\t{what}\t{:.2}\t{:.2}\t{none}\t{with}",
        level.name(),
        middle(ratios),
        ratio(with, none)
    );
}

/// A thousand files and a thousand folders that may not be opened.
fn paths(folder: &Folder) -> Compiled {
    let mut compiled = Compiled::none();
    let number = policies::policy(&mut compiled, "paths", Mode::Enforce, false);
    for one in 0..1000 {
        let file = folder.file(&format!("protected-{one}"), "");
        let below = folder.path().join(format!("folder-{one}"));
        std::fs::create_dir_all(&below).unwrap();
        policies::path(&mut compiled, file.as_ref(), PathKind::Exact, 0);
        policies::path(&mut compiled, &below, PathKind::Below, 1);
    }
    policies::on(&mut compiled, Act::Open, number, needs::OBJECT, &[(layout::OBJECT, 3)]);
    compiled
}

fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

fn opens(level: Level) {
    let folder = Folder::new("cost");
    let compiled = paths(&folder);
    for depth in [0, 8, 27] {
        let at =
            (0..depth).fold(folder.path().join("free"), |at, number| at.join(format!("d{number}")));
        std::fs::create_dir_all(&at).unwrap();
        let file = at.join("file");
        std::fs::write(&file, "").unwrap();
        let deep = file.components().count() - 1;
        let path = c(&file);
        let what = format!("open() {deep} deep, 1,000 paths and 1,000 prefixes");
        measure(level, &what, 4000, &compiled, &|| {
            let fd = call!(open(path.as_ptr(), libc::O_RDONLY))?;
            call!(close(fd)).map(drop)
        });
    }
}

/// A thousand names of programs.
fn execs(level: Level) {
    let mut compiled = Compiled::none();
    let number = policies::policy(&mut compiled, "names", Mode::Enforce, false);
    for one in 0..1000 {
        compiled.last_components.push((format!("program-{one}").into_bytes(), [1, 0, 0, 0]));
    }
    let wants = needs::OBJECT | needs::COMPONENTS;
    policies::on(&mut compiled, Act::Exec, number, wants, &[(layout::OBJECT, 1)]);
    let program = c"/bin/true";
    measure(level, "fork, exec of 1,000 names, wait", 100, &compiled, &|| {
        let said = forked(|| {
            let (words, none) = ([program.as_ptr(), std::ptr::null()], [std::ptr::null()]);
            call!(execve(program.as_ptr(), words.as_ptr(), none.as_ptr())).map(drop)
        });
        said.filter(|said| *said == 0).map(drop).ok_or(1)
    });
}

/// Ten thousand networks; the address is in none.
fn connects(level: Level) {
    let mut compiled = Compiled::none();
    let number = policies::policy(&mut compiled, "networks", Mode::Enforce, false);
    for one in 0..10_000_u32 {
        let address = Ipv4Addr::from(0x0a00_0000 + (one << 8));
        policies::network(&mut compiled, address.into(), 24, 0);
    }
    policies::on(&mut compiled, Act::Connect, number, needs::NETWORKS, &[(layout::NET, 1)]);
    // Nobody listens any more: nothing but the connection itself takes time.
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, closed.port());
    measure(level, "TCP connect(), refused, 10,000 networks", 4000, &compiled, &|| {
        match std::net::TcpStream::connect(to) {
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(()),
            other => other.map(drop).map_err(|error| crate::acts::number(&error)),
        }
    });
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    measure(level, "UDP connect(), 10,000 networks", 20_000, &compiled, &|| {
        socket.connect(to).map_err(|error| crate::acts::number(&error))
    });
}

#[test]
#[ignore = "measures: scripts/vm-guard.sh --cost"]
fn cost_of_verdicts() {
    let _alone = crate::acts::alone();
    let host = capabilities();
    for level in [Level::Lsm, Level::FmodRet] {
        if host.of_act(Act::Open).contains(level) {
            opens(level);
            execs(level);
            connects(level);
        }
    }
    if host.of_act(Act::Connect).contains(Level::Cgroup) {
        connects(Level::Cgroup);
    }
    execs(Level::KillBefore);
}
