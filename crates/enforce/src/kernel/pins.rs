//! What outlives the agent: links and maps, pinned in a folder of a BPF file system, a folder of its own for each agent.

use std::path::{Path, PathBuf};

use libbpf_rs::{Link, MapHandle};

use super::error::{EnforceError, io, refused};
use super::make_folder;
use super::maps::Maps;

/// The pins of this process.
#[derive(Debug)]
pub(super) struct Pins {
    folder: PathBuf,
}

impl Pins {
    /// A folder for them beside those there are.
    pub(super) fn new(all: &Path) -> Result<Self, EnforceError> {
        make_folder(all)?;
        let mut number = 0;
        loop {
            let folder = all.join(format!("{}-{number}", std::process::id()));
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(io(format!("make {}", folder.display()))(error)),
            }
        }
    }

    pub(super) fn add_link(&mut self, name: &str, link: &mut Link) -> Result<(), EnforceError> {
        link.pin(self.folder.join(format!("link_{name}"))).map_err(refused(format!("pin {name}")))
    }

    pub(super) fn add_maps(&mut self, maps: &Maps) -> Result<(), EnforceError> {
        for (name, map) in maps.iter() {
            let mut again =
                MapHandle::try_from(map).map_err(refused(format!("share the map {name}")))?;
            again
                .pin(self.folder.join(format!("map_{name}")))
                .map_err(refused(format!("pin {name}")))?;
        }
        Ok(())
    }
}

/// Lets go of all pins but these.
pub(super) fn remove_others(all: &Path, kept: Option<&Pins>) -> Result<(), EnforceError> {
    let folders = match std::fs::read_dir(all) {
        Ok(folders) => folders,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(format!("read {}", all.display()))(error)),
    };
    for folder in folders.flatten() {
        if kept.is_none_or(|kept| kept.folder != folder.path()) {
            let path = folder.path();
            std::fs::remove_dir_all(&path).map_err(io(format!("remove {}", path.display())))?;
        }
    }
    Ok(())
}

/// Lets go of all.
pub(super) fn remove_all(all: &Path) -> Result<(), EnforceError> {
    remove_others(all, None)
}
