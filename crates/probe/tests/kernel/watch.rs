//! A probe that watches this test's own process, and how expected events are written down.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use peregrine_event::{Event, SyscallSet, Trailer, syscalls};
use peregrine_probe::{Attach, Options, Probe, ProbeError};

/// One event, kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    pub name: String,
    pub tid: i64,
    pub pid: i64,
    pub ts: u64,
    pub params: Vec<Vec<u8>>,
    pub trailer: Vec<u8>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}(", self.name)?;
        for param in &self.params {
            write!(f, "{}, ", param.escape_ascii())?;
        }
        write!(f, ")")
    }
}

impl Seen {
    pub fn trailer(&self) -> Trailer<'_> {
        Trailer::new(&self.trailer)
    }

    pub fn num(&self, index: usize) -> i64 {
        let bytes = &self.params[index];
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        i64::from_le_bytes(wide)
    }

    pub fn text(&self, index: usize) -> String {
        let bytes = &self.params[index];
        String::from_utf8_lossy(bytes.strip_suffix(b"\0").unwrap_or(bytes)).into_owned()
    }

    pub fn list(&self, index: usize) -> Vec<String> {
        let bytes = &self.params[index];
        let Some(bytes) = bytes.strip_suffix(b"\0") else { return Vec::new() };
        bytes.split(|b| *b == 0).map(|b| String::from_utf8_lossy(b).into_owned()).collect()
    }
}

/// A parameter as the test expects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum P {
    I64(i64),
    U64(u64),
    U32(u32),
    I32(i32),
    U16(u16),
    U8(u8),
    Text(String),
    Bytes(Vec<u8>),
    /// Not there.
    Nothing,
    /// Whatever.
    Any,
}

impl P {
    pub fn text(text: impl AsRef<std::path::Path>) -> Self {
        Self::Text(text.as_ref().to_string_lossy().into_owned())
    }

    fn matches(&self, bytes: &[u8]) -> bool {
        match self {
            Self::I64(v) => v.to_le_bytes() == bytes,
            Self::U64(v) => v.to_le_bytes() == bytes,
            Self::U32(v) => v.to_le_bytes() == bytes,
            Self::I32(v) => v.to_le_bytes() == bytes,
            Self::U16(v) => v.to_le_bytes() == bytes,
            Self::U8(v) => v.to_le_bytes() == bytes,
            Self::Text(v) => bytes.strip_suffix(b"\0") == Some(v.as_bytes()),
            Self::Bytes(v) => v == bytes,
            Self::Nothing => bytes.is_empty(),
            Self::Any => true,
        }
    }
}

/// An expected event: the name and the parameters.
#[derive(Debug, Clone)]
pub struct Expected(pub &'static str, pub Vec<P>);

impl Expected {
    pub fn fits(&self, seen: &Seen) -> bool {
        self.0 == seen.name
            && self.1.len() == seen.params.len()
            && self.1.iter().zip(&seen.params).all(|(p, bytes)| p.matches(bytes))
    }

    pub fn check(&self, seen: &Seen) {
        assert!(self.fits(seen), "expected {self:?}\n     got {seen:?}");
    }
}

fn ids(calls: &[&str]) -> SyscallSet {
    calls
        .iter()
        .map(|name| syscalls::by_name(name).unwrap_or_else(|| panic!("{name}")).id)
        .collect()
}

pub struct Watch {
    probe: Probe,
    kept: VecDeque<Seen>,
    /// How often an event of this name was compared.
    checked: BTreeMap<String, usize>,
}

impl Watch {
    pub fn new(calls: &[&str]) -> Self {
        let mut probe =
            Probe::load(&Options { ring_bytes: 4 << 20, ..Options::default() }).unwrap();
        probe.set_interest(&ids(calls)).unwrap();
        probe.attach(Attach::Watch).unwrap();
        Self { probe, kept: VecDeque::new(), checked: BTreeMap::new() }
    }

    /// Watches these calls from now on, and no other.
    pub fn want(&mut self, calls: &[&str]) {
        self.probe.set_interest(&ids(calls)).unwrap();
        self.probe.drain_all(&mut |_| {});
    }

    /// The same, with what refuses it; what came before is kept.
    pub fn try_want(&mut self, calls: &[&str]) -> Result<(), ProbeError> {
        self.probe.set_interest(&ids(calls))
    }

    /// Why no events are emitted for what is done through rings.
    pub fn uring_unavailable(&self) -> Option<String> {
        self.probe.uring_unavailable().map(ToString::to_string)
    }

    /// How often an event of this name was compared.
    pub fn checked(&self, name: &str) -> usize {
        self.checked.get(name).copied().unwrap_or(0)
    }

    /// Runs `act` and gives back every event until then.
    pub fn all(&mut self, act: impl FnOnce()) -> Vec<Seen> {
        let mut seen = Vec::new();
        self.probe.drain_all(&mut |_| {});
        act();
        self.probe.drain_all(&mut |record| seen.push(keep(record)));
        assert_eq!(self.probe.losses().unwrap().total(), 0);
        seen
    }

    /// The same, of an act that says what is wanted.
    pub fn all_while(&mut self, act: impl FnOnce(&mut Self)) -> Vec<Seen> {
        let mut seen = Vec::new();
        self.probe.drain_all(&mut |_| {});
        act(self);
        self.probe.drain_all(&mut |record| seen.push(keep(record)));
        assert_eq!(self.probe.losses().unwrap().total(), 0);
        seen
    }

    /// Runs `act` and gives back what this process did then. Ends of threads, which are always reported,
    /// and late, do not count.
    pub fn own(&mut self, act: impl FnOnce()) -> Vec<Seen> {
        let me = i64::from(std::process::id());
        let mut seen = self.all(act);
        seen.retain(|seen| seen.pid == me && seen.name != "procexit");
        seen
    }

    /// What this process did, against what is expected.
    pub fn check(&mut self, act: impl FnOnce(), expected: &[Expected]) {
        let seen = self.own(act);
        self.compare(&seen, expected);
    }

    /// What this process did, against what `act` says it did. Gives back the events.
    pub fn see(&mut self, act: impl FnOnce() -> Vec<Expected>) -> Vec<Seen> {
        let mut expected = Vec::new();
        let seen = self.own(|| expected = act());
        self.compare(&seen, &expected);
        seen
    }

    /// What was seen, against what is expected.
    pub fn compare(&mut self, seen: &[Seen], expected: &[Expected]) {
        assert_eq!(seen.len(), expected.len(), "{seen:#?}\n{expected:#?}");
        for (seen, expected) in seen.iter().zip(expected) {
            expected.check(seen);
            *self.checked.entry(seen.name.clone()).or_default() += 1;
        }
    }

    /// Runs `act` in a child of its own and gives back the child's number and what the child did,
    /// but for its end. `act` may only call the kernel.
    pub fn child(&mut self, act: impl FnOnce()) -> (i64, Vec<Seen>) {
        let mut child = 0;
        let mut seen = self.all(|| {
            child = fork(act);
            end_of(child);
        });
        seen.retain(|seen| seen.pid == child && seen.name != "procexit");
        (child, seen)
    }

    /// What a child of its own did, against what is expected.
    pub fn check_child(&mut self, act: impl FnOnce(), expected: &[Expected]) {
        let (_, seen) = self.child(act);
        self.compare(&seen, expected);
    }

    /// Says that an event cannot be made here, and lets its row pass.
    pub fn skip(&mut self, call: &str, why: &str) {
        peregrine_testkit::skipped(call, why);
        let reported = syscalls::by_name(call).and_then(|call| call.exit).unwrap();
        *self.checked.entry(reported.name().to_owned()).or_default() += 1;
    }

    /// Waits for an event. What comes before it is passed over, what comes behind it is kept.
    pub fn wait(&mut self, mut wanted: impl FnMut(&Seen) -> bool) -> Seen {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            while let Some(seen) = self.kept.pop_front() {
                if wanted(&seen) {
                    return seen;
                }
            }
            assert!(Instant::now() < end, "the event did not come");
            std::thread::sleep(Duration::from_millis(1));
            self.probe.drain(&mut |record| self.kept.push_back(keep(record)));
        }
    }
}

/// A child that does `act`, which may only call the kernel, and ends.
pub fn fork(act: impl FnOnce()) -> i64 {
    // SAFETY: the child only calls the kernel and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        act();
        call(libc::SYS_exit_group, [0; 6]);
    }
    assert!(child > 0);
    child.into()
}

/// Waits for the end of a child; its status.
pub fn end_of(child: i64) -> i32 {
    let mut status = 0;
    // SAFETY: waits for our own child; `status` is a place for one number.
    unsafe { libc::waitpid(i32::try_from(child).unwrap(), &raw mut status, 0) };
    status
}

pub fn keep(record: &[u8]) -> Seen {
    let event = Event::parse(1, record).unwrap();
    let view = &event.view;
    let params = (0..view.nparams()).map(|i| view.param(i).unwrap().to_vec()).collect();
    Seen {
        name: view.info().name.to_owned(),
        tid: view.tid(),
        pid: i64::from(event.trailer.origin().unwrap().pid),
        ts: view.ts(),
        params,
        trailer: record[view.bytes().len()..].to_vec(),
    }
}

/// A folder that goes away with the test.
pub struct Folder(pub std::path::PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A path for the kernel.
pub fn c(path: impl AsRef<std::path::Path>) -> std::ffi::CString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::CString::new(path.as_ref().as_os_str().as_bytes()).unwrap()
}

/// A raw system call; what the kernel returns, a negative error number where it failed.
pub fn call(number: libc::c_long, args: [usize; 6]) -> i64 {
    let result: i64;
    // SAFETY: each caller passes what the call asks for; memory it names outlives the call.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack)
        );
    }
    result
}

/// `call!(SYS_close, 3)`.
#[macro_export]
macro_rules! call {
    ($name:ident $(, $arg:expr)*) => {
        // One expression, so that what the arguments point to lives until the call is done.
        $crate::watch::call(libc::$name, $crate::watch::six(&[$($crate::watch::Arg::arg($arg)),*]))
    };
}

/// Arguments for the registers.
pub fn six(given: &[usize]) -> [usize; 6] {
    let mut args = [0; 6];
    args[..given.len()].copy_from_slice(given);
    args
}

/// What can be an argument.
pub trait Arg {
    fn arg(self) -> usize;
}

macro_rules! number_args {
    ($($ty:ty),*) => {$(impl Arg for $ty {
        fn arg(self) -> usize {
            // Registers hold bits: a negative number is sign-extended.
            i64::from(self).cast_unsigned().try_into().unwrap()
        }
    })*};
}
number_args!(i32, u32, i64);

impl Arg for usize {
    fn arg(self) -> usize {
        self
    }
}

impl Arg for &std::ffi::CString {
    fn arg(self) -> usize {
        self.as_ptr() as usize
    }
}

impl<T> Arg for *const T {
    fn arg(self) -> usize {
        self as usize
    }
}

impl<T> Arg for *mut T {
    fn arg(self) -> usize {
        self as usize
    }
}
