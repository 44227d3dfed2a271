//! What tests of every crate share: where outside data lies, whether the kernel may be used, and
//! processes that flood.
//!
//! In: the environment of the test. Out: a folder or a loud line that says what was skipped.
//! Never part of the product.

pub mod actor;
pub mod actors;
pub mod allocations;
pub mod cgroups;
pub mod clock;
pub mod conditions;
pub mod events;
mod folder;
pub mod hostile;
#[expect(unsafe_code, reason = "makes 32-bit calls")]
pub mod i386;
pub mod namespaces;
mod port;
#[expect(unsafe_code, reason = "the kernel is to read memory that changes: no safe call does that")]
pub mod race;
#[expect(unsafe_code, reason = "memory shared with the kernel")]
pub mod ring;
pub mod streams;

use std::path::{Path, PathBuf};

pub use folder::Folder;
pub use namespaces::own_network;
pub use port::free_port;

/// The folder of conformance data: inputs other people wrote with real answers. It is no part of
/// the repository: `PEREGRINE_CONFORMANCE` names it, else `../shared/conformance` beside the
/// checkout is tried. Where it is absent a loud line says so and the test has nothing to do.
pub fn conformance(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("PEREGRINE_CONFORMANCE").map(PathBuf::from);
    let beside = workspace().join("../shared/conformance");
    let folder = named.unwrap_or(beside);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(test, "the conformance data is absent (set PEREGRINE_CONFORMANCE to its folder)");
    None
}

/// Whether this process may load kernel programs; where not, a loud line says so.
pub fn root(test: &str) -> bool {
    let uid = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        line.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    if uid == Some(0) {
        return true;
    }
    skipped(test, "needs root");
    false
}

/// Whether a process can have mounts of its own that nobody else sees: not where the root is no mount
/// point, as in a plain `chroot`, or a sandbox forbids it. Where not, a loud line says so.
pub fn own_mounts(test: &str) -> bool {
    let can = namespaces::own_mounts();
    if let Err(why) = &can {
        skipped(test, &format!("needs mounts of its own, which cannot be made here ({why})"));
    }
    can.is_ok()
}

/// Whether `/` is where the paths of the kernel begin: below a plain `chroot` they begin above it, so that a
/// folder has another path for the kernel than rules have for it. Where not, a loud line says so.
pub fn whole_root(test: &str) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let whole = mounts.lines().any(|line| line.split(' ').nth(4) == Some("/"));
    if !whole {
        skipped(test, "the paths of the kernel begin above this root: it is that of a chroot");
    }
    whole
}

/// Whether a name has an address here; where not, a loud line says so.
pub fn resolves(test: &str, name: &str) -> bool {
    let has = std::net::ToSocketAddrs::to_socket_addrs(&(name, 0)).is_ok();
    if !has {
        skipped(test, &format!("{name} has no address here (/etc/hosts lacks it)"));
    }
    has
}

/// Tells that a test could not do its work here; `make test` counts these lines.
pub fn skipped(test: &str, why: &str) {
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    {
        eprintln!("SKIPPED: {test}: {why}");
    }
}

/// The files beside the rules we ship that have no rules: they deny acts and answer alerts.
const NO_RULES: [&str; 2] = ["guard.yaml", "respond.yaml"];

/// The rule files we ship, in the order in which they load.
pub fn our_rules() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(workspace().join("rules")).into_iter().flatten();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.retain(|path| !NO_RULES.iter().any(|name| path.ends_with(name)));
    paths.sort();
    paths
}

/// The root of the repository.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
