//! What outlives the agent: links and maps, pinned in a folder of a BPF file system, a folder of its own for each agent.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use libbpf_rs::{Link, MapCore as _, MapFlags, MapHandle};
use zerocopy::FromBytes as _;

use super::error::{EnforceError, io, refused};
use super::maps::{Maps, put};
use super::shared::{Config, SLOTS};

/// `BPF_FS_MAGIC`.
const BPF_FS: i64 = 0xcafe_4a11;

/// The pins of this process.
#[derive(Debug)]
pub(super) struct Pins {
    folder: PathBuf,
}

impl Pins {
    /// A folder for them beside those there are.
    pub(super) fn new(all: &Path) -> Result<Self, EnforceError> {
        if !is_bpf_fs(all.ancestors().find(|path| path.exists()).unwrap_or(all)) {
            return Err(EnforceError::NoBpfFs(all.to_owned()));
        }
        std::fs::create_dir_all(all).map_err(io(format!("make {}", all.display())))?;
        let mut number = 0;
        loop {
            let folder = all.join(format!("{}-{number}", std::process::id()));
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(io(format!("make {}", folder.display()))(error)),
            }
        }
    }

    pub(super) fn add_link(&self, name: &str, link: &mut Link) -> Result<(), EnforceError> {
        if link.pin_path().is_some() {
            return Ok(());
        }
        link.pin(self.folder.join(format!("link_{name}"))).map_err(refused(format!("pin {name}")))
    }

    pub(super) fn add_maps(&self, maps: &Maps) -> Result<(), EnforceError> {
        for (name, map) in maps.iter() {
            let mut again =
                MapHandle::try_from(map).map_err(refused(format!("share the map {name}")))?;
            let at = self.folder.join(format!("map_{name}"));
            again.pin(at).map_err(refused(format!("pin {name}")))?;
        }
        Ok(())
    }

    /// Lets go of them, but for links, which know of their pins.
    pub(super) fn remove(self) -> Result<(), EnforceError> {
        remove(&self.folder)
    }
}

fn is_bpf_fs(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| found.f_type == BPF_FS)
}

fn remove(folder: &Path) -> Result<(), EnforceError> {
    std::fs::remove_dir_all(folder).map_err(io(format!("remove {}", folder.display())))
}

/// The folders of all agents; none where nothing was ever pinned.
fn folders(all: &Path) -> Result<Vec<PathBuf>, EnforceError> {
    let folders = match std::fs::read_dir(all) {
        Ok(folders) => folders,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(format!("read {}", all.display()))(error)),
    };
    if !is_bpf_fs(all) {
        return Err(EnforceError::Pins(all.to_owned()));
    }
    let folders = folders.flatten().map(|entry| entry.path());
    Ok(folders.filter(|folder| owner(folder).is_some()).collect())
}

/// The process that made a folder.
fn owner(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    let (pid, number) = name.split_once('-')?;
    number.parse::<u32>().ok()?;
    pid.parse().ok()
}

fn map(folder: &Path, name: &str) -> Option<MapHandle> {
    MapHandle::from_pinned_path(folder.join(format!("map_{name}"))).ok()
}

/// Whether the agent of a folder has ended.
fn is_left(folder: &Path) -> bool {
    let Some(pid) = owner(folder) else { return false };
    if pid == std::process::id() {
        return false;
    }
    if !Path::new("/proc").join(pid.to_string()).exists() {
        return true;
    }
    // Its number may be another process's by now.
    let config = map(folder, "config");
    let value = config.and_then(|map| map.lookup(&0_u32.to_ne_bytes(), MapFlags::ANY).ok()?);
    let config = value.and_then(|value| Config::read_from_bytes(&value).ok());
    config.is_some_and(|config| config.agent_gone != 0)
}

/// Whether agents that have ended left pins.
pub(super) fn are_left(all: &Path) -> bool {
    folders(all).is_ok_and(|folders| folders.iter().any(|folder| is_left(folder)))
}

/// Lets go of what agents that have ended pinned.
pub(super) fn remove_left(all: &Path) -> Result<(), EnforceError> {
    folders(all)?.iter().filter(|folder| is_left(folder)).try_for_each(|folder| remove(folder))
}

/// Lets go of all. Programs of an agent that has stopped, and holds links of its own, decide nothing any more either.
pub(super) fn remove_all(all: &Path) -> Result<(), EnforceError> {
    for folder in folders(all)? {
        if let Some(programs) = map(&folder, "programs") {
            for slot in 0..SLOTS {
                // One that is not there cannot be removed.
                let _ = programs.delete(&slot.to_ne_bytes());
            }
        }
        remove(&folder)?;
    }
    match std::fs::remove_dir(all) {
        Err(error) if error.kind() != ErrorKind::NotFound && is_empty(all) => {
            Err(io(format!("remove {}", all.display()))(error))
        }
        _ => Ok(()),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Has the programs of agents that have ended deny this process nothing, until they are taken over.
pub(super) fn exempt(all: &Path) {
    let own = std::process::id().to_ne_bytes();
    for folder in folders(all).unwrap_or_default() {
        let start =
            map(&folder, "processes").and_then(|map| map.lookup(&own, MapFlags::ANY).ok()?);
        let start = start.as_ref().and_then(|known| known.first_chunk::<8>());
        if let (Some(start), Some(exempt)) = (start, map(&folder, "exempt")) {
            // Where it cannot be said, what it denies it denies this process too.
            let _ = put(&exempt, "exempt", &own, start);
        }
    }
}
