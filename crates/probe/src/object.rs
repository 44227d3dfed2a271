//! Opening and loading one kernel object, with what libbpf says kept for the error.

#![expect(unsafe_code, reason = "rights are asked through libc")]

use std::cell::RefCell;

use libbpf_rs::{Object, ObjectBuilder, OpenObject, PrintLevel};

use crate::error::ProbeError;

/// Bytes of an object at an address an ELF reader can use.
#[repr(align(16))]
pub(crate) struct Aligned<const N: usize>(pub [u8; N]);

/// The compiled object of a name.
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
pub(crate) use object_bytes;

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

/// What is wrong, in few lines: what libbpf said last of programs and maps, and the error.
fn reason(error: &libbpf_rs::Error) -> String {
    let said = SAID.take();
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("-- END"))
        .collect();
    let tail = lines.iter().rev().take(4).rev().copied().collect::<Vec<_>>().join("; ");
    if tail.is_empty() { error.to_string() } else { format!("{error} ({tail})") }
}

pub(crate) fn refused(what: impl Into<String>, error: &libbpf_rs::Error) -> ProbeError {
    ProbeError::Refused { what: what.into(), reason: reason(error) }
}

pub(crate) fn open(name: &str, bytes: &[u8]) -> Result<OpenObject, ProbeError> {
    libbpf_rs::set_print(Some((PrintLevel::Info, keep)));
    SAID.with_borrow_mut(String::clear);
    ObjectBuilder::default()
        .name(name)
        .and_then(|builder| builder.open_memory(bytes))
        .map_err(|error| refused(format!("open the kernel object {name}"), &error))
}

pub(crate) fn load(name: &str, object: OpenObject) -> Result<Object, ProbeError> {
    object.load().map_err(|error| refused(format!("load the kernel object {name}"), &error))
}

/// Whether this process may load programs, and the kernel describes its types.
pub(crate) fn preconditions() -> Result<(), ProbeError> {
    // SAFETY: takes nothing, cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        return Err(ProbeError::Rights);
    }
    if !std::path::Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Err(ProbeError::NoBtf);
    }
    Ok(())
}
