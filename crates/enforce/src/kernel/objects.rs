//! The kernel objects: what of them this host can run, loaded and attached.

use std::collections::BTreeSet;
use std::os::fd::AsRawFd as _;

use libbpf_rs::btf::Btf;
use libbpf_rs::{Link, Object};
use peregrine_guard::{Act, Compiled, Level, layout};
use peregrine_probe::object;
use peregrine_probe::object_bytes;

use super::error::{EnforceError, io, refused};
use super::hooks::{CGROUP_HOOKS, HOOKS};
use super::maps::Maps;

/// An attached program.
#[derive(Debug)]
pub(super) struct Attached {
    pub program: &'static str,
    pub level: Level,
    pub link: Link,
}

/// The acts that policies are about.
pub(super) fn needed(compiled: &Compiled) -> BTreeSet<Act> {
    let entries = Act::ALL.into_iter().zip(&compiled.acts);
    let some =
        |entry: &layout::ActEntry| entry.all != layout::END || entry.no_object != layout::END;
    entries.filter(|(_, entry)| some(entry)).map(|(act, _)| act).collect()
}

/// Loads these programs of an object; maps that are there are shared.
fn load(
    name: &str,
    bytes: &[u8],
    maps: Option<&Maps>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Object, EnforceError> {
    let mut open = object::open(name, bytes)?;
    for mut program in open.progs_mut() {
        let is_wanted = wanted(&program.name().to_string_lossy());
        program.set_autoload(is_wanted);
    }
    if let Some(maps) = maps {
        maps.share(&mut open)?;
    }
    Ok(object::load(name, open)?)
}

/// The programs that follow processes. They bring the maps.
pub(super) fn load_identity(kills: bool) -> Result<Object, EnforceError> {
    let bytes = object_bytes!("guard_identity");
    load("guard_identity", bytes, None, &|name| kills || name != "guard_kill_exec")
}

/// Attaches a program of an object.
pub(super) fn attach(object: &Object, name: &str) -> Result<Link, EnforceError> {
    let missing = || io(format!("find the program {name}"))(std::io::ErrorKind::NotFound.into());
    let program = object.progs_mut().find(|program| program.name() == name).ok_or_else(missing)?;
    program.attach().map_err(refused(format!("attach {name}")))
}

/// Loads and attaches what decides about these acts at P1 or P2. Programs that this kernel has no place for are left
/// out: there other programs see those acts. One that it refuses is an error: what it sees no other may.
pub(super) fn attach_hooks(
    level: Level,
    acts: &BTreeSet<Act>,
    maps: &Maps,
    there: &[Attached],
) -> Result<(Vec<Object>, Vec<Attached>), EnforceError> {
    let btf = Btf::from_vmlinux().map_err(refused("read the types of the kernel"))?;
    let is_there = |name: &str| there.iter().any(|one| one.program == name);
    let wanted: BTreeSet<&'static str> = HOOKS
        .iter()
        .filter(|hook| hook.acts.iter().any(|act| acts.contains(act)))
        .filter(|hook| !is_there(hook.program) && hook.exists(level, &btf))
        .map(|hook| hook.program)
        .collect();
    drop(btf);
    let (name, bytes) = match level {
        Level::Lsm => ("guard_lsm", object_bytes!("guard_lsm")),
        _ => ("guard_ret", object_bytes!("guard_ret")),
    };
    let mut objects = Vec::new();
    let mut attached = Vec::new();
    if !wanted.is_empty() {
        objects.push(load(name, bytes, Some(maps), &|program| wanted.contains(program))?);
    }
    for object in &objects {
        for program in object.progs_mut().filter(|program| program.autoload()) {
            let Some(name) = wanted.iter().find(|name| program.name() == **name) else { continue };
            let link = program.attach().map_err(refused(format!("attach {name}")))?;
            attached.push(Attached { program: name, level, link });
        }
    }
    for act in acts {
        let decides = |program: &str| {
            HOOKS.iter().any(|hook| hook.program == program && hook.acts.contains(act))
        };
        if !attached.iter().chain(there).any(|one| decides(one.program)) {
            let why = format!("it has none of the hooks of {}", level.name());
            return Err(EnforceError::NoHook { act: *act, why });
        }
    }
    Ok((objects, attached))
}

/// Loads and attaches what decides about addresses at P3.
pub(super) fn attach_cgroup(
    acts: &BTreeSet<Act>,
    maps: &Maps,
    there: &[Attached],
) -> Result<(Vec<Object>, Vec<Attached>), EnforceError> {
    let is_there = |name: &str| there.iter().any(|one| one.program == name);
    let wanted = |name: &str| {
        !is_there(name)
            && CGROUP_HOOKS.iter().any(|(hook, act)| *hook == name && acts.contains(act))
    };
    if !CGROUP_HOOKS.iter().any(|(name, _)| wanted(name)) {
        return Ok((Vec::new(), Vec::new()));
    }
    let root = super::host::cgroup_root().ok_or_else(|| {
        io("find the root of the control groups")(std::io::ErrorKind::NotFound.into())
    })?;
    let folder = std::fs::File::open(&root).map_err(io(format!("open {}", root.display())))?;
    let object = load("guard_cgroup", object_bytes!("guard_cgroup"), Some(maps), &wanted)?;
    let mut attached = Vec::new();
    for (name, _) in CGROUP_HOOKS.iter().filter(|(name, _)| wanted(name)) {
        if let Some(program) = object.progs_mut().find(|program| program.name() == *name) {
            let link = program
                .attach_cgroup(folder.as_raw_fd())
                .map_err(refused(format!("attach {name}")))?;
            attached.push(Attached { program: name, level: Level::Cgroup, link });
        }
    }
    Ok((vec![object], attached))
}
