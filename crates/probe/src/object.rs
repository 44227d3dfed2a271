//! Opening and loading one kernel object, with what libbpf says kept for the error.

#![expect(unsafe_code, reason = "signals and calls are made through libc")]

use std::cell::RefCell;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use libbpf_rs::{Object, ObjectBuilder, OpenObject, PrintLevel};

use crate::error::{ProbeError, Refused};

/// The version of libbpf that kernel programs are loaded with: `1.7`.
pub fn libbpf_version() -> String {
    // SAFETY: they return numbers the library was built with and touch nothing.
    let (major, minor) =
        unsafe { (libbpf_sys::libbpf_major_version(), libbpf_sys::libbpf_minor_version()) };
    format!("{major}.{minor}")
}

/// Bytes of an object at an address an ELF reader can use.
#[derive(Debug)]
#[repr(align(16))]
pub struct Aligned<const N: usize>(pub [u8; N]);

/// The compiled object of a name, from the folder into which the build script of the crate wrote it.
#[macro_export]
macro_rules! object_bytes {
    ($name:literal) => {{
        static BYTES: $crate::object::Aligned<
            { include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bpf.o")).len() },
        > = $crate::object::Aligned(*include_bytes!(concat!(
            env!("OUT_DIR"),
            "/",
            $name,
            ".bpf.o"
        )));
        &BYTES.0[..]
    }};
}
pub use object_bytes;

thread_local! {
    /// libbpf speaks on the thread that called it.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}
const KEPT: usize = 64 * 1024;

#[expect(clippy::needless_pass_by_value, reason = "the shape libbpf-rs calls")]
fn keep(level: PrintLevel, text: String) {
    if level == PrintLevel::Debug {
        return;
    }
    SAID.with_borrow_mut(|said| {
        if said.len() + text.len() <= KEPT {
            said.push_str(&text);
        }
    });
}

/// The number of the system's error behind this one.
fn errno(error: &libbpf_rs::Error) -> Option<i32> {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.raw_os_error();
        }
        at = error.source();
    }
    None
}

/// What libbpf said last of programs and maps, in few lines.
fn last_words() -> String {
    let said = SAID.take();
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("-- END"))
        .collect();
    lines.iter().rev().take(4).rev().copied().collect::<Vec<_>>().join("; ")
}

/// That libbpf or the kernel refused, with what libbpf said of it.
pub fn refused(what: impl Into<String>, error: libbpf_rs::Error) -> ProbeError {
    let advice = errno(&error).and_then(crate::rights::explain);
    Refused::new(what, error).with(advice, last_words()).into()
}

/// Opens a kernel object.
///
/// # Errors
/// When libbpf does not understand it.
pub fn open(name: &str, bytes: &[u8]) -> Result<OpenObject, ProbeError> {
    libbpf_rs::set_print(Some((PrintLevel::Info, keep)));
    SAID.with_borrow_mut(String::clear);
    ObjectBuilder::default()
        .name(name)
        .and_then(|builder| builder.open_memory(bytes))
        .map_err(|error| refused(format!("open the kernel object {name}"), error))
}

/// Loads a kernel object.
///
/// # Errors
/// When the kernel refuses a program or a map.
pub fn load(name: &str, object: OpenObject) -> Result<Object, ProbeError> {
    let _quiet = Undisturbed::new();
    object.load().map_err(|error| refused(format!("load the kernel object {name}"), error))
}

/// While it lives no signal comes to this thread: the kernel gives a check of a program up when one
/// does, and libbpf tries again only a few times. They come afterwards, or to another thread.
struct Undisturbed(libc::sigset_t);

impl Undisturbed {
    fn new() -> Self {
        // SAFETY: a set of signals is plain memory, zeroed is a valid value.
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
        // SAFETY: both sets live here; only this thread's mask changes.
        unsafe {
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        }
        Self(before)
    }
}

impl Drop for Undisturbed {
    fn drop(&mut self) {
        // SAFETY: the set was filled in by the system; nothing is asked back.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut())
        };
    }
}

/// Asks for a change of folder to a descriptor that is none, `number` being below zero: nothing
/// happens, and a program that watches sees the call return.
pub(crate) fn fchdir(number: i32) {
    // SAFETY: no pointers; the kernel refuses the descriptor.
    unsafe { libc::fchdir(number) };
}

/// The kernel's number of a loaded program.
pub(crate) fn program_number(program: BorrowedFd<'_>) -> Option<u32> {
    info(program).map(|info| info.id)
}

/// How often a loaded program ran, and for how many nanoseconds; zeros where the kernel does not count that.
pub(crate) fn program_runs(program: BorrowedFd<'_>) -> Option<[u64; 2]> {
    info(program).map(|info| [info.run_cnt, info.run_time_ns])
}

/// How often a loaded program was skipped because it ran already.
pub fn program_misses(program: BorrowedFd<'_>) -> Option<u64> {
    info(program).map(|info| info.recursion_misses)
}

fn info(program: BorrowedFd<'_>) -> Option<libbpf_rs::libbpf_sys::bpf_prog_info> {
    let mut info = libbpf_rs::libbpf_sys::bpf_prog_info::default();
    let mut len = u32::try_from(size_of_val(&info)).ok()?;
    let place = (&raw mut info).cast();
    // SAFETY: the structure lives here and is as long as `len` says.
    let done = unsafe {
        libbpf_rs::libbpf_sys::bpf_obj_get_info_by_fd(program.as_raw_fd(), place, &raw mut len)
    };
    (done == 0).then_some(info)
}
