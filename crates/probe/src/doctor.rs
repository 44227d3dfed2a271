//! What this kernel supports, and why not where it does not.

use peregrine_event::syscalls;

use crate::error::{Cause, ProbeError, Refused};
use crate::load::{Options, Probe};
use crate::object::{self, object_bytes};
use crate::rights;
use crate::uring::Unavailable;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Whether it is there.
    pub ok: bool,
    /// Whether Peregrine cannot run without it.
    pub needed: bool,
    /// What was found, or the reason it is not there.
    pub detail: String,
}

/// Kernels the programs were tried on: major and minor number.
const TRIED: [(u32, u32); 3] = [(6, 1), (6, 12), (6, 18)];

/// Kinds of hooks: the program of `bpf/hooks.bpf.c`, what people call it, what it is good for.
const HOOKS: [(&str, &str, &str, bool); 7] = [
    ("hook_tp_btf", "tp_btf", "system call events", true),
    ("hook_raw_tp", "raw_tp", "tests of the programs", false),
    ("hook_iterator", "iter/task", "a fast first snapshot; without it /proc is read", false),
    ("hook_lsm", "LSM", "prevention", false),
    ("hook_fentry", "fentry", "events of kernel functions", false),
    ("hook_fmod_ret", "fmod_ret", "prevention", false),
    ("hook_cgroup_connect", "cgroup connect4", "prevention of connections", false),
];

/// Why something is not there.
#[derive(Debug, thiserror::Error)]
enum Lack<'e> {
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("{0}")]
    Programs(&'e ProbeError),
    /// One line is enough here: the kernel's word, without libbpf's account of it.
    #[error("{purpose}: {}", source.reason())]
    Hook { purpose: &'static str, source: ProbeError },
    #[error(
        "no events of opens, connections and removals through io_uring, only of io_uring_setup, \
         io_uring_enter and io_uring_register; kernel.io_uring_disabled=2 (Linux 6.6) disables \
         io_uring: {0}"
    )]
    Rings(&'e Unavailable),
}

/// Checks what this kernel supports. Loads programs and unloads them again; nothing stays attached.
pub fn doctor() -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |name: &str, needed, result: Result<String, Lack<'_>>| {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(lack) => (false, lack.to_string()),
        };
        checks.push(Check { name: name.to_owned(), ok, needed, detail });
        ok
    };
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = release.trim();
    let tried = version(release).is_some_and(|version| TRIED.contains(&version));
    let note = if tried { "tested" } else { "untested kernel: tested are 6.1, 6.12, 6.18" };
    add("kernel", false, Ok(format!("{release} ({note})")));
    let rights = match rights::preconditions() {
        Err(error @ (ProbeError::Rights | ProbeError::Lacking(_))) => Err(error.into()),
        _ => Ok(granted()),
    };
    let able = add("rights", true, rights);
    let btf = std::fs::metadata("/sys/kernel/btf/vmlinux")
        .map(|meta| format!("/sys/kernel/btf/vmlinux, {} KiB", meta.len() / 1024))
        .map_err(|_| ProbeError::NoBtf.into());
    let able = add("BTF", true, btf) && able;
    if !able {
        return checks;
    }
    let loaded = Probe::load(&Options { ring_bytes: 1 << 16, ..Options::default() }).and_then(
        |mut probe| {
            probe.set_interest(&syscalls::all().iter().map(|call| call.id).collect())?;
            probe.settle();
            Ok(probe)
        },
    );
    let described = loaded.as_ref().map(Probe::describe).map_err(Lack::Programs);
    add("capture programs", true, described);
    let mut threads = 0;
    let snapshot = crate::snapshot(&mut |_| threads += 1);
    add(
        "snapshot programs",
        false,
        snapshot.map(|_| format!("{threads} threads and descriptors")).map_err(Lack::from),
    );
    for (program, name, purpose, needed) in HOOKS {
        let tried = try_hook(program).map_err(|source| Lack::Hook { purpose, source });
        add(name, needed, tried.map(|()| purpose.to_owned()));
    }
    if let Ok(probe) = &loaded {
        add("io_uring", false, rings(probe));
    }
    checks
}

/// The rights there are, in words.
fn granted() -> String {
    let missing = rights::missing_rights();
    if missing.is_empty() {
        "all that monitoring needs".to_owned()
    } else {
        missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// Whether what a program does through a ring is seen.
fn rings(probe: &Probe) -> Result<String, Lack<'_>> {
    if let Some(reason) = probe.uring_unavailable() {
        // Since 6.6; 1 still lets the privileged use rings.
        let word = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled");
        if word.is_ok_and(|word| word.trim() == "2") {
            return Ok("io_uring is disabled here (kernel.io_uring_disabled=2)".to_owned());
        }
        return Err(Lack::Rings(reason));
    }
    Ok(if probe.sees_uring() {
        "events of opens, connections and removals through io_uring"
    } else {
        "this kernel has no io_uring"
    }
    .to_owned())
}

/// The first two numbers of a kernel's release.
pub(crate) fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Loads one of the harmless programs, and attaches it where that has no effect on anybody.
fn try_hook(name: &str) -> Result<(), ProbeError> {
    let mut open = object::open("hooks", object_bytes!("hooks"))?;
    for mut program in open.progs_mut() {
        let is_it = program.name() == name;
        program.set_autoload(is_it);
    }
    let object = object::load("hooks", open)?;
    let Some(program) = object.progs_mut().find(|program| program.name() == name) else {
        let why = Cause::Missing("not in the kernel object");
        return Err(Refused::new(format!("find the program {name}"), why).into());
    };
    if name == "hook_cgroup_connect" {
        // Needs a control group to attach to; loading is what the kernel decides on.
        return Ok(());
    }
    program.attach().map(drop).map_err(|error| object::refused(format!("attach {name}"), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read() {
        let check = |release, expected| assert_eq!(version(release), expected, "{release}");
        check("6.18.44", Some((6, 18)));
        check("6.1.0-50-cloud-amd64", Some((6, 1)));
        check("5.15-rc1", Some((5, 15)));
        check("", None);
    }
}
