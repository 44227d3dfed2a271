//! Denials under pressure: tasks preempted, files replaced, agents killed and taken over, a full ring.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::{Act, Compiled, Level, Mode, PathKind};
use peregrine_testkit::Folder;

use crate::acts::{begun, call, ended};
use crate::holder::Holder;
use crate::policies;

/// What processes of a test count together.
pub(crate) struct Tally {
    denied: AtomicU64,
    slipped: AtomicU64,
    /// The longest attempt, in nanoseconds.
    longest: AtomicU64,
    over: AtomicU64,
}

impl Tally {
    /// In memory that forked processes share; it stays until the test's process ends.
    pub(crate) fn shared() -> &'static Self {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh mapping of one page, of zeros, which is never unmapped.
        unsafe {
            let at = libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0);
            assert_ne!(at, libc::MAP_FAILED);
            &*at.cast::<Self>()
        }
    }

    pub(crate) fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }

    pub(crate) fn slipped(&self) -> u64 {
        self.slipped.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.over.store(1, Ordering::Relaxed);
    }

    /// One attempt to open.
    fn attempt(&self, path: &CString) {
        let start = Instant::now();
        match call!(open(path.as_ptr(), libc::O_RDONLY)) {
            Ok(fd) => {
                self.slipped.fetch_add(1, Ordering::Relaxed);
                let _ = call!(close(fd));
            }
            Err(libc::EPERM) => {
                self.denied.fetch_add(1, Ordering::Relaxed);
            }
            // Between two files of a name there is none, where something else replaces it.
            Err(_) => {}
        }
        let took = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.longest.fetch_max(took, Ordering::Relaxed);
    }

    /// A process that tries until the end, with a pause behind each attempt.
    pub(crate) fn begin(&'static self, path: &Path, pause: Duration) -> i32 {
        let path = CString::new(path.as_os_str().as_bytes()).unwrap();
        begun(move || {
            while self.over.load(Ordering::Relaxed) == 0 {
                self.attempt(&path);
                if !pause.is_zero() {
                    std::thread::sleep(pause);
                }
            }
            Ok(())
        })
    }

    /// Waits until so many more attempts had an end of one kind.
    pub(crate) fn wait_for(&self, count: fn(&Self) -> u64, more: u64) {
        let (start, until) = (Instant::now(), count(self) + more);
        while count(self) < until {
            assert!(start.elapsed() < Duration::from_mins(1), "no attempts that end so");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The surest level of the hooks that is here; none: this is no kernel for these tests.
fn level(test: &str) -> Option<Level> {
    let levels = capabilities().of_act(Act::Open);
    let level = [Level::Lsm, Level::FmodRet].into_iter().find(|level| levels.contains(*level));
    if level.is_none() {
        println!("GUARD {test}: this kernel runs no programs of P1 and P2");
    }
    level
}

/// Files that may not be opened.
pub(crate) fn deny_opens(paths: &[&Path], fail_closed: bool) -> Compiled {
    let mut compiled = Compiled::none();
    let number = policies::policy(&mut compiled, "opens", Mode::Enforce, fail_closed);
    for path in paths {
        policies::path(&mut compiled, path, PathKind::Exact, 0);
    }
    policies::deny_object(&mut compiled, Act::Open, number, 0);
    compiled
}

fn secret(folder: &Folder) -> PathBuf {
    PathBuf::from(folder.file("secret", "secret"))
}

/// Eight processes on one CPU, a walk of thirty folders: where tasks are preempted inside of programs P2 lets acts
/// slip, P1 none.
#[test]
fn no_open_slips_through_when_tasks_are_preempted() {
    let _alone = crate::acts::alone();
    let host = capabilities();
    if level("no_open_slips_through_when_tasks_are_preempted").is_none() {
        return;
    }
    let folder = Folder::new("strength");
    let deep = (0..30).fold(folder.path().to_owned(), |at, depth| at.join(format!("d{depth}")));
    std::fs::create_dir_all(&deep).unwrap();
    let path = deep.join("secret");
    std::fs::write(&path, "secret").unwrap();
    let mut compiled = deny_opens(&[], true);
    policies::path(&mut compiled, folder.path(), PathKind::Below, 0);
    let preempts = host.skips_fmod_ret;
    for level in [Level::Lsm, Level::FmodRet] {
        if !host.of_act(Act::Open).contains(level) {
            continue;
        }
        let skips = level == Level::FmodRet && preempts;
        let most: u64 = match (preempts, skips) {
            (true, false) => 1_000_000,
            (true, true) => 100_000,
            (false, _) => 20_000,
        };
        let options = Options { level: Some(level), ..Options::default() };
        let guard = Guard::start(&compiled, &options).unwrap();
        let tally = Tally::shared();
        let start = Instant::now();
        let pids: Vec<i32> = (0..8)
            .map(|_| {
                let path = CString::new(path.as_os_str().as_bytes()).unwrap();
                begun(move || {
                    // SAFETY: a set of numbers, for which 0 is a value.
                    let mut one: libc::cpu_set_t = unsafe { std::mem::zeroed() };
                    // SAFETY: the set has room for the first CPU.
                    unsafe { libc::CPU_SET(0, &mut one) };
                    call!(sched_setaffinity(0, size_of_val(&one), &raw const one))?;
                    while tally.denied() + tally.slipped() < most {
                        tally.attempt(&path);
                    }
                    Ok(())
                })
            })
            .collect();
        assert!(pids.into_iter().all(|pid| ended(pid) == Some(0)));
        let (denied, slipped) = (tally.denied(), tally.slipped());
        let skipped = guard.counts().unwrap().skipped;
        println!(
            "STRENGTH\t{}\teight processes on one CPU, preempted: {preempts}\t{} opens in {:?}\t{slipped} slipped\t\
             skipped {skipped:?}",
            level.name(),
            denied + slipped,
            start.elapsed()
        );
        if skips {
            // The counter is what tells of it.
            assert!(skipped.values().sum::<u64>() >= slipped, "{skipped:?}");
        } else {
            assert_eq!(slipped, 0);
        }
        assert!(denied > 0);
    }
}

/// Another file in its place, three hundred times, while two processes try to read.
#[test]
fn a_replaced_file_is_free_at_no_instant() {
    let _alone = crate::acts::alone();
    let Some(level) = level("a_replaced_file_is_free_at_no_instant") else { return };
    let folder = Folder::new("strength");
    let path = secret(&folder);
    let options = Options { level: Some(level), ..Options::default() };
    let guard = Guard::start(&deny_opens(&[&path], false), &options).unwrap();
    let tally = Tally::shared();
    let pids = [(); 2].map(|()| tally.begin(&path, Duration::ZERO));
    for _ in 0..300 {
        let new = folder.file("new", "secret");
        std::fs::rename(new, &path).unwrap();
    }
    tally.wait_for(Tally::denied, 100);
    tally.end();
    assert!(pids.into_iter().all(|pid| ended(pid) == Some(0)));
    println!(
        "STRENGTH\t{}\t300 files replaced\t{} opens\t{} slipped\t",
        level.name(),
        tally.denied() + tally.slipped(),
        tally.slipped()
    );
    assert_eq!(tally.slipped(), 0);
    drop(guard);
}

/// An agent killed, stopped, and taken over by the next: what fails closed holds all the while, until it is removed.
#[test]
fn what_fails_closed_outlives_agents_without_a_gap() {
    let _alone = crate::acts::alone();
    let Some(level) = level("what_fails_closed_outlives_agents_without_a_gap") else { return };
    let folder = Folder::new("strength");
    let path = secret(&folder);
    let pins = PathBuf::from(format!("/sys/fs/bpf/strength-{}", std::process::id()));
    let options = Options { pin: Some(pins.clone()), ..Options::default() };
    let first = Holder::start(level, &pins, &[&path], &[]);
    let tally = Tally::shared();
    let pid = tally.begin(&path, Duration::from_millis(1));
    tally.wait_for(Tally::denied, 50);
    let second = Holder::start(level, &pins, &[&path], &[]);
    tally.wait_for(Tally::denied, 50);
    first.kill();
    tally.wait_for(Tally::denied, 50);
    second.stop();
    tally.wait_for(Tally::denied, 50);
    let third = Holder::start(level, &pins, &[&path], &[]);
    tally.wait_for(Tally::denied, 50);
    second.kill();
    third.kill();
    tally.wait_for(Tally::denied, 200);
    let (denied, slipped) = (tally.denied(), tally.slipped());
    println!(
        "STRENGTH\t{}\ttwo takeovers, three agents killed\t{} opens, one each ms\t{slipped} slipped\tlongest {} us",
        level.name(),
        denied + slipped,
        tally.longest.load(Ordering::Relaxed) / 1000
    );
    assert_eq!(slipped, 0);
    Guard::off(&options).unwrap();
    tally.wait_for(Tally::slipped, 10);
    tally.end();
    assert_eq!(ended(pid), Some(0));
}

/// What fails open goes with its agent, what fails closed stays; nobody who opens waits.
#[test]
fn a_killed_agent_leaves_what_its_policies_say() {
    let _alone = crate::acts::alone();
    let Some(level) = level("a_killed_agent_leaves_what_its_policies_say") else { return };
    let folder = Folder::new("strength");
    let closed = secret(&folder);
    let open = PathBuf::from(folder.file("open", "secret"));
    let pins = PathBuf::from(format!("/sys/fs/bpf/strength-{}", std::process::id()));
    let options = Options { pin: Some(pins.clone()), ..Options::default() };
    let agent = Holder::start(level, &pins, &[&closed], &[&open]);
    let pause = Duration::from_millis(10);
    let (stays, goes) = (Tally::shared(), Tally::shared());
    let pids = [stays.begin(&closed, pause), goes.begin(&open, pause)];
    for tally in [stays, goes] {
        tally.wait_for(Tally::denied, 20);
    }
    assert_eq!((stays.slipped(), goes.slipped()), (0, 0));
    agent.stop();
    for tally in [stays, goes] {
        tally.wait_for(Tally::denied, 20);
    }
    let killed = Instant::now();
    agent.kill();
    goes.wait_for(Tally::slipped, 20);
    let after = killed.elapsed();
    let denied = goes.denied();
    stays.wait_for(Tally::denied, 50);
    assert_eq!(stays.slipped(), 0);
    // It went once, and did not come back.
    assert_eq!(goes.denied(), denied);
    let longest = stays.longest.load(Ordering::Relaxed).max(goes.longest.load(Ordering::Relaxed));
    println!(
        "STRENGTH\t{}\tan agent killed, an open each 10 ms\t{} opens closed, 20 let go within {after:?} open\t0 \
         slipped\tlongest {} us",
        level.name(),
        stays.denied(),
        longest / 1000
    );
    // A hang, not the slowness of a busy machine.
    assert!(longest < 5_000_000_000, "{longest}");
    for tally in [stays, goes] {
        tally.end();
    }
    assert!(pids.into_iter().all(|pid| ended(pid) == Some(0)));
    Guard::off(&options).unwrap();
}

/// Denials that do not fit into the ring.
const FLOOD: u64 = 5000;

/// Nobody reads the records: acts are denied as before, and what is lost is counted.
#[test]
fn a_full_ring_changes_no_verdict() {
    let _alone = crate::acts::alone();
    let Some(level) = level("a_full_ring_changes_no_verdict") else { return };
    let folder = Folder::new("strength");
    let path = secret(&folder);
    let options = Options { level: Some(level), ..Options::default() };
    let mut guard = Guard::start(&deny_opens(&[&path], false), &options).unwrap();
    let tally = Tally::shared();
    let c = CString::new(path.as_os_str().as_bytes()).unwrap();
    let pid = begun(|| {
        for _ in 0..FLOOD {
            tally.attempt(&c);
        }
        Ok(())
    });
    assert_eq!(ended(pid), Some(0));
    let mut read = 0;
    for _ in 0..10 {
        guard.poll(Duration::from_millis(10), &mut |_| read += 1).unwrap();
    }
    let counts = guard.counts().unwrap();
    println!(
        "STRENGTH\t{}\t{FLOOD} denials, nobody reads the ring\t{} denied\t{} slipped\t{read} records, {} lost",
        level.name(),
        tally.denied(),
        tally.slipped(),
        counts.losses.records
    );
    assert_eq!((tally.denied(), tally.slipped()), (FLOOD, 0));
    assert_eq!(counts.policies.get(&1).map(|hits| hits.denied), Some(FLOOD));
    assert!(counts.losses.records > 0);
    assert_eq!(read + counts.losses.records, FLOOD);
}
