//! The configuration a start is made with.

use std::path::{Path, PathBuf};

use peregrine_config::{Config, load};

use super::flags::Flags;

/// Read where `-c` is not given.
pub(super) const DEFAULT_FILE: &str = "/etc/falco/falco.yaml";

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) config: Config,
    /// The files, each with how it fits the schema.
    pub(super) files: Vec<(String, String)>,
}

/// The configuration file: the one given, which must be there, or the usual one, where it is.
pub(super) fn file(flags: &Flags) -> Result<Option<PathBuf>, String> {
    let opens = |path: &Path| std::fs::File::open(path).is_ok();
    match flags.text("c").filter(|path| !path.is_empty()) {
        Some(path) if opens(Path::new(path)) => Ok(Some(PathBuf::from(path))),
        Some(path) => Err(format!("Could not find configuration file at {path}")),
        None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| opens(path))),
    }
}

/// Reads the file and the settings over it.
pub(super) fn read(file: Option<&Path>, options: &[String]) -> Result<Settings, String> {
    let loaded = load(file, options).map_err(|error| error.to_string())?;
    let files = file.map(|file| (file.display().to_string(), "ok".to_owned()));
    Ok(Settings { config: loaded.config, files: files.into_iter().collect() })
}
