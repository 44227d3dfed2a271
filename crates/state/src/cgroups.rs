//! The control groups of a thread, and the container they belong to.
//!
//! A container is recognized by the names its engine gives to control groups. Names are paths from the
//! root of the hierarchy (from the probe), or paths that begin with `..` (from `/proc`, read inside a
//! cgroup namespace). Of nested containers the innermost counts.
//!
//! Like Falco, control groups are read at every exec and clone; a process that is moved while it runs
//! keeps its container until then.

use std::ops::Deref;
use std::sync::Arc;

/// Hexadecimal digits of a container's id as docker, podman, containerd and CRI-O write it.
const LONG: usize = 64;
/// Its first characters, which `container.id` shows.
const SHORT: usize = 12;

/// The container runtime, as far as the name of a control group shows it. The numbers are those of the
/// events that describe containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Runtime {
    Docker = 0,
    Lxc = 1,
    LibvirtLxc = 2,
    Containerd = 7,
    CriO = 8,
    Bpm = 9,
    Podman = 11,
    /// No number: Falco does not know it.
    Nspawn = 0x7fff,
    /// A container, but several runtimes use this layout.
    Unknown = 0xffff,
}

/// The container that the path of a control group belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'p> {
    /// The runtime.
    pub runtime: Runtime,
    /// The whole id.
    pub id: &'p [u8],
    /// How much of it `container.id` shows.
    short: usize,
}

impl<'p> Found<'p> {
    fn whole(runtime: Runtime, id: &'p [u8]) -> Option<Self> {
        (!id.is_empty()).then_some(Self { runtime, id, short: id.len() })
    }

    fn cut(runtime: Runtime, id: &'p [u8]) -> Option<Self> {
        (!id.is_empty()).then_some(Self { runtime, id, short: id.len().min(SHORT) })
    }

    /// `container.id`.
    pub fn short_id(&self) -> &'p [u8] {
        self.id.get(..self.short).unwrap_or(self.id)
    }
}

/// The container that the path of a control group belongs to; `None` on the host.
pub fn container_of(path: &[u8]) -> Option<Found<'_>> {
    named(path).or_else(|| placed(path))
}

/// By the names in the path, the last one first.
fn named(path: &[u8]) -> Option<Found<'_>> {
    let mut inner: Option<&[u8]> = None;
    let mut parts = path.rsplit(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let found =
            long_id(bare(part)).or_else(|| other_name(part)).or_else(|| by_folder(part, inner));
        if let Some(found) = found.or_else(|| machine(part, inner)) {
            let docker = found.runtime == Runtime::Unknown && parts.peek() == Some(&&b"docker"[..]);
            return Some(if docker { Found { runtime: Runtime::Docker, ..found } } else { found });
        }
        inner = Some(part);
    }
    None
}

/// The name of a scope without its suffix.
fn bare(part: &[u8]) -> &[u8] {
    part.strip_suffix(b".scope").unwrap_or(part)
}

fn other_name(part: &[u8]) -> Option<Found<'_>> {
    if let Some(name) = part.strip_prefix(b"lxc.payload.") {
        return Found::whole(Runtime::Lxc, name);
    }
    if let Some(name) = part.strip_suffix(b".libvirt-lxc") {
        return Found::whole(Runtime::LibvirtLxc, name);
    }
    bpm(bare(part))
}

/// A machine registered with systemd: `machine-NAME.scope`, or the service of `systemd-nspawn`.
fn machine<'p>(part: &'p [u8], inner: Option<&[u8]>) -> Option<Found<'p>> {
    // The supervisor of a machine has a control group of its own, and runs on the host.
    if inner == Some(b"supervisor") {
        return None;
    }
    if let Some(name) = part.strip_suffix(b".service") {
        return Found::whole(Runtime::Nspawn, name.strip_prefix(b"systemd-nspawn@")?);
    }
    let name = part.strip_suffix(b".scope")?.strip_prefix(b"machine-")?;
    // A virtual machine is a program of the host.
    if name.starts_with(b"qemu\\x2d") {
        return None;
    }
    match name.strip_prefix(b"lxc\\x2d") {
        Some(name) => Found::whole(Runtime::LibvirtLxc, name),
        None => Found::whole(Runtime::Nspawn, name),
    }
}

/// A name that ends in an id of 64 digits, behind the engine's prefix.
fn long_id(name: &[u8]) -> Option<Found<'_>> {
    let (front, id) = name.split_at_checked(name.len().checked_sub(LONG)?)?;
    if !id.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let runtime = match front {
        b"docker-" => Runtime::Docker,
        b"libpod-" | b"libpod-payload-" => Runtime::Podman,
        b"crio-" => Runtime::CriO,
        b"cri-containerd-" | b"nerdctl-" => Runtime::Containerd,
        _ if front.ends_with(b":cri-containerd:") => Runtime::Containerd,
        _ if front.ends_with(b":docker:") => Runtime::Docker,
        // The monitor of a container runs on the host.
        _ if front.ends_with(b"-conmon-") => return None,
        // A longer number is no id.
        _ if front.is_empty() || front.ends_with(b"-") || front.ends_with(b":") => Runtime::Unknown,
        _ => return None,
    };
    Found::cut(runtime, id)
}

/// Jobs of BOSH: `bpm-NAME`, or behind the runtime's prefix.
fn bpm(name: &[u8]) -> Option<Found<'_>> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let start = name.windows(4).position(|at| at == b"bpm-")?;
    let whole = start == 0 || name.get(start - 1) == Some(&b'-');
    let id = name.get(start + 4..)?;
    (whole && !is_unit(name) && id.iter().all(fits)).then(|| Found::whole(Runtime::Bpm, id))?
}

/// A name that has a meaning in its parent: `inner` is the part below `folder`.
fn by_folder<'p>(folder: &[u8], inner: Option<&'p [u8]>) -> Option<Found<'p>> {
    match folder {
        b"lxc" | b"lxc.payload" => Found::whole(Runtime::Lxc, inner?),
        b"buildkit" => Found::cut(Runtime::Docker, inner?),
        _ => None,
    }
}

/// Containers of `ctr` have no prefix: `/NAMESPACE/ID`, neither of them a unit of systemd.
fn placed(path: &[u8]) -> Option<Found<'_>> {
    let mut parts =
        path.split(|byte| *byte == b'/').skip_while(|part| matches!(*part, b"" | b".."));
    let (namespace, id) = (parts.next()?, parts.next()?);
    let word = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric);
    let fits = namespace.split(|byte| b"._-".contains(byte)).all(word)
        && !namespace.starts_with(b"lxc.monitor")
        && !matches!(namespace, b"docker" | b"kubepods" | b"machine" | b"libvirt");
    (fits && id.len() <= LONG && !is_unit(namespace) && !is_unit(id))
        .then(|| Found::cut(Runtime::Containerd, id))?
}

fn is_unit(name: &[u8]) -> bool {
    [&b".service"[..], b".slice", b".scope"].iter().any(|kind| name.ends_with(kind))
}

/// The control groups of a thread, `subsystem=path` each, and the container they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cgroups {
    groups: Vec<Arc<[u8]>>,
    container: Option<Container>,
}

/// The range of a container's id in the control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Container {
    runtime: Runtime,
    group: usize,
    start: usize,
    end: usize,
    short: usize,
}

impl Cgroups {
    /// From `subsystem=path` of each control group. A match by name in any of them is preferred to a
    /// match by position; then the first match counts.
    pub fn new<'g>(groups: impl Iterator<Item = &'g [u8]>) -> Self {
        let groups: Vec<Arc<[u8]>> = groups.map(Arc::from).collect();
        let find = |way: fn(&[u8]) -> Option<Found<'_>>| {
            groups.iter().enumerate().find_map(|(group, text)| {
                let at = text.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
                let path = text.get(at..)?;
                let found = way(path)?;
                // The id is a part of the text: its range in there.
                let start = found.id.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
                let (runtime, short) = (found.runtime, found.short);
                Some(Container { runtime, group, start, end: start + found.id.len(), short })
            })
        };
        let container = find(named).or_else(|| find(placed));
        Self { groups, container }
    }

    /// The container; none on the host.
    pub fn container(&self) -> Option<Found<'_>> {
        let Container { runtime, group, start, end, short } = self.container?;
        Some(Found { runtime, id: self.groups.get(group)?.get(start..end)?, short })
    }

    /// The path of the control group that names the container; none on the host.
    pub fn container_path(&self) -> Option<&[u8]> {
        let group = self.groups.get(self.container?.group)?;
        let at = group.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
        group.get(at..)
    }
}

impl Deref for Cgroups {
    type Target = [Arc<[u8]>];

    fn deref(&self) -> &Self::Target {
        &self.groups
    }
}
