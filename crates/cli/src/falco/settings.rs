//! Which configuration a start is made with.

use std::path::{Path, PathBuf};

use super::flags::Flags;

/// Read where `-c` is not given.
pub(super) const DEFAULT_FILE: &str = "/etc/falco/falco.yaml";

/// The configuration file: the one given, which must be there, or the usual one, where it is.
pub(super) fn file(flags: &Flags) -> Result<Option<PathBuf>, String> {
    let opens = |path: &Path| std::fs::File::open(path).is_ok();
    match flags.text("c").filter(|path| !path.is_empty()) {
        Some(path) if opens(Path::new(path)) => Ok(Some(PathBuf::from(path))),
        Some(path) => Err(format!("Could not find configuration file at {path}")),
        None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| opens(path))),
    }
}
