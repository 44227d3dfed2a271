//! Podman's own files: it runs no daemon, and mostly listens on no socket. They have name, image and
//! mounts of a container, not its labels.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use peregrine_state::{Container, SeenContainer};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::EngineError;
use crate::image::ImageName;
use crate::oci::Spec;
use crate::settings::Settings;

/// `container.type`.
const PODMAN: i64 = 11;
/// Where the system's storage is unless its configuration says otherwise.
const SYSTEM: &str = "/var/lib/containers/storage";
/// The configuration of the system's storage.
const CONFIGURATION: &str = "/etc/containers/storage.conf";
/// Bytes of a file of configuration or accounts.
const SMALL_FILE: usize = 1 << 20;

/// An entry of `containers.json`.
#[derive(Debug, Deserialize)]
struct Stored {
    id: String,
    #[serde(default)]
    image: String,
    /// JSON.
    #[serde(default)]
    metadata: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Metadata {
    name: String,
    image_name: String,
}

/// An entry of `images.json`.
#[derive(Debug, Deserialize)]
struct StoredImage {
    id: String,
    #[serde(default)]
    digest: String,
}

/// The folder in which the containers of a user, or of the system, are stored.
pub(crate) fn usual_folder(settings: &Settings, user: Option<u32>) -> Option<PathBuf> {
    match user {
        None => {
            let text = read(&settings.on_host(Path::new(CONFIGURATION)), SMALL_FILE).ok();
            let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
            let root = text.as_deref().and_then(graph_root).unwrap_or(SYSTEM);
            Some(PathBuf::from(root))
        }
        Some(user) => {
            let text = read(&settings.on_host(Path::new("/etc/passwd")), SMALL_FILE).ok()?;
            let home = home_of(std::str::from_utf8(&text).ok()?, user)?;
            Some(Path::new(home).join(".local/share/containers/storage"))
        }
    }
}

/// `graphroot` of a configuration of the storage.
fn graph_root(text: &str) -> Option<&str> {
    fn value(line: &str) -> Option<&str> {
        let rest = line.trim_start().strip_prefix("graphroot")?.trim_start().strip_prefix('=')?;
        Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0)
    }
    text.lines().find_map(value).filter(|root| root.starts_with('/'))
}

fn home_of(passwd: &str, user: u32) -> Option<&str> {
    let mut accounts = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = accounts.find(|parts| parts.get(2).is_some_and(|uid| uid.parse() == Ok(user)))?;
    found.get(5).copied().filter(|home| home.starts_with('/'))
}

/// Looks for a container in a folder of podman's storage.
pub(crate) fn find(
    folder: &Path,
    limit: usize,
    seen: &SeenContainer,
) -> Result<Option<Container>, EngineError> {
    // The names of these folders begin with that of the driver: `overlay`, `vfs`, `btrfs`.
    let Ok(entries) = fs::read_dir(folder) else { return Err(EngineError::Absent) };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut drivers: Vec<String> =
        names.filter_map(|name| name.strip_suffix("-containers").map(str::to_owned)).collect();
    drivers.sort_unstable();
    for driver in drivers {
        let containers = folder.join(format!("{driver}-containers"));
        // The second has those that are removed as soon as they end.
        for file in ["containers.json", "volatile-containers.json"] {
            let stored: Vec<Stored> = parse(&containers.join(file), limit)?.unwrap_or_default();
            if let Some(found) = stored.into_iter().find(|one| one.id == seen.full_id) {
                let images = folder.join(format!("{driver}-images/images.json"));
                return Ok(Some(describe(&found, &containers, &images, limit)));
            }
        }
    }
    Ok(None)
}

fn describe(found: &Stored, containers: &Path, images: &Path, limit: usize) -> Container {
    let metadata: Metadata = serde_json::from_str(&found.metadata).unwrap_or_default();
    let image = ImageName::parse(&metadata.image_name);
    // Of what follows each may be missing, and the rest is worth knowing.
    let images: Vec<StoredImage> = parse(images, limit).ok().flatten().unwrap_or_default();
    let digest = images.into_iter().find(|one| one.id == found.image).map(|one| one.digest);
    let spec = containers.join(&found.id).join("userdata/config.json");
    let spec: Spec = parse(&spec, limit).ok().flatten().unwrap_or_default();
    let annotation = spec
        .annotations
        .as_ref()
        .and_then(|all| all.get("io.podman.annotations.privileged").map(|value| value == "TRUE"));
    let specified = spec.describe();
    Container {
        kind: PODMAN,
        name: metadata.name,
        image_repository: image.repository.to_owned(),
        image_tag: image.tag.to_owned(),
        image_digest: digest.unwrap_or_else(|| image.digest.to_owned()),
        image_id: found.image.clone(),
        image: metadata.image_name,
        privileged: annotation.unwrap_or(specified.privileged),
        ..specified
    }
}

/// What JSON is in a file; none where there is no such file.
fn parse<T: DeserializeOwned>(file: &Path, limit: usize) -> Result<Option<T>, EngineError> {
    match read(file, limit) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| EngineError::Malformed(error.to_string())),
        Err(EngineError::Absent) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A whole file, where it is one and not too large. Users may put what they like in the place of theirs.
fn read(file: &Path, limit: usize) -> Result<Vec<u8>, EngineError> {
    // Nobody waits for the other end of a pipe.
    let opened = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(file);
    let opened = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => EngineError::Absent,
        _ => EngineError::Connection(error.to_string()),
    })?;
    if !opened.metadata().is_ok_and(|file| file.is_file()) {
        return Err(EngineError::Malformed("no regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut bounded = opened.take(most.saturating_add(1));
    bounded.read_to_end(&mut bytes).map_err(|error| EngineError::Connection(error.to_string()))?;
    if bytes.len() > limit { Err(EngineError::TooLarge(limit)) } else { Ok(bytes) }
}
